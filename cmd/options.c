/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/options.c -- the command line, parsed by the option tables.
 *
 * By hand rather than by getopt_long(): long names are never abbreviated (an
 * abbreviation that works today is ambiguous tomorrow), messages are ours, and
 * nothing is global.
 */
#include "cmd/options.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct opt options_common[] = {
	OPT(struct common_opts, output, 'o', "FILE",
	    "write to FILE; - is standard output"),
	OPT(struct common_opts, quiet, 'q', NULL,
	    "print nothing but errors and what --json asks for"),
	OPT(struct common_opts, verbose, 'v', NULL, "tell more"),
	OPT_MAYBE(struct common_opts, json, 0, "FILE",
		  "report as JSON, on standard output or to FILE"),
	OPT(struct common_opts, engine, 0, "NAME",
	    "engine that executes models (mlopt list engines)"),
	OPT(struct common_opts, threads, 0, "N",
	    "threads to use; 0 is one per CPU"),
	OPT(struct common_opts, seed, 0, "N", "seed of random choices"),
	OPT(struct common_opts, shard, 0, "I/N",
	    "use the I-th of N parts of the data, counted from 0"),
	OPT(struct common_opts, timeout, 0, "SECONDS",
	    "give up, with status 5, after SECONDS"),
	OPT(struct common_opts, max_memory, 0, "SIZE",
	    "give up, with status 5, beyond SIZE (such as 512M)"),
	OPT(struct common_opts, no_provenance, 0, NULL,
	    "do not record in written models how they were made"),
	OPT_LAST,
};

struct option_walk options_walk(const struct cmd *cmd)
{
	struct option_walk w = {.depth = 0};

	w.level[0] = cmd->opts ? cmd->opts : options_common;
	w.in_common = !cmd->opts;
	return w;
}

const struct opt *options_next(struct option_walk *w, size_t *at)
{
	for (;;) {
		const struct opt *o = w->level[w->depth]++;

		if (o->type == OPT_TABLE) {
			if (w->depth + 1 == (int)COUNT_OF(w->level))
				bug("option tables nested too deep");
			w->base[w->depth + 1] = w->base[w->depth] + o->at;
			w->level[++w->depth] = o->table;
			w->title = o->help;
		} else if (o->type != OPT_END) {
			*at = w->base[w->depth] + o->at;
			if (w->in_common)
				w->title = "Common options";
			return o;
		} else if (w->depth > 0) {
			w->depth--;
			w->title = NULL;
		} else if (!w->in_common) {
			w->in_common = true;
			w->level[0] = options_common;
		} else {
			w->level[0]--;
			return NULL;
		}
	}
}

void options_name(const struct opt *o, struct str *name)
{
	for (const char *c = o->name; *c; c++)
		str_addc(name, (char)(*c == '_' ? '-' : *c));
}

/* Is the long name of O the first N bytes of WORD? */
static bool is_named(const struct opt *o, const char *word, size_t n)
{
	if (strlen(o->name) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (word[i] != (o->name[i] == '_' ? '-' : o->name[i]))
			return false;
	return true;
}

static const struct opt *find_long(const struct cmd *cmd, const char *word,
				   size_t n, size_t *at)
{
	struct option_walk w = options_walk(cmd);
	const struct opt *o;

	while ((o = options_next(&w, at)))
		if (is_named(o, word, n))
			return o;
	return NULL;
}

static const struct opt *find_letter(const struct cmd *cmd, char letter,
				     size_t *at)
{
	struct option_walk w = options_walk(cmd);
	const struct opt *o;

	while ((o = options_next(&w, at)))
		if (o->letter == letter)
			return o;
	return NULL;
}

static void append(struct opt_list *list, const char *value)
{
	const char **grown = realloc(list->at, ((size_t)list->count + 1) *
						       sizeof(*grown));

	if (!grown)
		die_oom();
	list->at = grown;
	list->at[list->count++] = value;
}

/* Store VALUE, which was given to the option spelled SPELLING. */
static bool store(const struct opt *o, char *at, const char *spelling,
		  const char *value, struct err *e)
{
	long long whole;

	switch (o->type) {
	case OPT_FLAG:
		*(bool *)(void *)at = true;
		return true;
	case OPT_INT:
	case OPT_LONG:
		if (!str_to_int(value, &whole) ||
		    (o->type == OPT_INT &&
		     (whole < INT_MIN || whole > INT_MAX)))
			return err_set(e, ERR_USAGE,
				       "option '%s': '%s' is not a whole "
				       "number in range",
				       spelling, value);
		if (o->type == OPT_INT)
			*(int *)(void *)at = (int)whole;
		else
			*(long long *)(void *)at = whole;
		return true;
	case OPT_FLOAT:
		if (!str_to_double(value, (double *)(void *)at) ||
		    !isfinite(*(double *)(void *)at))
			return err_set(e, ERR_USAGE,
				       "option '%s': '%s' is not a number",
				       spelling, value);
		return true;
	case OPT_STR:
		*(const char **)(void *)at = value;
		return true;
	case OPT_LIST:
		append((struct opt_list *)(void *)at, value);
		return true;
	case OPT_END:
	case OPT_TABLE:
		break;
	}
	bug("option '%s' has type %d", spelling, (int)o->type);
}

static bool unknown_long(const struct cmd *cmd, const char *word, size_t n,
			 struct err *e)
{
	struct option_walk w = options_walk(cmd);
	struct suggestion best = {NULL, 0};
	struct str typed = {0}, names = {0};
	const struct opt *o;
	size_t at;

	str_addn(&typed, word, n);
	while ((o = options_next(&w, &at))) {
		struct suggestion before = best;
		struct str name = {0};

		options_name(o, &name);
		suggest(&best, typed.text, name.text);
		if (best.word != before.word) {
			names.len = 0;
			str_add(&names, name.text);
			best.word = "";
		}
		str_release(&name);
	}
	err_set(e, ERR_USAGE, "%s has no option '--%s'%s%s%s", cmd->name,
		typed.text, best.word ? "; did you mean '--" : "",
		best.word ? names.text : "", best.word ? "'?" : "");
	str_release(&typed);
	str_release(&names);
	return false;
}

/* What is left of the command line while it is parsed. */
struct words {
	int argc, next;
	char **argv;
};

/* --name, --name=value, --name value */
static bool parse_long(const struct cmd *cmd, char *into, struct words *w,
		       struct err *e)
{
	const char *word = w->argv[w->next++] + 2;
	size_t n = strcspn(word, "="), at;
	const char *value = word[n] == '=' ? word + n + 1 : NULL;
	const struct opt *o = find_long(cmd, word, n, &at);
	struct str spelling = {0};
	bool ok;

	if (!o)
		return unknown_long(cmd, word, n, e);
	str_add(&spelling, "--");
	options_name(o, &spelling);
	if (o->type == OPT_FLAG && value)
		ok = err_set(e, ERR_USAGE, "option '%s' takes no value",
			     spelling.text);
	else if (o->arg_optional && value && !*value)
		ok = err_set(e, ERR_USAGE, "option '%s=' has an empty value",
			     spelling.text);
	else if (o->type == OPT_FLAG || value)
		ok = store(o, into + at, spelling.text, value, e);
	else if (o->arg_optional)
		ok = store(o, into + at, spelling.text, "", e);
	else if (w->next < w->argc)
		ok = store(o, into + at, spelling.text, w->argv[w->next++], e);
	else
		ok = err_set(e, ERR_USAGE, "option '%s' wants a value: %s",
			     spelling.text, o->arg);
	str_release(&spelling);
	return ok;
}

/* -q, -qv, -oFILE, -o FILE */
static bool parse_letters(const struct cmd *cmd, char *into, struct words *w,
			  struct err *e)
{
	const char *word = w->argv[w->next++];

	for (const char *c = word + 1; *c; c++) {
		char spelling[3] = {'-', *c, '\0'};
		size_t at;
		const struct opt *o = find_letter(cmd, *c, &at);

		if (!o)
			return err_set(e, ERR_USAGE, "%s has no option '-%s'",
				       cmd->name,
				       *c > ' ' && *c < 0x7f ? spelling + 1
							     : word + 1);
		if (o->type == OPT_FLAG || o->arg_optional) {
			if (!store(o, into + at, spelling, "", e))
				return false;
			continue;
		}
		if (c[1])
			return store(o, into + at, spelling, c + 1, e);
		if (w->next == w->argc)
			return err_set(e, ERR_USAGE,
				       "option '%s' wants a value: %s",
				       spelling, o->arg);
		return store(o, into + at, spelling, w->argv[w->next++], e);
	}
	return true;
}

static bool count_operands(const struct cmd *cmd, int operands, char **argv,
			   struct err *e)
{
	if (operands < cmd->min_operands)
		return err_set(e, ERR_USAGE,
			       "%s: missing operand; usage: mlopt %s %s",
			       cmd->name, cmd->name, cmd->synopsis);
	if (cmd->max_operands >= 0 && operands > cmd->max_operands)
		return err_set(e, ERR_USAGE,
			       "%s: unexpected operand '%s'; usage: "
			       "mlopt %s %s",
			       cmd->name, argv[cmd->max_operands], cmd->name,
			       cmd->synopsis);
	return true;
}

bool options_parse(const struct cmd *cmd, struct common_opts *into, int argc,
		   char **argv, int *operands, bool *help, struct err *e)
{
	struct words w = {argc, 0, argv};
	bool options = true;

	*operands = 0;
	*help = false;
	while (w.next < argc) {
		char *word = argv[w.next];
		bool ok = true;

		if (!options || word[0] != '-' || word[1] == '\0') {
			argv[(*operands)++] = word;
			w.next++;
		} else if (strcmp(word, "--") == 0) {
			options = false;
			w.next++;
		} else if (strcmp(word, "-h") == 0 ||
			   strcmp(word, "--help") == 0) {
			*help = true;
			return true;
		} else if (word[1] == '-') {
			ok = parse_long(cmd, (char *)into, &w, e);
		} else {
			ok = parse_letters(cmd, (char *)into, &w, e);
		}
		if (!ok)
			return false;
	}
	if (!count_operands(cmd, *operands, argv, e))
		return false;
	argv[*operands] = NULL;
	if (cmd->output == OUTPUT_REQUIRED && !into->output)
		return err_set(e, ERR_USAGE, "%s: option '-o' is missing",
			       cmd->name);
	return true;
}

void options_release(const struct cmd *cmd, struct common_opts *into)
{
	struct option_walk w = options_walk(cmd);
	const struct opt *o;
	size_t at;

	while ((o = options_next(&w, &at)))
		if (o->type == OPT_LIST)
			free(((struct opt_list *)(void *)((char *)into + at))
				     ->at);
}
