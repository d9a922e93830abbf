/* SPDX-License-Identifier: Apache-2.0 */
/* ops/split.c -- Split: an operand cut along an axis.
 *
 * The sizes are, in this order of precedence: an operand (1, and since 13), an
 * attribute (2 to 12), or equal parts.  Since 18 the last part may be smaller.
 */
#include <inttypes.h>

#include "graph/symbol.h"
#include "ops/axes.h"
#include "ops/op.h"

static bool check_sizes(int64_t sum, uint32_t count, uint32_t nout,
			int64_t extent, struct err *e)
{
	if (count != nout)
		return err_set(e, ERR_SHAPE,
			       "'split' has %u entries for %u results", count,
			       nout);
	if (extent >= 0 && sum != extent)
		return err_set(e, ERR_SHAPE,
			       "'split' sums to %" PRId64 ", want %" PRId64,
			       sum, extent);
	return true;
}

static bool add_size(int64_t *sum, int64_t size, struct err *e)
{
	if (size < 0 || ADD_OVERFLOWS(*sum, size, sum))
		return err_set(e, ERR_SHAPE,
			       "'split' has entry %" PRId64 ", want 0 or more",
			       size);
	return true;
}

/* What says the sizes: a list, or the number of equal parts. */
struct parts {
	const struct tensor *tensor; /* one of the two, or none */
	const int64_t *ints;
	uint32_t count; /* of the list, else of the results */
	bool ragged;	/* the last part may be smaller */
};

static struct parts parts_of(const struct node *n, const struct tensor *split)
{
	struct parts p = {.tensor = split, .ragged = n->op->since >= 18};

	if (split)
		p.count = (uint32_t)tensor_count(split);
	else if (n->op->since < 13)
		p.count = attr_ints(n, "split", &p.ints);
	if (!p.tensor && !p.ints)
		p.count = n->nout;
	return p;
}

/* The size of part I of EXTENT. */
static int64_t part_size(const struct parts *p, uint32_t i, int64_t extent)
{
	int64_t n = p->count, part = extent / n + (extent % n != 0);

	if (p->tensor)
		return tensor_int(p->tensor, i);
	if (p->ints)
		return p->ints[i];
	if (part > 0 && extent / part < i)
		return 0;
	extent -= part * (int64_t)i;
	return extent < part ? extent : part;
}

static bool check_equal(const struct node *n, const struct parts *p,
			int64_t extent, struct err *e)
{
	if (p->ragged && attr_given(n, "num_outputs") &&
	    attr_int(n, "num_outputs") != n->nout)
		return err_set(e, ERR_SHAPE,
			       "num_outputs is %" PRId64 " for %u results",
			       attr_int(n, "num_outputs"), n->nout);
	if (extent >= 0 && extent % n->nout != 0 && !p->ragged)
		return err_set(e, ERR_SHAPE,
			       "dim %" PRId64
			       " does not split into %u equal parts",
			       extent, n->nout);
	return true;
}

static bool check_list(const struct parts *p, uint32_t nout, int64_t extent,
		       struct err *e)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < p->count; i++)
		if (!add_size(&sum, part_size(p, i, 0), e))
			return false;
	return check_sizes(sum, p->count, nout, extent, e);
}

static bool set_sizes(struct infer *c, int32_t axis, struct err *e)
{
	const struct node *n = c->node;
	const struct tensor *split = infer_has(c, 1) ? c->konst[1] : NULL;
	struct parts p = parts_of(n, split);
	int64_t extent = infer_shape(c, 0)->dim[axis];
	bool list = p.tensor || p.ints, open = infer_has(c, 1) && !split;

	if (list ? !check_list(&p, n->nout, extent, e)
		 : !open && !check_equal(n, &p, extent, e))
		return false;
	for (uint32_t i = 0; i < n->nout; i++) {
		int64_t *dim = &c->out[i].shape.dim[axis];

		*dim = DIM_UNKNOWN;
		if (list || (!open && extent >= 0))
			*dim = part_size(&p, i, extent);
		else if (!open &&
			 !dim_divides(&c->model->symbols, extent, n->nout, dim))
			*dim = DIM_UNKNOWN;
	}
	return true;
}

static bool infer_split(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	int32_t axis;

	for (uint32_t i = 0; i < c->node->nout; i++)
		infer_set(c, i, infer_dtype(c, 0), x);
	if (x->rank < 0)
		return true;
	return infer_axis(attr_int(c->node, "axis"), x->rank, &axis, e) &&
	       set_sizes(c, axis, e);
}

static bool run_split(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	const struct shape *s = &x->shape;
	int32_t axis = call_axis(c, s->rank);
	size_t inner = shape_span(s, axis + 1, s->rank);
	struct parts p = parts_of(c->node, call_in(c, 1));
	struct strided m = {.rank = 2};

	(void)e;
	for (uint32_t i = 0; i < c->nout; i++) {
		struct tensor *y = call_out(c, i);
		size_t row = (size_t)part_size(&p, i, s->dim[axis]) * inner;

		m.dim[0] = shape_span(s, 0, axis);
		m.dim[1] = row;
		m.in[0] = (ptrdiff_t)((size_t)s->dim[axis] * inner);
		m.out[0] = (ptrdiff_t)row;
		m.in[1] = m.out[1] = 1;
		if (y && tensor_count(y) > 0)
			kern_move_strided(tensor_bits(x), &m, x->data,
					  tensor_mut(y));
		m.in_at += row;
	}
	return true;
}

static const struct kernel kernels[] = {
	{.name = "split", .engine = "reference", .run = run_split}, {0}};

#define SPLIT(opset, set, operands, attributes)                                \
	{                                                                      \
		.domain = "", .type = "Split", .since = opset,                 \
		.traits = OP_MOVES, .in = operands,                            \
		.out = PARAMS(MANY("outputs", "T", set)), .attrs = attributes, \
		.infer = infer_split, .kernels = kernels,                      \
	}

#define SPLIT_AXIS ATTR("axis", INT, "0")
#define SIZES ATTR("split", INTS, NULL)

const struct op op_rows_split[] = {
	SPLIT(1, TYPES_IEEE,
	      PARAMS(IN("input", "T", TYPES_IEEE),
		     OPTIONAL("split", "T", TYPES_IEEE)),
	      ATTRS(SPLIT_AXIS, SIZES)),
	SPLIT(2, TYPES_ALL_1, PARAMS(IN("input", "T", TYPES_ALL_1)),
	      ATTRS(SPLIT_AXIS, SIZES)),
	SPLIT(11, TYPES_ALL_1, PARAMS(IN("input", "T", TYPES_ALL_1)),
	      ATTRS(SPLIT_AXIS, SIZES)),
	SPLIT(13, TYPES_ALL_13,
	      PARAMS(IN("input", "T", TYPES_ALL_13),
		     OPTIONAL("split", NULL, TYPES_I64)),
	      ATTRS(SPLIT_AXIS)),
	SPLIT(18, TYPES_ALL_13,
	      PARAMS(IN("input", "T", TYPES_ALL_13),
		     OPTIONAL("split", NULL, TYPES_I64)),
	      ATTRS(SPLIT_AXIS, ATTR("num_outputs", INT, NULL))),
	{0}};
