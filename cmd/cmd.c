/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/cmd.c -- the registry of commands, and what they share. */
#include "cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"

#define ROW(file) extern const struct cmd cmd_rows_##file[];
#include "cmd/registry.inc"
#undef ROW

static const struct cmd *const files[] = {
#define ROW(file) cmd_rows_##file,
#include "cmd/registry.inc"
#undef ROW
	NULL,
};

const struct cmd *cmd_find(const char *name)
{
	for (size_t f = 0; files[f]; f++)
		for (const struct cmd *c = files[f]; c->name; c++)
			if (strcmp(c->name, name) == 0)
				return c;
	return NULL;
}

const struct cmd *cmd_next(const struct cmd *prev)
{
	const struct cmd *next = NULL;

	for (size_t f = 0; files[f]; f++)
		for (const struct cmd *c = files[f]; c->name; c++)
			if ((!prev || strcmp(c->name, prev->name) > 0) &&
			    (!next || strcmp(c->name, next->name) < 0))
				next = c;
	return next;
}

static bool write_whole(const char *path, const struct str *text, struct err *e)
{
	struct output o;

	if (!output_begin(&o, path, e))
		return false;
	if (!sink_write(&o.sink, text->text, text->len, e)) {
		output_abort(&o);
		return false;
	}
	return output_commit(&o, e);
}

bool cmd_report(const struct common_opts *c, struct str *text,
		struct json *json, struct err *e)
{
	const char *to = "-";
	struct str *what = c->json ? &json->text : text;
	bool ok = true;

	if (c->output && c->cmd->output == OUTPUT_REPORT)
		to = c->output;
	if (c->json && *c->json)
		to = c->json;
	if (what->len != 0 && (c->json || !c->quiet))
		ok = write_whole(to, what, e);
	str_release(text);
	json_release(json);
	return ok;
}

void cmd_json_begin(struct json *j)
{
	json_object(j, NULL);
	json_int(j, "schema", 1);
}

static void talk(const char *prefix, const char *fmt, va_list ap)
	PRINTF_LIKE(2, 0);
static void talk(const char *prefix, const char *fmt, va_list ap)
{
	char text[1024];
	struct err line;

	vsnprintf(text, sizeof(text), fmt, ap);
	err_set(&line, ERR_NONE, "%s", text); /* escapes what does not print */
	dprintf(STDERR_FILENO, "mlopt: %s%s\n", prefix, line.msg);
}

void cmd_warn(const struct common_opts *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet)
		return;
	va_start(ap, fmt);
	talk("warning: ", fmt, ap);
	va_end(ap);
}

void cmd_note(const struct common_opts *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->verbose)
		return;
	va_start(ap, fmt);
	talk("", fmt, ap);
	va_end(ap);
}

int cmd_choice(const char *what, const char *value, const char *const *choices,
	       struct err *e)
{
	struct str all = {0};

	for (int i = 0; choices[i]; i++)
		if (strcmp(choices[i], value) == 0)
			return i;
	for (int i = 0; choices[i]; i++)
		str_addf(&all, "%s%s", i ? ", " : "", choices[i]);
	err_set(e, ERR_USAGE, "%s: '%s' is none of %s", what, value, all.text);
	str_release(&all);
	return -1;
}

bool cmd_parse_size(const char *option, const char *text, size_t *bytes,
		    struct err *e)
{
	static const char units[] = "KMGT";
	size_t n = strspn(text, "0123456789.");
	const char *unit = text + n;
	struct str number = {0};
	double x = 0, scale = 1;
	bool ok;

	str_addn(&number, text, n);
	ok = n != 0 && str_to_double(number.text, &x);
	str_release(&number);
	if (*unit && strchr(units, *unit)) {
		for (const char *u = units; u <= strchr(units, *unit); u++)
			scale *= 1024;
		unit += unit[1] == 'i' ? 2 : 1;
	}
	if (*unit == 'B')
		unit++;
	x *= scale;
	if (!ok || *unit || x < 1 || x > 0x1p62)
		return err_set(e, ERR_USAGE,
			       "option '%s': '%s' is not a size such as 512M",
			       option, text);
	*bytes = (size_t)x;
	return true;
}
