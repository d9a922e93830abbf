/* SPDX-License-Identifier: Apache-2.0 */
/* kern/pool_lanes.c -- windows over pixels of several channels side by side. */
#include <math.h>
#include <string.h>

#include "kern/pool_lanes.h"
#include "kern/vec.h"

#include "kern/isa_base.h"
#include "kern/pool_lanes_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/pool_lanes_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/pool_lanes_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_pool_lanes_max(const struct pool_lanes *p)
{
	DISPATCH(pool_max, p);
}

void kern_pool_lanes_sum(const struct pool_lanes *p, float scale)
{
	DISPATCH(pool_sum, p, scale);
}
