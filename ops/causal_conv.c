/* SPDX-License-Identifier: Apache-2.0 */
/* ops/causal_conv.c -- CausalConvWithState: a depthwise convolution that sees
 * the past only.
 *
 *     z = past_state (or k - 1 zeros) followed by the input, along the length
 *     y[t] = act(bias + sum over j of w[j] z[t + j])
 *     present_state = the last k - 1 numbers of z
 *
 * for each channel of each text; act is x or x / (1 + exp(-x)).
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/op.h"

enum { INPUT, WEIGHT, BIAS, PAST };

/* Lines are channels of texts. */
struct causal {
	struct job job;
	const struct tensor *x, *w, *bias, *past;
	struct tensor *y, *present;
	size_t channels, length, taps;
	bool silu;
};

static bool unlike(int64_t a, int64_t b)
{
	return a >= 0 && b >= 0 && a != b;
}

static bool parse_activation(const struct node *n, bool *silu, struct err *e)
{
	const char *s = attr_string(n, "activation");

	*silu = !strcmp(s, "silu") || !strcmp(s, "swish");
	return *silu || !strcmp(s, "none") ||
	       err_set(e, ERR_FORMAT,
		       "activation is '%s', want silu, swish or none", s);
}

static bool check_shapes(const struct shape *x, const struct shape *w,
			 const struct shape *b, const struct shape *p,
			 struct err *e)
{
	if (x->rank != 3 || w->rank != 3)
		return err_set(e, ERR_SHAPE,
			       "input and weight have ranks %d and %d, want 3",
			       x->rank, w->rank);
	if (unlike(w->dim[0], x->dim[1]) || unlike(w->dim[1], 1) ||
	    w->dim[2] == 0)
		return err_set(e, ERR_SHAPE,
			       "the weight is not [channels, 1, k]");
	if (b && b->rank >= 0 && (b->rank != 1 || unlike(b->dim[0], x->dim[1])))
		return err_set(e, ERR_SHAPE, "the bias is not [channels]");
	if (p && p->rank >= 0 &&
	    (p->rank != 3 || unlike(p->dim[0], x->dim[0]) ||
	     unlike(p->dim[1], x->dim[1]) ||
	     (w->dim[2] > 0 && unlike(p->dim[2], w->dim[2] - 1))))
		return err_set(e, ERR_SHAPE,
			       "past_state is not [batch, channels, k - 1]");
	return true;
}

static bool infer_causal(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, INPUT);
	const struct shape *w = infer_shape(c, WEIGHT);
	struct shape state = {.rank = RANK_UNKNOWN};
	bool silu;

	if (!parse_activation(c->node, &silu, e))
		return false;
	if (x->rank >= 0 && w->rank >= 0) {
		if (!check_shapes(
			    x, w,
			    infer_has(c, BIAS) ? infer_shape(c, BIAS) : NULL,
			    infer_has(c, PAST) ? infer_shape(c, PAST) : NULL,
			    e))
			return false;
		state = SHAPE(x->dim[0], x->dim[1],
			      w->dim[2] > 0 ? w->dim[2] - 1 : DIM_UNKNOWN);
	}
	infer_set(c, 0, infer_dtype(c, INPUT), x);
	if (c->node->nout > 1)
		infer_set(c, 1, infer_dtype(c, INPUT), &state);
	return true;
}

/* z[AT] of a line. */
static double extended(const struct causal *s, size_t line, size_t at)
{
	size_t old = s->taps - 1;

	if (at >= old)
		return tensor_double(s->x, line * s->length + at - old);
	return s->past ? tensor_double(s->past, line * old + at) : 0;
}

static void convolve(struct job *job, size_t begin, size_t end)
{
	const struct causal *s = (const struct causal *)job;

	for (size_t line = begin; line < end; line++) {
		size_t channel = line % s->channels, old = s->taps - 1;

		for (size_t t = 0; s->y && t < s->length; t++) {
			double sum = s->bias ? tensor_double(s->bias, channel)
					     : 0;

			for (size_t j = 0; j < s->taps; j++)
				sum += tensor_double(s->w,
						     channel * s->taps + j) *
				       extended(s, line, t + j);
			if (s->silu)
				sum /= 1 + exp(-sum);
			element_set_double(s->y->dtype, tensor_mut(s->y),
					   line * s->length + t, sum);
		}
		for (size_t j = 0; s->present && j < old; j++)
			element_set_double(s->present->dtype,
					   tensor_mut(s->present),
					   line * old + j,
					   extended(s, line, s->length + j));
	}
}

static bool run_causal(const struct call *c, struct err *e)
{
	struct causal s = {.job.run = convolve,
			   .x = call_in(c, INPUT),
			   .w = call_in(c, WEIGHT),
			   .bias = call_in(c, BIAS),
			   .past = call_in(c, PAST),
			   .y = call_out(c, 0),
			   .present = c->nout > 1 ? call_out(c, 1) : NULL};
	const struct shape *x = &s.x->shape, *w = &s.w->shape;

	if (!parse_activation(c->node, &s.silu, e) ||
	    !check_shapes(x, w, s.bias ? &s.bias->shape : NULL,
			  s.past ? &s.past->shape : NULL, e))
		return false;
	s.channels = (size_t)x->dim[1];
	s.length = (size_t)x->dim[2];
	s.taps = (size_t)w->dim[2];
	parallel_for(&s.job, (size_t)x->dim[0] * s.channels,
		     1 + 4096 / (s.length * s.taps + 1));
	return true;
}

static const struct kernel kernels[] = {
	{.name = "causal-conv", .engine = "reference", .run = run_causal}, {0}};

#define T TYPES_BF16_32

const struct op op_rows_causal_conv[] = {
	{.domain = "",
	 .type = "CausalConvWithState",
	 .since = 27,
	 .in = PARAMS(IN("input", "T", T), IN("weight", "T", T),
		      OPTIONAL("bias", "T", T), OPTIONAL("past_state", "T", T)),
	 .out = PARAMS(IN("output", "T", T), IN("present_state", "T", T)),
	 .attrs = ATTRS(ATTR("activation", STRING, "none")),
	 .infer = infer_causal,
	 .kernels = kernels},
	{0}};
