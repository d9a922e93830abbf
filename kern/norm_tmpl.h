/* SPDX-License-Identifier: Apache-2.0 */
/* kern/norm_tmpl.h -- body of norm.c for one instruction set (isa_base.h);
 * behind lanes_tmpl.h.
 *
 * The mean is the sum of two floats, M[0] and the little M[1], so that a row
 * far from 0 keeps its digits.
 */

/* The sum of X[i] - PIVOT. */
ISA static inline double NAME(block_sum)(const float *x, float pivot, size_t n)
{
	VF sum[4] = {{0}, {0}, {0}, {0}};
	double rest = 0;
	size_t i = 0;

	for (; i + 4 * LANES <= n; i += 4 * LANES) {
		UNROLL
		for (size_t k = 0; k < 4; k++)
			sum[k] += NAME(load)(x + i + k * LANES) - pivot;
	}
	for (; i + LANES <= n; i += LANES)
		sum[0] += NAME(load)(x + i) - pivot;
	for (; i < n; i++)
		rest += (double)(x[i] - pivot);
	return NAME(total)(sum[0] + sum[1] + (sum[2] + sum[3])) + rest;
}

ISA static inline double NAME(block_squares)(const float *x, const float m[2],
					     size_t n)
{
	VF sum[4] = {{0}, {0}, {0}, {0}}, d;
	double rest = 0;
	size_t i = 0;

	for (; i + 4 * LANES <= n; i += 4 * LANES) {
		UNROLL
		for (size_t k = 0; k < 4; k++) {
			d = NAME(load)(x + i + k * LANES) - m[0] - m[1];
			sum[k] = V_FMA(d, d, sum[k]);
		}
	}
	for (; i + LANES <= n; i += LANES) {
		d = NAME(load)(x + i) - m[0] - m[1];
		sum[0] = V_FMA(d, d, sum[0]);
	}
	for (; i < n; i++) {
		float last = x[i] - m[0] - m[1];

		rest += (double)last * last;
	}
	return NAME(total)(sum[0] + sum[1] + (sum[2] + sum[3])) + rest;
}

/* Of differences to the first element, which are as small as they get. */
ISA static inline double NAME(line_mean)(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i += BLOCK)
		sum += NAME(block_sum)(x + i, x[0],
				       n - i < BLOCK ? n - i : BLOCK);
	return fabs(sum) <= FLT_MAX ? sum / (double)n + x[0]
				    : wide_sum(x, n) / (double)n;
}

ISA static inline double NAME(line_squares)(const float *x, const float m[2],
					    size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i += BLOCK)
		sum += NAME(block_squares)(x + i, m,
					   n - i < BLOCK ? n - i : BLOCK);
	return sum <= FLT_MAX ? sum : wide_squares(x, (double)m[0] + m[1], n);
}

ISA static inline void NAME(finish)(const struct norm *p, const float *x,
				    const float m[2], float inverse, float *y,
				    size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		VF v = (NAME(load)(x + i) - m[0] - m[1]) * inverse;

		if (p->scale)
			v *= NAME(load)(p->scale + i);
		if (p->bias)
			v += NAME(load)(p->bias + i);
		NAME(store)(y + i, v);
	}
	for (; i < n; i++) {
		float v = (x[i] - m[0] - m[1]) * inverse;

		v *= p->scale ? p->scale[i] : 1;
		y[i] = v + (p->bias ? p->bias[i] : 0);
	}
}

ISA static inline void NAME(split)(double mean, float m[2])
{
	m[0] = (float)mean;
	m[1] = (float)(mean - m[0]);
}

ISA static void NAME(moments)(const float *x, size_t n, double *mean,
			      double *variance)
{
	float m[2];

	*mean = NAME(line_mean)(x, n);
	NAME(split)(*mean, m);
	*variance = NAME(line_squares)(x, m, n) / (double)n;
}

ISA static void NAME(norm)(const struct norm *p, const float *x, float *y,
			   size_t n, struct norm_moments *found)
{
	double mean = p->centred ? NAME(line_mean)(x, n) : 0, variance;
	float m[2];

	NAME(split)(mean, m);
	variance = NAME(line_squares)(x, m, n) / (double)n;
	found->mean = m[0];
	found->inverse = (float)(1 / sqrt(variance + p->epsilon));
	NAME(finish)(p, x, m, found->inverse, y, n);
}

ISA static void NAME(plane_affine)(const float *x, double mean, float factor,
				   float shift, float *y, size_t n)
{
	size_t i = 0;
	float m[2];
	VF v;

	NAME(split)(mean, m);
	for (; i + LANES <= n; i += LANES) {
		v = NAME(load)(x + i) - m[0] - m[1];
		NAME(store)(y + i, v * factor + shift);
	}
	for (; i < n; i++)
		y[i] = (x[i] - m[0] - m[1]) * factor + shift;
}

ISA static void NAME(row_affine)(const float *x, const float *mean,
				 const float *factor, const float *shift,
				 float *y, size_t n)
{
	size_t i = 0;
	VF v;

	for (; i + LANES <= n; i += LANES) {
		v = NAME(load)(x + i) - NAME(load)(mean + i);
		v = v * NAME(load)(factor + i) + NAME(load)(shift + i);
		NAME(store)(y + i, v);
	}
	for (; i < n; i++)
		y[i] = (x[i] - mean[i]) * factor[i] + shift[i];
}
