/* SPDX-License-Identifier: Apache-2.0 */
/* ops/compare.c -- Equal, Less and their like; And, Or, Xor, Not.
 *
 * Comparisons with NaN are false.  Before opset 7 broadcasting was asked for
 * by attributes.
 */
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/ewise.h"
#include "ops/op.h"

/* ---- relations of numbers ----------------------------------------------- */

enum relation {
	REL_EQUAL,
	REL_GREATER,
	REL_GREATER_EQUAL,
	REL_LESS,
	REL_LESS_EQUAL,
	REL_AND,
	REL_OR,
	REL_XOR
};

static const struct {
	const char *type;
	enum relation rel;
} relations[] = {
	{"Equal", REL_EQUAL},
	{"Greater", REL_GREATER},
	{"GreaterOrEqual", REL_GREATER_EQUAL},
	{"Less", REL_LESS},
	{"LessOrEqual", REL_LESS_EQUAL},
	{"And", REL_AND},
	{"Or", REL_OR},
	{"Xor", REL_XOR},
};

struct compare {
	struct ewise ewise;
	enum relation rel;
};

static void compare_doubles(const struct ewise *w, double *y, const double *x,
			    size_t n)
{
	switch (((const struct compare *)w)->rel) {
	case REL_EQUAL:
		for (size_t i = 0; i < n; i++)
			y[i] = y[i] == x[i];
		break;
	case REL_GREATER:
		for (size_t i = 0; i < n; i++)
			y[i] = y[i] > x[i];
		break;
	case REL_GREATER_EQUAL:
		for (size_t i = 0; i < n; i++)
			y[i] = y[i] >= x[i];
		break;
	case REL_LESS:
		for (size_t i = 0; i < n; i++)
			y[i] = y[i] < x[i];
		break;
	default:
		for (size_t i = 0; i < n; i++)
			y[i] = y[i] <= x[i];
		break;
	}
}

/* Adding 2^63 maps the order of uint64 to that of int64. */
static int64_t order_key(int64_t x, bool is_unsigned)
{
	return is_unsigned ? (int64_t)((uint64_t)x ^ UINT64_C(1) << 63) : x;
}

static bool holds(enum relation rel, int64_t a, int64_t b)
{
	switch (rel) {
	case REL_EQUAL:
		return a == b;
	case REL_GREATER:
		return a > b;
	case REL_GREATER_EQUAL:
		return a >= b;
	case REL_LESS:
		return a < b;
	case REL_LESS_EQUAL:
		return a <= b;
	case REL_AND:
		return a && b;
	case REL_OR:
		return a || b;
	default:
		return !a != !b;
	}
}

static void compare_ints(const struct ewise *w, int64_t *y, const int64_t *x,
			 size_t n)
{
	enum relation rel = ((const struct compare *)w)->rel;
	bool wide = w->type == DTYPE_U64;

	for (size_t i = 0; i < n; i++)
		y[i] = holds(rel, order_key(y[i], wide), order_key(x[i], wide));
}

/* ---- text --------------------------------------------------------------- */

static bool text_equal(const struct text *a, const struct text *b)
{
	return a->len == b->len &&
	       (!a->len || memcmp(a->at, b->at, a->len) == 0);
}

static void compare_texts(const struct call *c)
{
	const struct tensor *a = call_in(c, 0), *b = call_in(c, 1);
	struct tensor *y = call_out(c, 0);
	ptrdiff_t sa[MAX_RANK], sb[MAX_RANK];
	bool *out = tensor_mut(y);

	strides_broadcast(&a->shape, &y->shape, sa);
	strides_broadcast(&b->shape, &y->shape, sb);
	for (size_t i = 0; i < tensor_count(y); i++)
		out[i] = text_equal((const struct text *)a->data +
					    strides_at(&y->shape, sa, i),
				    (const struct text *)b->data +
					    strides_at(&y->shape, sb, i));
}

/* ---- contents ----------------------------------------------------------- */

/* 1, 0, or not known; a named dim is never negative. */
static int64_t equal_entries(int64_t a, int64_t b)
{
	int64_t x, y;
	bool known_a = content_int(a, &x), known_b = content_int(b, &y);

	if (known_a && known_b)
		return x == y;
	if (a == DIM_UNKNOWN || b == DIM_UNKNOWN)
		return DIM_UNKNOWN;
	if (a == b)
		return 1;
	return (known_a && x < 0) || (known_b && y < 0) ? 0 : DIM_UNKNOWN;
}

/* Exporters ask a shape where it is -1 (Expand). */
static bool infer_equal(struct infer *c, struct err *e)
{
	struct shape a, b, y;

	if (!infer_broadcast_bool(c, e))
		return false;
	if (!c->out_content || !infer_ints(c, 0, &a) || !infer_ints(c, 1, &b) ||
	    (a.rank != b.rank && a.rank != 1 && b.rank != 1))
		return true;
	y.rank = a.rank == 1 ? b.rank : a.rank;
	for (int32_t i = 0; i < y.rank; i++)
		y.dim[i] = equal_entries(a.dim[a.rank == 1 ? 0 : i],
					 b.dim[b.rank == 1 ? 0 : i]);
	infer_set_content(c, 0, &y);
	return true;
}

/* ---- kernels ------------------------------------------------------------ */

static bool run_compare(const struct call *c, struct err *e)
{
	struct compare cmp = {
		.ewise = {.fold = compare_doubles, .fold_ints = compare_ints}};
	struct shape aligned;

	if (!call_out(c, 0))
		return true;
	for (size_t i = 0; i < COUNT_OF(relations); i++)
		if (strcmp(relations[i].type, c->node->type) == 0)
			cmp.rel = relations[i].rel;
	if (call_in(c, 0)->dtype == DTYPE_STRING) {
		compare_texts(c);
		return true;
	}
	if (c->node->op->since < 7) {
		if (!infer_legacy_align(c->node, &call_in(c, 0)->shape,
					&call_in(c, 1)->shape, &aligned, e))
			return false;
		cmp.ewise.aligned = &aligned;
	}
	ewise_run(&cmp.ewise, c);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "compare", .engine = "reference", .run = run_compare}, {0}};

static void negate(const struct ewise *w, int64_t *y, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = !y[i];
}

static bool run_not(const struct call *c, struct err *e)
{
	struct ewise w = {.finish_ints = negate};

	(void)e;
	if (call_out(c, 0))
		ewise_run(&w, c);
	return true;
}

static const struct kernel not_kernels[] = {
	{.name = "not", .engine = "reference", .run = run_not, .in_place = 1},
	{0}};

#define ROW(name, opset, how, set, attributes, rule)                           \
	{                                                                      \
		.domain = "", .type = name, .since = opset,                    \
		.traits = OP_ELEMENTWISE | (how),                              \
		.in = PARAMS(IN("A", "T", set), IN("B", "T", set)),            \
		.out = PARAMS(IN("C", "T1", TYPES_BOOL)), .attrs = attributes, \
		.infer = rule, .kernels = kernels,                             \
	}

#define LEGACY(name, how, set)                                           \
	ROW(name, 1, how, set,                                           \
	    ATTRS(ATTR("axis", INT, NULL), ATTR("broadcast", INT, "0")), \
	    infer_broadcast_legacy_bool)
#define COMPARE(name, opset, how, set) \
	ROW(name, opset, how, set, NULL, infer_broadcast_bool)

#define EQUAL(opset, set) \
	ROW("Equal", opset, OP_COMMUTATIVE, set, NULL, infer_equal)

#define EQUAL_1 (TYPES_BOOL | TYPES_INDEX)
#define EQUAL_11 (TYPES_BOOL | TYPES_NUMERIC_1)

const struct op op_rows_compare[] = {
	LEGACY("And", OP_COMMUTATIVE, TYPES_BOOL),
	COMPARE("And", 7, OP_COMMUTATIVE, TYPES_BOOL),
	LEGACY("Equal", OP_COMMUTATIVE, EQUAL_1),
	EQUAL(7, EQUAL_1),
	EQUAL(11, EQUAL_11),
	EQUAL(13, EQUAL_11 | TYPE_BIT(BF16)),
	EQUAL(19, EQUAL_11 | TYPE_BIT(BF16) | TYPE_BIT(STRING)),
	LEGACY("Greater", 0, TYPES_IEEE),
	COMPARE("Greater", 7, 0, TYPES_IEEE),
	COMPARE("Greater", 9, 0, TYPES_NUMERIC_1),
	COMPARE("Greater", 13, 0, TYPES_NUMERIC),
	COMPARE("GreaterOrEqual", 12, 0, TYPES_NUMERIC_1),
	COMPARE("GreaterOrEqual", 16, 0, TYPES_NUMERIC),
	LEGACY("Less", 0, TYPES_IEEE),
	COMPARE("Less", 7, 0, TYPES_IEEE),
	COMPARE("Less", 9, 0, TYPES_NUMERIC_1),
	COMPARE("Less", 13, 0, TYPES_NUMERIC),
	COMPARE("LessOrEqual", 12, 0, TYPES_NUMERIC_1),
	COMPARE("LessOrEqual", 16, 0, TYPES_NUMERIC),
	{.domain = "",
	 .type = "Not",
	 .since = 1,
	 .traits = OP_ELEMENTWISE,
	 .in = PARAMS(IN("X", "T", TYPES_BOOL)),
	 .out = PARAMS(IN("Y", "T", TYPES_BOOL)),
	 .infer = infer_same_as_first,
	 .kernels = not_kernels},
	LEGACY("Or", OP_COMMUTATIVE, TYPES_BOOL),
	COMPARE("Or", 7, OP_COMMUTATIVE, TYPES_BOOL),
	LEGACY("Xor", OP_COMMUTATIVE, TYPES_BOOL),
	COMPARE("Xor", 7, OP_COMMUTATIVE, TYPES_BOOL),
	{0}};
