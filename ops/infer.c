/* SPDX-License-Identifier: Apache-2.0 */
/* ops/infer.c -- what inference functions read and write. */
#include "ops/infer.h"

#include <inttypes.h>

#include "ops/op.h"

static const struct shape unknown_shape = {.rank = RANK_UNKNOWN};

bool infer_has(const struct infer *c, uint32_t i)
{
	return i < c->node->nin && c->in[i];
}

static bool has_tensor(const struct infer *c, uint32_t i)
{
	return infer_has(c, i) &&
	       (c->in[i]->kind == TYPE_TENSOR || c->in[i]->kind == TYPE_SPARSE);
}

enum dtype infer_dtype(const struct infer *c, uint32_t i)
{
	return has_tensor(c, i) ? c->in[i]->dtype : DTYPE_NONE;
}

const struct shape *infer_shape(const struct infer *c, uint32_t i)
{
	return has_tensor(c, i) ? &c->in[i]->shape : &unknown_shape;
}

static const struct tensor *constant(const struct infer *c, uint32_t i)
{
	return infer_has(c, i) ? c->konst[i] : NULL;
}

int64_t content_literal(int64_t x)
{
	if (x >= 0)
		return x;
	return x > INT64_MIN / 2 ? INT64_MIN / 2 + x : DIM_UNKNOWN;
}

bool content_int(int64_t entry, int64_t *x)
{
	if (entry >= 0)
		*x = entry;
	else if (entry < INT64_MIN / 2)
		*x = entry - INT64_MIN / 2;
	else
		return false;
	return true;
}

static bool is_integer_list(const struct tensor *t)
{
	return (dtype_is_integer(t->dtype) || t->dtype == DTYPE_BOOL) &&
	       t->shape.rank <= 1 && tensor_count(t) <= MAX_RANK;
}

bool infer_ints(const struct infer *c, uint32_t i, struct shape *dims)
{
	const struct tensor *t = constant(c, i);

	if (t) {
		if (!is_integer_list(t))
			return false;
		dims->rank = (int32_t)tensor_count(t);
		for (int32_t k = 0; k < dims->rank; k++)
			dims->dim[k] = content_literal(
				tensor_int(t, (size_t)k));
		return true;
	}
	if (!infer_has(c, i) || !c->content || !c->content[i])
		return false;
	*dims = *c->content[i];
	return true;
}

bool infer_exact_ints(const struct infer *c, uint32_t i, struct shape *ints)
{
	const struct tensor *t = constant(c, i);

	if (t && is_integer_list(t)) {
		ints->rank = (int32_t)tensor_count(t);
		for (int32_t k = 0; k < ints->rank; k++)
			ints->dim[k] = tensor_int(t, (size_t)k);
		return true;
	}
	if (!infer_ints(c, i, ints))
		return false;
	for (int32_t k = 0; k < ints->rank; k++)
		if (!content_int(ints->dim[k], &ints->dim[k]))
			return false;
	return true;
}

bool infer_dims(const struct infer *c, uint32_t i, struct shape *dims,
		struct err *e)
{
	const struct tensor *t = constant(c, i);
	const struct shape *s = t ? &t->shape : infer_shape(c, i);
	const char *name = c->node->op->in[i].name;
	int64_t length;

	/* Contents cannot say numbers as low as these; no dim is one. */
	for (size_t k = 0; t && is_integer_list(t) && k < tensor_count(t); k++)
		if (tensor_int(t, k) <= INT64_MIN / 2)
			return err_set(e, ERR_SHAPE, "'%s' has entry %" PRId64,
				       name, tensor_int(t, k));
	if (infer_ints(c, i, dims))
		return true;
	dims->rank = RANK_UNKNOWN;
	if (s->rank < 0)
		return true;
	if (s->rank > 1)
		return err_set(e, ERR_SHAPE, "'%s' has rank %d, want 1", name,
			       s->rank);
	length = s->rank == 1 ? s->dim[0] : 1;
	if (length > MAX_RANK)
		return err_set(e, ERR_LIMIT,
			       "'%s' has %" PRId64
			       " entries, the limit is %d dimensions",
			       name, length, MAX_RANK);
	if (length < 0)
		return true;
	dims->rank = (int32_t)length;
	for (int32_t k = 0; k < dims->rank; k++)
		dims->dim[k] = DIM_UNKNOWN;
	return true;
}

static bool is_number(enum dtype t)
{
	return t != DTYPE_NONE && dtype_info[t].class != CLASS_STRING &&
	       dtype_info[t].class != CLASS_COMPLEX;
}

bool infer_scalar(const struct infer *c, uint32_t i, double *x)
{
	const struct tensor *t = constant(c, i);
	int64_t n;

	if (t) {
		if (!is_number(t->dtype) || tensor_count(t) == 0)
			return false;
		*x = tensor_double(t, 0);
		return true;
	}
	if (!infer_scalar_int(c, i, &n))
		return false;
	*x = (double)n;
	return true;
}

bool infer_scalar_int(const struct infer *c, uint32_t i, int64_t *x)
{
	const struct tensor *t = constant(c, i);

	if (t) {
		if (!dtype_is_integer(t->dtype) || tensor_count(t) == 0)
			return false;
		*x = tensor_int(t, 0);
		return true;
	}
	return infer_has(c, i) && c->content && c->content[i] &&
	       c->content[i]->rank > 0 && content_int(c->content[i]->dim[0], x);
}

void infer_set(struct infer *c, uint32_t i, enum dtype t, const struct shape *s)
{
	if (i < c->node->nout)
		c->out[i] = type_tensor(t, s);
}

void infer_set_type(struct infer *c, uint32_t i, const struct type *t)
{
	if (i < c->node->nout)
		c->out[i] = *t;
}

void infer_set_content(struct infer *c, uint32_t i, const struct shape *dims)
{
	if (i < c->node->nout && c->out_content)
		c->out_content[i] = arena_memdup(&c->model->arena, dims,
						 sizeof(*dims));
}

bool infer_axis(int64_t axis, int32_t rank, int32_t *out, struct err *e)
{
	if (axis < -(int64_t)rank || axis >= rank)
		return err_set(e, ERR_SHAPE,
			       "axis is %" PRId64 ", want -%d..%d for rank %d",
			       axis, rank, rank - 1, rank);
	*out = (int32_t)(axis < 0 ? axis + rank : axis);
	return true;
}
