/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_quantize_forms.c -- other forms of the result: 8-bit
 * floats, 16-bit and dynamic activations, integer operators. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/quantize.h"
#include "quant/calibrate.h"

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

/* Ranges of M as if every value had been seen from LO to HI. */
static void see_all(struct sketch *s, const struct model *m, float lo, float hi)
{
	struct arena a = {0};
	const char **names = calibrated_names(m, &a), **seen;
	uint8_t digest[SHA256_BYTES] = {0};
	float x[2] = {lo, hi};
	uint32_t n = 0;

	seen = arena_array(&a, const char *, m->nvalues);
	for (uint32_t i = 0; i < m->nvalues; i++)
		if (names[i])
			seen[n++] = names[i];
	ck_assert(sketch_init(s, digest, seen, n, &e));
	for (uint32_t i = 0; i < n; i++)
		ck_assert(histogram_add(&s->tensor[i].histogram, x, 2, &e));
	arena_release(&a);
}

static void quantize(struct model *m, const struct quantize_opts *o)
{
	struct quantize_report r;
	struct sketch s = {.count = 0};

	if (activations_have_ranges(o))
		see_all(&s, m, -1, 3);
	ck_assert_msg(quantize_model(m, o, s.count ? &s : NULL, NULL, &r, &e),
		      "%s", e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
	quantize_report_release(&r);
	if (s.count)
		sketch_release(&s);
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

static struct quantize_opts linear8(void)
{
	return (struct quantize_opts){.form.scheme = scheme_find("linear"),
				      .form.bits = 8,
				      .ranges = observer_find("minmax"),
				      .activations = ACTIVATIONS_INT8};
}

#define HEAD(opset) "<ir_version: 10, opset_import: [\"\" : " #opset "]>\n"

START_TEST(levels_of_float8_are_stored_as_float8)
{
	struct quantize_opts o = {.form.scheme = scheme_find("float8e4m3fn"),
				  .form.bits = 8,
				  .form.method = METHOD_NEAREST};
	struct model *m = parse(
		HEAD(19) "g (float[1,1] X) => (float[1,4] Y)\n"
			 "<float[1,4] W = {448, -1.0625, 0, 0.001953125}>\n"
			 "{ Y = MatMul (X, W) }\n");
	const struct tensor *codes, *scale;
	const struct node *w;
	int64_t opset;

	ck_assert(quantize_opset(&o, NULL, &opset, &e));
	ck_assert_int_eq(opset, 19);
	o.per_tensor = true;
	quantize(m, &o);
	w = node_in(find(m, "MatMul", 0), 1)->def;
	ck_assert(node_is(w, "", "DequantizeLinear"));
	codes = node_in(w, 0)->konst;
	scale = node_in(w, 1)->konst;
	ck_assert_int_eq(codes->dtype, DTYPE_F8E4M3FN);
	ck_assert_double_eq(tensor_double(codes, 2), 0);
	for (size_t i = 0; i < 4; i++) {
		static const double want[] = {448, -1.0625, 0, 0.001953125};
		double x = tensor_double(codes, i) * tensor_double(scale, 0);

		/* Three bits of fraction, or the least number. */
		ck_assert_double_eq_tol(x, want[i],
					fmax(fabs(want[i]) / 16,
					     tensor_double(scale, 0) / 512));
	}
	model_free(m);
}
END_TEST

START_TEST(sixteen_bits_have_steps_of_a_65535th)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(
		HEAD(21) "g (float[1,2] X) => (float[1,1] Y)\n"
			 "<float[2,1] W = {1, 2}, float[1] b = {1e5}>\n"
			 "{ Y = Gemm (X, W, b) }\n");
	const struct node *x, *b;
	int64_t opset;

	o.activations = ACTIVATIONS_INT16;
	ck_assert(quantize_opset(&o, NULL, &opset, &e));
	ck_assert_int_eq(opset, 21);
	quantize(m, &o);
	x = find(m, "QuantizeLinear", 0);
	ck_assert_int_eq(x->out[0]->type.dtype, DTYPE_U16);
	/* X was seen from -1 to 3. */
	ck_assert_double_eq(tensor_double(node_in(x, 1)->konst, 0),
			    (double)(float)(4 / 65535.0));
	ck_assert_int_eq(tensor_int(node_in(x, 2)->konst, 0), 16384);
	/* The scale of the weights rises until the bias is an int32. */
	b = node_in(find(m, "Gemm", 0), 2)->def;
	ck_assert_double_eq_tol(tensor_double(node_in(b, 0)->konst, 0) *
					tensor_double(node_in(b, 1)->konst, 0),
				1e5, 0.1);
	model_free(m);
}
END_TEST

START_TEST(more_levels_than_bins_take_the_full_range)
{
	struct histogram h;
	struct arena a = {0};
	struct range r;
	float x[1000];

	for (int i = 0; i < 1000; i++)
		x[i] = i == 999 ? 1000 : (float)i / 1000;
	histogram_init(&h, &a);
	ck_assert(histogram_add(&h, x, 1000, &e));
	observer_find("kl")->range(&h, 256, &r);
	ck_assert_double_lt(r.hi, 1000);
	observer_find("kl")->range(&h, 1 << 16, &r);
	ck_assert_double_eq(r.hi, 1000);
	arena_release(&a);
}
END_TEST

static bool has(const struct model *m, const char *domain, const char *type)
{
	for (struct node *n = model_first(m); n; n = model_next(n))
		if (node_is(n, domain, type))
			return true;
	return false;
}

START_TEST(dynamic_inputs_are_quantized_once)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(
		HEAD(13) "g (float[2,2] X) => (float[2,1] Y, float[2,2] Z)\n"
			 "<float[2,1] V = {127, -1}, float[2,2] W = {0, 1, 2, "
			 "127}, float[2] b = {5, 6}>\n"
			 "{ Y = MatMul (X, V)\n"
			 "  Z = Gemm <transB = 1> (X, W, b) }\n");
	const struct node *y, *z;
	uint32_t count = 0;

	o.activations = ACTIVATIONS_DYNAMIC;
	o.form.method = METHOD_NEAREST;
	o.per_tensor = true;
	quantize(m, &o);
	for (struct node *n = model_first(m); n; n = model_next(n))
		count += node_is(n, "", "DynamicQuantizeLinear");
	ck_assert_uint_eq(count, 1);
	y = find(m, "MatMulInteger", 0);
	z = find(m, "MatMulInteger", 1);
	ck_assert_ptr_eq(node_in(y, 0), node_in(z, 0));
	/* uint8 with 128 for 0; what Gemm transposed is transposed. */
	ck_assert_int_eq(node_in(z, 1)->konst->dtype, DTYPE_U8);
	ck_assert_int_eq(tensor_int(node_in(z, 3)->konst, 0), 128);
	ck_assert_int_eq(tensor_int(node_in(z, 1)->konst, 0), 128);
	ck_assert_int_gt(tensor_int(node_in(z, 1)->konst, 2), 128);
	ck_assert(has(m, "", "Add"));
	ck_assert(!has(m, "", "Gemm") && !has(m, "", "DequantizeLinear"));
	model_free(m);
}
END_TEST

START_TEST(a_model_without_products_has_no_dynamic_inputs)
{
	struct quantize_opts o = linear8();
	struct quantize_report r;
	struct model *m = parse(
		HEAD(13) "g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
			 "<float[1,1,1,1] W = {2}>\n"
			 "{ Y = Conv (X, W) }\n");

	o.activations = ACTIVATIONS_DYNAMIC;
	ck_assert(!quantize_model(m, &o, NULL, NULL, &r, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	model_free(m);
}
END_TEST

/* X was seen from -1 to 3, everything else too. */
static const char residual[] = HEAD(
	13) "g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
	    "<float[1,1,1,1] V = {1}, float[1,1,1,1] W = {2},\n"
	    " float[1] b = {0.5}>\n"
	    "{\n"
	    "  a = Conv (X, V, b)\n"
	    "  p = MaxPool <kernel_shape = [1, 1]> (a)\n"
	    "  s = Add (X, p)\n"
	    "  Y = Conv (s, W)\n"
	    "}\n";

START_TEST(integer_operators_leave_no_float_between_the_ends)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(residual);
	const struct node *c;

	o.operators = true;
	quantize(m, &o);
	c = find(m, "QLinearConv", 0);
	ck_assert_uint_eq(c->nin, 9);
	ck_assert_int_eq(node_in(c, 3)->konst->dtype, DTYPE_U8);
	ck_assert_int_eq(tensor_int(node_in(c, 5)->konst, 0), 128);
	ck_assert_int_eq(node_in(c, 8)->konst->dtype, DTYPE_I32);
	ck_assert_int_eq(find(m, "MaxPool", 0)->out[0]->type.dtype, DTYPE_U8);
	ck_assert(has(m, "com.microsoft", "QLinearAdd"));
	ck_assert_int_eq(model_opset(m, "com.microsoft"), 1);
	ck_assert(!has(m, "", "Conv") && !has(m, "", "Add"));
	ck_assert_ptr_eq(m->main->first->in[0].value, m->main->in[0]);
	ck_assert(node_is(m->main->first, "", "QuantizeLinear"));
	ck_assert(node_is(m->main->last, "", "DequantizeLinear"));
	model_free(m);
}
END_TEST

START_TEST(a_relu_that_cuts_codes_stays)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(
		HEAD(13) "g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
			 "<float[1,1,1,1] W = {2}>\n"
			 "{ a = Conv (X, W)\n Y = Relu (a) }\n");

	/* As seen, the result of Relu has codes for numbers below 0. */
	o.operators = true;
	quantize(m, &o);
	ck_assert(has(m, "", "Conv") && has(m, "", "Relu"));
	model_free(m);
}
END_TEST

START_TEST(integer_operators_need_integers)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(residual);
	struct quantize_report r;

	o.operators = true;
	o.form.carrier = CARRIER_TABLE;
	ck_assert(!quantize_model(m, &o, NULL, NULL, &r, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("quantize forms");
	TCase *t = tcase_create("quantize forms");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, levels_of_float8_are_stored_as_float8);
	tcase_add_test(t, sixteen_bits_have_steps_of_a_65535th);
	tcase_add_test(t, more_levels_than_bins_take_the_full_range);
	tcase_add_test(t, dynamic_inputs_are_quantized_once);
	tcase_add_test(t, a_model_without_products_has_no_dynamic_inputs);
	tcase_add_test(t, integer_operators_leave_no_float_between_the_ends);
	tcase_add_test(t, a_relu_that_cuts_codes_stays);
	tcase_add_test(t, integer_operators_need_integers);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
