/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/options.h -- the command line, parsed and described by one table. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "cmd/cmd.h"

/* The options of struct common_opts. */
extern const struct opt options_common[];

/* A walk over all rows of a command: its own, then the common ones, groups
 * opened.  Start with options_walk(). */
struct option_walk {
	const struct opt *level[3];
	size_t base[3];
	int depth;
	bool in_common;
	const char *title; /* of the innermost table, NULL for the command's */
};

struct option_walk options_walk(const struct cmd *cmd);
/* The next option and where its value is in the command's struct. */
const struct opt *options_next(struct option_walk *w, size_t *at);

/* The long name as it is typed: "max-memory" for the member max_memory. */
void options_name(const struct opt *o, struct str *name);

/*
 * Parse ARGV (ARGC words, without program and command) into INTO, the
 * command's struct.  Options and operands may be mixed; "--" ends options.
 * The operands are moved to the front of ARGV, their number to *OPERANDS.
 * *HELP is set, and the rest ignored, where -h or --help is found.
 * All errors are ERR_USAGE.
 */
MUST_USE bool options_parse(const struct cmd *cmd, struct common_opts *into,
			    int argc, char **argv, int *operands, bool *help,
			    struct err *e);

/* Release what options_parse() allocated in INTO (lists). */
void options_release(const struct cmd *cmd, struct common_opts *into);

/* The text of --help. */
void options_help(const struct cmd *cmd, struct str *out);

/* The candidate most like WORD, or NULL if none is near: call once for each
 * candidate with *BEST starting at {NULL, 0}. */
struct suggestion {
	const char *word;
	int distance;
};
void suggest(struct suggestion *best, const char *word, const char *candidate);

#endif
