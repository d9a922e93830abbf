/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_quantize_places.c -- what stays float, and why. */
#include <check.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/quantize.h"
#include "quant/calibrate.h"

#define HEAD "<ir_version: 10, opset_import: [\"\" : 13]>\n"

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

/* A sketch of M in which every value went from -1 to 3, and A to TOP. */
static void see(struct sketch *s, const struct model *m, float top)
{
	struct arena a = {0};
	const char **names = calibrated_names(m, &a), **seen;
	uint8_t digest[SHA256_BYTES] = {0};
	uint32_t n = 0;

	seen = arena_array(&a, const char *, m->nvalues);
	for (uint32_t i = 0; i < m->nvalues; i++)
		if (names[i])
			seen[n++] = names[i];
	ck_assert(sketch_init(s, digest, seen, n, &e));
	for (uint32_t i = 0; i < n; i++) {
		float x[3] = {-1, 3, strcmp(s->tensor[i].name, "a") ? 3 : top};

		ck_assert(histogram_add(&s->tensor[i].histogram, x, 3, &e));
	}
	arena_release(&a);
}

static void quantize(struct model *m, float top)
{
	struct quantize_opts o = {.form.scheme = scheme_find("linear"),
				  .form.bits = 8,
				  .ranges = observer_find("minmax"),
				  .activations = ACTIVATIONS_INT8};
	struct quantize_report r;
	struct sketch s;

	see(&s, m, top);
	ck_assert_msg(quantize_model(m, &o, &s, NULL, &r, &e), "%s", e.msg);
	quantize_report_release(&r);
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

/* Does N read operand I as what a code stands for? */
static bool reads_codes(const struct node *n, uint32_t i)
{
	const struct node *def = node_in(n, i)->def;

	return def && node_is(def, "", "DequantizeLinear");
}

#define SWISH(f)                                                    \
	HEAD "g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"         \
	     "<float[1,1,1,1] V = {0.5}, float[1,1,1,1] W = {2}>\n" \
	     "{\n"                                                  \
	     "  a = Conv (X, V)\n"                                  \
	     "  f = " f " (a)\n"                                    \
	     "  b = Mul (a, f)\n"                                   \
	     "  Y = Conv (b, W)\n"                                  \
	     "}\n"

START_TEST(x_times_its_gate_is_one_function)
{
	static const char *const text[] = {SWISH("Sigmoid"),
					   SWISH("HardSigmoid")};

	for (int i = 0; i < 2; i++) {
		struct model *m = parse(text[i]);
		const struct node *mul;

		quantize(m, 3);
		mul = find(m, "Mul", 0);
		ck_assert(reads_codes(mul, 0));
		ck_assert(!reads_codes(mul, 1));
		ck_assert(reads_codes(node_in(mul, 1)->def, 0));
		ck_assert(reads_codes(find(m, "Conv", 1), 0));
		model_free(m);
	}
}
END_TEST

START_TEST(a_factor_that_is_no_gate_is_quantized)
{
	struct model *m = parse(
		HEAD "g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
		     "<float[1,1,1,1] V = {0.5}, float[1,1,1,1] W = {2}>\n"
		     "{\n"
		     "  a = Conv (X, V)\n"
		     "  c = Conv (X, W)\n"
		     "  f = Sigmoid (c)\n"
		     "  b = Mul (a, f)\n"
		     "  Y = Conv (b, W)\n"
		     "}\n");

	quantize(m, 3);
	ck_assert(reads_codes(find(m, "Mul", 0), 0));
	ck_assert(reads_codes(find(m, "Mul", 0), 1));
	model_free(m);
}
END_TEST

static const char chain[] = HEAD
	"g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
	"<float[1,1,1,1] V = {0.5}, float[1,1,1,1] W = {2}>\n"
	"{\n"
	"  a = Conv (X, V)\n"
	"  Y = Conv (a, W)\n"
	"}\n";

START_TEST(an_input_whose_rounding_drowns_its_layer_stays_float)
{
	struct model *m = parse(chain);

	/* Y varies by 3.6; steps of 1001 / 255 make noise of 5.1. */
	quantize(m, 1000);
	ck_assert(reads_codes(find(m, "Conv", 0), 0));
	ck_assert(!reads_codes(find(m, "Conv", 1), 0));
	model_free(m);
	m = parse(chain);
	/* Noise of 0.05 is less than a thirtieth of 3.6. */
	quantize(m, 100);
	ck_assert(reads_codes(find(m, "Conv", 1), 0));
	model_free(m);
}
END_TEST

START_TEST(no_range_is_wanted_of_what_a_relu_hides)
{
	struct model *m = parse(HEAD
				"g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
				"<float[1,1,1,1] V = {0.5}>\n"
				"{\n"
				"  a = Conv (X, V)\n"
				"  r = Relu (a)\n"
				"  p = MaxPool <kernel_shape = [1, 1]> (r)\n"
				"  t = Relu (p)\n  c = Clip (t)\n"
				"  Y = Conv (c, V)\n"
				"}\n");

	ck_assert(quantize_wants_range(m->main->in[0]));
	ck_assert(!quantize_wants_range(find(m, "Conv", 0)->out[0]));
	ck_assert(quantize_wants_range(find(m, "Relu", 0)->out[0]));
	ck_assert(quantize_wants_range(find(m, "MaxPool", 0)->out[0]));
	ck_assert(quantize_wants_range(find(m, "Relu", 1)->out[0]));
	model_free(m);
}
END_TEST

START_TEST(few_inputs_a_sample_need_many_samples)
{
	struct model *m = parse(HEAD "g (float[N,4,2,2] X, float[N,3] Z)\n"
				     " => (float[N,1,2,2] Y, float[N,1] U)\n"
				     "<float[1,4,1,1] V = {1, 2, 3, 4},\n"
				     " float[3,1] W = {1, 2, 3}>\n"
				     "{\n"
				     "  Y = Conv (X, V)\n"
				     "  U = MatMul (Z, W)\n"
				     "}\n");

	/* Of 4 columns the Conv gets 4 a sample, of 3 the MatMul one. */
	ck_assert_uint_eq(prefix_samples(m, 8, 512), 8 * 3);
	ck_assert_uint_eq(prefix_samples(m, 8, 2), 8 * 2);
	use_set(&find(m, "MatMul", 0)->in[1], m->main->in[1]);
	ck_assert_uint_eq(prefix_samples(m, 8, 512), 8);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("quantize_places");
	TCase *t = tcase_create("float");
	SRunner *r;
	int failed;

	tcase_add_test(t, x_times_its_gate_is_one_function);
	tcase_add_test(t, a_factor_that_is_no_gate_is_quantized);
	tcase_add_test(t, an_input_whose_rounding_drowns_its_layer_stays_float);
	tcase_add_test(t, no_range_is_wanted_of_what_a_relu_hides);
	tcase_add_test(t, few_inputs_a_sample_need_many_samples);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
