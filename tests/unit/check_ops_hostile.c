/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes and attributes that no honest model has: each is refused by name,
 * before anything is allocated or read. */
#include <stdlib.h>

#include "tests/unit/one_graph.h"

#define X4 "float[2,2] x = {1, 2, 3, 4}"
#define FAR "4611686018427387904" /* 2^62 */
#define LEAST "-9223372036854775808"
#define MOST "9223372036854775807"

static const struct graph_case cases[] = {
	/* Reshape */
	{21, X4 ", int64[2] s = {-1, -1}", "Y = Reshape (x, s)",
	 "shape entries 0 and 1 are both -1", ERR_SHAPE},
	{21, X4 ", int64[2] s = {-1, 0}", "Y = Reshape <allowzero = 1> (x, s)",
	 "both 0 and -1", ERR_SHAPE},
	{21, X4 ", int64[1] s = {5}", "Y = Reshape (x, s)",
	 "cannot reshape [2,2] to [5]", ERR_SHAPE},
	{21, X4 ", int64[2] s = {-1, 3}", "Y = Reshape (x, s)",
	 "cannot reshape", ERR_SHAPE},
	{21, X4 ", int64[1] s = {-4}", "Y = Reshape (x, s)",
	 "shape entry 0 is -4", ERR_SHAPE},
	{21, X4 ", int64[3] s = {1, 4, 0}", "Y = Reshape (x, s)",
	 "entry 2 is 0, but the operand has rank 2", ERR_SHAPE},
	{21, X4 ", int64[2] s = {" FAR ", 4}", "Y = Reshape (x, s)", "",
	 ERR_LIMIT},
	{21, X4 ", int64[2] s = {" LEAST ", 2}", "Y = Reshape (x, s)",
	 "'shape' has entry " LEAST, ERR_SHAPE},
	{4, X4, "Y = Reshape <shape = [" LEAST ", 2]> (x)",
	 "'shape' has entry " LEAST, ERR_SHAPE},
	{21, X4, "Y = Concat <axis = -4611686018427387905> (x, x)",
	 "axis is -4611686018427387905", ERR_SHAPE},
	/* Results beyond any memory. */
	{21, "int64[1] s = {1099511627776}", "Y = ConstantOfShape (s)", "",
	 ERR_LIMIT},
	{21, "int64[3] s = {" FAR ", " FAR ", 4}", "Y = ConstantOfShape (s)",
	 "", ERR_LIMIT},
	{21, "int64[1] s = {-1}", "Y = ConstantOfShape (s)",
	 "dim 0 is negative", ERR_SHAPE},
	{21, "float[1] x = {1}, int64[1] s = {4398046511104}",
	 "Y = Expand (x, s)", "", ERR_LIMIT},
	{21, X4 ", int64[1] s = {-2}", "Y = Expand (x, s)", "is negative",
	 ERR_SHAPE},
	{21, X4 ", int64[2] r = {1099511627776, 1}", "Y = Tile (x, r)", "",
	 ERR_LIMIT},
	{21, X4 ", int64[2] r = {" MOST ", 2}", "Y = Tile (x, r)",
	 "result dim 0 overflows", ERR_LIMIT},
	{21, X4 ", int64[2] r = {-1, 1}", "Y = Tile (x, r)", "is negative",
	 ERR_SHAPE},
	{21, "int64 s = {0}, int64 l = {5}, int64 d = {0}",
	 "Y = Range (s, l, d)", "'delta' is 0", ERR_SHAPE},
	{21, "int64 s = {" LEAST "}, int64 l = {" MOST "}, int64 d = {1}",
	 "Y = Range (s, l, d)", "more than 2^63", ERR_LIMIT},
	{21, "float s = {0}, float l = {nan}, float d = {1}",
	 "Y = Range (s, l, d)", "make no range", ERR_SHAPE},
	{21, "float s = {0}, float l = {3e38}, float d = {1e-38}",
	 "Y = Range (s, l, d)", "more than 2^63", ERR_LIMIT},
	{21, X4 ", int64[1] i = {1099511627776}", "Y = Gather (x, i)",
	 "index 0 is 1099511627776", ERR_SHAPE},
	{21, X4 ", int64[1] i = {" LEAST "}", "Y = Gather (x, i)", "index 0",
	 ERR_SHAPE},
	{21, X4 ", int64[2,1] i = {" LEAST ", 0}", "Y = GatherElements (x, i)",
	 "index 0", ERR_SHAPE},
	{21, X4 ", int64[1,2] i = {0, " MOST "}", "Y = GatherND (x, i)",
	 "index 1", ERR_SHAPE},
	/* Attributes */
	{21, X4, "Y = Transpose <perm = [7, -9]> (x)", "perm[0] is 7",
	 ERR_SHAPE},
	{21, X4, "Y = Transpose <perm = [0, 0]> (x)", "'perm' has 0 twice",
	 ERR_SHAPE},
	{21, X4, "Y = Transpose <perm = [0]> (x)", "'perm' has 1 entries",
	 ERR_SHAPE},
	{21, X4, "Y = Concat <axis = 2147483648> (x, x)",
	 "axis is 2147483648, want -2..1", ERR_SHAPE},
	{21, X4 ", int64[2] s = {1, 3}", "a, Y = Split (x, s)",
	 "'split' sums to 4, want 2", ERR_SHAPE},
	{21, X4 ", int64[2] s = {" MOST ", " MOST "}", "a, Y = Split (x, s)",
	 "'split' has entry", ERR_SHAPE},
	{21, X4 ", int64[2] s = {-1, 3}", "a, Y = Split (x, s)",
	 "entry -1, want 0 or more", ERR_SHAPE},
	{21, X4 ", int64[1] z = {0}, int64[1] t = {0}",
	 "Y = Slice (x, z, z, z, t)", "step of axis 0 is 0", ERR_SHAPE},
	{21,
	 X4 ", int64[1] s = {1}, int64[1] e = {" LEAST "}, int64[1] a = {1}, "
	    "int64[1] t = {" LEAST "}",
	 "Y = Slice (x, s, e, a, t)", "float[2,1] 2 4", ERR_NONE},
	{21,
	 X4 ", int64[2] s = {0, 0}, int64[2] e = {1, 1}, int64[2] a = {1, -1}",
	 "Y = Slice (x, s, e, a)", "axis 1 is given twice", ERR_SHAPE},
	{21, X4 ", int64[4] p = {-" FAR ", 0, 0, 0}", "Y = Pad (x, p)", "cut",
	 ERR_SHAPE},
	{21, X4 ", int64[4] p = {" MOST ", 0, " MOST ", 0}", "Y = Pad (x, p)",
	 "overflow", ERR_LIMIT},
	{21, X4 ", int64[3] p = {0, 0, 0}", "Y = Pad (x, p)",
	 "'pads' has 3 entries, want 4", ERR_SHAPE},
	{21, X4 ", int64[4] p = {1099511627776, 0, 0, 0}", "Y = Pad (x, p)", "",
	 ERR_LIMIT},
	{21, "float[0] x = {}, int64[2] p = {1, 1}",
	 "Y = Pad <mode = \"edge\"> (x, p)", "no elements to pad with",
	 ERR_SHAPE},
	{21, X4, "Y = Transpose <perm = 3> (x)",
	 "attribute 'perm' is of type int, want ints", ERR_TYPE},
	{21, X4, "Y = Transpose <prem = [1, 0]> (x)",
	 "attribute 'prem' is not known in Transpose-21", ERR_UNSUPPORTED},
	{21, X4, "Y = Concat (x, x)", "attribute 'axis' is missing",
	 ERR_FORMAT},
	{21, X4, "Y = Transpose ()", "has 0 operands, Transpose-21 wants 1",
	 ERR_FORMAT},
	{21, X4, "Y = Transpose (x, x)", "has 2 operands", ERR_FORMAT},
	{21, X4, "Y = Reshape (x, x)",
	 "'shape' has type float[2,2], want a tensor of int64", ERR_TYPE},
	{21, X4 ", double[1] y = {1}", "Y = Concat <axis = 0> (x, y)",
	 "'inputs' has element type double, want float as 'inputs' has",
	 ERR_TYPE},
	{21, X4 ", int64[1] a = {5}", "Y = Squeeze (x, a)", "axis is 5",
	 ERR_SHAPE},
	{21, X4 ", int64[1] a = {0}", "Y = Squeeze (x, a)",
	 "dim 0 is 2, want 1", ERR_SHAPE},
	{21, X4 ", int64[2] a = {0, 0}", "Y = Unsqueeze (x, a)", "twice",
	 ERR_SHAPE},
	{21, X4 ", int64[1] k = {-1}", "Y, i = TopK (x, k)", "k is -1",
	 ERR_SHAPE},
	{21, X4 ", int64[1] k = {3}", "Y, i = TopK (x, k)", "k is 3",
	 ERR_SHAPE},
	{21, X4, "Y = Cast <to = 999> (x)", "'to'", ERR_TYPE},
	{21, X4 ", int64 k = {" MOST "}", "Y = Trilu <upper = 0> (x, k)",
	 "float[2,2] 1 2 3 4", ERR_NONE},
	{21, X4 ", int64 k = {" LEAST "}", "Y = Trilu <upper = 0> (x, k)",
	 "float[2,2] 0 0 0 0", ERR_NONE},
	{21, X4, "Y = EyeLike <k = " MOST "> (x)", "float[2,2] 0 0 0 0",
	 ERR_NONE},
	{19, X4 ", float[2] s = {1e30, 1}", "Y = Resize (x, , s)",
	 "result extent", ERR_LIMIT},
	{19, X4 ", float[2] s = {nan, 1}", "Y = Resize (x, , s)",
	 "scale is nan", ERR_SHAPE},
	{19, X4, "Y = Resize (x)", "either 'scales' or 'sizes'", ERR_SHAPE},
	{13, "float[1,4,1,1] x = {1, 2, 3, 4}",
	 "Y = DepthToSpace <blocksize = 0> (x)", "blocksize is 0", ERR_SHAPE},
	{13, "float[1,4,1,1] x = {1, 2, 3, 4}",
	 "Y = DepthToSpace <blocksize = 2147483647> (x)", "no multiple",
	 ERR_SHAPE},
	{21, "int64[1] i = {0}, int64 d = {-1}, float[2] v = {0, 1}",
	 "Y = OneHot (i, d, v)", "'depth' is -1", ERR_SHAPE},
	{21,
	 "int64[33] s = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
	 "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}",
	 "Y = ConstantOfShape (s)", "the limit is 32", ERR_LIMIT},
};

START_TEST(refuses_what_no_honest_model_has)
{
	check_case(&cases[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops_hostile");
	TCase *t = tcase_create("refused");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, refuses_what_no_honest_model_has, 0,
			    (int)COUNT_OF(cases));
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
