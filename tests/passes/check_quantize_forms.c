/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_quantize_forms.c -- other forms of the result: 8-bit
 * floats, 16-bit activations. */
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

	if (o->activations != ACTIVATIONS_FLOAT)
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
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
