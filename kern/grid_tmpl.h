/* SPDX-License-Identifier: Apache-2.0 */
/* kern/grid_tmpl.h -- body of grid.c for one instruction set (isa_base.h). */

/* The squared errors of 8 weights X, times H. */
ALWAYS_INLINE ISA static inline void NAME(grid_add)(vd8 *sum, const double *w,
						    const double *importance,
						    size_t n, double scale,
						    double inverse, double top)
{
	/* Adding it leaves no fraction bits. */
	const double whole = 0x1.8p52;
	vd8 x = {0}, h = (vd8){0} + 1, most = (vd8){0} + top, q;
	vl8 high, low;

	memcpy(&x, w, n * sizeof(*w));
	if (importance)
		memcpy(&h, importance, n * sizeof(*w));
	q = (x * inverse + whole) - whole;
	high = q > most;
	low = q < -most;
	q = (vd8)(((vl8)q & ~(high | low)) | ((vl8)most & high) |
		  ((vl8)-most & low));
	q = x - q * scale;
	*sum += q * q * h;
}

ISA static double NAME(grid_error)(const double *w, const double *importance,
				   size_t n, double scale, double top)
{
	double inverse = 1 / scale, lane[SUMS];
	vd8 sum = {0};
	size_t i;

	for (i = 0; i + SUMS <= n; i += SUMS)
		NAME(grid_add)
	(&sum, w + i, importance ? importance + i : NULL, SUMS, scale, inverse,
	 top);
	if (i < n)
		NAME(grid_add)
	(&sum, w + i, importance ? importance + i : NULL, n - i, scale, inverse,
	 top);
	memcpy(lane, &sum, sizeof(lane));
	return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
	       ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}
