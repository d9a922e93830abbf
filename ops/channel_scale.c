/* SPDX-License-Identifier: Apache-2.0 */
/* ops/channel_scale.c -- mlopt's own ChannelScale: normalization at inference.
 *
 *     Y = activation(X * S[c] + B[c])
 *
 * for channel c, axis 1 of X.  Plans make it of a BatchNormalization whose
 * statistics are constant (exec/lower_weights.c); models never contain it.
 */
#include <string.h>

#include "base/parallel.h"
#include "kern/binary.h"
#include "ops/act_of.h"
#include "ops/axes.h"
#include "ops/curve_of.h"
#include "ops/op.h"

/* Floats that stay in the first cache between two passes. */
enum { CHUNK = 1024, GRAIN = 16384 };

static bool infer_scale(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct curve curve;

	if (!curve_of_node(&curve, c->node, e))
		return false;
	for (uint32_t i = 1; i < 3; i++) {
		const struct shape *s = infer_shape(c, i);

		if (x->rank < 2 || s->rank != 1 || s->dim[0] != x->dim[1])
			return err_set(e, ERR_SHAPE,
				       "operand %u is not one per channel", i);
	}
	return infer_same_as_first(c, e);
}

static bool run_ref(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	size_t inner = shape_span(&x->shape, 2, x->shape.rank);
	size_t channels = (size_t)x->shape.dim[1], n = tensor_count(x);
	struct curve curve;

	if (!curve_of_node(&curve, c->node, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t k = i / inner % channels;
		double v = tensor_double(x, i) *
				   tensor_double(call_in(c, 1), k) +
			   tensor_double(call_in(c, 2), k);

		tensor_f32_mut(y)[i] = (float)curve_at(&curve, v);
	}
	return true;
}

/* ---- fast --------------------------------------------------------------- */

/* Blocks of PIXELS times LANES floats; lane l of block i is channel
 * (i LANES + l) mod CHANNELS. */
struct channel_scale {
	struct job job;
	struct act act;
	const float *x, *s, *b;
	float *y;
	size_t lanes, pixels, channels;
};

static bool accepts(const struct call *c)
{
	struct act act;

	return act_of_fused(&act, c->node);
}

static enum tensor_layout layouts(const struct call *c, enum tensor_layout *in,
				  enum tensor_layout *out)
{
	if (!layout_is_dense(&call_in(c, 0)->shape, in[0]))
		in[0] = LAYOUT_ROWS;
	for (uint32_t i = 1; i < c->nin; i++)
		in[i] = LAYOUT_ROWS;
	return out[0] = in[0];
}

/* N floats, a multiple of the lanes, with lanes that begin at channel K: S and
 * B are spread over as many pixels as fit into a chunk. */
static void scale_pixels(const struct channel_scale *t, const float *x,
			 size_t k, size_t n, float *y)
{
	float many_s[CHUNK], many_b[CHUNK];
	const float *s = t->s + k, *b = t->b + k;
	struct binary_rows r = {.astep = 1, .bstep = 1, .rows = 1};
	size_t step = t->lanes;

	if (t->lanes <= CHUNK / 2) {
		step = n < CHUNK ? n : CHUNK / t->lanes * t->lanes;
		for (size_t i = 0; i < step; i++) {
			many_s[i] = s[i % t->lanes];
			many_b[i] = b[i % t->lanes];
		}
		s = many_s;
		b = many_b;
	}
	r.b = s;
	for (size_t i = 0; i < n; i += r.n) {
		r.n = n - i < step ? n - i : step;
		r.a = x + i;
		r.y = y + i;
		kern_binary_f32(BINARY_MUL, &r);
		kern_epilogue_row_f32(&t->act, b, NULL, y + i, r.n);
	}
}

/* Pixels BEGIN to END of all blocks. */
static void run_pixels(struct job *self, size_t begin, size_t end)
{
	const struct channel_scale *t = (const struct channel_scale *)self;

	while (begin < end) {
		size_t block = begin / t->pixels;
		size_t left = (block + 1) * t->pixels - begin;

		left = left < end - begin ? left : end - begin;
		scale_pixels(t, t->x + begin * t->lanes,
			     block * t->lanes % t->channels, left * t->lanes,
			     t->y + begin * t->lanes);
		begin += left;
	}
}

static bool run_fast(const struct call *c, struct err *e)
{
	const struct shape *s = &call_in(c, 0)->shape;
	size_t n = tensor_count(call_in(c, 0));
	size_t block = layout_block(c->layout);
	struct channel_scale t = {
		.job.run = run_pixels,
		.x = call_f32(c, 0),
		.s = call_f32(c, 1),
		.b = call_f32(c, 2),
		.y = tensor_f32_mut(call_out(c, 0)),
		.lanes = block ? block : 1,
		.pixels = shape_span(s, 2, s->rank),
		.channels = (size_t)s->dim[1],
	};

	(void)e;
	act_of_fused(&t.act, c->node);
	if (!n)
		return true;
	/* All pixels of all images follow each other. */
	if (c->layout == LAYOUT_LAST) {
		t.lanes = t.channels;
		t.pixels *= (size_t)s->dim[0];
	}
	parallel_for(&t.job, n / t.lanes, GRAIN / t.lanes + 1);
	return true;
}

static const struct kernel kernels[] = {
	{"channel-scale-ref", "reference", .run = run_ref},
	{"channel-scale-f32-simd", "blas", .accepts = accepts,
	 .layouts = layouts, .run = run_fast, .in_place = 1},
	{.name = NULL},
};

const struct op op_rows_channel_scale[] = {
	{.domain = "mlopt",
	 .type = "ChannelScale",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPE_BIT(F32)), IN("S", "T", TYPE_BIT(F32)),
		      IN("B", "T", TYPE_BIT(F32))),
	 .out = PARAMS(IN("Y", "T", TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("activation", STRING, ""),
			ATTR("activation_alpha", FLOAT, NULL),
			ATTR("activation_beta", FLOAT, NULL)),
	 .infer = infer_scale,
	 .kernels = kernels},
	{0}};
