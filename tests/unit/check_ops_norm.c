/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_ops_norm.c -- normalizations and recurrent cells.
 *
 * Values by hand, or of ONNX Runtime and ONNX's reference, rounded once. */
#include <stdlib.h>

#include "tests/unit/one_graph.h"

static const struct graph_case cases[] = {
	/* Normalizations */
	{15,
	 "float[1,2,2] x = {1, 3, -2, 2}, float[2] s = {2, 1}, float[2] b = {0, 10}, float[2] m = {1, 0}, float[2] v = {4, 1}",
	 "Y = BatchNormalization <epsilon = 0.0> (x, s, b, m, v)",
	 "float[1,2,2] 0 2 8 12", 0},
	{15,
	 "float[1,2,2] x = {1, 3, -2, 2}, float[2] s = {2, 1}, float[2] b = {0, 10}, float[2] m = {1, 0}, float[2] v = {4, 1}",
	 "Y, rm, rv = BatchNormalization <epsilon = 0.0, training_mode = 1> (x, s, b, m, v)",
	 "float[1,2,2] -2 2 9 11", 0},
	{15,
	 "float[1,2,2] x = {1, 3, -2, 2}, float[2] s = {2, 1}, float[2] b = {0, 10}, float[2] m = {1, 0}, float[2] v = {4, 1}",
	 "y, Y, rv = BatchNormalization <momentum = 0.75, training_mode = 1> (x, s, b, m, v)",
	 "float[2] 1.25 0", 0},
	{15,
	 "float[1,2,2] x = {1, 3, -2, 2}, float[2] s = {2, 1}, float[2] b = {0, 10}, float[2] m = {1, 0}, float[2] v = {4, 1}",
	 "y, rm, Y = BatchNormalization <momentum = 0.75, training_mode = 1> (x, s, b, m, v)",
	 "float[2] 3.25 1.75", 0},
	{7,
	 "float[1,1,2] x = {1, 3}, float[1,2] s = {2, 1}, float[1,2] b = {0, 10}, float[1,2] m = {1, 0}, float[1,2] v = {4, 1}",
	 "Y = BatchNormalization <epsilon = 0.0, spatial = 0> (x, s, b, m, v)",
	 "float[1,1,2] 0 13", 0},
	{15,
	 "float[1,2,2] x = {1, 3, -2, 2}, float[3] s = {2, 1, 1}, float[2] b = {0, 10}",
	 "Y = BatchNormalization (x, s, b, b, b)",
	 "operand 1 has 3 elements, want 2", ERR_SHAPE},
	{17,
	 "float[1,2,2] x = {1, 3, -2, 2}, float[2] s = {2, 1}, float[2] b = {0, 10}",
	 "Y = LayerNormalization <epsilon = 0.0> (x, s, b)",
	 "float[1,2,2] -2 11 -2 11", 0},
	{17, "float[1,2,2] x = {1, 3, -2, 2}, float[2,2] s = {1, 1, 1, 1}",
	 "Y = LayerNormalization <axis = 1, epsilon = 1.5> (x, s)",
	 "float[1,2,2] 0 0.8944272 -1.3416408 0.4472136", 0},
	{17, "float[1,2,2] x = {1, 3, -2, 2}, float[2] s = {1, 1}",
	 "y, Y, i = LayerNormalization (x, s)", "float[1,2,1] 2 0", 0},
	{17, "float[1,2,2] x = {1, 3, -2, 2}, float[2] s = {1, 1}",
	 "y, m, Y = LayerNormalization <epsilon = 3.0> (x, s)",
	 "float[1,2,1] 0.5 0.37796447", 0},
	{17, "float[1,2,2] x = {1, 3, -2, 2}, float[3] s = {1, 1, 1}",
	 "Y = LayerNormalization (x, s)", "cannot broadcast", ERR_SHAPE},
	{23, "float[2,2] x = {3, 4, -6, 8}, float[2] s = {2, 1}",
	 "Y = RMSNormalization <epsilon = 12.5> (x, s)",
	 "float[2,2] 1.2 0.8 -1.5178933 1.0119288", 0},
	{6,
	 "float[1,2,2] x = {1, 3, -2, 2}, float[2] s = {2, 1}, float[2] b = {0, 10}",
	 "Y = InstanceNormalization <epsilon = 3.0> (x, s, b)",
	 "float[1,2,2] -1 1 9.244071 10.755929", 0},
	{21,
	 "float[1,4,1] x = {1, 3, -2, 2}, float[4] s = {1, 2, 3, 4}, float[4] b = {0, 0, 0, 1}",
	 "Y = GroupNormalization <num_groups = 2, epsilon = 0.0> (x, s, b)",
	 "float[1,4,1] -1 2 -3 5", 0},
	{21, "float[1,4,1] x = {1, 3, -2, 2}, float[4] s = {1, 2, 3, 4}",
	 "Y = GroupNormalization <num_groups = 3> (x, s, s)", "num_groups is 3",
	 ERR_SHAPE},
	{18, "float[1,4,1] x = {1, 3, -2, 2}, float[2] s = {1, 2}",
	 "Y = GroupNormalization <num_groups = 2, epsilon = 0.0> (x, s, s)",
	 "float[1,4,1] 0 2 0 4", 0},
	{13, "float[2,1,1,1] x = {1, 3}", "Y = MeanVarianceNormalization (x)",
	 "float[2,1,1,1] -1 1", 0},
	{1, "float[2,2] x = {3, -4, 0, 0}", "Y = LpNormalization (x)",
	 "float[2,2] 0.6 -0.8 0 0", 0},
	{1, "float[2,2] x = {3, -4, 1, 4}",
	 "Y = LpNormalization <axis = 0, p = 1> (x)",
	 "float[2,2] 0.75 -0.5 0.25 0.5", 0},
	{13, "float[1,3,1,1] x = {1, 2, 3}",
	 "Y = LRN <size = 3, alpha = 3.0, beta = 1.0, bias = 1.0> (x)",
	 "float[1,3,1,1] 0.16666667 0.13333334 0.21428572", 0},
	{13, "float[1,3] x = {1, 2, 3}", "Y = LRN <size = 0> (x)", "size is 0",
	 ERR_SHAPE},
	{17,
	 "float[1,1,2] x = {1, 3}, float[1,1,2] k = {1, -1}, float[2] g = {1, 2}, float[2] b = {0, 1}, float[2] c = {1, 1}",
	 "Y = com.microsoft.SkipLayerNormalization (x, k, g, b, c)",
	 "float[1,1,2] 0 1", 0},
	{17,
	 "float[1,1,2] x = {1, 3}, float[1,1,2] k = {1, 1}, float[2] g = {1, 2}, float[2] b = {0, 1}",
	 "Y = com.microsoft.SkipLayerNormalization (x, k, g, b)",
	 "float[1,1,2] -1 3", 0},
	/* Recurrent cells, two steps of two units. */
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,2,2] w = {1, 0, 0, 1}, float[1,2,2] r = {0, 0.5, 0.5, 0}",
	 "Y = RNN <hidden_size = 2> (x, w, r)",
	 "float[2,1,1,2] 0.7615942 0.9640276 -0.47614425 0.7068184", 0},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,2,2] w = {1, 0, 0, 1}, float[1,2,2] r = {0, 0.5, 0.5, 0}, float[1,4] b = {0, 1, 0.5, 0}, float[1,1,2] h = {1, -1}",
	 "Y = RNN <hidden_size = 2, activations = [\"Relu\"], direction = \"reverse\"> (x, w, r, b, , h)",
	 "float[2,1,1,2] 2.5 3 0 2", 0},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,2,2] w = {1, 0, 0, 1}, float[1,2,2] r = {0, 0.5, 0.5, 0}, int32[1] n = {1}",
	 "y, Y = RNN <hidden_size = 2, clip = 0.5> (x, w, r, , n)",
	 "float[1,1,2] 0.46211717 0.46211717", 0},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,2,2] w = {1, 0, 0, 1}, float[1,2,2] r = {0, 0.5, 0.5, 0}, int32[1] n = {3}",
	 "Y = RNN <hidden_size = 2> (x, w, r, , n)",
	 "sequence_lens[0] is 3, want 0 to 2", ERR_SHAPE},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,6,2] w = {0.5, 0.25, -0.5, 1, 1, 0, 0, 1, 0.5, 0.5, -1, 0.25}, float[1,6,2] r = {1, 0, 0, 1, 0.5, 0.5, -0.5, 0.5, 0.25, 0, 0, 0.25}, float[1,12] b = {0, 0.5, 0, 0, 1, 0, 0, 0, 0.5, 0, -1, 0.5}",
	 "Y = GRU <hidden_size = 2> (x, w, r, b)",
	 "float[2,1,1,2] 0.24343185 0 -0.004317679 0.16880678", 0},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,6,2] w = {0.5, 0.25, -0.5, 1, 1, 0, 0, 1, 0.5, 0.5, -1, 0.25}, float[1,6,2] r = {1, 0, 0, 1, 0.5, 0.5, -0.5, 0.5, 0.25, 0, 0, 0.25}, float[1,12] b = {0, 0.5, 0, 0, 1, 0, 0, 0, 0.5, 0, -1, 0.5}",
	 "Y = GRU <hidden_size = 2, linear_before_reset = 1> (x, w, r, b)",
	 "float[2,1,1,2] 0.25096956 -0.0070962673 0.30516768 0.15742722", 0},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,6,2] w = {0.5, 0.25, -0.5, 1, 1, 0, 0, 1, 0.5, 0.5, -1, 0.25}, float[1,6,2] r = {1, 0, 0, 1, 0.5, 0.5, -0.5, 0.5, 0.25, 0, 0, 0.25}, float[1,12] b = {0, 0.5, 0, 0, 1, 0, 0, 0, 0.5, 0, -1, 0.5}",
	 "y, Y = GRU <hidden_size = 2, activations = [\"HardSigmoid\", \"Affine\"], activation_alpha = [0.25, 0.5], activation_beta = [0.5, 0.0]> (x, w, r, b)",
	 "float[1,1,2] 0.021708488 0.1015625", 0},
	{14,
	 "float[1,2,2] x = {1, 2, -1, 0.5}, float[1,6,2] w = {0.5, 0.25, -0.5, 1, 1, 0, 0, 1, 0.5, 0.5, -1, 0.25}, float[1,6,2] r = {1, 0, 0, 1, 0.5, 0.5, -0.5, 0.5, 0.25, 0, 0, 0.25}",
	 "Y = GRU <hidden_size = 2, layout = 1> (x, w, r)",
	 "float[1,2,1,2] 0.24343185 -0.08430196 -0.008063393 0.16989687", 0},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,4,2] w = {0.5, 0.25, -0.5, 1, 1, 0, 0, 1}, float[1,4,1] r = {1, 0, 0.5, -0.5}, float[1,3] p = {0.5, 1, -1}, float[1,8] b = {0, 0, 0, 0, 1, 0, 0.5, 0}",
	 "Y = LSTM <hidden_size = 1> (x, w, r, b, , , , p)",
	 "float[2,1,1,1] 0.6304288 0.28735742", 0},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,4,2] w = {0.5, 0.25, -0.5, 1, 1, 0, 0, 1}, float[1,4,1] r = {1, 0, 0.5, -0.5}, float[1,1,1] c = {2}",
	 "y, h, Y = LSTM <hidden_size = 1, input_forget = 1> (x, w, r, , , , c)",
	 "float[1,1,1] 0.6121531", 0},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[2,4,2] w = {0.5, 0.25, -0.5, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0.5, 0.5, 0, 1}, float[2,4,1] r = {1, 0, 0.5, -0.5, 0, 1, 0, 1}",
	 "Y = LSTM <hidden_size = 1, direction = \"bidirectional\"> (x, w, r)",
	 "float[2,2,1,1] 0.49657908 0.41103548 0.25017098 0.086359546", 0},
	{14,
	 "float[2] x = {1, 2}, float[1,4,2] w = {0, 0, 0, 0, 0, 0, 0, 0}, float[1,4,1] r = {0, 0, 0, 0}",
	 "Y = LSTM <hidden_size = 1> (x, w, r)", "X has rank 1, want 3",
	 ERR_SHAPE},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,4,2] w = {0, 0, 0, 0, 0, 0, 0, 0}, float[1,4,1] r = {0, 0, 0, 0}",
	 "Y = LSTM <hidden_size = -1> (x, w, r)", "hidden_size is -1",
	 ERR_SHAPE},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,4,2] w = {0, 0, 0, 0, 0, 0, 0, 0}, float[1,4,1] r = {0, 0, 0, 0}",
	 "Y = LSTM <hidden_size = 2> (x, w, r)",
	 "W has dim 4 at axis 1, want 8", ERR_SHAPE},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,2,2] w = {1, 0, 0, 1}, float[1,2,2] r = {0, 0.5, 0.5, 0}",
	 "Y = RNN <hidden_size = 2, direction = \"sideways\"> (x, w, r)",
	 "direction is 'sideways'", ERR_FORMAT},
	{14,
	 "float[2,1,2] x = {1, 2, -1, 0.5}, float[1,2,2] w = {1, 0, 0, 1}, float[1,2,2] r = {0, 0.5, 0.5, 0}",
	 "Y = RNN <hidden_size = 2, activations = [\"Sneeze\"]> (x, w, r)",
	 "activation 'Sneeze'", ERR_UNSUPPORTED},
};

START_TEST(computes_what_the_standard_says)
{
	check_case(&cases[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops_norm");
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
