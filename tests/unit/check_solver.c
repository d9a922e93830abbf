/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_solver.c -- error feedback against brute force. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/rng.h"
#include "kern/feed.h"
#include "kern/gram.h"
#include "quant/solver.h"
#include "quant/solver_channels.h"
#include "quant/solver_fit.h"
#include "quant/solver_refine.h"

static struct err e;

/* One fit for each row of N columns. */
#define FITS(fit, n) ((struct fits){fit, 1, n})

/* H = mean of x x^T of SAMPLES correlated random vectors. */
static void random_hessian(double *h, uint32_t n, uint64_t seed)
{
	enum { SAMPLES = 300 };
	struct rng rng;
	double *x = calloc(n, sizeof(*x));

	rng_seed(&rng, seed);
	memset(h, 0, (size_t)n * n * sizeof(*h));
	for (int s = 0; s < SAMPLES; s++) {
		double common = rng_normal(&rng);

		for (uint32_t i = 0; i < n; i++)
			x[i] = common + (0.3 + i % 3) * rng_normal(&rng);
		for (uint32_t i = 0; i < n; i++)
			for (uint32_t j = 0; j < n; j++)
				h[i * n + j] += x[i] * x[j] / SAMPLES;
	}
	free(x);
}

static void random_weights(double *w, size_t count, uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed);
	for (size_t i = 0; i < count; i++)
		w[i] = rng_normal(&rng);
}

/* d^T H d for d = a - b, one row. */
static double loss(const double *h, uint32_t n, const double *a,
		   const double *b)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < n; j++)
			sum += (a[i] - b[i]) * h[i * n + j] * (a[j] - b[j]);
	return sum;
}

START_TEST(sums_of_products_have_the_same_bits_on_any_cpu)
{
	static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 16, 17, 33, 47};
	enum { MOST = 47, SAMPLES = 13 };
	static double x[SAMPLES * MOST], fast[MOST * MOST], plain[MOST * MOST];
	size_t n = sizes[_i];
	struct rng rng;

	rng_seed(&rng, 14);
	for (int i = 0; i < SAMPLES * MOST; i++)
		x[i] = (double)(float)rng_normal(&rng);
	memset(fast, 0, sizeof(fast));
	memset(plain, 0, sizeof(plain));
	for (size_t row = 0; row < n; row += 16) {
		size_t last = row + 16 < n ? row + 16 : n;

		kern_gram_f64(x, SAMPLES, MOST, row, last, fast, n);
		kern_gram_f64_plain(x, SAMPLES, MOST, row, last, plain, n);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			ck_assert_double_eq(fast[i * n + j], plain[i * n + j]);
}
END_TEST

/* Error feedback with the plain loops. */
START_TEST(errors_are_fed_back_with_the_same_bits_on_any_cpu)
{
	static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 16, 17, 33, 47};
	enum { MOST = 47, ROWS = 7, DEPTH = 13 };
	static double u[DEPTH * MOST], fast[ROWS * MOST], plain[ROWS * MOST];
	double d[ROWS * DEPTH];
	size_t n = sizes[_i];

	random_weights(u, DEPTH * MOST, 15);
	random_weights(d, ROWS * DEPTH, 16);
	random_weights(plain, ROWS * MOST, 17);
	memcpy(fast, plain, sizeof(fast));
	kern_feed_f64(fast, MOST, d, DEPTH, u, MOST, ROWS, DEPTH, n);
	for (size_t i = 0; i < ROWS; i++)
		for (size_t j = 0; j < DEPTH; j++)
			for (size_t k = 0; k < n; k++)
				plain[i * MOST + k] -= d[i * DEPTH + j] *
						       u[j * MOST + k];
	ck_assert_mem_eq(fast, plain, sizeof(plain));
}
END_TEST

START_TEST(factor_is_that_of_the_inverse)
{
	enum { N = 7 };
	double h[N * N], mean = 0;
	struct factor f;

	random_hessian(h, N, 1);
	for (int i = 0; i < N; i++)
		mean += h[i * N + i] / N;
	ck_assert(factor_init(&f, h, N, 0.01, COLUMNS_BY_WEIGHT, NULL, &e));
	for (int i = 0; i + 1 < N; i++)
		ck_assert_double_ge(h[f.order[i] * N + f.order[i]],
				    h[f.order[i + 1] * N + f.order[i + 1]]);
	/* U^T U H' is the identity. */
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++) {
			double sum = 0;

			for (int k = 0; k < N; k++) {
				double inverse = 0, hkj;

				for (int m = 0; m <= i && m <= k; m++)
					inverse += f.u[m * N + i] *
						   f.u[m * N + k];
				hkj = h[f.order[k] * N + f.order[j]];
				if (k == j)
					hkj += 0.01 * mean;
				sum += inverse * hkj;
			}
			ck_assert_double_eq_tol(sum, i == j, 1e-9);
		}
	factor_release(&f);
}
END_TEST

START_TEST(refuses_a_matrix_with_nan)
{
	double h[4] = {1, 0, 0, NAN};
	struct factor f;

	ck_assert(!factor_init(&f, h, 2, 0.01, COLUMNS_AS_THEY_ARE, NULL, &e));
	ck_assert_int_eq(e.code, ERR_FORMAT);
}
END_TEST

/* The definition, column by column, with the inverse computed afresh for the
 * columns that are left: w_rest -= (w_j - q) / G_jj * G_j,rest. */
static void brute_force(const double *h, uint32_t n, double *w,
			const struct fit *fit)
{
	for (uint32_t j = 0; j < n; j++) {
		uint32_t left = n - j;
		double *a = calloc((size_t)left * 2 * left, sizeof(*a));
		double q, d;

		for (uint32_t r = 0; r < left; r++) {
			for (uint32_t c = 0; c < left; c++)
				a[r * 2 * left + c] = h[(j + r) * n + j + c];
			a[r * 2 * left + left + r] = 1;
		}
		for (uint32_t p = 0; p < left; p++) { /* Gauss-Jordan */
			double pivot = a[p * 2 * left + p];

			for (uint32_t c = 0; c < 2 * left; c++)
				a[p * 2 * left + c] /= pivot;
			for (uint32_t r = 0; r < left; r++) {
				double m = a[r * 2 * left + p];

				for (uint32_t c = 0; r != p && c < 2 * left;
				     c++)
					a[r * 2 * left + c] -=
						m * a[p * 2 * left + c];
			}
		}
		q = fit->scale *
		    codebook_level(
			    fit->book,
			    codebook_nearest(fit->book, w[j] / fit->scale));
		d = (w[j] - q) / a[left];
		w[j] = q;
		for (uint32_t c = 1; c < left; c++)
			w[j + c] -= d * a[left + c];
		free(a);
	}
}

START_TEST(feedback_equals_the_definition)
{
	enum { N = 70 }; /* more than one block */
	static double h[N * N], damped[N * N], w[N], slow[N];
	uint8_t code[N];
	struct codebook b;
	struct fit fit = {.book = &b, .scale = 0.4};
	struct factor f;
	double mean = 0;

	ck_assert(codebook_init(&b, scheme_find("log"), 4, 2, &e));
	fit.scale = 2.5;
	random_hessian(h, N, 2);
	random_weights(w, N, 3);
	memcpy(slow, w, sizeof(w));
	for (int i = 0; i < N; i++)
		mean += h[i * N + i] / N;
	memcpy(damped, h, sizeof(h));
	for (int i = 0; i < N; i++)
		damped[i * N + i] += 0.01 * mean;
	brute_force(damped, N, slow, &fit);
	ck_assert(factor_init(&f, h, N, 0.01, COLUMNS_AS_THEY_ARE, NULL, &e));
	ck_assert(solve_levels(w, 1, N, &f, &FITS(&fit, N), code, NULL, &e));
	for (int i = 0; i < N; i++) {
		ck_assert_double_eq_tol(w[i], slow[i], 1e-12);
		ck_assert_double_eq(w[i],
				    codebook_level(&b, code[i]) * fit.scale);
	}
	factor_release(&f);
}
END_TEST

START_TEST(feedback_beats_rounding_to_nearest)
{
	enum { N = 33, ROWS = 16 };
	static double h[N * N], w[ROWS * N], plain[ROWS * N], fed[ROWS * N];
	uint8_t code[ROWS * N];
	struct codebook b;
	const struct codebook *books[] = {&b};
	struct fit fit[ROWS];
	struct factor f;
	double before = 0, after = 0;

	ck_assert(codebook_init(&b, scheme_find("linear"), 3, 0, &e));
	random_hessian(h, N, 4);
	random_weights(w, ROWS * N, 5);
	memcpy(plain, w, sizeof(w));
	memcpy(fed, w, sizeof(w));
	for (int r = 0; r < ROWS; r++)
		fit[r] = codebook_fit(books, 1, w + r * N, NULL, N);
	ck_assert(factor_init(&f, h, N, 0.01, COLUMNS_BY_WEIGHT, NULL, &e));
	ck_assert(solve_levels(plain, ROWS, N, NULL, &FITS(fit, N), code, NULL,
			       &e));
	ck_assert(
		solve_levels(fed, ROWS, N, &f, &FITS(fit, N), code, NULL, &e));
	for (int r = 0; r < ROWS; r++) {
		before += loss(h, N, w + r * N, plain + r * N);
		after += loss(h, N, w + r * N, fed + r * N);
	}
	ck_assert_double_lt(after, before * 0.7);
	factor_release(&f);
}
END_TEST

START_TEST(zeros_stay_zero)
{
	enum { N = 16 };
	static double h[N * N], w[N];
	uint8_t code[N];
	struct codebook b;
	struct fit fit = {.book = &b, .scale = 0.5};
	struct factor f;

	ck_assert(codebook_init(&b, scheme_find("linear"), 4, 0, &e));
	random_hessian(h, N, 6);
	random_weights(w, N, 7);
	for (int i = 0; i < N; i += 2)
		w[i] = 0;
	ck_assert(factor_init(&f, h, N, 0.01, COLUMNS_BY_WEIGHT, NULL, &e));
	ck_assert(solve_levels(w, 1, N, &f, &FITS(&fit, N), code, NULL, &e));
	for (int i = 0; i < N; i += 2) {
		ck_assert_double_eq(w[i], 0);
		ck_assert_uint_eq(code[i], 7);
	}
	factor_release(&f);
}
END_TEST

START_TEST(two_of_four_are_dropped_everywhere)
{
	enum { N = 140, ROWS = 5 };
	static double h[N * N], w[ROWS * N];
	struct sparsity s = {.keep = 2, .group = 4};
	struct factor f;

	random_hessian(h, N, 8);
	random_weights(w, ROWS * N, 9);
	ck_assert(factor_init(&f, h, N, 0.01, COLUMNS_AS_THEY_ARE, NULL, &e));
	ck_assert(solve_sparse(w, ROWS, N, &f, &s, NULL, &e));
	for (int i = 0; i < ROWS * N; i += 4) {
		int zeros = 0;

		for (int k = 0; k < 4; k++)
			zeros += w[i + k] == 0;
		ck_assert_int_eq(zeros, 2);
	}
	factor_release(&f);
}
END_TEST

START_TEST(magnitude_drops_the_smallest_share)
{
	double w[] = {1, -0.1, 3, 0.2, -5, 0.3, 7, -0.4};
	static const double want[] = {1, 0, 3, 0, -5, 0, 7, 0};
	struct sparsity s = {.share = 0.5};

	ck_assert(solve_sparse(w, 1, 8, NULL, &s, NULL, &e));
	for (size_t i = 0; i < COUNT_OF(w); i++)
		ck_assert_double_eq(w[i], want[i]);
}
END_TEST

START_TEST(a_short_last_group_keeps_what_it_may)
{
	double w[] = {1, 2, 3, 4, 7, 5, 6};
	static const double want[] = {0, 0, 3, 4, 7, 0, 6};
	struct sparsity s = {.keep = 2, .group = 4};

	ck_assert(solve_sparse(w, 1, 7, NULL, &s, NULL, &e));
	for (size_t i = 0; i < COUNT_OF(w); i++)
		ck_assert_double_eq(w[i], want[i]);
}
END_TEST

START_TEST(repair_beats_magnitude)
{
	enum { N = 40, ROWS = 8 };
	static double h[N * N], w[ROWS * N], plain[ROWS * N], fed[ROWS * N];
	struct sparsity s = {.share = 0.5};
	struct factor f;
	double before = 0, after = 0;

	random_hessian(h, N, 10);
	random_weights(w, ROWS * N, 11);
	memcpy(plain, w, sizeof(w));
	memcpy(fed, w, sizeof(w));
	ck_assert(factor_init(&f, h, N, 0.01, COLUMNS_AS_THEY_ARE, NULL, &e));
	ck_assert(solve_sparse(plain, ROWS, N, NULL, &s, NULL, &e));
	ck_assert(solve_sparse(fed, ROWS, N, &f, &s, NULL, &e));
	for (int r = 0; r < ROWS; r++) {
		before += loss(h, N, w + r * N, plain + r * N);
		after += loss(h, N, w + r * N, fed + r * N);
	}
	ck_assert_double_lt(after, before * 0.7);
	factor_release(&f);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
	enum { N = 200, ROWS = 50 };
	static double h[N * N], w[2][ROWS * N];
	static uint8_t code[2][ROWS * N];
	struct codebook b;
	struct fit fit[ROWS];

	ck_assert(codebook_init(&b, scheme_find("log"), 4, 1, &e));
	random_hessian(h, N, 12);
	for (int r = 0; r < ROWS; r++)
		fit[r] = (struct fit){.book = &b, .scale = 2};
	for (int i = 0; i < 2; i++) {
		struct factor f;

		parallel_set_threads(1 + 2 * i);
		random_weights(w[i], ROWS * N, 13);
		ck_assert(factor_init(&f, h, N, 0.01, COLUMNS_BY_WEIGHT, NULL,
				      &e));
		ck_assert(solve_levels(w[i], ROWS, N, &f, &FITS(fit, N),
				       code[i], NULL, &e));
		factor_release(&f);
	}
	parallel_set_threads(0);
	ck_assert_mem_eq(w[0], w[1], sizeof(w[0]));
	ck_assert_mem_eq(code[0], code[1], sizeof(code[0]));
}
END_TEST

/* ---- whole columns ------------------------------------------------------ */

enum { COLUMNS = 9, FIT_ROWS = 3, WIDTH = COLUMNS + 1 + FIT_ROWS };

/* Means of z z^T, z = (x, 1, y), with y = W x + b. */
static void random_sums(double *s, const double *w, const double *b,
			uint64_t seed)
{
	enum { SAMPLES = 200 };
	struct rng rng;
	double z[WIDTH];

	rng_seed(&rng, seed);
	memset(s, 0, WIDTH * WIDTH * sizeof(*s));
	for (int k = 0; k < SAMPLES; k++) {
		double common = rng_normal(&rng);

		for (int i = 0; i < COLUMNS; i++)
			z[i] = 0.5 + common + (1 + i % 3) * rng_normal(&rng);
		z[COLUMNS] = 1;
		for (int r = 0; r < FIT_ROWS; r++) {
			double *y = &z[COLUMNS + 1 + r];

			*y = b[r];
			for (int i = 0; i < COLUMNS; i++)
				*y += w[r * COLUMNS + i] * z[i];
		}
		for (int i = 0; i < WIDTH; i++)
			for (int j = 0; j <= i; j++)
				s[i * WIDTH + j] += z[i] * z[j] / SAMPLES;
	}
}

static const double bias[FIT_ROWS] = {1, -2, 0.5};

START_TEST(a_fit_finds_the_weights_and_the_bias)
{
	double w[FIT_ROWS * COLUMNS], got[FIT_ROWS * COLUMNS] = {0};
	double s[WIDTH * WIDTH], b[FIT_ROWS];
	struct fit_sums sums = {s, COLUMNS, FIT_ROWS};

	random_weights(w, FIT_ROWS * COLUMNS, 3);
	random_sums(s, w, bias, 4);
	ck_assert_msg(solve_fit(got, b, &sums, 1e-9, NULL, &e), "%s", e.msg);
	for (int i = 0; i < FIT_ROWS * COLUMNS; i++)
		ck_assert_double_eq_tol(got[i], w[i], 1e-6);
	for (int r = 0; r < FIT_ROWS; r++)
		ck_assert_double_eq_tol(b[r], bias[r], 1e-6);
	/* Without a bias the weights have to do what they can. */
	ck_assert(solve_fit(got, NULL, &sums, 1e-9, NULL, &e));
	ck_assert_double_gt(fabs(got[0] - w[0]), 1e-3);
	/* Much damping: what was there stays. */
	random_weights(got, FIT_ROWS * COLUMNS, 5);
	random_weights(w, FIT_ROWS * COLUMNS, 5);
	ck_assert(solve_fit(got, b, &sums, 1e9, NULL, &e));
	for (int i = 0; i < FIT_ROWS * COLUMNS; i++)
		ck_assert_double_eq_tol(got[i], w[i], 1e-6);
	s[0] = NAN;
	ck_assert(!solve_fit(got, b, &sums, 1e-3, NULL, &e));
	ck_assert_int_eq(e.code, ERR_FORMAT);
}
END_TEST

/* The mean squared error of the best weights without the columns DROP, as
 * solve_fit() on what is left finds it. */
static double error_without(const double *s, const bool *drop, double damp)
{
	double left[WIDTH * WIDTH] = {0}, w[FIT_ROWS * COLUMNS] = {0};
	double b[FIT_ROWS], error = 0;
	int at[WIDTH], n = 0, width = 0;
	struct fit_sums sums = {left, 0, FIT_ROWS};

	for (int i = 0; i < WIDTH; i++)
		if (i >= COLUMNS || !drop[i])
			at[width++] = i;
	n = width - 1 - FIT_ROWS;
	sums.columns = (uint32_t)n;
	for (int i = 0; i < width; i++)
		for (int j = 0; j <= i; j++)
			left[i * width + j] = s[at[i] * WIDTH + at[j]];
	ck_assert(solve_fit(w, b, &sums, damp, NULL, &e));
	for (int r = 0; r < FIT_ROWS; r++) {
		int y = n + 1 + r;

		error += left[y * width + y] - b[r] * left[y * width + n];
		for (int i = 0; i < n; i++)
			error -= w[r * n + i] * left[y * width + i];
	}
	return error;
}

START_TEST(a_column_costs_what_a_new_fit_without_it_loses)
{
	static const uint32_t first[] = {2, 5}, second[] = {0, 7, 8};
	double w[FIT_ROWS * COLUMNS], s[WIDTH * WIDTH], scratch[16];
	double x[(COLUMNS + 1) * (COLUMNS + 1)], one, both;
	bool drop[COLUMNS] = {false};
	struct channel_solver c;

	random_weights(w, FIT_ROWS * COLUMNS, 6);
	random_sums(s, w, bias, 7);
	for (int i = 0; i <= COLUMNS; i++)
		for (int j = 0; j <= i; j++)
			x[i * (COLUMNS + 1) + j] = s[i * WIDTH + j];
	ck_assert(channel_solver_init(&c, w, FIT_ROWS, COLUMNS, x, 1e-9, NULL,
				      &e));
	ck_assert_uint_le(channel_solver_scratch(3), 16);
	drop[2] = drop[5] = true;
	one = error_without(s, drop, 1e-9);
	ck_assert_double_eq_tol(channel_solver_cost(&c, first, 2, scratch) *
					c.energy,
				one, 1e-5 * one);
	ck_assert(channel_solver_remove(&c, first, 2, NULL, &e));
	drop[0] = drop[7] = drop[8] = true;
	both = error_without(s, drop, 1e-9);
	ck_assert_double_gt(both, one);
	ck_assert_double_eq_tol(channel_solver_cost(&c, second, 3, scratch) *
					c.energy,
				both - one, 1e-5 * both);
	channel_solver_release(&c);
	x[0] = NAN;
	ck_assert(!channel_solver_init(&c, w, FIT_ROWS, COLUMNS, x, 1e-9, NULL,
				       &e));
	ck_assert_int_eq(e.code, ERR_FORMAT);
}
END_TEST

START_TEST(refining_lowers_the_loss)
{
	enum { N = 70, ROWS = 5 };
	static double h[N * N], w[ROWS * N], q[ROWS * N], old[ROWS * N];
	uint8_t code[ROWS * N];
	struct codebook b;
	const struct codebook *book = &b;
	struct fit fit[ROWS];
	struct fits fits = FITS(fit, N);
	struct factor f;

	ck_assert(codebook_init(&b, scheme_find("log"), 3, 2, &e));
	random_hessian(h, N, 3);
	random_weights(w, ROWS * N, 4);
	w[7] = 0;
	memcpy(q, w, sizeof(q));
	for (int r = 0; r < ROWS; r++)
		fit[r] = codebook_fit(&book, 1, w + r * N, NULL, N);
	ck_assert(factor_init(&f, h, N, 0.01, COLUMNS_BY_WEIGHT, NULL, &e));
	ck_assert(solve_levels(q, ROWS, N, &f, &fits, code, NULL, &e));
	factor_release(&f);
	memcpy(old, q, sizeof(q));
	ck_assert(solve_refine(w, q, code, fit, ROWS, N, h, 0, NULL, &e));
	for (int r = 0; r < ROWS; r++) {
		double now = loss(h, N, w + r * N, q + r * N);

		ck_assert_double_lt(now, loss(h, N, w + r * N, old + r * N));
		for (int j = 0; j < N; j++)
			ck_assert_double_eq(
				q[r * N + j],
				codebook_level(&b, code[r * N + j]) *
					fit[r].scale);
	}
	ck_assert_double_eq(q[7], 0);
}
END_TEST

START_TEST(refining_finds_the_scale_that_made_the_weights)
{
	enum { N = 20 };
	static double h[N * N], w[N], q[N];
	uint8_t code[N];
	struct codebook b;
	struct fit fit = {.book = &b, .scale = 1.1};

	ck_assert(codebook_init(&b, scheme_find("linear"), 4, 0, &e));
	random_hessian(h, N, 5);
	for (uint32_t j = 0; j < N; j++) {
		w[j] = (double)(j % 7) - 3;
		code[j] = (uint8_t)codebook_nearest(&b, w[j]);
		q[j] = codebook_level(&b, code[j]) * fit.scale;
	}
	ck_assert(solve_refine(w, q, code, &fit, 1, N, h, 0.01, NULL, &e));
	ck_assert_double_eq_tol(fit.scale, 1, 1e-6);
	ck_assert_double_lt(loss(h, N, w, q), 1e-9);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("solver");
	TCase *t = tcase_create("feedback");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, sums_of_products_have_the_same_bits_on_any_cpu,
			    0, 10);
	tcase_add_loop_test(
		t, errors_are_fed_back_with_the_same_bits_on_any_cpu, 0, 10);
	tcase_add_test(t, factor_is_that_of_the_inverse);
	tcase_add_test(t, refuses_a_matrix_with_nan);
	tcase_add_test(t, feedback_equals_the_definition);
	tcase_add_test(t, feedback_beats_rounding_to_nearest);
	tcase_add_test(t, zeros_stay_zero);
	tcase_add_test(t, two_of_four_are_dropped_everywhere);
	tcase_add_test(t, magnitude_drops_the_smallest_share);
	tcase_add_test(t, a_short_last_group_keeps_what_it_may);
	tcase_add_test(t, repair_beats_magnitude);
	tcase_add_test(t, threads_do_not_change_a_bit);
	tcase_add_test(t, a_fit_finds_the_weights_and_the_bias);
	tcase_add_test(t, a_column_costs_what_a_new_fit_without_it_loses);
	tcase_add_test(t, refining_lowers_the_loss);
	tcase_add_test(t, refining_finds_the_scale_that_made_the_weights);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
