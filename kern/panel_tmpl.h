/* SPDX-License-Identifier: Apache-2.0 */
/* kern/panel_tmpl.h -- body of panel.c for one instruction set (isa_base.h);
 * behind lanes_tmpl.h. */

/* Y[j] += sum over l < K of X[l] P[l * PANEL + j], j < N <= PANEL. */
ISA static void NAME(panel)(const float *x, size_t k, const float *p, float *y,
			    size_t n)
{
	VF sum[PANEL / LANES] = {{0}};
	float last[PANEL];

	for (size_t l = 0; l < k; l++, p += PANEL) {
		VF f = NAME(all)(x[l]);

		UNROLL
		for (size_t i = 0; i < PANEL / LANES; i++)
			sum[i] = V_FMA(f, NAME(load)(p + i * LANES), sum[i]);
	}
	if (n == PANEL) {
		UNROLL
		for (size_t i = 0; i < PANEL / LANES; i++)
			NAME(store)
		(y + i * LANES, NAME(load)(y + i * LANES) + sum[i]);
		return;
	}
	for (size_t i = 0; i < PANEL / LANES; i++)
		NAME(store)(last + i * LANES, sum[i]);
	for (size_t i = 0; i < n; i++)
		y[i] += last[i];
}
