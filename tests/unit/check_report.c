/* SPDX-License-Identifier: Apache-2.0 */
/* Gates: every criterion can fail, and nothing without a number passes. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "validate/report.h"

static struct report r;
static struct value_drift output;
static const char *op[] = {"Conv", "Relu"};

/* A candidate that is good by every measure. */
static void setup(void)
{
	r = (struct report){
		.path = {"a.onnx", "b.onnx"},
		.samples = 100,
		.output = &output,
		.noutput = 1,
		.accuracy = {METRIC_TOPK, 1, 100, {90, 90}, 0, 0},
		.has_latency = true,
		.has_memory = true,
		.latency_confirmed = true,
		.latency = {.side = {{1, 1, 1, 1}, {1, 1, 1, 1}},
			    .pairs = 30,
			    .ratio = 1,
			    .interval = {0.99, 1.01}},
		.size_bytes = {1000, 300},
		.peak_bytes = {1000, 1000},
		.op = op,
		.nop = 2,
		.environment = {"cpu", "blas", "OpenBLAS", 1},
	};
	output = (struct value_drift){
		.name = "logits",
		.drift = {.count = 10,
			  .max_abs = 0.5,
			  .max_ulp = 7,
			  .sum_want = 1000,
			  .sum_error = 1,
			  .sum_got = 1000,
			  .sum_product = 999.5},
	};
}

static void teardown(void)
{
	arena_release(&r.arena);
}

static enum verdict judge(enum criterion c, double limit)
{
	struct policy p = {.metric = METRIC_TOPK, .k = 1};

	p.set[c] = true;
	p.limit[c] = limit;
	report_judge(&r, &p);
	ck_assert_uint_eq(r.ngate, 2);
	ck_assert_str_eq(r.gate[1].name, criterion_name(c));
	ck_assert_int_eq(r.gate[1].verdict, r.verdict);
	return r.verdict;
}

/* Losses of 100 samples: 1 each, and 1.5. */
static void measure_losses(void)
{
	struct losses *l = &r.accuracy.losses;

	accuracy_init(&r.accuracy, METRIC_MSE, 1, 0.5, &r.arena);
	r.accuracy.samples = l->count = 100;
	l->sum[0] = arena_array(&r.arena, double, 100);
	l->sum[1] = arena_array(&r.arena, double, 100);
	l->terms = arena_array(&r.arena, double, 100);
	for (int i = 0; i < 100; i++) {
		l->sum[0][i] = 1;
		l->sum[1][i] = i % 2 ? 1 : 2;
		l->terms[i] = 1;
	}
}

static const struct {
	enum criterion c;
	double holds, fails;
} limits[] = {
	{ACCURACY_MAX, 1.5, 1.49},    {ACCURACY_MAX_RISE, 0.5, 0.49},
	{ACCURACY_MIN, 0.9, 0.91},    {ACCURACY_MAX_DROP, 0, -0.01},
	{SQNR_DB_MIN, 29.9, 30.1},    {SQNR_DB_MAX, 30.1, 29.9},
	{COSINE_MIN, 0.9995, 0.9996}, {COSINE_MAX, 0.9996, 0.9994},
	{RMSE_MIN, 0.31, 0.32},	      {RMSE_MAX, 0.32, 0.31},
	{MAX_ABS_MIN, 0.5, 0.51},     {MAX_ABS_MAX, 0.5, 0.49},
	{P50_RATIO_MAX, 1.02, 0.98},  {SIZE_RATIO_MAX, 0.3, 0.29},
	{PEAK_RATIO_MAX, 1, 0.99},
};

START_TEST(every_criterion_passes_and_fails)
{
	if (limits[_i].c == ACCURACY_MAX || limits[_i].c == ACCURACY_MAX_RISE)
		measure_losses();
	ck_assert_int_eq(judge(limits[_i].c, limits[_i].holds), VERDICT_PASS);
	ck_assert_int_eq(judge(limits[_i].c, limits[_i].fails), VERDICT_FAIL);
}
END_TEST

START_TEST(a_missing_measurement_never_passes)
{
	double easy = limits[_i].holds;

	measure_losses();
	r.accuracy.samples = 0;
	r.noutput = 0;
	r.has_latency = r.has_memory = false;
	r.size_bytes[REFERENCE] = 0;
	ck_assert_int_eq(judge(limits[_i].c, easy), VERDICT_FAIL);
}
END_TEST

START_TEST(one_bad_output_is_enough)
{
	struct value_drift two[2] = {output, output};

	two[1].drift.sum_error = 1000;
	r.output = two;
	r.noutput = 2;
	ck_assert_int_eq(judge(SQNR_DB_MIN, 20), VERDICT_FAIL);
}
END_TEST

START_TEST(a_new_nan_fails_without_any_criterion)
{
	struct policy p = {0};

	output.drift.nonfinite = 1;
	report_judge(&r, &p);
	ck_assert_int_eq(r.verdict, VERDICT_FAIL);
	ck_assert_str_eq(r.gate[0].name, "finite");
}
END_TEST

START_TEST(an_interval_across_the_line_is_inconclusive)
{
	ck_assert_int_eq(judge(P50_RATIO_MAX, 1.0), VERDICT_INCONCLUSIVE);
}
END_TEST

START_TEST(a_slow_ratio_fails_only_when_measured_twice)
{
	r.latency_confirmed = false;
	ck_assert_int_eq(judge(P50_RATIO_MAX, 0.9), VERDICT_INCONCLUSIVE);
}
END_TEST

START_TEST(a_confidence_asks_the_interval_of_the_drop)
{
	struct policy p = {.metric = METRIC_TOPK, .k = 1, .confidence = 0.95};

	p.set[ACCURACY_MAX_DROP] = true;
	p.limit[ACCURACY_MAX_DROP] = 0.01;
	report_judge(&r, &p);
	/* 100 equal samples: z * sqrt(1) / 102 = 0.019. */
	ck_assert_int_eq(r.verdict, VERDICT_INCONCLUSIVE);
	p.limit[ACCURACY_MAX_DROP] = 0.02;
	report_judge(&r, &p);
	ck_assert_int_eq(r.verdict, VERDICT_PASS);
}
END_TEST

START_TEST(a_limit_of_losses_is_none_of_fractions)
{
	ck_assert_int_eq(judge(ACCURACY_MAX_RISE, 1), VERDICT_FAIL);
	measure_losses();
	ck_assert_int_eq(judge(ACCURACY_MIN, 0), VERDICT_FAIL);
}
END_TEST

START_TEST(a_confidence_asks_the_interval_of_the_rise)
{
	struct policy p = {.metric = METRIC_MSE, .k = 1, .confidence = 0.95};

	measure_losses();
	p.set[ACCURACY_MAX_RISE] = true;
	/* 0.5 and 1.96 * 0.5 / sqrt(100) more. */
	p.limit[ACCURACY_MAX_RISE] = 0.55;
	report_judge(&r, &p);
	ck_assert_int_eq(r.verdict, VERDICT_INCONCLUSIVE);
	p.limit[ACCURACY_MAX_RISE] = 0.65;
	report_judge(&r, &p);
	ck_assert_int_eq(r.verdict, VERDICT_PASS);
	p.limit[ACCURACY_MAX_RISE] = 0.45;
	report_judge(&r, &p);
	ck_assert_int_eq(r.verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(names_every_operator_that_is_not_allowed)
{
	static const char *allow[] = {"Relu"};
	struct policy p = {.allow = allow, .nallow = 1};

	report_judge(&r, &p);
	ck_assert_int_eq(r.verdict, VERDICT_FAIL);
	ck_assert_str_eq(r.gate[1].found, "Conv");
}
END_TEST

START_TEST(a_failure_outweighs_doubt)
{
	struct policy p = {0};

	p.set[SIZE_RATIO_MAX] = p.set[P50_RATIO_MAX] = true;
	p.limit[SIZE_RATIO_MAX] = 0.1;
	p.limit[P50_RATIO_MAX] = 1;
	report_judge(&r, &p);
	ck_assert_int_eq(r.verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(the_machine_form_has_the_promised_members)
{
	static const char *const members[] = {
		"\"schema\": 1",      "\"verdict\": \"pass\"",
		"\"gates\": [",	      "\"outputs\": [",
		"\"sqnr_db\": 30",    "\"accuracy\": {",
		"\"lost\": 0",	      "\"reference_ms\": {",
		"\"interval\": [",    "\"candidate_bytes\": 300",
		"\"environment\": {", "\"memory\": {",
	};
	struct json j = {0};

	judge(SIZE_RATIO_MAX, 1);
	report_json(&j, &r);
	for (size_t i = 0; i < COUNT_OF(members); i++)
		ck_assert_msg(strstr(j.text.text, members[i]) != NULL,
			      "%s is missing in %s", members[i], j.text.text);
	json_release(&j);
}
END_TEST

START_TEST(junit_counts_and_escapes)
{
	struct str s = {0};

	r.path[CANDIDATE] = "a<b>&\"c\n";
	judge(SIZE_RATIO_MAX, 0.1);
	report_junit(&s, &r);
	ck_assert_msg(strstr(s.text,
			     "name=\"a&lt;b&gt;&amp;&quot;c?\" "
			     "tests=\"2\" failures=\"1\" errors=\"0\"") != NULL,
		      "%s", s.text);
	ck_assert_msg(strstr(s.text, "message=\"found 0.3, wanted &lt;= "
				     "0.1\"") != NULL,
		      "%s", s.text);
	str_release(&s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report");
	TCase *tc = tcase_create("gates");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_criterion_passes_and_fails, 0,
			    COUNT_OF(limits));
	tcase_add_loop_test(tc, a_missing_measurement_never_passes, 0,
			    COUNT_OF(limits));
	tcase_add_test(tc, one_bad_output_is_enough);
	tcase_add_test(tc, a_new_nan_fails_without_any_criterion);
	tcase_add_test(tc, an_interval_across_the_line_is_inconclusive);
	tcase_add_test(tc, a_slow_ratio_fails_only_when_measured_twice);
	tcase_add_test(tc, a_confidence_asks_the_interval_of_the_drop);
	tcase_add_test(tc, a_limit_of_losses_is_none_of_fractions);
	tcase_add_test(tc, a_confidence_asks_the_interval_of_the_rise);
	tcase_add_test(tc, names_every_operator_that_is_not_allowed);
	tcase_add_test(tc, a_failure_outweighs_doubt);
	tcase_add_test(tc, the_machine_form_has_the_promised_members);
	tcase_add_test(tc, junit_counts_and_escapes);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
