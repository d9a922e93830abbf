/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ewise_f32.c -- fast kernels for element-wise operators on floats.
 *
 * A broadcast pair of operands becomes a loop nest over rows: neighbouring
 * axes along which both operands go on evenly are one axis.
 */
#include "ops/ewise_f32.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "kern/binary.h"
#include "ops/act_of.h"
#include "ops/op.h"

enum { GRAIN = 16384 }; /* elements worth a thread */

static bool is_f32(const struct call *c, uint32_t i)
{
	return c->in[i] && c->in[i]->type.kind == TYPE_TENSOR &&
	       c->in[i]->type.dtype == DTYPE_F32;
}

/* ---- one operand -------------------------------------------------------- */

struct unary {
	struct job job;
	struct act act;
	const float *x;
	float *y;
};

/* The function of node N but for operands; false if there is no fast one. */
static bool act_of_node(struct act *f, const struct node *n)
{
	bool by_tanh = !strcmp(node_string(n, "approximate", ""), "tanh");

	if (!act_find(f, by_tanh ? "GeluTanh" : n->type))
		return false;
	f->a = node_float(n, "alpha", f->a);
	f->b = node_float(n, "beta", f->b);
	if (f->kind == ACT_CLIP) {
		f->a = node_float(n, "min", f->a);
		f->b = node_float(n, "max", f->b);
	}
	return true;
}

bool unary_f32_accepts(const struct call *c)
{
	struct act f;

	return is_f32(c, 0) && act_of_node(&f, c->node);
}

enum tensor_layout unary_f32_layouts(const struct call *c,
				     enum tensor_layout *in,
				     enum tensor_layout *out)
{
	if (!layout_is_dense(&call_in(c, 0)->shape, in[0]))
		in[0] = LAYOUT_ROWS;
	return out[0] = in[0];
}

static void run_unary(struct job *self, size_t begin, size_t end)
{
	const struct unary *u = (const struct unary *)self;

	kern_act_f32(&u->act, u->x + begin, u->y + begin, end - begin);
}

bool unary_f32_run(const struct call *c, struct err *e)
{
	struct unary u = {
		.job.run = run_unary,
		.x = tensor_f32(call_in(c, 0)),
		.y = tensor_f32_mut(call_out(c, 0)),
	};

	(void)e;
	act_of_node(&u.act, c->node);
	if (u.act.kind == ACT_CLIP) {
		u.act.a = (float)call_scalar(c, 1, u.act.a);
		u.act.b = (float)call_scalar(c, 2, u.act.b);
	}
	parallel_for(&u.job, tensor_count(call_in(c, 0)), GRAIN);
	return true;
}

/* ---- two operands ------------------------------------------------------- */

static const struct {
	const char *type;
	enum binary_kind kind;
} kinds[] = {
	{"Add", BINARY_ADD}, {"Sub", BINARY_SUB}, {"Mul", BINARY_MUL},
	{"Div", BINARY_DIV}, {"Max", BINARY_MAX}, {"Min", BINARY_MIN},
};

static bool kind_of(enum binary_kind *kind, const struct node *n)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (!strcmp(kinds[i].type, n->type)) {
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

/* Axes from the innermost on; steps are 0 along broadcast axes. */
struct binary {
	struct job job;
	enum binary_kind kind;
	const float *a, *b;
	float *y;
	int32_t rank;
	size_t dim[MAX_RANK], astep[MAX_RANK], bstep[MAX_RANK];
};

bool binary_f32_accepts(const struct call *c)
{
	enum binary_kind kind;

	/* Broadcasting was another one before opset 7 (8 for Max and Min). */
	return c->nin == 2 && is_f32(c, 0) && is_f32(c, 1) &&
	       kind_of(&kind, c->node) && c->node->op->since >= 7;
}

/* The step of operand S along axis K from the right, given the elements
 * COUNT of the axes inside of it. */
static size_t step_of(const struct shape *s, int32_t k, size_t count)
{
	int32_t axis = s->rank - 1 - k;

	return axis < 0 || s->dim[axis] == 1 ? 0 : count;
}

static size_t extent(const struct shape *s, int32_t k)
{
	int32_t axis = s->rank - 1 - k;

	return axis < 0 ? 1 : (size_t)s->dim[axis];
}

/* Add an axis outside of the others, or make the outermost one longer. */
static void add_axis(struct binary *t, size_t dim, size_t astep, size_t bstep)
{
	int32_t last = t->rank - 1;

	if (dim == 1)
		return;
	if (last >= 0 && astep == t->astep[last] * t->dim[last] &&
	    bstep == t->bstep[last] * t->dim[last]) {
		t->dim[last] *= dim;
		return;
	}
	t->dim[t->rank] = dim;
	t->astep[t->rank] = astep;
	t->bstep[t->rank++] = bstep;
}

static void make_axes(struct binary *t, const struct shape *a,
		      const struct shape *b, const struct shape *y)
{
	size_t na = 1, nb = 1;

	for (int32_t k = 0; k < y->rank; k++) {
		add_axis(t, extent(y, k), step_of(a, k, na), step_of(b, k, nb));
		na *= extent(a, k);
		nb *= extent(b, k);
	}
	/* Rows are made of steps 0 and 1. */
	if (!t->rank) {
		t->dim[0] = 1;
		t->rank = 1;
	}
}

/* Rows BEGIN to END, as many in one go as the second axis has left. */
static void run_rows(struct job *self, size_t begin, size_t end)
{
	const struct binary *t = (const struct binary *)self;
	struct binary_rows r = {.n = t->dim[0],
				.astep = t->astep[0],
				.bstep = t->bstep[0],
				.adown = t->astep[1],
				.bdown = t->bstep[1]};

	for (size_t i = begin; i < end; i += r.rows) {
		size_t left = t->dim[1] - i % t->dim[1], rest = i;

		r.a = t->a;
		r.b = t->b;
		for (int32_t k = 1; k < t->rank; k++) {
			r.a += rest % t->dim[k] * t->astep[k];
			r.b += rest % t->dim[k] * t->bstep[k];
			rest /= t->dim[k];
		}
		r.y = t->y + i * r.n;
		r.rows = left < end - i ? left : end - i;
		kern_binary_f32(t->kind, &r);
	}
}

/* One row is cut into pieces instead. */
static void run_pieces(struct job *self, size_t begin, size_t end)
{
	const struct binary *t = (const struct binary *)self;
	struct binary_rows r = {.a = t->a + begin * t->astep[0],
				.b = t->b + begin * t->bstep[0],
				.astep = t->astep[0],
				.bstep = t->bstep[0],
				.y = t->y + begin,
				.n = end - begin,
				.rows = 1};

	kern_binary_f32(t->kind, &r);
}

/* ---- layouts of two operands -------------------------------------------- */

/* Operand I with as many dims as the result has. */
static struct shape full_shape(const struct call *c, uint32_t i)
{
	const struct shape *s = &call_in(c, i)->shape;
	struct shape full = {.rank = call_out(c, 0)->shape.rank};

	for (int32_t k = 0; k < full.rank; k++)
		full.dim[k] = (int64_t)extent(s, full.rank - 1 - k);
	return full;
}

/* In which layout operand I can be read where the result is in L; false if in
 * none. */
static bool operand_layout(const struct call *c, uint32_t i,
			   enum tensor_layout l, enum tensor_layout *want)
{
	const struct shape *y = &call_out(c, 0)->shape;
	struct shape s = full_shape(c, i);

	if (shape_equal(&s, y) && call_in(c, i)->shape.rank == y->rank) {
		*want = l;
		return layout_is_dense(y, l);
	}
	*want = LAYOUT_ROWS;
	return layout_is_rows(&s, l) ||
	       (y->rank >= 3 && y->rank < MAX_RANK && s.dim[1] == 1);
}

enum tensor_layout binary_f32_layouts(const struct call *c,
				      enum tensor_layout *in,
				      enum tensor_layout *out)
{
	enum tensor_layout want[2], l = LAYOUT_ROWS;

	for (uint32_t i = 0; i < 2 && l == LAYOUT_ROWS; i++) {
		struct shape s = full_shape(c, i);

		if (shape_equal(&s, &call_out(c, 0)->shape))
			l = in[i];
	}
	if (!operand_layout(c, 0, l, &want[0]) ||
	    !operand_layout(c, 1, l, &want[1]))
		l = want[0] = want[1] = LAYOUT_ROWS;
	memcpy(in, want, sizeof(want));
	return out[0] = l;
}

bool binary_f32_run(const struct call *c, struct err *e)
{
	struct tensor *out = call_out(c, 0);
	struct binary t = {
		.a = tensor_f32(call_in(c, 0)),
		.b = tensor_f32(call_in(c, 1)),
		.y = tensor_f32_mut(out),
	};
	struct shape full, a, b, y;
	size_t count = tensor_count(out);

	(void)e;
	if (!count)
		return true;
	kind_of(&t.kind, c->node);
	full = full_shape(c, 0);
	layout_shape(&full, c->layout, &a);
	full = full_shape(c, 1);
	layout_shape(&full, c->layout, &b);
	layout_shape(&out->shape, c->layout, &y);
	make_axes(&t, &a, &b, &y);
	t.job.run = t.rank == 1 ? run_pieces : run_rows;
	if (t.rank == 1)
		parallel_for(&t.job, count, GRAIN);
	else
		parallel_for(&t.job, count / t.dim[0], GRAIN / t.dim[0] + 1);
	return true;
}
