/* SPDX-License-Identifier: Apache-2.0 */
/* ops/bit_cast.c -- BitCast: the same bits under another type. */
#include <inttypes.h>

#include "ops/axes.h"
#include "ops/op.h"

static bool infer_bit_cast(struct infer *c, struct err *e)
{
	enum dtype from = infer_dtype(c, 0);
	enum dtype to = dtype_from_onnx(attr_int(c->node, "to"));

	if (to == DTYPE_NONE)
		return err_set(e, ERR_TYPE,
			       "'to' is %" PRId64
			       ", no element type of the standard",
			       attr_int(c->node, "to"));
	if (from != DTYPE_NONE && dtype_info[from].bits != dtype_info[to].bits)
		return err_set(e, ERR_TYPE,
			       "%s has %u bits, %s has %u, want the same",
			       dtype_info[from].text, dtype_info[from].bits,
			       dtype_info[to].text, dtype_info[to].bits);
	infer_set(c, 0, to, infer_shape(c, 0));
	return true;
}

static const struct kernel kernels[] = {
	{.name = "bit-cast", .engine = "reference", .run = call_copy}, {0}};

#define BITS (TYPES_ALL_25 & ~TYPE_BIT(STRING))

const struct op op_rows_bit_cast[] = {{.domain = "",
				       .type = "BitCast",
				       .since = 26,
				       .traits = OP_ELEMENTWISE,
				       .in = PARAMS(IN("input", "T1", BITS)),
				       .out = PARAMS(IN("output", "T2", BITS)),
				       .attrs = ATTRS(ATTR_REQUIRED("to", INT)),
				       .infer = infer_bit_cast,
				       .kernels = kernels},
				      {0}};
