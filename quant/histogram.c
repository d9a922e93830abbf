/* SPDX-License-Identifier: Apache-2.0 */
/* quant/histogram.c -- counting floats by their leading bits. */
#include "quant/histogram.h"

#include <math.h>
#include <string.h>

#include "base/compiler.h"
#include "kern/cpu.h"

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

static void take_extremes(struct histogram *h, float min, float max)
{
	if (min < h->min)
		h->min = min;
	if (max > h->max)
		h->max = max;
}

/* ---- counting ----------------------------------------------------------- */

enum {
	BLOCK = 1024,
	BATCH = 1 << 20,
	COUNT_SHIFT = 40, /* 2^20 fractions below 2^17 stay below */
	ZEROS = 8,
};

/* Samples on their way into a histogram, BATCH at most.  A bin has their
 * number, shifted, and the sum of the fraction bits that it does not show. */
struct counting {
	struct histogram *h;
	/* Pages below HIGH and from LOW on have been cleared, of both signs. */
	uint32_t low, high;
	/* Zeros come in rows, and adding to what was just written waits. */
	uint64_t bin[NBINS + ZEROS];
	uint32_t bits[BLOCK], at[BLOCK]; /* of a sample, and its bin */
};

/* Of a block: its extremes as integers that are in the order of the floats
 * (-0 is -1), and the least magnitude but 0, minus 1 and 2^31. */
struct extremes {
	int32_t min, max, least;
};

static void count_special(struct histogram *h, uint32_t bits)
{
	if (bits << 9)
		h->nan++;
	else if (bits >> 31)
		h->minus_inf++;
	else
		h->plus_inf++;
}

static int32_t key_of(uint32_t bits)
{
	return (int32_t)(bits ^ (bits >> 31 ? 0x7fffffff : 0));
}

static float float_of(int32_t key)
{
	uint32_t bits = (uint32_t)key ^ (key < 0 ? 0x7fffffff : 0);
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x + 0.0f;
}

/* A whole block, so that compilers make vectors of it. */
ALWAYS_INLINE static inline void place(struct counting *c, struct extremes *x)
{
	int32_t min = INT32_MAX, max = INT32_MIN, least = INT32_MAX;

	for (uint32_t i = 0; i < BLOCK; i++) {
		uint32_t bits = c->bits[i], magnitude = bits & 0x7fffffff;
		int32_t key = (int32_t)bits >> 31;
		int32_t small = (int32_t)((magnitude - 1) ^ 0x80000000);

		key = (int32_t)(bits ^ ((uint32_t)key & 0x7fffffff));
		min = key < min ? key : min;
		max = key > max ? key : max;
		least = small < least ? small : least;
		c->at[i] = magnitude ? bits >> BIN_SHIFT : NBINS + i % ZEROS;
	}
	*x = (struct extremes){min, max, least};
}

static void place_plain(struct counting *c, struct extremes *x)
{
	place(c, x);
}

#if defined(__x86_64__)
TARGET("avx2")
static void place_avx2(struct counting *c, struct extremes *x)
{
	place(c, x);
}
#endif

/* N samples, filled up with the first of them. */
static void place_block(struct counting *c, size_t n, struct extremes *x)
{
	for (size_t i = n; i < BLOCK; i++)
		c->bits[i] = c->bits[0];
#if defined(__x86_64__)
	if (cpu_has(CPU_AVX2)) {
		place_avx2(c, x);
		return;
	}
#endif
	place_plain(c, x);
}

/* Take infinities and NaN out of N samples; how many are left. */
static size_t drop_special(struct counting *c, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if ((c->bits[i] >> FRACTION_BITS & 255) == 255)
			count_special(c->h, c->bits[i]);
		else
			c->bits[kept++] = c->bits[i];
	return kept;
}

static void clear_pages(struct counting *c, uint32_t first, uint32_t last)
{
	size_t bytes = (last - first) * HISTOGRAM_PAGE_BINS * sizeof(*c->bin);

	for (uint32_t sign = 0; sign <= SIGN_PAGE; sign += SIGN_PAGE)
		memset(&c->bin[(first + sign) * HISTOGRAM_PAGE_BINS], 0, bytes);
}

/* Clear the pages of magnitudes that X spans, if they are not. */
static void open_pages(struct counting *c, const struct extremes *x)
{
	uint32_t least = ((uint32_t)x->least ^ 0x80000000) + 1;
	uint32_t most = x->max > ~x->min ? (uint32_t)x->max : (uint32_t)~x->min;
	uint32_t low = least >> FRACTION_BITS, high = most >> FRACTION_BITS;

	if (!least) /* nothing but zeros */
		return;
	if (c->low == c->high)
		c->low = c->high = low;
	if (low < c->low) {
		clear_pages(c, low, c->low);
		c->low = low;
	}
	if (high >= c->high) {
		clear_pages(c, c->high, high + 1);
		c->high = high + 1;
	}
}

static void count_block(struct counting *c, size_t n)
{
	const uint64_t one = UINT64_C(1) << COUNT_SHIFT;
	const uint32_t below = (1U << BIN_SHIFT) - 1;
	struct extremes x;

	place_block(c, n, &x);
	if (x.max >= key_of(0x7f800000) || x.min <= key_of(0xff800000)) {
		n = drop_special(c, n);
		if (!n)
			return;
		place_block(c, n, &x);
	}
	take_extremes(c->h, float_of(x.min), float_of(x.max));
	open_pages(c, &x);
	for (size_t i = 0; i < n; i++)
		c->bin[c->at[i]] += one + (c->bits[i] & below);
	c->h->count += n;
}

static void take_page(struct counting *c, uint32_t page)
{
	const uint64_t fraction = (UINT64_C(1) << COUNT_SHIFT) - 1;
	const uint64_t *from = &c->bin[page * HISTOGRAM_PAGE_BINS];
	uint32_t exponent = page % SIGN_PAGE;
	uint64_t count = 0, bins = 0, low = 0, *to;
	int64_t sum;

	for (uint32_t i = 0; i < HISTOGRAM_PAGE_BINS; i++) {
		count += from[i] >> COUNT_SHIFT;
		bins += (from[i] >> COUNT_SHIFT) * i;
		low += from[i] & fraction;
	}
	if (!count)
		return;
	to = page_of(c->h, page);
	for (uint32_t i = 0; i < HISTOGRAM_PAGE_BINS; i++)
		to[i] += from[i] >> COUNT_SHIFT;
	sum = (int64_t)(count * (exponent ? 0x800000U : 0) +
			(bins << BIN_SHIFT) + low);
	c->h->significand_sum[exponent] += page < SIGN_PAGE ? sum : -sum;
}

static void take_all(struct counting *c)
{
	for (uint32_t i = 0; i < ZEROS; i++) {
		uint64_t zeros = c->bin[NBINS + i] >> COUNT_SHIFT;

		if (zeros)
			page_of(c->h, 0)[0] += zeros;
	}
	for (uint32_t p = c->low; p < c->high; p++) {
		take_page(c, p);
		take_page(c, p + SIGN_PAGE);
	}
}

static void count_batch(struct histogram *h, const uint8_t *x, size_t n)
{
	struct counting c;

	c.h = h;
	c.low = c.high = 0;
	memset(&c.bin[NBINS], 0, ZEROS * sizeof(*c.bin));
	for (size_t i = 0; i < n; i += BLOCK) {
		size_t each = n - i < BLOCK ? n - i : BLOCK;

		memcpy(c.bits, x + i * sizeof(float), each * sizeof(float));
		count_block(&c, each);
	}
	take_all(&c);
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
	if (!fits(h, n, e))
		return false;
	for (size_t i = 0; i < n; i += BATCH)
		count_batch(h, (const uint8_t *)x + i * sizeof(float),
			    n - i < BATCH ? n - i : BATCH);
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
