/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_narrow.c -- which nodes of small graphs become float16. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/narrow.h"
#include "quant/calibrate.h"

static struct err e;
static struct narrow_report report;

static struct model *parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct model *m = NULL;

	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s", e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	return m;
}

static void narrow(struct model *m, const struct narrow_opts *o)
{
	narrow_report_release(&report);
	ck_assert_msg(narrow_model(m, o, &report, &e), "%s", e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
}

static const struct narrow_opts half = {.to = DTYPE_F16};

static void seen(struct sketch *s, const char *value, float x)
{
	uint8_t digest[SHA256_BYTES] = {0};

	ck_assert(sketch_init(s, digest, &value, 1, &e));
	ck_assert(histogram_add(&s->tensor[0].histogram, &x, 1, &e));
}

static struct node *find(const struct model *m, const char *type)
{
	for (struct node *n = model_first(m); n; n = model_next(n))
		if (node_is(n, "", type))
			return n;
	ck_abort_msg("no %s", type);
	return NULL;
}

static enum dtype result_of(const struct model *m, const char *type)
{
	return find(m, type)->out[0]->type.dtype;
}

static uint32_t casts(const struct model *m)
{
	uint32_t n = 0;

	for (struct node *at = model_first(m); at; at = model_next(at))
		n += node_is(at, "", "Cast");
	return n;
}

#define HEAD(opset) "<ir_version: 10, opset_import: [\"\" : " #opset "]>\n"

static const char two_nodes[] = HEAD(
	13) "g (float[1,2] X) => (float[1,2] Y)\n"
	    "<float[2,2] W = {1, 2, 3, 4}>\n"
	    "{ A = MatMul (X, W)\n B = Neg (A)\n Y = Relu (B) }\n";

START_TEST(values_are_cast_at_the_ends_of_the_model_only)
{
	struct model *m = parse(two_nodes);
	const struct node *n;

	narrow(m, &half);
	ck_assert_uint_eq(casts(m), 2);
	n = find(m, "MatMul");
	ck_assert_int_eq(n->out[0]->type.dtype, DTYPE_F16);
	ck_assert_int_eq(node_in(n, 1)->konst->dtype, DTYPE_F16);
	ck_assert_double_eq(tensor_double(node_in(n, 1)->konst, 3), 4);
	ck_assert_int_eq(m->main->in[0]->type.dtype, DTYPE_F32);
	ck_assert_int_eq(m->main->out[0].read.value->type.dtype, DTYPE_F32);
	ck_assert_uint_eq(report.narrowed, 3);
	ck_assert_uint_eq(report.nkept, 0);
	model_free(m);
}
END_TEST

START_TEST(nodes_around_a_value_beyond_float16_stay_float32)
{
	struct model *m = parse(two_nodes);
	struct narrow_opts o = half;
	struct sketch s;

	seen(&s, "A", 65505);
	o.sketch = &s;
	narrow(m, &o);
	ck_assert_int_eq(result_of(m, "MatMul"), DTYPE_F32);
	ck_assert_int_eq(result_of(m, "Neg"), DTYPE_F32);
	ck_assert_int_eq(result_of(m, "Relu"), DTYPE_F16);
	ck_assert_uint_eq(report.nkept, 2);
	ck_assert_str_eq(report.kept[0].label, "A");
	ck_assert_str_eq(report.kept[0].why,
			 "A reached 6.55e+04, beyond float16");
	sketch_release(&s);
	model_free(m);
}
END_TEST

START_TEST(the_greatest_float16_is_not_beyond_it)
{
	struct model *m = parse(two_nodes);
	struct narrow_opts o = half;
	struct sketch s;

	seen(&s, "A", -65504);
	o.sketch = &s;
	narrow(m, &o);
	ck_assert_uint_eq(report.nkept, 0);
	sketch_release(&s);
	model_free(m);
}
END_TEST

START_TEST(bfloat16_has_the_range_of_float32)
{
	struct narrow_opts o = {.to = DTYPE_BF16};
	struct model *m = parse(two_nodes);
	struct sketch s;

	ck_assert_int_eq(narrow_opset(&o), 22);
	seen(&s, "A", 1e38f);
	o.sketch = &s;
	narrow(m, &o);
	ck_assert_int_eq(result_of(m, "MatMul"), DTYPE_BF16);
	sketch_release(&s);
	model_free(m);
}
END_TEST

START_TEST(constants_that_vanish_or_overflow_keep_their_node)
{
	struct model *m = parse(
		HEAD(13) "g (float[2] X) => (float[2] Y)\n"
			 "<float eps = {1e-12}, float mask = {-1e9},\n"
			 " float half = {0.5}>\n"
			 "{ A = Add (X, eps)\n B = Sub (A, mask)\n"
			 "  Y = Mul (B, half) }\n");

	narrow(m, &half);
	ck_assert_int_eq(result_of(m, "Add"), DTYPE_F32);
	ck_assert_int_eq(result_of(m, "Sub"), DTYPE_F32);
	ck_assert_int_eq(result_of(m, "Mul"), DTYPE_F16);
	ck_assert_str_eq(report.kept[0].why,
			 "eps of 1e-12 vanishes in float16");
	ck_assert_str_eq(report.kept[1].why,
			 "mask holds 1e+09, beyond float16");
	model_free(m);
}
END_TEST

START_TEST(sizes_are_computed_in_float32)
{
	struct model *m = parse(
		HEAD(13) "g (float[1,1,2,2] X, int64[4] S)"
			 " => (float[1,1,N,M] Y)\n"
			 "<float third = {0.333333}>\n"
			 "{ F = Cast <to = 1> (S)\n C = Mul (F, third)\n"
			 "  Z = Resize (X, , C)\n Y = Relu (Z) }\n");

	narrow(m, &half);
	ck_assert_int_eq(result_of(m, "Mul"), DTYPE_F32);
	ck_assert_int_eq(result_of(m, "Resize"), DTYPE_F16);
	ck_assert_str_eq(report.kept[1].why, "computes a size");
	model_free(m);
}
END_TEST

START_TEST(integers_become_float16_at_once)
{
	struct model *m = parse(
		HEAD(13) "g (int32[2] X) => (float[2] Y)\n"
			 "{ A = Cast <to = 1> (X)\n Y = Neg (A) }\n");

	narrow(m, &half);
	ck_assert_uint_eq(casts(m), 2);
	ck_assert_int_eq(
		node_in(find(m, "Neg"), 0)->def->in[0].value->type.dtype,
		DTYPE_I32);
	model_free(m);
}
END_TEST

START_TEST(inner_graphs_keep_their_outputs_float32)
{
	struct model *m = parse(
		HEAD(13) "g (bool c, float[1,2] X) => (float[1,2] Y)\n"
			 "<float[2,2] W = {1, 2, 3, 4}>\n"
			 "{ Y = If (c) <\n"
			 "   then_branch = t () => (float[1,2] a)\n"
			 "   { a = MatMul (X, W) },\n"
			 "   else_branch = f () => (float[1,2] b)\n"
			 "   { b = Identity (X) }> }\n");

	narrow(m, &half);
	ck_assert_int_eq(result_of(m, "MatMul"), DTYPE_F16);
	ck_assert_int_eq(result_of(m, "Identity"), DTYPE_F32);
	ck_assert_int_eq(result_of(m, "If"), DTYPE_F32);
	ck_assert_str_eq(report.kept[0].why, "has inner graphs");
	model_free(m);
}
END_TEST

START_TEST(a_weight_of_both_kinds_of_nodes_is_there_twice)
{
	static const char *const keep[] = {"A"};
	struct narrow_opts o = {.to = DTYPE_F16, .keep = keep, .nkeep = 1};
	struct model *m = parse(
		HEAD(13) "g (float[2,2] X) => (float[2,2] A, float[2,2] Y)\n"
			 "<float[2,2] W = {1, 2, 3, 4}>\n"
			 "{ A = MatMul (X, W)\n Y = Mul (X, W) }\n");

	narrow(m, &o);
	ck_assert_int_eq(node_in(find(m, "MatMul"), 1)->konst->dtype,
			 DTYPE_F32);
	ck_assert_int_eq(node_in(find(m, "Mul"), 1)->konst->dtype, DTYPE_F16);
	ck_assert_str_eq(report.kept[0].why, "named to stay");
	model_free(m);
}
END_TEST

START_TEST(a_name_that_nothing_has_is_refused)
{
	static const char *const keep[] = {"nobody"};
	struct narrow_opts o = {.to = DTYPE_F16, .keep = keep, .nkeep = 1};
	struct model *m = parse(two_nodes);

	ck_assert(!narrow_model(m, &o, &report, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	model_free(m);
}
END_TEST

START_TEST(what_only_moves_numbers_between_float32_is_left_alone)
{
	struct model *m = parse(
		HEAD(13) "g (float[2,3] X) => (float[3,2] T, float[2,3] Y)\n"
			 "{ T = Transpose (X)\n Y = Neg (X) }\n");

	narrow(m, &half);
	ck_assert_int_eq(result_of(m, "Transpose"), DTYPE_F32);
	ck_assert_uint_eq(casts(m), 2);
	model_free(m);
}
END_TEST

START_TEST(weights_alone_are_cast_to_float32)
{
	struct narrow_opts o = {.to = DTYPE_BF16, .weights_only = true};
	struct model *m = parse(
		HEAD(13) "g (float[1,64] X) => (float[1,1] Y)\n"
			 "<float[64,1] W = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
			 "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
			 "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1.003},\n"
			 " float b = {2}>\n"
			 "{ A = MatMul (X, W)\n Y = Add (A, b) }\n");
	const struct node *n;

	ck_assert_int_eq(narrow_opset(&o), 13);
	narrow(m, &o);
	n = find(m, "MatMul");
	ck_assert_int_eq(n->out[0]->type.dtype, DTYPE_F32);
	n = node_in(n, 1)->def;
	ck_assert(node_is(n, "", "Cast"));
	ck_assert_int_eq(node_in(n, 0)->konst->dtype, DTYPE_BF16);
	/* 1.003 lies between 1 and 1 + 2^-7. */
	ck_assert_double_eq(tensor_double(node_in(n, 0)->konst, 63), 1);
	/* The Cast would be longer than what it saves. */
	ck_assert_int_eq(node_in(find(m, "Add"), 1)->konst->dtype, DTYPE_F32);
	ck_assert_uint_eq(report.float_bytes, 256);
	ck_assert_uint_eq(report.bytes, 128);
	model_free(m);
}
END_TEST

START_TEST(a_model_without_float32_is_refused)
{
	struct model *m = parse(HEAD(13) "g (int32[2] X) => (int32[2] Y)\n"
					 "{ Y = Neg (X) }\n");

	ck_assert(!narrow_model(m, &half, &report, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("narrow");
	TCase *t = tcase_create("narrow");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, values_are_cast_at_the_ends_of_the_model_only);
	tcase_add_test(t, nodes_around_a_value_beyond_float16_stay_float32);
	tcase_add_test(t, the_greatest_float16_is_not_beyond_it);
	tcase_add_test(t, bfloat16_has_the_range_of_float32);
	tcase_add_test(t, constants_that_vanish_or_overflow_keep_their_node);
	tcase_add_test(t, sizes_are_computed_in_float32);
	tcase_add_test(t, integers_become_float16_at_once);
	tcase_add_test(t, inner_graphs_keep_their_outputs_float32);
	tcase_add_test(t, a_weight_of_both_kinds_of_nodes_is_there_twice);
	tcase_add_test(t, a_name_that_nothing_has_is_refused);
	tcase_add_test(t,
		       what_only_moves_numbers_between_float32_is_left_alone);
	tcase_add_test(t, weights_alone_are_cast_to_float32);
	tcase_add_test(t, a_model_without_float32_is_refused);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	narrow_report_release(&report);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
