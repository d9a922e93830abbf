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

/*
 * x P(x^2) for |x| < 1, P of degree 6; beyond that, on both sides,
 * 1 - exp(Q(|x|)), Q of degree 6 for log(erfc) up to 4, where erf is 1.  Both
 * have the least relative error of erf: 2^-29.6, 2^-29.8.
 */
ISA static inline VF NAME(erf)(VF x)
{
	VF z = x * x, a = V_MIN(NAME(all)(4), V_MAX(x, -x));
	VF p = NAME(all)(7.85385586e-5f), q = NAME(all)(1.86380479e-4f);
	VI sign = (VI)x & INT32_MIN;

	p = V_FMA(p, z, NAME(all)(-8.01019187e-4f));
	p = V_FMA(p, z, NAME(all)(5.18832747e-3f));
	p = V_FMA(p, z, NAME(all)(-2.68538118e-2f));
	p = V_FMA(p, z, NAME(all)(1.12835851e-1f));
	p = V_FMA(p, z, NAME(all)(-3.76126258e-1f));
	p = V_FMA(p, z, NAME(all)(1.12837917f));
	q = V_FMA(q, a, NAME(all)(-2.94767055e-3f));
	q = V_FMA(q, a, NAME(all)(2.18381115e-2f));
	q = V_FMA(q, a, NAME(all)(-1.03106851e-1f));
	q = V_FMA(q, a, NAME(all)(-6.38144725e-1f));
	q = V_FMA(q, a, NAME(all)(-1.12708925f));
	q = V_FMA(q, a, NAME(all)(-3.41507964e-4f));
	q = (VF)((VI)(1.f - NAME(exp_negative)(q)) | sign);
	return NAME(select)(a < 1.f, p * x, q);
}

/* x / 2 (1 + tanh(u)) = x / (1 + exp(-2 u)): nothing cancels. */
ISA static inline VF NAME(gelu_tanh)(VF x)
{
	VF u = x *
	       V_FMA(x * x, NAME(all)(0.0356774081f), NAME(all)(0.797884561f));

	return x / (1.f + NAME(exp)(-2.f * u));
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

ISA static ALWAYS_INLINE inline VF NAME(apply)(const struct act *f, VF x)
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
		return x / (1.f + NAME(exp)(x * -f->a));
	case ACT_HARD_SIGMOID:
		return NAME(hard_sigmoid)(f, x);
	case ACT_HARD_SWISH:
		return x * NAME(hard_sigmoid)(f, x);
	case ACT_ERF:
		return NAME(erf)(x);
	case ACT_GELU:
		return 0.5f * x * (1.f + NAME(erf)(x * 0.707106781f));
	case ACT_GELU_TANH:
		return NAME(gelu_tanh)(x);
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

struct NAME(operands) {
	const float *x, *biases, *r; /* the last two may be NULL */
	float bias;
};

/* X + bias + BIAS + R from element I on. */
ISA static inline VF NAME(sum)(const struct NAME(operands) * o, size_t i)
{
	VF v = NAME(load)(o->x + i) + o->bias;

	if (o->biases)
		v += NAME(load)(o->biases + i);
	return o->r ? v + NAME(load)(o->r + i) : v;
}

/* The same of the last N < LANES elements. */
ISA static inline VF NAME(sum_part)(const struct NAME(operands) * o, size_t i,
				    size_t n)
{
	VF v = V_LOAD_PART(o->x + i, n) + o->bias;

	if (o->biases)
		v += V_LOAD_PART(o->biases + i, n);
	return o->r ? v + V_LOAD_PART(o->r + i, n) : v;
}

/* Two vectors at a time share the constants of a function. */
ISA static ALWAYS_INLINE inline void NAME(pass)(enum act_kind kind,
						const struct act *given,
						const struct NAME(operands) * o,
						float *y, size_t n)
{
	const struct act f = {kind, given->a, given->b};
	size_t i = 0;
	VF v[2];

	for (; i + 2 * LANES <= n; i += 2 * LANES) {
		v[0] = NAME(apply)(&f, NAME(sum)(o, i));
		v[1] = NAME(apply)(&f, NAME(sum)(o, i + LANES));
		NAME(store)(y + i, v[0]);
		NAME(store)(y + i + LANES, v[1]);
	}
	for (; i < n; i += LANES) {
		size_t rest = n - i;

		if (rest >= LANES)
			NAME(store)(y + i, NAME(apply)(&f, NAME(sum)(o, i)));
		else
			V_STORE_PART(
				y + i,
				NAME(apply)(&f, NAME(sum_part)(o, i, rest)),
				rest);
	}
}

/* Y = f(X + bias + BIAS + R).  Loops of their own where there is much to do
 * for each vector. */
ISA static void NAME(run)(const struct act *f, const struct NAME(operands) * o,
			  float *y, size_t n)
{
	switch (f->kind) {
	case ACT_SIGMOID:
		NAME(pass)(ACT_SIGMOID, f, o, y, n);
		break;
	case ACT_TANH:
		NAME(pass)(ACT_TANH, f, o, y, n);
		break;
	case ACT_SILU:
		NAME(pass)(ACT_SILU, f, o, y, n);
		break;
	case ACT_ERF:
		NAME(pass)(ACT_ERF, f, o, y, n);
		break;
	case ACT_GELU:
		NAME(pass)(ACT_GELU, f, o, y, n);
		break;
	case ACT_GELU_TANH:
		NAME(pass)(ACT_GELU_TANH, f, o, y, n);
		break;
	case ACT_EXP:
		NAME(pass)(ACT_EXP, f, o, y, n);
		break;
	default:
		NAME(pass)(f->kind, f, o, y, n);
	}
}

ISA static void NAME(act)(const struct act *f, const float *x, float *y,
			  size_t n)
{
	/* Adding zero would turn -0 into 0. */
	NAME(run)(f, &(struct NAME(operands)){.x = x, .bias = -0.f}, y, n);
}

ISA static void NAME(act_row)(const struct act *f, const float *x,
			      const float *bias, float *y, size_t n)
{
	const struct NAME(operands) o = {.x = x, .biases = bias, .bias = -0.f};

	NAME(run)(f, &o, y, n);
}

ISA static void NAME(epilogue)(const struct act *f, float bias, const float *r,
			       float *y, size_t n)
{
	NAME(run)
	(f, &(struct NAME(operands)){.x = y, .r = r, .bias = bias}, y, n);
}

ISA static void NAME(epilogue_row)(const struct act *f, const float *bias,
				   const float *r, float *y, size_t n)
{
	const struct NAME(operands)
		o = {.x = y, .biases = bias, .r = r, .bias = -0.f};

	NAME(run)(f, &o, y, n);
}
