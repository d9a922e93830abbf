/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_transpose.c -- ConvTranspose, and com.microsoft's
 * ConvTransposeWithDynamicPads, whose pads are an operand.
 *
 *     full = (in - 1) * stride + span + output_padding
 *     out  = full - before - after
 *
 * With output_shape, or auto_pad SAME (out = in * stride), the padding is what
 * is left over, divided evenly; an odd one goes before, or after with
 * SAME_UPPER.
 */
#include "ops/conv_transpose.h"

#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "graph/symbol.h"
#include "kern/conv_transpose_ref.h"
#include "ops/doubles.h"
#include "ops/op.h"

#define DIM_MAX (INT64_C(1) << 40) /* keeps sums of a few products in range */

/* output_padding or output_shape: RANK entries, or NULL. */
static bool read_ints(const struct node *n, const char *name, int32_t rank,
		      const int64_t **out, struct err *e)
{
	uint32_t count;

	*out = node_ints(n, name, &count);
	/* output_shape may repeat batch and channels in front. */
	if (*out && strcmp(name, "output_shape") == 0 &&
	    count == (uint32_t)rank + 2) {
		*out += 2;
		count -= 2;
	}
	if (*out && count != (uint32_t)rank)
		return err_set(e, ERR_SHAPE, "%s has %u entries, want %d", name,
			       count, rank);
	for (uint32_t i = 0; *out && i < count; i++)
		if ((*out)[i] < 0 || (*out)[i] > DIM_MAX)
			return err_set(e, ERR_SHAPE, "%s[%u] is %" PRId64, name,
				       i, (*out)[i]);
	return true;
}

/* Divide what FULL has beyond OUT. */
static void share_padding(struct window *w, int32_t i, int64_t full, bool upper)
{
	int64_t total = full > w->out[i] ? full - w->out[i] : 0;

	w->before[i] = upper ? total / 2 : total - total / 2;
	w->after[i] = total - w->before[i];
}

static bool place_axis(struct window *w, int32_t i, int64_t extra,
		       const int64_t *shape, const char *pad,
		       struct symbols *sy, struct err *e)
{
	bool same = strncmp(pad, "SAME", 4) == 0;
	int64_t full;

	if (w->in[i] < 0 || w->kernel[i] < 0) {
		w->out[i] = shape ? shape[i] : DIM_UNKNOWN;
		if (!shape && same && sy)
			w->out[i] = dim_mul(sy, w->in[i], w->stride[i]);
		return true;
	}
	if (w->in[i] > DIM_MAX)
		return err_set(e, ERR_LIMIT, "spatial size %" PRId64, w->in[i]);
	if (__builtin_mul_overflow(w->in[i] - 1, w->stride[i], &full) ||
	    full > INT64_MAX / 2)
		return err_set(e, ERR_LIMIT, "the result is too large");
	full += window_span(w, i) + extra;
	if (shape || same) {
		w->out[i] = shape ? shape[i] : w->in[i] * w->stride[i];
		share_padding(w, i, full, strcmp(pad, "SAME_UPPER") == 0);
		return true;
	}
	if (strcmp(pad, "VALID") == 0)
		w->before[i] = w->after[i] = 0;
	w->out[i] = full - w->before[i] - w->after[i];
	if (w->out[i] < 0)
		return err_set(e, ERR_SHAPE,
			       "pads take %" PRId64 " of %" PRId64
			       " positions along spatial axis %d",
			       w->before[i] + w->after[i], full, i);
	return true;
}

static bool is_dynamic(const struct node *n)
{
	return strcmp(n->type, "ConvTransposeWithDynamicPads") == 0;
}

uint32_t conv_transpose_bias(const struct node *n)
{
	return is_dynamic(n) ? 3 : 2;
}

/* PADS as an operand has them: begins, then ends. */
static bool use_pads(struct window *w, const struct shape *pads, struct err *e)
{
	if (pads->rank != 2 * w->rank)
		return err_set(e, ERR_SHAPE, "'Pads' has %d entries, want %d",
			       pads->rank, 2 * w->rank);
	for (int32_t i = 0; i < pads->rank; i++)
		if (pads->dim[i] < 0 || pads->dim[i] > DIM_MAX)
			return err_set(e, ERR_SHAPE, "'Pads' %d is %" PRId64, i,
				       pads->dim[i]);
	for (int32_t i = 0; i < w->rank; i++) {
		w->before[i] = pads->dim[i];
		w->after[i] = pads->dim[w->rank + i];
	}
	return true;
}

/* PADS: the operand, or NULL. */
static bool place(struct window *w, const struct node *n, const struct shape *x,
		  const struct shape *weights, const struct shape *pads,
		  struct symbols *sy, struct err *e)
{
	const char *pad = node_string(n, "auto_pad", "NOTSET");
	const int64_t *extra, *shape;

	if (strcmp(pad, "NOTSET") && strcmp(pad, "VALID") &&
	    strcmp(pad, "SAME_UPPER") && strcmp(pad, "SAME_LOWER") && *pad)
		return err_set(e, ERR_FORMAT, "auto_pad is '%s'", pad);
	if (!window_attrs(w, n, x->rank - 2, weights->dim + 2, e) ||
	    !read_ints(n, "output_padding", w->rank, &extra, e) ||
	    !read_ints(n, "output_shape", w->rank, &shape, e) ||
	    (pads && !use_pads(w, pads, e)))
		return false;
	for (int32_t i = 0; i < w->rank; i++) {
		w->in[i] = x->dim[i + 2];
		if (!place_axis(w, i, extra ? extra[i] : 0, shape, pad, sy, e))
			return false;
	}
	return true;
}

static bool check(const struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *w = infer_shape(c, 1);
	const struct shape *b = infer_shape(c, conv_transpose_bias(c->node));
	int64_t group = attr_int(c->node, "group"), m = 0;

	if (group < 1)
		return err_set(e, ERR_SHAPE,
			       "group is %" PRId64 ", want 1 or more", group);
	if ((x->rank >= 0 && x->rank < 3) || (w->rank >= 0 && w->rank < 3))
		return err_set(e, ERR_SHAPE,
			       "X has rank %d and W %d, want 3 or more",
			       x->rank, w->rank);
	if (x->rank < 0 || w->rank < 0)
		return true;
	if (x->rank != w->rank)
		return err_set(e, ERR_SHAPE, "W has rank %d, want %d as X has",
			       w->rank, x->rank);
	if (x->dim[1] >= 0 && w->dim[0] >= 0 &&
	    (x->dim[1] != w->dim[0] || w->dim[0] % group))
		return err_set(e, ERR_SHAPE,
			       "X has %" PRId64 " channels, W wants %" PRId64
			       " in %" PRId64 " groups",
			       x->dim[1], w->dim[0], group);
	if (w->dim[1] >= 0 && __builtin_mul_overflow(w->dim[1], group, &m))
		return err_set(e, ERR_SHAPE, "group is %" PRId64, group);
	if (infer_has(c, conv_transpose_bias(c->node)) && b->rank >= 0 &&
	    w->dim[1] >= 0 &&
	    (b->rank != 1 || (b->dim[0] >= 0 && b->dim[0] != m)))
		return err_set(e, ERR_SHAPE,
			       "B is not a list of %" PRId64 " channels", m);
	return true;
}

static bool infer_conv_transpose(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0), *w = infer_shape(c, 1);
	bool dynamic = is_dynamic(c->node) && infer_has(c, 2), known;
	struct shape y = *x, pads;
	struct window g;

	if (!check(c, e))
		return false;
	if (x->rank < 0 || w->rank < 0) {
		infer_set(c, 0, infer_dtype(c, 0), x->rank < 0 ? x : w);
		c->out[0].shape.rank = RANK_UNKNOWN;
		return true;
	}
	known = dynamic && infer_exact_ints(c, 2, &pads);
	if (!place(&g, c->node, x, w, known ? &pads : NULL, &c->model->symbols,
		   e))
		return false;
	y.dim[1] = w->dim[1] < 0 ? DIM_UNKNOWN
				 : w->dim[1] * attr_int(c->node, "group");
	for (int32_t i = 0; i < g.rank; i++)
		y.dim[i + 2] = dynamic && !known ? DIM_UNKNOWN : g.out[i];
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

struct transpose_job {
	struct job job;
	struct conv_transpose_ref k;
	size_t channels, outputs;
	const struct tensor *bias;
	struct tensor *y;
	double *sums;
};

/* Items are planes of the result. */
static void compute(struct job *job, size_t begin, size_t end)
{
	const struct transpose_job *j = (const struct transpose_job *)job;

	for (size_t i = begin; i < end; i++) {
		size_t channel = i % j->channels;
		double *y = j->sums + i * j->outputs;

		kern_conv_transpose_plane_ref(&j->k, i / j->channels, channel,
					      y);
		for (size_t k = 0; k < j->outputs && j->bias; k++)
			y[k] += tensor_double(j->bias, channel);
		element_store(j->y->dtype, tensor_mut(j->y), i * j->outputs,
			      j->outputs, y);
	}
}

static size_t scratch(const struct call *c)
{
	return doubles_of(count_in(c, 0)) + doubles_of(count_in(c, 1)) +
	       doubles_of(count_out(c, 0));
}

static bool pads_of(const struct tensor *t, struct shape *pads, struct err *e)
{
	if (tensor_count(t) > MAX_RANK)
		return err_set(e, ERR_SHAPE, "'Pads' has %zu entries",
			       tensor_count(t));
	pads->rank = (int32_t)tensor_count(t);
	for (int32_t i = 0; i < pads->rank; i++)
		pads->dim[i] = tensor_int(t, (size_t)i);
	return true;
}

bool conv_transpose_place(const struct call *c, struct window *w, struct err *e)
{
	bool dynamic = is_dynamic(c->node) && call_in(c, 2);
	struct shape pads = {.rank = 0};

	if (dynamic && !pads_of(call_in(c, 2), &pads, e))
		return false;
	return place(w, c->node, &call_in(c, 0)->shape, &call_in(c, 1)->shape,
		     dynamic ? &pads : NULL, NULL, e);
}

static bool run_conv_transpose(const struct call *c, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	const struct shape *w = &call_in(c, 1)->shape;
	struct transpose_job j = {
		.job.run = compute,
		.bias = call_in(c, conv_transpose_bias(c->node)),
		.y = call_out(c, 0),
		.outputs = 1,
	};
	struct doubles d = {0};
	struct window g;

	if (!conv_transpose_place(c, &g, e))
		return false;
	j.k.groups = (size_t)attr_int(c->node, "group");
	j.k.c = (size_t)w->dim[0] / j.k.groups;
	j.k.m = (size_t)w->dim[1];
	j.k.rank = g.rank;
	j.k.in = g.in;
	j.k.out = g.out;
	j.k.kernel = g.kernel;
	j.k.stride = g.stride;
	j.k.dilation = g.dilation;
	j.k.before = g.before;
	j.k.x = doubles_load(&d, c, 0);
	j.k.w = doubles_load(&d, c, 1);
	j.sums = doubles_take(&d, c, tensor_count(j.y));
	j.channels = j.k.m * j.k.groups;
	for (int32_t i = 0; i < g.rank; i++)
		j.outputs *= (size_t)g.out[i];
	parallel_for(&j.job, (size_t)x->dim[0] * j.channels, 1);
	return true;
}

static const struct kernel conv_transpose_kernels[] = {
	{"conv-transpose-ref", "reference", .scratch = scratch,
	 .run = run_conv_transpose},
	CONV_TRANSPOSE_F32_KERNEL,
	{.name = NULL},
};

static const struct param conv_transpose_1_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{"W", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct param conv_transpose_1_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec conv_transpose_1_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"dilations", ATTR_INTS, false, NULL},
	{"group", ATTR_INT, false, "1"},
	{"kernel_shape", ATTR_INTS, false, NULL},
	{"output_padding", ATTR_INTS, false, NULL},
	{"output_shape", ATTR_INTS, false, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

const struct op op_rows_conv_transpose[] = {
	{"", "ConvTranspose", 1, 0, conv_transpose_1_in, conv_transpose_1_out,
	 conv_transpose_1_attrs, infer_conv_transpose, conv_transpose_kernels},
	{.domain = "com.microsoft",
	 .type = "ConvTransposeWithDynamicPads",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPES_IEEE), IN("W", "T", TYPES_IEEE),
		      OPTIONAL("Pads", NULL, TYPES_I64),
		      OPTIONAL("B", "T", TYPES_IEEE)),
	 .out = PARAMS(IN("Y", "T", TYPES_IEEE)),
	 .attrs = ATTRS(ATTR("auto_pad", STRING, "NOTSET"),
			ATTR("dilations", INTS, NULL), ATTR("group", INT, "1"),
			ATTR("kernel_shape", INTS, NULL),
			ATTR("output_padding", INTS, NULL),
			ATTR("strides", INTS, NULL)),
	 .infer = infer_conv_transpose,
	 .kernels = conv_transpose_kernels},
	{.type = NULL},
};
