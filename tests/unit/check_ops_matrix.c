/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_ops_matrix.c -- products, reductions, softmax, Einsum.
 *
 * Values by hand, or of ONNX Runtime and ONNX's reference, rounded once. */
#include <stdlib.h>

#include "tests/unit/one_graph.h"

static const struct graph_case cases[] = {
	/* Products by numpy.matmul's rules. */
	{13, "float[2,2] a = {1, 2, 3, 4}, float[2,3] b = {1, 2, 3, 4, 5, 6}",
	 "Y = MatMul (a, b)", "float[2,3] 9 12 15 19 26 33", 0},
	{13, "float[3] a = {1, 2, 3}, float[3] b = {4, 5, 6}",
	 "Y = MatMul (a, b)", "float[] 32", 0},
	{13, "float[2] a = {1, 2}, float[2,3] b = {1, 2, 3, 4, 5, 6}",
	 "Y = MatMul (a, b)", "float[3] 9 12 15", 0},
	{13, "float[2,1,2] a = {1, 2, 3, 4}, float[2,1] b = {1, 10}",
	 "Y = MatMul (a, b)", "float[2,1,1] 21 43", 0},
	{13,
	 "float[2,1,1,2] a = {1, 2, 3, 4}, float[3,2,1] b = {1, 10, 2, 20, 3, 30}",
	 "Y = MatMul (a, b)", "float[2,3,1,1] 21 42 63 43 86 129", 0},
	{13, "int32[1,2] a = {65536, 65536}, int32[2,1] b = {65536, 1}",
	 "Y = MatMul (a, b)", "int32[1,1] 65536", 0},
	{13, "float[2,0] a = {}, float[0,2] b = {}", "Y = MatMul (a, b)",
	 "float[2,2] 0 0 0 0", 0},
	{13, "float a = {1}, float[1] b = {1}", "Y = MatMul (a, b)",
	 "is a scalar", ERR_SHAPE},
	{13, "float[2,2] a = {1, 2, 3, 4}, float[3,1] b = {1, 2, 3}",
	 "Y = MatMul (a, b)", "A has 2 columns and B 3 rows", ERR_SHAPE},
	{13,
	 "float[2,1,2] a = {1, 2, 3, 4}, float[3,2,1] b = {1, 1, 1, 1, 1, 1}",
	 "Y = MatMul (a, b)", "cannot broadcast", ERR_SHAPE},
	/* Gemm */
	{13,
	 "float[2,2] a = {1, 2, 3, 4}, float[2,2] b = {1, 0, 0, 1}, float[2] c = {10, 20}",
	 "Y = Gemm <alpha = 2.0, beta = 0.5> (a, b, c)",
	 "float[2,2] 7 14 11 18", 0},
	{13,
	 "float[2,2] a = {1, 2, 3, 4}, float[3,2] b = {1, 2, 3, 4, 5, 6}, float[2,1] c = {10, 20}",
	 "Y = Gemm <transA = 1, transB = 1> (a, b, c)",
	 "float[2,3] 17 25 33 30 42 54", 0},
	{13, "float[2,2] a = {1, 2, 3, 4}, float[2,1] b = {1, 2}",
	 "Y = Gemm (a, b)", "float[2,1] 5 11", 0},
	{13, "int32[1,2] a = {1, 2}, int32[2,1] b = {3, 4}, int32 c = {5}",
	 "Y = Gemm (a, b, c)", "int32[1,1] 16", 0},
	{6,
	 "float[2,2] a = {1, 2, 3, 4}, float[2,2] b = {1, 0, 0, 1}, float[2] c = {10, 20}",
	 "Y = Gemm <broadcast = 1> (a, b, c)", "float[2,2] 11 22 13 24", 0},
	{13,
	 "float[2,2] a = {1, 2, 3, 4}, float[2,1] b = {1, 2}, float[3] c = {1, 2, 3}",
	 "Y = Gemm (a, b, c)", "C has dim 3", ERR_SHAPE},
	{13, "float[2] a = {1, 2}, float[2,1] b = {1, 2}", "Y = Gemm (a, b)",
	 "A has rank 1, want 2", ERR_SHAPE},
	{13, "float[2,2] a = {1, 2, 3, 4}, float[2,2] b = {-1, 0, 0, 1}",
	 "Y = com.microsoft.FusedGemm <activation = \"Relu\"> (a, b)",
	 "float[2,2] 0 2 0 4", 0},
	{13, "float[2,2] a = {1, 2, 3, 4}, float[2,2] b = {-1, 0, 0, 1}",
	 "Y = com.microsoft.FusedGemm <activation = \"Nothing\"> (a, b)",
	 "activation 'Nothing'", ERR_UNSUPPORTED},
	{13, "float[2,2] a = {1, 2, 3, 4}, float[3,2] b = {1, 2, 3, 4, 5, 6}",
	 "Y = com.microsoft.FusedMatMul <alpha = 0.5, transB = 1> (a, b)",
	 "float[2,3] 2.5 5.5 8.5 5.5 12.5 19.5", 0},
	{13, "float[2,2,1] a = {1, 2, 3, 4}, float[2,2,1] b = {1, 10, 2, 20}",
	 "Y = com.microsoft.FusedMatMul <transA = 1, transBatchA = 1, transBatchB = 1> (a, b)",
	 "float[2,1,1] 7 100", 0},
	/* Reductions: attributes, operands, none. */
	{13, "float[2,3] x = {1, 2, 3, 4, 5, 6}, int64[1] k = {-1}",
	 "Y = ReduceSum <keepdims = 0> (x, k)", "float[2] 6 15", 0},
	{13, "float[2,3] x = {1, 2, 3, 4, 5, 6}, int64[1] k = {0}",
	 "Y = ReduceSum (x, k)", "float[1,3] 5 7 9", 0},
	{11, "float[2,2,2] x = {1, 2, 3, 4, 5, 6, 7, 8}",
	 "Y = ReduceMean <axes = [0, 2], keepdims = 0> (x)", "float[2] 3.5 5.5",
	 0},
	{18, "float[2,2] x = {1, 2, 3, 4}", "Y = ReduceMax <keepdims = 0> (x)",
	 "float[] 4", 0},
	{18, "float[2,2] x = {1, 2, 3, 4}",
	 "Y = ReduceMax <noop_with_empty_axes = 1> (x)", "float[2,2] 1 2 3 4",
	 0},
	{18, "float[2,2] x = {1, -2, 3, -4}, int64[1] k = {1}",
	 "Y = ReduceL1 (x, k)", "float[2,1] 3 7", 0},
	{18, "float[1,2] x = {3, -4}, int64[1] k = {1}", "Y = ReduceL2 (x, k)",
	 "float[1,1] 5", 0},
	{18, "int32[2,2] x = {1, 2, 3, 5}, int64[1] k = {1}",
	 "Y = ReduceMean (x, k)", "int32[2,1] 1 4", 0},
	{18, "float[2] x = {1000, 1000}", "Y = ReduceLogSumExp (x)",
	 "float[1] 1000.6932", 0},
	{18, "float[2] x = {-inf, -inf}", "Y = ReduceLogSumExp (x)",
	 "float[1] -inf", 0},
	{18, "int64[3] x = {2, 3, 4}", "Y = ReduceProd (x)", "int64[1] 24", 0},
	{18, "uint64[2] x = {18446744073709551615, 1}", "Y = ReduceMin (x)",
	 "uint64[1] 1", 0},
	{18, "float[2,0] x = {}, int64[1] k = {1}", "Y = ReduceProd (x, k)",
	 "float[2,1] 1 1", 0},
	{20, "int8[1,0] x = {}, int64[1] k = {1}", "Y = ReduceMax (x, k)",
	 "int8[1,1] -128", 0},
	{20, "bool[3] x = {1, 0, 1}", "Y = ReduceMin (x)", "bool[1] 0", 0},
	{18, "float[2] x = {nan, 1}", "Y = ReduceMax (x)", "float[1] nan", 0},
	{18, "float[2,2] x = {1, 2, 3, 4}, int64[1] k = {2}",
	 "Y = ReduceSumSquare (x, k)", "axis", ERR_SHAPE},
	/* Softmax: one axis, or all from one on. */
	{13, "float[2,2] x = {0, 0, 1000, 1000}", "Y = Softmax (x)",
	 "float[2,2] 0.5 0.5 0.5 0.5", 0},
	{13, "float[2,2] x = {0, 5, 0, 5}", "Y = Softmax <axis = 0> (x)",
	 "float[2,2] 0.5 0.5 0.5 0.5", 0},
	{11, "float[1,2,2] x = {3, 3, 3, 3}", "Y = Softmax (x)",
	 "float[1,2,2] 0.25 0.25 0.25 0.25", 0},
	{13, "float[2] x = {7, 7}", "Y = LogSoftmax (x)",
	 "float[2] -0.6931472 -0.6931472", 0},
	{13, "float[2,3] x = {1, 3, 3, 2, 1, 0}", "Y = Hardmax (x)",
	 "float[2,3] 0 1 0 1 0 0", 0},
	{13, "float[2] x = {7, 7}", "Y = Softmax <axis = 1> (x)", "axis",
	 ERR_SHAPE},
	/* Einsum */
	{12, "float[2,2] a = {1, 2, 3, 4}, float[2,2] b = {1, 0, 2, 1}",
	 "Y = Einsum <equation = \"ij, jk -> ik\"> (a, b)",
	 "float[2,2] 5 2 11 4", 0},
	{12, "float[2,2] a = {1, 2, 3, 4}",
	 "Y = Einsum <equation = \"ji\"> (a)", "float[2,2] 1 3 2 4", 0},
	{12, "float[2,2] a = {1, 2, 3, 4}",
	 "Y = Einsum <equation = \"ii\"> (a)", "float[] 5", 0},
	{12, "float[2,2] a = {1, 2, 3, 4}",
	 "Y = Einsum <equation = \"ii->i\"> (a)", "float[2] 1 4", 0},
	{12, "float[2,2] a = {1, 2, 3, 4}",
	 "Y = Einsum <equation = \"ij->\"> (a)", "float[] 10", 0},
	{12, "float[2,1,2] a = {1, 2, 3, 4}, float[2,2,1] b = {1, 10, 2, 20}",
	 "Y = Einsum <equation = \"...ij,...jk\"> (a, b)", "float[2,1,1] 21 86",
	 0},
	{12, "int32[2] a = {3, 4}, int32[3] b = {1, 2, 3}, int32 c = {10}",
	 "Y = Einsum <equation = \"i,j,->ij\"> (a, b, c)",
	 "int32[2,3] 30 60 90 40 80 120", 0},
	{12, "float a = {3}", "Y = Einsum <equation = \"i->i\"> (a)",
	 "operand 0 has rank 0", ERR_SHAPE},
	{12, "float[2,2] a = {1, 2, 3, 4}",
	 "Y = Einsum <equation = \"ij->ik\"> (a)", "in no operand", ERR_FORMAT},
	{12, "float[2,2] a = {1, 2, 3, 4}",
	 "Y = Einsum <equation = \"ij->ii\"> (a)", "occurs twice", ERR_FORMAT},
	{12, "float[2,2] a = {1, 2, 3, 4}",
	 "Y = Einsum <equation = \"ij,jk\"> (a)", "more terms", ERR_FORMAT},
	{12, "float[2,2] a = {1, 2, 3, 4}",
	 "Y = Einsum <equation = \"i.j\"> (a)", "has '.'", ERR_FORMAT},
	{12, "float[2,2] a = {1, 2, 3, 4}, float[3] b = {1, 2, 3}",
	 "Y = Einsum <equation = \"ij,j\"> (a, b)", "stands for 2 and for 3",
	 ERR_SHAPE},
};

START_TEST(computes_what_the_standard_says)
{
	check_case(&cases[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops_matrix");
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
