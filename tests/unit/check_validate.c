/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics by hand: drift, accuracy, latency statistics. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "graph/element.h"
#include "validate/accuracy.h"
#include "validate/drift.h"
#include "validate/latency.h"
#include "validate/resemble.h"

static struct err e;

static struct tensor row(const float *x, int64_t n)
{
	return (struct tensor){.dtype = DTYPE_F32,
			       .shape = SHAPE(n),
			       .data = x,
			       .bytes = (size_t)n * 4};
}

static struct drift between(const float *w, const float *g, int64_t n)
{
	struct tensor want = row(w, n), got = row(g, n);
	struct drift d = {0};

	ck_assert_msg(drift_add(&d, &want, &got, &e), "%s", e.msg);
	return d;
}

START_TEST(drift_matches_the_formulas)
{
	struct drift d = between((float[]){3, 4}, (float[]){3, 5}, 2);

	ck_assert_uint_eq(d.count, 2);
	ck_assert_uint_eq(d.worst, 1);
	ck_assert_double_eq(d.max_abs, 1);
	ck_assert_double_eq_tol(drift_rmse(&d), sqrt(0.5), 1e-15);
	ck_assert_double_eq_tol(drift_sqnr_db(&d), 10 * log10(25.0), 1e-12);
	ck_assert_double_eq_tol(drift_cosine(&d), 29 / (5 * sqrt(34)), 1e-15);
	/* 4 -> 5: a quarter of the 2^23 steps of one binade. */
	ck_assert_uint_eq(d.max_ulp, 1 << 21);
}
END_TEST

START_TEST(equal_tensors_have_no_drift)
{
	struct drift d = between((float[]){0, -0.0f}, (float[]){-0.0f, 0}, 2);

	ck_assert_uint_eq(d.max_ulp, 0);
	ck_assert(isinf(drift_sqnr_db(&d)) && drift_sqnr_db(&d) > 0);
	ck_assert_double_eq(drift_cosine(&d), 1);
}
END_TEST

static const struct {
	float want, got;
	size_t nonfinite;
} specials[] = {
	{NAN, NAN, 0},
	{INFINITY, INFINITY, 0},
	{INFINITY, -INFINITY, 1},
	{NAN, 1, 1},
	{1, NAN, 1},
	{INFINITY, 1, 1},
	{1, INFINITY, 1},
	{NAN, INFINITY, 1},
};

START_TEST(counts_values_that_disagree_about_being_finite)
{
	struct drift d = between(&specials[_i].want, &specials[_i].got, 1);

	ck_assert_uint_eq(d.nonfinite, specials[_i].nonfinite);
}
END_TEST

START_TEST(nothing_compared_is_no_number)
{
	struct drift d = {0};

	ck_assert(isnan(drift_rmse(&d)) && isnan(drift_sqnr_db(&d)) &&
		  isnan(drift_cosine(&d)));
}
END_TEST

START_TEST(ulps_are_counted_through_zero)
{
	double tiny = 0x1p-149;

	ck_assert_uint_eq(ulp_distance(DTYPE_F32, 1, 1 + 0x1p-23), 1);
	ck_assert_uint_eq(ulp_distance(DTYPE_F32, -tiny, tiny), 2);
	ck_assert_uint_eq(ulp_distance(DTYPE_F16, 1, 1 + 0x1p-10), 1);
	ck_assert_uint_eq(ulp_distance(DTYPE_BF16, 1, 1 + 0x1p-7), 1);
	ck_assert_uint_eq(ulp_distance(DTYPE_F64, 1, 1 + 0x1p-52), 1);
}
END_TEST

START_TEST(refuses_to_compare_other_shapes)
{
	float x[2] = {0};
	struct tensor a = row(x, 1), b = row(x, 2);
	struct drift d = {0};

	ck_assert(!drift_add(&d, &a, &b, &e));
	ck_assert_int_eq(e.code, ERR_SHAPE);
	ck_assert_msg(strstr(e.msg, "got shape [2], want [1]") != NULL, "%s",
		      e.msg);
}
END_TEST

/* Three samples of three classes. */
static const float ref_scores[] = {9, 1, 1, 1, 9, 1, 1, 1, 9};
static const float cand_scores[] = {9, 1, 1, 9, 8, 1, NAN, 1, 9};

static struct accuracy score(enum metric metric, int k)
{
	struct tensor r = {DTYPE_F32, SHAPE(3, 3), ref_scores, 36, NULL};
	struct tensor c = {DTYPE_F32, SHAPE(3, 3), cand_scores, 36, NULL};
	struct accuracy a = {.metric = metric, .k = k};

	ck_assert_msg(accuracy_add(&a, &r, &c, (int64_t[]){0, 1, 0}, &e), "%s",
		      e.msg);
	return a;
}

START_TEST(top1_counts_lost_and_gained)
{
	struct accuracy a = score(METRIC_TOPK, 1);

	ck_assert_uint_eq(a.right[0], 2);
	ck_assert_uint_eq(a.right[1], 1);
	ck_assert_uint_eq(a.lost, 1);
	ck_assert_uint_eq(a.gained, 0);
	ck_assert_double_eq_tol(accuracy_change(&a), -1.0 / 3, 1e-15);
}
END_TEST

START_TEST(top2_and_agreement_follow_their_definitions)
{
	struct accuracy a = score(METRIC_TOPK, 2);

	ck_assert_uint_eq(a.right[1], 2); /* the NaN row stays wrong */
	a = score(METRIC_AGREEMENT, 1);
	ck_assert_uint_eq(a.right[0], 3);
	ck_assert_uint_eq(a.right[1], 1);
}
END_TEST

START_TEST(equal_scores_go_to_the_lower_class)
{
	float tie[] = {1, 1, 0};
	struct tensor t = {DTYPE_F32, SHAPE(1, 3), tie, 12, NULL};
	struct accuracy a = {.metric = METRIC_TOPK, .k = 1};

	ck_assert(accuracy_add(&a, &t, &t, (int64_t[]){0}, &e));
	ck_assert(accuracy_add(&a, &t, &t, (int64_t[]){1}, &e));
	ck_assert_uint_eq(a.right[0], 1);
}
END_TEST

START_TEST(refuses_labels_outside_the_classes)
{
	float x[3] = {0};
	struct tensor t = {DTYPE_F32, SHAPE(1, 3), x, 12, NULL};
	struct accuracy a = {.metric = METRIC_TOPK, .k = 1};

	ck_assert(!accuracy_add(&a, &t, &t, (int64_t[]){3}, &e));
	ck_assert_msg(strstr(e.msg, "label 3") != NULL, "%s", e.msg);
	ck_assert(!accuracy_add(&a, &t, &t, (int64_t[]){-1}, &e));
}
END_TEST

START_TEST(the_paired_interval_matches_hand_computation)
{
	struct accuracy a = {.samples = 98, .lost = 4, .gained = 1};
	struct interval i = accuracy_interval(&a, 0.95);
	double error = sqrt(6 - 9.0 / 100) / 100;

	ck_assert_double_eq_tol(normal_quantile(0.95), 1.959964, 1e-6);
	ck_assert_double_eq_tol(i.lo, -0.03 - 1.959964 * error, 1e-7);
	ck_assert_double_eq_tol(i.hi, -0.03 + 1.959964 * error, 1e-7);
	a.samples = 0;
	ck_assert(isnan(accuracy_interval(&a, 0.95).lo));
}
END_TEST

START_TEST(quantiles_take_the_nearest_rank)
{
	double x[] = {5, 1, 4, 2, 3};
	struct quantiles q = quantiles_of(x, 5);

	ck_assert_double_eq(q.min, 1);
	ck_assert_double_eq(q.p50, 3);
	ck_assert_double_eq(q.p90, 5);
	ck_assert_double_eq(q.p99, 5);
}
END_TEST

/* Pairs with 5 % noise; the candidate takes SLOWER times as long. */
static struct latency simulate(double slower, uint64_t seed)
{
	double a[60], b[60];
	struct latency l;
	struct rng r;

	rng_seed(&r, seed);
	for (int i = 0; i < 60; i++) {
		a[i] = 1e-3 * exp(0.05 * rng_normal(&r));
		b[i] = 1e-3 * slower * exp(0.05 * rng_normal(&r));
	}
	latency_bootstrap(&l, a, b, 60, 1);
	return l;
}

START_TEST(latency_verdicts_need_the_whole_interval)
{
	int fails = 0, caught = 0;

	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct latency same = simulate(1, seed);
		struct latency slow = simulate(1.2, seed);

		fails += latency_verdict(&same, 1.02) == VERDICT_FAIL;
		caught += latency_verdict(&slow, 1.02) == VERDICT_FAIL;
	}
	ck_assert_int_le(fails, 1);
	ck_assert_int_eq(caught, 40);
}
END_TEST

START_TEST(a_ratio_that_is_no_number_never_passes)
{
	struct latency l = {.ratio = NAN, .interval = {NAN, NAN}};

	ck_assert_int_eq(latency_verdict(&l, 2), VERDICT_FAIL);
}
END_TEST

struct counting {
	struct runner runner;
	char *log;
	char letter;
};

static bool count_run(struct runner *self, struct err *err)
{
	struct counting *c = (struct counting *)self;

	(void)err;
	*(c->log + strlen(c->log)) = c->letter;
	return true;
}

START_TEST(sides_run_in_turn)
{
	char log[64] = "";
	struct counting a = {{count_run}, log, 'a'};
	struct counting b = {{count_run}, log, 'b'};
	struct latency_opts o = {.warmup = 1, .pairs = 4};
	struct latency l;

	ck_assert(latency_compare(&l, &a.runner, &b.runner, &o, &e));
	ck_assert_str_eq(log, "ababbaabba");
	ck_assert_uint_eq(l.pairs, 4);
}
END_TEST

/* ---- results that are drawn ---------------------------------------------- */

enum { DRAWS = 200 };

/* DRAWS numbers: even in [0, 1), squared if asked. */
static struct datum draw(float *x, uint64_t seed, bool squared)
{
	struct tensor t = row(x, DRAWS);
	struct rng r;

	rng_seed(&r, seed);
	for (int i = 0; i < DRAWS; i++) {
		x[i] = (float)rng_uniform(&r);
		if (squared)
			x[i] *= x[i];
	}
	return datum_tensor(&t);
}

START_TEST(draws_of_one_distribution_resemble_each_other)
{
	float x[DRAWS], y[DRAWS];
	struct datum a = draw(x, 1, false), b = draw(y, 2, false);
	struct str why = {0};

	ck_assert(datum_resembles(&a, &b, &why));
	ck_assert_uint_eq(why.len, 0);
	str_release(&why);
}
END_TEST

START_TEST(draws_of_two_distributions_do_not)
{
	float x[DRAWS], y[DRAWS];
	struct datum a = draw(x, 1, true), b = draw(y, 2, false);
	struct str why = {0};

	ck_assert(!datum_resembles(&a, &b, &why));
	ck_assert_msg(strstr(why.text, "another distribution"), "%s", why.text);
	str_release(&why);
}
END_TEST

START_TEST(draws_of_two_shapes_do_not)
{
	float x[DRAWS], y[DRAWS];
	struct datum a = draw(x, 1, false), b = draw(y, 1, false);
	struct str why = {0};

	b.type.shape = b.tensor.shape = SHAPE(DRAWS / 2);
	ck_assert(!datum_resembles(&a, &b, &why));
	ck_assert_msg(strstr(why.text, "[200], want float[100]"), "%s",
		      why.text);
	str_release(&why);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("validate");
	TCase *tc = tcase_create("metrics");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, drift_matches_the_formulas);
	tcase_add_test(tc, equal_tensors_have_no_drift);
	tcase_add_loop_test(tc, counts_values_that_disagree_about_being_finite,
			    0, COUNT_OF(specials));
	tcase_add_test(tc, nothing_compared_is_no_number);
	tcase_add_test(tc, ulps_are_counted_through_zero);
	tcase_add_test(tc, refuses_to_compare_other_shapes);
	tcase_add_test(tc, top1_counts_lost_and_gained);
	tcase_add_test(tc, top2_and_agreement_follow_their_definitions);
	tcase_add_test(tc, equal_scores_go_to_the_lower_class);
	tcase_add_test(tc, refuses_labels_outside_the_classes);
	tcase_add_test(tc, the_paired_interval_matches_hand_computation);
	tcase_add_test(tc, quantiles_take_the_nearest_rank);
	tcase_add_test(tc, latency_verdicts_need_the_whole_interval);
	tcase_add_test(tc, a_ratio_that_is_no_number_never_passes);
	tcase_add_test(tc, sides_run_in_turn);
	tcase_add_test(tc, draws_of_one_distribution_resemble_each_other);
	tcase_add_test(tc, draws_of_two_distributions_do_not);
	tcase_add_test(tc, draws_of_two_shapes_do_not);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
