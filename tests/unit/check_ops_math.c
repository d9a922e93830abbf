/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_ops_math.c -- arithmetic and functions of one number.
 *
 * Values by hand, or of ONNX Runtime and ONNX's reference, rounded once. */
#include <stdlib.h>

#include "tests/unit/one_graph.h"

static const struct graph_case cases[] = {
	/* Broadcasting, and its form before opset 7. */
	{14, "float[2,2] a = {1, 2, 3, 4}, float[2] b = {10, 20}",
	 "Y = Add (a, b)", "float[2,2] 11 22 13 24", 0},
	{14, "float[2,2] a = {1, 2, 3, 4}, float[2,1] b = {10, 20}",
	 "Y = Sub (b, a)", "float[2,2] 9 8 17 16", 0},
	{14, "float[2,1,2] a = {1, 2, 3, 4}, float[3,1] b = {1, 2, 3}",
	 "Y = Mul (a, b)", "float[2,3,2] 1 2 2 4 3 6 3 4 6 8 9 12", 0},
	{14, "float a = {3}, float b = {4}", "Y = Mul (a, b)", "float[] 12", 0},
	{14, "float[0,2] a = {}, float[1,2] b = {1, 2}", "Y = Add (a, b)",
	 "float[0,2]", 0},
	{6,
	 "float[2,3,2] a = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, float[3] b = {100, 200, 300}",
	 "Y = Add <broadcast = 1, axis = 1> (a, b)",
	 "float[2,3,2] 101 102 203 204 305 306 107 108 209 210 311 312", 0},
	{6, "float[2,2] a = {1, 2, 3, 4}, float[2] b = {1, 2}",
	 "Y = Add (a, b)", "without broadcast", ERR_SHAPE},
	{14, "float[2,2] a = {1, 2, 3, 4}, float[3] b = {1, 2, 3}",
	 "Y = Add (a, b)", "cannot broadcast", ERR_SHAPE},
	/* Integers wrap, truncate and refuse 0. */
	{14, "int8[2] a = {127, -128}, int8[2] b = {1, 1}", "Y = Add (a, b)",
	 "int8[2] -128 -127", 0},
	{14, "uint8[2] a = {0, 200}, uint8[2] b = {1, 100}", "Y = Sub (a, b)",
	 "uint8[2] 255 100", 0},
	{14, "int64[1] a = {4611686018427387904}, int64[1] b = {4}",
	 "Y = Mul (a, b)", "int64[1] 0", 0},
	{14, "int32[4] a = {7, -7, 7, -7}, int32[4] b = {2, 2, -2, -2}",
	 "Y = Div (a, b)", "int32[4] 3 -3 -3 3", 0},
	{14, "int64[1] a = {-9223372036854775808}, int64[1] b = {-1}",
	 "Y = Div (a, b)", "int64[1] -9223372036854775808", 0},
	{14, "int32[2] a = {1, 2}, int32[2] b = {1, 0}", "Y = Div (a, b)",
	 "element 1 of the divisor is 0", ERR_FORMAT},
	{14, "int32[1] a = {1}, int32[1] b = {0}", "Y = Mod (a, b)",
	 "divisor is 0", ERR_FORMAT},
	{13, "int32[4] a = {7, -7, 7, -7}, int32[4] b = {3, 3, -3, -3}",
	 "Y = Mod (a, b)", "int32[4] 1 2 -2 -1", 0},
	{13, "int32[4] a = {7, -7, 7, -7}, int32[4] b = {3, 3, -3, -3}",
	 "Y = Mod <fmod = 1> (a, b)", "int32[4] 1 -1 1 -1", 0},
	{13, "float[2] a = {-4.5, 5.25}, float[2] b = {2, -3}",
	 "Y = Mod <fmod = 1> (a, b)", "float[2] -0.5 2.25", 0},
	{13, "uint64[2] a = {18446744073709551615, 9}, uint64[2] b = {10, 4}",
	 "Y = Mod (a, b)", "uint64[2] 5 1", 0},
	{15, "int32[3] a = {2, -3, 2}, int32[3] b = {10, 3, -1}",
	 "Y = Pow (a, b)", "int32[3] 1024 -27 0", 0},
	{15, "float[3] a = {2, 9, -2}, int64[3] b = {-1, 0, 3}",
	 "Y = Pow (a, b)", "float[3] 0.5 1 -8", 0},
	{15, "int32[2] a = {2, 9}, float[2] b = {0.5, 0.5}", "Y = Pow (a, b)",
	 "int32[2] 1 3", 0},
	{14, "float16[2] a = {1.0, 2048.0}, float16[2] b = {0.0004882812, 1.0}",
	 "Y = Add (a, b)", "float16[2] 1 2048", 0},
	/* NaN and signed zero. */
	{13, "float[3] a = {nan, 1, -inf}, float[3] b = {1, nan, 2}",
	 "Y = Max (a, b)", "float[3] nan nan 2", 0},
	{13, "float[2] a = {1, 5}, float[2] b = {2, 2}, float[1] c = {3}",
	 "Y = Min (a, b, c)", "float[2] 1 2", 0},
	{13, "uint64[1] a = {18446744073709551615}, uint64[1] b = {1}",
	 "Y = Min (a, b)", "uint64[1] 1", 0},
	{13, "float[2] a = {1, 5}, float[2] b = {2, 2}, float[1] c = {3}",
	 "Y = Mean (a, b, c)", "float[2] 2 3.3333333", 0},
	{13, "float[2] a = {1, 5}", "Y = Sum (a)", "float[2] 1 5", 0},
	{6, "float[2,2] a = {1, 2, 3, 4}, float[1] b = {1}", "Y = Sum (a, b)",
	 "different shapes", ERR_SHAPE},
	/* Functions of one number. */
	{13, "int8[3] a = {-128, -5, 5}", "Y = Abs (a)", "int8[3] -128 5 5", 0},
	{13, "int32[2] a = {-5, 5}", "Y = Neg (a)", "int32[2] 5 -5", 0},
	{13, "float[6] a = {-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}", "Y = Round (a)",
	 "float[6] -2 -2 -0 0 2 2", 0},
	{13, "float[4] a = {-2.5, 0, nan, 3}", "Y = Sign (a)",
	 "float[4] -1 0 nan 1", 0},
	{13, "float[3] a = {-1000, 0, 1000}", "Y = Sigmoid (a)",
	 "float[3] 0 0.5 1", 0},
	{13, "float[3] a = {-1000, 0, 1000}", "Y = Softplus (a)",
	 "float[3] 0 0.6931472 1000", 0},
	{13, "float[2] a = {0, 0.5}", "Y = Erf (a)", "float[2] 0 0.5204999", 0},
	{13, "float[2] a = {4, 2}", "Y = Reciprocal (a)", "float[2] 0.25 0.5",
	 0},
	{14, "float[4] a = {-4, -1.5, 1.5, 4}", "Y = HardSwish (a)",
	 "float[4] -0 -0.375 1.125 4", 0},
	{18, "float[2] a = {0, 1}", "Y = Mish (a)", "float[2] 0 0.8650984", 0},
	{14, "int32[3] a = {-1, 0, 7}", "Y = Relu (a)", "int32[3] 0 0 7", 0},
	{13, "float[3] a = {-2, 0, 2}", "Y = Relu (a)", "float[3] 0 0 2", 0},
	{16, "float[2] a = {-2, 4}", "Y = LeakyRelu <alpha = 0.25> (a)",
	 "float[2] -0.5 4", 0},
	{16, "float[4] x = {-2, 4, -6, 8}, float[1] s = {0.5}",
	 "Y = PRelu (x, s)", "float[4] -1 4 -3 8", 0},
	{6, "float[1,2,2] x = {-2, 4, -6, 8}, float[2] s = {0.5, 0.25}",
	 "Y = PRelu (x, s)", "float[1,2,2] -1 4 -1.5 8", 0},
	{16, "float[2] x = {1, 2}, float[2,2] s = {1, 1, 1, 1}",
	 "Y = PRelu (x, s)", "want at most 1", ERR_SHAPE},
	{6, "float[3] a = {-1, 0, 1}", "Y = Elu <alpha = 2.0> (a)",
	 "float[3] -1.2642411 0 1", 0},
	{12, "float[2] a = {-1, 1}", "Y = Celu <alpha = 2.0> (a)",
	 "float[2] -0.78693867 1", 0},
	{10, "float[3] a = {0.5, 1, 1.5}", "Y = ThresholdedRelu (a)",
	 "float[3] 0 0 1.5", 0},
	{6, "float[3] a = {-4, 0, 4}",
	 "Y = HardSigmoid <alpha = 0.25, beta = 0.25> (a)", "float[3] 0 0.25 1",
	 0},
	{9, "float[4] a = {-2, -1, 1, 2}",
	 "Y = Shrink <lambd = 1.5, bias = 0.5> (a)", "float[4] -1.5 0 0 1.5",
	 0},
	{24, "float[2] a = {0, 1}", "Y = Swish <alpha = 2.0> (a)",
	 "float[2] 0 0.8807971", 0},
	{20, "float[3] a = {-1, 0, 1}", "Y = Gelu (a)",
	 "float[3] -0.15865526 0 0.8413448", 0},
	{20, "float[3] a = {-1, 0, 1}", "Y = Gelu <approximate = \"tanh\"> (a)",
	 "float[3] -0.15880801 0 0.841192", 0},
	{20, "float[1] a = {0}", "Y = Gelu <approximate = \"fast\"> (a)",
	 "approximate is 'fast'", ERR_FORMAT},
	{13, "float[4] a = {-2, nan, 3, 9}, float l = {-1}, float h = {5}",
	 "Y = Clip (a, l, h)", "float[4] -1 nan 3 5", 0},
	{13, "float[3] a = {-2, 3, 9}, float h = {5}", "Y = Clip (a, , h)",
	 "float[3] -2 3 5", 0},
	{13, "int8[3] a = {-2, 3, 9}, int8 l = {0}", "Y = Clip (a, l)",
	 "int8[3] 0 3 9", 0},
	{6, "float[3] a = {-2, 3, 9}", "Y = Clip <min = 0.0, max = 5.0> (a)",
	 "float[3] 0 3 5", 0},
	{13, "float[1] a = {0}, float[1,1] l = {0}", "Y = Clip (a, l)",
	 "want a scalar", ERR_SHAPE},
	/* Bits. */
	{18, "uint8[2] a = {12, 255}, uint8[1] b = {10}",
	 "Y = BitwiseAnd (a, b)", "uint8[2] 8 10", 0},
	{18, "int8[2] a = {12, -1}, int8[1] b = {10}", "Y = BitwiseXor (a, b)",
	 "int8[2] 6 -11", 0},
	{18, "uint8[2] a = {12, 255}", "Y = BitwiseNot (a)", "uint8[2] 243 0",
	 0},
	{11, "uint8[4] a = {1, 3, 255, 1}, uint8[4] b = {1, 2, 4, 200}",
	 "Y = BitShift <direction = \"LEFT\"> (a, b)", "uint8[4] 2 12 240 0",
	 0},
	{11, "uint8[2] a = {255, 8}, uint8[2] b = {4, 3}",
	 "Y = BitShift <direction = \"RIGHT\"> (a, b)", "uint8[2] 15 1", 0},
	{11, "uint8[1] a = {1}, uint8[1] b = {1}",
	 "Y = BitShift <direction = \"UP\"> (a, b)", "want LEFT or RIGHT",
	 ERR_FORMAT},
};

START_TEST(computes_what_the_standard_says)
{
	check_case(&cases[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops_math");
	TCase *tc = tcase_create("values");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, computes_what_the_standard_says, 0,
			    COUNT_OF(cases));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
