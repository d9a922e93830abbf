/* SPDX-License-Identifier: Apache-2.0 */
/* ops/identity.c -- Identity, com.microsoft's SampleOp, and Dropout: results
 * that are their operand.
 *
 * Dropout is y = x, and every element is kept, unless it trains: then the
 * elements that are drawn with the probability ratio become 0, the others
 * x / (1 - ratio).
 */
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"
#include "ops/random.h"

static bool run_identity(const struct call *c, struct err *e)
{
	struct datum *y = c->nout ? c->out[0] : NULL;

	if (y && c->in[0]->type.kind != TYPE_TENSOR)
		return datum_copy(c->services, y, c->in[0], e);
	return call_copy(c, e);
}

static const struct kernel identity_kernels[] = {{.name = "identity",
						  .engine = "reference",
						  .run = run_identity,
						  .in_place = 1},
						 {0}};

/* ---- Dropout ------------------------------------------------------------ */

static bool infer_dropout(struct infer *c, struct err *e)
{
	(void)e;
	infer_set_type(c, 0, c->in[0]);
	infer_set(c, 1,
		  c->node->op->since < 10 ? infer_dtype(c, 0) : DTYPE_BOOL,
		  infer_shape(c, 0));
	return true;
}

static void fill_ones(struct tensor *mask)
{
	size_t n = tensor_count(mask);
	double one[1] = {0};

	if (!n)
		return;
	element_set_double(mask->dtype, one, 0, 1);
	kern_move_fill(tensor_bits(mask), one, 0, tensor_mut(mask), 0, n);
}

static bool drop(const struct call *c, double ratio, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0), *mask = call_out(c, 1);
	struct rng r;

	if (!(ratio >= 0 && ratio < 1))
		return err_set(e, ERR_SHAPE,
			       "ratio is %g, want 0 or more and below 1",
			       ratio);
	random_begin(&r, c);
	for (size_t i = 0; i < tensor_count(x); i++) {
		bool keep = rng_uniform(&r) >= ratio;

		if (mask)
			element_set_int(mask->dtype, tensor_mut(mask), i, keep);
		if (y)
			element_set_double(
				y->dtype, tensor_mut(y), i,
				keep ? tensor_double(x, i) / (1 - ratio) : 0);
	}
	return true;
}

static bool run_dropout(const struct call *c, struct err *e)
{
	struct tensor *mask = call_out(c, 1);
	double ratio = call_scalar(c, 1, 0.5);

	if (call_scalar(c, 2, 0) != 0 && ratio != 0)
		return drop(c, ratio, e);
	if (mask)
		fill_ones(mask);
	return call_copy(c, e);
}

static const struct kernel dropout_kernels[] = {{.name = "dropout",
						 .engine = "reference",
						 .run = run_dropout,
						 .in_place = 1},
						{0}};

#define IDENTITY(opset, var, set, kinds)                                      \
	{                                                                     \
		.domain = "", .type = "Identity", .since = opset,             \
		.traits = OP_MOVES, .in = PARAMS({"input", var, set, kinds}), \
		.out = PARAMS({"output", var, set, kinds}),                   \
		.infer = infer_identity, .kernels = identity_kernels,         \
	}

#define DROPOUT(opset, set, mask, mask_set, attributes)          \
	{                                                        \
		.domain = "", .type = "Dropout", .since = opset, \
		.in = PARAMS(IN("data", "T", set)),              \
		.out = PARAMS(IN("output", "T", set),            \
			      OPTIONAL("mask", mask, mask_set)), \
		.attrs = attributes, .infer = infer_dropout,     \
		.kernels = dropout_kernels,                      \
	}

#define DROPOUT_12(opset, set, ratio_set)                                  \
	{                                                                  \
		.domain = "", .type = "Dropout", .since = opset,           \
		.in = PARAMS(IN("data", "T", set),                         \
			     OPTIONAL("ratio", "T1", ratio_set),           \
			     OPTIONAL("training_mode", "T2", TYPES_BOOL)), \
		.out = PARAMS(IN("output", "T", set),                      \
			      OPTIONAL("mask", "T2", TYPES_BOOL)),         \
		.attrs = ATTRS(ATTR("seed", INT, NULL)),                   \
		.infer = infer_dropout, .kernels = dropout_kernels,        \
	}

#define RATIO ATTR("ratio", FLOAT, "0.5")
#define IS_TEST ATTR("is_test", INT, "0")

#define SAMPLES (TYPES_IEEE | TYPES_INDEX | TYPE_BIT(U32) | TYPE_BIT(U64))

const struct op op_rows_identity[] = {
	IDENTITY(1, "T", TYPES_ALL_1, 0),
	IDENTITY(13, "T", TYPES_ALL_13, 0),
	IDENTITY(14, "V", TYPES_ALL_13, PARAM_CONTAINER),
	IDENTITY(16, "V", TYPES_ALL_13, PARAM_CONTAINER),
	IDENTITY(19, "V", TYPES_ALL_19, PARAM_CONTAINER),
	IDENTITY(21, "V", TYPES_ALL_21, PARAM_CONTAINER),
	IDENTITY(23, "V", TYPES_ALL_23, PARAM_CONTAINER),
	IDENTITY(24, "V", TYPES_ALL_24, PARAM_CONTAINER),
	IDENTITY(25, "V", TYPES_ALL_25, PARAM_CONTAINER),
	DROPOUT(1, TYPES_IEEE, "T", TYPES_IEEE,
		ATTRS(RATIO, IS_TEST, ATTR("consumed_inputs", INTS, NULL))),
	DROPOUT(6, TYPES_IEEE, "T", TYPES_IEEE, ATTRS(RATIO, IS_TEST)),
	DROPOUT(7, TYPES_IEEE, "T", TYPES_IEEE, ATTRS(RATIO)),
	DROPOUT(10, TYPES_IEEE, "T1", TYPES_BOOL, ATTRS(RATIO)),
	DROPOUT_12(12, TYPES_IEEE, TYPES_IEEE),
	DROPOUT_12(13, TYPES_FLOAT, TYPES_IEEE),
	DROPOUT_12(22, TYPES_FLOAT | TYPES_FLOAT8, TYPES_FLOAT | TYPES_FLOAT8),
	{.domain = "com.microsoft",
	 .type = "SampleOp",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", SAMPLES)),
	 .out = PARAMS(IN("Y", "T", SAMPLES)),
	 .infer = infer_identity,
	 .kernels = identity_kernels},
	{0}};
