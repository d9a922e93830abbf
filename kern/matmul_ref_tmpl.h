/* SPDX-License-Identifier: Apache-2.0 */
/* kern/matmul_ref_tmpl.h -- body of one product: T and NAME are defined.
 *
 * The middle loop runs over k, so that each Y[i, j] is summed in order while
 * memory is read along rows.
 */
void NAME(size_t m, size_t n, size_t k, const T *a, const T *b, T *y)
{
	for (size_t i = 0; i < m; i++) {
		for (size_t j = 0; j < n; j++)
			y[i * n + j] = 0;
		for (size_t p = 0; p < k; p++) {
			T x = a[i * k + p];

			for (size_t j = 0; j < n; j++)
				y[i * n + j] += x * b[p * n + j];
		}
	}
}
#undef T
#undef NAME
