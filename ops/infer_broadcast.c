/* SPDX-License-Identifier: Apache-2.0 */
/* ops/infer_broadcast.c -- results shaped like their operands. */
#include "ops/infer.h"

#include <inttypes.h>
#include <string.h>

#include "ops/op.h"

bool infer_same_as_first(struct infer *c, struct err *e)
{
	(void)e;
	if (infer_has(c, 0))
		infer_set_type(c, 0, c->in[0]);
	return true;
}

bool infer_identity(struct infer *c, struct err *e)
{
	struct shape dims;

	if (c->out_content && infer_ints(c, 0, &dims))
		infer_set_content(c, 0, &dims);
	return infer_same_as_first(c, e);
}

/* ---- contents through arithmetic ---------------------------------------- */

typedef int64_t dim_fn(struct symbols *sy, int64_t a, int64_t b);

static int64_t dim_min(struct symbols *sy, int64_t a, int64_t b)
{
	(void)sy;
	if (a == b)
		return a;
	return a >= 0 && b >= 0 ? (a < b ? a : b) : DIM_UNKNOWN;
}

/* A name may be 0, so only max(N, 0) is known. */
static int64_t dim_max(struct symbols *sy, int64_t a, int64_t b)
{
	(void)sy;
	if (a == b || b == 0)
		return a;
	if (a == 0)
		return b;
	return a >= 0 && b >= 0 ? (a > b ? a : b) : DIM_UNKNOWN;
}

static const struct {
	const char *type;
	char sign;
	dim_fn *run;
} arithmetic[] = {
	{"Add", '+', dim_add}, {"Sub", '-', dim_sub},
	{"Mul", '*', dim_mul}, {"Div", '/', dim_div_floor},
	{"Min", 'm', dim_min}, {"Max", 'M', dim_max},
};

/* Plain numbers, negative ones included; false where the sum overflows or is
 * not defined. */
static bool exact(char sign, int64_t a, int64_t b, int64_t *x)
{
	switch (sign) {
	case '+':
		return !ADD_OVERFLOWS(a, b, x);
	case '-':
		return !SUB_OVERFLOWS(a, b, x);
	case '*':
		return !MUL_OVERFLOWS(a, b, x);
	case '/':
		if (b == 0 || (a == INT64_MIN && b == -1))
			return false;
		*x = a / b;
		return true;
	case 'm':
		*x = a < b ? a : b;
		return true;
	default:
		*x = a > b ? a : b;
		return true;
	}
}

static int64_t combine(struct symbols *sy, size_t how, int64_t a, int64_t b)
{
	int64_t x, y, z;
	bool known_a = content_int(a, &x), known_b = content_int(b, &y);

	if (known_a && known_b)
		return exact(arithmetic[how].sign, x, y, &z)
			       ? content_literal(z)
			       : DIM_UNKNOWN;
	/* N + -1 is N - 1; other negative numbers leave the dims. */
	if (known_b && y < 0 && arithmetic[how].sign == '+')
		return dim_sub(sy, a, -y);
	if (known_b && y < 0 && arithmetic[how].sign == '-')
		return dim_add(sy, a, -y);
	if (known_a && x < 0 && arithmetic[how].sign == '+')
		return dim_sub(sy, b, -x);
	if ((known_a && x < 0) || (known_b && y < 0))
		return DIM_UNKNOWN;
	return arithmetic[how].run(sy, a, b);
}

static bool fold_contents(struct infer *c, size_t how, struct shape *dims)
{
	struct shape next;

	if (!infer_ints(c, 0, dims))
		return false;
	for (uint32_t i = 1; i < c->node->nin; i++) {
		if (!infer_ints(c, i, &next))
			return false;
		if (next.rank != dims->rank && next.rank != 1 &&
		    dims->rank != 1)
			return false;
		if (dims->rank == 1 && next.rank != 1) {
			for (int32_t k = 1; k < next.rank; k++)
				dims->dim[k] = dims->dim[0];
			dims->rank = next.rank;
		}
		for (int32_t k = 0; k < dims->rank; k++)
			dims->dim[k] = combine(
				&c->model->symbols, how, dims->dim[k],
				next.dim[next.rank == 1 ? 0 : k]);
	}
	return true;
}

static void propagate_contents(struct infer *c)
{
	const char *type = c->node->type;
	struct shape dims;

	if (!c->out_content || !dtype_is_integer(infer_dtype(c, 0)))
		return;
	for (size_t i = 0; i < COUNT_OF(arithmetic); i++)
		if (strcmp(arithmetic[i].type, type) == 0 &&
		    fold_contents(c, i, &dims))
			infer_set_content(c, 0, &dims);
}

/* ---- shapes ------------------------------------------------------------- */

static bool broadcast(struct infer *c, enum dtype t, struct err *e)
{
	struct shape y = *infer_shape(c, 0);

	for (uint32_t i = 1; i < c->node->nin; i++)
		if (!shape_broadcast(&y, &y, infer_shape(c, i), e))
			return false;
	infer_set(c, 0, t, &y);
	return true;
}

bool infer_broadcast(struct infer *c, struct err *e)
{
	if (!broadcast(c, infer_dtype(c, 0), e))
		return false;
	propagate_contents(c);
	return true;
}

bool infer_broadcast_bool(struct infer *c, struct err *e)
{
	return broadcast(c, DTYPE_BOOL, e);
}

/* Operator sets 1 to 6, Broadcasting: B's dims are a contiguous part of A's,
 * the last ones unless "axis" says where they start. */
bool infer_legacy_align(const struct node *n, const struct shape *a,
			const struct shape *b, struct shape *aligned,
			struct err *e)
{
	int64_t axis;

	*aligned = *b;
	if (a->rank < 0 || b->rank < 0)
		return true;
	if (!attr_int(n, "broadcast")) {
		if (a->rank != b->rank)
			return err_set(
				e, ERR_SHAPE,
				"operands have ranks %d and %d without broadcast, want equal shapes",
				a->rank, b->rank);
		return true;
	}
	if (b->rank > a->rank)
		return err_set(e, ERR_SHAPE,
			       "operand B has rank %d, want at most %d",
			       b->rank, a->rank);
	axis = attr_given(n, "axis") ? attr_int(n, "axis") : a->rank - b->rank;
	if (axis < 0 && axis >= -a->rank)
		axis += a->rank;
	if (axis < 0 || axis > a->rank - b->rank)
		return err_set(e, ERR_SHAPE, "axis is %" PRId64 ", want 0..%d",
			       axis, a->rank - b->rank);
	aligned->rank = a->rank - (int32_t)axis;
	for (int32_t k = b->rank; k < aligned->rank; k++)
		aligned->dim[k] = 1;
	return true;
}

static bool legacy(struct infer *c, enum dtype t, struct err *e)
{
	const struct shape *a = infer_shape(c, 0), *b = infer_shape(c, 1);
	struct shape aligned, y;

	if (!infer_legacy_align(c->node, a, b, &aligned, e) ||
	    !shape_broadcast(&y, a, &aligned, e))
		return false;
	for (int32_t k = 0; a->rank >= 0 && k < a->rank; k++)
		if (y.rank >= 0 && a->dim[k] >= 0 && y.dim[k] != a->dim[k])
			return err_set(
				e, ERR_SHAPE,
				"operand B does not broadcast to A: dim %d is %" PRId64
				", want %" PRId64,
				k, y.dim[k], a->dim[k]);
	infer_set(c, 0, t, a);
	return true;
}

bool infer_broadcast_legacy(struct infer *c, struct err *e)
{
	return legacy(c, infer_dtype(c, 0), e);
}

bool infer_broadcast_legacy_bool(struct infer *c, struct err *e)
{
	return legacy(c, DTYPE_BOOL, e);
}
