/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/operators.c -- S: shapes and attributes that cannot be, and
 * Q: quantization parameters that cannot be.
 *
 * The code is what type and shape inference must end with where the operator
 * is known; ERR_NONE where only running the model can tell, ERR_LIMIT where
 * inference may leave it to the run.
 */
#include "tests/hostile/corpus.h"

#define HEAD "<ir_version: 8, opset_import: [\"\" : 17]>\n"
#define X4 "g (float[1,2,4,4] X) => (Y) "
#define W3                                                          \
	"<float[2,2,3,3] W = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1," \
	"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}>"

const struct hostile hostile_operators[] = {
	{"S01", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <int64[2] s = {-1, -1}>\n"
	      "{ Y = Reshape (X, s) }"},
	{"S02", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <int64[2] s = {-1, 0}>\n"
	      "{ Y = Reshape <allowzero: int = 1> (X, s) }"},
	{"S03", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <int64[2] s = {3, 5}>\n"
	      "{ Y = Reshape (X, s) }"},
	{"S04", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <int64[2] s = {2, -2}>\n"
	      "{ Y = Reshape (X, s) }"},
	{"S05", ERR_LIMIT, NULL, NULL,
	 HEAD "g () => (Y) <int64[1] s = {1099511627776}>\n"
	      "{ Y = ConstantOfShape (s) }"},
	{"S06", ERR_SHAPE, NULL, NULL,
	 HEAD "g () => (Y) <int64[1] s = {-5}>\n"
	      "{ Y = ConstantOfShape (s) }"},
	{"S07", ERR_LIMIT, NULL, NULL,
	 HEAD "g (float[1] X) => (Y) <int64[1] s = {4398046511104}>\n"
	      "{ Y = Expand (X, s) }"},
	{"S08", ERR_LIMIT, NULL, NULL,
	 HEAD "g (float[1] X) => (Y) <int64[1] s = {1099511627776}>\n"
	      "{ Y = Tile (X, s) }"},
	{"S09", ERR_SHAPE, NULL, NULL,
	 HEAD "g () => (Y) <int64 a = {0}, int64 b = {5}, int64 d = {0}>\n"
	      "{ Y = Range (a, b, d) }"},
	{"S10", ERR_LIMIT, NULL, NULL,
	 HEAD "g () => (Y) <int64 a = {-9223372036854775807}, "
	      "int64 b = {9223372036854775807}, int64 d = {1}>\n"
	      "{ Y = Range (a, b, d) }"},
	{"S11", ERR_NONE, NULL, NULL,
	 HEAD "g (int64[2] X) => (Y) <int64[2] z = {0, 0}>\n"
	      "{ Y = Div (X, z) }"},
	{"S12", ERR_NONE, NULL, NULL,
	 HEAD "g () => (Y) <int64[1] a = {-9223372036854775808}, "
	      "int64[1] b = {-1}>\n"
	      "{ Y = Div (a, b) }"},
	{"S13", ERR_NONE, NULL, NULL,
	 HEAD "g (int64[2] X) => (Y) <int64[2] z = {0, 0}>\n"
	      "{ Y = Mod (X, z) }"},
	{"S14", ERR_SHAPE, NULL, NULL,
	 HEAD X4 W3 "{ Y = Conv <strides: ints = [0, 0]> (X, W) }"},
	{"S15", ERR_SHAPE, NULL, NULL,
	 HEAD X4 W3 "{ Y = Conv <group: int = 0> (X, W) }"},
	{"S16", ERR_SHAPE, NULL, NULL,
	 HEAD X4 W3 "{ Y = Conv <group: int = -2> (X, W) }"},
	{"S17", ERR_SHAPE, NULL, NULL,
	 HEAD X4 W3 "{ Y = Conv <dilations: ints = [0, 0]> (X, W) }"},
	{"S18", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[1,2,2,2] X) => (Y) " W3 "{ Y = Conv (X, W) }"},
	{"S19", ERR_SHAPE, NULL, NULL,
	 HEAD X4 W3 "{ Y = Conv <pads: ints = [-4611686018427387904, 0, 0, "
		    "0]> (X, W) }"},
	{"S20", ERR_SHAPE, NULL, NULL,
	 HEAD X4 W3 "{ Y = Conv <pads: ints = [1, 1]> (X, W) }"},
	{"S21", ERR_SHAPE, NULL, NULL,
	 HEAD X4 "<float[2] W = {1, 1}> { Y = Conv (X, W) }"},
	{"S22", ERR_SHAPE, NULL, NULL,
	 HEAD X4 "{ Y = MaxPool <kernel_shape: ints = [0, 0]> (X) }"},
	{"S23", ERR_SHAPE, NULL, NULL, HEAD X4 "{ Y = MaxPool (X) }"},
	{"S24", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[2,3] X) => (Y) "
	      "{ Y = Transpose <perm: ints = [7, -9]> (X) }"},
	{"S25", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[2,3] X) => (Y) "
	      "{ Y = Transpose <perm: ints = [0, 0]> (X) }"},
	{"S26", ERR_NONE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <int64[1] i = {1099511627776}>\n"
	      "{ Y = Gather (X, i) }"},
	{"S27", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[2,3] X) => (Y) "
	      "{ Y = Concat <axis: int = 2147483648> (X, X) }"},
	{"S28", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y, Z) <int64[2] s = {1, 5}>\n"
	      "{ Y, Z = Split (X, s) }"},
	{"S29", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <int64[1] a = {0}, int64[1] b = {4}, "
	      "int64[1] ax = {0}, int64[1] st = {0}>\n"
	      "{ Y = Slice (X, a, b, ax, st) }"},
	{"S30", ERR_NONE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <int64[1] a = {3}, "
	      "int64[1] b = {-9223372036854775807}, int64[1] ax = {0}, "
	      "int64[1] st = {-9223372036854775808}>\n"
	      "{ Y = Slice (X, a, b, ax, st) }"},
	{"S31", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float X) => (Y) "
	      "{ Y = Einsum <equation: string = \"ij->i\"> (X) }"},
	{"S32", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float X, float Z) => (Y) { Y = MatMul (X, Z) }"},
	{"S34", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[2] X) => (Y) <float[2] W = {1, 1}, float[2] R = {1, "
	      "1}>\n"
	      "{ Y = LSTM <hidden_size: int = -1> (X, W, R) }"},
	{"Q01", ERR_FORMAT, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <float s = {0}, uint8 z = {0}>\n"
	      "{ Y = QuantizeLinear (X, s, z) }"},
	{"Q02", ERR_FORMAT, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <float s = {nan}, uint8 z = {0}>\n"
	      "{ Y = QuantizeLinear (X, s, z) }"},
	{"Q03", ERR_FORMAT, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <float s = {-1}, uint8 z = {0}>\n"
	      "{ Y = QuantizeLinear (X, s, z) }"},
	{"Q04", ERR_FORMAT, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <float s = {inf}, uint8 z = {0}>\n"
	      "{ Y = QuantizeLinear (X, s, z) }"},
	{"Q05", ERR_FORMAT, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <float s = {1e-45}, uint8 z = {0}>\n"
	      "{ Y = QuantizeLinear (X, s, z) }"},
	{"Q06", ERR_TYPE, NULL, NULL,
	 HEAD "g (float[4] X) => (Y) <float s = {1}, int64 z = {300}>\n"
	      "{ Y = QuantizeLinear (X, s, z) }"},
	{"Q07", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[3] X) => (Y) <float[3] s = {1, 1, 1}, "
	      "uint8[5] z = {0, 0, 0, 0, 0}>\n"
	      "{ Y = QuantizeLinear <axis: int = 0> (X, s, z) }"},
	{"Q08", ERR_SHAPE, NULL, NULL,
	 HEAD "g (float[3] X) => (Y) <float[3] s = {1, 1, 1}, "
	      "uint8[3] z = {0, 0, 0}>\n"
	      "{ Y = QuantizeLinear <axis: int = 99> (X, s, z) }"},
	{NULL, ERR_NONE, NULL, NULL, NULL},
};
