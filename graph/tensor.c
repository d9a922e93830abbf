/* SPDX-License-Identifier: Apache-2.0 */
/* graph/tensor.c -- see tensor.h. */
#include "graph/tensor.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "graph/element.h"
#include "graph/symbol.h"

struct type type_tensor(enum dtype t, const struct shape *s)
{
	struct type type = {.kind = TYPE_TENSOR, .dtype = t};

	type.shape.rank = RANK_UNKNOWN;
	if (s)
		type.shape = *s;
	return type;
}

bool type_equal(const struct type *a, const struct type *b)
{
	for (; a && b; a = a->elem, b = b->elem) {
		if (a->kind != b->kind || a->dtype != b->dtype)
			return false;
		if ((a->kind == TYPE_TENSOR || a->kind == TYPE_SPARSE) &&
		    !shape_equal(&a->shape, &b->shape))
			return false;
	}
	return a == b;
}

void shape_print(struct str *s, const struct shape *sh,
		 const struct symbols *sy)
{
	if (sh->rank == RANK_UNKNOWN)
		return;
	str_addc(s, '[');
	for (int32_t i = 0; i < sh->rank; i++) {
		if (i)
			str_addc(s, ',');
		symbol_print(s, sy, sh->dim[i]);
	}
	str_addc(s, ']');
}

void type_print(struct str *s, const struct type *t, const struct symbols *sy)
{
	int open = 0;

	for (; t; t = t->elem) {
		switch (t->kind) {
		case TYPE_UNKNOWN:
			str_add(s, "?");
			break;
		case TYPE_SPARSE:
			str_add(s, "sparse_tensor(");
			open++;
			/* fall through */
		case TYPE_TENSOR:
			str_add(s, dtype_info[t->dtype].text);
			shape_print(s, &t->shape, sy);
			break;
		case TYPE_SEQUENCE:
			str_add(s, "seq(");
			open++;
			break;
		case TYPE_OPTIONAL:
			str_add(s, "optional(");
			open++;
			break;
		case TYPE_MAP:
			str_addf(s, "map(%s,", dtype_info[t->dtype].text);
			open++;
			break;
		}
	}
	while (open--)
		str_addc(s, ')');
}

bool shape_count(const struct shape *s, size_t *count, struct err *e)
{
	size_t n = 1;
	bool zero = false;

	if (s->rank == RANK_UNKNOWN)
		return err_set(e, ERR_SHAPE, "the rank is unknown");
	for (int32_t i = 0; i < s->rank; i++) {
		if (s->dim[i] < 0)
			return err_set(e, ERR_SHAPE, "dimension %d is unknown",
				       (int)i);
		zero = zero || !s->dim[i];
	}
	for (int32_t i = 0; i < s->rank && !zero; i++)
		if (__builtin_mul_overflow(n, (uint64_t)s->dim[i], &n))
			return err_set(e, ERR_LIMIT,
				       "the shape has more than 2^64 elements");
	*count = zero ? 0 : n;
	return true;
}

bool shape_bytes(const struct shape *s, enum dtype t, size_t *bytes,
		 struct err *e)
{
	size_t n;

	if (!shape_count(s, &n, e))
		return false;
	if (n > PTRDIFF_MAX / 16)
		return err_set(e, ERR_LIMIT,
			       "%zu elements of %s do not fit in memory", n,
			       dtype_info[t].text);
	*bytes = dtype_bytes(t, n);
	return true;
}

bool shape_equal(const struct shape *a, const struct shape *b)
{
	if (a->rank != b->rank)
		return false;
	for (int32_t i = 0; i < a->rank; i++)
		if (a->dim[i] != b->dim[i])
			return false;
	return true;
}

bool shape_is_known(const struct shape *s)
{
	if (s->rank == RANK_UNKNOWN)
		return false;
	for (int32_t i = 0; i < s->rank; i++)
		if (s->dim[i] < 0)
			return false;
	return true;
}

struct shape shape_make(int32_t rank, const int64_t *dim)
{
	struct shape s = {.rank = rank};

	if (rank > 0)
		memcpy(s.dim, dim, (size_t)rank * sizeof(*dim));
	return s;
}

/* One axis of a broadcast; false if X and Y cannot go together. */
static bool broadcast_dim(int64_t x, int64_t y, int64_t *out)
{
	if (x == 1 || x == y) {
		*out = y;
		return true;
	}
	if (y == 1) {
		*out = x;
		return true;
	}
	if (x >= 0 && y >= 0)
		return false;
	*out = x >= 0 ? x : y >= 0 ? y : DIM_UNKNOWN;
	return true;
}

bool shape_broadcast(struct shape *out, const struct shape *a,
		     const struct shape *b, struct err *e)
{
	struct shape r = {.rank = a->rank > b->rank ? a->rank : b->rank};

	if (a->rank == RANK_UNKNOWN || b->rank == RANK_UNKNOWN) {
		out->rank = RANK_UNKNOWN;
		return true;
	}
	for (int32_t i = 1; i <= r.rank; i++) {
		int64_t x = i <= a->rank ? a->dim[a->rank - i] : 1;
		int64_t y = i <= b->rank ? b->dim[b->rank - i] : 1;

		if (!broadcast_dim(x, y, &r.dim[r.rank - i]))
			return err_set(e, ERR_SHAPE,
				       "cannot broadcast %" PRId64
				       " with %" PRId64 " at axis -%d",
				       x, y, (int)i);
	}
	*out = r;
	return true;
}

size_t tensor_count(const struct tensor *t)
{
	struct err e;
	size_t n;

	if (!shape_count(&t->shape, &n, &e))
		bug("tensor_count: %s", e.msg);
	return n;
}

static const void *typed(const struct tensor *t, enum dtype want)
{
	if (t->dtype != want)
		bug("tensor is %s, read as %s", dtype_info[t->dtype].text,
		    dtype_info[want].text);
	if ((uintptr_t)t->data % (dtype_info[want].bits / 8u))
		bug("%s tensor at an unaligned address", dtype_info[want].text);
	return t->data;
}

const float *tensor_f32(const struct tensor *t)
{
	return typed(t, DTYPE_F32);
}

const int64_t *tensor_i64(const struct tensor *t)
{
	return typed(t, DTYPE_I64);
}

const int32_t *tensor_i32(const struct tensor *t)
{
	return typed(t, DTYPE_I32);
}

const int8_t *tensor_i8(const struct tensor *t)
{
	return typed(t, DTYPE_I8);
}

const uint8_t *tensor_u8(const struct tensor *t)
{
	return typed(t, DTYPE_U8);
}

void *tensor_mut(struct tensor *t)
{
	return (void *)(uintptr_t)t->data;
}

float *tensor_f32_mut(struct tensor *t)
{
	typed(t, DTYPE_F32);
	return tensor_mut(t);
}

int64_t *tensor_i64_mut(struct tensor *t)
{
	typed(t, DTYPE_I64);
	return tensor_mut(t);
}

double tensor_double(const struct tensor *t, size_t i)
{
	return element_double(t->dtype, t->data, i);
}

int64_t tensor_int(const struct tensor *t, size_t i)
{
	return element_int(t->dtype, t->data, i);
}

struct tensor tensor_in_arena(struct arena *a, enum dtype t,
			      const struct shape *s)
{
	struct tensor x = {.dtype = t, .shape = *s};
	struct err e;

	if (!shape_bytes(s, t, &x.bytes, &e))
		bug("tensor_in_arena: %s", e.msg);
	x.data = arena_alloc(a, x.bytes ? x.bytes : 1, 1, BUF_ALIGN);
	return x;
}

struct datum datum_tensor(const struct tensor *t)
{
	return (struct datum){.type = type_tensor(t->dtype, &t->shape),
			      .tensor = *t};
}
