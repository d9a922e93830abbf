/* SPDX-License-Identifier: Apache-2.0 */
/* ops/call.c -- operands and results of a running kernel. */
#include "ops/call.h"

#include "ops/op.h"

const struct tensor *call_in(const struct call *c, uint32_t i)
{
	return i < c->nin && c->in[i] ? &c->in[i]->tensor : NULL;
}

const float *call_f32(const struct call *c, uint32_t i)
{
	const struct tensor *t = call_in(c, i);

	return t ? tensor_f32(t) : NULL;
}

struct tensor *call_out(const struct call *c, uint32_t i)
{
	return i < c->nout && c->out[i] ? &c->out[i]->tensor : NULL;
}

bool call_alloc(const struct call *c, uint32_t i, enum dtype t,
		const struct shape *s, struct err *e)
{
	struct datum *d = i < c->nout ? c->out[i] : NULL;
	size_t bytes;
	void *data = NULL;

	if (!d)
		return true;
	if (!shape_bytes(s, t, &bytes, e))
		return false;
	if (bytes > 0 && !c->services->alloc(c->services, bytes, &data, e))
		return false;
	d->type = type_tensor(t, s);
	d->tensor = (struct tensor){.dtype = t, .data = data, .bytes = bytes};
	d->tensor.shape = *s;
	return true;
}

void services_release(struct services *s)
{
	struct shared *next;

	for (struct shared *x = s->shared; x; x = next) {
		next = x->next;
		x->release(x);
	}
	s->shared = NULL;
}

double call_scalar(const struct call *c, uint32_t i, double fallback)
{
	const struct tensor *t = call_in(c, i);

	return t && tensor_count(t) > 0 ? tensor_double(t, 0) : fallback;
}
