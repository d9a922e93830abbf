/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_quant.c -- what the integer lowerings share. */
#include <math.h>
#include <string.h>

#include "exec/lower.h"
#include "exec/lower_quant.h"
#include "ops/op.h"

static bool is_8_bits(enum dtype t)
{
	return t == DTYPE_U8 || t == DTYPE_I8;
}

/* A zero point of type T, equal to zero. */
static bool make_zero(struct graph *g, enum dtype t, struct value **zero,
		      struct err *e)
{
	struct shape scalar = {.rank = 0};
	void *data;

	if (!lower_const(g, t, &scalar, zero, &data, e))
		return false;
	memset(data, 0, dtype_bytes(t, 1));
	return true;
}

/* Scale and zero point of node N, which quantizes or dequantizes CODE. */
static bool read_codes(struct codes *c, const struct node *n,
		       struct value *code, bool *found, struct err *e)
{
	*found = false;
	if (!n->op || node_int(n, "block_size", 0) ||
	    code->type.kind != TYPE_TENSOR ||
	    !lower_is_const_f32(node_in(n, 1), 0) ||
	    (node_in(n, 2) && !node_in(n, 2)->konst))
		return true;
	c->code = code;
	c->scale = node_in(n, 1);
	c->zero = node_in(n, 2);
	c->axis = node_int(n, "axis", 1);
	if (c->axis < 0)
		c->axis += code->type.shape.rank;
	if (!c->zero && !make_zero(n->graph, code->type.dtype, &c->zero, e))
		return false;
	*found = c->zero->konst->dtype == code->type.dtype;
	return true;
}

bool codes_of(struct codes *c, struct value *v, bool wide, bool *found,
	      struct err *e)
{
	const struct node *n = v ? v->def : NULL;
	struct value *code = n ? node_in(n, 0) : NULL;

	*found = false;
	if (!n || strcmp(n->type, "DequantizeLinear") || !code ||
	    v->type.dtype != DTYPE_F32)
		return true;
	if (wide ? code->type.dtype != DTYPE_I32 || !code->konst
		 : !is_8_bits(code->type.dtype))
		return true;
	return read_codes(c, n, code, found, e);
}

bool codes_have_one_scale(const struct codes *c)
{
	return tensor_count(c->scale->konst) == 1;
}

/* ---- quantizers --------------------------------------------------------- */

/* The bounds of an activation that does nothing else than clamp. */
static bool clamp_bounds(const struct node *n, double *lo, double *hi)
{
	const struct value *a = node_in(n, 1), *b = node_in(n, 2);

	*lo = 0;
	*hi = INFINITY;
	if (lower_is_f32(n, "Relu"))
		return true;
	if (!lower_is_f32(n, "Clip") || (a && !lower_is_const_f32(a, 1)) ||
	    (b && !lower_is_const_f32(b, 1)))
		return false;
	*lo = a ? tensor_double(a->konst, 0) : node_float(n, "min", -INFINITY);
	*hi = b ? tensor_double(b->konst, 0) : node_float(n, "max", INFINITY);
	return true;
}

/* Codes of Y saturate before the bounds do anything. */
static bool saturates(const struct codes *y, double lo, double hi)
{
	bool is_signed = y->code->type.dtype == DTYPE_I8;
	double least = is_signed ? -128 : 0, most = is_signed ? 127 : 255;
	double scale = tensor_double(y->scale->konst, 0);
	double zero = (double)tensor_int(y->zero->konst, 0);

	return nearbyint(lo / scale) + zero <= least &&
	       nearbyint(hi / scale) + zero >= most;
}

bool quantizer_after(struct quantizer *q, const struct node *n, bool *found,
		     struct err *e)
{
	struct node *next = lower_only_reader(n);
	double lo = -INFINITY, hi = INFINITY;

	*found = false;
	q->act = NULL;
	if (next && clamp_bounds(next, &lo, &hi)) {
		q->act = next;
		next = lower_only_reader(next);
	}
	if (!next || strcmp(next->type, "QuantizeLinear") ||
	    !node_out(next, 0) || !is_8_bits(next->out[0]->type.dtype) ||
	    node_in(next, 0) != (q->act ? q->act : n)->out[0])
		return true;
	q->node = next;
	if (!read_codes(&q->y, next, next->out[0], found, e))
		return false;
	*found = *found && codes_have_one_scale(&q->y) &&
		 (!q->act || saturates(&q->y, lo, hi));
	return true;
}

struct node *lower_to_codes(struct node *n, const struct quantizer *q,
			    const char *domain, const char *type,
			    struct value *const *in, uint32_t count,
			    const char *const *attrs)
{
	struct node_spec spec = {.domain = "",
				 .type = "Identity",
				 .in = in,
				 .nin = count,
				 .nout = 1};
	struct node *made = node_new(n->graph, &spec);
	struct type result = q->y.code->type;

	node_insert_before(made, n);
	for (; *attrs; attrs++)
		if (node_attr(n, *attrs))
			node_set_attr(made, node_attr(n, *attrs));
	lower_retype(made, domain, type);
	made->out[0]->type = n->out[0]->type;
	made->sources = lower_sources(n, "integer");
	value_replace(n->out[0], made->out[0]);
	node_remove_dead(n);
	if (q->act)
		lower_absorb(made, q->act, "integer");
	lower_absorb(made, q->node, "integer");
	made->out[0]->type = result;
	return made;
}
