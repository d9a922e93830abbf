/* SPDX-License-Identifier: Apache-2.0 */
/* data/sample.c -- made-up inputs that are the same everywhere. */
#include <math.h>
#include <string.h>

#include "data/sample.h"
#include "graph/element.h"

static int64_t sample_int(const struct value *v, size_t i)
{
	unsigned bits = dtype_info[v->type.dtype].bits;
	int64_t range = 1999;

	if (strstr(v->name, "mask"))
		return 1;
	/* Signed types of 8 bits wrap, as any byte is a valid one. */
	if (bits <= 8)
		range = INT64_C(1) << bits;
	return (int64_t)(i % 1999 * 7919 % (uint64_t)range);
}

static void fill(const struct value *v, struct tensor *t)
{
	static const struct text a = {"a", 1};
	enum dtype type = t->dtype;
	void *data = tensor_mut(t);
	size_t n = tensor_count(t);

	for (size_t i = 0; i < n; i++)
		switch (dtype_info[type].class) {
		case CLASS_FLOAT:
			element_set_double(type, data, i,
					   sin(0.37 * (double)i));
			break;
		case CLASS_STRING:
			((struct text *)data)[i] = a;
			break;
		case CLASS_BOOL:
			element_set_int(type, data, i, 1);
			break;
		default:
			element_set_int(type, data, i, sample_int(v, i));
			break;
		}
}

static bool sample_one(struct sample *s, const struct value *v, int64_t batch,
		       const struct limits *lim, struct err *e)
{
	struct tensor t = {.dtype = v->type.dtype, .shape = v->type.shape};
	uint32_t at = s->count++;

	if (v->fallback)
		return true;
	if (v->type.kind != TYPE_TENSOR || v->type.shape.rank == RANK_UNKNOWN ||
	    dtype_info[t.dtype].class == CLASS_COMPLEX)
		return err_set(e, ERR_UNSUPPORTED,
			       "input '%s' has no shape to make up data for",
			       v->name);
	for (int32_t i = 0; i < t.shape.rank; i++)
		if (t.shape.dim[i] < 0)
			t.shape.dim[i] = i == 0 && batch > 0 ? batch : 1;
	if (!shape_bytes(&t.shape, t.dtype, &t.bytes, e))
		return err_context(e, "input '%s'", v->name);
	if (lim->tensor_bytes && t.bytes > lim->tensor_bytes)
		return err_set(e, ERR_LIMIT, "input '%s' has %zu bytes",
			       v->name, t.bytes);
	if (!buf_alloc(&s->buf[at], t.bytes ? t.bytes : 1, lim->memory, e))
		return false;
	t.data = s->buf[at].data;
	fill(v, &t);
	s->at[at] = datum_tensor(&t);
	s->in[at] = &s->at[at];
	return true;
}

bool sample_inputs(struct sample *s, const struct model *m, int64_t batch,
		   const struct limits *lim, struct err *e)
{
	const struct graph *g = m->main;

	*s = (struct sample){.count = 0};
	s->buf = arena_array(&s->arena, struct buf, g->nin);
	s->at = arena_array(&s->arena, struct datum, g->nin);
	s->in = arena_array(&s->arena, const struct datum *, g->nin);
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i]) &&
		    !sample_one(s, g->in[i], batch, lim, e))
			return false;
	return true;
}

void sample_release(struct sample *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		buf_free(&s->buf[i]);
	arena_release(&s->arena);
	*s = (struct sample){.count = 0};
}
