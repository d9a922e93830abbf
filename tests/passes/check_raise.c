/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_raise.c -- every operator that changed up to opset 21,
 * raised: the same bits as before, said in the new way.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "ops/op.h"
#include "passes/check.h"
#include "passes/raise_opset.h"

static struct model *parse(int opset, const char *text)
{
	struct arena a = {0};
	const char *all = arena_printf(
		&a, "<ir_version: 3, opset_import: [\"\" : %d]> %s", opset,
		text);
	struct bytes b = {(const uint8_t *)all, strlen(all)};
	struct model *m = NULL;
	struct err e = {0};

	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s: %s", text, e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s: %s", text, e.msg);
	arena_release(&a);
	return m;
}

static char *print(const struct model *m)
{
	struct onnxtxt_opts o = {.no_types = true};
	struct memory_sink s;
	struct err e = {0};
	char *text;

	memory_sink_init(&s, NULL);
	ck_assert_msg(onnxtxt_print(&s.sink, m, &o, &e), "%s", e.msg);
	text = strndup((const char *)s.buf.data, s.len);
	memory_sink_release(&s);
	return text;
}

/* Any three dimensions. */
#define F34 "g (float[N,3,4] X) => (float[a,b,c] Y) "

static const struct {
	int opset;
	const char *graph;
	const char *says[3]; /* in the raised model */
} raised[] = {
	{7,
	 "g (float[N,1,2,2] X) => (float[N,1,4,6] Y)"
	 "{ Y = Upsample <mode = \"nearest\", scales = [1.0, 1.0, 2.0, 3.0]> "
	 "(X) }",
	 {"Resize", "asymmetric", "floor"}},
	{9,
	 "g (float[N,1,2,2] X) => (float[N,1,4,4] Y)"
	 "<float[4] s = {1, 1, 2, 2}>"
	 "{ Y = Upsample <mode = \"linear\"> (X, s) }",
	 {"Resize", "linear", "asymmetric"}},
	{10,
	 "g (float[N,1,4,4] X) => (float[N,1,2,2] Y)"
	 "<float[4] s = {1, 1, 0.5, 0.5}>"
	 "{ Y = Resize <mode = \"nearest\"> (X, s) }",
	 {"asymmetric", "floor"}},
	{7,
	 F34 "{ Y = Slice <axes = [1, -1], starts = [1, 0], ends = [3, -1]> "
	     "(X) }",
	 {"Slice (X, "}},
	{9,
	 "g (float[N,5] X) => (float[N,3] Y, int64[N,3] I)"
	 "{ Y, I = TopK <k = 3> (X) }",
	 {"TopK (X, "}},
	{7, F34 "{ Y = Clip <min = -0.5, max = 0.5> (X) }", {"Clip (X, "}},
	{7, F34 "{ Y = Clip <max = 0.5> (X) }", {"Clip (X, \"\", "}},
	{7,
	 F34 "{ Y = Pad <pads = [0, 1, 0, 0, 0, 2], value = 1.5> (X) }",
	 {"Pad (X, "}},
	{7,
	 F34 "{ Y = Pad <mode = \"reflect\", pads = [0, 1, 0, 0, 0, 2]> (X) }",
	 {"reflect", "Pad "}},
	{7, F34 "{ Y = Dropout <ratio = 0.25> (X) }", {"0.25", "Dropout (X, "}},
	{7,
	 "g (float[N,3,4] X) => (float[N,4] Y)"
	 "{ Y = ReduceSum <axes = [1], keepdims = 0> (X) }",
	 {"(X, "}},
	{7,
	 "g (float[N,3,4] X) => (float Y) { Y = ReduceSum <keepdims = 0> (X) }",
	 {"(X)"}},
	{7, F34 "{ Y = ReduceMean <axes = [-1]> (X) }", {"(X, "}},
	{7, F34 "{ Y = ReduceMax <axes = [1, 2]> (X) }", {"(X, "}},
	{7, F34 "{ Y = ReduceMin <axes = [2]> (X) }", {"(X, "}},
	{7, F34 "{ Y = ReduceProd <axes = [2]> (X) }", {"(X, "}},
	{7, F34 "{ Y = ReduceL1 <axes = [2]> (X) }", {"(X, "}},
	{7, F34 "{ Y = ReduceL2 <axes = [2]> (X) }", {"(X, "}},
	{7, F34 "{ Y = ReduceLogSum <axes = [2]> (X) }", {"(X, "}},
	{7, F34 "{ Y = ReduceLogSumExp <axes = [2]> (X) }", {"(X, "}},
	{7, F34 "{ Y = ReduceSumSquare <axes = [2]> (X) }", {"(X, "}},
	{7,
	 "g (float[N,4] X) => (float[N,1] Y, float[N,3] Z)"
	 "{ Y, Z = Split <axis = 1, split = [1, 3]> (X) }",
	 {"Split <axis = 1> (X, "}},
	{7,
	 "g (float[N,4] X) => (float[N,2] Y, float[N,2] Z)"
	 "{ Y, Z = Split <axis = 1> (X) }",
	 {"num_outputs = 2"}},
	{7,
	 "g (float[N,1,4] X) => (float[N,4] Y) { Y = Squeeze <axes = [1]> (X) "
	 "}",
	 {"Squeeze (X, "}},
	{7,
	 "g (float[N,4] X) => (float[N,1,4] Y)"
	 "{ Y = Unsqueeze <axes = [1]> (X) }",
	 {"Unsqueeze (X, "}},
	{7, F34 "{ Y = Softmax (X) }", {"Flatten", "axis = -1", "Reshape"}},
	{7, F34 "{ Y = LogSoftmax <axis = 2> (X) }", {"axis = -1"}},
	{7,
	 "g (float[N,3,1,1] X) => (float[N,3,1,1] Y) { Y = Softmax (X) }",
	 {"Softmax <axis = 1>"}},
	{7, F34 "{ Y = Hardmax <axis = 1> (X) }", {"Flatten", "Reshape"}},
	{7,
	 "g (float[N,2,3,3] X) => (float[N,2,3,3] Y)"
	 "<float[2] s = {1, 2}, float[2] v = {0.5, 2}>"
	 "{ Y = BatchNormalization <spatial = 1> (X, s, s, s, v) }",
	 {"BatchNormalization (X, s, s, s, v)"}},
	{9,
	 "g (float[4,3] X, float[2,3] U) => (float[4,3] Y)"
	 "<int64[2,3] i = {0, 1, 2, 3, 2, 1}> { Y = Scatter (X, i, U) }",
	 {"ScatterElements"}},
	{7,
	 "g (float[N,2,3,3] X) => (float[N,2,3,3] Y)"
	 "{ Y = ImageScaler <scale = 0.5, bias = [1.0, -1.0]> (X) }",
	 {"Mul", "Add"}},
	{13, F34 "{ A = Relu (X) Y = Softmax <axis = 1> (A) }", {"axis = 1"}},
};

START_TEST(says_the_same_in_the_new_way)
{
	struct model *old = parse(raised[_i].opset, raised[_i].graph);
	struct model *new = parse(raised[_i].opset, raised[_i].graph);
	struct check_opts o = {.seed = 1};
	struct str why = {0};
	struct err e = {0};
	char *text;

	ck_assert_msg(raise_opset(new, OPSET_DEFAULT, &e), "%s", e.msg);
	ck_assert_msg(model_verify(new, &e), "%s", e.msg);
	ck_assert_int_eq(model_opset(new, ""), OPSET_DEFAULT);
	ck_assert_int_eq(new->ir_version, 10);
	text = print(new);
	for (size_t i = 0; i < 3 && raised[_i].says[i]; i++)
		ck_assert_msg(strstr(text, raised[_i].says[i]) != NULL,
			      "no '%s' in\n%s", raised[_i].says[i], text);
	ck_assert_msg(models_agree(old, new, EXACT, &o, &why, &e), "%s%s\n%s",
		      why.text ? why.text : "", e.msg, text);
	free(text);
	model_free(old);
	model_free(new);
}
END_TEST

START_TEST(names_all_that_cannot_be_raised)
{
	struct model *m = parse(
		7,
		"g (float[2,2,3,3] X) => (float[2,2,3,3] Y, float[2,2,3,3] M)"
		"{"
		"[first] A = Mystery (X)"
		"[second] B, M = Dropout (X)"
		"[third] Y = Add (A, B) }");
	char *before = print(m), *after;
	struct err e = {0};

	ck_assert(!raise_opset(m, OPSET_DEFAULT, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_msg(strstr(e.msg, "'first' (Mystery) is not known") != NULL,
		      "%s", e.msg);
	ck_assert_msg(strstr(e.msg, "'second' (Dropout) has a mask") != NULL,
		      "%s", e.msg);
	ck_assert_ptr_null(strstr(e.msg, "third"));
	after = print(m);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	model_free(m);
}
END_TEST

static const struct {
	int from, to;
	const char *says;
} refused[] = {
	{6, 21, "opset 6, want 7 or newer"},
	{17, 22, "want 21 at most"},
};

START_TEST(refuses_opsets_out_of_range)
{
	struct model *m = parse(refused[_i].from,
				"g (float[2] X) => (float[2] Y)"
				"{ Y = Relu (X) }");
	struct err e = {0};

	ck_assert(!raise_opset(m, refused[_i].to, &e));
	ck_assert_msg(strstr(e.msg, refused[_i].says) != NULL, "%s", e.msg);
	model_free(m);
}
END_TEST

START_TEST(never_lowers)
{
	struct model *m = parse(17, "g (float[2] X) => (float[2] Y)"
				    "{ Y = Relu (X) }");
	struct err e = {0};

	ck_assert(raise_opset(m, 13, &e));
	ck_assert_int_eq(model_opset(m, ""), 17);
	ck_assert_int_eq(m->ir_version, 3);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("raise");
	TCase *tc = tcase_create("raise");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, says_the_same_in_the_new_way, 0,
			    COUNT_OF(raised));
	tcase_add_test(tc, names_all_that_cannot_be_raised);
	tcase_add_loop_test(tc, refuses_opsets_out_of_range, 0,
			    COUNT_OF(refused));
	tcase_add_test(tc, never_lowers);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
