/* SPDX-License-Identifier: Apache-2.0 */
/* kern/grid.c -- what rounding to equally spaced levels costs. */
#include <string.h>

#include "kern/grid.h"
#include "kern/vec.h"

enum { SUMS = 8 };

typedef double vd8 VECTOR_OF(64);
typedef int64_t vl8 VECTOR_OF(64);

#include "kern/isa_base.h"
#include "kern/grid_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/grid_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/grid_tmpl.h"
#include "kern/isa_end.h"
#endif

double kern_grid_error_f64(const double *w, const double *importance, size_t n,
			   double scale, double top)
{
	return DISPATCH(grid_error, w, importance, n, scale, top);
}
