/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_overrides.c -- what single layers are told to become. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/quantize.h"

static struct err e;

static struct model *parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct model *m = NULL;

	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s", e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	return m;
}

/* The node of TYPE number I, in order. */
static struct node *find(const struct model *m, const char *type, uint32_t i)
{
	for (struct node *at = model_first(m); at; at = model_next(at))
		if (node_is(at, "", type) && !i--)
			return at;
	ck_abort_msg("no %s", type);
	return NULL;
}

static struct quantize_form linear8(void)
{
	return (struct quantize_form){.scheme = scheme_find("linear"),
				      .bits = 8};
}

#define HEAD(opset) "<ir_version: 10, opset_import: [\"\" : " #opset "]>\n"

static struct quantize_overrides parse_overrides(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct quantize_overrides o;

	ck_assert_msg(overrides_parse(&o, b, &e), "%s", e.msg);
	return o;
}

START_TEST(a_later_override_changes_only_what_it_gives)
{
	struct quantize_overrides o = parse_overrides(
		"schema: 1\n"
		"overrides:\n"
		"  - {operator: Conv, scheme: log, base: sqrt2, bits: 5}\n"
		"  - {pattern: 'r[0-9]$', bits: 4, method: nearest}\n"
		"  - {name: r2, dtype: float32}\n");
	struct quantize_form f = linear8(), g = f, h = f;

	ck_assert(overrides_apply(&o, "r1", "Conv", &f, &e));
	ck_assert_str_eq(f.scheme->name, "log");
	ck_assert_int_eq(f.steps, 2);
	ck_assert_int_eq(f.bits, 4);
	ck_assert_int_eq(f.method, METHOD_NEAREST);
	ck_assert(!f.stay_float);
	ck_assert(overrides_apply(&o, "r2", "Conv", &g, &e));
	ck_assert(g.stay_float);
	ck_assert(overrides_apply(&o, "r1x", "Gemm", &h, &e));
	f = linear8();
	ck_assert(form_equal(&h, &f));
	overrides_release(&o);
}
END_TEST

START_TEST(a_pattern_that_takes_too_long_is_a_limit)
{
	struct quantize_overrides o = parse_overrides(
		"schema: 1\n"
		"overrides: [{pattern: '^(a|aa)+$', bits: 4}]\n");
	struct quantize_form f = linear8();

	ck_assert(!overrides_apply(
		&o, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "Conv", &f,
		&e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	overrides_release(&o);
}
END_TEST

START_TEST(layers_of_one_model_may_differ_in_everything)
{
	struct quantize_overrides x = parse_overrides(
		"schema: 1\n"
		"overrides:\n"
		"  - {name: a, scheme: linear, bits: 2, dtype: int8}\n"
		"  - {name: c, scheme: log, base: '2^(1/4)', bits: 6}\n"
		"  - {name: l, exclude: true}\n");
	struct quantize_opts o = {.form.scheme = scheme_find("linear"),
				  .form.bits = 4,
				  .form.method = METHOD_NEAREST,
				  .overrides = &x};
	struct model *m = parse(
		HEAD(21) "g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
			 "<float[1,1,1,1] U = {0.5}, float[1,1,1,1] V = {1},"
			 " float[1,1,1,1] W = {2}>\n"
			 "{\n"
			 "  a = Conv (X, U)\n"
			 "  c = Conv (a, V)\n"
			 "  l = Conv (c, W)\n"
			 "  Y = Relu (l)\n"
			 "}\n");
	const struct node *u, *v;
	struct quantize_report r;

	ck_assert_msg(quantize_model(m, &o, NULL, NULL, &r, &e), "%s", e.msg);
	quantize_report_release(&r);
	u = node_in(find(m, "Conv", 0), 1)->def;
	v = node_in(find(m, "Conv", 1), 1)->def;
	ck_assert(node_is(u, "", "DequantizeLinear"));
	ck_assert_int_eq(node_in(u, 0)->konst->dtype, DTYPE_I8);
	ck_assert_int_eq(tensor_int(node_in(u, 0)->konst, 0), 1);
	ck_assert(node_is(v, "", "Mul"));
	ck_assert(node_in(find(m, "Conv", 2), 1)->konst != NULL);
	ck_assert_str_eq(model_property(m, "mlopt.weights"),
			 "mixed; a=linear:2; c=2^(1/4):6; l=float");
	model_free(m);
	overrides_release(&x);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("overrides");
	TCase *t = tcase_create("overrides");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_later_override_changes_only_what_it_gives);
	tcase_add_test(t, a_pattern_that_takes_too_long_is_a_limit);
	tcase_add_test(t, layers_of_one_model_may_differ_in_everything);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
