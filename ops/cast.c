/* SPDX-License-Identifier: Apache-2.0 */
/* ops/cast.c -- Cast and CastLike: elements of one type as another.
 *
 * Numbers follow element_cast().  Text is read as a decimal number, plain or
 * scientific, or as INF, -INF, NaN; numbers are written shortest, so that they
 * read back as they were.
 */
#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "base/str.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

/* Cast-1 names its type: "FLOAT", "INT64". */
static enum dtype type_of_name(const char *name)
{
	char lower[16] = {0};

	for (size_t i = 0; name[i]; i++) {
		if (i + 1 == sizeof(lower))
			return DTYPE_NONE;
		lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z'
					  ? name[i] - 'A' + 'a'
					  : name[i]);
	}
	return dtype_from_text(lower);
}

static bool cast_to(const struct infer *c, enum dtype *to, struct err *e)
{
	if (strcmp(c->node->type, "CastLike") == 0) {
		*to = infer_dtype(c, 1);
		return true;
	}
	if (c->node->op->since == 1)
		*to = type_of_name(attr_string(c->node, "to"));
	else
		*to = dtype_from_onnx(attr_int(c->node, "to"));
	if (*to == DTYPE_NONE)
		return err_set(e, ERR_TYPE,
			       "'to' is no element type of the standard");
	return true;
}

static bool infer_cast(struct infer *c, struct err *e)
{
	struct shape dims;
	enum dtype to;

	if (!cast_to(c, &to, e))
		return false;
	infer_set(c, 0, to, infer_shape(c, 0));
	if ((to == DTYPE_I64 || to == DTYPE_I32) && c->out_content &&
	    dtype_is_integer(infer_dtype(c, 0)) && infer_ints(c, 0, &dims))
		infer_set_content(c, 0, &dims);
	return true;
}

/* ---- text --------------------------------------------------------------- */

static void lower_case(struct str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->text[i] >= 'A' && s->text[i] <= 'Z')
			s->text[i] = (char)(s->text[i] - 'A' + 'a');
}

static bool parse_text(const struct text *t, struct str *s, double *x)
{
	const char *p;

	s->len = 0;
	str_addn(s, t->at, t->len);
	if (strlen(s->text) != t->len)
		return false; /* holds a zero byte */
	lower_case(s);
	p = s->text[0] == '+' ? s->text + 1 : s->text;
	return str_to_double(p, x);
}

static void store_number(struct tensor *y, size_t i, const struct str *s,
			 double x, enum saturate saturate)
{
	long long n;

	if (!dtype_is_float(y->dtype) && str_to_int(s->text, &n))
		element_set_int(y->dtype, tensor_mut(y), i, n);
	else if (tensor_bits(y) >= 8)
		element_cast(DTYPE_F64, &x, y->dtype,
			     (char *)tensor_mut(y) + i * tensor_bits(y) / 8, 1,
			     saturate);
	else
		element_set_double(y->dtype, tensor_mut(y), i, x);
}

static bool from_text(const struct tensor *in, struct tensor *y,
		      enum saturate saturate, struct err *e)
{
	const struct text *x = in->data;
	struct str s = {0};
	bool ok = true;

	for (size_t i = 0; ok && i < tensor_count(in); i++) {
		double number;

		ok = parse_text(&x[i], &s, &number);
		if (ok)
			store_number(y, i, &s, number, saturate);
		else
			err_set(e, ERR_FORMAT,
				"element %zu '%.*s' is no number", i,
				(int)(x[i].len < 40 ? x[i].len : 40), x[i].at);
	}
	str_release(&s);
	return ok;
}

static void print_element(struct str *s, const struct tensor *t, size_t i)
{
	switch (dtype_info[t->dtype].class) {
	case CLASS_BOOL:
		str_add(s, element_int(t->dtype, t->data, i) ? "1" : "0");
		break;
	case CLASS_UINT:
		str_addf(s, "%" PRIu64,
			 (uint64_t)element_int(t->dtype, t->data, i));
		break;
	case CLASS_INT:
		str_addf(s, "%" PRId64, element_int(t->dtype, t->data, i));
		break;
	default:
		if (t->dtype == DTYPE_F64)
			str_add_double(s, element_double(t->dtype, t->data, i));
		else
			str_add_float(
				s, (float)element_double(t->dtype, t->data, i));
	}
}

/* All texts in one piece of storage. */
static bool to_text(const struct call *c, const struct tensor *x,
		    struct tensor *y, struct err *e)
{
	struct text *out = tensor_mut(y);
	size_t n = tensor_count(x), at = 0;
	struct str s = {0};
	void *storage;
	bool ok;

	for (size_t i = 0; i < n; i++) {
		print_element(&s, x, i);
		out[i].len = s.len - at;
		at = s.len;
	}
	ok = c->services->alloc(c->services, s.len + 1, &storage, e);
	if (ok && s.len)
		memcpy(storage, s.text, s.len);
	at = 0;
	for (size_t i = 0; ok && i < n; i++) {
		out[i].at = (const char *)storage + at;
		at += out[i].len;
	}
	str_release(&s);
	return ok;
}

/* ---- numbers ------------------------------------------------------------ */

enum { CAST_ROW = 256 };

/* N elements from *X, to *Y. */
struct cast_row {
	enum dtype from, to;
	const char *x;
	char *y;
	size_t n;
	enum saturate saturate;
};

/* Doubles hold every value of the type. */
static bool fits_double(enum dtype t)
{
	return t != DTYPE_I64 && t != DTYPE_U64;
}

static bool is_integral(enum dtype t)
{
	return dtype_is_integer(t) || t == DTYPE_BOOL;
}

/* Truncate; false if some element is beyond 32 bits or NaN. */
static bool truncate_row(const double *x, int64_t *out, size_t n)
{
	bool inside = true;

	for (size_t i = 0; i < n; i++) {
		bool ok = x[i] > -0x1p31 - 1 && x[i] < 0x1p31;

		out[i] = ok ? (int64_t)x[i] : 0;
		inside = inside && ok;
	}
	return inside;
}

/* The same as element_cast(), in loops that load, convert and store rows;
 * false for the pairs and values that it does not cover. */
static bool cast_fast(const struct cast_row *r)
{
	double x[CAST_ROW];
	int64_t k[CAST_ROW];

	if (is_integral(r->from) && dtype_is_integer(r->to)) {
		element_load_ints(r->from, r->x, 0, r->n, k);
		element_store_ints(r->to, r->y, 0, r->n, k);
		return true;
	}
	if (!fits_double(r->from))
		return false;
	element_load(r->from, r->x, 0, r->n, x);
	if (r->to == DTYPE_F32 || r->to == DTYPE_F64) {
		element_store(r->to, r->y, 0, r->n, x);
		return true;
	}
	if (r->to == DTYPE_U32 || r->to == DTYPE_U64 ||
	    !dtype_is_integer(r->to) || !truncate_row(x, k, r->n))
		return false;
	element_store_ints(r->to, r->y, 0, r->n, k);
	return true;
}

struct cast_job {
	struct job job;
	const struct tensor *x;
	struct tensor *y;
	enum saturate saturate;
};

/* Items are rows, which fill whole bytes in every type. */
static void cast_run(struct job *self, size_t begin, size_t end)
{
	const struct cast_job *j = (const struct cast_job *)self;
	size_t n = tensor_count(j->x);
	size_t x_row = CAST_ROW * tensor_bits(j->x) / 8;
	size_t y_row = CAST_ROW * tensor_bits(j->y) / 8;

	for (size_t i = begin; i < end; i++) {
		size_t rest = n - i * CAST_ROW;
		struct cast_row r = {
			.from = j->x->dtype,
			.to = j->y->dtype,
			.x = (const char *)j->x->data + i * x_row,
			.y = (char *)tensor_mut(j->y) + i * y_row,
			.n = rest < CAST_ROW ? rest : CAST_ROW,
			.saturate = j->saturate,
		};

		if (!cast_fast(&r))
			element_cast(r.from, r.x, r.to, r.y, r.n, r.saturate);
	}
}

static bool round_mode(const struct node *n, enum round_mode *mode,
		       struct err *e)
{
	const char *s = n->op->since >= 24 ? attr_string(n, "round_mode")
					   : "up";

	if (strcmp(s, "up") == 0)
		*mode = ROUND_UP;
	else if (strcmp(s, "down") == 0)
		*mode = ROUND_DOWN;
	else if (strcmp(s, "nearest") == 0)
		*mode = ROUND_NEAREST;
	else
		return err_set(e, ERR_FORMAT,
			       "round_mode is '%s', want up, down or nearest",
			       s);
	return true;
}

static bool run_cast(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	struct cast_job j = {.job = {cast_run}, .x = x, .y = y};
	enum round_mode mode = ROUND_UP;

	if (!y || tensor_count(y) == 0)
		return true;
	j.saturate = SATURATE_YES;
	if (c->node->op->since >= 19 && !attr_int(c->node, "saturate"))
		j.saturate = SATURATE_NO;
	if (x->dtype == y->dtype)
		return call_copy(c, e);
	if (x->dtype == DTYPE_STRING)
		return from_text(x, y, j.saturate, e);
	if (y->dtype == DTYPE_STRING)
		return to_text(c, x, y, e);
	if (!round_mode(c->node, &mode, e))
		return false;
	if (y->dtype == DTYPE_F8E8M0)
		element_cast_e8m0(x->dtype, x->data, tensor_mut(y),
				  tensor_count(x), j.saturate, mode);
	else
		parallel_for(&j.job, (tensor_count(x) - 1) / CAST_ROW + 1, 32);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "cast", .engine = "reference", .run = run_cast}, {0}};

#define CAST(opset, set, attributes)                                         \
	{                                                                    \
		.domain = "", .type = "Cast", .since = opset,                \
		.traits = OP_ELEMENTWISE,                                    \
		.in = PARAMS(IN("input", "T1", set)),                        \
		.out = PARAMS(IN("output", "T2", set)), .attrs = attributes, \
		.infer = infer_cast, .kernels = kernels,                     \
	}

#define CAST_LIKE(opset, set, attributes)                                    \
	{                                                                    \
		.domain = "", .type = "CastLike", .since = opset,            \
		.traits = OP_ELEMENTWISE,                                    \
		.in = PARAMS(IN("input", "T1", set),                         \
			     IN("target_type", "T2", set)),                  \
		.out = PARAMS(IN("output", "T2", set)), .attrs = attributes, \
		.infer = infer_cast, .kernels = kernels,                     \
	}

#define TO ATTR_REQUIRED("to", INT)
#define SATURATE ATTR("saturate", INT, "1")
#define MODE ATTR("round_mode", STRING, "up")

#define CAST_6 (TYPES_NUMERIC_1 | TYPES_BOOL)
#define CAST_9 (CAST_6 | TYPE_BIT(STRING))
#define CAST_13 (CAST_9 | TYPE_BIT(BF16))
#define CAST_19 (CAST_13 | TYPES_FLOAT8)
#define CAST_21 (CAST_19 | TYPE_BIT(U4) | TYPE_BIT(I4))
#define CAST_23 (CAST_21 | TYPE_BIT(F4E2M1))
#define CAST_24 (CAST_23 | TYPE_BIT(F8E8M0))
#define CAST_25 (CAST_24 | TYPE_BIT(U2) | TYPE_BIT(I2))
#define CAST_28 (CAST_25 | TYPE_BIT(F6E2M3) | TYPE_BIT(F6E3M2))

const struct op op_rows_cast[] = {
	CAST(1, CAST_6, ATTRS(ATTR_REQUIRED("to", STRING))),
	CAST(6, CAST_6, ATTRS(TO)),
	CAST(9, CAST_9, ATTRS(TO)),
	CAST(13, CAST_13, ATTRS(TO)),
	CAST(19, CAST_19, ATTRS(TO, SATURATE)),
	CAST(21, CAST_21, ATTRS(TO, SATURATE)),
	CAST(23, CAST_23, ATTRS(TO, SATURATE)),
	CAST(24, CAST_24, ATTRS(TO, SATURATE, MODE)),
	CAST(25, CAST_25, ATTRS(TO, SATURATE, MODE)),
	CAST(28, CAST_28, ATTRS(TO, SATURATE, MODE)),
	CAST_LIKE(15, CAST_13, NULL),
	CAST_LIKE(19, CAST_19, ATTRS(SATURATE)),
	CAST_LIKE(21, CAST_21, ATTRS(SATURATE)),
	CAST_LIKE(23, CAST_23, ATTRS(SATURATE)),
	CAST_LIKE(24, CAST_24, ATTRS(SATURATE, MODE)),
	CAST_LIKE(25, CAST_25, ATTRS(SATURATE, MODE)),
	{0}};
