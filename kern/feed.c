/* SPDX-License-Identifier: Apache-2.0 */
/* kern/feed.c -- what rows of weights owe to errors made before. */
#include <string.h>

#include "kern/feed.h"
#include "kern/vec.h"

enum { ROWS = 4, WIDE = 2 }; /* rows and vectors of a tile */

struct feed {
	const double *d, *u;
	size_t w_step, d_step, u_step, depth;
};

static void feed_one(const struct feed *f, double *w, const double *d,
		     const double *u)
{
	for (size_t j = 0; j < f->depth; j++)
		*w -= d[j] * u[j * f->u_step];
}

#include "kern/isa_base.h"
#include "kern/feed_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/feed_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/feed_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_feed_f64(double *w, size_t w_step, const double *d, size_t d_step,
		   const double *u, size_t u_step, size_t rows, size_t depth,
		   size_t n)
{
	struct feed f = {d, u, w_step, d_step, u_step, depth};

	DISPATCH(feed, &f, w, rows, n);
}
