/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/case_file.c -- see case_file.h. */
#include "tests/ops/case_file.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* A file under the reader's finger. */
struct reader {
	struct op_cases *list;
	const char *file;
	FILE *in;
	int line;
	char *text; /* the line at hand, without its newline */
	size_t cap;
};

static NORETURN void senseless(const struct reader *r, const char *why)
{
	fprintf(stderr, "%s:%d: %s: '%s'\n", r->file, r->line, why, r->text);
	exit(99);
}

/* The next line that is no comment; false at the end of the file. */
static bool next_line(struct reader *r)
{
	ssize_t n;

	do {
		n = getline(&r->text, &r->cap, r->in);
		if (n < 0)
			return false;
		r->line++;
		r->text[strcspn(r->text, "\n")] = '\0';
	} while (r->text[0] == '#');
	return true;
}

/* "opset 14, ai.onnx.ml 3" as the member of a model. */
static const char *read_opsets(struct reader *r)
{
	struct str s = {0};
	char *at = r->text + strlen("opset ");
	const char *text;
	long version = strtol(at, &at, 10);

	if (version < 1)
		senseless(r, "no version");
	str_addf(&s, "opset_import: [\"\" : %ld", version);
	while (*at == ',') {
		char domain[64];
		int used = 0;

		if (sscanf(at, ", %63s %ld%n", domain, &version, &used) != 2)
			senseless(r, "want ', DOMAIN VERSION'");
		str_addf(&s, ", \"%s\" : %ld", domain, version);
		at += used;
	}
	if (*at)
		senseless(r, "something behind the versions");
	if (!strstr(s.text, "ai.onnx.ml"))
		str_add(&s, ", \"ai.onnx.ml\" : 3");
	str_add(&s, ", \"com.microsoft\" : 1, \"ai.onnx.preview\" : 1"
		    ", \"ai.onnx.preview.training\" : 1]");
	text = arena_strdup(&r->list->arena, s.text);
	str_release(&s);
	return text;
}

static enum err_code code_named(const char *name, size_t n)
{
	static const char *const names[] = {
		[ERR_USAGE] = "usage",
		[ERR_FORMAT] = "format",
		[ERR_SHAPE] = "shape",
		[ERR_TYPE] = "type",
		[ERR_UNSUPPORTED] = "unsupported",
		[ERR_LIMIT] = "limit",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i] && strlen(names[i]) == n &&
		    !memcmp(names[i], name, n))
			return (enum err_code)i;
	return ERR_NONE;
}

/* "-> Y float[2] 1 2" or "-> error shape: cannot broadcast". */
static void read_wanted(struct reader *r, struct op_case *c)
{
	struct arena *a = &r->list->arena;
	char *at = r->text + strlen("-> "), *end;
	struct wanted *all;

	if (str_starts(at, "error ")) {
		at += strlen("error ");
		end = strchr(at, ':');
		c->code = end ? code_named(at, (size_t)(end - at)) : ERR_NONE;
		if (c->code == ERR_NONE)
			senseless(r, "want '-> error CODE: TEXT'");
		end += 1 + (end[1] == ' ');
		c->says = arena_strdup(a, end);
		return;
	}
	end = strchr(at, ' ');
	if (!end)
		senseless(r, "want '-> NAME TYPE VALUES'");
	all = arena_array(a, struct wanted, c->nwant + 1);
	for (size_t i = 0; i < c->nwant; i++)
		all[i] = c->want[i];
	all[c->nwant].name = arena_strndup(a, at, (size_t)(end - at));
	all[c->nwant++].text = arena_strdup(a, end + 1);
	c->want = all;
}

/* "feed map(int64, float) m = keys, values". */
static void read_map(struct reader *r, struct op_case *c)
{
	struct arena *a = &r->list->arena;
	char *at = r->text + strlen("feed ");
	char *values, *keys = strstr(at, " = ");

	values = keys ? strstr(keys, ", ") : NULL;
	if (!values || c->map)
		senseless(r, "want one 'feed TYPE NAME = KEYS, VALUES'");
	c->map = arena_strndup(a, at, (size_t)(keys - at));
	keys += strlen(" = ");
	c->map_keys = arena_strndup(a, keys, (size_t)(values - keys));
	c->map_values = arena_strdup(a, values + strlen(", "));
}

static struct op_case *add_case(struct reader *r)
{
	struct op_cases *l = r->list;

	if (l->count == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 256;
		struct op_case *at = arena_array(&l->arena, struct op_case,
						 cap);

		if (l->count)
			memcpy(at, l->at, l->count * sizeof(*at));
		l->at = at;
		l->cap = cap;
	}
	l->at[l->count] = (struct op_case){.file = r->file, .line = r->line};
	return &l->at[l->count++];
}

static void read_case(struct reader *r)
{
	struct op_case *c = add_case(r);
	struct str consts = {0}, body = {0};

	if (!str_starts(r->text, "opset "))
		senseless(r, "want 'opset VERSION'");
	c->opsets = read_opsets(r);
	while (next_line(r) && r->text[0]) {
		if (str_starts(r->text, "let "))
			str_addf(&consts, "%s%s", consts.len ? ", " : "",
				 r->text + strlen("let "));
		else if (str_starts(r->text, "feed "))
			read_map(r, c);
		else if (str_starts(r->text, "-> "))
			read_wanted(r, c);
		else
			str_addf(&body, "%s\n", r->text);
	}
	if (!body.len || !c->want == !c->says)
		senseless(r, "want nodes, then results or one error, before");
	c->consts = consts.len ? arena_strdup(&r->list->arena, consts.text)
			       : "";
	c->body = arena_strdup(&r->list->arena, body.text);
	str_release(&consts);
	str_release(&body);
}

static void read_file(struct op_cases *l, const char *path)
{
	struct reader r = {.list = l, .file = arena_strdup(&l->arena, path)};

	r.in = fopen(path, "r");
	if (!r.in) {
		perror(path);
		exit(99);
	}
	while (next_line(&r))
		if (r.text[0])
			read_case(&r);
	fclose(r.in);
	free(r.text);
}

void op_cases_read(struct op_cases *l, const char *dir)
{
	struct str pattern = {0};
	glob_t found;

	str_addf(&pattern, "%s/*.cases", dir);
	if (glob(pattern.text, 0, NULL, &found) != 0) {
		fprintf(stderr, "%s: no such files\n", pattern.text);
		exit(99);
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_file(l, found.gl_pathv[i]);
	globfree(&found);
	str_release(&pattern);
}
