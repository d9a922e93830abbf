/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_functions.c -- functions in the place of their calls. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "formats/onnxtxt.h"
#include "ops/op.h"
#include "passes/inline_functions.h"

static struct err e;

static struct model *parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct model *m = NULL;

	ck_assert_msg(onnxtxt_parse(&m, b, &limits_default, &e), "%s", e.msg);
	return m;
}

static void print(struct str *s, const struct model *m)
{
	struct memory_sink out;

	memory_sink_init(&out, NULL);
	ck_assert_msg(onnxtxt_print(&out.sink, m,
				    &(struct onnxtxt_opts){.no_types = true},
				    &e),
		      "%s", e.msg);
	str_addn(s, (const char *)out.buf.data, out.len);
	memory_sink_release(&out);
}

#define HEAD "<ir_version: 9, opset_import: [\"\" : 18, \"f\" : 1]>"
#define BARE "<ir_version: 9, opset_import: [\"\" : 18]>"
#define FN "<domain: \"f\", opset_import: [\"\" : 18, \"f\" : 1]>"

static const struct {
	const char *says, *from, *to;
} inlined[] = {
	{"a body called twice gets two sets of names",
	 HEAD "g (float[N] x) => (float[N] y) {"
	      "[one] t = f.Twice (x) [two] y = f.Twice (t) }" FN
	      "Twice (a) => (b) { [neg] c = Neg (a) b = Exp (c) }",
	 BARE "g (float[N] x) => (float[N] y) {"
	      "[\"one/neg\"] \"one/c\" = Neg (x) t = Exp (\"one/c\")"
	      "[\"two/neg\"] \"two/c\" = Neg (t) y = Exp (\"two/c\") }"},
	{"a call without a name is called by its result",
	 HEAD "g (float[N] x) => (float[N] y) { y = f.F (x) }" FN
	      "F (a) => (b) { c = Neg (a) b = Exp (c) }",
	 BARE "g (float[N] x) => (float[N] y) {"
	      "\"y/c\" = Neg (x) y = Exp (\"y/c\") }"},
	{"calls of one name do not share names of values",
	 HEAD "g (float[N] x) => (float[N] y) {"
	      "[n] t = f.F (x) [n] y = f.F (t) }" FN
	      "F (a) => (b) { c = Neg (a) b = Exp (c) }",
	 BARE "g (float[N] x) => (float[N] y) {"
	      "\"n/c\" = Neg (x) t = Exp (\"n/c\")"
	      "\"n/c_2\" = Neg (t) y = Exp (\"n/c_2\") }"},
	{"a name that a value of the model has is not taken",
	 HEAD "g (float[N] \"y/c\") => (float[N] y) { y = f.F (\"y/c\") }" FN
	      "F (a) => (b) { c = Neg (a) b = Exp (c) }",
	 BARE "g (float[N] \"y/c\") => (float[N] y) {"
	      "\"y/c_2\" = Neg (\"y/c\") y = Exp (\"y/c_2\") }"},
	{"attributes come from the call, the default, or not at all",
	 HEAD "g (float[N,2] x) => (float[N,2] y) {"
	      "t = f.F <axis = 0> (x) u = f.F <alpha = 2.0> (t) y = f.F (u) }"
	      "<domain: \"f\", opset_import: [\"\" : 18]>"
	      "F <axis, alpha: float = 0.5> (a) => (b) {"
	      "c = LeakyRelu <alpha: float = @alpha> (a)"
	      "b = Softmax <axis: int = @axis> (c) }",
	 BARE "g (float[N,2] x) => (float[N,2] y) {"
	      "\"t/c\" = LeakyRelu <alpha = 0.5> (x)"
	      "t = Softmax <axis = 0> (\"t/c\")"
	      "\"u/c\" = LeakyRelu <alpha = 2.0> (t) u = Softmax (\"u/c\")"
	      "\"y/c\" = LeakyRelu <alpha = 0.5> (u) y = Softmax (\"y/c\") }"},
	{"an attribute goes down through functions and inner graphs",
	 HEAD "g (float[N,2] x, bool c) => (float[N,2] y) {"
	      "y = f.Outer <k = 1> (x, c) }" FN "Outer <k> (a, c) => (b) {"
	      "b = If (c) <then_branch = t () => (u) {"
	      "   u = f.Inner <axis: int = @k> (a) },"
	      "else_branch = o () => (v) { v = Neg (a) }> }" FN
	      "Inner <axis> (a) => (b) { b = Softmax <axis: int = @axis> (a) }",
	 BARE "g (float[N,2] x, bool c) => (float[N,2] y) {"
	      "y = If (c) <then_branch = t () => (\"y/u\") {"
	      "   \"y/u\" = Softmax <axis = 1> (x) },"
	      "else_branch = o () => (\"y/v\") { \"y/v\" = Neg (x) }> }"},
	{"an operand that is left out is left out in the body",
	 HEAD "g (float[N] x, float h) => (float[N] y, float[N] z) {"
	      "y = f.F (x, \"\", h) z = f.F (x) }" FN
	      "F (a, lo, hi) => (b) { b = Clip (a, lo, hi) }",
	 BARE "g (float[N] x, float h) => (float[N] y, float[N] z) {"
	      "y = Clip (x, \"\", h) z = Clip (x, \"\", \"\") }"},
	{"a result that is not wanted is a value of the body",
	 HEAD "g (float[N] x) => (float[N] y) { \"\", y = f.F (x) }" FN
	      "F (a) => (b, c) { b = Neg (a) c = Exp (b) }",
	 BARE "g (float[N] x) => (float[N] y) {"
	      "\"y/b\" = Neg (x) y = Exp (\"y/b\") }"},
	{"an operand that is a result goes through an Identity",
	 HEAD "g (float[N] x) => (float[N] y, float[N] z) {"
	      "y, z = f.F (x) }" FN "F (a) => (a, a) { unused = Neg (a) }",
	 BARE "g (float[N] x) => (float[N] y, float[N] z) {"
	      "\"y/unused\" = Neg (x) y = Identity (x) z = Identity (x) }"},
	{"a value that is two results goes through an Identity",
	 HEAD "g (float[N] x) => (float[N] y, float[N] z) {"
	      "y, z = f.F (x) }" FN "F (a) => (b, b) { b = Neg (a) }",
	 BARE "g (float[N] x) => (float[N] y, float[N] z) {"
	      "y = Neg (x) z = Identity (y) }"},
	{"a call within an inner graph reads outer values",
	 HEAD "g (float[N] x, bool c) => (float[N] y) {"
	      "y = If (c) <then_branch = t () => (u) { u = f.F (x) },"
	      "else_branch = o () => (v) { v = Neg (x) }> }" FN
	      "F (a) => (b) { b = Exp (a) }",
	 BARE "g (float[N] x, bool c) => (float[N] y) {"
	      "y = If (c) <then_branch = t () => (u) { u = Exp (x) },"
	      "else_branch = o () => (v) { v = Neg (x) }> }"},
	{"a graph may be an argument, used twice",
	 HEAD "g (float[N] x, bool c) => (float[N] y) {"
	      "y = f.F <way = w () => (u) { t = Neg (x) u = Exp (t) }> (c) }" FN
	      "F <way> (c) => (b) {"
	      "b = If <then_branch: graph = @way, else_branch: graph = @way> "
	      "(c) }",
	 BARE "g (float[N] x, bool c) => (float[N] y) {"
	      "y = If (c) <then_branch = w () => (\"y/u_3\") {"
	      "\"y/t_2\" = Neg (x) \"y/u_3\" = Exp (\"y/t_2\") },"
	      "else_branch = w () => (\"y/u\") {"
	      "\"y/t\" = Neg (x) \"y/u\" = Exp (\"y/t\") }> }"},
	{"a function takes the place of an operator of its name",
	 "<ir_version: 9, opset_import: [\"\" : 18, \"com.microsoft\" : 1]>"
	 "g (float[N] x) => (float[N] y) { y = com.microsoft.Gelu (x) }"
	 "<domain: \"com.microsoft\", opset_import: [\"\" : 18]>"
	 "Gelu (a) => (b) { b = Relu (a) }",
	 BARE "g (float[N] x) => (float[N] y) { y = Relu (x) }"},
	{"the overload is part of the name",
	 HEAD "g (float[N] x) => (float[N] y) {"
	      "t = f.F:two (x) y = f.F (t) }"
	      "<domain: \"f\", overload: \"two\", opset_import: [\"\" : 18]>"
	      "F (a) => (b) { b = Neg (a) }" FN "F (a) => (b) { b = Exp (a) }",
	 BARE "g (float[N] x) => (float[N] y) { t = Neg (x) y = Exp (t) }"},
	{"an opset that only a function imports becomes the model's",
	 HEAD "g (float[N] x) => (float[N] y) { y = f.F (x) }"
	      "<domain: \"f\", opset_import: [\"ai.onnx.ml\" : 3]>"
	      "F (a) => (b) { b = ai.onnx.ml.Normalizer (a) }",
	 "<ir_version: 9, opset_import: [\"\" : 18, \"ai.onnx.ml\" : 3]>"
	 "g (float[N] x) => (float[N] y) { y = ai.onnx.ml.Normalizer (x) }"},
	{"a body of another opset is converted",
	 HEAD "g (float[N] x) => (float[N] y) { y = f.F (x) }"
	      "<domain: \"f\", opset_import: [\"\" : 9]>"
	      "F (a) => (b) { b = Clip <min = 0.0> (a) }",
	 BARE "g (float[N] x) => (float[N] y) {"
	      "v_5 = Constant <value = float {0}> ()"
	      "y = Clip (x, v_5) }"},
	{"or the model is, where the body is newer",
	 HEAD "g (float[N] x) => (float[N] y) { y = f.F (x) }"
	      "<domain: \"f\", opset_import: [\"\" : 20]>"
	      "F (a) => (b) { b = RegexFullMatch <pattern = \"a\"> (a) }",
	 "<ir_version: 9, opset_import: [\"\" : 20]>"
	 "g (float[N] x) => (float[N] y) {"
	 "y = RegexFullMatch <pattern = \"a\"> (x) }"},
	{"what nothing calls need not make sense",
	 HEAD "g (float[N] x) => (float[N] y) { y = Neg (x) }"
	      "<domain: \"f\", opset_import: [\"f\" : 1]>"
	      "F (a) => (b) { b = Nonsense (a) }",
	 BARE "g (float[N] x) => (float[N] y) { y = Neg (x) }"},
};

START_TEST(puts_the_body_in_the_place_of_the_call)
{
	struct model *m = parse(inlined[_i].from),
		     *want = parse(inlined[_i].to);
	struct str a = {0}, b = {0};

	ck_assert_msg(inline_functions(m, NULL, &e), "%s: %s", inlined[_i].says,
		      e.msg);
	ck_assert_uint_eq(m->nfunction, 0);
	ck_assert_msg(model_verify(m, &e), "%s: %s", inlined[_i].says, e.msg);
	print(&a, m);
	print(&b, want);
	ck_assert_msg(strcmp(a.text, b.text) == 0, "%s: found\n%s\nwanted\n%s",
		      inlined[_i].says, a.text, b.text);
	str_release(&a);
	str_release(&b);
	model_free(m);
	model_free(want);
}
END_TEST

static const struct {
	const char *text, *says;
	enum err_code code;
} refused[] = {
	{HEAD "g (float[N] x) => (float[N] y) { y = f.F (x, x) }" FN
	      "F (a) => (b) { b = Neg (a) }",
	 "node 'y' (F): 2 operands and 1 results, function 'F' has 1 and 1",
	 ERR_FORMAT},
	{HEAD "g (float[N] x) => (float[N] y) { y, z = f.F (x) }" FN
	      "F (a) => (b) { b = Neg (a) }",
	 "node 'y' (F): 1 operands and 2 results, function 'F' has 1 and 1",
	 ERR_FORMAT},
	{HEAD "g (float[N] x) => (float[N] y) { y = f.F <axis = 0.5> (x) }" FN
	      "F <axis> (a) => (b) { b = Softmax <axis: int = @axis> (a) }",
	 "node 'y' (F): attribute 'axis' is of another type than function 'F' "
	 "declares",
	 ERR_TYPE},
	{HEAD "g (float[N] x) => (float[N] y) { y = f.F (\"\") }" FN
	      "F (a) => (a) { b = Neg (a) }",
	 "node 'y' (F): function 'F' returns 'a', which the call leaves out",
	 ERR_FORMAT},
	{HEAD "g (float[N] x) => (float[N] y) { y = f.F (x) }"
	      "<domain: \"f\", opset_import: [\"f\" : 1]>"
	      "F (a) => (b) { b = Neg (a) }",
	 "function 'F' has nodes of domain 'ai.onnx' and imports no version of "
	 "it",
	 ERR_FORMAT},
	{"<ir_version: 9, opset_import: [\"\" : 18, \"f\" : 1, \"z\" : 1]>"
	 "g (float[N] x) => (float[N] y) { y = f.F (x) }"
	 "<domain: \"f\", opset_import: [\"z\" : 2]>"
	 "F (a) => (b) { b = z.Op (a) }",
	 "function 'F' means 'Op' of opset 2, which is another than that of "
	 "opset 1, which the model imports",
	 ERR_UNSUPPORTED},
	{HEAD "g (float[N,2] x) => (float[N,2] y) { y = f.F <m = 1> (x) }"
	      "<domain: \"f\", opset_import: [\"\" : 12]>"
	      "F <m> (a) => (b) { b = Softmax <axis: int = @m> (a) }",
	 "functions of other opsets: opset 12 cannot become 18: 'b' (Softmax) "
	 "of function 'F' has attributes that are its function's",
	 ERR_UNSUPPORTED},
};

START_TEST(refuses_by_name)
{
	struct model *m = parse(refused[_i].text);

	ck_assert(!inline_functions(m, NULL, &e));
	ck_assert_int_eq(e.code, refused[_i].code);
	ck_assert_msg(
		strncmp(e.msg, refused[_i].says, strlen(refused[_i].says)) == 0,
		"%s", e.msg);
	model_free(m);
}
END_TEST

/* Function I calls I + 1 twice. */
static void add_doubling(struct str *s, int count)
{
	for (int i = 0; i < count; i++)
		str_addf(s,
			 "<domain: \"f\", opset_import: [\"f\" : 1]> F%d (a) "
			 "=> (c) { b = f.F%d (a) c = f.F%d (b) }",
			 i, i + 1, i + 1);
	str_addf(s, FN "F%d (a) => (c) { c = Neg (a) }", count);
}

START_TEST(many_calls_of_a_large_body_are_a_limit)
{
	const struct limits few = {.nodes = 1000};
	struct str s = {0};
	struct model *m;

	str_add(&s, HEAD "g (float[N] x) => (float[N] y) { y = f.F0 (x) }");
	add_doubling(&s, 8);
	m = parse(s.text);
	ck_assert_msg(inline_functions(m, &(struct limits){.nodes = 766}, &e),
		      "%s", e.msg);
	model_free(m);
	s.len = 0;
	str_add(&s, HEAD "g (float[N] x) => (float[N] y) { y = f.F0 (x) }");
	add_doubling(&s, 10);
	m = parse(s.text);
	ck_assert(!inline_functions(m, &few, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "too many nodes"));
	model_free(m);
	str_release(&s);
}
END_TEST

START_TEST(graphs_of_bodies_within_graphs_of_bodies_are_a_limit)
{
	struct str s = {0};
	struct model *m;

	str_add(&s, HEAD "g (float[N] x, bool c) => (float[N] y) {"
			 "y = f.F0 (x, c) }");
	for (int i = 0; i < 40; i++)
		str_addf(&s,
			 FN "F%d (a, c) => (b) { b = If (c) <then_branch = "
			    "t () => (u) { u = f.F%d (a, c) }, else_branch = "
			    "e () => (v) { v = Neg (a) }> }",
			 i, i + 1);
	str_add(&s, FN "F40 (a, c) => (b) { b = Neg (a) }");
	m = parse(s.text);
	ck_assert(!inline_functions(m, NULL, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "nests more than 32 graphs"));
	model_free(m);
	str_release(&s);
}
END_TEST

START_TEST(long_names_do_not_multiply)
{
	char name[400];
	struct str s = {0};
	struct model *m;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	str_addf(&s,
		 HEAD "g (float[N] x) => (float[N] y) { [%s] y = f.F (x) }" FN
		      "F (a) => (b) { c = Neg (a) b = Exp (c) }",
		 name);
	m = parse(s.text);
	ck_assert_msg(inline_functions(m, NULL, &e), "%s", e.msg);
	ck_assert_str_eq(m->main->first->out[0]->name, "");
	ck_assert_str_eq(m->main->last->out[0]->name, "y");
	model_free(m);
	str_release(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("functions");
	TCase *tc = tcase_create("functions");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, puts_the_body_in_the_place_of_the_call, 0,
			    (int)COUNT_OF(inlined));
	tcase_add_loop_test(tc, refuses_by_name, 0, (int)COUNT_OF(refused));
	tcase_add_test(tc, many_calls_of_a_large_body_are_a_limit);
	tcase_add_test(tc,
		       graphs_of_bodies_within_graphs_of_bodies_are_a_limit);
	tcase_add_test(tc, long_names_do_not_multiply);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
