/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: what is read, and that nothing misspelled gets through. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "validate/policy.h"

static struct arena arena;
static struct err e;

static void teardown(void)
{
	arena_release(&arena);
}

static bool parse(struct policy *p, const char *text)
{
	return policy_parse(p,
			    (struct bytes){(const uint8_t *)text, strlen(text)},
			    &arena, &e);
}

START_TEST(reads_every_criterion)
{
	struct policy p;

	ck_assert_msg(parse(&p, "schema: 1\n"
				"accuracy: {metric: topk:5, min: 0.9, "
				"max_drop: 0.005, confidence: 0.95}\n"
				"drift: {sqnr_db: {min: 26}, cosine: {min: .9},"
				" rmse: {max: 1e-3}, max_abs: {max: 0.5}}\n"
				"latency: {p50_ratio: {max: 1.02}}\n"
				"size: {ratio: {max: 0.36}}\n"
				"memory: {peak_ratio: {max: 1.1}}\n"
				"operators: {allow: [Conv, com.x:Gelu]}\n"),
		      "%s", e.msg);
	ck_assert_int_eq(p.metric, METRIC_TOPK);
	ck_assert_int_eq(p.k, 5);
	ck_assert_double_eq(p.limit[ACCURACY_MAX_DROP], 0.005);
	ck_assert_double_eq(p.limit[SQNR_DB_MIN], 26);
	ck_assert_double_eq(p.limit[P50_RATIO_MAX], 1.02);
	ck_assert(p.set[RMSE_MAX] && !p.set[RMSE_MIN]);
	ck_assert_double_eq(p.confidence, 0.95);
	ck_assert_uint_eq(p.nallow, 2);
	ck_assert_str_eq(p.allow[1], "com.x:Gelu");
}
END_TEST

START_TEST(reads_limits_of_losses_and_f1)
{
	struct policy p;

	ck_assert(parse(&p, "schema: 1\naccuracy: {metric: perplexity, "
			    "max: 48.5, max_rise: 0.001}\n"));
	ck_assert_int_eq(p.metric, METRIC_PERPLEXITY);
	ck_assert_double_eq(p.limit[ACCURACY_MAX], 48.5);
	ck_assert_double_eq(p.limit[ACCURACY_MAX_RISE], 0.001);
	ck_assert(parse(&p, "schema: 1\naccuracy: {metric: 'f1:micro', "
			    "min: 0.9, threshold: 0}\n"));
	ck_assert_int_eq(p.metric, METRIC_F1_MICRO);
	ck_assert_double_eq(p.threshold, 0);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
	{"", "the file is empty"},
	{"schema: 1\n", "there is no criterion"},
	{"size: {ratio: {max: 1}}\n", "'schema: 1' is missing"},
	{"schema: 2\nsize: {ratio: {max: 1}}\n", "'schema' must be 1"},
	{"schema: 1\nsise: {ratio: {max: 1}}\n", "line 2: 'sise' is no key"},
	{"schema: 1\nsize: {ratio: {mx: 1}}\n", "'size.ratio.mx' is no key"},
	{"schema: 1\nsize: {ratio: 1}\n", "'size.ratio' must hold keys"},
	{"schema: 1\nsize: {ratio: {max: big}}\n", "must be a number"},
	{"schema: 1\nsize: {ratio: {max: .nan}}\n", "must be a number"},
	{"schema: 1\nsize: {ratio: {max: nan}}\n", "must be a number"},
	{"schema: 1\nsize: {ratio: {max: 1, max: 2}}\n", "is given twice"},
	{"schema: 1\nsize: {}\n", "'size' is empty"},
	{"schema: 1\naccuracy: {min: 0.9}\n", "'accuracy.metric' is missing"},
	{"schema: 1\naccuracy: {metric: top1}\nsize: {ratio: {max: 1}}\n",
	 "needs min or max_drop"},
	{"schema: 1\naccuracy: {metric: top1, min: 98}\n", "a fraction"},
	{"schema: 1\naccuracy: {metric: topk:0, min: 0.9}\n", "topk:K"},
	{"schema: 1\naccuracy: {metric: f2, min: 0.9}\n", "topk:K"},
	{"schema: 1\naccuracy: {metric: mse, max_drop: 0.1}\n",
	 "of a loss needs max or max_rise"},
	{"schema: 1\naccuracy: {metric: perplexity, max: 9, min: 0}\n",
	 "of a loss needs max or max_rise"},
	{"schema: 1\naccuracy: {metric: f1, max_rise: 0.1}\n",
	 "needs min or max_drop"},
	{"schema: 1\naccuracy: {metric: f1, min: 0.1, max: 1}\n",
	 "needs min or max_drop"},
	{"schema: 1\naccuracy: {metric: mse, max: -1}\n",
	 "must not be negative"},
	{"schema: 1\naccuracy: {metric: mse, max_rise: .nan}\n",
	 "must be a number"},
	{"schema: 1\naccuracy: {metric: top1, min: 1, threshold: 0}\n",
	 "'accuracy.threshold' needs f1"},
	{"schema: 1\naccuracy: {threshold: 0}\nsize: {ratio: {max: 1}}\n",
	 "'accuracy' needs min or max_drop"},
	{"schema: 1\noperators: {allow: Conv}\n", "a list of operators"},
	{"schema: 1\nsize: [\n", "policy line"},
	{"- a\n", "must hold keys"},
	{"schema: 1\n? {a: b}\n: 1\n", "no word"},
};

START_TEST(refuses_what_is_no_policy)
{
	struct policy p;

	ck_assert(!parse(&p, bad[_i].text));
	ck_assert_int_eq(e.code, ERR_FORMAT);
	ck_assert_msg(strstr(e.msg, bad[_i].says) != NULL, "%s", e.msg);
}
END_TEST

START_TEST(refuses_a_huge_file)
{
	static char text[70000];
	struct policy p;

	memset(text, ' ', sizeof(text) - 1);
	ck_assert(!parse(&p, text));
	ck_assert_int_eq(e.code, ERR_LIMIT);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("policy");
	TCase *tc = tcase_create("yaml");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, reads_every_criterion);
	tcase_add_test(tc, reads_limits_of_losses_and_f1);
	tcase_add_loop_test(tc, refuses_what_is_no_policy, 0, COUNT_OF(bad));
	tcase_add_test(tc, refuses_a_huge_file);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
