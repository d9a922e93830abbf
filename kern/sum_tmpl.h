/* SPDX-License-Identifier: Apache-2.0 */
/* kern/sum_tmpl.h -- body of sum.c for one instruction set (isa_base.h);
 * behind lanes_tmpl.h. */

ISA static inline double NAME(sum_block)(const float *x, size_t n)
{
	VF sum[4] = {{0}, {0}, {0}, {0}};
	size_t i = 0;

	for (; i + 4 * LANES <= n; i += 4 * LANES) {
		UNROLL
		for (size_t k = 0; k < 4; k++)
			sum[k] += NAME(load)(x + i + k * LANES);
	}
	for (; i + LANES <= n; i += LANES)
		sum[0] += NAME(load)(x + i);
	if (i < n)
		sum[1] += V_LOAD_PART(x + i, n - i);
	return NAME(total)(sum[0] + sum[1] + (sum[2] + sum[3]));
}

ISA static double NAME(sum)(const float *x, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i += BLOCK)
		sum += NAME(sum_block)(x + i, n - i < BLOCK ? n - i : BLOCK);
	return fabs(sum) <= FLT_MAX ? sum : wide_sum(x, n, 1);
}

/* One vector of columns, N of it. */
ISA static inline void NAME(column)(const float *x, size_t rows, size_t down,
				    float factor, float *y, size_t n)
{
	VF sum = {0}, piece;
	float lane[LANES];

	for (size_t i = 0; i < rows; i += ROWS) {
		size_t end = rows - i < ROWS ? rows : i + ROWS;

		piece = (VF){0};
		for (size_t k = i; k < end; k++)
			piece += n < LANES ? V_LOAD_PART(x + k * down, n)
					   : NAME(load)(x + k * down);
		sum += piece;
	}
	NAME(store)(lane, sum);
	for (size_t i = 0; i < n; i++) {
		double s = fabsf(lane[i]) <= FLT_MAX
				   ? (double)lane[i]
				   : wide_sum(x + i, rows, down);

		y[i] = (float)(s * factor);
	}
}

ISA static void NAME(columns)(const float *x, size_t rows, size_t down,
			      float factor, float *y, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		size_t lanes = n - i < LANES ? n - i : LANES;

		NAME(column)(x + i, rows, down, factor, y + i, lanes);
	}
}
