/* SPDX-License-Identifier: Apache-2.0 */
/* passes/linear.c -- see linear.h. */
#include "passes/linear.h"

#include <math.h>
#include <string.h>

#include "ops/op.h"

static bool conv_of(const struct node *n, struct linear *l)
{
	const struct shape *w = &l->w->shape;

	if (w->rank < 3)
		return false;
	l->group = attr_int(n, "group");
	l->axis = l->in_axis = 1;
	l->rank = w->rank;
	if (l->group < 1)
		return false;
	if (!strcmp(n->type, "Conv")) {
		l->kind = LINEAR_CONV;
		l->channels = w->dim[0];
		l->inputs = w->dim[1] * l->group;
	} else {
		l->kind = LINEAR_CONV_T;
		l->channels = w->dim[1] * l->group;
		l->inputs = w->dim[0];
	}
	return l->channels % l->group == 0 && l->inputs % l->group == 0;
}

static bool gemm_of(const struct node *n, struct linear *l)
{
	const struct shape *w = &l->w->shape;

	if (w->rank != 2 || attr_int(n, "transA"))
		return false;
	l->kind = LINEAR_GEMM;
	l->transposed = attr_int(n, "transB") != 0;
	l->channels = w->dim[l->transposed ? 0 : 1];
	l->inputs = w->dim[l->transposed ? 1 : 0];
	l->rank = 2;
	l->axis = l->in_axis = 1;
	l->group = 1;
	return true;
}

static bool matmul_of(const struct node *n, struct linear *l)
{
	const struct type *x = &node_in(n, 0)->type;

	if (l->w->shape.rank != 2 || x->kind != TYPE_TENSOR ||
	    x->shape.rank < 2)
		return false;
	l->kind = LINEAR_MATMUL;
	l->channels = l->w->shape.dim[1];
	l->inputs = l->w->shape.dim[0];
	l->rank = x->shape.rank;
	l->axis = l->in_axis = l->rank - 1;
	l->group = 1;
	return true;
}

bool linear_of(const struct node *n, struct linear *l)
{
	const struct value *w = node_in(n, 1), *b = node_in(n, 2);

	*l = (struct linear){.node = n};
	if (!n->op || n->domain[0] || !w || !w->konst || !node_in(n, 0) ||
	    (b && !b->konst) || n->nout != 1 || !tensor_count(w->konst))
		return false;
	l->w = w->konst;
	l->b = b ? b->konst : NULL;
	if (l->w->dtype != DTYPE_F32 && l->w->dtype != DTYPE_F64 &&
	    l->w->dtype != DTYPE_F16 && l->w->dtype != DTYPE_BF16)
		return false;
	if (!strcmp(n->type, "Conv") || !strcmp(n->type, "ConvTranspose")) {
		if (!conv_of(n, l))
			return false;
	} else if (!strcmp(n->type, "Gemm")) {
		if (!gemm_of(n, l))
			return false;
	} else if (strcmp(n->type, "MatMul") != 0 || !matmul_of(n, l)) {
		return false;
	}
	return !l->b ||
	       const_per_channel(b, l->kind == LINEAR_GEMM ? 2 : 1,
				 l->kind == LINEAR_GEMM ? 1 : 0, l->channels);
}

bool linear_is_unpadded(const struct linear *l)
{
	const char *mode;
	struct shape pads;

	if (l->kind == LINEAR_GEMM || l->kind == LINEAR_MATMUL)
		return true;
	if (l->kind == LINEAR_CONV_T)
		return false; /* borders see fewer taps */
	mode = node_string(l->node, "auto_pad", "NOTSET");
	if (!strcmp(mode, "VALID"))
		return true;
	if (strcmp(mode, "NOTSET") != 0)
		return false;
	if (!node_list(l->node, 99, "pads", &pads))
		return true;
	for (int32_t i = 0; i < pads.rank; i++)
		if (pads.dim[i])
			return false;
	return true;
}

/* ---- where a weight lies ------------------------------------------------ */

struct place {
	size_t out, in; /* channels of result and operand */
};

/* Elements of one filter plane. */
static size_t plane(const struct linear *l)
{
	size_t both = (size_t)l->w->shape.dim[0] * (size_t)l->w->shape.dim[1];

	return both ? tensor_count(l->w) / both : 0;
}

static struct place place_of(const struct linear *l, size_t i)
{
	size_t per = plane(l), cols = (size_t)l->w->shape.dim[1];
	size_t row = i / per / cols, col = i / per % cols;
	size_t groups = (size_t)l->group;

	switch (l->kind) {
	case LINEAR_CONV: /* W [M, C/g, ...] */
		return (struct place){
			row, row / ((size_t)l->channels / groups) * cols + col};
	case LINEAR_CONV_T: /* W [C, M/g, ...] */
		return (struct place){
			row / ((size_t)l->inputs / groups) * cols + col, row};
	case LINEAR_GEMM:
		if (l->transposed)
			return (struct place){row, col};
		break;
	case LINEAR_MATMUL:
		break;
	}
	return (struct place){col, row};
}

static float gemm_factor(const struct linear *l, const char *name)
{
	return l->kind == LINEAR_GEMM ? attr_float(l->node, name) : 1;
}

static double old_bias(const struct linear *l, int64_t channel)
{
	if (!l->b)
		return 0;
	return gemm_factor(l, "beta") * (double)channel_element(l->b, channel);
}

/* ---- rebuilding --------------------------------------------------------- */

/* Rounding to W's type must leave every element finite. */
static bool all_finite(const struct value *v)
{
	return const_is_finite(v->konst);
}

static bool any(const double *x, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		if (x[i] > 0 || x[i] < 0)
			return true;
	return false;
}

/* L with operand X, weights W and bias B (doubles by channel) for OLD. */
static bool rebuild(struct edit *ed, const struct linear *l, struct value *x,
		    const double *w, const double *b, struct value *old,
		    struct err *e)
{
	struct shape channels = SHAPE(l->channels);
	bool biased = l->b || any(b, l->channels);
	struct value *in[3] = {x};
	struct node *n;

	if (biased && l->kind == LINEAR_MATMUL)
		return true;
	if (!edit_doubles(ed, l->w->dtype, &l->w->shape, w, &in[1], e))
		return false;
	if (biased && !edit_doubles(ed, l->w->dtype, &channels, b, &in[2], e))
		return false;
	if (!all_finite(in[1]) || (in[2] && !all_finite(in[2])))
		return true;
	n = edit_copy(ed, l->node, in, 3);
	if (biased && l->kind == LINEAR_GEMM)
		node_drop_attr(n, "beta");
	edit_replace(ed, old, n->out[0]);
	return true;
}

bool linear_scale_output(struct edit *ed, const struct linear *l,
			 const double *g, const double *h, struct value *old,
			 struct err *e)
{
	size_t n = tensor_count(l->w), m = (size_t)l->channels;
	struct buf scratch;
	double *w, *b;
	bool ok;

	if (!buf_array(&scratch, n + m, sizeof(double), edit_model(ed)->budget,
		       e))
		return false;
	w = (double *)(void *)scratch.data;
	b = w + n;
	for (size_t i = 0; i < n; i++)
		w[i] = tensor_double(l->w, i) * g[place_of(l, i).out];
	for (size_t c = 0; c < m; c++)
		b[c] = old_bias(l, (int64_t)c) * g[c] + (h ? h[c] : 0);
	ok = rebuild(ed, l, node_in(l->node, 0), w, b, old, e);
	buf_free(&scratch);
	return ok;
}

bool linear_scale_input(struct edit *ed, const struct linear *l,
			struct value *x, const double *g, const double *h,
			struct value *old, struct err *e)
{
	size_t n = tensor_count(l->w), m = (size_t)l->channels;
	double alpha = gemm_factor(l, "alpha");
	struct buf scratch;
	double *w, *b;
	bool ok;

	if (!buf_array(&scratch, n + m, sizeof(double), edit_model(ed)->budget,
		       e))
		return false;
	w = (double *)(void *)scratch.data;
	b = w + n;
	for (size_t c = 0; c < m; c++)
		b[c] = old_bias(l, (int64_t)c);
	for (size_t i = 0; i < n; i++) {
		struct place p = place_of(l, i);
		double x0 = tensor_double(l->w, i);

		w[i] = x0 * g[p.in];
		if (h)
			b[p.out] += alpha * x0 * h[p.in];
	}
	ok = rebuild(ed, l, x, w, b, old, e);
	buf_free(&scratch);
	return ok;
}
