/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_ops_quant.c -- quantization, integer products, codes in and out.
 *
 * Values by hand, or of ONNX Runtime and ONNX's reference, rounded once. */
#include <stdlib.h>

#include "tests/unit/one_graph.h"

static const struct graph_case cases[] = {
	/* Ties go to even before the zero point is added. */
	{13,
	 "float[6] x = {-0.75, -0.25, 0.25, 0.75, 1.25, 1000}, float s = {0.5}, uint8 z = {3}",
	 "Y = QuantizeLinear (x, s, z)", "uint8[6] 1 3 3 5 5 255", 0},
	{13, "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {0.5}",
	 "Y = QuantizeLinear (x, s)", "uint8[4] 0 0 0 255", 0},
	{13,
	 "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {0.5}, int8 z = {-3}",
	 "Y = QuantizeLinear (x, s, z)", "int8[4] -128 -5 -3 127", 0},
	{13,
	 "float[2,2] x = {1, 2, 3, 4}, float[2] s = {1, 0.5}, uint8[2] z = {0, 10}",
	 "Y = QuantizeLinear (x, s, z)", "uint8[2,2] 1 14 3 18", 0},
	{13,
	 "float[2,2] x = {1, 2, 3, 4}, float[2] s = {1, 0.5}, uint8[2] z = {0, 10}",
	 "Y = QuantizeLinear <axis = -2> (x, s, z)", "uint8[2,2] 1 2 16 18", 0},
	{21, "float[1,4] x = {1, 2, 3, 4}, float[1,2] s = {1, 0.5}",
	 "Y = QuantizeLinear <axis = 1, block_size = 2, output_dtype = 3> (x, s)",
	 "int8[1,4] 1 2 6 8", 0},
	{21, "float[1,3] x = {1, 2, 3}, float[1,2] s = {1, 0.5}",
	 "Y = QuantizeLinear <axis = 1, block_size = 2, output_dtype = 21> (x, s)",
	 "uint4[1,3] 1 2 6", 0},
	{21, "float[4] x = {-9, -3, 3.5, 99}, float s = {0.5}, int4 z = {1}",
	 "Y = QuantizeLinear (x, s, z)", "int4[4] -8 -5 7 7", 0},
	{19,
	 "float[3] x = {-1000, 1.1, 1000}, float s = {1}, float8e4m3fn z = {0}",
	 "Y = QuantizeLinear (x, s, z)", "float8e4m3fn[3] -448 1.125 448", 0},
	{19,
	 "float[3] x = {-1000, 1.1, 1000}, float s = {1}, float8e4m3fn z = {0}",
	 "Y = QuantizeLinear <saturate = 0> (x, s, z)",
	 "float8e4m3fn[3] nan 1.125 nan", 0},
	{13,
	 "uint8[2,2] x = {0, 10, 128, 255}, float s = {0.5}, uint8 z = {128}",
	 "Y = DequantizeLinear (x, s, z)", "float[2,2] -64 -59 0 63.5", 0},
	{13,
	 "int8[2,2] x = {-128, 127, 1, 2}, float[2] s = {0.5, 0.25}, int8[2] z = {0, 1}",
	 "Y = DequantizeLinear <axis = 0> (x, s, z)",
	 "float[2,2] -64 63.5 0 0.25", 0},
	{13, "int32[2] x = {1000, -1000}, float s = {0.5}",
	 "Y = DequantizeLinear (x, s)", "float[2] 500 -500", 0},
	{21, "int4[1,4] x = {-8, 7, 1, 2}, float[1,2] s = {1, 0.5}",
	 "Y = DequantizeLinear <block_size = 2> (x, s)",
	 "float[1,4] -8 7 0.5 1", 0},
	{19, "uint8[2,2] x = {0, 10, 128, 255}, float16 s = {0.5}",
	 "Y = DequantizeLinear (x, s)", "float16[2,2] 0 5 64 127.5", 0},
	{11, "float[3] x = {0, 2, -3}", "Y, s, z = DynamicQuantizeLinear (x)",
	 "uint8[3] 153 255 0", 0},
	{11, "float[3] x = {0, 2, -3}", "y, Y, z = DynamicQuantizeLinear (x)",
	 "float[] 0.019607844", 0},
	{11, "float[2] x = {0, 0}", "y, Y, z = DynamicQuantizeLinear (x)",
	 "float[] 1", 0},
	{11, "float[2] x = {0, inf}", "Y, s, z = DynamicQuantizeLinear (x)",
	 "element 1 of x is inf", ERR_FORMAT},
	/* Scales and zero points that mean nothing. */
	{13, "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {0}",
	 "Y = QuantizeLinear (x, s)", "scale[0] is 0", ERR_FORMAT},
	{13, "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {nan}",
	 "Y = QuantizeLinear (x, s)", "scale[0] is nan", ERR_FORMAT},
	{13, "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {-1}",
	 "Y = QuantizeLinear (x, s)", "scale[0] is -1", ERR_FORMAT},
	{13, "uint8[2,2] x = {0, 10, 128, 255}, float s = {inf}",
	 "Y = DequantizeLinear (x, s)", "scale[0] is inf", ERR_FORMAT},
	{13, "uint8[2,2] x = {0, 10, 128, 255}, float s = {1e-45}",
	 "Y = DequantizeLinear (x, s)", "scale[0] is 1.4013e-45", ERR_FORMAT},
	{13,
	 "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {0.5}, int64 z = {300}",
	 "Y = QuantizeLinear (x, s, z)", "'y_zero_point' has type int64",
	 ERR_TYPE},
	{13,
	 "float[4] x = {-1000, -0.75, 0.25, 1000}, float[3] s = {1, 1, 1}, uint8[5] z = {0, 0, 0, 0, 0}",
	 "Y = QuantizeLinear (x, s, z)",
	 "scale and zero point have different shapes", ERR_SHAPE},
	{13, "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {0.5}",
	 "Y = QuantizeLinear <axis = 99> (x, s)", "axis is 99", ERR_SHAPE},
	{13, "float[2,2] x = {1, 2, 3, 4}, float[3] s = {1, 1, 1}",
	 "Y = QuantizeLinear (x, s)",
	 "the scale has 3 elements, the tensor 2 along axis 1", ERR_SHAPE},
	{21, "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {0.5}",
	 "Y = QuantizeLinear <block_size = -1> (x, s)", "block_size is -1",
	 ERR_SHAPE},
	{21,
	 "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {0.5}, uint8 z = {0}",
	 "Y = QuantizeLinear <output_dtype = 3> (x, s, z)",
	 "output_dtype is int8, the zero point uint8", ERR_TYPE},
	/* Integer products are exact. */
	{10, "uint8[1,2] a = {255, 1}, int8[2,1] b = {-128, 3}, uint8 za = {1}",
	 "Y = MatMulInteger (a, b, za)", "int32[1,1] -32512", 0},
	{10,
	 "uint8[2,1] a = {10, 20}, uint8[1,2] b = {3, 4}, uint8[2] za = {1, 2}, uint8[2] zb = {1, 2}",
	 "Y = MatMulInteger (a, b, za, zb)", "int32[2,2] 18 18 36 36", 0},
	{10,
	 "uint8[1,1,3] x = {2, 3, 4}, uint8[1,1,2] w = {1, 2}, uint8 zx = {1}",
	 "Y = ConvInteger <pads = [1, 0]> (x, w, zx)", "int32[1,1,3] 2 5 8", 0},
	/* Requantization: 0.5 * 0.5 / 1 = 0.25; 10 * 0.25 = 2.5 goes to 2. */
	{10,
	 "uint8[1,2] a = {5, 7}, float as = {0.5}, uint8 az = {0}, uint8[2,2] b = {2, 0, 0, 2}, float bs = {0.5}, uint8 bz = {0}, float ys = {1}, uint8 yz = {100}",
	 "Y = QLinearMatMul (a, as, az, b, bs, bz, ys, yz)",
	 "uint8[1,2] 102 104", 0},
	{10,
	 "uint8[1,2] a = {5, 7}, float as = {0.5}, uint8 az = {0}, int8[2,2] b = {2, 0, 0, -2}, float[2] bs = {0.5, 0.25}, int8[2] bz = {0, 0}, float ys = {1}, uint8 yz = {100}",
	 "Y = QLinearMatMul (a, as, az, b, bs, bz, ys, yz)",
	 "uint8[1,2] 102 98", 0},
	{10,
	 "uint8[1,1,3] x = {2, 4, 255}, float xs = {0.5}, uint8 xz = {2}, int8[2,1,2] w = {1, -1, 2, 2}, float[2] ws = {1, 0.5}, int8[2] wz = {0, 0}, float ys = {0.25}, uint8 yz = {128}, int32[2] b = {3, -4}",
	 "Y = QLinearConv (x, xs, xz, w, ws, wz, ys, yz, b)",
	 "uint8[1,2,2] 130 0 128 255", 0},
	{10,
	 "uint8[1,1,3] x = {2, 4, 255}, float xs = {0.5}, uint8 xz = {2}, int8[1,1,2] w = {1, -1}, float ws = {0}, int8 wz = {0}, float ys = {0.25}, uint8 yz = {128}",
	 "Y = QLinearConv (x, xs, xz, w, ws, wz, ys, yz)", "w_scale",
	 ERR_FORMAT},
	/* com.microsoft */
	{13,
	 "uint8[2,2] a = {10, 20, 30, 255}, float as = {0.5}, uint8 az = {10}, uint8[2] b = {1, 2}, float bs = {2}, uint8 bz = {0}, float ys = {0.5}, uint8 yz = {5}",
	 "Y = com.microsoft.QLinearAdd (a, as, az, b, bs, bz, ys, yz)",
	 "uint8[2,2] 9 23 29 255", 0},
	{13,
	 "int8[2] a = {-128, 3}, float as = {0.5}, int8 az = {1}, int8[2] b = {2, 4}, float bs = {0.25}, float ys = {0.5}, int8 yz = {2}",
	 "Y = com.microsoft.QLinearMul (a, as, az, b, bs, az, ys, yz)",
	 "int8[2] -30 4", 0},
	{13,
	 "uint8[1,1,4] x = {0, 1, 3, 255}, float xs = {0.5}, uint8 xz = {1}, float ys = {0.25}, uint8 yz = {2}",
	 "Y = com.microsoft.QLinearAveragePool <kernel_shape = [2], strides = [2]> (x, xs, xz, ys, yz)",
	 "uint8[1,1,2] 1 255", 0},
	{13,
	 "uint8[1,2,2] x = {1, 2, 3, 5}, float xs = {0.5}, uint8 xz = {0}, float ys = {0.25}, uint8 yz = {0}",
	 "Y = com.microsoft.QLinearGlobalAveragePool (x, xs, xz, ys, yz)",
	 "uint8[1,2,1] 3 8", 0},
	{13,
	 "uint8[2,2] x = {0, 0, 0, 255}, float xs = {1}, float ys = {0.00390625}, uint8 yz = {0}",
	 "Y = com.microsoft.QLinearSoftmax <opset = 13> (x, xs, , ys, yz)",
	 "uint8[2,2] 128 128 0 255", 0},
	{13,
	 "uint8[1,2,2] x = {7, 7, 7, 7}, float xs = {1}, float ys = {0.00390625}, uint8 yz = {0}",
	 "Y = com.microsoft.QLinearSoftmax <opset = 11, axis = 1> (x, xs, , ys, yz)",
	 "uint8[1,2,2] 64 64 64 64", 0},
	{13,
	 "int8[3] x = {-128, 0, 127}, float xs = {0.0625}, int8 xz = {0}, float ys = {0.00390625}, int8 yz = {-128}",
	 "Y = com.microsoft.QLinearSigmoid (x, xs, xz, ys, yz)",
	 "int8[3] -128 0 127", 0},
	{13,
	 "int8[3] x = {-100, 0, 100}, float xs = {0.5}, int8 xz = {0}, float ys = {0.25}, int8 yz = {0}",
	 "Y = com.microsoft.QLinearLeakyRelu <alpha = 0.25> (x, xs, xz, ys, yz)",
	 "int8[3] -50 0 127", 0},
	{13,
	 "uint8[2,2] x = {0, 10, 128, 255}, float[2] s = {0.5, 0.25}, uint8[2] z = {128, 0}",
	 "Y = com.microsoft.DequantizeLinear <axis = 1> (x, s, z)",
	 "float[2,2] -64 2.5 0 63.75", 0},
	{13,
	 "float[4] x = {-1000, -0.75, 0.25, 1000}, float s = {0.5}, int8 z = {-3}",
	 "Y = com.microsoft.QuantizeLinear (x, s, z)", "int8[4] -128 -5 -3 127",
	 0},
};

START_TEST(computes_with_codes_as_the_standard_says)
{
	check_case(&cases[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops_quant");
	TCase *tc = tcase_create("values");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, computes_with_codes_as_the_standard_says, 0,
			    COUNT_OF(cases));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
