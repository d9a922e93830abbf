/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/opset_refusals.h -- graphs that another opset cannot express. */
#ifndef TESTS_PASSES_OPSET_REFUSALS_H
#define TESTS_PASSES_OPSET_REFUSALS_H

static const struct {
	int from, to;
	const char *graph, *says;
} refused[] = {
	{7, 28, F34 "{ Y = Mystery (X) }", "is not known"},
	{7, 14,
	 "g (float[N,2,3,3] X, float[2] S) => (float[N,2,3,3] Y, float[2] M)"
	 "{ Y, M = BatchNormalization (X, S, S, S, S) }",
	 "updates statistics"},
	{7, 9,
	 "g (float[N,2] X, float[2] S) => (float[N,2] Y)"
	 "{ Y = BatchNormalization <spatial = 0> (X, S, S, S, S) }",
	 "single activations"},
	{10, 11,
	 "g (float[1,1,4,4] X, float[4] S) => (float[a,b,c,d] Y)"
	 "{ Y = Resize (X, S) }",
	 "decide how it rounds"},
	{28, 12, "g (bfloat16[2] X) => (bfloat16[2] Y) { Y = Add (X, X) }",
	 "takes bfloat16 since opset 13 only"},
	{28, 20,
	 "g (int4[2] X, float S) => (float[2] Y)"
	 "{ Y = DequantizeLinear (X, S) }",
	 "takes int4 since opset 21 only"},
	{28, 13, "g (int32[2] X) => (int32[2] Y) { Y = Relu (X) }",
	 "takes int32 since opset 14 only"},
	{28, 27, "g (float[2] X) => (float[2] Y) { Y = Mod (X, X) }",
	 "floats without fmod"},
	{28, 9, "g (float[2] X) => (float[2] Y) { Y = Round (X) }",
	 "exists since opset 11 only"},
	{28, 12,
	 "g (float[2,3] X, int64[1] A) => (float[B,C] Y)"
	 "{ Y = ReduceSum (X, A) }",
	 "has a 'axes' that is not constant"},
	{28, 10,
	 "g (float[2,3] X, int64[4] P) => (float[B,C] Y)"
	 "{ Y = Pad (X, P) }",
	 "has a 'pads' that is not constant"},
	{28, 18,
	 "g (float[2,3] X) => (float[B,C] Y) <int64[4] p = {1,1,1,1}>"
	 "{ Y = Pad <mode = \"wrap\"> (X, p) }",
	 "has mode 'wrap' since opset 19 only"},
	{28, 9,
	 "g (float[2,N] X) => (float[2,M] Y) <int64[1] s = {0},"
	 " int64[1] e = {9}, int64[1] a = {1}, int64[1] t = {2}>"
	 "{ Y = Slice (X, s, e, a, t) }",
	 "has steps since opset 10 only"},
	{28, 9,
	 "g (float[2,5] X, int64[1] K) => (float[2,M] Y, int64[2,M] I)"
	 "{ Y, I = TopK (X, K) }",
	 "has a 'K' that is not constant"},
	{28, 10,
	 "g (float[1,1,4,4] X) => (float[1,1,8,8] Y)"
	 "<float[4] s = {1, 1, 2, 2}> { Y = Resize <mode = \"linear\">"
	 " (X, \"\", s) }",
	 "has mode 'linear' with 'half_pixel' coordinates since"},
	{28, 18,
	 "g (float[1,1,4,4] X) => (float[1,1,8,8] Y)"
	 "<float[4] s = {1, 1, 2, 2}> { Y = Resize <mode = \"linear\","
	 " coordinate_transformation_mode = \"half_pixel_symmetric\">"
	 " (X, \"\", s) }",
	 "has 'half_pixel_symmetric' coordinates"},
	{28, 17,
	 "g (float[1,1,4,4] X) => (float[1,1,2,2] Y)"
	 "<float[4] s = {1, 1, 0.5, 0.5}> { Y = Resize <mode = \"linear\","
	 " antialias = 1> (X, \"\", s) }",
	 "has 'antialias' since opset 18 only"},
	{10, 9,
	 "g (float[1,1,4,4] X) => (float[1,1,2,2] Y)"
	 "<float[4] s = {1, 1, 0.5, 0.5}> { Y = Resize (X, s) }",
	 "shrinks since opset 10 only"},
	{28, 6,
	 "g (float[2,N] X, float[M] Z) => (float[2,K] Y)"
	 "{ Y = Add (X, Z) }",
	 "broadcasts in a way"},
	{28, 7,
	 "g (float[N] X, float[1,M] Z) => (float[A,B] Y)"
	 "{ Y = Max (X, Z) }",
	 "broadcasts since opset 8 only"},
	{28, 7,
	 "g (float[1,1,4,4] X) => (float[1,1,2,2] Y, int64[1,1,2,2] I)"
	 "{ Y, I = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (X) }",
	 "gives indices since opset 8 only"},
	{28, 9,
	 "g (float[1,1,4,4] X) => (float[1,1,a,b] Y)"
	 "{ Y = MaxPool <kernel_shape = [2, 2], ceil_mode = 1> (X) }",
	 "has 'ceil_mode' since opset 10 only"},
	{28, 15,
	 "g (float[4] X, int64[1] I, float[1] U) => (float[4] Y)"
	 "{ Y = ScatterElements <reduction = \"add\"> (X, I, U) }",
	 "has 'reduction' since opset 16 only"},
	{28, 17,
	 "g (float[4] X, int64[1,1] I, float[1] U) => (float[4] Y)"
	 "{ Y = ScatterND <reduction = \"min\"> (X, I, U) }",
	 "has reduction 'min' since opset 18 only"},
	{28, 17,
	 "g (float[4] X, int64[1] I, float[1] U) => (float[4] Y)"
	 "{ Y = ScatterElements <reduction = \"max\"> (X, I, U) }",
	 "has reduction 'max' since opset 18 only"},
	{28, 13,
	 "g (float[2] X, int64[1] S) => (float[N] Y)"
	 "{ Y = Reshape <allowzero = 1> (X, S) }",
	 "extents of 0"},
	{28, 11,
	 "g (float[2] X, bool T) => (float[2] Y)"
	 "{ Y = Dropout (X, \"\", T) }",
	 "may be training"},
	{8, 9,
	 "g (float[1,2] I, float[1,2,2] X) => (float[1,2] O)"
	 "{ O = Scan <num_scan_inputs = 1, body = b (float[2] s, float[2] x) =>"
	 " (float[2] t) { t = Add (s, x) }> (\"\", I, X) }",
	 "scans batches"},
	{9, 8,
	 "g (float[2] I, float[1,2] X) => (float[2] O)"
	 "{ O = Scan <num_scan_inputs = 1, body = b (float[2] s, float[2] x) =>"
	 " (float[2] t) { t = Add (s, x) }> (I, X) }",
	 "scans batches"},
	{12, 13, "g (int32[2] X) => (int32[2] Y) { Y = Erf (X) }",
	 "takes no int32 since opset 13"},
	{28, 22,
	 "g (float[1,2,3,4] Q) => (float[1,2,3,4] Y)"
	 "{ Y = Attention <left_window_size = 1> (Q, Q, Q) }",
	 "has 'left_window_size' since opset 25 only"},
	{28, 22,
	 "g (float[1,2,3,4] Q, int64[1] L) => (float[1,2,3,4] Y)"
	 "{ Y = Attention (Q, Q, Q, \"\", \"\", \"\", L) }",
	 "has operand 'nonpad_kv_seqlen' since opset 24 only"},
	{28, 16,
	 "g (float[N,4] X, float[4] S) => (float[N,4] Y)"
	 "{ Y = LayerNormalization <stash_type = 16> (X, S) }",
	 "has a 'stash_type' that is not float"},
	{28, 13,
	 "g (seq(float[2]) X) => (seq(float[2]) Y) { Y = Identity (X) }",
	 "takes sequences since opset 14 only"},
	{28, 11,
	 "g (float[2,3] X) => (float[2,3] Y, bool[2,3] M)"
	 "{ Y, M = Dropout (X) }",
	 "fills a mask since opset 12 only"},
};

#endif
