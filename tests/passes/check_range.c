/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_range.c -- what range analysis may claim. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "formats/onnxtxt.h"
#include "ops/op.h"
#include "passes/range.h"

static const struct {
	const char *nodes;
	double lo, hi;
} cases[] = {
	{"Y = Neg (X)", -INFINITY, INFINITY},
	{"Y = Relu (X)", 0, INFINITY},
	{"A = Sigmoid (X) Y = Identity (A)", 0, 1},
	{"A = Tanh (X) Y = Relu (A)", 0, INFINITY},
	{"Y = Clip (X, m1, p6)", -1, 6},
	{"A = Relu (X) Y = Clip (A, m1, p6)", 0, 6},
	{"Y = Clip (X, \"\", p6)", -INFINITY, 6},
	{"A = Relu (X) Y = Add (A, p6)", 0, INFINITY},
	{"A = Relu (X) Y = Add (A, m1)", -INFINITY, INFINITY},
	{"Y = Mul (X, X)", 0, INFINITY},
	{"A = Relu (X) Y = Mul (A, p6)", 0, INFINITY},
	{"A = Relu (X) Y = Mul (A, m1)", -INFINITY, INFINITY},
	{"A = Relu (X) Y = Sub (A, p6)", -INFINITY, INFINITY},
	{"A = Tanh (X) B = Sigmoid (X) Y = Max (A, B)", 0, 1},
	{"A = Tanh (X) B = Sigmoid (X) Y = Min (A, B)", -1, 1},
	{"A = Tanh (X) B = Sigmoid (X) C = Concat <axis = 0> (A, B)"
	 "Y, Z = Split <axis = 0> (C)",
	 -1, 1},
	{"A = Relu (X) B = Exp (A) C = Transpose (B) Y = Transpose (C)", 0,
	 INFINITY},
	{"A = Cast <to = 2> (X) Y = Cast <to = 1> (A)", 0, INFINITY},
	{"A = Cast <to = 6> (X) Y = Cast <to = 1> (A)", -INFINITY, INFINITY},
	{"A = Relu (X) Y = Elu (A)", -INFINITY, INFINITY},
};

START_TEST(claims_no_more_than_it_knows)
{
	struct arena a = {0};
	const char *text = arena_printf(
		&a,
		"<ir_version: 8, opset_import: [\"\" : 17]>"
		"g (float[2,3] X) => (float[2,3] Y)"
		"<float m1 = {-1}, float p6 = {6}> { %s }",
		cases[_i].nodes);
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct value_range r;
	struct model *m;
	struct err e = {0};

	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s", e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	r = range_of(m->main->out[0].read.value);
	ck_assert_msg(!(r.lo < cases[_i].lo || r.lo > cases[_i].lo) &&
			      !(r.hi < cases[_i].hi || r.hi > cases[_i].hi),
		      "%s: [%g, %g]", cases[_i].nodes, r.lo, r.hi);
	model_free(m);
	arena_release(&a);
}
END_TEST

/* 40 levels of x + x: 2^40 paths. */
START_TEST(bounds_its_work)
{
	struct str text = {0};
	struct bytes b;
	struct model *m;
	struct err e = {0};

	str_add(&text, "<ir_version: 8, opset_import: [\"\" : 17]>"
		       "g (float[2] X) => (float[2] Y) { A0 = Relu (X) ");
	for (int i = 0; i < 40; i++)
		str_addf(&text, "A%d = Add (A%d, A%d) ", i + 1, i, i);
	str_add(&text, "Y = Identity (A40) }");
	b = (struct bytes){(const uint8_t *)text.text, text.len};
	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s", e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	ck_assert(isinf(range_of(m->main->out[0].read.value).hi));
	model_free(m);
	str_release(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("range");
	TCase *tc = tcase_create("range");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, claims_no_more_than_it_knows, 0,
			    COUNT_OF(cases));
	tcase_add_test(tc, bounds_its_work);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
