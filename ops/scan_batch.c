/* SPDX-License-Identifier: Apache-2.0 */
/* ops/scan_batch.c -- see scan_batch.h.
 *
 * Operands are sequence_lens (or nothing), the states [batch, ...], then what
 * is scanned, [batch, steps, ...].  Results have the same axes in front.  An
 * entry that is shorter than the others ends early, and what it puts out is
 * filled up with zeros; scanned backwards it begins at its own end.
 */
#include "ops/scan_batch.h"

#include <inttypes.h>
#include <string.h>

#include "graph/element.h"
#include "kern/move.h"
#include "ops/axes.h"
#include "ops/inner.h"

/* ---- inference ---------------------------------------------------------- */

static bool merge_dim(int64_t *to, int64_t found, const char *what,
		      struct err *e)
{
	if (*to >= 0 && found >= 0 && *to != found)
		return err_set(e, ERR_SHAPE,
			       "operands have %" PRId64 " and %" PRId64 " %s",
			       *to, found, what);
	if (*to < 0 && found != DIM_UNKNOWN)
		*to = found;
	return true;
}

/* LEADING[0] of all operands, and LEADING[1] of those that are scanned. */
static bool leading_dims(const struct infer *c, uint32_t states,
			 int64_t leading[2], struct err *e)
{
	leading[0] = leading[1] = DIM_UNKNOWN;
	for (uint32_t i = 1; i < c->node->nin; i++) {
		const struct shape *s = infer_shape(c, i);
		int32_t want = i > states ? 2 : 1;

		if (!infer_has(c, i))
			return err_set(e, ERR_FORMAT, "operand %u is left out",
				       i);
		if (s->rank >= 0 && s->rank < want)
			return err_set(e, ERR_SHAPE,
				       "operand %u has rank %d, want %d or "
				       "more",
				       i, s->rank, want);
		if (s->rank < 0)
			continue;
		if (!merge_dim(&leading[0], s->dim[0], "batches", e) ||
		    (want == 2 &&
		     !merge_dim(&leading[1], s->dim[1], "steps", e)))
			return false;
	}
	return true;
}

static bool check_lengths(const struct infer *c, int64_t batch, struct err *e)
{
	const struct shape *s = infer_shape(c, 0);

	if (!infer_has(c, 0) || s->rank < 0)
		return true;
	if (s->rank != 1)
		return err_set(e, ERR_SHAPE,
			       "sequence_lens has rank %d, want 1", s->rank);
	if (s->dim[0] >= 0 && batch >= 0 && s->dim[0] != batch)
		return err_set(e, ERR_SHAPE,
			       "sequence_lens has %" PRId64
			       " entries, want %" PRId64,
			       s->dim[0], batch);
	return true;
}

bool infer_scan_batch(struct infer *c, struct err *e)
{
	const struct graph *g = inner_graph(c->node, "body");
	uint32_t states, scanned;
	int64_t leading[2];

	if (!scan_counts(c->node, 1, &states, &scanned, e) ||
	    !inner_check(g, states + scanned, c->node->nout, e) ||
	    !leading_dims(c, states, leading, e) ||
	    !check_lengths(c, leading[0], e))
		return false;
	for (uint32_t i = 0; i < c->node->nout; i++) {
		struct type t = *inner_type(g, i);
		struct shape s = t.shape;
		int32_t add = i < states ? 1 : 2;

		if (t.kind == TYPE_TENSOR && s.rank >= 0) {
			if (s.rank + add > MAX_RANK)
				return err_set(e, ERR_LIMIT,
					       "result %u has rank %d", i,
					       s.rank + add);
			t.shape.rank = s.rank + add;
			memcpy(t.shape.dim, leading,
			       (size_t)add * sizeof(*leading));
			memcpy(t.shape.dim + add, s.dim,
			       (size_t)s.rank * sizeof(*s.dim));
		}
		infer_set_type(c, i, &t);
	}
	return true;
}

/* ---- execution ---------------------------------------------------------- */

struct batches {
	const struct call *c;
	const struct graph *body;
	uint32_t states, scanned;
	int64_t count, steps;
	const struct datum **in; /* of the body */
	struct datum *slice;	 /* one for each of them */
	struct datum *out[2];	 /* of the last two iterations */
	struct collect *collect;
};

/* Room for what the body gets of operand I + 1. */
static bool make_slice(struct batches *s, uint32_t i, struct err *e)
{
	const struct tensor *x = call_in(s->c, i + 1);
	int32_t drop = i < s->states ? 1 : 2;
	struct tensor t = {.dtype = x->dtype};
	void *data;

	t.shape = shape_make(x->shape.rank - drop, x->shape.dim + drop);
	if (!shape_bytes(&t.shape, t.dtype, &t.bytes, e) ||
	    !s->c->services->alloc(s->c->services, t.bytes, &data, e))
		return false;
	t.data = data;
	s->slice[i] = datum_tensor(&t);
	return true;
}

static bool batches_init(struct batches *s, const struct call *c, struct err *e)
{
	size_t outputs;
	void *in, *collect;

	*s = (struct batches){.c = c, .body = inner_graph(c->node, "body")};
	if (!scan_counts(c->node, 1, &s->states, &s->scanned, e))
		return false;
	outputs = s->body->nout;
	if (!c->services->alloc(c->services, c->nin * sizeof(*s->in), &in, e) ||
	    !c->services->alloc(c->services, outputs * sizeof(*s->collect) + 1,
				&collect, e) ||
	    !inner_datums(c, c->nin, &s->slice, e) ||
	    !inner_datums(c, outputs, &s->out[0], e) ||
	    !inner_datums(c, outputs, &s->out[1], e))
		return false;
	s->in = in;
	s->collect = collect;
	for (size_t i = 0; i < outputs; i++)
		s->collect[i] = (struct collect){.count = 0};
	s->count = call_in(c, 1 + s->states)->shape.dim[0];
	s->steps = call_in(c, 1 + s->states)->shape.dim[1];
	for (uint32_t i = 0; i < s->states + s->scanned; i++)
		if (!make_slice(s, i, e))
			return false;
	return true;
}

/* The body's input I becomes part K of its operand. */
static void take_part(struct batches *s, uint32_t i, size_t k)
{
	struct tensor *t = &s->slice[i].tensor;
	size_t n = tensor_count(t);

	kern_move_block(tensor_bits(t), call_in(s->c, i + 1)->data, k * n,
			tensor_mut(t), 0, n);
	s->in[i] = &s->slice[i];
}

static bool length_of(const struct batches *s, int64_t b, int64_t *length,
		      struct err *e)
{
	const struct tensor *lengths = call_in(s->c, 0);

	*length = lengths ? tensor_int(lengths, (size_t)b) : s->steps;
	if (*length >= 0 && *length <= s->steps)
		return true;
	return err_set(e, ERR_SHAPE,
		       "sequence_lens[%" PRId64 "] is %" PRId64
		       ", want 0 to %" PRId64,
		       b, *length, s->steps);
}

static bool iterate(struct batches *s, int64_t b, int64_t step, int64_t length,
		    struct err *e)
{
	struct datum *out = s->out[step & 1];
	const int64_t *backward;
	uint32_t n = attr_ints(s->c->node, "directions", &backward);

	if (!inner_step(s->c, e))
		return false;
	for (uint32_t i = 0; i < s->scanned; i++) {
		int64_t at = i < n && backward[i] ? length - 1 - step : step;

		take_part(s, s->states + i, (size_t)(b * s->steps + at));
	}
	if (!s->c->services->run_graph(s->c->services, s->body, s->in, out, e))
		return false;
	for (uint32_t i = 0; i < s->body->nout; i++) {
		if (i < s->states)
			s->in[i] = &out[i];
		else if (!collect_add(&s->collect[i], s->c, &out[i].tensor, e))
			return false;
	}
	return true;
}

static bool scan_entry(struct batches *s, int64_t b, struct err *e)
{
	int64_t length;

	if (!length_of(s, b, &length, e))
		return false;
	for (uint32_t i = 0; i < s->states; i++)
		take_part(s, i, (size_t)b);
	for (int64_t step = 0; step < length; step++)
		if (!iterate(s, b, step, length, e))
			return false;
	for (uint32_t i = 0; i < s->states; i++)
		if (!collect_add(&s->collect[i], s->c, &s->in[i]->tensor, e))
			return false;
	return true;
}

static void fill_zero(struct tensor *y)
{
	static const struct text empty = {"", 0};
	static const uint64_t zero[2] = {0};
	bool text = y->dtype == DTYPE_STRING;

	kern_move_fill(tensor_bits(y), text ? (const void *)&empty : zero, 0,
		       tensor_mut(y), 0, tensor_count(y));
}

/* Result I: what the entries put out, each filled up to all steps. */
static bool give_scanned(const struct batches *s, uint32_t i, struct err *e)
{
	const struct collect *k = &s->collect[i];
	const struct type *type = inner_type(s->body, i);
	const struct shape *one = k->count ? &k->shape : &type->shape;
	struct shape y = {.rank = 2, .dim = {s->count, s->steps}};
	enum dtype t = k->count ? k->dtype : type->dtype;
	size_t from = 0;

	if (t == DTYPE_NONE)
		return err_set(e, ERR_TYPE,
			       "the type of result %u is not known", i);
	if (one->rank + 2 > MAX_RANK)
		return err_set(e, ERR_LIMIT, "result %u has rank %d", i,
			       one->rank + 2);
	for (int32_t d = 0; d < one->rank; d++)
		y.dim[y.rank++] = one->dim[d] < 0 ? 0 : one->dim[d];
	if (!call_alloc(s->c, i, t, &y, e))
		return false;
	if (!call_out(s->c, i) || tensor_count(call_out(s->c, i)) == 0)
		return true;
	fill_zero(call_out(s->c, i));
	for (int64_t b = 0; b < s->count && k->count; b++) {
		int64_t length;

		if (!length_of(s, b, &length, e))
			return false;
		kern_move_block(dtype_info[t].bits, k->data, from * k->each,
				tensor_mut(call_out(s->c, i)),
				(size_t)(b * s->steps) * k->each,
				(size_t)length * k->each);
		from += (size_t)length;
	}
	return true;
}

bool run_scan_batch(const struct call *c, struct err *e)
{
	struct batches s;

	if (!batches_init(&s, c, e))
		return false;
	for (int64_t b = 0; b < s.count; b++)
		if (!scan_entry(&s, b, e))
			return false;
	for (uint32_t i = 0; i < s.body->nout; i++)
		if (i < s.states
			    ? !collect_give(&s.collect[i], c, i,
					    inner_type(s.body, i), 0, false, e)
			    : !give_scanned(&s, i, e))
			return false;
	return true;
}
