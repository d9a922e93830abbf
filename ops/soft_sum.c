/* SPDX-License-Identifier: Apache-2.0 */
/* ops/soft_sum.c -- see soft_sum.h. */
#include "ops/soft_sum.h"

#include <math.h>
#include <stdint.h>

#include "graph/element.h"

enum { RUN = 8 };

static double rounded(double x)
{
	uint16_t room;

	element_set_double(DTYPE_BF16, &room, 0, x);
	return element_double(DTYPE_BF16, &room, 0);
}

double soft_term(enum dtype t, double x, double max)
{
	return t == DTYPE_BF16 ? rounded(exp(rounded(x - max))) : exp(x - max);
}

void soft_sum_add(struct soft_sum *s, double term)
{
	if (s->type != DTYPE_BF16) {
		s->total += term;
		return;
	}
	if (s->count++ % RUN == 0) {
		s->total += s->run;
		s->run = 0;
	}
	s->run = rounded(s->run + term);
}

double soft_sum_total(const struct soft_sum *s)
{
	double x = s->total + s->run;

	return s->type == DTYPE_BF16 ? rounded(x) : x;
}
