/* SPDX-License-Identifier: Apache-2.0 */
/* kern/select_tmpl.h -- body of kern_select() for elements of SIZE bytes.
 * Define SIZE and NAME(f) before including.
 */
static void NAME(select)(size_t n, const size_t step[3], const bool *cond,
			 const char *a, const char *b, char *out)
{
	for (size_t i = 0; i < n; i++) {
		const char *from = cond[i * step[0]] ? a + i * step[1] * SIZE
						     : b + i * step[2] * SIZE;

		memcpy(out + i * SIZE, from, SIZE);
	}
}
#undef SIZE
#undef NAME
