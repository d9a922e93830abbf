/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/cmd.h -- subcommands, and what all of them share.
 *
 * How to add a command:
 *  1. cmd/NAME.c: a struct of options that starts with struct common_opts, an
 *     option table, a run function, and one row:
 *
 *	struct prune_opts {
 *		struct common_opts common;
 *		double sparsity;
 *		const char *pattern;
 *	};
 *
 *	static const struct opt opts[] = {
 *		OPT(struct prune_opts, sparsity, 's', "F", "fraction of zeros"),
 *		OPT(struct prune_opts, pattern, 0, "P", "unstructured or 2:4"),
 *		OPT_LAST,
 *	};
 *	static const struct prune_opts defaults = {.pattern = "unstructured"};
 *
 *	static int run(struct common_opts *common, int argc, char **argv,
 *		       struct err *e)
 *	{
 *		struct prune_opts *o = (struct prune_opts *)common;
 *		...	argv[0] is the first operand, argv[argc] is NULL
 *		if (!something(..., e))
 *			return CMD_FAILED;	main() prints E and exits
 *		return EXIT_OK;
 *	}
 *
 *	const struct cmd cmd_rows_prune[] = {
 *		CMD(struct prune_opts, "prune", "MODEL -o OUT",
 *		    "set weights to zero", opts, &defaults.common, run,
 *		    1, 1, OUTPUT_REQUIRED),
 *		{0},
 *	};
 *
 *  2. Makefile.am: cmd/NAME.c in CMDS, man/mlopt-NAME.1 in dist_man_MANS.
 *  3. man/mlopt-NAME.1: the same options (tests/cli/man-vs-help.sh insists),
 *     with examples that tests/cli/man-examples.sh runs.
 *  4. tests/cli/NAME/CASE.sh with what it must print (tests/cli/run.sh).
 *
 * Results: build a table (cmd/table.h) or text in a struct str and the same as
 * JSON, and hand both to cmd_report().  Nothing else writes to standard output.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"

enum opt_type {
	OPT_END,
	OPT_FLAG,
	OPT_INT,
	OPT_LONG,
	OPT_FLOAT, /* finite */
	OPT_STR,
	OPT_LIST,
	OPT_TABLE, /* the options of another struct, embedded */
};

/* One option, bound by offset to a member of the command's own struct. */
struct opt {
	enum opt_type type;
	char letter; /* 0: long form only */
	const char *name, *arg, *help;
	bool arg_optional; /* --json[=FILE]; "" where it is left out */
	size_t at;
	const struct opt *table; /* of OPT_TABLE, titled HELP */
};

/* Values of an option that may be repeated; starts as {NULL, 0}. */
struct opt_list {
	const char **at;
	int count;
};

#define OPT_TYPE(S, member) \
	_Generic(((S *)0)->member,                                           \
		bool: OPT_FLAG,                                              \
		int: OPT_INT,                                                \
		long long: OPT_LONG,                                         \
		double: OPT_FLOAT,                                           \
		const char *: OPT_STR,                                       \
		struct opt_list: OPT_LIST)

/* OPT(struct prune_opts, sparsity, 's', "FRACTION", "...") -- the member's C
 * type chooses the parser; a type without one does not compile.  Underscores
 * of the member become dashes. */
#define OPT(S, member, letter, arg, help)                               \
	{                                                               \
		OPT_TYPE(S, member), letter, #member, arg, help, false, \
			offsetof(S, member), NULL                       \
	}

/* The same for --name[=ARG], whose value is "" when ARG is left out. */
#define OPT_MAYBE(S, member, letter, arg, help)                        \
	{                                                              \
		OPT_TYPE(S, member), letter, #member, arg, help, true, \
			offsetof(S, member), NULL                      \
	}

/* All options of TABLE, which are bound to a struct that is a MEMBER of S. */
#define OPT_GROUP(S, member, table, title)                                 \
	{                                                                  \
		OPT_TABLE, 0, "", NULL, title, false, offsetof(S, member), \
			table                                              \
	}

#define OPT_LAST                                             \
	{                                                    \
		OPT_END, 0, NULL, NULL, NULL, false, 0, NULL \
	}

struct cmd;

/* What every command understands; first member of each command's options. */
struct common_opts {
	const char *output; /* -o; NULL when not given */
	bool quiet, verbose;
	const char *json; /* NULL: a table; "" or "-": standard output */
	const char *engine;
	int threads; /* 0: one per CPU */
	long long seed;
	const char *shard;
	double timeout; /* seconds; 0: none */
	const char *max_memory;
	bool no_provenance;

	/* Derived from the above before the command runs. */
	const struct cmd *cmd;
	int shard_index, shard_count; /* 0 <= index < count; 0, 1 */
	struct budget memory;	      /* --max-memory */
	struct limits limits;	      /* limits_default with that budget */
};

/* What -o is to a command. */
enum cmd_output {
	OUTPUT_REPORT,	 /* where the report goes instead of standard output */
	OUTPUT_REQUIRED, /* a file or folder that the command writes */
	OUTPUT_OPTIONAL,
};

/* Returned by run() after it set the error. */
enum { CMD_FAILED = -1 };

struct cmd {
	const char *name, *synopsis, *summary;
	const struct opt *opts;		    /* ended by OPT_LAST; may be NULL */
	const struct common_opts *defaults; /* the whole struct; may be NULL */
	size_t opts_bytes;		    /* of the whole struct */
	/* One of the EXIT_ statuses, or CMD_FAILED with E set. */
	int (*run)(struct common_opts *common, int argc, char **argv,
		   struct err *e);
	int min_operands, max_operands; /* max -1: any number */
	enum cmd_output output;
};

#define CMD(S, name, synopsis, summary, opts, defaults, run, min, max, out)   \
	{                                                                     \
		name, synopsis, summary, opts, defaults, sizeof(S), run, min, \
			max, out                                              \
	}

const struct cmd *cmd_find(const char *name);
/* In alphabetical order; the first one for NULL, NULL after the last. */
const struct cmd *cmd_next(const struct cmd *prev);

/*
 * Print TEXT for people, or JSON when --json asked for it, where the options
 * say, and release both.  JSON goes to its FILE atomically.
 */
MUST_USE bool cmd_report(const struct common_opts *c, struct str *text,
			 struct json *json, struct err *e);

/* Start the JSON document of a report: opens it and writes its "schema". */
void cmd_json_begin(struct json *j);

/* Talk to the person on standard error: unless -q; only with -v. */
void cmd_warn(const struct common_opts *c, const char *fmt, ...)
	PRINTF_LIKE(2, 3);
void cmd_note(const struct common_opts *c, const char *fmt, ...)
	PRINTF_LIKE(2, 3);

/* Index of VALUE among CHOICES (ended by NULL), or -1 with an ERR_USAGE that
 * names WHAT ("option '--ranges'") and all choices. */
MUST_USE int cmd_choice(const char *what, const char *value,
			const char *const *choices, struct err *e);

/* Sizes such as 4096, 512M, 1.5GiB (K, M, G, T are powers of 1024). */
MUST_USE bool cmd_parse_size(const char *option, const char *text,
			     size_t *bytes, struct err *e);

/* Exit statuses, the same for every subcommand and documented in mlopt(1). */
enum {
	EXIT_OK = 0,
	EXIT_GATE = 1, /* a gate failed, models differ */
	EXIT_BAD_USAGE = 2,
	EXIT_INVALID = 3,     /* the input is not valid */
	EXIT_UNSUPPORTED = 4, /* valid, but not implemented */
	EXIT_LIMIT = 5,	      /* a configured limit was reached */
	EXIT_IO = 6,
	EXIT_NO_MEMORY = 7,
	EXIT_BUG = 8,
	EXIT_INCONCLUSIVE = 9,
};

/* The exit status of an error. */
int exit_status(const struct err *e);

#endif
