/* SPDX-License-Identifier: Apache-2.0 */
/* kern/move_tmpl.h -- moves of elements of SIZE bytes.
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

static void NAME(map)(const char *in, const size_t *map, char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		memcpy(out + i * SIZE, in + map[i] * SIZE, SIZE);
}
#undef SIZE
#undef NAME
