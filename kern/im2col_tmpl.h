/* SPDX-License-Identifier: Apache-2.0 */
/* kern/im2col_tmpl.h -- body of im2col.c for elements of type T. */

/* COUNT outputs of one row from column Q on, as one tap sees them. */
static void NAME(segment)(const struct window2 *g, const T *row, size_t j,
			  T zero, size_t q, size_t count, T *out)
{
	ptrdiff_t at = (ptrdiff_t)(q * g->sw + j * g->dw) - (ptrdiff_t)g->pw;
	size_t i = 0;

	for (; i < count && at < 0; i++, at += (ptrdiff_t)g->sw)
		out[i] = zero;
	if (g->sw == 1 && i < count && (size_t)at < g->w) {
		size_t n = g->w - (size_t)at;

		n = n < count - i ? n : count - i;
		memcpy(out + i, row + at, n * sizeof(T));
		i += n;
	}
	for (; g->sw != 1 && i < count && (size_t)at < g->w;
	     i++, at += (ptrdiff_t)g->sw)
		out[i] = row[at];
	for (; i < count; i++)
		out[i] = zero;
}

/* One row of the matrix: tap (I, J) of one plane. */
static void NAME(row)(const struct window2 *g, const T *x, size_t i, size_t j,
		      T zero, size_t first, size_t count, T *out)
{
	size_t p = first / g->ow, q = first % g->ow;

	while (count) {
		size_t n = g->ow - q < count ? g->ow - q : count;
		ptrdiff_t y = (ptrdiff_t)(p * g->sh + i * g->dh) -
			      (ptrdiff_t)g->ph;

		if (y < 0 || (size_t)y >= g->h)
			for (size_t k = 0; k < n; k++)
				out[k] = zero;
		else
			NAME(segment)
		(g, x + (size_t)y * g->w, j, zero, q, n, out);
		out += n;
		count -= n;
		q = 0;
		p++;
	}
}

static void NAME(im2col)(const struct window2 *g, size_t channels, const T *x,
			 T zero, size_t first, size_t count, T *col)
{
	for (size_t c = 0; c < channels; c++, x += g->h * g->w)
		for (size_t i = 0; i < g->kh; i++)
			for (size_t j = 0; j < g->kw; j++, col += count)
				NAME(row)(g, x, i, j, zero, first, count, col);
}
