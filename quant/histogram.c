/* SPDX-License-Identifier: Apache-2.0 */
/* quant/histogram.c -- counting floats by their leading bits. */
#include "quant/histogram.h"

#include <math.h>
#include <string.h>

enum {
	FRACTION_BITS = 23,
	BIN_BITS = 6,
	BIN_SHIFT = FRACTION_BITS - BIN_BITS,
	NBINS = HISTOGRAM_PAGES * HISTOGRAM_PAGE_BINS,
	SIGN_PAGE = HISTOGRAM_PAGES / 2,
};

void histogram_init(struct histogram *h, struct arena *a)
{
	*h = (struct histogram){.min = INFINITY, .max = -INFINITY, .arena = a};
}

static uint64_t *page_of(struct histogram *h, uint32_t page)
{
	if (!h->page[page])
		h->page[page] = arena_array(h->arena, uint64_t,
					    HISTOGRAM_PAGE_BINS);
	return h->page[page];
}

static void count_special(struct histogram *h, uint32_t bits)
{
	if (bits << 9)
		h->nan++;
	else if (bits >> 31)
		h->minus_inf++;
	else
		h->plus_inf++;
}

/* What many samples change; in registers while they are counted. */
struct tally {
	uint64_t zeros, others; /* finite */
	float min, max;		/* of the others */
};

static void count_one(struct histogram *h, uint32_t bits, struct tally *t)
{
	uint32_t exponent = bits >> FRACTION_BITS & 255;
	int64_t significand = bits & 0x7fffff;
	float x;

	if (exponent == 255) {
		count_special(h, bits);
		return;
	}
	if (exponent)
		significand |= 0x800000;
	h->significand_sum[exponent] += bits >> 31 ? -significand : significand;
	page_of(h, bits >> FRACTION_BITS)[bits >> BIN_SHIFT & 63]++;
	memcpy(&x, &bits, sizeof(x));
	t->min = x < t->min ? x : t->min;
	t->max = x > t->max ? x : t->max;
	t->others++;
}

static void take_extremes(struct histogram *h, float min, float max)
{
	if (min < h->min)
		h->min = min;
	if (max > h->max)
		h->max = max;
}

static void take_tally(struct histogram *h, const struct tally *t)
{
	h->count += t->zeros + t->others;
	take_extremes(h, t->min, t->max);
	if (!t->zeros)
		return;
	page_of(h, 0)[0] += t->zeros;
	take_extremes(h, 0, 0);
}

static bool fits(const struct histogram *h, uint64_t more, struct err *e)
{
	if (more > HISTOGRAM_MAX_COUNT || h->count > HISTOGRAM_MAX_COUNT - more)
		return err_set(e, ERR_LIMIT,
			       "more than %llu calibration samples of one "
			       "tensor",
			       (unsigned long long)HISTOGRAM_MAX_COUNT);
	return true;
}

bool histogram_add(struct histogram *h, const void *x, size_t n, struct err *e)
{
	struct tally t = {.min = INFINITY, .max = -INFINITY};
	const uint8_t *at = x;

	if (!fits(h, n, e))
		return false;
	for (size_t i = 0; i < n; i++, at += sizeof(float)) {
		uint32_t bits;

		memcpy(&bits, at, sizeof(bits));
		if (bits << 1) /* not 0, nor -0 */
			count_one(h, bits, &t);
		else
			t.zeros++;
	}
	take_tally(h, &t);
	return true;
}

bool histogram_merge(struct histogram *h, const struct histogram *from,
		     struct err *e)
{
	if (!fits(h, from->count, e))
		return false;
	h->count += from->count;
	h->nan += from->nan;
	h->minus_inf += from->minus_inf;
	h->plus_inf += from->plus_inf;
	take_extremes(h, from->min, from->max);
	for (int i = 0; i < HISTOGRAM_EXPONENTS; i++)
		h->significand_sum[i] += from->significand_sum[i];
	for (uint32_t p = 0; p < HISTOGRAM_PAGES; p++) {
		if (!from->page[p])
			continue;
		for (int i = 0; i < HISTOGRAM_PAGE_BINS; i++)
			page_of(h, p)[i] += from->page[p][i];
	}
	return true;
}

/* ---- the sum ------------------------------------------------------------ */

/* A two's complement integer in units of 2^-149, lowest limb first.  The
 * largest term is below 2^63 * 2^253. */
enum { LIMBS = 6 };

static void add_shifted(uint64_t *limb, int64_t x, unsigned shift)
{
	unsigned at = shift / 64, by = shift % 64, carry = 0;
	uint64_t sign = x < 0 ? UINT64_MAX : 0;
	uint64_t low = (uint64_t)x << by;
	uint64_t high = by ? (uint64_t)x >> (64 - by) | sign << by : sign;

	for (unsigned i = at; i < LIMBS; i++) {
		uint64_t add = i == at ? low : i == at + 1 ? high : sign;
		uint64_t sum = limb[i] + add;
		unsigned out = sum < add;

		sum += carry;
		out |= sum < carry;
		limb[i] = sum;
		carry = out;
	}
}

static void negate(uint64_t *limb)
{
	unsigned carry = 1;

	for (int i = 0; i < LIMBS; i++) {
		limb[i] = ~limb[i] + carry;
		carry = carry && limb[i] == 0;
	}
}

static bool bit_at(const uint64_t *limb, int i)
{
	return i >= 0 && (limb[i / 64] >> (i % 64) & 1);
}

/* The magnitude as a double: 53 bits, to nearest even. */
static double round_limbs(const uint64_t *limb)
{
	int top = LIMBS * 64 - 1, low;
	uint64_t kept = 0;
	bool sticky = false;

	while (top >= 0 && !bit_at(limb, top))
		top--;
	low = top - 52;
	for (int i = top; i >= low; i--)
		kept = kept << 1 | bit_at(limb, i);
	for (int i = 0; i < low - 1; i++)
		sticky |= bit_at(limb, i);
	if (bit_at(limb, low - 1) && (sticky || kept & 1))
		kept++;
	return ldexp((double)kept, low - 149);
}

double histogram_sum(const struct histogram *h)
{
	uint64_t limb[LIMBS] = {0};
	bool minus;
	double sum;

	for (unsigned i = 0; i < HISTOGRAM_EXPONENTS; i++)
		add_shifted(limb, h->significand_sum[i], i ? i - 1 : 0);
	minus = limb[LIMBS - 1] >> 63;
	if (minus)
		negate(limb);
	sum = round_limbs(limb);
	return minus ? -sum : sum;
}

double histogram_mean(const struct histogram *h)
{
	return h->count ? histogram_sum(h) / (double)h->count : 0;
}

/* ---- bins in order ------------------------------------------------------ */

/* Lower edge of the magnitudes of bin I of a page's EXPONENT. */
static double edge(uint32_t exponent, uint32_t i)
{
	/* 2^(exponent - 127), or 2^-126 below the normal numbers. */
	uint64_t bits = (uint64_t)(1023 - 127 + (exponent ? exponent : 1))
			<< 52;
	double unit, fraction = (double)i / HISTOGRAM_PAGE_BINS;

	memcpy(&unit, &bits, sizeof(unit));
	return (exponent ? 1 + fraction : fraction) * unit;
}

bool histogram_next(const struct histogram *h, struct bin *b)
{
	while (b->next < NBINS) {
		/* Negative bins first, from the largest magnitude. */
		uint32_t k = b->next++, half = NBINS / 2;
		bool minus = k < half;
		uint32_t bin = minus ? half - 1 - k : k - half;
		uint32_t exponent = bin / HISTOGRAM_PAGE_BINS;
		uint32_t i = bin % HISTOGRAM_PAGE_BINS;
		const uint64_t *page =
			h->page[exponent + (minus ? SIGN_PAGE : 0)];
		double lo, hi;

		if (!page) {
			b->next += HISTOGRAM_PAGE_BINS - 1;
			continue;
		}
		if (!page[i])
			continue;
		lo = edge(exponent, i);
		hi = edge(exponent, i + 1);
		b->lo = fmax(minus ? -hi : lo, (double)h->min);
		b->hi = fmin(minus ? -lo : hi, (double)h->max);
		b->count = page[i];
		return true;
	}
	return false;
}

double histogram_variance(const struct histogram *h)
{
	double mean = histogram_mean(h), sum = 0;
	struct bin b = {0};

	while (histogram_next(h, &b)) {
		double d = (b.lo + b.hi) / 2 - mean;

		sum += d * d * (double)b.count;
	}
	return h->count ? sum / (double)h->count : 0;
}
