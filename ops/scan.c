/* SPDX-License-Identifier: Apache-2.0 */
/* ops/scan.c -- Scan: a body run over slices of its operands.
 *
 * Operands are the initial states, then what is scanned; results the final
 * states, then what the iterations put out, stacked.  Scan-8, whose operands
 * have a batch axis, is in ops/scan_batch.c.
 */
#include <inttypes.h>

#include "kern/move.h"
#include "ops/axes.h"
#include "ops/inner.h"
#include "ops/scan_batch.h"

/* Entry I of a list of axes or directions; 0 where the list is absent. */
static int64_t entry(const struct node *n, const char *name, uint32_t i)
{
	const int64_t *ints;
	uint32_t count = attr_ints(n, name, &ints);

	return i < count ? ints[i] : 0;
}

bool scan_counts(const struct node *n, uint32_t first, uint32_t *states,
		 uint32_t *scanned, struct err *e)
{
	int64_t count = attr_int(n, "num_scan_inputs");

	if (count < 1 || count > (int64_t)n->nin - first)
		return err_set(e, ERR_SHAPE,
			       "num_scan_inputs is %" PRId64 " of %u operands",
			       count, n->nin - first);
	*scanned = (uint32_t)count;
	*states = n->nin - first - *scanned;
	if (*states > n->nout)
		return err_set(e, ERR_FORMAT, "has %u results for %u states",
			       n->nout, *states);
	return true;
}

/* ---- inference ---------------------------------------------------------- */

/* The common extent of the scanned operands, if known. */
static bool length_of(const struct infer *c, uint32_t states, uint32_t scanned,
		      int64_t *length, struct err *e)
{
	*length = DIM_UNKNOWN;
	for (uint32_t i = 0; i < scanned; i++) {
		const struct shape *s = infer_shape(c, states + i);
		int32_t axis;

		if (s->rank < 0)
			continue;
		if (!infer_axis(entry(c->node, "scan_input_axes", i), s->rank,
				&axis, e))
			return false;
		if (*length >= 0 && s->dim[axis] >= 0 &&
		    s->dim[axis] != *length)
			return err_set(e, ERR_SHAPE,
				       "scanned operands have %" PRId64
				       " and %" PRId64 " steps",
				       *length, s->dim[axis]);
		if (*length < 0 && s->dim[axis] != DIM_UNKNOWN)
			*length = s->dim[axis];
	}
	return true;
}

static bool stack_type(struct type *t, int64_t axis, int64_t length,
		       struct err *e)
{
	int32_t at;

	if (t->kind != TYPE_TENSOR || t->shape.rank < 0 ||
	    t->shape.rank == MAX_RANK)
		return true;
	if (!infer_axis(axis, t->shape.rank + 1, &at, e))
		return false;
	t->shape.rank++;
	for (int32_t k = t->shape.rank - 1; k > at; k--)
		t->shape.dim[k] = t->shape.dim[k - 1];
	t->shape.dim[at] = length;
	return true;
}

static bool infer_scan(struct infer *c, struct err *e)
{
	const struct graph *g = inner_graph(c->node, "body");
	uint32_t states, scanned;
	int64_t length;

	if (!scan_counts(c->node, 0, &states, &scanned, e) ||
	    !inner_check(g, c->node->nin, c->node->nout, e) ||
	    !length_of(c, states, scanned, &length, e))
		return false;
	for (uint32_t i = 0; i < c->node->nout; i++) {
		struct type t = *inner_type(g, i);

		if (i < states)
			t = type_join(&t, c->in[i]);
		else if (!stack_type(
				 &t,
				 entry(c->node, "scan_output_axes", i - states),
				 length, e))
			return false;
		infer_set_type(c, i, &t);
	}
	return true;
}

/* ---- execution ---------------------------------------------------------- */

struct scan {
	const struct call *c;
	const struct graph *body;
	uint32_t states, scanned;
	int64_t length;
	const struct datum **in; /* of the body */
	struct datum *slice;	 /* one per scanned operand */
	struct datum *out[2];	 /* of the last two iterations */
	struct collect *collect;
};

static int32_t axis_of(const struct scan *s, uint32_t i)
{
	int64_t axis = entry(s->c->node, "scan_input_axes", i);

	return (int32_t)(axis < 0 ? axis + call_in(s->c, s->states + i)
						    ->shape.rank
				  : axis);
}

/* The tensor that each slice of scanned operand I is copied to. */
static bool make_slice(struct scan *s, uint32_t i, struct err *e)
{
	const struct tensor *x = call_in(s->c, s->states + i);
	int32_t axis = axis_of(s, i);
	struct tensor t = {.dtype = x->dtype};
	void *data;

	if (i > 0 && x->shape.dim[axis] != s->length)
		return err_set(e, ERR_SHAPE,
			       "scanned operands have %" PRId64 " and %" PRId64
			       " steps",
			       s->length, x->shape.dim[axis]);
	s->length = x->shape.dim[axis];
	for (int32_t k = 0; k < x->shape.rank; k++)
		if (k != axis)
			t.shape.dim[t.shape.rank++] = x->shape.dim[k];
	if (!shape_bytes(&t.shape, t.dtype, &t.bytes, e) ||
	    !s->c->services->alloc(s->c->services, t.bytes, &data, e))
		return false;
	t.data = data;
	s->slice[i] = datum_tensor(&t);
	s->in[s->states + i] = &s->slice[i];
	return true;
}

static void take_slice(const struct scan *s, uint32_t i, int64_t step)
{
	const struct tensor *x = call_in(s->c, s->states + i);
	struct tensor *t = &s->slice[i].tensor;
	struct strided m = strided_over(&t->shape);
	ptrdiff_t stride[MAX_RANK];
	int32_t axis = axis_of(s, i), to = 0;

	if (entry(s->c->node, "scan_input_directions", i))
		step = s->length - 1 - step;
	shape_strides(&x->shape, stride);
	for (int32_t k = 0; k < x->shape.rank; k++)
		if (k != axis)
			m.in[to++] = stride[k];
	m.in_at = (size_t)(step * stride[axis]);
	kern_move_strided(tensor_bits(x), &m, x->data, tensor_mut(t));
}

static bool scan_init(struct scan *s, const struct call *c, struct err *e)
{
	size_t outputs;
	void *in, *collect;

	*s = (struct scan){.c = c, .body = inner_graph(c->node, "body")};
	if (!scan_counts(c->node, 0, &s->states, &s->scanned, e))
		return false;
	outputs = s->body->nout;
	if (!c->services->alloc(c->services, c->nin * sizeof(*s->in), &in, e) ||
	    !c->services->alloc(c->services, outputs * sizeof(*s->collect) + 1,
				&collect, e) ||
	    !inner_datums(c, s->scanned, &s->slice, e) ||
	    !inner_datums(c, outputs, &s->out[0], e) ||
	    !inner_datums(c, outputs, &s->out[1], e))
		return false;
	s->in = in;
	s->collect = collect;
	for (size_t i = 0; i < outputs; i++)
		s->collect[i] = (struct collect){.count = 0};
	for (uint32_t i = 0; i < s->states; i++)
		s->in[i] = c->in[i];
	for (uint32_t i = 0; i < s->scanned; i++)
		if (!make_slice(s, i, e))
			return false;
	return true;
}

static bool iterate(struct scan *s, int64_t step, struct err *e)
{
	struct datum *out = s->out[step & 1];

	if (!inner_step(s->c, e))
		return false;
	for (uint32_t i = 0; i < s->scanned; i++)
		take_slice(s, i, step);
	if (!s->c->services->run_graph(s->c->services, s->body, s->in, out, e))
		return false;
	for (uint32_t i = 0; i < s->body->nout; i++) {
		if (i < s->states)
			s->in[i] = &out[i];
		else if (!collect_add(&s->collect[i], s->c, &out[i].tensor, e))
			return false;
	}
	return true;
}

static bool run_scan(const struct call *c, struct err *e)
{
	struct scan s;

	if (!scan_init(&s, c, e))
		return false;
	for (int64_t step = 0; step < s.length; step++)
		if (!iterate(&s, step, e))
			return false;
	for (uint32_t i = 0; i < s.body->nout; i++) {
		uint32_t k = i - s.states;

		if (i < s.states
			    ? !inner_give(c, i, s.in[i], e)
			    : !collect_give(
				      &s.collect[i], c, i,
				      inner_type(s.body, i),
				      entry(c->node, "scan_output_axes", k),
				      entry(c->node, "scan_output_directions",
					    k) != 0,
				      e))
			return false;
	}
	return true;
}

static const struct kernel kernels[] = {
	{.name = "scan", .engine = "reference", .run = run_scan}, {0}};

static const struct kernel batch_kernels[] = {
	{.name = "scan-batch", .engine = "reference", .run = run_scan_batch},
	{0}};

#define SCAN(opset, set)                                                    \
	{                                                                   \
		.domain = "", .type = "Scan", .since = opset,               \
		.traits = OP_GRAPHS,                                        \
		.in = PARAMS({"initial_state_and_scan_inputs", NULL, set,   \
			      PARAM_VARIADIC}),                             \
		.out = PARAMS({"final_state_and_scan_outputs", NULL, set,   \
			       PARAM_VARIADIC}),                            \
		.attrs = ATTRS(ATTR_REQUIRED("body", GRAPH),                \
			       ATTR_REQUIRED("num_scan_inputs", INT),       \
			       ATTR("scan_input_axes", INTS, NULL),         \
			       ATTR("scan_input_directions", INTS, NULL),   \
			       ATTR("scan_output_axes", INTS, NULL),        \
			       ATTR("scan_output_directions", INTS, NULL)), \
		.infer = infer_scan, .kernels = kernels,                    \
	}

const struct op op_rows_scan[] = {
	{.domain = "",
	 .type = "Scan",
	 .since = 8,
	 .traits = OP_GRAPHS,
	 .in = PARAMS(OPTIONAL("sequence_lens", "I", TYPES_I64),
		      MANY("initial_state_and_scan_inputs", NULL, TYPES_ALL_1)),
	 .out = PARAMS(MANY("final_state_and_scan_outputs", NULL, TYPES_ALL_1)),
	 .attrs = ATTRS(ATTR_REQUIRED("body", GRAPH),
			ATTR_REQUIRED("num_scan_inputs", INT),
			ATTR("directions", INTS, NULL)),
	 .infer = infer_scan_batch,
	 .kernels = batch_kernels},
	SCAN(9, TYPES_ALL_1),
	SCAN(11, TYPES_ALL_1),
	SCAN(16, TYPES_ALL_13),
	SCAN(19, TYPES_ALL_19),
	SCAN(21, TYPES_ALL_21),
	SCAN(23, TYPES_ALL_23),
	SCAN(24, TYPES_ALL_24),
	SCAN(25, TYPES_ALL_25),
	{0}};
