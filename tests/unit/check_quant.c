/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_quant.c -- codebooks, histograms and ranges by hand. */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "kern/cpu.h"
#include "kern/grid.h"
#include "quant/histogram.h"
#include "quant/observer.h"
#include "quant/scheme.h"

static struct err e;
static struct arena arena;

static void teardown(void)
{
	arena_release(&arena);
}

static struct codebook book(const char *scheme, int bits, int steps)
{
	struct codebook b;

	ck_assert_msg(codebook_init(&b, scheme_find(scheme), bits, steps, &e),
		      "%s", e.msg);
	return b;
}

/* ---- codebooks ---------------------------------------------------------- */

START_TEST(linear_codes_are_integers)
{
	struct codebook b = book("linear", 8, 0);

	ck_assert_uint_eq(codebook_count(&b), 255);
	ck_assert_double_eq(codebook_top(&b), 127);
	ck_assert_double_eq(codebook_level(&b, 0), -127);
	ck_assert_double_eq(codebook_level(&b, 127), 0);
	ck_assert_double_eq(codebook_level(&b, 254), 127);
	b = book("linear", 2, 0);
	ck_assert_uint_eq(codebook_count(&b), 3);
}
END_TEST

START_TEST(linear_ties_go_to_even)
{
	struct codebook b = book("linear", 4, 0);
	static const double x[] = {0.5, 1.5, 2.5, -0.5, -1.5, 6.5, 7.5, -99};
	static const double want[] = {0, 2, 2, 0, -2, 6, 7, -7};

	for (size_t i = 0; i < COUNT_OF(x); i++)
		ck_assert_double_eq(
			codebook_level(&b, codebook_nearest(&b, x[i])),
			want[i]);
}
END_TEST

START_TEST(base_2_levels_are_powers_of_two)
{
	struct codebook b = book("log", 4, 1);
	static const double mag[] = {0,	      1 / 64.0, 1 / 32.0, 1 / 16.0,
				     1 / 8.0, 1 / 4.0,	1 / 2.0,  1};

	ck_assert_uint_eq(b.nmags, COUNT_OF(mag));
	for (size_t i = 0; i < COUNT_OF(mag); i++)
		ck_assert_double_eq(b.mag[i], mag[i]);
}
END_TEST

START_TEST(log_rounds_in_the_linear_domain)
{
	struct codebook b = book("log", 4, 1);

	/* log2(0.74) rounds to 0 octaves, but 0.5 is nearer than 1. */
	ck_assert_double_eq(codebook_level(&b, codebook_nearest(&b, 0.74)),
			    0.5);
	ck_assert_double_eq(codebook_level(&b, codebook_nearest(&b, 0.76)), 1);
	/* A tie goes to the smaller magnitude; so does 1/128, to 0. */
	ck_assert_double_eq(codebook_level(&b, codebook_nearest(&b, -0.75)),
			    -0.5);
	ck_assert_double_eq(codebook_level(&b, codebook_nearest(&b, 1 / 128.0)),
			    0);
}
END_TEST

START_TEST(every_level_is_its_own_nearest)
{
	for (const struct scheme *s = scheme_next(NULL); s; s = scheme_next(s))
		for (int bits = s->min_bits; bits <= s->max_bits; bits++)
			for (int i = 0; i == 0 || (s->steps && s->steps[i]);
			     i++) {
				struct codebook b = book(s->name, bits,
							 s->steps ? s->steps[i]
								  : 0);

				for (uint32_t c = 0; c < codebook_count(&b);
				     c++)
					ck_assert_uint_eq(
						codebook_nearest(
							&b,
							codebook_level(&b, c)),
						c);
			}
}
END_TEST

START_TEST(refuses_bits_and_bases_that_do_not_exist)
{
	struct codebook b;

	ck_assert(!codebook_init(&b, scheme_find("linear"), 9, 0, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
	ck_assert(!codebook_init(&b, scheme_find("log"), 2, 1, &e));
	ck_assert(!codebook_init(&b, scheme_find("log"), 4, 3, &e));
	ck_assert_ptr_null(scheme_find("cubic"));
}
END_TEST

START_TEST(fit_finds_the_scale_of_levels)
{
	struct codebook linear = book("linear", 4, 0), log2 = book("log", 4, 1);
	const struct codebook *both[] = {&linear, &log2};
	static const double powers[] = {0.25, -0.5, 1, 0.125, -2, 0};
	static const double steps[] = {0.25, -0.5, 0.75, 1.25, -1.75, 1.5};
	struct fit f = codebook_fit(both, 2, powers, NULL, COUNT_OF(powers));

	ck_assert_ptr_eq(f.book, &log2);
	ck_assert_double_lt(f.error, 1e-12);
	f = codebook_fit(both, 2, steps, NULL, COUNT_OF(steps));
	ck_assert_ptr_eq(f.book, &linear);
	ck_assert_double_eq_tol(f.scale, 0.25, 1e-7);
}
END_TEST

/* Levels far beyond the range, inside, and between. */
START_TEST(the_error_of_a_grid_is_that_of_its_nearest_levels)
{
	enum { N = 21 };
	struct codebook b = book("linear", 4, 0);
	double w[N], h[N], sum = 0, fast, plain;
	struct rng rng;

	rng_seed(&rng, 7);
	for (int i = 0; i < N; i++) {
		double level;

		w[i] = rng_normal(&rng);
		h[i] = rng_uniform(&rng);
		level = codebook_level(&b, codebook_nearest(&b, w[i] / 0.2));
		sum += h[i] * (w[i] - level * 0.2) * (w[i] - level * 0.2);
	}
	fast = kern_grid_error_f64(w, h, N, 0.2, codebook_top(&b));
	ck_assert_double_eq_tol(fast, sum, 1e-14);
	cpu_forget(CPU_AVX2 | CPU_AVX512 | CPU_VNNI);
	plain = kern_grid_error_f64(w, h, N, 0.2, codebook_top(&b));
	cpu_forget(0);
	ck_assert(fast == plain);
}
END_TEST

START_TEST(a_channel_of_zeros_has_scale_1)
{
	struct codebook b = book("log", 4, 2);
	const struct codebook *one[] = {&b};
	static const double w[4] = {0};

	ck_assert_double_eq(codebook_fit(one, 1, w, NULL, 4).scale, 1);
	ck_assert_double_eq(codebook_full_range(&b, w, 4).scale, 1);
}
END_TEST

START_TEST(a_tiny_channel_keeps_a_normal_scale)
{
	struct codebook b = book("linear", 8, 0);
	static const double w[] = {1e-42, -1e-43};
	struct fit f = codebook_full_range(&b, w, 2);

	ck_assert_double_ge(f.scale, (double)FLT_MIN);
}
END_TEST

/* ---- histograms --------------------------------------------------------- */

static struct histogram histogram_of(const float *x, size_t n)
{
	struct histogram h;

	histogram_init(&h, &arena);
	ck_assert(histogram_add(&h, x, n, &e));
	return h;
}

START_TEST(extremes_and_counts_are_exact)
{
	static const float x[] = {1, -2, 0.1f, -0.0f, 3e38f, 1e-45f};
	struct histogram h = histogram_of(x, COUNT_OF(x));

	ck_assert_uint_eq(h.count, 6);
	ck_assert_float_eq(h.min, -2);
	ck_assert_float_eq(h.max, 3e38f);
}
END_TEST

START_TEST(nan_and_infinity_are_counted_apart)
{
	static const float x[] = {NAN, INFINITY, -INFINITY, -INFINITY, 5};
	struct histogram h = histogram_of(x, COUNT_OF(x));

	ck_assert_uint_eq(h.count, 1);
	ck_assert_uint_eq(h.nan, 1);
	ck_assert_uint_eq(h.plus_inf, 1);
	ck_assert_uint_eq(h.minus_inf, 2);
	ck_assert_float_eq(h.max, 5);
}
END_TEST

START_TEST(sums_are_rounded_once)
{
	/* Left to right in double this gives 0: 1 is lost beside 1e30. */
	static const float a[] = {1e30f, 1, -1e30f};
	static const float b[] = {-3.5f, 0.25f, 1e-45f, -1e-45f};
	struct histogram h = histogram_of(a, COUNT_OF(a));

	ck_assert_double_eq(histogram_sum(&h), 1);
	h = histogram_of(b, COUNT_OF(b));
	ck_assert_double_eq(histogram_sum(&h), -3.25);
	h = histogram_of(b + 2, 1);
	ck_assert_double_eq(histogram_sum(&h), (double)1e-45f);
}
END_TEST

START_TEST(bins_ascend_and_contain_their_samples)
{
	float x[1000];
	struct rng rng;
	struct histogram h;
	struct bin b = {0};
	double last = -INFINITY;
	uint64_t count = 0;

	rng_seed(&rng, 5);
	for (size_t i = 0; i < COUNT_OF(x); i++)
		x[i] = (float)(rng_normal(&rng) * exp2(10 * rng_normal(&rng)));
	h = histogram_of(x, COUNT_OF(x));
	while (histogram_next(&h, &b)) {
		uint64_t inside = 0;

		ck_assert_double_ge(b.lo, last);
		ck_assert_double_ge(b.hi, b.lo);
		ck_assert_double_le(b.hi - b.lo,
				    fmax(fabs(b.lo), fabs(b.hi)) / 64);
		for (size_t i = 0; i < COUNT_OF(x); i++)
			inside += (double)x[i] >= b.lo && (double)x[i] <= b.hi;
		ck_assert_uint_ge(inside, b.count);
		last = b.lo;
		count += b.count;
	}
	ck_assert_uint_eq(count, COUNT_OF(x));
}
END_TEST

START_TEST(samples_count_the_same_together_and_one_by_one)
{
	enum { N = 3000 };
	static float x[N];
	struct rng rng;
	struct histogram whole, parts;

	rng_seed(&rng, 6);
	for (size_t i = 0; i < N; i++)
		x[i] = (float)(rng_normal(&rng) * exp2(10 * rng_normal(&rng)));
	x[1] = x[1500] = 0;
	x[2] = -0.0f;
	x[3] = 1e-45f;
	x[1100] = INFINITY;
	x[2999] = NAN;
	whole = histogram_of(x, N);
	histogram_init(&parts, &arena);
	for (size_t i = 0; i < N; i++)
		ck_assert(histogram_add(&parts, x + i, 1, &e));
	ck_assert_uint_eq(whole.count, N - 2);
	ck_assert_uint_eq(whole.count, parts.count);
	ck_assert_uint_eq(whole.nan, parts.nan);
	ck_assert_uint_eq(whole.plus_inf, parts.plus_inf);
	ck_assert_float_eq(whole.min, parts.min);
	ck_assert_float_eq(whole.max, parts.max);
	ck_assert_mem_eq(whole.significand_sum, parts.significand_sum,
			 sizeof(whole.significand_sum));
	for (int p = 0; p < HISTOGRAM_PAGES; p++) {
		ck_assert_int_eq(!whole.page[p], !parts.page[p]);
		if (whole.page[p])
			ck_assert_mem_eq(whole.page[p], parts.page[p],
					 HISTOGRAM_PAGE_BINS *
						 sizeof(*whole.page[p]));
	}
}
END_TEST

START_TEST(merging_is_adding)
{
	static const float x[] = {1, -2, 0.1f, 7, NAN, 1e-30f, -6e20f, 0};
	struct histogram whole = histogram_of(x, 8), a = histogram_of(x, 3);
	struct histogram b = histogram_of(x + 3, 5);
	struct bin i = {0}, j = {0};

	ck_assert(histogram_merge(&b, &a, &e));
	ck_assert_uint_eq(b.count, whole.count);
	ck_assert_uint_eq(b.nan, 1);
	ck_assert_mem_eq(b.significand_sum, whole.significand_sum,
			 sizeof(b.significand_sum));
	while (histogram_next(&whole, &i)) {
		ck_assert(histogram_next(&b, &j));
		ck_assert_double_eq(i.lo, j.lo);
		ck_assert_uint_eq(i.count, j.count);
	}
	ck_assert(!histogram_next(&b, &j));
}
END_TEST

/* ---- ranges ------------------------------------------------------------- */

START_TEST(every_method_stays_between_zero_and_the_extremes)
{
	const struct observer *o = NULL;
	float x[4096];
	struct rng rng;
	struct histogram h;

	rng_seed(&rng, 7);
	for (size_t i = 0; i < COUNT_OF(x); i++)
		x[i] = (float)rng_normal(&rng);
	x[17] = 100; /* an outlier */
	h = histogram_of(x, COUNT_OF(x));
	while ((o = observer_next(o))) {
		struct range r;

		o->range(&h, 256, &r);
		ck_assert_double_le(r.lo, 0);
		ck_assert_double_ge(r.lo, (double)h.min);
		ck_assert_double_gt(r.hi, 2);
		ck_assert_double_le(r.hi, 100);
	}
}
END_TEST

static double swish(const struct response *self, double x)
{
	(void)self;
	return x / (1 + exp(-x));
}

START_TEST(errors_count_behind_the_function_that_reads)
{
	const struct observer *o = observer_find("mse");
	struct response reader = {.at = swish};
	struct range alone, before;
	struct histogram h;
	float x[4001];

	for (int i = 0; i < 4001; i++)
		x[i] = (float)(i - 3000) / 100; /* -30 .. 10 */
	h = histogram_of(x, COUNT_OF(x));
	o->range(&h, 256, &alone);
	o->range_before(&h, 256, &reader, &before);
	ck_assert_double_lt(alone.lo, -25);
	/* x / (1 + exp(-x)) is -0.0005 at -10. */
	ck_assert_double_gt(before.lo, -12);
	ck_assert_double_gt(before.hi, 9);
}
END_TEST

START_TEST(the_variance_is_that_of_the_samples)
{
	float x[3] = {-1, 3, 4};
	struct histogram h = histogram_of(x, 3);

	/* Mean 2, squares 9, 1 and 4; within the width of bins. */
	ck_assert_double_eq_tol(histogram_variance(&h), 14.0 / 3, 0.1);
}
END_TEST

START_TEST(an_outlier_is_clipped_by_all_but_minmax)
{
	const struct observer *o = NULL;
	struct histogram h;
	float x[1000];

	for (int i = 0; i < 1000; i++)
		x[i] = (float)i / 1000;
	histogram_init(&h, &arena);
	/* MSE gives an outlier up for the sake of 12 * 255^2 others. */
	for (int i = 0; i < 2000; i++)
		ck_assert(histogram_add(&h, x, 1000, &e));
	ck_assert(histogram_add(&h, &(float){50}, 1, &e));
	while ((o = observer_next(o))) {
		struct range r;

		o->range(&h, 256, &r);
		if (!strcmp(o->name, "minmax"))
			ck_assert_double_eq(r.hi, 50);
		else
			ck_assert_double_lt(r.hi, 50);
		ck_assert_double_ge(r.hi, 0.9);
		ck_assert_double_eq(r.lo, 0);
	}
}
END_TEST

START_TEST(empty_zero_and_constant_tensors_have_usable_scales)
{
	static const float zero[8] = {0}, seven[3] = {7, 7, 7};
	struct histogram h[3];
	const struct observer *o = NULL;

	histogram_init(&h[0], &arena);
	h[1] = histogram_of(zero, COUNT_OF(zero));
	h[2] = histogram_of(seven, COUNT_OF(seven));
	while ((o = observer_next(o)))
		for (int i = 0; i < 3; i++) {
			struct range r;
			struct affine a;

			o->range(&h[i], 256, &r);
			a = affine_from_range(&r, 256);
			ck_assert_int_eq(a.zero, 0);
			if (i < 2)
				ck_assert_float_eq(a.scale, 1);
			else
				ck_assert_float_eq_tol(a.scale, 7 / 255.0f,
						       1e-3f);
		}
}
END_TEST

START_TEST(zero_point_is_rounded_and_in_range)
{
	struct affine a = affine_from_range(&(struct range){-1, 3}, 256);

	ck_assert_float_eq(a.scale, (float)(4 / 255.0));
	ck_assert_int_eq(a.zero, 64); /* 63.75 */
	a = affine_from_range(&(struct range){-5, 0}, 256);
	ck_assert_int_eq(a.zero, 255);
	a = affine_from_range(&(struct range){0, 1e-44}, 256);
	ck_assert_float_eq(a.scale, 1);
}
END_TEST

static Suite *quant_suite(void)
{
	Suite *s = suite_create("quant");
	TCase *t = tcase_create("codebooks");

	suite_add_tcase(s, t);
	tcase_add_test(t, linear_codes_are_integers);
	tcase_add_test(t, linear_ties_go_to_even);
	tcase_add_test(t, base_2_levels_are_powers_of_two);
	tcase_add_test(t, log_rounds_in_the_linear_domain);
	tcase_add_test(t, every_level_is_its_own_nearest);
	tcase_add_test(t, refuses_bits_and_bases_that_do_not_exist);
	tcase_add_test(t, fit_finds_the_scale_of_levels);
	tcase_add_test(t, the_error_of_a_grid_is_that_of_its_nearest_levels);
	tcase_add_test(t, a_channel_of_zeros_has_scale_1);
	tcase_add_test(t, a_tiny_channel_keeps_a_normal_scale);
	t = tcase_create("histograms");
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, extremes_and_counts_are_exact);
	tcase_add_test(t, nan_and_infinity_are_counted_apart);
	tcase_add_test(t, sums_are_rounded_once);
	tcase_add_test(t, bins_ascend_and_contain_their_samples);
	tcase_add_test(t, samples_count_the_same_together_and_one_by_one);
	tcase_add_test(t, merging_is_adding);
	t = tcase_create("ranges");
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, every_method_stays_between_zero_and_the_extremes);
	tcase_add_test(t, an_outlier_is_clipped_by_all_but_minmax);
	tcase_add_test(t, errors_count_behind_the_function_that_reads);
	tcase_add_test(t, the_variance_is_that_of_the_samples);
	tcase_add_test(t, empty_zero_and_constant_tensors_have_usable_scales);
	tcase_add_test(t, zero_point_is_rounded_and_in_range);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(quant_suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
