/* SPDX-License-Identifier: Apache-2.0 */
/* graph/element.c -- numbers in and out of every element type.
 *
 * All floating formats below 32 bits are one scheme, sign, exponent, mantissa,
 * and differ in widths, bias and what their top codes mean:
 *
 *     value = (-1)^s * 2^(max(E, 1) - bias) * ((E > 0) + M / 2^mant)
 *
 * so that codes without sign count up with the value and rounding may carry
 * from the mantissa into the exponent.
 */
#include "graph/element.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

enum tops {
	TOPS_IEEE,   /* the last exponent holds infinity and NaN */
	TOPS_FN,     /* no infinity; all ones is NaN */
	TOPS_FNUZ,   /* no infinity, no -0; its code is NaN */
	TOPS_FINITE, /* neither */
};

struct mini {
	unsigned exp, mant;
	int bias;
	enum tops tops;
	bool saturates; /* when asked to; FINITE always does */
};

static const struct mini minis[DTYPE_COUNT] = {
	[DTYPE_F16] = {5, 10, 15, TOPS_IEEE, false},
	[DTYPE_BF16] = {8, 7, 127, TOPS_IEEE, false},
	[DTYPE_F8E4M3FN] = {4, 3, 7, TOPS_FN, true},
	[DTYPE_F8E4M3FNUZ] = {4, 3, 8, TOPS_FNUZ, true},
	[DTYPE_F8E5M2] = {5, 2, 15, TOPS_IEEE, true},
	[DTYPE_F8E5M2FNUZ] = {5, 2, 16, TOPS_FNUZ, true},
	[DTYPE_F4E2M1] = {2, 1, 1, TOPS_FINITE, true},
	[DTYPE_F6E2M3] = {2, 3, 1, TOPS_FINITE, true},
	[DTYPE_F6E3M2] = {3, 2, 3, TOPS_FINITE, true},
};

static unsigned mini_sign(const struct mini *f)
{
	return 1u << (f->exp + f->mant);
}

/* The largest finite code without sign. */
static unsigned mini_max(const struct mini *f)
{
	switch (f->tops) {
	case TOPS_IEEE:
		return (((1u << f->exp) - 1) << f->mant) - 1;
	case TOPS_FN:
		return mini_sign(f) - 2;
	case TOPS_FNUZ:
	case TOPS_FINITE:
		break;
	}
	return mini_sign(f) - 1;
}

static double mini_decode(const struct mini *f, unsigned code)
{
	unsigned sign = code & mini_sign(f);
	unsigned mag = code & (mini_sign(f) - 1);
	unsigned exp = mag >> f->mant;
	unsigned mant = mag & ((1u << f->mant) - 1);
	double x;

	if (f->tops == TOPS_FNUZ && sign && !mag)
		return NAN;
	if (mag > mini_max(f))
		x = f->tops == TOPS_IEEE && !mant ? INFINITY : NAN;
	else if (exp)
		x = ldexp((double)(mant + (1u << f->mant)),
			  (int)(exp - f->mant) - f->bias);
	else
		x = ldexp((double)mant, 1 - (int)f->mant - f->bias);
	return sign ? -x : x;
}

static unsigned mini_nan(const struct mini *f, bool negative)
{
	unsigned sign = negative ? mini_sign(f) : 0;

	switch (f->tops) {
	case TOPS_IEEE:
		return sign | ((mini_max(f) + 1) | 1u << (f->mant - 1));
	case TOPS_FN:
		return sign | (mini_max(f) + 1);
	case TOPS_FNUZ:
	case TOPS_FINITE:
		break;
	}
	return mini_sign(f);
}

static unsigned mini_overflow(const struct mini *f, bool negative,
			      enum saturate saturate)
{
	unsigned sign = negative ? mini_sign(f) : 0;

	if (f->tops == TOPS_FINITE || (f->saturates && saturate))
		return sign | mini_max(f);
	if (f->tops == TOPS_IEEE)
		return sign | (mini_max(f) + 1);
	return mini_nan(f, negative);
}

/* To nearest, ties to even. */
static unsigned mini_encode(const struct mini *f, double x,
			    enum saturate saturate)
{
	bool negative = signbit(x);
	int lowest = 1 - f->bias, exp;
	unsigned mag;

	if (isnan(x))
		return mini_nan(f, negative);
	if (isinf(x))
		return mini_overflow(f, negative, saturate);
	x = fabs(x);
	exp = ilogb(x);
	if (exp < lowest)
		exp = lowest;
	if (exp > f->bias + 2)
		return mini_overflow(f, negative, saturate);
	mag = (unsigned)nearbyint(ldexp(x, (int)f->mant - exp)) +
	      ((unsigned)(exp - lowest) << f->mant);
	if (mag > mini_max(f))
		return mini_overflow(f, negative, saturate);
	if (!mag && f->tops == TOPS_FNUZ)
		return 0;
	return mag | (negative ? mini_sign(f) : 0);
}

static double e8m0_decode(unsigned code)
{
	return code == 255 ? (double)NAN : ldexp(1, (int)code - 127);
}

static unsigned e8m0_encode(double x, enum saturate saturate,
			    enum round_mode mode)
{
	bool up;
	int exp;

	x = fabs(x);
	if (isnan(x))
		return 255;
	if (isinf(x))
		return saturate ? 254 : 255;
	if (!(x > 0))
		return saturate ? 0 : 255;
	x = frexp(x, &exp); /* in [0.5, 1) */
	up = (mode == ROUND_UP && x > 0.5) ||
	     (mode == ROUND_NEAREST && x >= 0.75);
	exp = exp - 1 + up;
	if (exp < -127)
		return saturate ? 0 : 255;
	if (exp > 127)
		return saturate ? 254 : 255;
	return (unsigned)(exp + 127);
}

uint64_t element_bits(enum dtype t, const void *data, size_t i)
{
	const uint8_t *p = data;
	unsigned w = dtype_info[t].bits, shift;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (w) {
	case 8:
		return p[i];
	case 16:
		memcpy(&u16, p + i * 2, 2);
		return u16;
	case 32:
		memcpy(&u32, p + i * 4, 4);
		return u32;
	case 64:
		memcpy(&u64, p + i * 8, 8);
		return u64;
	case 2:
	case 4:
	case 6:
		break;
	default:
		bug("element_bits of %s", dtype_info[t].text);
	}
	/* I * W may overflow; whole groups of 8 elements are W bytes. */
	p += i / 8 * w;
	shift = (unsigned)(i % 8) * w;
	p += shift / 8;
	shift %= 8;
	u32 = (uint32_t)p[0] >> shift;
	if (shift + w > 8)
		u32 |= (uint32_t)p[1] << (8 - shift);
	return u32 & ((1u << w) - 1);
}

static void set_packed(uint8_t *p, unsigned w, size_t i, unsigned bits)
{
	unsigned mask = (1u << w) - 1, shift = (unsigned)(i % 8) * w;

	p += i / 8 * w + shift / 8;
	shift %= 8;
	bits &= mask;
	p[0] = (uint8_t)((p[0] & ~(mask << shift)) | bits << shift);
	if (shift + w > 8)
		p[1] = (uint8_t)((p[1] & ~(mask >> (8 - shift))) |
				 bits >> (8 - shift));
}

void element_set_bits(enum dtype t, void *data, size_t i, uint64_t bits)
{
	uint8_t *p = data;
	unsigned w = dtype_info[t].bits;
	uint16_t u16 = (uint16_t)bits;
	uint32_t u32 = (uint32_t)bits;

	switch (w) {
	case 8:
		p[i] = (uint8_t)bits;
		break;
	case 16:
		memcpy(p + i * 2, &u16, 2);
		break;
	case 32:
		memcpy(p + i * 4, &u32, 4);
		break;
	case 64:
		memcpy(p + i * 8, &bits, 8);
		break;
	case 2:
	case 4:
	case 6:
		set_packed(p, w, i, (unsigned)bits);
		break;
	default:
		bug("element_set_bits of %s", dtype_info[t].text);
	}
}

/* BITS of an integer type as a number; uint64 wraps. */
static int64_t extend(enum dtype t, uint64_t bits)
{
	unsigned w = dtype_info[t].bits;

	if (dtype_info[t].class == CLASS_INT && w < 64 && bits >> (w - 1))
		bits |= UINT64_MAX << w;
	return (int64_t)bits;
}

double element_double(enum dtype t, const void *data, size_t i)
{
	uint64_t bits = element_bits(t, data, i);
	float f;
	double d;

	switch (t) {
	case DTYPE_F32:
		memcpy(&f, (const char *)data + i * 4, 4);
		return f;
	case DTYPE_F64:
		memcpy(&d, &bits, 8);
		return d;
	case DTYPE_F8E8M0:
		return e8m0_decode((unsigned)bits);
	case DTYPE_U64:
		return (double)bits;
	case DTYPE_BOOL:
		return bits != 0;
	default:
		break;
	}
	switch (dtype_info[t].class) {
	case CLASS_FLOAT:
		return mini_decode(&minis[t], (unsigned)bits);
	case CLASS_INT:
	case CLASS_UINT:
		return (double)extend(t, bits);
	default:
		bug("element_double of %s", dtype_info[t].text);
	}
}

/* X, an integer or infinite, as an integer of type T, clamped; uint64 as the
 * same bits. */
static int64_t clamp_to(enum dtype t, double x)
{
	unsigned w = dtype_info[t].bits;
	bool sign = dtype_info[t].class == CLASS_INT;
	double lo = sign ? -ldexp(1, (int)w - 1) : 0;
	double end = ldexp(1, (int)w - sign); /* the first beyond */

	if (x <= lo)
		return sign ? (int64_t)(UINT64_MAX << (w - 1)) : 0;
	if (x >= end)
		return (int64_t)(UINT64_MAX >> (64 - w + sign));
	return x < 0x1p63 ? (int64_t)x : (int64_t)(uint64_t)x;
}

static void set_float(enum dtype t, void *data, size_t i, double x,
		      enum saturate saturate)
{
	float f;
	uint32_t u32;
	uint64_t bits;

	switch (t) {
	case DTYPE_F32:
		f = (float)x;
		memcpy(&u32, &f, 4);
		bits = u32;
		break;
	case DTYPE_F64:
		memcpy(&bits, &x, 8);
		break;
	case DTYPE_F8E8M0:
		bits = e8m0_encode(x, saturate, ROUND_UP);
		break;
	default:
		bits = mini_encode(&minis[t], x, saturate);
	}
	element_set_bits(t, data, i, bits);
}

void element_set_double(enum dtype t, void *data, size_t i, double x)
{
	switch (dtype_info[t].class) {
	case CLASS_FLOAT:
		set_float(t, data, i, x, SATURATE_YES);
		break;
	case CLASS_INT:
	case CLASS_UINT:
		x = isnan(x) ? 0 : nearbyint(x);
		element_set_bits(t, data, i, (uint64_t)clamp_to(t, x));
		break;
	case CLASS_BOOL:
		element_set_bits(t, data, i, x != 0);
		break;
	default:
		bug("element_set_double of %s", dtype_info[t].text);
	}
}

/* X as an integer, the way element_cast() promises for type T. */
static int64_t truncate_to(enum dtype t, double x)
{
	if (isnan(x))
		return 0;
	return clamp_to(dtype_info[t].bits < 32 ? DTYPE_I64 : t, trunc(x));
}

int64_t element_int(enum dtype t, const void *data, size_t i)
{
	switch (dtype_info[t].class) {
	case CLASS_FLOAT:
		return truncate_to(DTYPE_I64, element_double(t, data, i));
	case CLASS_BOOL:
		return element_bits(t, data, i) != 0;
	default:
		return extend(t, element_bits(t, data, i));
	}
}

/*
 * An integer as a double that rounds to the same float of 52 or fewer digits
 * as the integer itself: what does not fit is remembered in an odd last bit.
 */
static double round_to_odd(uint64_t mag)
{
	int drop = 0;

	while (mag >> 53) {
		mag = mag >> 1 | (mag & 1);
		drop++;
	}
	return ldexp((double)mag, drop);
}

static double int_to_double(enum dtype from, enum dtype to, int64_t x)
{
	bool negative = from != DTYPE_U64 && x < 0;
	uint64_t mag = negative ? -(uint64_t)x : (uint64_t)x;
	double d = to == DTYPE_F64 ? (double)mag : round_to_odd(mag);

	return negative ? -d : d;
}

void element_set_int(enum dtype t, void *data, size_t i, int64_t x)
{
	switch (dtype_info[t].class) {
	case CLASS_FLOAT:
		set_float(t, data, i, int_to_double(DTYPE_I64, t, x),
			  SATURATE_YES);
		break;
	case CLASS_BOOL:
		element_set_bits(t, data, i, x != 0);
		break;
	default:
		element_set_bits(t, data, i, (uint64_t)x);
	}
}

static void cast_from_float(enum dtype from, const void *in, enum dtype to,
			    void *out, size_t n, enum saturate saturate)
{
	enum dtype_class class = dtype_info[to].class;
	double x;

	for (size_t i = 0; i < n; i++) {
		x = element_double(from, in, i);
		if (class == CLASS_FLOAT)
			set_float(to, out, i, x, saturate);
		else if (class == CLASS_BOOL)
			element_set_bits(to, out, i, x != 0);
		else
			element_set_bits(to, out, i,
					 (uint64_t)truncate_to(to, x));
	}
}

static void cast_from_int(enum dtype from, const void *in, enum dtype to,
			  void *out, size_t n, enum saturate saturate)
{
	bool to_float = dtype_is_float(to);
	int64_t x;

	for (size_t i = 0; i < n; i++) {
		x = element_int(from, in, i);
		if (to_float)
			set_float(to, out, i, int_to_double(from, to, x),
				  saturate);
		else
			element_set_int(to, out, i, x);
	}
}

void element_cast(enum dtype from, const void *in, enum dtype to, void *out,
		  size_t n, enum saturate saturate)
{
	size_t bytes = dtype_bytes(to, n);

	if (!bytes)
		return;
	if (from == to) {
		memcpy(out, in, bytes);
		return;
	}
	/* Bits of the last byte that belong to no element are 0. */
	((uint8_t *)out)[bytes - 1] = 0;
	if (dtype_is_float(from))
		cast_from_float(from, in, to, out, n, saturate);
	else
		cast_from_int(from, in, to, out, n, saturate);
}

void element_cast_e8m0(enum dtype from, const void *in, void *out, size_t n,
		       enum saturate saturate, enum round_mode mode)
{
	for (size_t i = 0; i < n; i++)
		element_set_bits(DTYPE_F8E8M0, out, i,
				 e8m0_encode(element_double(from, in, i),
					     saturate, mode));
}
