/* SPDX-License-Identifier: Apache-2.0 */
/* kern/lanes_tmpl.h -- what templates share (isa_base.h): vectors in and out
 * of memory, and exp(). */

ISA static inline VF NAME(load)(const float *p)
{
	VF v;

	memcpy(&v, p, sizeof(v));
	return v;
}

ISA static inline void NAME(store)(float *p, VF v)
{
	memcpy(p, &v, sizeof(v));
}

ISA static inline VF NAME(all)(float x)
{
	return x - (VF){0};
}

ISA static inline VF NAME(select)(VI mask, VF a, VF b)
{
	return (VF)((mask & (VI)a) | (~mask & (VI)b));
}

/*
 * For exp(x) = 2^n exp(r): *N = round(x / ln 2) and the result exp(r), where
 * |r| <= ln(2) / 2.  exp(r) = 1 + r + r^2 P(r), P of degree 4 with the least
 * relative error (0.03 ulp).  ln 2 is taken off in two parts.
 */
ISA static inline VF NAME(exp_parts)(VF x, VI *n)
{
	VF magic = NAME(all)(12582912.f); /* 1.5 * 2^23: rounds to integer */
	VF k = V_FMA(x, NAME(all)(1.44269504f), magic) - magic;
	VF r = V_FMA(k, NAME(all)(-0.693359375f), x);
	VF p = NAME(all)(1.38146110e-3f);

	r = V_FMA(k, NAME(all)(2.12194440e-4f), r);
	p = V_FMA(p, r, NAME(all)(8.36871004e-3f));
	p = V_FMA(p, r, NAME(all)(4.16683874e-2f));
	p = V_FMA(p, r, NAME(all)(1.66665207e-1f));
	p = V_FMA(p, r, NAME(all)(4.99999935e-1f));
	*n = __builtin_convertvector(k, VI);
	return V_FMA(p * r, r, r) + 1.f;
}

/* exp(x) within 2 ulp; below the normal numbers it is 0.  NaN passes through
 * all of it. */
ISA static inline VF NAME(exp)(VF x)
{
	VF lo = NAME(all)(-87.33654f), hi = NAME(all)(89), p;
	VI n, half;

	p = NAME(exp_parts)(V_MIN(hi, V_MAX(lo, x)), &n);
	/* 2^n in two factors: n may be 128, and then the product infinite. */
	half = n >> 1;
	p *= (VF)((half + 127) << 23);
	p *= (VF)((n - half + 127) << 23);
	return (VF)((VI)p & ~(x < lo));
}

/* The same for x <= 0 and NaN. */
ISA static inline VF NAME(exp_negative)(VF x)
{
	VF lo = NAME(all)(-87.33654f), p;
	VI n;

	p = NAME(exp_parts)(V_MAX(lo, x), &n);
	return (VF)((VI)(p * (VF)((n + 127) << 23)) & ~(x < lo));
}

/* The sum of the lanes. */
ISA static inline double NAME(total)(VF v)
{
	float lane[LANES];
	double sum = 0;

	NAME(store)(lane, v);
	for (int i = 0; i < LANES; i++)
		sum += (double)lane[i];
	return sum;
}
