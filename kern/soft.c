/* SPDX-License-Identifier: Apache-2.0 */
/* kern/soft.c -- Softmax and LogSoftmax of rows of floats. */
#include <math.h>
#include <string.h>

#include "kern/soft.h"
#include "kern/vec.h"

enum { BLOCK = 1024 }; /* elements whose sum is a float */

#include "kern/isa_base.h"
#include "kern/lanes_tmpl.h"
#include "kern/soft_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/lanes_tmpl.h"
#include "kern/soft_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/lanes_tmpl.h"
#include "kern/soft_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_softmax_f32(const float *x, float *y, size_t lines, size_t n)
{
	DISPATCH(softmax, x, y, lines, n);
}

void kern_log_softmax_f32(const float *x, float *y, size_t lines, size_t n)
{
	DISPATCH(log_softmax, x, y, lines, n);
}
