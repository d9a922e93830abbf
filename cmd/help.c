/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/help.c -- what --help prints, and guesses at what was meant. */
#include <ctype.h>
#include <string.h>

#include "cmd/options.h"

enum { HELP_COLUMN = 30, HELP_WIDTH = 79 };

/* TEXT wrapped into the help column, the cursor being at column AT. */
static void add_wrapped(struct str *out, const char *text, size_t at)
{
	if (at + 2 > HELP_COLUMN) {
		str_addc(out, '\n');
		at = 0;
	}
	while (*text) {
		size_t n = strcspn(text, " ");

		if (at > HELP_COLUMN && at + 1 + n > HELP_WIDTH) {
			str_addc(out, '\n');
			at = 0;
		}
		if (at > HELP_COLUMN) {
			str_addc(out, ' ');
			at++;
		}
		for (; at < HELP_COLUMN; at++)
			str_addc(out, ' ');
		str_addn(out, text, n);
		at += n;
		text += n + (text[n] == ' ');
	}
	str_addc(out, '\n');
}

static void add_option(struct str *out, const struct opt *o)
{
	size_t start = out->len;

	if (o->letter)
		str_addf(out, "  -%c, --", o->letter);
	else
		str_add(out, "      --");
	options_name(o, out);
	if (o->arg)
		str_addf(out, o->arg_optional ? "[=%s]" : "=%s", o->arg);
	add_wrapped(out, o->help, out->len - start);
}

void options_help(const struct cmd *cmd, struct str *out)
{
	struct option_walk w = options_walk(cmd);
	const char *title = "";
	const struct opt *o;
	size_t at;

	str_addf(out, "Usage: mlopt %s [OPTION]... %s\n", cmd->name,
		 cmd->synopsis);
	str_addf(out, "mlopt %s: %s\n", cmd->name, cmd->summary);
	while ((o = options_next(&w, &at))) {
		const char *now = w.title ? w.title : "Options";

		if (strcmp(now, title) != 0)
			str_addf(out, "\n%c%s:\n", toupper((unsigned char)*now),
				 now + 1);
		title = now;
		add_option(out, o);
	}
	str_add(out, "  -h, --help");
	add_wrapped(out, "print this help", 12);
	str_addf(out, "\nThe manual: man mlopt-%s\n", cmd->name);
}

static int min(int a, int b)
{
	return a < b ? a : b;
}

/* Levenshtein distance with transpositions of neighbours, of short words. */
static int distance(const char *a, const char *b)
{
	enum { MAX = 32 };
	int d[MAX + 1][MAX + 1];
	int n = (int)strlen(a), m = (int)strlen(b);

	if (n > MAX || m > MAX)
		return MAX;
	for (int i = 0; i <= n; i++)
		d[i][0] = i;
	for (int j = 0; j <= m; j++)
		d[0][j] = j;
	for (int i = 1; i <= n; i++) {
		for (int j = 1; j <= m; j++) {
			d[i][j] = min(min(d[i - 1][j], d[i][j - 1]) + 1,
				      d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

void suggest(struct suggestion *best, const char *word, const char *candidate)
{
	int d = distance(word, candidate);
	int allowed = strlen(word) < 5 ? 1 : 2;

	/* A beginning is as good as one wrong letter. */
	if (strlen(word) >= 3 && str_starts(candidate, word))
		d = min(d, 1);
	if (d <= allowed && (!best->word || d < best->distance))
		*best = (struct suggestion){candidate, d};
}
