/* SPDX-License-Identifier: Apache-2.0 */
/* tests/kern/check_rows.c -- functions and rows of floats against the C
 * library's doubles, on every set of instructions at hand. */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/rng.h"
#include "kern/act.h"
#include "kern/cpu.h"
#include "kern/norm.h"
#include "kern/soft.h"

/* Sets of instructions to do without. */
static const unsigned unwanted[] = {
	0,
	CPU_AVX512 | CPU_VNNI,
	CPU_AVX2 | CPU_AVX512 | CPU_VNNI,
};

enum { LEVELS = COUNT_OF(unwanted), MOST = 5000 };

/* |GOT - WANT| in units of the last place of WANT as a float. */
static double ulps(float got, double want)
{
	int exponent;

	frexp(want, &exponent);
	return fabs((double)got - want) / ldexp(1, exponent - 24);
}

/* ---- functions ---------------------------------------------------------- */

static double want_exp(double x)
{
	return exp(x);
}

static double want_gelu_tanh(double x)
{
	return x / (1 + exp(-2 * sqrt(M_2_PI) * (x + 0.044715 * x * x * x)));
}

static double want_gelu(double x)
{
	return x * erfc(-x / M_SQRT2) / 2;
}

static const struct {
	enum act_kind kind;
	double (*want)(double x);
	double lo, hi, most; /* ulps in [lo, hi] */
} functions[] = {
	{ACT_EXP, want_exp, -87.3, 88.7, 2},
	{ACT_ERF, erf, -10, 10, 3},
	{ACT_TANH, tanh, -20, 20, 4},
	{ACT_GELU, want_gelu, -0.5, 20, 4},
	{ACT_GELU_TANH, want_gelu_tanh, -1, 20, 4},
};

static void check_function(size_t at, int level)
{
	const struct act f = {functions[at].kind, 0, 0};
	enum { STEPS = 1 << 18, PIECE = 1021 };
	double lo = functions[at].lo, hi = functions[at].hi, most = 0;
	float x[PIECE], y[PIECE], where = 0;

	for (size_t i = 0; i < STEPS; i += PIECE) {
		for (size_t k = 0; k < PIECE; k++)
			x[k] = (float)fmin(
				hi, lo + (hi - lo) * (double)(i + k) / STEPS);
		kern_act_f32(&f, x, y, PIECE);
		for (size_t k = 0; k < PIECE; k++) {
			double off = ulps(y[k], functions[at].want(x[k]));

			where = off > most ? x[k] : where;
			most = fmax(most, off);
		}
	}
	printf("function %zu, level %d: %.2f ulp\n", at, level, most);
	ck_assert_msg(most <= functions[at].most,
		      "function %zu, level %d: off by %.2f ulp at %.9g", at,
		      level, most, (double)where);
}

START_TEST(exp_ends_at_the_ends_of_the_range)
{
	const float x[] = {-INFINITY, -88, -87.4f, 88.72284f, 100, INFINITY};
	const float want[] = {0, 0, 0, INFINITY, INFINITY, INFINITY};
	const struct act f = {ACT_EXP, 0, 0};
	float nan = NAN, y[COUNT_OF(x)];

	cpu_forget(unwanted[_i]);
	kern_act_f32(&f, x, y, COUNT_OF(x));
	for (size_t i = 0; i < COUNT_OF(x); i++)
		ck_assert_float_eq(y[i], want[i]);
	kern_act_f32(&f, &nan, y, 1);
	ck_assert_float_nan(y[0]);
}
END_TEST

START_TEST(functions_are_as_exact_as_they_say)
{
	cpu_forget(unwanted[_i]);
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		check_function(i, _i);
}
END_TEST

/* ---- Softmax ------------------------------------------------------------ */

static void want_softmax(const float *x, double *y, size_t n, bool logs)
{
	double max = -INFINITY, sum = 0;

	for (size_t i = 0; i < n; i++)
		max = fmax(max, x[i]);
	for (size_t i = 0; i < n; i++)
		sum += exp(x[i] - max);
	for (size_t i = 0; i < n; i++)
		y[i] = logs ? x[i] - max - log(sum) : exp(x[i] - max) / sum;
}

static const size_t lengths[] = {1, 2, 7, 8, 15, 16, 17, 33, 1024, 1031, MOST};

START_TEST(softmax_of_long_and_short_rows_is_exact)
{
	static float x[2 * MOST], y[2 * MOST];
	static double want[MOST];
	struct rng r;

	cpu_forget(unwanted[_i]);
	rng_seed(&r, 7);
	for (size_t c = 0; c < 2 * COUNT_OF(lengths); c++) {
		size_t n = lengths[c / 2];

		for (size_t i = 0; i < 2 * n; i++)
			x[i] = (float)(8 * rng_normal(&r));
		(c % 2 ? kern_log_softmax_f32 : kern_softmax_f32)(x, y, 2, n);
		for (size_t i = 0; i < 2 * n; i++) {
			if (i % n == 0)
				want_softmax(x + i, want, n, c % 2);
			ck_assert_double_le(
				fabs(y[i] - want[i % n]),
				c % 2 ? 2e-7 * (8 + fabs(want[i % n]))
				      : 1e-5 * want[i % n] + 1e-37);
		}
	}
}
END_TEST

START_TEST(softmax_takes_what_is_not_finite)
{
	float x[19], y[19];

	cpu_forget(unwanted[_i]);
	for (size_t i = 0; i < 19; i++)
		x[i] = -INFINITY;
	kern_softmax_f32(x, y, 1, 19);
	ck_assert_float_nan(y[3]);
	x[4] = 2;
	kern_softmax_f32(x, y, 1, 19);
	for (size_t i = 0; i < 19; i++)
		ck_assert_float_eq(y[i], i == 4);
	for (size_t at = 0; at < 19; at++) {
		for (size_t i = 0; i < 19; i++)
			x[i] = i == at ? NAN : (float)i;
		kern_softmax_f32(x, x, 1, 19);
		for (size_t i = 0; i < 19; i++)
			ck_assert_float_nan(x[i]);
	}
}
END_TEST

/* ---- rows of mean 0 and variance 1 -------------------------------------- */

static void want_norm(const float *x, double *y, size_t n, double epsilon)
{
	double mean = 0, variance = 0;

	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		variance += (x[i] - mean) * (x[i] - mean) / (double)n;
	for (size_t i = 0; i < n; i++)
		y[i] = (x[i] - mean) / sqrt(variance + epsilon);
}

/* Of rows around CENTRE. */
static void check_norm(double centre, double width, size_t n, struct rng *r)
{
	const struct norm p = {.epsilon = 1e-5, .centred = true};
	static float x[MOST], y[MOST];
	static double want[MOST];
	struct norm_moments found;

	for (size_t i = 0; i < n; i++)
		x[i] = (float)(centre + width * rng_normal(r));
	want_norm(x, want, n, p.epsilon);
	kern_norm_f32(&p, x, y, n, &found);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(fabs(y[i] - want[i]) <=
				      1e-6 + 1e-6 * fabs(want[i]),
			      "%zu of %zu around %g: %.9g, want %.9g", i, n,
			      centre, (double)y[i], want[i]);
}

START_TEST(norm_keeps_the_digits_of_rows_far_from_zero)
{
	struct rng r;

	cpu_forget(unwanted[_i]);
	rng_seed(&r, 8);
	for (size_t i = 1; i < COUNT_OF(lengths); i++) {
		check_norm(0, 1, lengths[i], &r);
		check_norm(-3000, 1, lengths[i], &r);
		check_norm(1e5, 0.5, lengths[i], &r);
		check_norm(0, 1e30, lengths[i], &r);
		check_norm(3e37, 1e37, lengths[i], &r);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rows");
	TCase *t = tcase_create("levels");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, exp_ends_at_the_ends_of_the_range, 0, LEVELS);
	tcase_add_loop_test(t, functions_are_as_exact_as_they_say, 0, LEVELS);
	tcase_add_loop_test(t, softmax_of_long_and_short_rows_is_exact, 0,
			    LEVELS);
	tcase_add_loop_test(t, softmax_takes_what_is_not_finite, 0, LEVELS);
	tcase_add_loop_test(t, norm_keeps_the_digits_of_rows_far_from_zero, 0,
			    LEVELS);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
