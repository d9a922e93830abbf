/* SPDX-License-Identifier: Apache-2.0 */
/* tests/kern/check_kernels.c -- every fast kernel against its reference.
 *
 * Each case is a model of one node.  Its operands are filled with seeded
 * random numbers (names that end in _s are scales, in _z zero points, in _0
 * zero), the reference row computes the wanted result, and every other row of
 * the operator that accepts the call has to agree, without touching the bytes
 * around results and scratch memory.  In the end every row of the registry
 * that is not a reference must have been tried.
 *
 *	KERNEL_SEED=N tests/kern/check_kernels	    repeats a failure
 */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/openblas.h"
#include "base/rng.h"
#include "base/str.h"
#include "exec/hold.h"
#include "formats/format.h"
#include "graph/element.h"
#include "kern/cpu.h"
#include "kern/dnnl_conv.h"
#include "ops/op.h"
#include "ops/reorder.h"

enum { CANARY = 256, CANARY_BYTE = 0xc5, MOST_OPERANDS = 16 };

/* Declarations of the graph, then the node.  %d is an odd size. */
static const char *const cases[] = {
	"(float[2,3,9,%d] x, float[5,3,3,3] w, float[5] b) => (float[] y)"
	"{ y = Conv <pads = [1,1,1,1]> (x, w, b) }",
	"(float[1,4,7,%d] x, float[6,4,1,1] w) => (float[] y)"
	"{ y = Conv (x, w) }",
	"(float[1,4,%d,11] x, float[6,2,3,2] w) => (float[] y)"
	"{ y = Conv <group = 2, strides = [2,1], dilations = [1,2],"
	"  pads = [1,0,2,1]> (x, w) }",
	"(float[2,6,%d,19] x, float[6,1,3,3] w, float[6] b) => (float[] y)"
	"{ y = Conv <group = 6, strides = [2,2], pads = [1,1,1,1]> (x, w, b) }",
	"(float[1,3,%d] x, float[3,1,3] w) => (float[] y)"
	"{ y = Conv <group = 3, pads = [1,1]> (x, w) }",
	"(float[1,3,5,%d] x, float[4,3,1,1] w, float[4] b) => (float[] y)"
	"{ y = com.microsoft.FusedConv <activation = \"Relu\"> (x, w, b) }",
	"(float[1,3,5,%d] x, float[3,1,1,1] w, float[3] b, float[1,3,5,%d] z)"
	" => (float[] y) { y = com.microsoft.FusedConv <group = 3,"
	"  activation = \"Clip\", activation_params = [-0.5, 0.5]> (x, w, b, z) }",
	"(float[1,16,5,%d] x, float[16,16,3,3] w, float[16] b,"
	" float[1,16,5,%d] z) => (float[] y) { y = com.microsoft.FusedConv"
	"  <pads = [1,1,1,1], activation = \"Sigmoid\"> (x, w, b, z) }",
	"(float[1,16,5,%d] x, float[16,16,3,3] w) => (float[] y)"
	"{ y = com.microsoft.FusedConv <pads = [1,1,1,1],"
	"  activation = \"HardSigmoid\"> (x, w) }",
	"(float[1,16,5,%d] x, float[16,16,3,3] w) => (float[] y)"
	"{ y = com.microsoft.FusedConv <pads = [1,1,1,1],"
	"  activation = \"Gelu\"> (x, w) }",
	"(float[2,3,%d] x, float[%d,21] w) => (float[] y)"
	"{ y = mlopt.Linear (x, w) }",
	"(float[5,%d] x, float[%d,21] w, float[21] b, float[5,21] z)"
	" => (float[] y) { y = mlopt.Linear <activation = \"Gelu\">"
	"  (x, w, b, z) }",
	"(float[2,2,%d] x, float[19,%d] w, float[19] b) => (float[] y)"
	"{ y = mlopt.Linear <transB = 1, activation = \"Clip\","
	"  activation_alpha = -1.0, activation_beta = 1.0> (x, w, b) }",
	"(float[31,%d] x, float[%d,77] w, float[77] b, float[31,77] z)"
	" => (float[] y) { y = mlopt.Linear (x, w, b, z) }",
	"(float[2,150,%d] x, float[%d,131] w) => (float[] y)"
	"{ y = mlopt.Linear <activation = \"Relu\"> (x, w) }",
	"(float[17,700] x, float[45,700] w, float[45] b, float[17,45] z)"
	" => (float[] y) { y = mlopt.Linear <transB = 1,"
	"  activation = \"Relu\"> (x, w, b, z) }",
	"(float[1,%d] x, float[%d,37] w, float[37] b) => (float[] y)"
	"{ y = mlopt.Linear (x, w, b) }",
	"(float[1,%d] x, float[37,%d] w, float[1,37] z) => (float[] y)"
	"{ y = mlopt.Linear <transB = 1> (x, w, , z) }",
	"(float[2,16,3,%d] x, float[16] s, float[16] b) => (float[] y)"
	"{ y = mlopt.ChannelScale <activation = \"Relu\"> (x, s, b) }",
	"(float[2,5,%d] x, float[5] s, float[5] b) => (float[] y)"
	"{ y = mlopt.ChannelScale (x, s, b) }",
	"(float[3,%d] x, float[%d] s, float[%d] b) => (float[] y)"
	"{ y = mlopt.ChannelScale (x, s, b) }",
	"(float[1,700,%d] x, float[700] s, float[700] b) => (float[] y)"
	"{ y = mlopt.ChannelScale (x, s, b) }",
	"(float[2,4,5,%d] x, float[4,3,3,2] w, float[6] b) => (float[] y)"
	"{ y = ConvTranspose <group = 2, strides = [2,3], pads = [1,0,2,1],"
	"  dilations = [2,1], output_padding = [1,0]> (x, w, b) }",
	"(float[1,3,%d] x, float[3,4,5] w) => (float[] y)"
	"{ y = ConvTranspose <pads = [2,0]> (x, w) }",
	"(float[3,%d] a, float[%d,7] b) => (float[] y) { y = MatMul (a, b) }",
	"(float[2,1,3,%d] a, float[5,%d,4] b) => (float[] y) { y = MatMul (a, b) }",
	"(float[2,%d,3] a, float[2,4,%d] b) => (float[] y)"
	"{ y = com.microsoft.FusedMatMul <transA = 1, transB = 1, alpha = 0.5>"
	"  (a, b) }",
	"(float[3,%d] a, float[5,%d] b, float[5] c) => (float[] y)"
	"{ y = Gemm <transB = 1> (a, b, c) }",
	"(float[%d,1] a, float[%d,5] b, float[1,1] c) => (float[] y)"
	"{ y = Gemm <transA = 1, beta = 0.5> (a, b, c) }",
	"(float[3,%d] a, float[%d,4] b) => (float[] y)"
	"{ y = com.microsoft.FusedGemm <activation = \"LeakyRelu\"> (a, b) }",
	"(float[3,%d] x) => (float[] y) { y = Relu (x) }",
	"(float[3,%d] x) => (float[] y) { y = Sigmoid (x) }",
	"(float[3,%d] x) => (float[] y) { y = Tanh (x) }",
	"(float[3,%d] x) => (float[] y) { y = Erf (x) }",
	"(float[3,%d] x) => (float[] y) { y = Exp (x) }",
	"(float[3,%d] x) => (float[] y) { y = HardSigmoid (x) }",
	"(float[3,%d] x) => (float[] y) { y = HardSwish (x) }",
	"(float[3,%d] x) => (float[] y) { y = LeakyRelu <alpha = 0.3> (x) }",
	"(float[3,%d] x) => (float[] y) { y = Gelu (x) }",
	"(float[3,%d] x) => (float[] y)"
	"{ y = Gelu <approximate = \"tanh\"> (x) }",
	"(float[3,%d] x, float[%d] b) => (float[] y)"
	"{ y = com.microsoft.BiasGelu (x, b) }",
	"(float[3,%d] x) => (float[] y) { y = com.microsoft.FastGelu (x) }",
	"(float[3,%d] x, float lo, float hi) => (float[] y) { y = Clip (x, lo, hi) }",
	"(float[3,%d] x) => (float[] y) { y = com.microsoft.QuickGelu (x) }",
	"(float[3,%d] a, float[3,%d] b) => (float[] y) { y = Add (a, b) }",
	"(float[2,3,%d] a, float[3,1] b) => (float[] y) { y = Sub (a, b) }",
	"(float[1,%d] a, float[4,1] b) => (float[] y) { y = Mul (a, b) }",
	"(float a, float[2,%d] b) => (float[] y) { y = Div (a, b) }",
	"(float[2,%d] a, float[%d] b) => (float[] y) { y = Max (a, b) }",
	"(float[2,%d] a, float[%d] b) => (float[] y) { y = Min (a, b) }",
	"(float[2,16,3,%d] x) => (float[] y) { y = HardSwish (x) }",
	"(float[2,16,3,%d] a, float[2,16,3,%d] b) => (float[] y)"
	"{ y = Add (a, b) }",
	"(float[1,5,%d] a, float[5,%d] b) => (float[] y) { y = Add (a, b) }",
	"(float[2,16,3,%d] a, float[2,16,1,1] b) => (float[] y)"
	"{ y = Mul (a, b) }",
	"(float[16,1,1] a, float[2,16,3,%d] b) => (float[] y)"
	"{ y = Sub (a, b) }",
	"(float[2,8,3,%d] a, float[2,1,3,%d] b) => (float[] y)"
	"{ y = Div (a, b) }",
	"(float[2,8,3,%d] a, float[3,%d] b) => (float[] y) { y = Max (a, b) }",
	"(float[2,16,3,%d] a, float[2,32,3,%d] b) => (float[] y)"
	"{ y = Concat <axis = 1> (a, b) }",
	"(float[2,8,3,%d] a, float[2,8,4,%d] b) => (float[] y)"
	"{ y = Concat <axis = -2> (a, b) }",
	"(float[2,8,3,%d] a, float[1,8,3,%d] b) => (float[] y)"
	"{ y = Concat <axis = 0> (a, b) }",
	"(float[1,16,9,%d] x) => (float[] y)"
	"{ y = MaxPool <kernel_shape = [3,3], strides = [2,2],"
	"  pads = [1,1,1,1]> (x) }",
	"(float[1,8,9,%d] x) => (float[] y)"
	"{ y = AveragePool <kernel_shape = [3,3], pads = [1,1,1,1]> (x) }",
	"(float[1,16,9,%d] x) => (float[] y)"
	"{ y = AveragePool <kernel_shape = [2,3], pads = [0,1,1,1],"
	"  count_include_pad = 1, strides = [1,2]> (x) }",
	"(float[2,16,5,%d] x) => (float[] y) { y = GlobalAveragePool (x) }",
	"(float[2,8,%d] x) => (float[] y) { y = GlobalMaxPool (x) }",
	"(float[2,3,9,%d] x) => (float[] y)"
	"{ y = MaxPool <kernel_shape = [3,3], strides = [2,2],"
	"  pads = [1,1,1,1]> (x) }",
	"(uint8[1,3,9,%d] x) => (uint8[] y)"
	"{ y = MaxPool <kernel_shape = [2,1], ceil_mode = 1,"
	"  strides = [2,1]> (x) }",
	"(int8[1,3,%d] x) => (int8[] y)"
	"{ y = MaxPool <kernel_shape = [3], pads = [1,1]> (x) }",
	"(float[1,3,9,%d] x) => (float[] y)"
	"{ y = AveragePool <kernel_shape = [3,3], pads = [1,1,1,1]> (x) }",
	"(float[1,3,9,%d] x) => (float[] y)"
	"{ y = AveragePool <kernel_shape = [2,3], pads = [0,1,1,1],"
	"  count_include_pad = 1, strides = [1,2]> (x) }",
	"(float[2,3,5,%d] x) => (float[] y) { y = GlobalAveragePool (x) }",
	"(float[2,3,%d] x) => (float[] y) { y = GlobalMaxPool (x) }",
	"(float[2,3,5,%d] x) => (float[] y) <float[4] k = {1, 1, 2, 2}>"
	"{ y = Resize <mode = \"linear\"> (x, , k) }",
	"(float[1,2,9,%d] x) => (float[] y) <int64[4] k = {1, 2, 5, 11}>"
	"{ y = Resize <mode = \"cubic\", antialias = 1,"
	"  coordinate_transformation_mode = \"align_corners\"> (x, , , k) }",
	"(float[2,3,5,%d] q, float[2,3,7,%d] k, float[2,3,7,11] v)"
	" => (float[] y) { y = Attention (q, k, v) }",
	"(float[2,6,5,%d] q, float[2,3,5,%d] k, float[2,3,5,8] v)"
	" => (float[] y) { y = Attention <is_causal = 1, softcap = 2.0>"
	" (q, k, v) }",
	"(float[2,5,24] q, float[2,%d,24] k, float[2,%d,16] v,"
	" float[1,1,5,%d] m) => (float[] y)"
	"{ y = com.microsoft.MultiHeadAttention <num_heads = 4>"
	"  (q, k, v, , , m) }",
	"(float[5,%d] x) => (float[] y) { y = Softmax (x) }",
	"(float[2,3,5,%d] x) => (float[] y) { y = ReduceSum (x) }",
	"(float[2,3,5,%d] x) => (float[] y) <int64[2] axes = {-1, 2}>"
	"{ y = ReduceMean (x, axes) }",
	"(float[2,300,%d] x) => (float[] y) <int64[1] axes = {1}>"
	"{ y = ReduceMean (x, axes) }",
	"(float[2,5,3,%d] x) => (float[] y) { y = LogSoftmax (x) }",
	"(float[4,3,%d] x, float[2,11,%d] w, float[2,11,11] r_s, float[2,22] b,"
	" float[2,3,11] h) => (float[] y)"
	"{ y = RNN <hidden_size = 11, direction = \"bidirectional\">"
	"  (x, w, r_s, b, , h) }",
	"(float[3,1,%d] x, float[1,9,%d] w, float[1,9,9] r_s) => (float[] y)"
	"{ y = RNN <hidden_size = 9, activations = [\"Relu\"],"
	"  direction = \"reverse\"> (x, w, r_s) }",
	"(float[4,2,%d] x, float[2,33,%d] w, float[2,33,11] r_s, float[2,66] b,"
	" float[2,2,11] h) => (float[] y)"
	"{ y = GRU <hidden_size = 11, direction = \"bidirectional\">"
	"  (x, w, r_s, b, , h) }",
	"(float[4,1,%d] x, float[1,33,%d] w, float[1,33,11] r_s, float[1,66] b)"
	" => (float[] y)"
	"{ y = GRU <hidden_size = 11, linear_before_reset = 1> (x, w, r_s, b) }",
	"(float[4,2,%d] x, float[2,44,%d] w, float[2,44,11] r_s, float[2,88] b,"
	" float[2,2,11] h, float[2,2,11] c) => (float[] y)"
	"{ y = LSTM <hidden_size = 11, direction = \"bidirectional\">"
	"  (x, w, r_s, b, , h, c) }",
	"(float[4,1,%d] x, float[1,44,%d] w, float[1,44,11] r_s) => (float[] y)"
	"{ y = LSTM <hidden_size = 11> (x, w, r_s) }",
	"(float[2,3,5,%d] x) => (float[] y)"
	"{ y = Transpose <perm = [0, 3, 1, 2]> (x) }",
	"(float[2,%d,5,3] x) => (float[] y)"
	"{ y = Transpose <perm = [0, 2, 3, 1]> (x) }",
	"(float[2,3,%d] x, float[%d] w, float[%d] b) => (float[] y)"
	"{ y = LayerNormalization (x, w, b) }",
	"(float[2,5,%d] x, float[5,%d] w) => (float[] y)"
	"{ y = LayerNormalization <axis = 1> (x, w) }",
	"(float[2,3,%d] x, float[%d] w) => (float[] y)"
	"{ y = RMSNormalization (x, w) }",
	"(float[2,3,5,%d] x, float[3] w, float[3] b) => (float[] y)"
	"{ y = InstanceNormalization (x, w, b) }",
	"(float[2,6,5,%d] x, float[6] w, float[6] b) => (float[] y)"
	"{ y = GroupNormalization <num_groups = 2> (x, w, b) }",
	"(float[2,3,%d] x, float[3] w, float[3] b, float[3] m, float[3] v_s)"
	" => (float[] y) { y = BatchNormalization (x, w, b, m, v_s) }",
	"(float[4,%d] x, float[%d] w, float[%d] b, float[%d] m, float[%d] v_s)"
	" => (float[] y) { y = BatchNormalization (x, w, b, m, v_s) }",
	"(float[2,3,%d] x, float[3,%d] s, float[%d] w, float[%d] b, float[%d] c)"
	" => (float[] y)"
	"{ y = com.microsoft.SkipLayerNormalization (x, s, w, b, c) }",
	"(float[2,3,%d] x, float[2,3,%d] s, float[%d] w) => (float[] y)"
	"{ y = com.microsoft.SkipSimplifiedLayerNormalization (x, s, w) }",
	"(uint8[2,3,9,%d] x, float x_s, uint8 x_z, int8[5,3,3,3] w,"
	" float[5] w_s, int8[5] w_z, float y_s, uint8 y_z, int32[5] b)"
	" => (uint8[] y) { y = QLinearConv <pads = [1,1,1,1]>"
	"  (x, x_s, x_z, w, w_s, w_z, y_s, y_z, b) }",
	"(int8[1,5,7,%d] x, float x_s, int8 x_z, int8[6,5,1,1] w, float w_s,"
	" int8 w_z, float y_s, int8 y_z) => (int8[] y)"
	"{ y = QLinearConv (x, x_s, x_z, w, w_s, w_z, y_s, y_z) }",
	"(uint8[1,16,5,%d] x, float x_s, uint8 x_z, int8[32,16,3,3] w,"
	" float[32] w_s, int8[32] w_z, float y_s, uint8 y_0, int32[32] b)"
	" => (uint8[] y) { y = QLinearConv <pads = [1,1,1,1]>"
	"  (x, x_s, x_z, w, w_s, w_z, y_s, y_0, b) }",
	"(uint8[2,6,%d,19] x, float x_s, uint8 x_z, int8[6,1,3,3] w,"
	" float[6] w_s, int8[6] w_z, float y_s, uint8 y_z, int32[6] b)"
	" => (uint8[] y) { y = QLinearConv <group = 6, strides = [2,2],"
	"  pads = [1,1,1,1]> (x, x_s, x_z, w, w_s, w_z, y_s, y_z, b) }",
	"(uint8[3,%d] a, float a_s, uint8 a_z, int8[%d,37] w, float[37] w_s,"
	" int8[37] w_z, float y_s, uint8 y_z) => (uint8[] y)"
	"{ y = QLinearMatMul (a, a_s, a_z, w, w_s, w_z, y_s, y_z) }",
	"(int8[3,%d] a, float a_s, int8 a_z, int8[19,%d] w, float[19] w_s,"
	" int8[19] w_z, int32[19] c, float y_s, int8 y_z) => (int8[] y)"
	"{ y = com.microsoft.QGemm <transB = 1>"
	"  (a, a_s, a_z, w, w_s, w_z, c, y_s, y_z) }",
	"(uint8[2,19,%d] a, int8[%d,37] w, float a_s, float[37] w_s, uint8 a_z,"
	" int8[37] w_z, float[37] b) => (float[] y)"
	"{ y = com.microsoft.MatMulIntegerToFloat"
	"  (a, w, a_s, w_s, a_z, w_z, b) }",
	"(int8[3,%d] a, int8[%d,16] w, float a_s, float w_s, int8 a_z,"
	" int8 w_z) => (float[] y)"
	"{ y = com.microsoft.MatMulIntegerToFloat"
	"  (a, w, a_s, w_s, a_z, w_z) }",
	"(uint8[2,16,9,%d] x, float x_s, uint8 x_z, int8[24,16,3,3] w,"
	" float[24] w_s, int8[24] w_z, int32[24] b, uint8[2,24,9,%d] z,"
	" float z_s, uint8 z_z) => (uint8[] y)"
	" <float c = {1.5}, uint8 o = {120}, float s = {0.8}, uint8 k = {3}>"
	"{ y = mlopt.QLinearConvAdd <pads = [1,1,1,1]>"
	"  (x, x_s, x_z, w, w_s, w_z, c, o, b, z, z_s, z_z, s, k) }",
	"(int8[1,5,7,%d] x, float x_s, int8 x_z, int8[6,5,1,1] w, float w_s,"
	" int8 w_z, int8[1,6,7,%d] z, float z_s, int8 z_z) => (int8[] y)"
	" <float c = {0.5}, int8 o = {-20}, float s = {0.5}, int8 k = {5}>"
	"{ y = mlopt.QLinearConvAdd"
	"  (x, x_s, x_z, w, w_s, w_z, c, o, , z, z_s, z_z, s, k) }",
	"(int8[2,16,3,%d] x, uint8[256] t) => (uint8[] y)"
	"{ y = mlopt.Lookup (x, t) }",
	"(uint8[%d] x, int8[256] t) => (int8[] y) { y = mlopt.Lookup (x, t) }",
	"(float[3,%d] x, float x_s, int8 x_z) => (int8[] y)"
	"{ y = QuantizeLinear (x, x_s, x_z) }",
	"(uint8[3,%d] x, float x_s, uint8 x_z) => (float[] y)"
	"{ y = DequantizeLinear (x, x_s, x_z) }",
	"(uint8[3,%d] a, float a_s, uint8 a_z, uint8[3,%d] b, float b_s,"
	" uint8 b_z, float y_s, uint8 y_z) => (uint8[] y)"
	"{ y = com.microsoft.QLinearAdd"
	"  (a, a_s, a_z, b, b_s, b_z, y_s, y_z) }",
	"(int8[3,%d] a, float a_s, int8 a_z, int8[3,%d] b, float b_s,"
	" int8 b_z, float y_s, int8 y_z) => (int8[] y)"
	"{ y = com.microsoft.QLinearMul"
	"  (a, a_s, a_z, b, b_s, b_z, y_s, y_z) }",
	"(uint8[2,3,5,%d] x, float x_s, uint8 x_z, float y_s, uint8 y_z)"
	" => (uint8[] y) { y = com.microsoft.QLinearGlobalAveragePool"
	"  (x, x_s, x_z, y_s, y_z) }",
	"(uint8[2,16,5,%d] x, float x_s, uint8 x_z, float y_s, uint8 y_z)"
	" => (uint8[] y) { y = com.microsoft.QLinearGlobalAveragePool"
	"  (x, x_s, x_z, y_s, y_z) }",
	"(int8[2,19,7,%d] x, float x_s, int8 x_z, float y_s, int8 y_z)"
	" => (int8[] y) { y = com.microsoft.QLinearAveragePool"
	"  <kernel_shape = [3,3], pads = [1,1,1,1]> (x, x_s, x_z, y_s, y_z) }",
	"(uint8[1,16,7,%d] x, float x_s, uint8 x_z, float y_s, uint8 y_z)"
	" => (uint8[] y) { y = com.microsoft.QLinearAveragePool"
	"  <kernel_shape = [3,1], pads = [1,0,1,0], strides = [2,1],"
	"  count_include_pad = 1> (x, x_s, x_z, y_s, y_z) }",
	"(uint8[1,35,9,%d] x) => (uint8[] y)"
	"{ y = MaxPool <kernel_shape = [3,3], strides = [2,2],"
	"  pads = [1,1,1,1]> (x) }",
	"(int8[2,16,9,%d] x) => (int8[] y)"
	"{ y = MaxPool <kernel_shape = [3,1], pads = [1,0,1,0]> (x) }",
	"(int8[2,16,3,%d] a, float a_s, int8 a_z, int8[2,16,3,%d] b,"
	" float b_s, int8 b_z, float y_s, int8 y_z) => (int8[] y)"
	"{ y = com.microsoft.QLinearAdd"
	"  (a, a_s, a_z, b, b_s, b_z, y_s, y_z) }",
	"(uint8[2,19,3,%d] a, float a_s, uint8 a_z, uint8[2,19,1,1] b,"
	" float b_s, uint8 b_z, float y_s, uint8 y_z) => (uint8[] y)"
	"{ y = com.microsoft.QLinearMul"
	"  (a, a_s, a_z, b, b_s, b_z, y_s, y_z) }",
	"(uint8[2,19,1,1] a, float a_s, uint8 a_z, uint8[2,19,35,%d] b,"
	" float b_s, uint8 b_z, float y_s, uint8 y_z) => (uint8[] y)"
	"{ y = com.microsoft.QLinearAdd"
	"  (a, a_s, a_z, b, b_s, b_z, y_s, y_z) }",
	"(uint8[2,16,3,%d] a, float a_s, uint8 a_z, uint8[2,19,3,%d] b,"
	" float b_s, uint8 b_z, float y_s, uint8 y_z) => (uint8[] y)"
	"{ y = com.microsoft.QLinearConcat <axis = 1>"
	"  (y_s, y_z, a, a_s, a_z, b, b_s, b_z, a, y_s, y_z) }",
	"(int8[2,16,3,%d] a, float a_s, int8 a_z, int8[2,16,5,%d] b,"
	" float b_s, int8 b_z, float y_s, int8 y_z) => (int8[] y)"
	"{ y = com.microsoft.QLinearConcat <axis = -2>"
	"  (y_s, y_z, a, a_s, a_z, b, b_s, b_z) }",
	"(float[2,16,3,%d] x, float x_s, int8 x_z) => (int8[] y)"
	"{ y = QuantizeLinear (x, x_s, x_z) }",
	"(uint8[2,19,3,%d] x, float x_s, uint8 x_z) => (float[] y)"
	"{ y = DequantizeLinear (x, x_s, x_z) }",
	"(uint8[2,16,9,%d] x, float x_s, uint8 x_z, int8[24,16,3,3] w,"
	" float[24] w_s, int8[24] w_z, float y_s, uint8 y_z, int32[24] b)"
	" => (uint8[] y) { y = QLinearConv <pads = [1,1,1,1]>"
	"  (x, x_s, x_z, w, w_s, w_z, y_s, y_z, b) }",
};

static const int sizes[] = {1, 2, 3, 7, 8, 16, 17, 33, 70};

static uint64_t seed = 1;
static const char *tried[256];
static size_t ntried;
static bool with_dnnl; /* the library is there */

/* ---- models ------------------------------------------------------------- */

/* TEXT with every %d replaced by SIZE, as a model of a file of its own. */
static struct model *read_case(const char *text, int size)
{
	char path[] = "/tmp/check_kernels_XXXXXX.onnxtxt";
	struct str s = {0};
	struct model *m;
	struct err e;
	int fd = mkstemps(path, 8);
	const char *hole;

	ck_assert_int_ge(fd, 0);
	str_add(&s, "<ir_version: 11, opset_import: [\"\" : 23, "
		    "\"com.microsoft\" : 1, \"mlopt\" : 1]>\ncase ");
	while ((hole = strstr(text, "%d"))) {
		str_addn(&s, text, (size_t)(hole - text));
		str_addf(&s, "%d", size);
		text = hole + 2;
	}
	str_add(&s, text);
	ck_assert_int_eq(write(fd, s.text, s.len), (ssize_t)s.len);
	close(fd);
	ck_assert_msg(format_read_model(&m, path, &limits_default, &e),
		      "%s: %s", s.text, e.msg);
	unlink(path);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s: %s", s.text, e.msg);
	str_release(&s);
	return m;
}

static double random_element(const struct value *v, struct rng *r)
{
	const char *name = v->name;
	size_t len = strlen(name);

	if (len > 2 && !strcmp(name + len - 2, "_s"))
		return 0.01 + 0.05 * rng_uniform(r);
	if (!strcmp(name, "w_z") || (len > 2 && !strcmp(name + len - 2, "_0")))
		return 0;
	if (!strcmp(name, "lo") || !strcmp(name, "hi"))
		return name[0] == 'l' ? -0.7 : 0.9;
	switch (v->type.dtype) {
	case DTYPE_U8:
		return (double)rng_below(r, 256);
	case DTYPE_I8:
		return (double)rng_below(r, 256) - 128;
	case DTYPE_I32:
		return (double)rng_below(r, 20000) - 10000;
	default:
		return 3 * rng_normal(r);
	}
}

/* ---- calls -------------------------------------------------------------- */

struct fixture {
	struct hold hold;
	struct hold_services services;
	struct datum in[MOST_OPERANDS];
	const struct datum *operand[MOST_OPERANDS];
	struct datum laid[MOST_OPERANDS]; /* operands in other layouts */
	const struct datum *laid_out[MOST_OPERANDS];
	struct call call;
};

static void *take(struct fixture *f, size_t bytes)
{
	struct err e;
	void *p;

	ck_assert(hold_alloc(&f->hold, bytes + 2 * CANARY, NULL, &p, &e));
	memset(p, CANARY_BYTE, bytes + 2 * CANARY);
	return (char *)p + CANARY;
}

static void check_canaries(const void *p, size_t bytes, const char *kernel,
			   const char *what)
{
	const unsigned char *q = p;

	for (size_t i = 0; i < CANARY; i++) {
		ck_assert_msg(q[bytes + i] == CANARY_BYTE,
			      "%s writes behind its %s", kernel, what);
		ck_assert_msg(*(q - 1 - i) == CANARY_BYTE,
			      "%s writes before its %s", kernel, what);
	}
}

static void set_up(struct fixture *f, const struct model *m, struct rng *r)
{
	struct node *n = m->main->first;

	memset(f, 0, sizeof(*f));
	hold_serve(&f->services, &f->hold, NULL);
	ck_assert_uint_le(n->nin, MOST_OPERANDS);
	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = n->in[i].value;
		struct tensor t = {.dtype = DTYPE_NONE};
		struct err e;

		if (!v)
			continue;
		if (v->konst) {
			f->in[i] = datum_tensor(v->konst);
			f->operand[i] = &f->in[i];
			continue;
		}
		t = (struct tensor){.dtype = v->type.dtype,
				    .shape = v->type.shape};
		ck_assert(shape_bytes(&t.shape, t.dtype, &t.bytes, &e));
		t.data = take(f, t.bytes);
		for (size_t k = 0; k < tensor_count(&t); k++)
			element_set_double(t.dtype, tensor_mut(&t), k,
					   random_element(v, r));
		f->in[i] = datum_tensor(&t);
		f->operand[i] = &f->in[i];
	}
	f->call = (struct call){.node = n,
				.nin = n->nin,
				.nout = 1,
				.in = f->operand,
				.services = &f->services.base};
}

/* T in layout TO: the same tensor with bytes of its own. */
static struct tensor relaid(struct fixture *f, const struct tensor *t,
			    enum tensor_layout from, enum tensor_layout to)
{
	struct tensor y = *t;
	struct err e;
	void *data;

	ck_assert(layout_bytes(&t->shape, t->dtype, to, &y.bytes, &e));
	y.data = data = take(f, y.bytes);
	reorder_tensor(&t->shape, t->dtype, from, t->data, to, data);
	return y;
}

/* Every operand of C of the result's rank lies in OFFER, the others in rows.
 * What the kernel wants instead, it gets; *LEFT is what it leaves. */
static void lay_out(struct fixture *f, struct call *c, enum tensor_layout offer,
		    enum tensor_layout *left)
{
	int32_t rank = f->call.node->out[0]->type.shape.rank;
	enum tensor_layout in[MOST_OPERANDS] = {LAYOUT_ROWS};
	const struct kernel *k = c->kernel;

	*left = LAYOUT_ROWS;
	for (uint32_t i = 0; i < c->nin; i++) {
		const struct tensor *t = call_in(c, i);

		in[i] = t && rank >= 3 && t->shape.rank == rank ? offer
								: LAYOUT_ROWS;
	}
	if (!k->layouts)
		return;
	c->layout = k->layouts(c, in, left);
	for (uint32_t i = 0; i < c->nin; i++)
		if (in[i] != LAYOUT_ROWS) {
			f->laid[i] = f->in[i];
			f->laid[i].tensor = relaid(f, &f->in[i].tensor,
						   LAYOUT_ROWS, in[i]);
			f->laid_out[i] = &f->laid[i];
		} else {
			f->laid_out[i] = f->operand[i];
		}
	c->in = f->laid_out;
}

/* Result of kernel K in *OUT, given operands in layout OFFER; false if it
 * does not take the call. */
static bool run_kernel(struct fixture *f, const struct kernel *k,
		       enum tensor_layout offer, struct datum *out)
{
	const struct value *y = f->call.node->out[0];
	struct datum *result[] = {out};
	struct call c = f->call;
	size_t scratch = 0;
	struct tensor t = {.dtype = y->type.dtype, .shape = y->type.shape};
	enum tensor_layout left;
	struct err e;

	ck_assert(shape_bytes(&t.shape, t.dtype, &t.bytes, &e));
	*out = datum_tensor(&t);
	c.out = result;
	c.kernel = k;
	if (!cpu_has(k->needs) || (k->accepts && !k->accepts(&c)))
		return false;
	lay_out(f, &c, offer, &left);
	ck_assert(layout_bytes(&t.shape, t.dtype, left, &t.bytes, &e));
	out->tensor.bytes = t.bytes;
	out->tensor.data = take(f, t.bytes);
	ck_assert_msg(!k->prepare || k->prepare(&c, &e), "%s", e.msg);
	if (k->scratch)
		scratch = k->scratch(&c);
	c.scratch = take(f, scratch);
	ck_assert_msg(k->run(&c, &e), "%s: %s", k->name, e.msg);
	check_canaries(out->tensor.data, t.bytes, k->name, "result");
	check_canaries(c.scratch, scratch, k->name, "scratch memory");
	if (c.prepared)
		c.prepared->release(c.prepared);
	if (left != LAYOUT_ROWS)
		out->tensor = relaid(f, &out->tensor, left, LAYOUT_ROWS);
	return true;
}

static void compare(const struct tensor *got, const struct tensor *want,
		    const char *kernel, const char *text, int size)
{
	bool codes = !dtype_is_float(want->dtype);
	double most = 0;

	for (size_t i = 0; i < tensor_count(want); i++)
		most = fmax(most, fabs(tensor_double(want, i)));
	for (size_t i = 0; i < tensor_count(want); i++) {
		double w = tensor_double(want, i), g = tensor_double(got, i);
		double slack = codes ? 1 : 1e-5 * most + 1e-5 * fabs(w);

		ck_assert_msg(fabs(g - w) <= slack,
			      "%s, size %d, seed %llu: element %zu is %.9g, "
			      "want %.9g\n%s",
			      kernel, size, (unsigned long long)seed, i, g, w,
			      text);
	}
}

static void note(const char *name)
{
	for (size_t i = 0; i < ntried; i++)
		if (!strcmp(tried[i], name))
			return;
	ck_assert_uint_lt(ntried, COUNT_OF(tried));
	tried[ntried++] = name;
}

static void run_case(const char *text, int size)
{
	struct model *m = read_case(text, size);
	struct fixture f;
	struct datum want, got;
	struct rng r;
	const struct kernel *k;

	rng_seed(&r, seed + (uint64_t)size);
	set_up(&f, m, &r);
	k = f.call.node->op->kernels;
	ck_assert_str_eq(k->engine, "reference");
	ck_assert(run_kernel(&f, k, LAYOUT_ROWS, &want));
	for (; k->name; k++)
		for (int l = LAYOUT_ROWS; l < LAYOUT_COUNT; l++)
			if (run_kernel(&f, k, (enum tensor_layout)l, &got)) {
				note(k->name);
				compare(&got.tensor, &want.tensor, k->name,
					text, size);
			}
	services_release(&f.services.base);
	hold_release(&f.hold);
	model_free(m);
}

/* Sets of instructions to do without. */
static const unsigned unwanted[] = {
	0,
	CPU_AVX512 | CPU_VNNI | CPU_VBMI,
	CPU_AVX2 | CPU_AVX512 | CPU_VNNI | CPU_VBMI,
};

START_TEST(fast_kernels_agree_with_the_reference)
{
	unsigned all = cpu_features();

	cpu_forget(unwanted[_i]);
	if (_i && cpu_features() == all)
		return;
	for (size_t c = 0; c < COUNT_OF(cases); c++)
		for (size_t i = 0; i < COUNT_OF(sizes); i++)
			run_case(cases[c], sizes[i]);
	for (const struct op *o = op_next(NULL); o; o = op_next(o))
		for (const struct kernel *k = o->kernels; k && k->name; k++) {
			bool found = !cpu_has(k->needs) ||
				     (!strcmp(k->engine, "onednn") &&
				      !with_dnnl) ||
				     !strcmp(k->engine, "reference");

			for (size_t i = 0; i < ntried && !found; i++)
				found = !strcmp(tried[i], k->name);
			ck_assert_msg(found, "no case tries kernel '%s' of %s",
				      k->name, o->type);
		}
}
END_TEST

int main(void)
{
	const char *given = getenv("KERNEL_SEED");
	Suite *s = suite_create("kernels");
	TCase *t = tcase_create("registry");
	SRunner *r;
	struct err e = {0};
	int failed;

	if (!openblas_load(&e)) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	with_dnnl = dnnl_available(&e);
	if (given)
		seed = strtoull(given, NULL, 10);
	printf("KERNEL_SEED=%llu\n", (unsigned long long)seed);
	tcase_add_loop_test(t, fast_kernels_agree_with_the_reference, 0,
			    COUNT_OF(unwanted));
	tcase_set_timeout(t, 400);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
