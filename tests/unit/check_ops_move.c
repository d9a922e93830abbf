/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that move elements: values by hand. */
#include <stdlib.h>

#include "tests/unit/one_graph.h"

#define X23 "float[2,3] x = {1, 2, 3, 4, 5, 6}"
#define I4 "int4[5] x = {1, -2, 3, -4, 5}"
#define TEXT "string[3] x = {\"a\", \"bc\", \"\"}"

static const struct graph_case cases[] = {
	{21, X23, "Y = Transpose (x)", "float[3,2] 1 4 2 5 3 6", 0},
	{21, X23, "Y = Transpose <perm = [0, 1]> (x)", "float[2,3] 1 2 3 4 5 6",
	 0},
	{21, "int4[2,3] x = {1, -2, 3, -4, 5, -6}", "Y = Transpose (x)",
	 "int4[3,2] 1 -4 -2 5 3 -6", 0},
	{25, "uint2[2,3] x = {1, 2, 3, 0, 1, 2}", "Y = Transpose (x)",
	 "uint2[3,2] 1 0 2 1 3 2", 0},
	{21, "string[2,2] x = {\"a\", \"b\", \"c\", \"d\"}",
	 "Y = Transpose (x)", "string[2,2] a c b d", 0},
	/* Reshape: 0 copies, -1 takes the rest. */
	{21, X23 ", int64[3] s = {0, -1, 1}", "Y = Reshape (x, s)",
	 "float[2,3,1] 1 2 3 4 5 6", 0},
	{21, "float[0,3] x = {}, int64[2] s = {3, 0}",
	 "Y = Reshape <allowzero = 1> (x, s)", "float[3,0]", 0},
	{4, X23, "Y = Reshape <shape = [3, -1]> (x)", "float[3,2] 1 2 3 4 5 6",
	 0},
	{21, "float[2,1,3] x = {1, 2, 3, 4, 5, 6}",
	 "Y = Flatten <axis = -1> (x)", "float[2,3] 1 2 3 4 5 6", 0},
	{21, X23, "Y = Flatten <axis = 0> (x)", "float[1,6] 1 2 3 4 5 6", 0},
	{21, "float[1,2,1] x = {1, 2}", "Y = Squeeze (x)", "float[2] 1 2", 0},
	{11, "float[1,2,1] x = {1, 2}", "Y = Squeeze <axes = [-1]> (x)",
	 "float[1,2] 1 2", 0},
	{21, "float[2] x = {1, 2}, int64[2] a = {-1, 0}",
	 "Y = Unsqueeze (x, a)", "float[1,2,1] 1 2", 0},
	/* Concat and Split. */
	{21, X23 ", float[2,1] y = {7, 8}", "Y = Concat <axis = -1> (x, y)",
	 "float[2,4] 1 2 3 7 4 5 6 8", 0},
	{21, TEXT, "Y = Concat <axis = 0> (x, x)", "string[6] a bc  a bc ", 0},
	{3, X23, "Y = Concat (x, x)", "float[2,6] 1 2 3 1 2 3 4 5 6 4 5 6", 0},
	{21, I4, "Y = Concat <axis = 0> (x, x)", "", ERR_TYPE},
	{21, X23 ", int64[2] s = {1, 2}", "a, Y = Split <axis = 1> (x, s)",
	 "float[2,2] 2 3 5 6", 0},
	{18, "float[5] x = {1, 2, 3, 4, 5}",
	 "a, b, Y = Split <num_outputs = 3> (x)", "float[1] 5", 0},
	{11, "float[4] x = {1, 2, 3, 4}", "a, Y = Split (x)", "float[2] 3 4",
	 0},
	/* Slice */
	{21,
	 X23 ", int64[1] s = {-1}, int64[1] e = {-9223372036854775808}, "
	     "int64[1] a = {1}, int64[1] t = {-1}",
	 "Y = Slice (x, s, e, a, t)", "float[2,3] 3 2 1 6 5 4", 0},
	{21,
	 X23 ", int64[1] s = {0}, int64[1] e = {100}, int64[1] a = {-1}, "
	     "int64[1] t = {2}",
	 "Y = Slice (x, s, e, a, t)", "float[2,2] 1 3 4 6", 0},
	{9, X23, "Y = Slice <starts = [1], ends = [3], axes = [1]> (x)",
	 "float[2,2] 2 3 5 6", 0},
	{21, X23 ", int64[1] s = {5}, int64[1] e = {9}", "Y = Slice (x, s, e)",
	 "float[0,3]", 0},
	{21,
	 "float[0] x = {}, int64[1] s = {-1}, int64[1] e = {-5}, int64[1] a = "
	 "{0}, int64[1] t = {-1}",
	 "Y = Slice (x, s, e, a, t)", "float[0]", 0},
	/* Expand, Tile */
	{21, "float[2,1] x = {1, 2}, int64[3] s = {2, 1, 2}",
	 "Y = Expand (x, s)", "float[2,2,2] 1 1 2 2 1 1 2 2", 0},
	{21, "float[1,2] x = {1, 2}, int64[2] r = {2, 2}", "Y = Tile (x, r)",
	 "float[2,4] 1 2 1 2 1 2 1 2", 0},
	{21, "float[2] x = {1, 2}, int64[1] r = {0}", "Y = Tile (x, r)",
	 "float[0]", 0},
	/* Pad */
	{21, X23 ", int64[4] p = {0, 1, 0, -2}, float v = {9}",
	 "Y = Pad (x, p, v)", "float[2,2] 9 1 9 4", 0},
	{21, "float[3] x = {1, 2, 3}, int64[2] p = {4, 3}",
	 "Y = Pad <mode = \"reflect\"> (x, p)", "float[10] 1 2 3 2 1 2 3 2 1 2",
	 0},
	{21, "float[3] x = {1, 2, 3}, int64[2] p = {2, 1}",
	 "Y = Pad <mode = \"edge\"> (x, p)", "float[6] 1 1 1 2 3 3", 0},
	{21, "float[3] x = {1, 2, 3}, int64[2] p = {2, 4}",
	 "Y = Pad <mode = \"wrap\"> (x, p)", "float[9] 2 3 1 2 3 1 2 3 1", 0},
	{21, "int4[3] x = {1, 2, 3}, int64[2] p = {1, 1}", "Y = Pad (x, p)",
	 "int4[5] 0 1 2 3 0", 0},
	{10, "float[2] x = {1, 2}", "Y = Pad <pads = [1, 0], value = 7.5> (x)",
	 "float[3] 7.5 1 2", 0},
	{18, X23 ", int64[2] p = {1, 0}, int64[1] a = {-2}",
	 "Y = Pad (x, p, , a)", "float[3,3] 0 0 0 1 2 3 4 5 6", 0},
	/* DepthToSpace: [1, 4, 1, 1] of blocks of 2 */
	{13, "float[1,4,1,1] x = {1, 2, 3, 4}",
	 "Y = DepthToSpace <blocksize = 2> (x)", "float[1,1,2,2] 1 2 3 4", 0},
	{13, "float[1,8,1,1] x = {1, 2, 3, 4, 5, 6, 7, 8}",
	 "Y = DepthToSpace <blocksize = 2, mode = \"DCR\"> (x)",
	 "float[1,2,2,2] 1 3 5 7 2 4 6 8", 0},
	{13, "float[1,8,1,1] x = {1, 2, 3, 4, 5, 6, 7, 8}",
	 "Y = DepthToSpace <blocksize = 2, mode = \"CRD\"> (x)",
	 "float[1,2,2,2] 1 2 3 4 5 6 7 8", 0},
	{13, "float[1,1,2,4] x = {1, 2, 3, 4, 5, 6, 7, 8}",
	 "Y = SpaceToDepth <blocksize = 2> (x)",
	 "float[1,4,1,2] 1 3 2 4 5 7 6 8", 0},
	{21, "float[2,2] x = {1, 2, 3, 4}, int64[2] n = {2, 1}",
	 "Y = ReverseSequence (x, n)", "float[2,2] 3 2 1 4", 0},
	/* Cast */
	{21, "float[4] x = {1.5, -1.5, 300, 0}", "Y = Cast <to = 6> (x)",
	 "int32[4] 1 -1 300 0", 0},
	{21, "string[3] x = {\"1e2\", \"-3\", \"+INF\"}",
	 "Y = Cast <to = 1> (x)", "float[3] 100 -3 inf", 0},
	{21, "float[3] x = {0.1, 100, -2.5}", "Y = Cast <to = 8> (x)",
	 "string[3] 0.1 100 -2.5", 0},
	{21, "string[1] x = {\"9007199254740993\"}", "Y = Cast <to = 7> (x)",
	 "int64[1] 9007199254740993", 0},
	{5, "float[1] x = {2.5}", "Y = Cast <to = \"INT64\"> (x)", "int64[1] 2",
	 0},
	{21, "float[2] x = {2.5, -1}, int8[1] t = {0}", "Y = CastLike (x, t)",
	 "int8[2] 2 -1", 0},
	{21, "bool[2] x = {1, 0}", "Y = Cast <to = 22> (x)", "int4[2] 1 0", 0},
	{21, TEXT, "Y = Cast <to = 1> (x)", "element 0 'a' is no number",
	 ERR_FORMAT},
	/* Constants and what is about shapes. */
	{21, "int64[2] s = {2, 1}",
	 "Y = ConstantOfShape <value = int64[1] {7}> (s)", "int64[2,1] 7 7", 0},
	{21, "int64[0] s = {}", "Y = ConstantOfShape (s)", "float[] 0", 0},
	{21, "", "Y = Constant <value_ints = [3, -4]> ()", "int64[2] 3 -4", 0},
	{21, "", "Y = Constant <value_string = \"hi\"> ()", "string[] hi", 0},
	{21, X23, "Y = Shape <start = -1> (x)", "int64[1] 3", 0},
	{21, X23, "Y = Size (x)", "int64[] 6", 0},
	{21, X23, "Y = EyeLike <k = 1, dtype = 7> (x)",
	 "int64[2,3] 0 1 0 0 0 1", 0},
	{21, X23 ", int64 k = {1}", "Y = Trilu (x, k)",
	 "float[2,3] 0 2 3 0 0 6", 0},
	{21, X23 ", int64 k = {-1}", "Y = Trilu <upper = 0> (x, k)",
	 "float[2,3] 0 0 0 4 0 0", 0},
	{21, "int64 s = {5}, int64 l = {-1}, int64 d = {-2}",
	 "Y = Range (s, l, d)", "int64[3] 5 3 1", 0},
	{21, "float s = {1}, float l = {2}, float d = {0.25}",
	 "Y = Range (s, l, d)", "float[4] 1 1.25 1.5 1.75", 0},
	{21, "float s = {1}, float l = {0}, float d = {1}",
	 "Y = Range (s, l, d)", "float[0]", 0},
};

START_TEST(moves_elements_as_the_standard_says)
{
	check_case(&cases[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops_move");
	TCase *t = tcase_create("values");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, moves_elements_as_the_standard_says, 0,
			    (int)COUNT_OF(cases));
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
