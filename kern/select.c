/* SPDX-License-Identifier: Apache-2.0 */
/* kern/select.c -- see select.h. */
#include "kern/select.h"

#include <string.h>

#define SIZE 1
#define NAME(f) f##_1
#include "kern/select_tmpl.h"
#define SIZE 2
#define NAME(f) f##_2
#include "kern/select_tmpl.h"
#define SIZE 4
#define NAME(f) f##_4
#include "kern/select_tmpl.h"
#define SIZE 8
#define NAME(f) f##_8
#include "kern/select_tmpl.h"
#define SIZE 16
#define NAME(f) f##_16
#include "kern/select_tmpl.h"

void kern_select(size_t size, size_t n, const size_t step[3], const bool *cond,
		 const void *a, const void *b, void *out)
{
	switch (size) {
	case 1:
		select_1(n, step, cond, a, b, out);
		break;
	case 2:
		select_2(n, step, cond, a, b, out);
		break;
	case 4:
		select_4(n, step, cond, a, b, out);
		break;
	case 8:
		select_8(n, step, cond, a, b, out);
		break;
	default:
		select_16(n, step, cond, a, b, out);
		break;
	}
}
