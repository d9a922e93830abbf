/* SPDX-License-Identifier: Apache-2.0 */
/* ops/dropout_fused.c -- com.microsoft's forms of Dropout and its gradient.
 *
 *     BiasDropout  y = data + bias + residual
 *     Bitmask...   the mask is bits in uint32 numbers, element 32 * w + b
 *                  bit b of number w
 *     ...Grad      dx = mask ? dy / (1 - ratio) : 0
 *
 * They follow the inference formula, every element being kept; training with
 * a ratio above 0 is refused.  In masks of bits those beyond the end are set.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"

/* Number of 32-bit words for the elements of S. */
static struct shape bit_shape(const struct shape *s)
{
	struct shape bits = {.rank = 1, .dim = {DIM_UNKNOWN}};
	struct err ignored;
	size_t n;

	if (shape_is_known(s) && shape_count(s, &n, &ignored))
		bits.dim[0] = (int64_t)(n / 32 + (n % 32 != 0));
	return bits;
}

static bool has_bits(const struct node *n)
{
	return strncmp(n->type, "Bitmask", 7) == 0;
}

static bool has_bias(const struct node *n)
{
	return strstr(n->type, "BiasDropout") != NULL;
}

/* ---- forward ------------------------------------------------------------ */

/* Operand I broadcasts to the data without changing its shape. */
static bool check_broadcast(const struct infer *c, uint32_t i, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape y;

	if (!infer_has(c, i))
		return true;
	if (!shape_broadcast(&y, x, infer_shape(c, i), e))
		return err_context(e, "'%s'", c->node->op->in[i].name);
	if (shape_is_known(x) && shape_is_known(&y) && !shape_equal(x, &y))
		return err_set(e, ERR_SHAPE,
			       "'%s' does not broadcast to the data",
			       c->node->op->in[i].name);
	return true;
}

static bool infer_dropout(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape bits = bit_shape(x);

	if (has_bias(c->node) &&
	    (!check_broadcast(c, 1, e) || !check_broadcast(c, 2, e)))
		return false;
	infer_set(c, 0, infer_dtype(c, 0), x);
	if (c->node->nout > 1 && has_bits(c->node))
		infer_set(c, 1, DTYPE_U32, &bits);
	else if (c->node->nout > 1)
		infer_set(c, 1, DTYPE_BOOL, x);
	return true;
}

static double addend(const struct call *c, uint32_t i, size_t at)
{
	const struct tensor *t = call_in(c, i);

	return t ? tensor_double(t, broadcast_at(&call_in(c, 0)->shape,
						 &t->shape, at))
		 : 0;
}

static bool run_dropout(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0), *mask = call_out(c, 1);
	bool bias = has_bias(c->node);
	uint32_t ratio = bias ? 3 : 1;

	if (call_scalar(c, ratio + 1, 0) != 0 &&
	    call_scalar(c, ratio, 0.5) != 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "training_mode with ratio %g, only inference "
			       "is implemented",
			       call_scalar(c, ratio, 0.5));
	if (mask)
		memset(tensor_mut(mask), has_bits(c->node) ? 0xff : 1,
		       mask->bytes);
	for (size_t i = 0; i < tensor_count(x) && y; i++) {
		double v = tensor_double(x, i);

		if (bias)
			v += addend(c, 1, i) + addend(c, 2, i);
		element_set_double(y->dtype, tensor_mut(y), i, v);
	}
	return true;
}

/* ---- gradient ----------------------------------------------------------- */

static bool infer_grad(struct infer *c, struct err *e)
{
	const struct shape *dy = infer_shape(c, 0), *mask = infer_shape(c, 1);
	struct shape want = has_bits(c->node) ? bit_shape(dy) : *dy;

	if (shape_is_known(&want) && shape_is_known(mask) &&
	    !shape_equal(&want, mask))
		return err_set(e, ERR_SHAPE, "the mask does not fit dy");
	return infer_same_as_first(c, e);
}

static bool run_grad(const struct call *c, struct err *e)
{
	const struct tensor *dy = call_in(c, 0), *mask = call_in(c, 1);
	struct tensor *dx = call_out(c, 0);
	double ratio = call_scalar(c, 2, 0.5);
	bool bits = has_bits(c->node);

	if (!(ratio >= 0 && ratio < 1))
		return err_set(e, ERR_FORMAT,
			       "ratio is %g, want 0 or more, below 1", ratio);
	for (size_t i = 0; i < tensor_count(dx); i++) {
		bool kept = bits ? tensor_int(mask, i / 32) >> (i % 32) & 1
				 : tensor_int(mask, i) != 0;

		element_set_double(dx->dtype, tensor_mut(dx), i,
				   kept ? tensor_double(dy, i) / (1 - ratio)
					: 0);
	}
	return true;
}

static const struct kernel kernels[] = {{.name = "dropout-fused",
					 .engine = "reference",
					 .run = run_dropout,
					 .in_place = 1},
					{0}};

static const struct kernel grad_kernels[] = {{.name = "dropout-grad",
					      .engine = "reference",
					      .run = run_grad,
					      .in_place = 1},
					     {0}};

#define TAIL                                  \
	OPTIONAL("ratio", "T1", TYPES_FLOAT), \
		OPTIONAL("training_mode", "T2", TYPES_BOOL)
#define FORWARD(name, operands, masks)                                   \
	{                                                                \
		.domain = "com.microsoft", .type = name, .since = 1,     \
		.in = operands, .attrs = ATTRS(ATTR("seed", INT, NULL)), \
		.out = PARAMS(IN("output", "T", TYPES_FLOAT), masks),    \
		.infer = infer_dropout, .kernels = kernels,              \
	}
#define GRAD(name, masks)                                              \
	{                                                              \
		.domain = "com.microsoft", .type = name, .since = 1,   \
		.in = PARAMS(IN("dy", "T", TYPES_FLOAT), masks, TAIL), \
		.out = PARAMS(IN("dx", "T", TYPES_FLOAT)),             \
		.infer = infer_grad, .kernels = grad_kernels,          \
	}
#define BIASED                                                             \
	PARAMS(IN("data", "T", TYPES_FLOAT), IN("bias", "T", TYPES_FLOAT), \
	       OPTIONAL("residual", "T", TYPES_FLOAT), TAIL)
#define PLAIN PARAMS(IN("data", "T", TYPES_FLOAT), TAIL)

const struct op op_rows_dropout_fused[] = {
	FORWARD("BiasDropout", BIASED, OPTIONAL("mask", "T2", TYPES_BOOL)),
	FORWARD("BitmaskBiasDropout", BIASED,
		OPTIONAL("mask", "T3", TYPE_BIT(U32))),
	FORWARD("BitmaskDropout", PLAIN, OPTIONAL("mask", "T3", TYPE_BIT(U32))),
	GRAD("BitmaskDropoutGrad", IN("mask", "T3", TYPE_BIT(U32))),
	GRAD("DropoutGrad", IN("mask", "T2", TYPES_BOOL)),
	{0}};
