/* SPDX-License-Identifier: Apache-2.0 */
/* formats/npy_header.c -- the header of a NumPy array: a Python literal. */
#include "formats/npy_header.h"

#include <string.h>

const char npy_magic[] = "\x93NUMPY";

enum {
	HEADER_MAX = 10000, /* numpy's own limit */
	HEADER_READ = 1 << 20,
};

struct cursor {
	const char *at, *end;
};

static bool expected(const struct cursor *c, const char *what, struct err *e)
{
	if (c->at == c->end)
		return err_set(e, ERR_FORMAT,
			       "array header: expected %s, found its end",
			       what);
	return err_set(e, ERR_FORMAT, "array header: expected %s, found '%c'",
		       what, *c->at);
}

static char peek(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\n'))
		c->at++;
	return c->at < c->end ? *c->at : '\0';
}

static bool take(struct cursor *c, char x)
{
	if (peek(c) != x || c->at == c->end)
		return false;
	c->at++;
	return true;
}

static bool want(struct cursor *c, char x, struct err *e)
{
	char what[] = "' '";

	what[1] = x;
	return take(c, x) || expected(c, what, e);
}

/* A quoted text without escapes, copied into BUF. */
static bool quoted(struct cursor *c, char *buf, size_t size, struct err *e)
{
	char quote = peek(c);
	const char *from = c->at + 1;
	size_t n;

	if (quote != '\'' && quote != '"')
		return expected(c, "a text in quotes", e);
	for (c->at++; c->at < c->end && *c->at != quote; c->at++)
		if (*c->at == '\\')
			return expected(c, "a plain text", e);
	n = (size_t)(c->at - from);
	if (c->at == c->end || n >= size)
		return err_set(e, ERR_FORMAT,
			       "array header: a text without its end");
	c->at++;
	memcpy(buf, from, n);
	buf[n] = '\0';
	return true;
}

static bool parse_number(struct cursor *c, int64_t *out, struct err *e)
{
	int64_t x = 0;

	if (peek(c) < '0' || peek(c) > '9')
		return expected(c, "a dimension", e);
	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
		if (__builtin_mul_overflow(x, 10, &x) ||
		    __builtin_add_overflow(x, *c->at - '0', &x))
			return err_set(e, ERR_FORMAT,
				       "array header: a dimension exceeds "
				       "2^63 - 1");
	if (c->at < c->end && *c->at == 'L') /* Python 2 */
		c->at++;
	*out = x;
	return true;
}

static bool parse_shape(struct cursor *c, struct npy_header *h, struct err *e)
{
	struct shape *s = &h->shape;

	*s = (struct shape){.rank = 0};
	if (!want(c, '(', e))
		return false;
	while (peek(c) != ')') {
		if (s->rank == MAX_RANK)
			return err_set(e, ERR_LIMIT,
				       "the array has more than %d dimensions",
				       MAX_RANK);
		if (!parse_number(c, &s->dim[s->rank++], e))
			return false;
		if (!take(c, ',') && peek(c) != ')')
			return expected(c, "',' or ')'", e);
	}
	return want(c, ')', e);
}

/* "<f4": byte order, kind, bytes per item (characters for 'U'). */
static bool parse_descr(struct cursor *c, struct npy_header *h, struct err *e)
{
	char text[24];
	size_t n = 0;
	const char *p = text;

	if (peek(c) == '[' || peek(c) == '(')
		return err_set(e, ERR_FORMAT,
			       "the array holds structures, not numbers");
	if (!quoted(c, text, sizeof(text), e))
		return false;
	h->order = strchr("<>=|", *p) && *p ? *p++ : '=';
	h->kind = *p ? *p++ : '?';
	for (; *p >= '0' && *p <= '9' && n < UINT32_MAX; p++)
		n = 10 * n + (size_t)(*p - '0');
	if (h->kind == 'O')
		return err_set(e, ERR_FORMAT,
			       "the array holds Python objects, which are "
			       "never loaded");
	if (*p || n > UINT32_MAX)
		return err_set(e, ERR_FORMAT,
			       "'%s' is no element type of NumPy", text);
	h->item_bytes = h->kind == 'U' ? 4 * n : n;
	return true;
}

static bool parse_bool(struct cursor *c, bool *out, struct err *e)
{
	size_t left;

	peek(c);
	left = (size_t)(c->end - c->at);
	*out = left >= 4 && !memcmp(c->at, "True", 4);
	if (!*out && !(left >= 5 && !memcmp(c->at, "False", 5)))
		return expected(c, "True or False", e);
	c->at += *out ? 4 : 5;
	return true;
}

static bool parse_entry(struct cursor *c, struct npy_header *h, struct err *e)
{
	char key[32];
	bool *seen;

	if (!quoted(c, key, sizeof(key), e) || !want(c, ':', e))
		return false;
	seen = !strcmp(key, "descr")	       ? &h->has_descr
	       : !strcmp(key, "fortran_order") ? &h->has_fortran
	       : !strcmp(key, "shape")	       ? &h->has_shape
					       : NULL;
	if (!seen || *seen)
		return err_set(e, ERR_FORMAT, "array header: key '%s' is %s",
			       key, seen ? "given twice" : "unknown");
	*seen = true;
	if (seen == &h->has_descr)
		return parse_descr(c, h, e);
	if (seen == &h->has_shape)
		return parse_shape(c, h, e);
	return parse_bool(c, &h->fortran, e);
}

static bool parse_dict(struct cursor *c, struct npy_header *h, struct err *e)
{
	*h = (struct npy_header){0};
	if (!want(c, '{', e))
		return false;
	while (peek(c) != '}') {
		if (!parse_entry(c, h, e))
			return false;
		if (!take(c, ',') && peek(c) != '}')
			return expected(c, "',' or '}'", e);
	}
	if (!want(c, '}', e))
		return false;
	if (!h->has_descr || !h->has_fortran || !h->has_shape)
		return err_set(e, ERR_FORMAT, "array header: no '%s'",
			       !h->has_descr	 ? "descr"
			       : !h->has_fortran ? "fortran_order"
						 : "shape");
	peek(c);
	return c->at == c->end || expected(c, "its end", e);
}

bool npy_header_parse(struct bytes file, struct npy_header *h,
		      struct bytes *payload, struct err *e)
{
	size_t size, at;
	struct cursor c;

	if (file.len < NPY_MAGIC_BYTES + 2 ||
	    memcmp(file.at, npy_magic, NPY_MAGIC_BYTES))
		return err_set(e, ERR_FORMAT,
			       "the file does not start like a NumPy array");
	if (file.at[6] < 1 || file.at[6] > 3)
		return err_set(e, ERR_FORMAT,
			       "NumPy array version %u.%u, known are 1.0 to "
			       "3.0",
			       (unsigned)file.at[6], (unsigned)file.at[7]);
	at = file.at[6] == 1 ? 10 : 12;
	if (file.len < at)
		return err_set(e, ERR_FORMAT, "the array header is cut off");
	size = file.at[8] | (size_t)file.at[9] << 8;
	if (at == 12)
		size |= (size_t)file.at[10] << 16 | (size_t)file.at[11] << 24;
	if (size > file.len - at)
		return err_set(e, ERR_FORMAT,
			       "the array header has %zu bytes, the file %zu "
			       "more",
			       size, file.len - at);
	c.at = (const char *)file.at + at;
	c.end = c.at + size;
	*payload = (struct bytes){file.at + at + size, file.len - at - size};
	/* What is no header at all is not called too long. */
	if (size <= HEADER_READ && !parse_dict(&c, h, e))
		return false;
	if (size > HEADER_MAX)
		return err_set(e, ERR_LIMIT,
			       "the array header has %zu bytes, the limit is "
			       "%d",
			       size, HEADER_MAX);
	return true;
}
