/* SPDX-License-Identifier: Apache-2.0 */
/* quant/scheme.c -- the registry of schemes, and what all codebooks share. */
#include "quant/scheme.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define ROW(name) extern const struct scheme scheme_##name;
#include "quant/schemes.inc"
#undef ROW

static const struct scheme *const registry[] = {
#define ROW(name) &scheme_##name,
#include "quant/schemes.inc"
#undef ROW
	NULL,
};

const struct scheme *scheme_find(const char *name)
{
	for (size_t i = 0; registry[i]; i++)
		if (!strcmp(registry[i]->name, name))
			return registry[i];
	return NULL;
}

const struct scheme *scheme_next(const struct scheme *prev)
{
	size_t i = 0;

	if (!prev)
		return registry[0];
	while (registry[i] != prev)
		i++;
	return registry[i + 1];
}

static bool steps_are_legal(const struct scheme *s, int steps)
{
	if (!s->steps)
		return steps == 0;
	for (size_t i = 0; s->steps[i]; i++)
		if (s->steps[i] == steps)
			return true;
	return false;
}

bool codebook_init(struct codebook *b, const struct scheme *scheme, int bits,
		   int steps, struct err *e)
{
	if (bits < scheme->min_bits || bits > scheme->max_bits)
		return err_set(
			e, ERR_USAGE, "scheme '%s' has %d to %d bits, not %d",
			scheme->name, scheme->min_bits, scheme->max_bits, bits);
	if (!steps_are_legal(scheme, steps))
		return err_set(e, ERR_USAGE,
			       "scheme '%s' has no base with %d levels to the "
			       "octave",
			       scheme->name, steps);
	*b = (struct codebook){.scheme = scheme, .bits = bits, .steps = steps};
	scheme->fill(b);
	for (uint32_t k = 0; k + 1 < b->nmags; k++)
		b->middle[k] = (b->mag[k] + b->mag[k + 1]) / 2;
	return true;
}

uint32_t codebook_count(const struct codebook *b)
{
	return 2 * b->nmags - 1;
}

double codebook_top(const struct codebook *b)
{
	return b->mag[b->nmags - 1];
}

double codebook_level(const struct codebook *b, uint32_t code)
{
	uint32_t zero = b->nmags - 1;

	return code < zero ? -b->mag[zero - code] : b->mag[code - zero];
}

/* The number of middles below X is the index of the nearest magnitude. */
static uint32_t search(const struct codebook *b, double x)
{
	uint32_t lo = 0, hi = b->nmags - 1;

	while (lo < hi) {
		uint32_t k = (lo + hi) / 2;

		if (b->middle[k] < x)
			lo = k + 1;
		else
			hi = k;
	}
	return lo;
}

uint32_t codebook_nearest(const struct codebook *b, double x)
{
	uint32_t zero = b->nmags - 1, k;
	double mag = fabs(x);

	if (mag >= b->mag[zero])
		k = zero;
	else if (b->scheme->nearest)
		k = b->scheme->nearest(b, mag);
	else
		k = search(b, mag);
	return x < 0 ? zero - k : zero + k;
}

static double greatest(const double *w, size_t n)
{
	double top = 0;

	for (size_t i = 0; i < n; i++)
		top = fmax(top, fabs(w[i]));
	return top;
}

/* SCALE as the model will hold it: a normal float. */
static double storable(double scale)
{
	return (double)(float)fmax(scale, (double)FLT_MIN);
}

static double fit_error(const struct codebook *b, double scale, const double *w,
			const double *importance, size_t n, double enough)
{
	enum { EACH = 64 };
	double sum = 0;

	for (size_t i = 0; b->scheme->error && i < n && sum < enough; i += EACH)
		sum += b->scheme->error(b, scale, w + i,
					importance ? importance + i : NULL,
					n - i < EACH ? n - i : EACH);
	if (b->scheme->error)
		return sum;
	for (size_t i = 0; i < n && sum < enough; i++) {
		uint32_t code = codebook_nearest(b, w[i] / scale);
		double d = w[i] - codebook_level(b, code) * scale;

		sum += d * d * (importance ? importance[i] : 1);
	}
	return sum;
}

struct fit codebook_full_range(const struct codebook *b, const double *w,
			       size_t n)
{
	double top = greatest(w, n);
	struct fit f = {.book = b, .scale = 1};

	if (top > 0) {
		f.scale = storable(top / codebook_top(b));
		f.error = fit_error(b, f.scale, w, NULL, n, INFINITY);
	}
	return f;
}

struct fit codebook_fit(const struct codebook *const *book, uint32_t nbooks,
			const double *w, const double *importance, size_t n)
{
	enum { CANDIDATES = 41 };
	double top = greatest(w, n);
	struct fit best = {.book = book[0], .scale = 1, .error = INFINITY};

	if (!(top > 0)) {
		best.error = 0;
		return best;
	}
	for (uint32_t b = 0; b < nbooks; b++)
		for (int i = 0; i < CANDIDATES; i++) {
			double share = 0.5 + 0.02 * i;
			double scale = storable(share * top /
						codebook_top(book[b]));
			double error = fit_error(book[b], scale, w, importance,
						 n, best.error);

			if (error < best.error)
				best = (struct fit){book[b], scale, error};
		}
	return best;
}
