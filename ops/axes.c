/* SPDX-License-Identifier: Apache-2.0 */
/* ops/axes.c -- see axes.h. */
#include "ops/axes.h"

#include <string.h>

#include "ops/op.h"

size_t shape_span(const struct shape *s, int32_t from, int32_t to)
{
	size_t n = 1;

	for (int32_t i = from; i < to; i++)
		n *= (size_t)s->dim[i];
	return n;
}

void shape_strides(const struct shape *s, ptrdiff_t *stride)
{
	size_t n = 1;

	for (int32_t i = s->rank - 1; i >= 0; i--) {
		stride[i] = (ptrdiff_t)n;
		n *= (size_t)s->dim[i];
	}
}

struct strided strided_over(const struct shape *out)
{
	struct strided s = {.rank = out->rank};

	for (int32_t i = 0; i < out->rank; i++)
		s.dim[i] = (size_t)out->dim[i];
	shape_strides(out, s.out);
	return s;
}

void strides_broadcast(const struct shape *in, const struct shape *out,
		       ptrdiff_t *stride)
{
	ptrdiff_t dense[MAX_RANK];
	int32_t pad = out->rank - in->rank;

	shape_strides(in, dense);
	for (int32_t i = 0; i < out->rank; i++)
		stride[i] = i < pad || in->dim[i - pad] == 1 ? 0
							     : dense[i - pad];
}

size_t strides_at(const struct shape *out, const ptrdiff_t *stride, size_t i)
{
	size_t at = 0;

	for (int32_t k = out->rank; k-- > 0;) {
		at += i % (size_t)out->dim[k] * (size_t)stride[k];
		i /= (size_t)out->dim[k];
	}
	return at;
}

size_t broadcast_at(const struct shape *x, const struct shape *s, size_t i)
{
	size_t at = 0, stride = 1;

	for (int32_t k = 1; k <= s->rank; k++) {
		size_t size = (size_t)x->dim[x->rank - k];

		if (s->dim[s->rank - k] != 1)
			at += i % size * stride;
		stride *= (size_t)s->dim[s->rank - k];
		i /= size;
	}
	return at;
}

unsigned tensor_bits(const struct tensor *t)
{
	return dtype_info[t->dtype].bits;
}

int32_t call_axis(const struct call *c, int32_t rank)
{
	int64_t axis = attr_int(c->node, "axis");

	return (int32_t)(axis < 0 ? axis + rank : axis);
}

bool call_copy(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);

	(void)e;
	if (y && y->data != x->data)
		kern_move_block(tensor_bits(x), x->data, 0, tensor_mut(y), 0,
				tensor_count(x));
	return true;
}
