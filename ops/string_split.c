/* SPDX-License-Identifier: Apache-2.0 */
/* ops/string_split.c -- StringSplit: each text cut at a delimiter or at blanks.
 *
 * The delimiter is a sequence of bytes; matches are found from the left and do
 * not overlap.  Without one, runs of Unicode's white space separate, also in
 * front and behind; bytes that are no UTF-8 are not white space.  The part
 * after the last cut that "maxsplit" allows keeps its inner separators.  So an
 * empty text has one part with a delimiter, and none without.
 */
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

static bool infer_string_split(struct infer *c, struct err *e)
{
	struct shape y = *infer_shape(c, 0);

	infer_set(c, 1, DTYPE_I64, &y);
	if (y.rank == MAX_RANK)
		return err_set(e, ERR_LIMIT, "result has rank %d", y.rank + 1);
	if (y.rank >= 0)
		y.dim[y.rank++] = DIM_UNKNOWN;
	infer_set(c, 0, DTYPE_STRING, &y);
	return true;
}

/* What is left of a text, and how often it may still be cut. */
struct splitter {
	const char *delimiter; /* N bytes; 0: white space */
	size_t n;
	struct text left;
	uint64_t cuts;
	bool ended;
};

/*
 * Bytes of the white space that T begins with, 0 if with none: Unicode's
 * property White_Space, and the separators U+001C..U+001F, which Python's
 * str.split() takes as well.
 */
static size_t blank(const struct text *t)
{
	const unsigned char *s = (const unsigned char *)t->at;
	unsigned c = t->len ? s[0] : 'x';

	if (c < 0x80)
		return c == ' ' || (c >= 9 && c <= 13) ||
		       (c >= 0x1c && c <= 0x1f);
	if (c == 0xc2 && t->len >= 2) /* U+0085, U+00A0 */
		return s[1] == 0x85 || s[1] == 0xa0 ? 2 : 0;
	if (t->len < 3)
		return 0;
	c = c << 16 | (unsigned)s[1] << 8 | s[2];
	/* U+1680, U+2000..U+200A, U+2028, U+2029, U+202F, U+205F, U+3000 */
	if (c == 0xe19a80 || (c >= 0xe28080 && c <= 0xe2808a) ||
	    c == 0xe280a8 || c == 0xe280a9 || c == 0xe280af || c == 0xe2819f ||
	    c == 0xe38080)
		return 3;
	return 0;
}

static void skip(struct text *t, size_t n)
{
	t->at += n;
	t->len -= n;
}

static void skip_blanks(struct text *t)
{
	for (size_t n; (n = blank(t)) > 0;)
		skip(t, n);
}

/* White space at the end is what blank() finds at one of the last 3 bytes. */
static void trim_end(struct text *t)
{
	size_t n = 1;

	while (n <= 3 && n <= t->len) {
		struct text end = {t->at + t->len - n, n};

		if (blank(&end) == n) {
			t->len -= n;
			n = 1;
		} else {
			n++;
		}
	}
}

static bool next_word(struct splitter *s, struct text *part)
{
	skip_blanks(&s->left);
	*part = s->left;
	if (!s->left.len)
		return false;
	if (!s->cuts) {
		s->ended = true;
		return true;
	}
	s->cuts--;
	while (s->left.len && !blank(&s->left))
		skip(&s->left, 1);
	part->len -= s->left.len;
	return true;
}

/* The next part of the text; false after the last. */
static bool next_part(struct splitter *s, struct text *part)
{
	const char *cut = NULL;

	if (s->ended)
		return false;
	if (!s->n)
		return next_word(s, part);
	*part = s->left;
	if (s->cuts && s->left.len)
		cut = memmem(s->left.at, s->left.len, s->delimiter, s->n);
	if (!cut) {
		s->ended = true;
		return true;
	}
	s->cuts--;
	part->len = (size_t)(cut - s->left.at);
	skip(&s->left, part->len + s->n);
	return true;
}

static struct splitter make_splitter(const struct node *n)
{
	const struct attr *d = node_attr(n, "delimiter");
	struct splitter s = {.cuts = UINT64_MAX};

	if (d) {
		s.delimiter = d->u.s;
		s.n = d->count;
	}
	/* As in Python, a negative number is none. */
	if (attr_given(n, "maxsplit") && attr_int(n, "maxsplit") >= 0)
		s.cuts = (uint64_t)attr_int(n, "maxsplit");
	return s;
}

/* S begins with the text X. */
static struct splitter start(const struct splitter *s, const struct text *x)
{
	struct splitter one = *s;

	one.left = *x;
	if (!s->n)
		trim_end(&one.left);
	return one;
}

/* Parts of every text, into COUNT; the most of them. */
static size_t count_parts(const struct splitter *s, const struct text *x,
			  size_t n, int64_t *count)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		struct splitter one = start(s, &x[i]);
		struct text part;
		size_t parts = 0;

		while (next_part(&one, &part))
			parts++;
		if (count)
			count[i] = (int64_t)parts;
		if (parts > most)
			most = parts;
	}
	return most;
}

static bool run_string_split(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	const struct text *in = x->data;
	const struct text none = {"", 0};
	struct shape shape = x->shape;
	struct splitter s = make_splitter(c->node);
	struct text *out;
	size_t most, n = tensor_count(x);

	if (!call_alloc(c, 1, DTYPE_I64, &shape, e))
		return false;
	most = count_parts(&s, in, n,
			   call_out(c, 1) ? tensor_i64_mut(call_out(c, 1))
					  : NULL);
	shape.dim[shape.rank++] = (int64_t)most;
	if (!call_alloc(c, 0, DTYPE_STRING, &shape, e))
		return false;
	if (!call_out(c, 0))
		return true;
	out = tensor_mut(call_out(c, 0));
	for (size_t i = 0; i < n; i++) {
		struct splitter one = start(&s, &in[i]);

		for (size_t k = 0; k < most; k++)
			if (!next_part(&one, &out[i * most + k]))
				out[i * most + k] = none;
	}
	return true;
}

static const struct kernel kernels[] = {{.name = "string-split",
					 .engine = "reference",
					 .run = run_string_split},
					{0}};

const struct op op_rows_string_split[] = {
	{.domain = "",
	 .type = "StringSplit",
	 .since = 20,
	 .traits = OP_DATA_SHAPE,
	 .in = PARAMS(IN("X", "T1", TYPE_BIT(STRING))),
	 .out = PARAMS(IN("Y", "T2", TYPE_BIT(STRING)),
		       IN("Z", "T3", TYPES_I64)),
	 .attrs = ATTRS(ATTR("delimiter", STRING, NULL),
			ATTR("maxsplit", INT, NULL)),
	 .infer = infer_string_split,
	 .kernels = kernels},
	{0}};
