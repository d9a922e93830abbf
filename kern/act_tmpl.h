/* SPDX-License-Identifier: Apache-2.0 */
/* kern/act_tmpl.h -- body of act.c for one instruction set (isa_base.h);
 * behind lanes_tmpl.h. */

ISA static inline VF NAME(sigmoid)(VF x)
{
	return 1.f / (1.f + NAME(exp)(-x));
}

/* Odd polynomial near zero (S. Moshier, Cephes tanhf), else by exp(). */
ISA static inline VF NAME(tanh)(VF x)
{
	VF z = x * x;
	VF big = 1.f - 2.f / (NAME(exp)(2.f * x) + 1.f);
	VF p = NAME(all)(-5.70498872745e-3f);

	p = V_FMA(p, z, NAME(all)(2.06390887954e-2f));
	p = V_FMA(p, z, NAME(all)(-5.37397155531e-2f));
	p = V_FMA(p, z, NAME(all)(1.33314422036e-1f));
	p = V_FMA(p, z, NAME(all)(-3.33332819422e-1f));
	p = V_FMA(p * z, x, x);
	return NAME(select)(z < 0.390625f, p, big);
}

/* erfc(a) for a >= 1 (Cephes erfcf): exp(-a a) P(1 / a^2) / a. */
ISA static inline VF NAME(erfc_tail)(VF a)
{
	VF q = 1.f / a, y = q * q;
	VF p = NAME(all)(2.326819970068386e-2f);
	VF r = NAME(all)(-1.047766399936249e+1f);

	p = V_FMA(p, y, NAME(all)(-1.387039388740657e-1f));
	p = V_FMA(p, y, NAME(all)(3.687424674597105e-1f));
	p = V_FMA(p, y, NAME(all)(-5.824733027278666e-1f));
	p = V_FMA(p, y, NAME(all)(6.210004621745983e-1f));
	p = V_FMA(p, y, NAME(all)(-4.944515323274145e-1f));
	p = V_FMA(p, y, NAME(all)(3.404879937665872e-1f));
	p = V_FMA(p, y, NAME(all)(-2.741127028184656e-1f));
	p = V_FMA(p, y, NAME(all)(5.638259427386472e-1f));
	r = V_FMA(r, y, NAME(all)(1.297719955372516e+1f));
	r = V_FMA(r, y, NAME(all)(-7.495518717768503e+0f));
	r = V_FMA(r, y, NAME(all)(2.921019019210786e+0f));
	r = V_FMA(r, y, NAME(all)(-1.015265279202700e+0f));
	r = V_FMA(r, y, NAME(all)(4.218463358204948e-1f));
	r = V_FMA(r, y, NAME(all)(-2.820767439740514e-1f));
	r = V_FMA(r, y, NAME(all)(5.641895067754075e-1f));
	return NAME(exp)(-a * a) * q * NAME(select)(a < 2.f, p, r);
}

ISA static inline VF NAME(erf)(VF x)
{
	VF z = x * x, a = V_MAX(x, -x);
	VF near_zero = NAME(all)(7.853861353153693e-5f);
	VF tail = 1.f - NAME(erfc_tail)(V_MAX(NAME(all)(1.f), a));
	VF p = near_zero;

	p = V_FMA(p, z, NAME(all)(-8.010193625184903e-4f));
	p = V_FMA(p, z, NAME(all)(5.188327685732524e-3f));
	p = V_FMA(p, z, NAME(all)(-2.685381193529856e-2f));
	p = V_FMA(p, z, NAME(all)(1.128358514861418e-1f));
	p = V_FMA(p, z, NAME(all)(-3.761262582423300e-1f));
	p = V_FMA(p, z, NAME(all)(1.128379165726710e+0f));
	tail = NAME(select)(x < 0.f, -tail, tail);
	return NAME(select)(a < 1.f, p * x, tail);
}

ISA static inline VF NAME(hard_sigmoid)(const struct act *f, VF x)
{
	VF y = V_FMA(NAME(all)(f->a), x, NAME(all)(f->b));

	return V_MIN(NAME(all)(1.f), V_MAX(NAME(all)(0), y));
}

ISA static inline VF NAME(sqrt)(VF x)
{
	float lane[LANES];

	NAME(store)(lane, x);
	for (int i = 0; i < LANES; i++)
		lane[i] = sqrtf(lane[i]);
	return NAME(load)(lane);
}

ISA static inline VF NAME(apply)(const struct act *f, VF x)
{
	switch (f->kind) {
	case ACT_NONE:
		return x;
	case ACT_RELU:
		return V_MAX(NAME(all)(0), x);
	case ACT_CLIP:
		return V_MIN(NAME(all)(f->b), V_MAX(NAME(all)(f->a), x));
	case ACT_LEAKY:
		return NAME(select)(x < 0.f, x * f->a, x);
	case ACT_SIGMOID:
		return NAME(sigmoid)(x);
	case ACT_TANH:
		return NAME(tanh)(x);
	case ACT_SILU:
		return x * NAME(sigmoid)(x);
	case ACT_HARD_SIGMOID:
		return NAME(hard_sigmoid)(f, x);
	case ACT_HARD_SWISH:
		return x * NAME(hard_sigmoid)(f, x);
	case ACT_ERF:
		return NAME(erf)(x);
	case ACT_GELU:
		return 0.5f * x * (1.f + NAME(erf)(x * 0.707106781f));
	case ACT_EXP:
		return NAME(exp)(x);
	case ACT_SQRT:
		return NAME(sqrt)(x);
	case ACT_RECIPROCAL:
		return 1.f / x;
	case ACT_NEG:
		return -x;
	case ACT_ABS:
		return (VF)((VI)x & 0x7fffffff);
	}
	return x;
}

/* Y = f(X + bias + BIAS + R); each array may be NULL. */
ISA static inline void NAME(run)(const struct act *f, const float *x,
				 float bias, const float *biases,
				 const float *r, float *y, size_t n)
{
	size_t i = 0;
	VF v;

	for (; i + LANES <= n; i += LANES) {
		v = NAME(load)(x + i) + bias;
		if (biases)
			v += NAME(load)(biases + i);
		if (r)
			v += NAME(load)(r + i);
		NAME(store)(y + i, NAME(apply)(f, v));
	}
	if (i == n)
		return;
	v = NAME(load_part)(x + i, n - i) + bias;
	if (biases)
		v += NAME(load_part)(biases + i, n - i);
	if (r)
		v += NAME(load_part)(r + i, n - i);
	NAME(store_part)(y + i, NAME(apply)(f, v), n - i);
}

ISA static void NAME(act)(const struct act *f, const float *x, float *y,
			  size_t n)
{
	/* Adding zero would turn -0 into 0. */
	NAME(run)(f, x, -0.f, NULL, NULL, y, n);
}

ISA static void NAME(epilogue)(const struct act *f, float bias, const float *r,
			       float *y, size_t n)
{
	NAME(run)(f, y, bias, NULL, r, y, n);
}

ISA static void NAME(epilogue_row)(const struct act *f, const float *bias,
				   const float *r, float *y, size_t n)
{
	NAME(run)(f, y, -0.f, bias, r, y, n);
}
