/* SPDX-License-Identifier: Apache-2.0 */
/* ops/control.c -- If and Loop. */
#include <inttypes.h>

#include "ops/inner.h"

/* ---- If ----------------------------------------------------------------- */

static bool infer_if(struct infer *c, struct err *e)
{
	const struct graph *a = inner_graph(c->node, "then_branch");
	const struct graph *b = inner_graph(c->node, "else_branch");

	if (!inner_check(a, 0, c->node->nout, e) ||
	    !inner_check(b, 0, c->node->nout, e))
		return false;
	for (uint32_t i = 0; i < c->node->nout; i++) {
		struct type t = type_join(inner_type(a, i), inner_type(b, i));

		infer_set_type(c, i, &t);
	}
	return true;
}

/* The one element of a condition. */
static bool truth(const struct tensor *t, bool *x, struct err *e)
{
	if (t->dtype != DTYPE_BOOL || tensor_count(t) != 1)
		return err_set(e, ERR_SHAPE,
			       "the condition has %zu elements, want one bool",
			       tensor_count(t));
	*x = tensor_int(t, 0);
	return true;
}

static bool run_if(const struct call *c, struct err *e)
{
	struct datum *out;
	bool cond;

	if (!truth(call_in(c, 0), &cond, e) ||
	    !inner_datums(c, c->nout, &out, e) ||
	    !c->services->run_graph(
		    c->services,
		    inner_graph(c->node, cond ? "then_branch" : "else_branch"),
		    NULL, out, e))
		return false;
	for (uint32_t i = 0; i < c->nout; i++)
		if (!inner_give(c, i, &out[i], e))
			return false;
	return true;
}

static const struct kernel if_kernels[] = {
	{.name = "if", .engine = "reference", .run = run_if}, {0}};

/* ---- Loop ---------------------------------------------------------------- */

/* Values carried from one iteration to the next. */
static uint32_t carried(const struct node *n)
{
	return n->nin > 2 ? n->nin - 2 : 0;
}

static bool infer_loop(struct infer *c, struct err *e)
{
	const struct graph *g = inner_graph(c->node, "body");
	uint32_t states = carried(c->node);

	if (c->node->nout < states)
		return err_set(e, ERR_FORMAT,
			       "has %u results for %u carried values",
			       c->node->nout, states);
	if (!inner_check(g, states + 2, c->node->nout + 1, e))
		return false;
	for (uint32_t i = 0; i < c->node->nout; i++) {
		const struct type *body = inner_type(g, i + 1);
		struct type t = *body;

		if (i < states && infer_has(c, i + 2)) {
			t = type_join(body, c->in[i + 2]);
		} else if (t.kind == TYPE_TENSOR && t.shape.rank >= 0 &&
			   t.shape.rank < MAX_RANK) {
			t.shape.rank++;
			for (int32_t k = t.shape.rank - 1; k > 0; k--)
				t.shape.dim[k] = t.shape.dim[k - 1];
			t.shape.dim[0] = DIM_UNKNOWN;
		}
		infer_set_type(c, i, &t);
	}
	return true;
}

struct loop {
	const struct call *c;
	const struct graph *body;
	uint32_t states, scans;
	int64_t number; /* of the iteration */
	bool go_on;
	struct datum iteration, cond; /* point at the two above */
	const struct datum **in;      /* of the body */
	struct datum *out[2];	      /* of the last two iterations */
	struct datum *wrapped;	      /* per state: pass_on() */
	struct collect *scan;
};

/* A scalar, or a vector of one where the body's input is declared so. */
static struct datum one_element(const struct value *input, enum dtype t,
				const void *data)
{
	struct tensor x = {.dtype = t, .data = data};

	x.bytes = dtype_bytes(t, 1);
	if (input->type.kind == TYPE_TENSOR && input->type.shape.rank == 1)
		x.shape = SHAPE(1);
	return datum_tensor(&x);
}

static bool loop_init(struct loop *l, const struct call *c, struct err *e)
{
	size_t nin, scan_bytes;
	void *in, *scan;

	*l = (struct loop){.c = c, .go_on = true};
	l->body = inner_graph(c->node, "body");
	l->states = carried(c->node);
	l->scans = l->body->nout - 1 - l->states;
	nin = l->states + 2;
	scan_bytes = (l->scans + 1) * sizeof(*l->scan);
	if (!c->services->alloc(c->services, nin * sizeof(*l->in), &in, e) ||
	    !c->services->alloc(c->services, scan_bytes, &scan, e) ||
	    !inner_datums(c, l->states, &l->wrapped, e) ||
	    !inner_datums(c, l->body->nout, &l->out[0], e) ||
	    !inner_datums(c, l->body->nout, &l->out[1], e))
		return false;
	l->in = in;
	l->scan = scan;
	for (uint32_t i = 0; i < l->scans; i++)
		l->scan[i] = (struct collect){.count = 0};
	l->iteration = one_element(l->body->in[0], DTYPE_I64, &l->number);
	l->cond = one_element(l->body->in[1], DTYPE_BOOL, &l->go_on);
	l->in[0] = &l->iteration;
	l->in[1] = &l->cond;
	for (uint32_t i = 0; i < l->states; i++)
		l->in[i + 2] = c->in[i + 2];
	return !call_in(c, 1) || truth(call_in(c, 1), &l->go_on, e);
}

/* What the next iteration gets for state I: D, as an optional where the body
 * declares one and D is its element (Loop-16). */
static const struct datum *pass_on(struct loop *l, uint32_t i, struct datum *d)
{
	const struct type *t = &l->body->in[i + 2]->type;

	if (t->kind != TYPE_OPTIONAL || d->type.kind == TYPE_OPTIONAL)
		return d;
	l->wrapped[i] = (struct datum){.type = *t, .item = d, .count = 1};
	return &l->wrapped[i];
}

static bool iterate(struct loop *l, struct err *e)
{
	struct datum *out = l->out[l->number & 1];

	if (!inner_step(l->c, e) ||
	    !l->c->services->run_graph(l->c->services, l->body, l->in, out,
				       e) ||
	    !truth(&out[0].tensor, &l->go_on, e))
		return false;
	for (uint32_t i = 0; i < l->states; i++)
		l->in[i + 2] = pass_on(l, i, &out[i + 1]);
	for (uint32_t i = 0; i < l->scans; i++)
		if (!collect_add(&l->scan[i], l->c,
				 &out[1 + l->states + i].tensor, e))
			return false;
	l->number++;
	return true;
}

/* The final value of state I, as the last iteration put it out. */
static const struct datum *result_of(const struct loop *l, uint32_t i)
{
	const struct datum *d = l->in[i + 2];

	return d == &l->wrapped[i] ? d->item : d;
}

static bool run_loop(const struct call *c, struct err *e)
{
	const struct tensor *limit = call_in(c, 0);
	bool bounded = limit && tensor_count(limit) > 0;
	int64_t most = bounded ? tensor_int(limit, 0) : 0;
	struct loop l;

	if (!loop_init(&l, c, e))
		return false;
	while (l.go_on && (!bounded || l.number < most))
		if (!iterate(&l, e))
			return false;
	for (uint32_t i = 0; i < l.states; i++)
		if (!inner_give(c, i, result_of(&l, i), e))
			return false;
	for (uint32_t i = 0; i < l.scans; i++)
		if (!collect_give(&l.scan[i], c, l.states + i,
				  inner_type(l.body, 1 + l.states + i), 0,
				  false, e))
			return false;
	return true;
}

static const struct kernel loop_kernels[] = {
	{.name = "loop", .engine = "reference", .run = run_loop}, {0}};

#define IF(opset, set, kinds)                                              \
	{                                                                  \
		.domain = "", .type = "If", .since = opset,                \
		.traits = OP_GRAPHS,                                       \
		.in = PARAMS(IN("cond", "B", TYPES_BOOL)),                 \
		.out = PARAMS(                                             \
			{"outputs", NULL, set, PARAM_VARIADIC | (kinds)}), \
		.attrs = ATTRS(ATTR_REQUIRED("then_branch", GRAPH),        \
			       ATTR_REQUIRED("else_branch", GRAPH)),       \
		.infer = infer_if, .kernels = if_kernels,                  \
	}

#define LOOP(opset, set, kinds)                                            \
	{                                                                  \
		.domain = "", .type = "Loop", .since = opset,              \
		.traits = OP_GRAPHS,                                       \
		.in = PARAMS(OPTIONAL("M", "I", TYPES_I64),                \
			     OPTIONAL("cond", "B", TYPES_BOOL),            \
			     {"v_initial", NULL, set,                      \
			      PARAM_VARIADIC | PARAM_OPTIONAL | (kinds)}), \
		.out = PARAMS({"v_final_and_scan_outputs", NULL, set,      \
			       PARAM_VARIADIC | (kinds)}),                 \
		.attrs = ATTRS(ATTR_REQUIRED("body", GRAPH)),              \
		.infer = infer_loop, .kernels = loop_kernels,              \
	}

const struct op op_rows_control[] = {IF(1, TYPES_ALL_1, 0),
				     IF(11, TYPES_ALL_1, 0),
				     IF(13, TYPES_ALL_1, PARAM_CONTAINER),
				     IF(16, TYPES_ALL_13, PARAM_CONTAINER),
				     IF(19, TYPES_ALL_19, PARAM_CONTAINER),
				     IF(21, TYPES_ALL_21, PARAM_CONTAINER),
				     IF(23, TYPES_ALL_23, PARAM_CONTAINER),
				     IF(24, TYPES_ALL_24, PARAM_CONTAINER),
				     IF(25, TYPES_ALL_25, PARAM_CONTAINER),
				     LOOP(1, TYPES_ALL_1, 0),
				     LOOP(11, TYPES_ALL_1, 0),
				     LOOP(13, TYPES_ALL_1, PARAM_CONTAINER),
				     LOOP(16, TYPES_ALL_13, PARAM_CONTAINER),
				     LOOP(19, TYPES_ALL_19, PARAM_CONTAINER),
				     LOOP(21, TYPES_ALL_21, PARAM_CONTAINER),
				     LOOP(23, TYPES_ALL_23, PARAM_CONTAINER),
				     LOOP(24, TYPES_ALL_24, PARAM_CONTAINER),
				     LOOP(25, TYPES_ALL_25, PARAM_CONTAINER),
				     {0}};
