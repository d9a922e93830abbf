/* SPDX-License-Identifier: Apache-2.0 */
/* kern/feed_tmpl.h -- body of feed.c for one instruction set (isa_base.h). */

typedef double NAME(vd) VECTOR_OF(sizeof(VF));

/* COUNT rows and WIDE vectors, which stay in registers. */
ALWAYS_INLINE ISA static inline void NAME(tile)(const struct feed *f, double *w,
						const double *d,
						const double *u, size_t count)
{
	NAME(vd) sum[ROWS][WIDE], x[WIDE];

	UNROLL
	for (size_t i = 0; i < count; i++)
		memcpy(sum[i], w + i * f->w_step, sizeof(x));
	for (size_t j = 0; j < f->depth; j++) {
		memcpy(x, u + j * f->u_step, sizeof(x));
		UNROLL
		for (size_t i = 0; i < count; i++) {
			sum[i][0] -= d[i * f->d_step + j] * x[0];
			sum[i][1] -= d[i * f->d_step + j] * x[1];
		}
	}
	UNROLL
	for (size_t i = 0; i < count; i++)
		memcpy(w + i * f->w_step, sum[i], sizeof(x));
}

ISA static void NAME(feed)(const struct feed *f, double *w, size_t rows,
			   size_t n)
{
	enum { STEP = WIDE * sizeof(NAME(vd)) / sizeof(double) };
	size_t k, i;

	for (k = 0; k + STEP <= n; k += STEP) {
		for (i = 0; i + ROWS <= rows; i += ROWS)
			NAME(tile)
		(f, w + i * f->w_step + k, f->d + i * f->d_step, f->u + k,
		 ROWS);
		for (; i < rows; i++)
			NAME(tile)
		(f, w + i * f->w_step + k, f->d + i * f->d_step, f->u + k, 1);
	}
	for (; k < n; k++)
		for (i = 0; i < rows; i++)
			feed_one(f, w + i * f->w_step + k, f->d + i * f->d_step,
				 f->u + k);
}
