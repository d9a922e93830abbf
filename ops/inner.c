/* SPDX-License-Identifier: Apache-2.0 */
/* ops/inner.c -- see inner.h. */
#include "ops/inner.h"

#include <inttypes.h>
#include <string.h>

#include "kern/move.h"
#include "ops/axes.h"

const struct graph *inner_graph(const struct node *n, const char *name)
{
	const struct attr *a = node_attr(n, name);

	if (!a || a->kind != ATTR_GRAPH)
		bug("node without graph '%s'", name);
	return a->u.graphs[0];
}

const struct type *inner_type(const struct graph *g, uint32_t i)
{
	static const struct type unknown = {.kind = TYPE_UNKNOWN};
	const struct value *v = g->out[i].read.value;

	return v ? &v->type : &unknown;
}

struct type type_join(const struct type *a, const struct type *b)
{
	struct type t = *a;

	if (a->kind != b->kind)
		return (struct type){.kind = TYPE_UNKNOWN};
	if (a->kind != TYPE_TENSOR && a->kind != TYPE_SPARSE)
		return t;
	if (a->dtype != b->dtype)
		t.dtype = DTYPE_NONE;
	if (a->shape.rank != b->shape.rank)
		t.shape.rank = RANK_UNKNOWN;
	for (int32_t i = 0; i < t.shape.rank; i++)
		if (a->shape.dim[i] != b->shape.dim[i])
			t.shape.dim[i] = DIM_UNKNOWN;
	return t;
}

bool inner_check(const struct graph *g, uint32_t nin, uint32_t nout,
		 struct err *e)
{
	if (g->nin == nin && g->nout == nout)
		return true;
	return err_set(
		e, ERR_FORMAT,
		"graph '%s' has %u inputs and %u outputs, want %u and %u",
		g->name, g->nin, g->nout, nin, nout);
}

bool inner_datums(const struct call *c, size_t count, struct datum **out,
		  struct err *e)
{
	void *data;

	if (!c->services->alloc(c->services, count * sizeof(**out), &data, e))
		return false;
	memset(data, 0, count * sizeof(**out));
	*out = data;
	return true;
}

bool inner_give(const struct call *c, uint32_t i, const struct datum *d,
		struct err *e)
{
	if (i >= c->nout || !c->out[i])
		return true;
	return datum_copy(c->services, c->out[i], d, e);
}

bool inner_step(const struct call *c, struct err *e)
{
	if (c->services->steps == 0)
		return err_set(e, ERR_LIMIT,
			       "the limit of loop iterations is reached");
	c->services->steps--;
	return true;
}

/* ---- gathering ---------------------------------------------------------- */

static bool grow(struct collect *k, const struct call *c, struct err *e)
{
	size_t cap = k->cap ? 2 * k->cap : 8, bytes;
	unsigned bits = dtype_info[k->dtype].bits;
	struct shape all = {.rank = 2, .dim = {(int64_t)cap, (int64_t)k->each}};
	void *data;

	if (!shape_bytes(&all, k->dtype, &bytes, e) ||
	    !c->services->alloc(c->services, bytes, &data, e))
		return false;
	if (k->count)
		kern_move_block(bits, k->data, 0, data, 0, k->count * k->each);
	k->data = data;
	k->cap = cap;
	return true;
}

bool collect_add(struct collect *k, const struct call *c,
		 const struct tensor *t, struct err *e)
{
	struct datum from = datum_tensor(t), copy;

	if (k->count == 0) {
		k->dtype = t->dtype;
		k->shape = t->shape;
		k->each = tensor_count(t);
	}
	if (k->dtype != t->dtype || !shape_equal(&k->shape, &t->shape))
		return err_set(
			e, ERR_SHAPE,
			"an output of the body changes its type in iteration %zu",
			k->count);
	/* The characters of strings must outlive the iteration. */
	if (t->dtype == DTYPE_STRING) {
		if (!datum_copy(c->services, &copy, &from, e))
			return false;
		t = &copy.tensor;
	}
	if (k->count == k->cap && !grow(k, c, e))
		return false;
	kern_move_block(tensor_bits(t), t->data, 0, k->data, k->count * k->each,
			k->each);
	k->count++;
	return true;
}

static bool stacked_shape(const struct collect *k, const struct type *empty,
			  int64_t axis, struct shape *y, int32_t *at,
			  struct err *e)
{
	const struct shape *one = k->count ? &k->shape : &empty->shape;
	int32_t rank = one->rank < 0 ? 0 : one->rank, from = 0;

	if (rank + 1 > MAX_RANK)
		return err_set(e, ERR_LIMIT, "result has rank %d", rank + 1);
	if (!infer_axis(axis, rank + 1, at, e))
		return false;
	y->rank = rank + 1;
	for (int32_t i = 0; i < y->rank; i++)
		y->dim[i] = i == *at ? (int64_t)k->count
				     : (one->dim[from] < 0 ? (from++, 0)
							   : one->dim[from++]);
	return true;
}

bool collect_give(const struct collect *k, const struct call *c, uint32_t i,
		  const struct type *empty, int64_t axis, bool backward,
		  struct err *e)
{
	enum dtype t = k->count ? k->dtype : empty->dtype;
	ptrdiff_t block = (ptrdiff_t)k->each, stride[MAX_RANK];
	struct strided s;
	struct shape y;
	int32_t at, from = 0;

	if (t == DTYPE_NONE)
		return err_set(e, ERR_TYPE,
			       "the type of result %u is not known", i);
	if (!stacked_shape(k, empty, axis, &y, &at, e) ||
	    !call_alloc(c, i, t, &y, e))
		return false;
	if (!call_out(c, i) || tensor_count(call_out(c, i)) == 0)
		return true;
	s = strided_over(&y);
	shape_strides(&k->shape, stride);
	for (int32_t d = 0; d < y.rank; d++)
		s.in[d] = d == at ? (backward ? -block : block)
				  : stride[from++];
	s.in_at = backward ? (k->count - 1) * k->each : 0;
	kern_move_strided(dtype_info[t].bits, &s, k->data,
			  tensor_mut(call_out(c, i)));
	return true;
}
