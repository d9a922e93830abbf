/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/cmd.h -- subcommands.
 *
 * One file per subcommand.  The file exports cmd_rows_<file>, ended by a NULL
 * name, and Makefile.am lists the file in CMDS; man/mlopt-<name>.1 documents
 * it (tests/cli/man-vs-help.sh insists).
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stddef.h>

#include "base/err.h"

enum opt_type { OPT_END, OPT_FLAG, OPT_INT, OPT_FLOAT, OPT_STR, OPT_LIST };

/* One option, bound by offset to a member of the command's own struct. */
struct opt {
	enum opt_type type;
	char letter; /* 0: long form only */
	const char *name, *arg, *help;
	bool arg_optional; /* --json[=FILE] */
	size_t at;
};

/* Values of an option that may be repeated. */
struct opt_list {
	const char **at;
	int count;
};

/* OPT(struct prune_opts, sparsity, 's', "FRACTION", "...") -- the member's C
 * type chooses the parser; a type without one does not compile.  Underscores
 * of the member become dashes. */
#define OPT(S, member, letter, arg, help)                            \
	{                                                            \
		_Generic(((S *)0)->member, bool: OPT_FLAG,         \
			 int: OPT_INT, double: OPT_FLOAT,          \
			 const char *: OPT_STR,                    \
			 struct opt_list: OPT_LIST),               \
			letter, #member, arg, help, false,         \
			offsetof(S, member) \
	}

struct cmd {
	const char *name, *synopsis, *summary;
	const struct opt *opts; /* ended by OPT_END */
	int (*run)(const struct cmd *self, int argc, char **argv);
};

const struct cmd *cmd_find(const char *name);
const struct cmd *cmd_next(const struct cmd *prev);

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

#endif
