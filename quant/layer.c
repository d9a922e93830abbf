/* SPDX-License-Identifier: Apache-2.0 */
/* quant/layer.c -- which weight meets which input. */
#include "quant/layer.h"

#include <string.h>

static const struct tensor *constant_weight(const struct value *w)
{
	if (!w || !w->konst || value_is_fed(w) ||
	    w->konst->dtype != DTYPE_F32 || tensor_count(w->konst) == 0 ||
	    tensor_count(w->konst) > UINT32_MAX)
		return NULL;
	return w->konst;
}

/* Product of the dims of S from FROM on. */
static uint32_t count_from(const struct shape *s, int32_t from)
{
	uint32_t n = 1;

	for (int32_t i = from; i < s->rank; i++)
		n *= (uint32_t)s->dim[i];
	return n;
}

static bool describe_conv(struct layer *l, const struct shape *s)
{
	int64_t groups = node_int(l->node, "group", 1);

	if (s->rank < 3 || groups < 1 || s->dim[0] % groups)
		return false;
	l->groups = (uint32_t)groups;
	l->rows = (uint32_t)(s->dim[0] / groups);
	l->columns = count_from(s, 1);
	l->row_step = l->columns;
	l->column_step = 1;
	l->group_step = (size_t)l->rows * l->columns;
	l->has_columns = true;
	l->depthwise = groups > 1 && s->dim[1] == 1;
	l->column_axis = count_from(s, 2) == 1 ? 1 : -1;
	return true;
}

/* W [in, out/group, kernel ...]: the channels of all groups share axis 1, and
 * so their scales. */
static bool describe_transposed(struct layer *l, const struct shape *s)
{
	int64_t groups = node_int(l->node, "group", 1);

	if (s->rank < 3 || groups < 1 || s->dim[0] % groups)
		return false;
	l->groups = 1;
	l->rows = (uint32_t)s->dim[1];
	l->columns = (uint32_t)s->dim[0] * count_from(s, 2);
	l->row_step = count_from(s, 2);
	l->axis = 1;
	l->column_axis = -1;
	l->depthwise = groups > 1 && s->dim[1] == 1;
	return true;
}

static bool describe_matrix(struct layer *l, const struct shape *s)
{
	bool transposed = node_is(l->node, "", "Gemm") &&
			  node_int(l->node, "transB", 0);

	if (s->rank != 2)
		return false;
	l->axis = transposed ? 0 : 1;
	l->column_axis = 1 - l->axis;
	l->groups = 1;
	l->rows = (uint32_t)s->dim[l->axis];
	l->columns = (uint32_t)s->dim[1 - l->axis];
	l->row_step = transposed ? l->columns : 1;
	l->column_step = transposed ? 1 : l->rows;
	l->has_columns = true;
	return true;
}

/* A table of fewer numbers than this holds no embedding, and fewer weights of
 * a recurrent operator are not worth nodes of their own. */
enum { LEAST_LOOKUP = 1024 };

static bool describe_lookup(struct layer *l, const struct shape *s)
{
	if (s->rank != 2 || node_int(l->node, "axis", 0) != 0 ||
	    s->dim[0] * s->dim[1] < LEAST_LOOKUP)
		return false;
	l->column_axis = 1;
	l->groups = 1;
	l->rows = (uint32_t)s->dim[0];
	l->columns = (uint32_t)s->dim[1];
	l->row_step = l->columns;
	l->column_step = 1;
	return true;
}

/* W [directions, rows, inputs or state]: directions share axis 1, and so their
 * scales. */
static bool describe_recurrent(struct layer *l, const struct shape *s)
{
	if (s->rank != 3 || s->dim[0] * s->dim[1] * s->dim[2] < LEAST_LOOKUP)
		return false;
	l->groups = 1;
	l->rows = (uint32_t)s->dim[1];
	l->columns = (uint32_t)(s->dim[0] * s->dim[2]);
	l->row_step = (size_t)s->dim[2];
	l->axis = 1;
	l->column_axis = s->dim[0] == 1 ? 2 : -1;
	return true;
}

bool node_is_recurrent(const struct node *n)
{
	return node_is(n, "", "LSTM") || node_is(n, "", "GRU") ||
	       node_is(n, "", "RNN");
}

uint32_t layers_of(struct layer *l, struct node *n)
{
	uint32_t count = 0;

	if (!n->op || !node_is_recurrent(n))
		return layer_of(l, n);
	for (uint32_t i = 1; i <= LAYERS_MOST; i++) {
		struct layer x = {.node = n, .weight = node_in(n, i)};
		const struct tensor *w = constant_weight(x.weight);

		if (w && describe_recurrent(&x, &w->shape))
			l[count++] = x;
	}
	return count;
}

bool layer_of(struct layer *l, struct node *n)
{
	bool lookup = node_is(n, "", "Gather");
	struct layer x = {.node = n,
			  .weight = node_in(n, lookup ? 0 : 1),
			  .input = lookup ? NULL : node_in(n, 0)};
	const struct tensor *w = constant_weight(x.weight);
	bool known = false;

	if (!w || !n->op)
		return false;
	if (lookup)
		known = describe_lookup(&x, &w->shape);
	else if (node_is(n, "", "Conv"))
		known = describe_conv(&x, &w->shape);
	else if (node_is(n, "", "ConvTranspose"))
		known = describe_transposed(&x, &w->shape);
	else if (node_is(n, "", "Gemm") || node_is(n, "", "MatMul"))
		known = describe_matrix(&x, &w->shape);
	if (known)
		*l = x;
	return known;
}

uint32_t layer_channels(const struct layer *l)
{
	return l->groups * l->rows;
}

size_t layer_at(const struct layer *l, uint32_t g, uint32_t row,
		uint32_t column)
{
	size_t at = g * l->group_step + row * l->row_step;

	/* ConvTranspose: a column is (input channel, kernel position);
	 * recurrent: (direction, input). */
	if (!l->column_step)
		return at + column / l->row_step * l->rows * l->row_step +
		       column % l->row_step;
	return at + column * l->column_step;
}

void layer_get_rows(const struct layer *l, uint32_t g, double *w)
{
	const uint8_t *data = l->weight->konst->data;

	for (uint32_t r = 0; r < l->rows; r++)
		for (uint32_t c = 0; c < l->columns; c++) {
			float x;

			memcpy(&x, data + layer_at(l, g, r, c) * sizeof(x),
			       sizeof(x));
			*w++ = (double)x;
		}
}

static bool matrix_patches(const struct layer *l, const struct shape *in,
			   struct patches *p, struct err *e)
{
	bool transposed = node_is(l->node, "", "Gemm") &&
			  node_int(l->node, "transA", 0);
	size_t count;

	if (!shape_count(in, &count, e))
		return false;
	if (in->rank < 1 || count % l->columns)
		return err_set(e, ERR_SHAPE,
			       "%zu inputs for weights with %u columns", count,
			       l->columns);
	p->samples = count / l->columns;
	p->channels = l->columns;
	p->positions = 1;
	p->row_step = transposed ? 1 : l->columns;
	p->feature_step = transposed ? p->samples : 1;
	return true;
}

static int64_t int_of(const struct node *n, const char *name, int i)
{
	uint32_t count;
	const int64_t *x = node_ints(n, name, &count);

	return x && (uint32_t)i < count ? x[i] : 1;
}

/* Outputs and padding in front of axis I: ONNX Conv-22, attribute auto_pad. */
static void place_windows(const struct layer *l, struct patches *p, int i)
{
	const char *mode = node_string(l->node, "auto_pad", "NOTSET");
	uint32_t n;
	const int64_t *pads = node_ints(l->node, "pads", &n);
	int64_t reach = (int64_t)(p->kernel[i] - 1) * p->dilation[i] + 1;
	int64_t in = (int64_t)p->in[i], stride = p->stride[i], out, total = 0;

	if (!strcmp(mode, "SAME_UPPER") || !strcmp(mode, "SAME_LOWER")) {
		out = (in + stride - 1) / stride;
		total = (out - 1) * stride + reach - in;
		if (total < 0)
			total = 0;
		p->begin[i] = strcmp(mode, "SAME_LOWER") ? total / 2
							 : total - total / 2;
	} else {
		if (!strcmp(mode, "NOTSET") && n == 2 * (uint32_t)p->rank) {
			p->begin[i] = pads[i];
			total = pads[i] + pads[i + p->rank];
		}
		out = in + total < reach ? 0
					 : (in + total - reach) / stride + 1;
	}
	p->out[i] = (size_t)out;
}

bool layer_patches(const struct layer *l, const struct shape *in,
		   struct patches *p, struct err *e)
{
	const struct shape *w = &l->weight->konst->shape;

	*p = (struct patches){.rank = 0};
	if (w->rank == 2)
		return matrix_patches(l, in, p, e);
	p->rank = in->rank - 2;
	if (in->rank != w->rank || p->rank < 1 || p->rank > 3)
		return err_set(e, ERR_UNSUPPORTED,
			       "convolution of rank %d with weights of rank "
			       "%d",
			       in->rank, w->rank);
	p->samples = (size_t)in->dim[0];
	p->channels = (size_t)in->dim[1];
	p->positions = 1;
	for (int i = 0; i < p->rank; i++) {
		p->in[i] = (size_t)in->dim[2 + i];
		p->kernel[i] = (size_t)w->dim[2 + i];
		p->stride[i] = int_of(l->node, "strides", i);
		p->dilation[i] = int_of(l->node, "dilations", i);
		place_windows(l, p, i);
		p->positions *= p->out[i];
	}
	return true;
}

/* Offset of kernel position K in a channel for the output at OUT, or false
 * where it lies in the padding. */
static bool tap_at(const struct patches *p, const int64_t *out, size_t k,
		   size_t *offset)
{
	size_t at = 0, unit = 1;

	for (int i = p->rank - 1; i >= 0; i--) {
		int64_t x = out[i] * p->stride[i] - p->begin[i] +
			    (int64_t)(k % p->kernel[i]) * p->dilation[i];

		if (x < 0 || x >= (int64_t)p->in[i])
			return false;
		at += (size_t)x * unit;
		unit *= p->in[i];
		k /= p->kernel[i];
	}
	*offset = at;
	return true;
}

void layer_columns(const struct layer *l, const struct patches *p, uint32_t g,
		   const float *x, size_t sample, size_t position,
		   double *column)
{
	size_t plane = 1, taps = 1, per_group = p->channels / l->groups;
	int64_t out[3];

	if (!p->rank) {
		for (uint32_t c = 0; c < l->columns; c++)
			column[c] = (double)
				x[sample * p->row_step + c * p->feature_step];
		return;
	}
	for (int i = p->rank - 1; i >= 0; i--) {
		out[i] = (int64_t)(position % p->out[i]);
		position /= p->out[i];
		plane *= p->in[i];
		taps *= p->kernel[i];
	}
	x += (sample * p->channels + g * per_group) * plane;
	for (size_t k = 0; k < taps; k++) {
		size_t offset;
		bool inside = tap_at(p, out, k, &offset);

		for (size_t c = 0; c < per_group; c++)
			column[c * taps + k] =
				inside ? (double)x[c * plane + offset] : 0;
	}
}
