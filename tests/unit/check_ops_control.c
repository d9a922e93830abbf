/* SPDX-License-Identifier: Apache-2.0 */
/* Inner graphs, sequences and optionals: values by hand, and loops that would
 * not end. */
#include <stdlib.h>

#include "tests/unit/one_graph.h"

#define X "float[2,2] x = {1, 2, 3, 4}"
#define LOOP(n, c)                                                \
	"int64 n = {" n "}, bool c = {" c "}, float[1] v = {1}, " \
	"float[1] two = {2}"
/* v doubles and is put out before it does. */
#define DOUBLE                                                               \
	"<body = b (int64 i, bool k, float[1] a) => (bool k2, float[1] a2, " \
	"float[1] o) { k2 = Identity (k) a2 = Mul (a, two) "                 \
	"o = Identity (a) }>"
#define SCAN                                                          \
	"<num_scan_inputs = 1, body = b (float[2] s, float[2] r) => " \
	"(float[2] s2, float[2] o) { s2 = Add (s, r) o = Identity (s2) }, "
#define LIST "a = SequenceConstruct (p, q) "
#define PQ \
	"float[1] p = {1}, float[2] q = {2, 3}, int64 z = {0}, int64 m = {-1}"

static const struct graph_case cases[] = {
	{21, X ", bool c = {1}",
	 "Y = If (c) <then_branch = t () => (float[2,2] a) { a = Transpose "
	 "(x) }, else_branch = f () => (float[2,2] b) { b = Identity (x) }>",
	 "float[2,2] 1 3 2 4", 0},
	/* Branches of different shapes. */
	{21, X ", bool[1] c = {0}, int64[1] s = {-1}",
	 "Y = If (c) <then_branch = t () => (a) { a = Transpose (x) }, "
	 "else_branch = f () => (b) { b = Reshape (x, s) }>",
	 "float[4] 1 2 3 4", 0},
	{21, X ", bool[2] c = {0, 1}",
	 "Y = If (c) <then_branch = t () => (a) { a = Identity (x) }, "
	 "else_branch = f () => (b) { b = Identity (x) }>",
	 "2 elements, want one bool", ERR_SHAPE},
	{21, X ", bool c = {1}",
	 "Y = If (c) <then_branch = t () => (a) { a = Identity (x) }>",
	 "'else_branch' is missing", ERR_FORMAT},
	{21, X ", bool c = {1}",
	 "Y = If (c) <then_branch = t () => (a) { a = Identity (x) }, "
	 "else_branch = f () => (b, d) { b = Identity (x) d = Identity (x) "
	 "}>",
	 "0 inputs and 2 outputs, want 0 and 1", ERR_FORMAT},
	/* Loop */
	{21, LOOP("3", "1"), "Y, o = Loop (n, c, v) " DOUBLE, "float[1] 8", 0},
	{21, LOOP("3", "1"), "f, Y = Loop (n, c, v) " DOUBLE,
	 "float[3,1] 1 2 4", 0},
	{21, LOOP("-1", "1"), "Y, o = Loop (n, c, v) " DOUBLE, "float[1] 1", 0},
	{21, LOOP("3", "0"), "f, Y = Loop (n, c, v) " DOUBLE, "float[0,1]", 0},
	{21, LOOP("100000000", "1"), "Y, o = Loop (n, c, v) " DOUBLE,
	 "limit of loop iterations", ERR_LIMIT},
	{21, LOOP("1", "1"), "Y, o = Loop (, , v) " DOUBLE,
	 "limit of loop iterations", ERR_LIMIT},
	/* Scan */
	{21, X ", float[2] z = {0, 0}",
	 "f, Y = Scan " SCAN "scan_input_directions = [0]> (z, x)",
	 "float[2,2] 1 2 4 6", 0},
	{21, X ", float[2] z = {0, 0}",
	 "f, Y = Scan " SCAN
	 "scan_input_directions = [1], scan_output_directions = [1]> (z, x)",
	 "float[2,2] 4 6 3 4", 0},
	{21, X ", float[2] z = {0, 0}",
	 "f, Y = Scan " SCAN
	 "scan_input_axes = [1], scan_output_axes = [-1]> (z, x)",
	 "float[2,2] 1 3 3 7", 0},
	/* Sequences */
	{21, PQ, LIST "Y = SequenceAt (a, m)", "float[2] 2 3", 0},
	{21, PQ, LIST "b = SequenceErase (a, z) Y = SequenceAt (b, z)",
	 "float[2] 2 3", 0},
	{21, PQ, LIST "b = SequenceInsert (a, q, z) Y = SequenceAt (b, z)",
	 "float[2] 2 3", 0},
	{21, PQ,
	 "a = SequenceEmpty () b = SequenceInsert (a, p) "
	 "Y = SequenceLength (b)",
	 "int64[] 1", 0},
	{21, PQ, "a = SequenceEmpty () Y = SequenceAt (a, z)", "is empty",
	 ERR_SHAPE},
	{21, PQ ", int64 far = {2}", LIST "Y = SequenceAt (a, far)",
	 "position 2 in a sequence of 2", ERR_SHAPE},
	{21, PQ, LIST "Y = ConcatFromSequence <axis = 0> (a)", "float[3] 1 2 3",
	 0},
	{21, PQ, LIST "Y = ConcatFromSequence <axis = 0, new_axis = 1> (a)",
	 "item 1 has another shape", ERR_SHAPE},
	{21, X ", int64 z = {1}",
	 "a = SplitToSequence <axis = 1, keepdims = 0> (x) "
	 "Y = SequenceAt (a, z)",
	 "float[2] 2 4", 0},
	{21, PQ,
	 LIST "b = SequenceMap (a, p) <body = g (i, k) => (o) { o = Add (i, "
	      "k) }> Y = SequenceAt (b, m)",
	 "float[2] 3 4", 0},
	/* Optionals */
	{21, PQ, "a = Optional (p) Y = OptionalGetElement (a)", "float[1] 1",
	 0},
	{21, PQ, "a = Optional (p) Y = OptionalHasElement (a)", "bool[] 1", 0},
	{21, PQ, "Y = OptionalHasElement ()", "bool[] 0", 0},
	{26, "float[1] x = {1}", "Y = BitCast <to = 6> (x)",
	 "int32[1] 1065353216", 0},
	{26, "float[1] x = {1}", "Y = BitCast <to = 7> (x)",
	 "float has 32 bits, int64 has 64", ERR_TYPE},
	{21, X ", int64[2] s = {1, 4}", "Y = CenterCropPad (x, s)",
	 "float[1,4] 0 1 2 0", 0},
};

START_TEST(runs_inner_graphs_and_lists)
{
	check_case(&cases[_i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ops_control");
	TCase *t = tcase_create("values");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, runs_inner_graphs_and_lists, 0,
			    (int)COUNT_OF(cases));
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
