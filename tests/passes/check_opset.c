/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_opset.c -- every adapter of passes/opset_row.h, up and
 * down: the same numbers as before, said in the other way, and back.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "ops/op.h"
#include "passes/check.h"
#include "passes/opset_convert.h"
#include "passes/opset_row.h"
#include "tests/passes/opset_cases.h"
#include "tests/passes/opset_refusals.h"

static struct model *parse_with(int opset, const char *domains,
				const char *text)
{
	struct arena a = {0};
	const char *all = arena_printf(
		&a, "<ir_version: 3, opset_import: [\"\" : %d%s]> %s", opset,
		domains, text);
	struct bytes b = {(const uint8_t *)all, strlen(all)};
	struct model *m = NULL;
	struct err e = {0};

	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s: %s", text, e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s: %s", text, e.msg);
	arena_release(&a);
	return m;
}

static struct model *parse(int opset, const char *text)
{
	return parse_with(opset, "", text);
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

static bool agree(const struct model *old, const struct model *new,
		  struct str *why, struct err *e)
{
	struct check_opts o = {.seed = 1};

	/* What is converted need not be executable here. */
	return models_agree(old, new, ROUNDING, &o, why, e) ||
	       strstr(e->msg, "cannot execute") != NULL;
}

START_TEST(says_the_same_in_the_other_way)
{
	struct model *old = parse(converted[_i].from, converted[_i].graph);
	struct model *new = parse(converted[_i].from, converted[_i].graph);
	struct str why = {0};
	struct err e = {0};
	char *text;

	ck_assert_msg(convert_opset(new, converted[_i].to, NULL, &e), "%s\n%s",
		      e.msg, converted[_i].graph);
	ck_assert_msg(model_verify(new, &e), "%s", e.msg);
	ck_assert_int_eq(model_opset(new, ""), converted[_i].to);
	text = print(new);
	for (size_t i = 0; i < 3 && converted[_i].says[i]; i++)
		ck_assert_msg(strstr(text, converted[_i].says[i]) != NULL,
			      "no '%s' in\n%s", converted[_i].says[i], text);
	ck_assert_msg(agree(old, new, &why, &e), "%s%s\n%s",
		      why.text ? why.text : "", e.msg, text);
	ck_assert_msg(convert_opset(new, 28, NULL, &e), "%s", e.msg);
	ck_assert_msg(agree(old, new, &why, &e), "back: %s%s\n%s",
		      why.text ? why.text : "", e.msg, text);
	free(text);
	model_free(old);
	model_free(new);
}
END_TEST

static const struct opset_row *const tables[] = {
	opset_operands,	  opset_meanings, opset_resizes,     opset_broadcasts,
	opset_oldest,	  opset_norms,	  opset_quantizers,  opset_indices,
	opset_attentions, opset_newer,	  opset_experimental};

static bool crosses(int from, int to, const char *graph,
		    const struct opset_row *r, bool up)
{
	/* Upsample is what becomes of Resize on the way down. */
	const char *type = strcmp(r->type, "Upsample") || up ? r->type
							     : "Resize";
	const char *at = strstr(graph, type);

	return at && at[-1] == ' ' && at[strlen(type)] == ' ' &&
	       (up ? from < r->version && to >= r->version
		   : from >= r->version && to < r->version);
}

/* Some case, or some refusal, has the operator and crosses the version. */
static bool has_case(const struct opset_row *r, bool up)
{
	for (size_t i = 0; i < COUNT_OF(converted); i++)
		if (crosses(converted[i].from, converted[i].to,
			    converted[i].graph, r, up))
			return true;
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		if (crosses(refused[i].from, refused[i].to, refused[i].graph, r,
			    up))
			return true;
	return false;
}

START_TEST(every_adapter_has_a_case)
{
	for (const struct opset_row *r = tables[_i]; r->type; r++) {
		ck_assert_msg(!r->up || has_case(r, true), "%s to %d", r->type,
			      r->version);
		ck_assert_msg((!r->down && !r->recipe) || has_case(r, false),
			      "%s from %d", r->type, r->version);
	}
}
END_TEST

/* ---- refusals ----------------------------------------------------------- */

START_TEST(refuses_what_cannot_be_said)
{
	struct model *m = parse(refused[_i].from, refused[_i].graph);
	char *before = print(m), *after;
	struct err e = {0};

	ck_assert_msg(!convert_opset(m, refused[_i].to, NULL, &e), "%s",
		      refused[_i].graph);
	ck_assert_msg(strstr(e.msg, refused[_i].says) != NULL, "%s", e.msg);
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	after = print(m);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	model_free(m);
}
END_TEST

START_TEST(names_all_that_cannot_be_said)
{
	struct model *m = parse(
		7,
		"g (float[2,2,3,3] X, float[2] S) => (float[2,2,3,3] Y)"
		"{"
		"[first] A = Mystery (X)"
		"[second] B = BatchNormalization <spatial = 0> (X, S, S, S, S)"
		"[third] Y = Add (A, B) }");
	char *before = print(m), *after;
	struct err e = {0};

	ck_assert(!convert_opset(m, 21, NULL, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_msg(strstr(e.msg, "'first' (Mystery) is not known") != NULL,
		      "%s", e.msg);
	ck_assert_msg(strstr(e.msg, "'second' (BatchNormalization) norm") !=
			      NULL,
		      "%s", e.msg);
	ck_assert_ptr_null(strstr(e.msg, "third"));
	after = print(m);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	model_free(m);
}
END_TEST

START_TEST(forgets_none_of_many)
{
	struct str text = {0}, lines = {0};
	struct err e = {0};
	struct model *m;
	int n = 1;

	str_add(&text, "g (float[2] X) => (float[2] Y) { ");
	for (int i = 0; i < 60; i++)
		str_addf(&text, "[node_%d] A%d = Round (X) ", i, i);
	str_add(&text, "Y = Add (A0, A59) }");
	m = parse(11, text.text);
	ck_assert(!convert_opset(m, 10, &lines, &e));
	ck_assert_msg(strstr(e.msg, " more") != NULL, "%s", e.msg);
	for (const char *at = lines.text; *at; at++)
		n += *at == '\n';
	ck_assert_int_eq(n, 60);
	ck_assert_ptr_nonnull(strstr(lines.text, "'node_59' (Round) exists"));
	str_release(&text);
	str_release(&lines);
	model_free(m);
}
END_TEST

static const struct {
	int from, to;
	const char *says;
} ranges[] = {
	{6, 0, "cannot convert to opset 0, want 1 to 28"},
	{17, 29, "cannot convert to opset 29, want 1 to 28"},
	{30, 17, "the model has opset 30, want 1 to 28"},
};

START_TEST(refuses_opsets_out_of_range)
{
	struct model *m = parse(ranges[_i].from,
				"g (float[2] X) => (float[2] Y)"
				"{ Y = Relu (X) }");
	struct err e = {0};

	ck_assert(!convert_opset(m, ranges[_i].to, NULL, &e));
	ck_assert_msg(strstr(e.msg, ranges[_i].says) != NULL, "%s", e.msg);
	model_free(m);
}
END_TEST

START_TEST(raising_never_lowers)
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

/* ---- IR versions -------------------------------------------------------- */

static const struct {
	int from, to;
	const char *graph;
	int ir;
	uint32_t inputs;
} irs[] = {
	{7, 28,
	 "g (float[2] X) => (float[2] Y) <float c = {1}>"
	 "{ Y = Add (X, c) }",
	 14, 1},
	{28, 9,
	 "g (float[2] X) => (float[2] Y) <float c = {1}>"
	 "{ Y = Add (X, c) }",
	 4, 1},
	{28, 8,
	 "g (float[2] X) => (float[2] Y) <float c = {1}>"
	 "{ Y = Add (X, c) }",
	 3, 2},
	{28, 13, "g (bfloat16[2] X) => (bfloat16[2] Y) { Y = Add (X, X) }", 7,
	 1},
	{28, 15,
	 "g (optional(float[2]) X) => (bool Y)"
	 "{ Y = OptionalHasElement (X) }",
	 8, 1},
	/* The constant of the branch moves out. */
	{28, 8,
	 "g (bool C, float[2] X) => (float[2] Y)"
	 "{ Y = If (C) <then_branch = t () => (float[2] A) <float c = {1}>"
	 " { A = Add (X, c) }, else_branch = e () => (float[2] B)"
	 " { B = Neg (X) }> }",
	 3, 3},
	/* And leaves a copy where it is the result. */
	{28, 8,
	 "g (bool C, float[2] X) => (float[2] Y)"
	 "{ Y = If (C) <then_branch = t () => (float[2] A) <float[2] A = {1, 2}>"
	 " { B = Neg (X) }, else_branch = e () => (float[2] B)"
	 " { B = Neg (X) }> }",
	 3, 3},
};

START_TEST(takes_the_ir_along)
{
	struct model *m = parse(irs[_i].from, irs[_i].graph);
	struct err e = {0};

	m->ir_version = irs[_i].from < 9 ? 3 : 14;
	ck_assert_msg(convert_opset(m, irs[_i].to, NULL, &e), "%s", e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
	ck_assert_int_eq(m->ir_version, irs[_i].ir);
	ck_assert_uint_eq(m->main->nin, irs[_i].inputs);
	model_free(m);
}
END_TEST

/* ---- functions ---------------------------------------------------------- */

#define FUNCTION(version, body)                                 \
	"g (float[2,3] X) => (float[2,3] Y) { Y = mine.f (X) }" \
	"<domain: \"mine\", opset_import: [\"\" : " version     \
	"]> f (A) => (B) {" body "}"

START_TEST(converts_functions)
{
	struct model *m = parse_with(
		28, ", \"mine\" : 1",
		FUNCTION("28", "C = Squeeze (A) B = Mish (C)"));
	struct err e = {0};
	char *text;

	ck_assert_msg(convert_opset(m, 13, NULL, &e), "%s", e.msg);
	ck_assert_int_eq(m->function[0].opset[0].version, 13);
	ck_assert_int_ge(m->ir_version, 8);
	text = print(m);
	ck_assert_msg(strstr(text, "Softplus (C)") != NULL, "%s", text);
	free(text);
	model_free(m);
}
END_TEST

START_TEST(refuses_functions_by_name)
{
	struct model *m = parse_with(
		28, ", \"mine\" : 1",
		FUNCTION("28", "B = Softmax <axis = 0> (A)"));
	struct err e = {0};

	ck_assert(!convert_opset(m, 12, NULL, &e));
	ck_assert_msg(strstr(e.msg, "(Softmax) of function 'f' normalizes an "
				    "operand of unknown rank") != NULL,
		      "%s", e.msg);
	ck_assert_int_eq(m->function[0].opset[0].version, 28);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("opset");
	TCase *tc = tcase_create("opset");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, says_the_same_in_the_other_way, 0,
			    COUNT_OF(converted));
	tcase_add_loop_test(tc, every_adapter_has_a_case, 0, COUNT_OF(tables));
	tcase_add_loop_test(tc, refuses_what_cannot_be_said, 0,
			    COUNT_OF(refused));
	tcase_add_test(tc, names_all_that_cannot_be_said);
	tcase_add_test(tc, forgets_none_of_many);
	tcase_add_loop_test(tc, refuses_opsets_out_of_range, 0,
			    COUNT_OF(ranges));
	tcase_add_test(tc, raising_never_lowers);
	tcase_add_loop_test(tc, takes_the_ir_along, 0, COUNT_OF(irs));
	tcase_add_test(tc, converts_functions);
	tcase_add_test(tc, refuses_functions_by_name);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
