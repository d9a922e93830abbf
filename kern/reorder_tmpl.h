/* SPDX-License-Identifier: Apache-2.0 */
/* kern/reorder_tmpl.h -- body of reorder.c for elements of type T. */

static void NAME(reorder)(size_t channels, size_t pixels,
			  const struct order *from, const T *x,
			  const struct order *to, T *y)
{
	size_t filled = fill_up(channels, to->block);
	size_t in = from->block ? from->block : from->pstep;
	size_t out = to->block ? to->block : to->pstep;

	for (size_t c = 0; c < filled; c++) {
		T *q = y + place(to, pixels, c);
		const T *p;

		if (c >= channels) {
			for (size_t i = 0; i < pixels; i++)
				q[i * out] = 0;
			continue;
		}
		p = x + place(from, pixels, c);
		for (size_t i = 0; i < pixels; i++)
			q[i * out] = p[i * in];
	}
}
