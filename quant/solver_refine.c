/* SPDX-License-Identifier: Apache-2.0 */
/* quant/solver_refine.c -- see solver_refine.h. */
#include "quant/solver_refine.h"

#include <float.h>
#include <string.h>

#include "base/parallel.h"

enum { PASSES = 4 };

struct refine {
	struct job job;
	const double *w;
	double *value;
	uint8_t *code;
	struct fit *fit;
	const double *h; /* [n, n], both triangles, damped */
	double *scratch; /* [rows, 2 n] */
	uint32_t n;
};

/* TO = H X. */
static void multiply(const struct refine *r, const double *x, double *to)
{
	memset(to, 0, r->n * sizeof(*to));
	for (uint32_t j = 0; j < r->n; j++) {
		const double *h = r->h + (size_t)j * r->n;
		double f = x[j];

		for (uint32_t i = 0; f != 0 && i < r->n; i++)
			to[i] += f * h[i];
	}
}

/* The scale that is best for the codes as they are; G becomes H (w - q). */
static void rescale(struct refine *r, struct fit *f, const double *target,
		    const uint8_t *code, double *q, double *g)
{
	double over = 0, under = 0, s, old = f->scale;

	multiply(r, q, g);
	for (uint32_t j = 0; j < r->n; j++) {
		over += q[j] * target[j];
		under += q[j] * g[j];
	}
	s = under > 0 && over > 0 ? over / under : 1;
	if (!(s > 0.5 && s < 2))
		s = 1;
	f->scale = (double)(float)(f->scale * s);
	if (!(f->scale >= (double)FLT_MIN))
		f->scale = old;
	for (uint32_t j = 0; j < r->n; j++) {
		q[j] = codebook_level(f->book, code[j]) * f->scale;
		g[j] = target[j] - f->scale / old * g[j];
	}
}

/* Each weight in turn to the level that is best beside the others. */
static bool pass(struct refine *r, const struct fit *f, const double *w,
		 double *q, double *g, uint8_t *code)
{
	bool changed = false;

	for (uint32_t j = 0; j < r->n; j++) {
		const double *h = r->h + (size_t)j * r->n;
		double best = q[j] + g[j] / h[j], value, d;
		uint32_t c = codebook_nearest(f->book, best / f->scale);

		if (c == code[j] || w[j] == 0)
			continue;
		value = codebook_level(f->book, c) * f->scale;
		d = value - q[j];
		/* Ties and rounding must not go round in circles. */
		if (!(d * (d * h[j] - 2 * g[j]) < 0))
			continue;
		for (uint32_t i = 0; i < r->n; i++)
			g[i] -= d * h[i];
		q[j] = value;
		code[j] = (uint8_t)c;
		changed = true;
	}
	return changed;
}

static void refine_rows(struct job *self, size_t begin, size_t end)
{
	struct refine *r = (struct refine *)self;

	for (size_t row = begin; row < end; row++) {
		const double *w = r->w + row * r->n;
		double *q = r->value + row * r->n;
		double *target = r->scratch + row * 2 * r->n;
		double *g = target + r->n;
		uint8_t *code = r->code + row * r->n;
		struct fit *f = &r->fit[row];

		multiply(r, w, target);
		for (int i = 0; i < PASSES; i++) {
			rescale(r, f, target, code, q, g);
			if (!pass(r, f, w, q, g, code))
				break;
		}
		f->error = 0;
		for (uint32_t j = 0; j < r->n; j++)
			f->error += (w[j] - q[j]) * g[j];
	}
}

/* Both triangles of H, damped. */
static void symmetric(double *to, const double *h, uint32_t n, double damp)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += h[(size_t)i * n + i];
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j <= i; j++)
			to[(size_t)i * n + j] = to[(size_t)j * n + i] =
				h[(size_t)i * n + j];
		to[(size_t)i * n + i] += sum > 0 ? damp * sum / n : 1;
	}
}

bool solve_refine(const double *w, double *value, uint8_t *code,
		  struct fit *fit, uint32_t rows, uint32_t n, const double *h,
		  double damp, struct budget *budget, struct err *e)
{
	struct refine r = {.job.run = refine_rows,
			   .w = w,
			   .value = value,
			   .code = code,
			   .fit = fit,
			   .n = n};
	struct buf whole = {0}, scratch = {0};
	bool ok = false;

	if (!buf_array(&whole, n, n * sizeof(double), budget, e) ||
	    !buf_array(&scratch, rows, 2 * n * sizeof(double), budget, e))
		goto out;
	symmetric((double *)(void *)whole.data, h, n, damp);
	r.h = (const double *)(const void *)whole.data;
	r.scratch = (double *)(void *)scratch.data;
	parallel_for(&r.job, rows, 1);
	ok = true;
out:
	buf_free(&scratch);
	buf_free(&whole);
	return ok;
}
