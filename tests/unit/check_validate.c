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

static struct tensor class_label(const int64_t *label)
{
	return (struct tensor){DTYPE_I64, {0}, label, 8, NULL};
}

static struct accuracy score(enum metric metric, int k)
{
	struct tensor r = {DTYPE_F32, SHAPE(3, 3), ref_scores, 36, NULL};
	struct tensor c = {DTYPE_F32, SHAPE(3, 3), cand_scores, 36, NULL};
	struct accuracy a = {.metric = metric, .k = k};
	static const int64_t labels[] = {0, 1, 0};
	struct tensor label[3];

	for (int i = 0; i < 3; i++)
		label[i] = class_label(&labels[i]);
	ck_assert_msg(accuracy_add(&a, &r, &c, label, 3, &e), "%s", e.msg);
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

	struct tensor zero = class_label(&(int64_t){0});
	struct tensor one = class_label(&(int64_t){1});

	ck_assert(accuracy_add(&a, &t, &t, &zero, 1, &e));
	ck_assert(accuracy_add(&a, &t, &t, &one, 1, &e));
	ck_assert_uint_eq(a.right[0], 1);
}
END_TEST

START_TEST(refuses_labels_outside_the_classes)
{
	float x[3] = {0};
	struct tensor t = {DTYPE_F32, SHAPE(1, 3), x, 12, NULL};
	struct accuracy a = {.metric = METRIC_TOPK, .k = 1};

	struct tensor three = class_label(&(int64_t){3});
	struct tensor less = class_label(&(int64_t){-1});

	ck_assert(!accuracy_add(&a, &t, &t, &three, 1, &e));
	ck_assert_msg(strstr(e.msg, "label 3") != NULL, "%s", e.msg);
	ck_assert(!accuracy_add(&a, &t, &t, &less, 1, &e));
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

/* ---- F1, squares, perplexity --------------------------------------------- */

static struct arena kept;

static void release_kept(void)
{
	arena_release(&kept);
}

/* Outputs REF and CAND of shape S against floats LABEL of SHAPE l without the
 * axis of samples. */
static struct accuracy measure(enum metric metric, struct shape s,
			       const float *ref, const float *cand,
			       struct shape l, const float *label)
{
	struct tensor r = {DTYPE_F32, s, ref, 0, NULL}, c = r, target[8];
	struct accuracy a;
	size_t n = (size_t)s.dim[0], each;

	ck_assert(shape_bytes(&s, DTYPE_F32, &r.bytes, &e));
	ck_assert(shape_count(&l, &each, &e));
	c.bytes = r.bytes;
	c.data = cand;
	for (size_t i = 0; i < n; i++)
		target[i] = (struct tensor){DTYPE_F32, l, label + i * each,
					    4 * each, NULL};
	accuracy_init(&a, metric, 1, 0.5, &kept);
	ck_assert_msg(accuracy_add(&a, &r, &c, target, n, &e), "%s", e.msg);
	return a;
}

/* Four samples of three classes, best class 0 0 1 2 and 0 1 1 0. */
static const float rows[] = {9, 1, 1, 9, 1, 1, 1, 9, 1, 1, 1, 9};
static const float other_rows[] = {9, 1, 1, 1, 9, 1, 1, 9, 1, 9, 1, 1};

START_TEST(f1_is_that_of_each_class)
{
	static const float label[] = {0, 1, 1, 2};
	struct accuracy a = measure(METRIC_F1, SHAPE(4, 3), rows, other_rows,
				    SHAPE(1), label);

	/* Classes 0, 1, 2: 2/3, 2/3, 1 and 2/3, 1, 0. */
	ck_assert_double_eq_tol(accuracy_of(&a, 0), 7.0 / 9, 1e-15);
	ck_assert_double_eq_tol(accuracy_of(&a, 1), 5.0 / 9, 1e-15);
	ck_assert_double_eq_tol(accuracy_change(&a), -2.0 / 9, 1e-15);
	a = measure(METRIC_F1_MICRO, SHAPE(4, 3), rows, other_rows, SHAPE(1),
		    label);
	ck_assert_double_eq_tol(accuracy_of(&a, 0), 0.75, 1e-15);
	ck_assert_double_eq_tol(accuracy_of(&a, 1), 0.75, 1e-15);
}
END_TEST

START_TEST(f1_leaves_classes_out_that_do_not_occur)
{
	static const float label[] = {0, 0, -100, -100};
	struct accuracy a = measure(METRIC_F1, SHAPE(4, 3), rows, other_rows,
				    SHAPE(1), label);

	ck_assert_double_eq(accuracy_of(&a, 0), 1);
	/* Class 0: 1 hit, 1 miss; class 1: 1 false alarm. */
	ck_assert_double_eq_tol(accuracy_of(&a, 1), 1.0 / 3, 1e-15);
}
END_TEST

START_TEST(f1_takes_a_label_for_each_score)
{
	static const float label[] = {1, 0, 1, 1, 0, 0};
	static const float ref[] = {.9f, .1f, .6f, .4f, .2f, .7f};
	static const float cand[] = {.9f, .1f, NAN, .6f, NAN, .2f};
	struct accuracy a = measure(METRIC_F1_MICRO, SHAPE(2, 3), ref, cand,
				    SHAPE(3), label);

	/* 2 hits, 1 false alarm, 1 miss; 2 hits, and the NaNs are wrong. */
	ck_assert_double_eq_tol(accuracy_of(&a, 0), 4.0 / 6, 1e-15);
	ck_assert_double_eq_tol(accuracy_of(&a, 1), 4.0 / 6, 1e-15);
}
END_TEST

START_TEST(f1_counts_rows_with_nan_as_missed)
{
	static const float nan[] = {NAN, 1, 1, NAN, 1, 1};
	static const float label[] = {1, 1};
	struct accuracy a = measure(METRIC_F1, SHAPE(2, 3), nan, nan, SHAPE(1),
				    label);

	ck_assert_double_eq(accuracy_of(&a, 0), 0);
	ck_assert_double_eq(accuracy_of(&a, 1), 0);
}
END_TEST

START_TEST(mean_squared_error_is_over_all_elements)
{
	static const float y[] = {1, 2, 3, 4}, z[] = {1, 2, 3, 6};
	static const float label[] = {1, 1, 3, 3};
	struct accuracy a = measure(METRIC_MSE, SHAPE(2, 2), y, z, SHAPE(1, 2),
				    label);

	ck_assert_double_eq(accuracy_of(&a, 0), 0.5);
	ck_assert_double_eq(accuracy_of(&a, 1), 2.5);
	ck_assert_double_eq(accuracy_change(&a), 4);
}
END_TEST

START_TEST(perplexity_is_of_labelled_positions)
{
	/* p = 1/4, 3/4 | 1/2, 1/2; the last position is padding. */
	const float x[] = {0, logf(3), 5, 5, 1, 2};
	const float y[] = {0, 0, 7, 7, 2, 1};
	static const float label[] = {0, 1, -1};
	struct accuracy a = measure(METRIC_PERPLEXITY, SHAPE(1, 3, 2), x, y,
				    SHAPE(3), label);

	ck_assert_double_eq_tol(accuracy_of(&a, 0), sqrt(8), 1e-6);
	ck_assert_double_eq_tol(accuracy_of(&a, 1), 2, 1e-12);
	ck_assert_double_eq_tol(accuracy_change(&a), 2 / sqrt(8) - 1, 1e-6);
}
END_TEST

START_TEST(a_loss_that_is_no_number_has_no_change)
{
	static const float y[] = {NAN, 0}, label[] = {0, 0};
	struct accuracy a = measure(METRIC_MSE, SHAPE(2), y, y, SHAPE(1),
				    label);
	struct accuracy p = measure(METRIC_PERPLEXITY, SHAPE(1, 2), y, y,
				    SHAPE(1), label);
	static const float none[] = {-1};
	struct accuracy q = measure(METRIC_PERPLEXITY, SHAPE(1, 2), label,
				    label, SHAPE(1), none);

	ck_assert(isnan(accuracy_of(&a, 1)) && isnan(accuracy_change(&a)));
	ck_assert(isnan(accuracy_of(&p, 1)) && isnan(accuracy_change(&p)));
	ck_assert(isnan(accuracy_of(&q, 1)) && isnan(accuracy_change(&q)));
	ck_assert(isnan(accuracy_interval(&a, 0.95).hi));
}
END_TEST

START_TEST(equal_losses_of_zero_have_not_risen)
{
	static const float y[] = {1, 2};
	struct accuracy a = measure(METRIC_MSE, SHAPE(2), y, y, SHAPE(1), y);

	ck_assert_double_eq(accuracy_change(&a), 0);
	ck_assert_double_eq(accuracy_interval(&a, 0.95).hi, 0);
}
END_TEST

START_TEST(labels_of_another_shape_are_refused)
{
	float x[6] = {0};
	struct tensor t = {DTYPE_F32, SHAPE(1, 2, 3), x, 24, NULL};
	struct tensor label = {DTYPE_F32, SHAPE(3), x, 12, NULL};
	static const enum metric all[] = {METRIC_F1, METRIC_MSE,
					  METRIC_PERPLEXITY};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct accuracy a;

		accuracy_init(&a, all[i], 1, 0.5, &kept);
		ck_assert(!accuracy_add(&a, &t, &t, &label, 1, &e));
		ck_assert_int_eq(e.code, ERR_SHAPE);
		ck_assert_msg(strstr(e.msg, "have shape [3]") != NULL, "%s",
			      e.msg);
	}
}
END_TEST

struct mean {
	struct estimate estimate;
	const double *x;
};

static double mean_of(struct estimate *self, const size_t *picked, size_t n)
{
	const struct mean *m = (struct mean *)self;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += m->x[picked[i]];
	return sum / (double)n;
}

START_TEST(the_bootstrap_finds_the_error_of_a_mean)
{
	double x[400];
	struct mean m = {{mean_of}, x};
	struct interval i, again;
	struct rng r;

	rng_seed(&r, 5);
	for (int k = 0; k < 400; k++)
		x[k] = rng_normal(&r);
	i = bootstrap_interval(&m.estimate, 400, 0.95, 1);
	again = bootstrap_interval(&m.estimate, 400, 0.95, 1);
	/* 2 * 1.96 / sqrt(400) */
	ck_assert_double_eq_tol(i.hi - i.lo, 0.196, 0.02);
	ck_assert(i.lo == again.lo && i.hi == again.hi);
	ck_assert(isnan(bootstrap_interval(&m.estimate, 1, 0.95, 1).lo));
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
	tcase_add_checked_fixture(tc, NULL, release_kept);
	tcase_add_test(tc, f1_is_that_of_each_class);
	tcase_add_test(tc, f1_leaves_classes_out_that_do_not_occur);
	tcase_add_test(tc, f1_takes_a_label_for_each_score);
	tcase_add_test(tc, f1_counts_rows_with_nan_as_missed);
	tcase_add_test(tc, mean_squared_error_is_over_all_elements);
	tcase_add_test(tc, perplexity_is_of_labelled_positions);
	tcase_add_test(tc, a_loss_that_is_no_number_has_no_change);
	tcase_add_test(tc, equal_losses_of_zero_have_not_risen);
	tcase_add_test(tc, labels_of_another_shape_are_refused);
	tcase_add_test(tc, the_bootstrap_finds_the_error_of_a_mean);
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
