/* SPDX-License-Identifier: Apache-2.0 */
/* Costs told from types: multiply-accumulates by hand, the life of values,
 * and dimensions that get a number. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "formats/onnxtxt.h"
#include "ops/cost.h"
#include "ops/op.h"

static struct model *parse(const char *graph)
{
	struct model *m;
	struct str s = {0};
	struct err e;

	str_addf(&s, "<ir_version: 10, opset_import: [\"\" : 21]> %s", graph);
	ck_assert_msg(onnxtxt_parse(&m,
				    (struct bytes){(uint8_t *)s.text, s.len},
				    &limits_default, &e),
		      "%s", e.msg);
	str_release(&s);
	return m;
}

static struct cost cost_of(struct model *m)
{
	struct cost c;
	struct err e;

	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	model_cost(m, &c);
	return c;
}

static const struct {
	const char *graph;
	uint64_t macs;
	uint32_t uncounted;
} products[] = {
	/* 2 * 8 * 5 * 5 results of 3 * 3 * 3 products. */
	{"g (float[2,3,5,5] x, float[8,3,3,3] w) => (y) "
	 "{ y = Conv <pads = [1, 1, 1, 1]> (x, w) }",
	 2 * 8 * 25 * 27, 0},
	/* Depthwise: one channel each. */
	{"g (float[1,6,4,4] x, float[6,1,3,3] w) => (y) "
	 "{ y = Conv <group = 6> (x, w) }",
	 6 * 4 * 9, 0},
	/* Each of the 3 * 4 * 4 inputs meets 2 * 3 * 3 weights. */
	{"g (float[1,3,4,4] x, float[3,2,3,3] w) => (y) "
	 "{ y = ConvTranspose (x, w) }",
	 3 * 16 * 18, 0},
	{"g (float[7,2,3] a, float[3,5] b) => (y) { y = MatMul (a, b) }",
	 7 * 2 * 5 * 3, 0},
	{"g (float[3] a, float[3] b) => (y) { y = MatMul (a, b) }", 3, 0},
	{"g (float[4,2] a, float[4,5] b) => (y) "
	 "{ y = Gemm <transA = 1> (a, b) }",
	 2 * 5 * 4, 0},
	{"g (float[6,2,3] x, float[1,16,3] w, float[1,16,4] r) => (y) "
	 "{ y = LSTM <hidden_size = 4> (x, w, r) }",
	 6 * 2 * (16 * 3 + 16 * 4), 0},
	{"g (float[2,3,4] a, float[2,4,5] b) => (y) "
	 "{ y = Einsum <equation = \"bij,bjk->bik\"> (a, b) }",
	 2 * 3 * 4 * 5, 0},
	{"g (float[3,3] a) => (y) { y = Relu (a) }", 0, 0},
	/* What is not known is said to be. */
	{"g (float[N,3] a, float[3,5] b) => (y) { y = MatMul (a, b) }", 0, 1},
	{"g (float[1] a) => (y) { y = nowhere.Foo (a) }", 0, 1},
};

START_TEST(counts_products)
{
	struct model *m = parse(products[_i].graph);
	struct cost c = cost_of(m);

	ck_assert_uint_eq(c.macs, products[_i].macs);
	ck_assert_uint_eq(c.uncounted, products[_i].uncounted);
	model_free(m);
}
END_TEST

static const struct {
	const char *graph;
	uint64_t peak;
	const char *where; /* operator of the node */
} lives[] = {
	/* x dies at a; a, b at once; the output y lives on. */
	{"g (float[10] x) => (y) { a = Relu (x) b = Neg (a) y = Abs (b) }", 80,
	 "Relu"},
	/* The skip connection keeps a alive: a, b, then a, b, y. */
	{"g (float[10] x) => (y) { a = Relu (x) b = Neg (a) y = Add (a, b) }",
	 120, "Add"},
	/* Constants and what follows from them alone are no activations. */
	{"g (float[10] x) => (y) <float[10] k = {0,0,0,0,0,0,0,0,0,0}> "
	 "{ c = Neg (k) y = Add (x, c) }",
	 80, "Add"},
	/* An inner graph works while the outer values live. */
	{"g (bool c, float[10] x) => (float[10] y) { y = If (c) <then_branch = t () => "
	 "(float[10] p) { q = Relu (x) p = Neg (q) }, else_branch = f () => "
	 "(float[10] r) { r = Relu (x) }> }",
	 1 + 40 + 40 + 80, "If"},
};

START_TEST(follows_the_life_of_values)
{
	struct model *m = parse(lives[_i].graph);
	struct cost c = cost_of(m);

	ck_assert_uint_eq(c.peak_bytes, lives[_i].peak);
	ck_assert_str_eq(c.peak->type, lives[_i].where);
	model_free(m);
}
END_TEST

START_TEST(fixes_a_dimension_and_what_depends_on_it)
{
	struct model *m = parse("g (float[N,2] x, float[M,2] z) => "
				"(float[P,2] y, float[M,2] w) "
				"{ y = Concat <axis = 0> (x, x) "
				"w = Relu (z) }");
	struct err e;
	struct cost c = cost_of(m);

	ck_assert_uint_eq(c.unsized, 4);
	ck_assert(!model_fix_dim(m, "Q", 3, &e));
	ck_assert_str_eq(e.msg, "the model has no dimension 'Q', only N, M, P");
	ck_assert(model_fix_dim(m, "N", 3, &e));
	ck_assert_int_eq(m->main->in[0]->type.shape.dim[0], 3);
	ck_assert_int_eq(m->main->first->out[0]->type.shape.dim[0], 6);
	ck_assert_int_lt(m->main->in[1]->type.shape.dim[0], 0);
	model_close_dims(m, 1, 9);
	ck_assert_int_eq(m->main->in[1]->type.shape.dim[0], 1);
	ck_assert_int_eq(m->main->out[1].type.shape.dim[0], 1);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cost");
	TCase *t = tcase_create("cost");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, counts_products, 0, COUNT_OF(products));
	tcase_add_loop_test(t, follows_the_life_of_values, 0, COUNT_OF(lives));
	tcase_add_test(t, fixes_a_dimension_and_what_depends_on_it);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
