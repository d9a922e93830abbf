/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that choose elements: values by hand. */
#include <stdlib.h>

#include "tests/unit/one_graph.h"

#define X23 "float[2,3] x = {1, 2, 3, 4, 5, 6}"
#define SORT "float[5] x = {3, 1, 3, nan, 2}"

static const struct graph_case cases[] = {
	{21, X23 ", int64[2] i = {-1, 0}", "Y = Gather <axis = 1> (x, i)",
	 "float[2,2] 3 1 6 4", 0},
	{21, X23 ", int32 i = {1}", "Y = Gather (x, i)", "float[3] 4 5 6", 0},
	{21, X23 ", int64[1] i = {2}", "Y = Gather (x, i)",
	 "index 0 is 2, want -2..1", ERR_SHAPE},
	{10, X23 ", int64[1] i = {-1}", "Y = Gather (x, i)", "want 0..1",
	 ERR_SHAPE},
	{21, X23 ", int64[2,1] i = {2, -3}",
	 "Y = GatherElements <axis = 1> (x, i)", "float[2,1] 3 4", 0},
	{21, X23 ", int64[2,2] i = {0, 1, 1, -1}", "Y = GatherND (x, i)",
	 "float[2] 2 6", 0},
	{21, X23 ", int64[2,1] i = {1, 0}", "Y = GatherND (x, i)",
	 "float[2,3] 4 5 6 1 2 3", 0},
	{21, X23 ", int64[2,1] i = {2, 0}",
	 "Y = GatherND <batch_dims = 1> (x, i)", "float[2] 3 4", 0},
	/* Scatter */
	{21, X23 ", int64[1,2] i = {1, 0}, float[1,2] u = {8, 9}",
	 "Y = ScatterElements (x, i, u)", "float[2,3] 1 9 3 8 5 6", 0},
	{21,
	 "float[2] x = {1, 2}, int64[3] i = {0, 0, 0}, float[3] u = {4, 5, -6}",
	 "Y = ScatterElements <reduction = \"max\"> (x, i, u)", "float[2] 5 2",
	 0},
	{21, "uint8[2] x = {250, 2}, int64[2] i = {0, 0}, uint8[2] u = {4, 5}",
	 "Y = ScatterElements <reduction = \"add\"> (x, i, u)", "uint8[2] 3 2",
	 0},
	{21, X23 ", int64[1,1] i = {-1}, float[1,3] u = {7, 8, 9}",
	 "Y = ScatterND (x, i, u)", "float[2,3] 1 2 3 7 8 9", 0},
	{21, X23 ", int64[1,2] i = {0, 3}, float[1] u = {7}",
	 "Y = ScatterND (x, i, u)", "index 1 is 3, want -3..2", ERR_SHAPE},
	/* Where, comparisons, logic */
	{21, "bool[2,1] c = {1, 0}, float[2] x = {1, 2}, float y = {9}",
	 "Y = Where (c, x, y)", "float[2,2] 1 2 9 9", 0},
	{21, "float[3] x = {1, nan, 3}, float[3] y = {1, nan, 2}",
	 "Y = Equal (x, y)", "bool[3] 1 0 0", 0},
	{21, "uint64[2] x = {18446744073709551615, 1}, uint64 y = {1}",
	 "Y = Greater (x, y)", "bool[2] 1 0", 0},
	{21,
	 "int64[2] x = {9007199254740993, -1}, int64 y = {9007199254740992}",
	 "Y = LessOrEqual (x, y)", "bool[2] 0 1", 0},
	{21, "string[2] x = {\"a\", \"b\"}, string[1] y = {\"b\"}",
	 "Y = Equal (x, y)", "bool[2] 0 1", 0},
	{6, "float[2,2] x = {1, 2, 3, 4}, float[2] y = {2, 3}",
	 "Y = Less <broadcast = 1, axis = 0> (x, y)", "bool[2,2] 1 0 0 0", 0},
	{21, "bool[4] x = {0, 0, 1, 1}, bool[4] y = {0, 1, 0, 1}",
	 "Y = Xor (x, y)", "bool[4] 0 1 1 0", 0},
	{21, "bool[2] x = {0, 1}", "Y = Not (x)", "bool[2] 1 0", 0},
	{21, SORT, "Y = IsNaN (x)", "bool[5] 0 0 0 1 0", 0},
	{21, "float[3] x = {inf, -inf, 1}",
	 "Y = IsInf <detect_negative = 0> (x)", "bool[3] 1 0 0", 0},
	/* Order */
	{21, "float[5] x = {3, 1, 3, 5, 2}, int64[1] k = {3}",
	 "v, Y = TopK (x, k)", "int64[3] 3 0 2", 0},
	{21, "float[5] x = {3, 1, 3, 5, 2}, int64[1] k = {2}",
	 "Y, i = TopK <largest = 0> (x, k)", "float[2] 1 2", 0},
	{21, SORT ", int64[1] k = {2}", "v, Y = TopK (x, k)", "int64[2] 3 0",
	 0},
	{21,
	 "uint64[3] x = {18446744073709551615, 1, 9223372036854775808}, "
	 "int64[1] k = {3}",
	 "v, Y = TopK (x, k)", "int64[3] 0 2 1", 0},
	{21, X23 ", int64[1] k = {0}", "Y, i = TopK (x, k)", "float[2,0]", 0},
	{21, "int32[2,3] x = {5, 9, 9, 7, 1, 1}", "Y = ArgMax <axis = 1> (x)",
	 "int64[2,1] 1 0", 0},
	{21, "int32[2,3] x = {5, 9, 9, 7, 1, 1}",
	 "Y = ArgMin <axis = -1, keepdims = 0, select_last_index = 1> (x)",
	 "int64[2] 0 2", 0},
	{21, SORT, "Y = ArgMax (x)", "int64[1] 3", 0},
	{21, "float[3] x = {1, 2, 3}, int32 a = {-1}",
	 "Y = CumSum <exclusive = 1, reverse = 1> (x, a)", "float[3] 5 3 0", 0},
	/* Results as long as the contents say. */
	{21, X23 ", float[1] z = {2}", "m = Greater (x, z) Y = NonZero (m)",
	 "int64[2,4] 0 1 1 1 2 0 1 2", 0},
	{21, "float x = {4}", "Y = NonZero (x)", "int64[0,1]", 0},
	{21, X23 ", bool[2] c = {0, 1}", "Y = Compress <axis = 1> (x, c)",
	 "float[2,1] 2 5", 0},
	{21, X23 ", bool[4] c = {1, 0, 0, 1}", "Y = Compress (x, c)",
	 "float[2] 1 4", 0},
	{21, "float[5] x = {2, 1, 2, 3, 1}", "Y, i, v, n = Unique (x)",
	 "float[3] 1 2 3", 0},
	{21, "float[5] x = {2, 1, 2, 3, 1}", "u, Y, v, n = Unique (x)",
	 "int64[3] 1 0 3", 0},
	{21, "float[5] x = {2, 1, 2, 3, 1}",
	 "u, i, Y, n = Unique <sorted = 0> (x)", "int64[5] 0 1 0 2 1", 0},
	{21, "float[5] x = {2, 1, 2, 3, 1}", "u, i, v, Y = Unique (x)",
	 "int64[3] 2 2 1", 0},
	{21, "int64[3,2] x = {2, 1, 0, 9, 2, 1}", "Y = Unique <axis = 0> (x)",
	 "int64[2,2] 0 9 2 1", 0},
	{21, "string[3] x = {\"b\", \"a\", \"b\"}", "Y = Unique (x)",
	 "string[2] a b", 0},
	/* The second box overlaps the first by 0.9 / 1.1. */
	{21,
	 "float[1,3,4] b = {0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 5, 1, 6}, "
	 "float[1,1,3] s = {0.9, 0.75, 0.6}, int64[1] n = {3}, "
	 "float[1] t = {0.5}",
	 "Y = NonMaxSuppression (b, s, n, t)", "int64[2,3] 0 0 0 0 0 2", 0},
	{21, "int64[2] i = {1, -1}, int64 d = {3}, float[2] v = {0, 5}",
	 "Y = OneHot <axis = 0> (i, d, v)", "float[3,2] 0 0 5 0 0 5", 0},
	{9, "int64[2] i = {1, -1}, int64 d = {3}, float[2] v = {0, 5}",
	 "Y = OneHot (i, d, v)", "float[2,3] 0 5 0 0 0 0", 0},
	/* Resize: values of Resize-19's formulas */
	{19, "float[1,1,2,2] x = {1, 2, 3, 4}, float[4] s = {1, 1, 2, 2}",
	 "Y = Resize (x, , s)",
	 "float[1,1,4,4] 1 1 2 2 1 1 2 2 3 3 4 4 3 3 4 4", 0},
	{19, "float[2] x = {0, 4}, int64[1] n = {4}",
	 "Y = Resize <mode = \"linear\"> (x, , , n)", "float[4] 0 1 3 4", 0},
	{19, "float[2] x = {0, 3}, int64[1] n = {4}",
	 "Y = Resize <mode = \"linear\", coordinate_transformation_mode = "
	 "\"align_corners\"> (x, , , n)",
	 "float[4] 0 1 2 3", 0},
	{9, "float[2] x = {1, 2}, float[1] s = {2.5}", "Y = Upsample (x, s)",
	 "float[5] 1 1 1 2 2", 0},
	{10, "float[4] x = {1, 2, 3, 4}, float[1] s = {0.6}",
	 "Y = Resize (x, s)", "float[2] 1 3", 0},
	{19, "float[2] x = {1, 2}, float[1] s = {-1}", "Y = Resize (x, , s)",
	 "scale is -1", ERR_SHAPE},
	{7, "float[1,2,1,1] x = {1, 2}",
	 "Y = ImageScaler <scale = 2.0, bias = [0.5, -0.5]> (x)",
	 "float[1,2,1,1] 2.5 3.5", 0},
};

START_TEST(chooses_elements_as_the_standard_says)
{
	check_case(&cases[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops_index");
	TCase *t = tcase_create("values");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, chooses_elements_as_the_standard_says, 0,
			    (int)COUNT_OF(cases));
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
