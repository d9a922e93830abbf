/* SPDX-License-Identifier: Apache-2.0 */
/* passes/constant.c -- see constant.h. */
#include "passes/constant.h"

#include <math.h>
#include <string.h>

static bool is_number(enum dtype t)
{
	enum dtype_class c = dtype_info[t].class;

	return c != CLASS_NONE && c != CLASS_STRING && c != CLASS_COMPLEX;
}

bool const_scalar(const struct value *v, double *x)
{
	if (!v || !v->konst || !is_number(v->konst->dtype) ||
	    tensor_count(v->konst) != 1)
		return false;
	*x = tensor_double(v->konst, 0);
	return true;
}

bool const_is_all(const struct value *v, double x)
{
	size_t n;

	if (!v || !v->konst || !is_number(v->konst->dtype))
		return false;
	n = tensor_count(v->konst);
	for (size_t i = 0; i < n; i++) {
		double y = tensor_double(v->konst, i);

		if (!(y >= x && y <= x) || signbit(y) != signbit(x))
			return false;
	}
	return n > 0;
}

bool const_ints(const struct value *v, struct shape *list)
{
	size_t n;

	if (!v || !v->konst || !dtype_is_integer(v->konst->dtype) ||
	    v->konst->shape.rank > 1)
		return false;
	n = tensor_count(v->konst);
	if (n > MAX_RANK)
		return false;
	list->rank = (int32_t)n;
	for (size_t i = 0; i < n; i++)
		list->dim[i] = tensor_int(v->konst, i);
	return true;
}

bool const_is_finite(const struct tensor *t)
{
	for (size_t i = 0, n = tensor_count(t); i < n; i++)
		if (!isfinite(tensor_double(t, i)))
			return false;
	return true;
}

bool same_shape(const struct value *a, const struct value *b)
{
	const struct shape *x = &a->type.shape, *y = &b->type.shape;

	if (a->type.kind != TYPE_TENSOR || b->type.kind != TYPE_TENSOR ||
	    x->rank == RANK_UNKNOWN || x->rank != y->rank)
		return false;
	for (int32_t i = 0; i < x->rank; i++)
		if (x->dim[i] == DIM_UNKNOWN || x->dim[i] != y->dim[i])
			return false;
	return true;
}

bool broadcasts_into(const struct value *c, const struct value *x)
{
	const struct shape *s = &c->type.shape, *t = &x->type.shape;

	if (c->type.kind != TYPE_TENSOR || s->rank == RANK_UNKNOWN)
		return false;
	if (s->rank == 0)
		return true;
	if (x->type.kind != TYPE_TENSOR || s->rank > t->rank)
		return false;
	for (int32_t i = 0; i < s->rank; i++) {
		int64_t d = t->dim[t->rank - s->rank + i];

		if (s->dim[i] != 1 && (d == DIM_UNKNOWN || s->dim[i] != d))
			return false;
	}
	return true;
}

bool static_shape(const struct value *v)
{
	return v->type.kind == TYPE_TENSOR && shape_is_known(&v->type.shape);
}

bool const_per_channel(const struct value *v, int32_t rank, int32_t axis,
		       int64_t channels)
{
	const struct shape *s;

	if (!v || !v->konst || !is_number(v->konst->dtype))
		return false;
	s = &v->konst->shape;
	if (s->rank > rank)
		return false;
	for (int32_t i = 0; i < s->rank; i++) {
		bool here = i + rank - s->rank == axis;

		if (s->dim[i] != 1 && !(here && s->dim[i] == channels))
			return false;
	}
	return true;
}

double channel_element(const struct tensor *t, int64_t channel)
{
	return tensor_double(t, tensor_count(t) == 1 ? 0 : (size_t)channel);
}

static bool port_reads(const struct value *v)
{
	return value_is_output(v);
}

bool may_forward(const struct value *old, const struct value *new)
{
	if (!port_reads(old))
		return true;
	return new->def &&new->graph == old->graph && !port_reads(new);
}

bool one_result(const struct node *n)
{
	for (uint32_t i = 1; i < n->nout; i++)
		if (n->out[i] && n->out[i]->uses)
			return false;
	return n->nout > 0 && n->out[0];
}

bool node_list(const struct node *n, uint32_t operand, const char *name,
	       struct shape *list)
{
	const struct value *v = node_in(n, operand);
	const int64_t *x;
	uint32_t count;

	if (v)
		return const_ints(v, list);
	x = node_ints(n, name, &count);
	if (!x || count > MAX_RANK)
		return false;
	*list = shape_make((int32_t)count, x);
	return true;
}
