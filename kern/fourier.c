/* SPDX-License-Identifier: Apache-2.0 */
/* kern/fourier.c -- see fourier.h. */
#include "kern/fourier.h"

#include <math.h>
#include <string.h>

static void set_root(double *z, double turns)
{
	z[0] = cos(2 * M_PI * turns);
	z[1] = sin(2 * M_PI * turns);
}

/* A times B, B conjugated if asked. */
static void multiply(double *a, const double *b, bool conjugate)
{
	double re = b[0], im = conjugate ? -b[1] : b[1];
	double x = a[0] * re - a[1] * im;

	a[1] = a[0] * im + a[1] * re;
	a[0] = x;
}

/* X in the order of reversed bits. */
static void reorder(double *x, size_t n)
{
	for (size_t i = 1, j = 0; i < n; i++) {
		size_t bit = n >> 1;

		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j)
			for (int k = 0; k < 2; k++) {
				double t = x[2 * i + k];

				x[2 * i + k] = x[2 * j + k];
				x[2 * j + k] = t;
			}
	}
}

/* The transform of length f->padded. */
static void by_halves(const struct fourier *f, double *x, bool inverse)
{
	size_t n = f->padded;

	reorder(x, n);
	for (size_t half = 1; half < n; half *= 2)
		for (size_t from = 0; from < n; from += 2 * half)
			for (size_t k = 0; k < half; k++) {
				double *a = x + 2 * (from + k);
				double *b = a + 2 * half, t[2] = {b[0], b[1]};

				multiply(t, f->root + 2 * (k * (n / 2 / half)),
					 inverse);
				b[0] = a[0] - t[0];
				b[1] = a[1] - t[1];
				a[0] += t[0];
				a[1] += t[1];
			}
}

/* k^2 / (2 n) turns, whole ones left out. */
static double chirp_turns(size_t k, size_t n)
{
	/* k < n, and n pairs of doubles fit in memory: no overflow. */
	return (double)(k * k % (2 * n)) / (double)(2 * n);
}

static void make_chirp(struct fourier *f)
{
	size_t n = f->n, m = f->padded;

	for (size_t k = 0; k < n; k++) {
		double turns = chirp_turns(k, n);

		set_root(f->chirp + 2 * k, f->inverse ? turns : -turns);
	}
	memset(f->filter, 0, 2 * m * sizeof(*f->filter));
	for (size_t k = 0; k < n; k++)
		for (int side = 0; side < 2; side++) {
			double *z = f->filter + 2 * (side ? (m - k) % m : k);

			z[0] = f->chirp[2 * k];
			z[1] = -f->chirp[2 * k + 1];
		}
	by_halves(f, f->filter, false);
}

bool fourier_init(struct fourier *f, size_t n, bool inverse, struct err *e)
{
	bool power = !(n & (n - 1));
	size_t m = 1, doubles;

	*f = (struct fourier){.n = n, .inverse = inverse};
	if (n > (size_t)1 << 30)
		return err_set(e, ERR_LIMIT,
			       "a transform of length %zu, want at most 2^30",
			       n);
	while (m < (power ? n : 2 * n - 1))
		m *= 2;
	f->padded = m;
	doubles = m + (power ? 0 : 2 * n + 2 * m);
	if (!buf_array(&f->buf, doubles, sizeof(double), NULL, e))
		return false;
	f->root = (double *)(void *)f->buf.data;
	for (size_t k = 0; k < m / 2; k++)
		set_root(f->root + 2 * k, -(double)k / (double)m);
	if (power)
		return true;
	f->work = 2 * m;
	f->chirp = f->root + m;
	f->filter = f->chirp + 2 * n;
	make_chirp(f);
	return true;
}

void fourier_release(struct fourier *f)
{
	buf_free(&f->buf);
	*f = (struct fourier){.n = 0};
}

void fourier_run(const struct fourier *f, double *x, double *work)
{
	size_t n = f->n, m = f->padded;

	if (!f->chirp) {
		by_halves(f, x, f->inverse);
		return;
	}
	memset(work, 0, 2 * m * sizeof(*work));
	for (size_t k = 0; k < n; k++) {
		memcpy(work + 2 * k, x + 2 * k, 2 * sizeof(*x));
		multiply(work + 2 * k, f->chirp + 2 * k, false);
	}
	by_halves(f, work, false);
	for (size_t k = 0; k < m; k++)
		multiply(work + 2 * k, f->filter + 2 * k, false);
	by_halves(f, work, true);
	for (size_t k = 0; k < n; k++) {
		x[2 * k] = work[2 * k] / (double)m;
		x[2 * k + 1] = work[2 * k + 1] / (double)m;
		multiply(x + 2 * k, f->chirp + 2 * k, false);
	}
}
