/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/opset_cases.h -- graphs that adapters of every row convert. */
#ifndef TESTS_PASSES_OPSET_CASES_H
#define TESTS_PASSES_OPSET_CASES_H

/* Any three dimensions. */
#define F34 "g (float[N,3,4] X) => (float[a,b,c] Y) "
/* Four known ones. */
#define IMAGE "g (float[2,4,4,6] X) => (float[2,4,a,b] Y) "

static const struct {
	int from, to;
	const char *graph;
	const char *says[3]; /* in the converted model */
} converted[] = {
	/* ---- up ---- */
	{7,
	 21,
	 "g (float[N,1,2,2] X) => (float[N,1,4,6] Y)"
	 "{ Y = Upsample <mode = \"nearest\", scales = [1.0, 1.0, 2.0, 3.0]> "
	 "(X) }",
	 {"Resize", "asymmetric", "floor"}},
	{9,
	 21,
	 "g (float[N,1,2,2] X) => (float[N,1,4,4] Y)"
	 "<float[4] s = {1, 1, 2, 2}>"
	 "{ Y = Upsample <mode = \"linear\"> (X, s) }",
	 {"Resize", "linear", "asymmetric"}},
	{10,
	 21,
	 "g (float[N,1,4,4] X) => (float[N,1,2,2] Y)"
	 "<float[4] s = {1, 1, 0.5, 0.5}>"
	 "{ Y = Resize <mode = \"nearest\"> (X, s) }",
	 {"asymmetric", "ceil"}},
	{7,
	 21,
	 F34 "{ Y = Slice <axes = [1, -1], starts = [1, 0], ends = [3, -1]> "
	     "(X) }",
	 {"Slice (X, "}},
	{9,
	 21,
	 "g (float[N,5] X) => (float[N,3] Y, int64[N,3] I)"
	 "{ Y, I = TopK <k = 3> (X) }",
	 {"TopK (X, "}},
	{7, 21, F34 "{ Y = Clip <min = -0.5, max = 0.5> (X) }", {"Clip (X, "}},
	{7, 21, F34 "{ Y = Clip <max = 0.5> (X) }", {"Clip (X, \"\", "}},
	{7,
	 21,
	 F34 "{ Y = Pad <pads = [0, 1, 0, 0, 0, 2], value = 1.5> (X) }",
	 {"Pad (X, "}},
	{7,
	 21,
	 F34 "{ Y = Pad <mode = \"reflect\", pads = [0, 1, 0, 0, 0, 2]> (X) }",
	 {"reflect", "Pad "}},
	{7,
	 21,
	 F34 "{ Y = Dropout <ratio = 0.25> (X) }",
	 {"0.25", "Dropout (X, "}},
	{7,
	 21,
	 "g (float[N,3,4] X) => (float[N,4] Y)"
	 "{ Y = ReduceSum <axes = [1], keepdims = 0> (X) }",
	 {"(X, "}},
	{7,
	 21,
	 "g (float[N,3,4] X) => (float Y) { Y = ReduceSum <keepdims = 0> (X) }",
	 {"(X)"}},
	{7, 21, F34 "{ Y = ReduceMean <axes = [-1]> (X) }", {"(X, "}},
	{7, 21, F34 "{ Y = ReduceMax <axes = [1, 2]> (X) }", {"(X, "}},
	{7, 21, F34 "{ Y = ReduceMin <axes = [2]> (X) }", {"(X, "}},
	{7, 21, F34 "{ Y = ReduceProd <axes = [2]> (X) }", {"(X, "}},
	{7, 21, F34 "{ Y = ReduceL1 <axes = [2]> (X) }", {"(X, "}},
	{7, 21, F34 "{ Y = ReduceL2 <axes = [2]> (X) }", {"(X, "}},
	{7, 21, F34 "{ Y = ReduceLogSum <axes = [2]> (X) }", {"(X, "}},
	{7, 21, F34 "{ Y = ReduceLogSumExp <axes = [2]> (X) }", {"(X, "}},
	{7, 21, F34 "{ Y = ReduceSumSquare <axes = [2]> (X) }", {"(X, "}},
	{7,
	 21,
	 "g (float[N,4] X) => (float[N,1] Y, float[N,3] Z)"
	 "{ Y, Z = Split <axis = 1, split = [1, 3]> (X) }",
	 {"Split <axis = 1> (X, "}},
	{7,
	 21,
	 "g (float[N,4] X) => (float[N,2] Y, float[N,2] Z)"
	 "{ Y, Z = Split <axis = 1> (X) }",
	 {"num_outputs = 2"}},
	{7,
	 21,
	 "g (float[N,1,4] X) => (float[N,4] Y) { Y = Squeeze <axes = [1]> (X) "
	 "}",
	 {"Squeeze (X, "}},
	{7,
	 21,
	 "g (float[N,4] X) => (float[N,1,4] Y)"
	 "{ Y = Unsqueeze <axes = [1]> (X) }",
	 {"Unsqueeze (X, "}},
	{7, 21, F34 "{ Y = Softmax (X) }", {"Flatten", "axis = -1", "Reshape"}},
	{7, 21, F34 "{ Y = LogSoftmax <axis = 2> (X) }", {"axis = -1"}},
	{7,
	 21,
	 "g (float[N,3,1,1] X) => (float[N,3,1,1] Y) { Y = Softmax (X) }",
	 {"Softmax <axis = 1>"}},
	{7, 21, F34 "{ Y = Hardmax <axis = 1> (X) }", {"Flatten", "Reshape"}},
	{7,
	 21,
	 "g (float[N,2,3,3] X) => (float[N,2,3,3] Y)"
	 "<float[2] s = {1, 2}, float[2] v = {0.5, 2}>"
	 "{ Y = BatchNormalization <spatial = 1> (X, s, s, s, v) }",
	 {"BatchNormalization (X, s, s, s, v)"}},
	{9,
	 21,
	 "g (float[4,3] X, float[2,3] U) => (float[4,3] Y)"
	 "<int64[2,3] i = {0, 1, 2, 3, 2, 1}> { Y = Scatter (X, i, U) }",
	 {"ScatterElements"}},
	{7,
	 21,
	 "g (float[N,2,3,3] X) => (float[N,2,3,3] Y)"
	 "{ Y = ImageScaler <scale = 0.5, bias = [1.0, -1.0]> (X) }",
	 {"Mul", "Add"}},
	{7,
	 21,
	 F34 "{ Y = Affine <alpha = 2.0, beta = 1.0> (X) }",
	 {"Mul", "Add"}},
	{7,
	 21,
	 F34 "{ Y = ParametricSoftplus <alpha = 2.0, beta = 0.5> (X) }",
	 {"Mul", "Softplus"}},
	{7, 21, F34 "{ Y = Scale <scale = 2.0> (X) }", {"Mul"}},
	{7,
	 21,
	 F34 "{ Y = ScaledTanh <alpha = 2.0, beta = 0.5> (X) }",
	 {"Mul", "Tanh"}},
	{7, 21, IMAGE "{ Y = Crop <border = [1, 0, 2, 1]> (X) }", {"Slice"}},
	{7,
	 21,
	 IMAGE "{ Y = Crop <border = [1, 1, 0, 0], scale = [2, 3]> (X) }",
	 {"Slice"}},
	{13,
	 21,
	 F34 "{ A = Relu (X) Y = Softmax <axis = 1> (A) }",
	 {"axis = 1"}},
	{17,
	 20,
	 "g (float[N,8,1] X) => (float[N,8,2] Y) { Y = DFT (X) }",
	 {"DFT (X, \"\", "}},
	{1,
	 28,
	 F34 "{ Y = Pad <paddings = [0, 1, 0, 0, 0, 2]> (X) }",
	 {"Pad (X, "}},
	{1,
	 28,
	 IMAGE "{ Y = LpPool <kernel_shape = [2, 2], p = 1.0> (X) }",
	 {"p = 1"}},
	{1, 28, IMAGE "{ Y = GlobalLpPool <p = 3.0> (X) }", {"p = 3"}},
	{1,
	 28,
	 "g (float[N,4] X) => (float[N,2] Y, float[N,2] Z)"
	 "<float[2] s = {2, 2}> { Y, Z = Split <axis = 1, split = [2, 2]> (X) }",
	 {"Split <axis = 1> (X, "}},
	{1,
	 28,
	 "g (float[N,3] X) => (float[N,6] Y) { Y = Concat (X, X) }",
	 {"axis = 1"}},
	{1,
	 28,
	 F34 "{ Y = Reshape <shape = [0, 4, 3]> (X) }",
	 {"Reshape (X, "}},
	{1,
	 28,
	 "g (float[N,3] X) => (int32[N,3] Y)"
	 "{ Y = Cast <to = \"INT32\"> (X) }",
	 {"to = 6"}},
	{1, 28, F34 "{ Y = Selu (X) }", {"alpha = 1.6732"}},
	{1,
	 28,
	 "g (float[N,3] X) => (float[N,6] Y) <float t = {2}, float a = {1}>"
	 "{ Y = Tile (X, t, a) }",
	 {"{1, 2}"}},
	{1, 28, F34 "{ Y = Relu <consumed_inputs = [0]> (X) }", {"Relu (X)"}},
	{6, 28, F34 "{ Y = Dropout <is_test = 1> (X) }", {"Dropout (X, "}},
	{7,
	 28,
	 "g (float[N,3] X) => (float[N,3] Y, float[N,3] M)"
	 "{ Y, M = Dropout (X) }",
	 {"Cast"}},
	{6,
	 28,
	 "g (float[N,3,4] X, float[3] B) => (float[N,3,4] Y)"
	 "{ Y = Add <broadcast = 1, axis = 1> (X, B) }",
	 {"Unsqueeze", "Add (X, "}},
	{6,
	 28,
	 "g (float[N,3,4] X, float[4] B) => (float[N,3,4] Y)"
	 "{ Y = Sub <broadcast = 1> (X, B) }",
	 {"Sub (X, B)"}},
	{6,
	 28,
	 "g (float[N,3,4] X, float[3,4] B) => (float[N,3,4] Y)"
	 "{ A = Mul <broadcast = 1, axis = 1> (X, B)"
	 " Y = Div <broadcast = 1, axis = -2> (A, B) }",
	 {"Mul (X, B)", "Div (A, B)"}},
	{6,
	 28,
	 "g (float[N,3,4] X, float[3] B) => (float[N,3,4] Y)"
	 "{ Y = Pow <broadcast = 1, axis = 1> (X, B) }",
	 {"Unsqueeze"}},
	{6,
	 28,
	 "g (float[N,3,4] X, float[3] B) => (bool[N,3,4] Y)"
	 "{ A = Less <broadcast = 1, axis = 1> (X, B)"
	 "  C = Greater <broadcast = 1, axis = 1> (X, B) D = Or (A, C)"
	 "  E = And (A, D) F = Xor (E, C) Y = Equal (F, D) }",
	 {"Unsqueeze"}},
	{6,
	 28,
	 "g (float[N,3,4,4] X) => (float[N,3,4,4] Y) <float[3] s = {1, 2, 3}>"
	 "{ Y = PRelu (X, s) }",
	 {"Unsqueeze"}},
	{6,
	 28,
	 "g (float[2,3] X) => (float[2,2] Y)"
	 "<float[3,2] w = {1, 2, 3, 4, 5, 6}, float[2] b = {1, 2}>"
	 "{ Y = Gemm <broadcast = 1> (X, w, b) }",
	 {"Gemm (X, w, b)"}},
	{1,
	 28,
	 "g (float[N,2,3,3] X) => (float[N,2,3,3] Y)"
	 "<float[2] s = {1, 2}, float[2] v = {0.5, 2}>"
	 "{ Y = BatchNormalization <is_test = 1, consumed_inputs = [0,0,0,1,1]>"
	 " (X, s, s, s, v) }",
	 {"BatchNormalization (X, s, s, s, v)"}},
	{6,
	 28,
	 "g (float[N,2,2,3] X) => (float[N,2,4,9] Y)"
	 "{ Y = Upsample <height_scale = 2.0, width_scale = 3.0, mode ="
	 " \"bilinear\"> (X) }",
	 {"linear", "Resize"}},
	{6,
	 28,
	 "g (float[2,1,3] X) => (float[2,1,1,2] Y) <float[1,2,3] W = {1, 2, 3, "
	 "0.5, 0.25, 1}, float[1,2,2] R = {1, 0, 0.5, 1}>"
	 "{ Y = RNN <hidden_size = 2, output_sequence = 1> (X, W, R) }",
	 {"RNN <hidden_size = 2>"}},
	{10,
	 28,
	 "g (float[1,1,4,4] X) => (float[1,1,2,8] Y)"
	 "<float[4] s = {1, 1, 0.5, 2}> { Y = Resize (X, s) }",
	 {"ceil", "floor"}},
	{18,
	 28,
	 "g (float[2,4,3] X, float[2] S) => (float[2,4,3] Y)"
	 "{ Y = GroupNormalization <num_groups = 2> (X, S, S) }",
	 {"Expand", "GroupNormalization"}},
	{3,
	 28,
	 "g (float[2,1,1] X) => (float[1,1,1] H) <float[1,4,1] W = {1, 2, 3, 0.5},"
	 " float[1,4,1] R = {1, 0, 0.5, 1}, float[1,3,1] V = {1, 2, 3}>"
	 "{ A, H = GRU <hidden_size = 1> (X, V, V)"
	 "  B, J = LSTM <hidden_size = 1> (X, W, R) }",
	 {"GRU <hidden_size = 1> (X"}},
	/* ---- down ---- */
	{28, 7, F34 "{ Y = SwiGLU <alpha = 1.5> (X, X) }", {"Sigmoid", "Mul"}},
	{28, 7, F34 "{ Y = Swish <alpha = 0.5> (X) }", {"Sigmoid"}},
	{28, 9, F34 "{ Y = Gelu (X) }", {"Erf"}},
	{28, 7, F34 "{ Y = Gelu <approximate = \"tanh\"> (X) }", {"Tanh"}},
	{28, 7, F34 "{ Y = Mish (X) }", {"Softplus"}},
	{28, 7, F34 "{ Y = HardSwish (X) }", {"HardSigmoid"}},
	{28, 7, F34 "{ Y = Celu <alpha = 2.0> (X) }", {"Elu"}},
	{28, 9, F34 "{ Y = ThresholdedRelu <alpha = 0.5> (X) }", {"Where"}},
	{28,
	 11,
	 "g (float[2,3] X, float[3] Z) => (bool[2,3] Y, bool[2,3] W)"
	 "{ Y = GreaterOrEqual (X, Z) W = LessOrEqual (X, Z) }",
	 {"Or", "Equal"}},
	{28,
	 7,
	 "g (float[2,3] X) => (bool[2,3] Y) { Y = IsNaN (X) }",
	 {"Greater"}},
	{28,
	 7,
	 "g (float[2,3] X) => (bool[2,3] Y, bool[2,3] Z, bool[2,3] W)"
	 "{ Y = IsInf (X) Z = IsInf <detect_negative = 0> (X)"
	 "  W = IsInf <detect_positive = 0> (X) }",
	 {"Greater"}},
	{28,
	 8,
	 "g (float[2,3] X) => (int64[2,3] Y)"
	 "{ s = Shape (X) Y = ConstantOfShape <value = int64[1] {7}> (s) }",
	 {"Expand"}},
	{28,
	 13,
	 "g (float[2,3] X, double[1] Z) => (double[2,3] Y)"
	 "{ Y = CastLike (X, Z) }",
	 {"to = 11"}},
	{28,
	 13,
	 "g (float[2,3] X) => (float[2,3] Y)"
	 "{ Z = Bernoulli (X) O = Sub (X, X) Y = Mul (O, Z) }",
	 {"RandomUniformLike"}},
	{28,
	 13,
	 "g (float[M,N] X, int64 K) => (float[M,N] Y, float[M,N] Z)"
	 "{ Y = Trilu (X) Z = Trilu <upper = 0> (X, K) }",
	 {"Where"}},
	{28,
	 16,
	 "g (float[3] X) => (float[8] Y, float[9] Z, double[7] W)"
	 "<int64 a = {8}, int64 b = {9}, int32 c = {7}>"
	 "{ Y = HannWindow (a) Z = HammingWindow <periodic = 0> (b)"
	 "  W = BlackmanWindow <output_datatype = 11> (c) }",
	 {"Cos"}},
	{28,
	 10,
	 "g (int32[2,3] W) => (uint8[2,3] Y, float S, uint8 Z)"
	 "{ X = Cast <to = 1> (W) Y, S, Z = DynamicQuantizeLinear (X) }",
	 {"QuantizeLinear"}},
	{28,
	 9,
	 "g (uint8[2,3] X, float S, uint8 Z) => (float[2,3] Y, float[2,3] W)"
	 "{ Y = DequantizeLinear (X, S, Z) W = DequantizeLinear (X, S) }",
	 {"Sub"}},
	{28,
	 12,
	 "g (uint8[2,3] X, float[3] S, uint8[3] Z) => (float[2,3] Y)"
	 "{ Y = DequantizeLinear (X, S, Z) }",
	 {"Reshape"}},
	{28,
	 12,
	 "g (float[2,3] X) => (int8[2,3] Y)"
	 "<float[2] S = {0.5, 0.25}, int8[2] Z = {3, -5}>"
	 "{ Y = QuantizeLinear <axis = 0> (X, S, Z) }",
	 {"Round"}},
	{28,
	 20,
	 "g (float[2,3] X) => (int8[2,3] Y, int16[2,3] W)"
	 "<float S = {0.5}, float[3] T = {1, 2, 3}>"
	 "{ Y = QuantizeLinear <output_dtype = 3> (X, S) Z = Identity (X)"
	 "  W = Cast <to = 5> (Z) }",
	 {"QuantizeLinear (X, S, "}},
	{28,
	 22,
	 "g (int8[2,3] X, float S) => (float[2,3] Y)"
	 "{ Y = DequantizeLinear <output_dtype = 1> (X, S) }",
	 {"DequantizeLinear (X, S)"}},
	{28,
	 9,
	 "g (uint8[2,3] A, int8[3,2] B, uint8 Z) => (int32[2,2] Y)"
	 "<uint8[2] r = {1, 2}, int8[2] c = {3, -1}>"
	 "{ P = MatMulInteger (A, B, r, c) Q = MatMulInteger (A, B, Z)"
	 "  Y = Add (P, Q) }",
	 {"MatMul"}},
	{28,
	 7,
	 "g (float[2,3,4] X) => (float[2,3,4] Y)"
	 "<float[3,4] s = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3},"
	 " float[3,4] b = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3}>"
	 "{ Y = LayerNormalization <axis = 1> (X, s, b) }",
	 {"ReduceMean"}},
	{28,
	 7,
	 "g (float[N,3,4] X) => (float[N,3,4] Y, float[N,3,1] M, float[N,3,1] V)"
	 "<float[4] s = {1, 2, 3, 4}> { Y, M, V = LayerNormalization (X, s) }",
	 {"Reciprocal"}},
	{28,
	 7,
	 "g (float[N,3,4] X) => (float[N,3,4] Y) <float[4] s = {1, 2, 3, 4}>"
	 "{ Y = RMSNormalization (X, s) }",
	 {"ReduceMean"}},
	{28,
	 7,
	 "g (float[2,4,3,3] X) => (float[2,4,3,3] Y) <float[4] s = {1, 2, 3, 4}>"
	 "{ Y = GroupNormalization <num_groups = 2> (X, s, s) }",
	 {"InstanceNormalization"}},
	{18,
	 7,
	 "g (float[2,4,3,3] X) => (float[2,4,3,3] Y) <float[2] s = {1, 2}>"
	 "{ Y = GroupNormalization <num_groups = 2> (X, s, s) }",
	 {"InstanceNormalization"}},
	{28, 8, IMAGE "{ Y = MeanVarianceNormalization (X) }", {"ReduceMean"}},
	{28, 6, F34 "{ Y = Clip (X) }", {"Clip"}},
	{28, 6, F34 "<float l = {-0.5}> { Y = Clip (X, l) }", {"min = -0.5"}},
	{28,
	 10,
	 "g (float[2,3] X, float L, float H) => (float[2,3] Y, float[2,3] Z)"
	 "{ Y = Clip (X, L, H) Z = Clip (X, \"\", H) }",
	 {"Max", "Min"}},
	{28,
	 2,
	 F34 "<int64[4] p = {1, 2, 1, 0}, int64[2] a = {1, -1}, float v = {2}>"
	     "{ Y = Pad (X, p, v, a) }",
	 {"pads = [0, 1, 2, 0, 1, 0]", "value = 2"}},
	{28,
	 1,
	 F34 "<int64[6] p = {0, 1, 0, 0, 0, 2}> { Y = Pad (X, p) }",
	 {"paddings"}},
	{18,
	 11,
	 F34 "<int64[6] p = {0, 1, 0, 0, 0, 2}>"
	     "{ Y = Pad <mode = \"edge\"> (X, p) }",
	 {"Pad"}},
	{28,
	 6,
	 "g (float[2,3] X) => (float[2,3] Y) <float r = {0.25}, bool t = {0}>"
	 "{ Y = Dropout (X, r, t) }",
	 {"ratio = 0.25", "is_test = 1"}},
	{11,
	 7,
	 "g (float[2,3] X) => (float[2,3] Y, bool[2,3] M)"
	 "{ Y, M = Dropout (X) }",
	 {"Cast"}},
	{28,
	 1,
	 "g (float[2,3,4] X) => (float[2,1,4] Y, float Z)"
	 "<int64[1] a = {-2}>"
	 "{ Y = ReduceSum (X, a) Z = ReduceSum <keepdims = 0> (X) }",
	 {"axes = [1]"}},
	{28,
	 1,
	 "g (float[2,3,4] X) => (float[2,1,4] Y) <int64[1] a = {1}>"
	 "{ B = ReduceMean (X, a) C = ReduceMax (X, a) D = ReduceMin (X, a)"
	 "  E = ReduceProd (X, a) F = ReduceL1 (X, a) G = ReduceL2 (X, a)"
	 "  H = ReduceSumSquare (X, a) I = ReduceLogSum (H, a)"
	 "  J = ReduceLogSumExp (X, a) K = Max (B, C, D, E, F)"
	 "  Y = Max (G, H, I, J, K) }",
	 {"ReduceL2 <axes = [1]>"}},
	{28,
	 13,
	 "g (float[2,3] X) => (float[2,3] Y) <int64[0] a = {}>"
	 "{ B = ReduceSum <noop_with_empty_axes = 1> (X, a)"
	 "  C = ReduceL1 <noop_with_empty_axes = 1> (B)"
	 "  D = ReduceSumSquare <noop_with_empty_axes = 1> (C)"
	 "  Y = ReduceLogSum <noop_with_empty_axes = 1> (D) }",
	 {"Abs", "Mul", "Log"}},
	{28,
	 2,
	 "g (float[2,4] X) => (float[2,1] Y, float[2,3] Z) <int64[2] s = {1, 3}>"
	 "{ Y, Z = Split <axis = -1> (X, s) }",
	 {"axis = 1", "split = [1, 3]"}},
	{28,
	 1,
	 "g (float[2,5] X) => (float[2,a] Y, float[2,b] Z)"
	 "{ Y, Z = Split <axis = 1, num_outputs = 2> (X) }",
	 {"split = [3, 2]"}},
	{28,
	 13,
	 "g (float[2,N] X) => (float[2,a] Y, float[2,b] Z)"
	 "{ Y, Z = Split <axis = 1, num_outputs = 2> (X) }",
	 {"Concat"}},
	{28,
	 1,
	 "g (float[2,1,4] X) => (float[1,2,4] Y)"
	 "<int64[1] a = {-2}, int64[1] b = {0}>"
	 "{ S = Squeeze (X, a) Y = Unsqueeze (S, b) }",
	 {"axes = [1]", "axes = [0]"}},
	{28,
	 1,
	 "g (float[2,4] X) => (float[2,1,4,1] Y) <int64[2] a = {-1, 1}>"
	 "{ Y = Unsqueeze (X, a) }",
	 {"axes = [3, 1]"}},
	{28,
	 1,
	 F34 "<int64[2] s = {1, 0}, int64[2] e = {3, -1}, int64[2] a = {1, -1}>"
	     "{ Y = Slice (X, s, e, a) }",
	 {"starts = [1, 0]"}},
	{28,
	 1,
	 "g (float[5,6] X) => (float[a,b] Y) <int64[2] s = {-1, 0},"
	 " int64[2] e = {-9, 9}, int64[2] a = {0, 1}, int64[2] t = {-2, 3}>"
	 "{ Y = Slice (X, s, e, a, t) }",
	 {"{4, 2, 0}", "{0, 3}"}},
	{28,
	 1,
	 "g (float[2,5] X) => (float[2,3] Y, int64[2,3] I) <int64[1] k = {3}>"
	 "{ Y, I = TopK (X, k) }",
	 {"k = 3"}},
	{28,
	 10,
	 "g (int32[2,5] W) => (float[2,3] Y, int64[2,3] I) <int64[1] k = {3}>"
	 "{ X = Cast <to = 1> (W) Y, I = TopK <largest = 0> (X, k) }",
	 {"Neg"}},
	{28,
	 1,
	 F34 "<int64[3] s = {0, 4, -1}> { Y = Reshape (X, s) }",
	 {"shape = [0, 4, -1]"}},
	{28,
	 13,
	 F34 "<int64[3] s = {-1, 4, 3}>"
	     "{ Y = Reshape <allowzero = 1> (X, s) }",
	 {"Reshape (X, s)"}},
	{28,
	 17,
	 "g (float[2,8,1] X) => (float[2,8,2] Y) { Y = DFT (X) }",
	 {"axis = -2"}},
	{28,
	 6,
	 "g (float[2,3] X) => (float[2,3] Y) { C = Constant <value_floats ="
	 " [1.0, 2.0, 3.0]> () D = Constant <value_int = 2> ()"
	 "  E = Cast <to = 1> (D) A = Add (X, C) Y = Mul (A, E) }",
	 {"value = float[3]"}},
	{28, 1, F34 "{ Y = Softmax <axis = 2> (X) }", {"axis = 2"}},
	{28,
	 1,
	 F34 "{ A = Softmax <axis = 1> (X) B = LogSoftmax <axis = 0> (X)"
	     "  C = Hardmax <axis = 1> (X) Y = Sum (A, B, C) }",
	 {"Transpose", "Softmax"}},
	{28,
	 9,
	 "g (float[1,1,4,4] X) => (float[1,1,8,8] Y) <int64[4] s = {1, 1, 8, 8}>"
	 "{ Y = Resize <mode = \"nearest\"> (X, \"\", \"\", s) }",
	 {"Upsample", "{1, 1, 2, 2}"}},
	{28,
	 6,
	 "g (float[1,1,4,4] X) => (float[1,1,8,8] Y)"
	 "<float[4] s = {1, 1, 2, 2}> { Y = Resize <mode = \"linear\","
	 " coordinate_transformation_mode = \"asymmetric\"> (X, \"\", s) }",
	 {"height_scale = 2", "bilinear"}},
	{28,
	 17,
	 "g (float[1,1,4,4] X) => (float[1,1,8,2] Y) <float[2] s = {2, 0.5}>"
	 "{ Y = Resize <axes = [2, -1]> (X, \"\", s) }",
	 {"{1, 1, 2, 0.5}"}},
	{28,
	 11,
	 "g (float[1,1,4,4] X) => (float[1,1,8,2] Y) <int64[2] s = {8, 2}>"
	 "{ Y = Resize <axes = [2, -1]> (X, \"\", \"\", s) }",
	 {"{1, 1, 8, 2}"}},
	{28,
	 1,
	 "g (float[2,3,4] X, float[3,1] B) => (float[2,3,4] Y)"
	 "{ Y = Add (X, B) }",
	 {"Squeeze", "broadcast = 1", "axis = 1"}},
	{28,
	 1,
	 "g (float[2,3,4] X, float[4] B) => (float[2,3,4] Y)"
	 "{ A = Sub (B, X) Y = Mul (B, A) }",
	 {"Neg", "Mul <broadcast = 1> (A, B)"}},
	{28,
	 6,
	 "g (float[2,1,4] X, float[3,1] B) => (float[2,3,4] Y)"
	 "{ Y = Div (X, B) }",
	 {"Tile"}},
	{28,
	 6,
	 "g (float[2,3] X, float[3] B) => (bool[2,3] Y)"
	 "{ A = Less (B, X) C = Greater (B, X) D = And (A, C) E = Or (A, C)"
	 "  F = Xor (D, E) Y = Equal (F, A) }",
	 {"Greater <broadcast = 1> (X, B)"}},
	{28,
	 6,
	 "g (float[2,3] X) => (float[2,3] Y) <int32 e = {2}>"
	 "{ Y = Pow (X, e) }",
	 {"Cast", "Pow"}},
	{28,
	 6,
	 "g (float[2,3,4] X) => (float[2,3,4] Y) <float[3,1] s = {1, 2, 3}>"
	 "{ Y = PRelu (X, s) }",
	 {"Squeeze"}},
	{28,
	 6,
	 "g (float[2,3] X) => (float[2,2] Y)"
	 "<float[3,2] w = {1, 2, 3, 4, 5, 6}> { Y = Gemm (X, w) }",
	 {"broadcast = 1"}},
	{28,
	 1,
	 "g (float[2,3] X, float[3] B) => (float[2,3] Y)"
	 "{ A = Sum (X, B, X) C = Mean (A, B) Y = Mean (C, X) }",
	 {"Add", "Div"}},
	{28,
	 1,
	 "g (float[2,3] X, float[3] B) => (float[2,3] Y)"
	 "{ A = Max (X, B) Y = Min (B, A) }",
	 {"Tile"}},
	{28,
	 1,
	 "g (float[2,1] X) => (float[2,3] Y) <int64[2] s = {2, 3}>"
	 "{ Y = Expand (X, s) }",
	 {"Tile"}},
	{28,
	 13,
	 "g (float[2,3,4] X) => (int64[1] Y) { Y = Shape <start = 1,"
	 " end = -1> (X) }",
	 {"Slice"}},
	{28,
	 9,
	 "g (float[4,3] X, float[2,3] U) => (float[4,3] Y)"
	 "<int64[2,3] i = {0, 1, 2, 3, 2, 1}>"
	 "{ Y = ScatterElements <axis = -2> (X, i, U) }",
	 {"Scatter <axis = 0>"}},
	{28,
	 10,
	 "g (float[2,3] X) => (int64[2,1] Y) { A = Concat <axis = -1> (X, X)"
	 "  B = Flatten <axis = -1> (A) C = ArgMax <axis = -1> (B)"
	 "  D = ArgMin <axis = -1> (B) Y = Add (C, D) }",
	 {"axis = 1"}},
	{28,
	 10,
	 "g (float[2,3] X) => (float[2,2] Y) <int64[2] i = {2, 0},"
	 " bool[2] c = {1, 1}> { A = Gather <axis = -1> (X, i)"
	 "  Y = Compress <axis = -1> (A, c) }",
	 {"axis = 1"}},
	{28,
	 7,
	 "g (float[1,1,4,4] X) => (float[1,1,2,2] Y)"
	 "{ Y = MaxPool <kernel_shape = [2, 2], strides = [2, 2],"
	 " ceil_mode = 0, storage_order = 0, dilations = [1, 1]> (X) }",
	 {"MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (X)"}},
	{28,
	 1,
	 IMAGE "{ A = LpPool <kernel_shape = [2, 2], p = 1> (X)"
	       "  Y = GlobalLpPool <p = 3> (A) }",
	 {"p = 3"}},
	{28,
	 1,
	 "g (float[2,3] X) => (int32[2,3] Y) { Y = Cast <to = 6,"
	 " saturate = 1> (X) }",
	 {"INT32"}},
	{28, 1, F34 "{ Y = Selu (X) }", {"alpha = 1.67326"}},
	{28,
	 1,
	 "g (float[2,3] X) => (float[4,9] Y) <int64[2] r = {2, 3}>"
	 "{ Y = Tile (X, r) }",
	 {"Tile"}},
	{28,
	 1,
	 "g (float[2,2,3,3] X) => (float[2,2,3,3] Y)"
	 "<float[2] s = {1, 2}, float[2] v = {0.5, 2}>"
	 "{ Y = BatchNormalization (X, s, s, s, v) }",
	 {"is_test = 1", "consumed_inputs"}},
	{28,
	 2,
	 "g (float[2,1,3] X) => (float[2,1,1,2] Y) <float[1,6,3] W = {1, 2, 3,"
	 "0.5, 0.25, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3}, float[1,6,2] R ="
	 "{1, 0, 0.5, 1, 1, 2, 3, 4, 5, 6, 7, 8}>"
	 "{ Y = GRU <hidden_size = 2> (X, W, R) }",
	 {"output_sequence = 1", "forward"}},
	{28,
	 6,
	 "g (float[2,1,1] X) => (float[2,1,1,1] Y) <float[1,4,1] W = {1, 2, 3,"
	 "0.5}, float[1,4,1] R = {1, 0, 0.5, 1}, float[1,1,1] V = {2}>"
	 "{ A = LSTM <hidden_size = 1> (X, W, R) "
	 "  D = RNN <hidden_size = 1> (X, V, V) Y = Add (A, D) }",
	 {"LSTM <hidden_size = 1, output_sequence = 1>"}},
	{28,
	 27,
	 "g (float[2,3] X) => (float[2,3] Y) <float[2] t = {1, 2}>"
	 "{ Y = Mod <fmod = 1> (X, X) }",
	 {"Mod"}},
	{28,
	 16,
	 "g (float[1,1,4,4] X, float[1,2,2,2] G) => (float[1,1,2,2] Y)"
	 "{ Y = GridSample <mode = \"cubic\"> (X, G) }",
	 {"bicubic"}},
	{16,
	 28,
	 "g (float[1,1,4,4] X, float[1,2,2,2] G) => (float[1,1,2,2] Y)"
	 "{ Y = GridSample (X, G) }",
	 {"linear"}},
	{10,
	 28,
	 "g (float[1,1,4,4] X, float[2,4] R) => (float[2,1,1,1] Y)"
	 "<int64[2] i = {0, 0}> { Y = RoiAlign (X, R, i) }",
	 {"output_half_pixel"}},
	{28,
	 10,
	 "g (float[1,1,4,4] X, float[2,4] R) => (float[2,1,1,1] Y)"
	 "<int64[2] i = {0, 0}> { Y = RoiAlign <coordinate_transformation_mode ="
	 " \"output_half_pixel\"> (X, R, i) }",
	 {"RoiAlign (X, R, i)"}},
	{28,
	 22,
	 "g (float[1,2,3,4] Q, float[1,2,5,4] K) => (float[1,2,3,4] Y)"
	 "{ Y = Attention <is_causal = 1> (Q, K, K) }",
	 {"Softmax", "LessOrEqual", "IsInf"}},
	{28,
	 22,
	 "g (float[1,3,8] Q, float[1,3,4] K, bool[3,3] M) => (float[1,3,8] Y)"
	 "{ Y = Attention <q_num_heads = 4, kv_num_heads = 2, softcap = 2.0>"
	 " (Q, K, K, M) }",
	 {"Expand", "Tanh", "Where"}},
	{28,
	 22,
	 "g (float[1,2,3,4] X, float[1,3,2] C, float[1,3,2] S) =>"
	 " (float[1,2,3,4] Y, float[1,2,3,4] Z)"
	 "{ Y = RotaryEmbedding (X, C, S)"
	 "  Z = RotaryEmbedding <interleaved = 1> (X, C, S) }",
	 {"Slice", "Concat"}},
	{28,
	 17,
	 "g (float[5,4,2] X) => (float[2,7,2] Y) <int64[2] s = {2, 7}>"
	 "{ Y = CenterCropPad <axes = [0, 1]> (X, s) }",
	 {"Pad (X, ", "{-1, 1, 0, -2, 2, 0}"}},
	{28,
	 7,
	 "g (float[5,4] X, int32[3] W) => (float[2,3,4] Y)"
	 "<int64[2] s = {2, 3}, int32 six = {6}>"
	 "{ A = Concat <axis = 0> (W, W) B = Sub (A, six)"
	 "  C = Reshape (B, s) Y = Gather (X, C) }",
	 {"Less", "Gather"}},
	{28,
	 9,
	 "g (int64[3] X) => (float[3,4] Y) <int64[1] d = {4},"
	 " float[2] v = {0, 1}> { A = Neg (X) Y = OneHot (A, d, v) }",
	 {"Less", "OneHot"}},
	{28,
	 9,
	 "g (float16[2,3] X) => (bool[2,3] Y) { Y = IsInf (X) }",
	 {"Greater"}},
	{28,
	 10,
	 "g (float[2,3] X) => (float[2,3] Y) <float h = {1}>"
	 "{ A = Clip (X, \"\", \"\") Y = Clip (A, \"\", h) }",
	 {"Clip <min = -inf, max = 1.0> (A)"}},
};

#endif
