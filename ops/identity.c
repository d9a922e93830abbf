/* SPDX-License-Identifier: Apache-2.0 */
/* ops/identity.c -- Identity and Dropout: results that are their operand.
 *
 * Dropout follows the inference formula: y = x, and every element is kept.
 * Training with a ratio above 0 is refused.
 */
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

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
						  .in_place = true},
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

static bool run_dropout(const struct call *c, struct err *e)
{
	struct tensor *mask = call_out(c, 1);
	bool training = call_scalar(c, 2, 0) != 0;

	if (training && call_scalar(c, 1, 0.5) != 0)
		return err_set(
			e, ERR_UNSUPPORTED,
			"training_mode with ratio %g, only inference is implemented",
			call_scalar(c, 1, 0.5));
	if (mask)
		fill_ones(mask);
	return call_copy(c, e);
}

static const struct kernel dropout_kernels[] = {{.name = "dropout",
						 .engine = "reference",
						 .run = run_dropout,
						 .in_place = true},
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
	{0}};
