/* SPDX-License-Identifier: Apache-2.0 */
/* base/json.c -- a JSON writer (RFC 8259). */
#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

static void quote(struct str *s, const char *text, size_t n)
{
	str_addc(s, '"');
	for (size_t i = 0; i < n;) {
		size_t len = str_printable(text + i, n - i);

		if (text[i] == '"' || text[i] == '\\') {
			str_addc(s, '\\');
			str_addc(s, text[i]);
		} else if (len != 0) {
			str_addn(s, text + i, len);
		} else if (text[i] == '\n') {
			str_add(s, "\\n");
		} else if ((unsigned char)text[i] < 0x80) {
			str_addf(s, "\\u%04x", (unsigned)text[i]);
		} else {
			/* JSON has no bytes: what is not text is replaced. */
			str_add(s, "\\ufffd");
		}
		i += len ? len : 1;
	}
	str_addc(s, '"');
}

static void new_line(struct json *j)
{
	str_addc(&j->text, '\n');
	for (int i = 0; i < j->depth; i++)
		str_add(&j->text, "  ");
}

/* Everything that stands before a value. */
static void begin_value(struct json *j, const char *key)
{
	if (j->depth == 0)
		return;
	if (j->comma[j->depth - 1])
		str_addc(&j->text, ',');
	j->comma[j->depth - 1] = true;
	new_line(j);
	if (key) {
		quote(&j->text, key, strlen(key));
		str_add(&j->text, ": ");
	}
}

static void open_level(struct json *j, const char *key, char open, char close)
{
	begin_value(j, key);
	if (j->depth == JSON_DEPTH)
		bug("JSON nested deeper than %d levels", JSON_DEPTH);
	str_addc(&j->text, open);
	j->comma[j->depth] = false;
	j->close[j->depth] = close;
	j->depth++;
}

void json_object(struct json *j, const char *key)
{
	open_level(j, key, '{', '}');
}

void json_array(struct json *j, const char *key)
{
	open_level(j, key, '[', ']');
}

void json_end(struct json *j)
{
	if (j->depth == 0)
		bug("json_end: nothing is open");
	j->depth--;
	if (j->comma[j->depth])
		new_line(j);
	str_addc(&j->text, j->close[j->depth]);
	if (j->depth == 0)
		str_addc(&j->text, '\n');
}

void json_string(struct json *j, const char *key, const char *value)
{
	json_stringn(j, key, value, strlen(value));
}

void json_stringn(struct json *j, const char *key, const char *s, size_t n)
{
	begin_value(j, key);
	quote(&j->text, s, n);
}

void json_int(struct json *j, const char *key, int64_t value)
{
	begin_value(j, key);
	str_addf(&j->text, "%lld", (long long)value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin_value(j, key);
	str_add(&j->text, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	str_add(&j->text, "null");
}

void json_double(struct json *j, const char *key, double value)
{
	begin_value(j, key);
	if (!isfinite(value))
		str_addc(&j->text, '"');
	str_add_double(&j->text, value);
	if (!isfinite(value))
		str_addc(&j->text, '"');
}

void json_release(struct json *j)
{
	str_release(&j->text);
	*j = (struct json){0};
}
