/* SPDX-License-Identifier: Apache-2.0 */
/* kern/move_tmpl.h -- a two-dimensional move of elements of SIZE bytes.
 * Define SIZE and NAME(f) before including.
 */
static void NAME(move2)(const size_t n[2], const ptrdiff_t in_step[2],
			const ptrdiff_t out_step[2], const char *in, char *out)
{
	for (size_t i = 0; i < n[0]; i++) {
		const char *from = in + (ptrdiff_t)i * in_step[0];
		char *to = out + (ptrdiff_t)i * out_step[0];

		for (size_t j = 0; j < n[1]; j++) {
			memcpy(to, from, SIZE);
			from += in_step[1];
			to += out_step[1];
		}
	}
}
#undef SIZE
#undef NAME
