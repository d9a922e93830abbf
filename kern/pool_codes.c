/* SPDX-License-Identifier: Apache-2.0 */
/* kern/pool_codes.c -- windows over pixels of codes, channels side by side. */
#include <string.h>

#include "kern/pool_lanes.h"
#include "kern/vec.h"

#include "kern/isa_base.h"
#include "kern/pool_codes_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/pool_codes_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/pool_codes_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_pool_codes_max(const struct pool_lanes *p, uint8_t flip)
{
	DISPATCH(codes_max, p, flip);
}

void kern_pool_codes_mean(const struct pool_lanes *p, const struct codes_u8 *cx,
			  const struct codes_u8 *cy, size_t taps)
{
	struct codes_u8 c = *cx;
	double scale = (double)cx->scale / cy->scale / (double)taps;

	/* Sums are finite, and saturate. */
	c.scale = scale < 1e25 ? (float)scale : 1e25f;
	DISPATCH(codes_mean, p, c, *cy);
}
