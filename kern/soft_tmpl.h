/* SPDX-License-Identifier: Apache-2.0 */
/* kern/soft_tmpl.h -- body of soft.c for one instruction set (isa_base.h);
 * behind lanes_tmpl.h.
 *
 * A NaN may get lost from a maximum; exp() brings it into the sum.
 */

ISA static inline float NAME(line_max)(const float *x, size_t n)
{
	VF most[2] = {NAME(all)(x[0]), NAME(all)(x[0])};
	float lane[LANES], max;
	size_t i = 0;

	for (; i + 2 * LANES <= n; i += 2 * LANES) {
		most[0] = V_MAX(NAME(load)(x + i), most[0]);
		most[1] = V_MAX(NAME(load)(x + i + LANES), most[1]);
	}
	NAME(store)(lane, V_MAX(most[0], most[1]));
	max = lane[0];
	for (int k = 1; k < LANES; k++)
		max = lane[k] > max ? lane[k] : max;
	for (; i < n; i++)
		max = x[i] > max ? x[i] : max;
	return max;
}

/*
 * Sum of exp(X[i] - MAX) over at most BLOCK elements, which Y gets unless it
 * is NULL.
 */
ISA static inline double NAME(exp_block)(const float *x, float max, float *y,
					 size_t n)
{
	VF sum[2] = {{0}, {0}}, v[2];
	size_t i = 0;

	for (; i + 2 * LANES <= n; i += 2 * LANES) {
		v[0] = NAME(exp_negative)(NAME(load)(x + i) - max);
		v[1] = NAME(exp_negative)(NAME(load)(x + i + LANES) - max);
		sum[0] += v[0];
		sum[1] += v[1];
		if (y) {
			NAME(store)(y + i, v[0]);
			NAME(store)(y + i + LANES, v[1]);
		}
	}
	for (; i + LANES <= n; i += LANES) {
		v[0] = NAME(exp_negative)(NAME(load)(x + i) - max);
		sum[0] += v[0];
		if (y)
			NAME(store)(y + i, v[0]);
	}
	if (i < n) {
		/* Lanes beyond the end go through as 0 and not into the sum. */
		float lane[LANES] = {0};

		v[0] = NAME(exp_negative)(V_LOAD_PART(x + i, n - i) - max);
		V_STORE_PART(lane, v[0], n - i);
		sum[0] += NAME(load)(lane);
		if (y)
			V_STORE_PART(y + i, v[0], n - i);
	}
	return NAME(total)(sum[0] + sum[1]);
}

/* Short sums are floats, sums of sums doubles. */
ISA static inline double NAME(exp_line)(const float *x, float max, float *y,
					size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i += BLOCK)
		sum += NAME(exp_block)(x + i, max, y ? y + i : NULL,
				       n - i < BLOCK ? n - i : BLOCK);
	return sum;
}

ISA static void NAME(softmax)(const float *x, float *y, size_t lines, size_t n)
{
	for (size_t line = 0; line < lines; line++, x += n, y += n) {
		double sum = NAME(exp_line)(x, NAME(line_max)(x, n), y, n);
		float factor = (float)(1 / sum);
		size_t i = 0;

		for (; i + LANES <= n; i += LANES)
			NAME(store)(y + i, NAME(load)(y + i) * factor);
		for (; i < n; i++)
			y[i] *= factor;
	}
}

ISA static void NAME(log_softmax)(const float *x, float *y, size_t lines,
				  size_t n)
{
	for (size_t line = 0; line < lines; line++, x += n, y += n) {
		float max = NAME(line_max)(x, n);
		float less = (float)log(NAME(exp_line)(x, max, NULL, n));
		size_t i = 0;

		for (; i + LANES <= n; i += LANES)
			NAME(store)(y + i, NAME(load)(x + i) - max - less);
		for (; i < n; i++)
			y[i] = x[i] - max - less;
	}
}
