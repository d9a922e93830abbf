/* SPDX-License-Identifier: Apache-2.0 */
/* ops/types.h -- sets of element types as the ONNX schemas group them.
 *
 * TYPES_ALL_<opset> is every type that existed at that opset: what operators
 * accept that only move elements.
 */
#ifndef OPS_TYPES_H
#define OPS_TYPES_H

#include "graph/dtype.h"

/* Sets of element types, bit DTYPE_x each. */
#define TYPE_BIT(t) (UINT32_C(1) << DTYPE_##t)

#define TYPES_IEEE (TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(F64))
#define TYPES_FLOAT (TYPES_IEEE | TYPE_BIT(BF16))
#define TYPES_SIGNED \
	(TYPE_BIT(I8) | TYPE_BIT(I16) | TYPE_BIT(I32) | TYPE_BIT(I64))
#define TYPES_UNSIGNED \
	(TYPE_BIT(U8) | TYPE_BIT(U16) | TYPE_BIT(U32) | TYPE_BIT(U64))
#define TYPES_INT (TYPES_SIGNED | TYPES_UNSIGNED)
#define TYPES_NUMERIC (TYPES_FLOAT | TYPES_INT)
#define TYPES_ANY UINT32_C(0x1ffffffe) /* all 28 */

#define TYPES_BOOL TYPE_BIT(BOOL)
#define TYPES_I64 TYPE_BIT(I64)
#define TYPES_INDEX (TYPE_BIT(I32) | TYPE_BIT(I64))
#define TYPES_NUMERIC_1 (TYPES_IEEE | TYPES_INT) /* before bfloat16 */
#define TYPES_FLOAT8                                                    \
	(TYPE_BIT(F8E4M3FN) | TYPE_BIT(F8E4M3FNUZ) | TYPE_BIT(F8E5M2) | \
	 TYPE_BIT(F8E5M2FNUZ))

#define TYPES_BYTES (TYPE_BIT(I8) | TYPE_BIT(U8))
/* What ONNX Runtime's own operators mostly take. */
#define TYPES_F16_32 (TYPE_BIT(F16) | TYPE_BIT(F32))
#define TYPES_BF16_32 (TYPES_F16_32 | TYPE_BIT(BF16))

#define TYPES_ALL_1                                                            \
	(TYPES_NUMERIC_1 | TYPE_BIT(STRING) | TYPE_BIT(BOOL) | TYPE_BIT(C64) | \
	 TYPE_BIT(C128))
#define TYPES_ALL_13 (TYPES_ALL_1 | TYPE_BIT(BF16))
#define TYPES_ALL_19 (TYPES_ALL_13 | TYPES_FLOAT8)
#define TYPES_ALL_21 (TYPES_ALL_19 | TYPE_BIT(U4) | TYPE_BIT(I4))
#define TYPES_ALL_23 (TYPES_ALL_21 | TYPE_BIT(F4E2M1))
#define TYPES_ALL_24 (TYPES_ALL_23 | TYPE_BIT(F8E8M0))
#define TYPES_ALL_25 (TYPES_ALL_24 | TYPE_BIT(U2) | TYPE_BIT(I2))

#endif
