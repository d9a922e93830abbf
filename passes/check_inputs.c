/* SPDX-License-Identifier: Apache-2.0 */
/* passes/check_inputs.c -- see check_inputs.h. */
#include "passes/check_inputs.h"

#include <float.h>
#include <math.h>

#include "base/rng.h"
#include "graph/element.h"

const char *input_kind_name(enum input_kind k)
{
	static const char *const names[] = {
		"ordinary inputs", "negative inputs",	 "zeros",
		"denormal inputs", "NaN and infinities", "extreme inputs",
	};

	return names[k];
}

/* The largest finite number and the smallest normal one. */
static void limits_of(enum dtype t, double *most, double *least)
{
	switch (t) {
	case DTYPE_F64:
		*most = DBL_MAX;
		*least = DBL_MIN;
		return;
	case DTYPE_F16:
		*most = 65504;
		*least = 0x1p-14;
		return;
	case DTYPE_F32:
	case DTYPE_BF16:
		*most = t == DTYPE_F32 ? (double)FLT_MAX : 0x1.fep127;
		*least = (double)FLT_MIN;
		return;
	default: /* eight bits and less */
		*most = 4;
		*least = 0.25;
	}
}

static double draw(enum input_kind k, enum dtype t, struct rng *r)
{
	double most, least, sign = rng_next(r) & 1 ? -1 : 1;

	limits_of(t, &most, &least);
	switch (k) {
	case INPUT_NEGATIVE:
		return -2 * rng_uniform(r) - least;
	case INPUT_ZERO:
		return copysign(0, sign);
	case INPUT_DENORMAL:
		return sign * least * rng_uniform(r);
	case INPUT_NAN:
		switch (rng_below(r, 16)) {
		case 0:
			return NAN;
		case 1:
			return copysign(INFINITY, sign);
		}
		break;
	case INPUT_EXTREME:
		return sign * (rng_below(r, 2) ? most : least);
	default:
		break;
	}
	return rng_normal(r);
}

static void fill(struct tensor *t, enum input_kind k, struct rng *r)
{
	static const struct text text = {"a", 1};
	size_t n = tensor_count(t);

	for (size_t i = 0; i < n; i++)
		if (t->dtype == DTYPE_STRING)
			((struct text *)tensor_mut(t))[i] = text;
		else if (dtype_is_float(t->dtype))
			element_set_double(t->dtype, tensor_mut(t), i,
					   draw(k, t->dtype, r));
		else
			element_set_int(
				t->dtype, tensor_mut(t), i,
				k == INPUT_ZERO ? 0 : (int64_t)rng_below(r, 2));
}

static bool make_one(struct check_inputs *s, const struct value *v,
		     enum input_kind k, struct rng *r, struct budget *budget,
		     struct err *e)
{
	struct shape shape = v->type.shape;
	struct tensor t;
	size_t bytes;

	if (v->type.kind != TYPE_TENSOR || shape.rank < 0 ||
	    dtype_info[v->type.dtype].class == CLASS_COMPLEX)
		return err_set(e, ERR_UNSUPPORTED,
			       "no values can be made up for input '%s'",
			       v->name);
	if (!shape_bytes(&shape, v->type.dtype, &bytes, e) ||
	    !buf_alloc(&s->buf[s->count], bytes, budget, e))
		return false;
	t = (struct tensor){.dtype = v->type.dtype,
			    .shape = shape,
			    .data = s->buf[s->count].data,
			    .bytes = bytes};
	fill(&t, k, r);
	s->at[s->count] = datum_tensor(&t);
	s->in[s->count] = &s->at[s->count];
	s->count++;
	return true;
}

bool check_inputs_make(struct check_inputs *s, const struct model *m,
		       enum input_kind k, int64_t batch, uint64_t seed,
		       const struct limits *lim, struct err *e)
{
	/* A dim that several inputs name is the same in all of them. */
	struct model *closed = model_clone(m);
	uint32_t n = m->main->nin;
	struct rng r;
	bool ok = true;

	model_close_dims(closed, batch, 1);
	*s = (struct check_inputs){.count = 0};
	s->buf = arena_array(&s->arena, struct buf, n);
	s->at = arena_array(&s->arena, struct datum, n);
	s->in = arena_array(&s->arena, const struct datum *, n);
	rng_seed(&r, seed * INPUT_KINDS + k);
	for (uint32_t i = 0; i < n && ok; i++)
		if (value_is_fed(m->main->in[i]))
			ok = make_one(s, closed->main->in[i], k, &r,
				      lim ? lim->memory : NULL, e);
	model_free(closed);
	return ok;
}

void check_inputs_release(struct check_inputs *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		buf_free(&s->buf[i]);
	arena_release(&s->arena);
}
