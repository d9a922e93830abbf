/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of a search: what they say, what noise costs, who pays for it. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "passes/quantize_assign.h"
#include "validate/expected_drop.h"
#include "validate/goal.h"

static struct err e;

START_TEST(a_target_is_gates_of_a_policy)
{
	struct policy p;
	double factor, offset;

	ck_assert(goal_parse(&p, "top1_drop<=0.5, sqnr_db>=20", &e));
	ck_assert(p.set[ACCURACY_MAX_DROP] && p.set[SQNR_DB_MIN]);
	ck_assert_double_eq_tol(p.limit[ACCURACY_MAX_DROP], 0.005, 1e-15);
	ck_assert_double_eq(p.limit[SQNR_DB_MIN], 20);
	ck_assert_int_eq(p.metric, METRIC_TOPK);
	ck_assert_str_eq(goal_name(&p, ACCURACY_MAX_DROP, &factor, &offset),
			 "top1_drop");
	ck_assert_double_eq(factor, 100);
	ck_assert(goal_parse(&p, "perplexity_ratio<=1.0025", &e));
	ck_assert_double_eq_tol(p.limit[ACCURACY_MAX_RISE], 0.0025, 1e-12);
	ck_assert_int_eq(p.metric, METRIC_PERPLEXITY);
	ck_assert_str_eq(goal_name(&p, ACCURACY_MAX_RISE, &factor, &offset),
			 "perplexity_ratio");
}
END_TEST

static const struct {
	const char *text, *says;
} bad_goals[] = {
	{"top2_drop<=1", "'top2_drop<=1' is no target"},
	{"top1_drop", "'top1_drop' is no target"},
	{"", "'' is no target"},
	{"top1_drop>=0.5", "must be top1_drop<= and a number"},
	{"sqnr_db>=x", "must be sqnr_db>= and a number"},
	{"sqnr_db>=nan", "must be sqnr_db>= and a number"},
	{"cosine>=2", "can never or always hold"},
	{"perplexity_ratio<=0.9", "can never or always hold"},
	{"rmse<=1,rmse<=2", "'rmse<=2' is wanted twice"},
	{"agreement>=99,top1_drop<=1", "is a second metric"},
	{"rmse<=1,", "'' is no target"},
};

START_TEST(refuses_what_is_no_target)
{
	struct policy p;

	ck_assert(!goal_parse(&p, bad_goals[_i].text, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	ck_assert_msg(strstr(e.msg, bad_goals[_i].says) != NULL, "%s", e.msg);
}
END_TEST

/* Two samples of two classes, margins 4 and 1. */
static const double two[] = {2, -2, -0.5, 0.5};

START_TEST(an_answer_that_changes_costs_what_the_other_is_less_likely)
{
	/* A margin of 3 that is lost by each sample. */
	static const double moved[] = {0.5, -0.5, 1, -1};
	struct arena a = {0};
	struct margins m;
	struct scores want = {two, 2, 2}, got = {moved, 2, 2};

	margins_of(&m, &want, NULL, &a);
	ck_assert_double_eq_tol(m.margin[0], 4, 1e-12);
	ck_assert_double_eq_tol(m.margin[1], 1, 1e-12);
	ck_assert_double_eq(m.cost[0], 1);
	/* s = (2 * 0.5 * 2 - 0.5 * 1 * 2) / (8 + 0.5) = 1 / 8.5, so noises
	 * are 8.5 - 4 and -17 - 1; that of the small margin counts. */
	ck_assert_double_eq_tol(expected_drop(&m, &want, &got).drop, 1, 1e-12);
	ck_assert_double_eq(expected_drop(&m, &want, &want).drop, 0);
	arena_release(&a);
}
END_TEST

START_TEST(scores_that_only_grow_cost_nothing)
{
	static const double grown[] = {3, -1, 0.5, 2.5};
	struct arena a = {0};
	struct margins m;
	/* Twice as far apart, and moved as a whole. */
	static const double twice[] = {5, -3, 7, 9};
	struct scores want = {two, 2, 2}, got = {grown, 2, 2};
	struct scores far = {twice, 2, 2};

	margins_of(&m, &want, NULL, &a);
	ck_assert_double_eq(expected_drop(&m, &want, &far).drop, 0);
	ck_assert_double_eq(expected_drop(&m, &want, &got).drop, 0);
	arena_release(&a);
}
END_TEST

START_TEST(labels_say_how_sure_scores_are)
{
	/* Margin 2 each, right in 3 of 4: p = 0.75, so log 3 = 2 / T and the
	 * other answer is 0.5 less likely. */
	static const double z[] = {1, -1, 1, -1, 1, -1, 1, -1};
	static const uint32_t label[] = {0, 0, 0, 1};
	struct arena a = {0};
	struct margins m;
	struct scores want = {z, 4, 2};

	margins_of(&m, &want, label, &a);
	for (int i = 0; i < 4; i++)
		ck_assert_double_eq_tol(m.cost[i], 0.5, 1e-6);
	arena_release(&a);
}
END_TEST

START_TEST(probabilities_are_taken_as_logarithms)
{
	static const double p[] = {0.75, 0.25};
	struct arena a = {0};
	struct margins m;
	struct scores want = {p, 1, 2};

	margins_of(&m, &want, NULL, &a);
	ck_assert_double_eq_tol(m.margin[0], log(3), 1e-12);
	arena_release(&a);
}
END_TEST

START_TEST(scores_that_are_no_numbers_have_no_expectation)
{
	static const double bad[] = {NAN, 1, 2, 3};
	struct arena a = {0};
	struct margins m;
	struct scores want = {two, 2, 2}, got = {bad, 2, 2};

	margins_of(&m, &want, NULL, &a);
	ck_assert(isnan(expected_drop(&m, &want, &got).drop));
	arena_release(&a);
}
END_TEST

START_TEST(bytes_are_saved_where_they_cost_least_noise)
{
	/* Layer 0 saves 50 for 1, then 25 for 4; layer 1 saves 10 for 2, then
	 * 5 for 1; layer 2 may not change. */
	static const double noise[] = {0, 1, 5, 0, 2, 3, 0, INFINITY, INFINITY};
	static const double bytes[] = {100, 50, 25, 20, 10, 5, 7, 1, 1};
	uint32_t form[3];
	struct assignment a = {
		.layers = 3, .forms = 3, .noise = noise, .bytes = bytes};

	a.form = form;
	ck_assert_double_eq(assign_forms(&a, 0.5), 0);
	ck_assert_double_eq(assignment_bytes(&a), 127);
	ck_assert_double_eq(assign_forms(&a, 1), 1);
	ck_assert_uint_eq(form[0], 1);
	ck_assert_uint_eq(form[1], 0);
	ck_assert_double_eq(assign_forms(&a, 5), 5);
	ck_assert_uint_eq(form[0], 2);
	ck_assert_uint_eq(form[1], 0);
	ck_assert_double_eq(assign_forms(&a, 8), 8);
	ck_assert_uint_eq(form[1], 2);
	ck_assert_uint_eq(form[2], 0);
	ck_assert_double_eq(assignment_bytes(&a), 37);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("goal");
	TCase *t = tcase_create("goal");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_target_is_gates_of_a_policy);
	tcase_add_loop_test(t, refuses_what_is_no_target, 0,
			    (int)COUNT_OF(bad_goals));
	tcase_add_test(
		t, an_answer_that_changes_costs_what_the_other_is_less_likely);
	tcase_add_test(t, scores_that_only_grow_cost_nothing);
	tcase_add_test(t, labels_say_how_sure_scores_are);
	tcase_add_test(t, probabilities_are_taken_as_logarithms);
	tcase_add_test(t, scores_that_are_no_numbers_have_no_expectation);
	tcase_add_test(t, bytes_are_saved_where_they_cost_least_noise);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
