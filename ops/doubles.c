/* SPDX-License-Identifier: Apache-2.0 */
/* ops/doubles.c -- see doubles.h. */
#include "ops/doubles.h"

#include "graph/element.h"

static size_t count(const struct datum *d)
{
	struct err e;
	size_t n;

	return d && shape_count(&d->type.shape, &n, &e) ? n : 0;
}

size_t count_in(const struct call *c, uint32_t i)
{
	return i < c->nin ? count(c->in[i]) : 0;
}

size_t count_out(const struct call *c, uint32_t i)
{
	return i < c->nout ? count(c->out[i]) : 0;
}

size_t doubles_of(size_t n)
{
	return (n * sizeof(double) + BUF_ALIGN - 1) / BUF_ALIGN * BUF_ALIGN;
}

double *doubles_take(struct doubles *d, const struct call *c, size_t n)
{
	double *x = NULL;

	if (c->scratch) /* else every count is 0 */
		x = (double *)((char *)c->scratch + d->used);
	d->used += doubles_of(n);
	return x;
}

double *doubles_load(struct doubles *d, const struct call *c, uint32_t i)
{
	const struct tensor *t = call_in(c, i);
	double *x;

	if (!t)
		return NULL;
	x = doubles_take(d, c, tensor_count(t));
	element_load(t->dtype, t->data, 0, tensor_count(t), x);
	return x;
}

int64_t *ints_load(struct doubles *d, const struct call *c, uint32_t i)
{
	const struct tensor *t = call_in(c, i);
	int64_t *x;

	if (!t)
		return NULL;
	x = (int64_t *)doubles_take(d, c, tensor_count(t));
	element_load_ints(t->dtype, t->data, 0, tensor_count(t), x);
	return x;
}
