/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_assign.h -- which layer gets how much, under a budget.
 *
 * Layer i in form k takes bytes[i][k] and adds noise[i][k], and noise adds
 * up.  Every layer starts in its most exact form; then, again and again, the
 * one goes on to a smaller form that pays least noise for a byte, until no
 * step is left that the budget allows.
 */
#ifndef PASSES_QUANTIZE_ASSIGN_H
#define PASSES_QUANTIZE_ASSIGN_H

#include <stdint.h>

struct assignment {
	uint32_t layers, forms;
	const double *noise, *bytes; /* [layers][forms] */
	uint32_t *form;		     /* [layers]: the result */
};

/*
 * Fill A->form for at most BUDGET of noise.  Forms with infinite noise are not
 * used; the first that is not infinite is where a layer starts, and it may
 * exceed the budget.  Equal steps go to the first layer.  Returns the noise.
 */
double assign_forms(struct assignment *a, double budget);

/* The sum of bytes of A->form. */
double assignment_bytes(const struct assignment *a);

#endif
