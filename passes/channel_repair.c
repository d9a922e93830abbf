/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_repair.c -- see channel_repair.h. */
#include "passes/channel_repair.h"

#include <math.h>
#include <string.h>

#include "exec/hold.h"
#include "passes/channel_choice.h"
#include "passes/constant.h"
#include "passes/cut_channels.h"
#include "passes/opset_row.h"
#include "quant/coding.h"
#include "quant/prefix.h"
#include "quant/solver_fit.h"

static const double damp = 0.03; /* of the mean diagonal */

/* Fits of one layer whose results are cut off. */
enum { AIMS = 2 };

struct repair {
	struct model *model;
	const struct channels *c;
	const bool *dead;
	const struct limits *lim;
	struct prefix now, then; /* of the model and of the reference */
	struct node **reference; /* by node id */
	bool *tainted;		 /* by value id: not as in the reference */
	struct arena arena;
};

/* A layer and what its outputs should be. */
struct repaired_layer {
	struct layer layer;
	struct node *sum;	   /* restore the result of this Add ... */
	const struct value *other; /* ... with this as the other operand */
	struct layer_data data;
	struct hold hold;
	struct arena arena;
};

/* ---- which layers ------------------------------------------------------- */

static bool is_changed(const struct repair *r, const struct node *n)
{
	const struct node *old = r->reference[n->id];

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = node_in(n, i), *w = node_in(old, i);

		if (v && (!w || r->tainted[v->id] || v->konst != w->konst))
			return true;
	}
	return false;
}

/* The bias is one number for each channel, or can become that. */
static bool bias_is_plain(const struct layer *l)
{
	const struct value *b = node_in(l->node, 2);

	if (node_is(l->node, "", "MatMul"))
		return true;
	if (node_is(l->node, "", "Gemm") &&
	    (node_float(l->node, "alpha", 1) != 1 ||
	     node_float(l->node, "beta", 1) != 1 ||
	     node_int(l->node, "transA", 0)))
		return false;
	return !b || (!value_is_fed(b) &&
		      const_per_channel(b, b->konst ? b->konst->shape.rank : 0,
					b->konst ? b->konst->shape.rank - 1 : 0,
					layer_channels(l)));
}

/* What it multiplies is not what it was, and the weights are its own. */
static bool can_repair(const struct repair *r, struct layer *l, struct node *n)
{
	return layer_of(l, n) && l->has_columns && r->tainted[l->input->id] &&
	       value_has_one_use(l->weight) && !l->weight->is_input &&
	       l->columns <= READER_COLUMNS_MOST && bias_is_plain(l);
}

static bool float_tensor(const struct value *v)
{
	return v->type.kind == TYPE_TENSOR && v->type.dtype == DTYPE_F32;
}

/* The sum that the layer's result goes into, if nothing else reads it and no
 * layer stands between. */
static void find_sum(const struct repair *r, struct repaired_layer *l)
{
	const struct value *y = l->layer.node->out[0];
	struct node *add = y->uses ? y->uses->user : NULL;
	struct layer between;

	if (!value_has_one_use(y) || !add || !node_is(add, "", "Add") ||
	    add->graph != r->model->main)
		return;
	l->other = node_in(add, node_in(add, 0) == y);
	if (l->other->konst || !same_shape(l->other, y) ||
	    !float_tensor(l->other) || !prefix_value(&r->now, l->other, 0))
		return;
	for (struct node *n = l->layer.node->next; n != add; n = n->next)
		if (layer_of(&between, n))
			return;
	l->sum = add;
}

/* ---- targets ------------------------------------------------------------ */

/* WANT without the channels that are gone: a copy, if any are. */
static bool keep_left(struct repair *r, struct repaired_layer *l,
		      struct tensor *want, struct err *e)
{
	const struct value *y = l->layer.node->out[0];
	int32_t axis = reader_channel_axis(&l->layer);
	const uint32_t *row = channels_axis(r->c, y, axis);
	const float *from = tensor_f32(want);
	size_t dim = (size_t)want->shape.dim[axis], inner = 1, n;
	uint32_t left = row ? channels_left(r->c, r->dead, row, dim) : 0;
	void *data;
	float *to;

	if (!row || left == dim)
		return true;
	for (int32_t i = axis + 1; i < want->shape.rank; i++)
		inner *= (size_t)want->shape.dim[i];
	n = tensor_count(want);
	if (!hold_alloc(&l->hold, want->bytes, r->lim->memory, &data, e))
		return false;
	to = data;
	for (size_t i = 0; i < n; i += inner)
		if (channels_left(r->c, r->dead, &row[i / inner % dim], 1)) {
			memcpy(to, from + i, inner * sizeof(*to));
			to += inner;
		}
	want->shape.dim[axis] = left;
	want->data = data;
	want->bytes = tensor_count(want) * sizeof(float);
	return true;
}

/* The other operands of the sum, by batch. */
static bool find_other(struct repair *r, struct repaired_layer *l,
		       const struct tensor *want, struct err *e)
{
	struct tensor *add = arena_array(&l->arena, struct tensor,
					 r->now.batches);

	for (uint32_t b = 0; b < r->now.batches; b++) {
		const struct tensor *t = prefix_value(&r->now, l->other, b);

		if (!t || tensor_count(t) != tensor_count(&want[b]))
			return err_set(e, ERR_SHAPE,
				       "the sum's operands differ");
		add[b] = *t;
	}
	l->data.add = add;
	return true;
}

/* What reads the result cuts off what lies beyond two numbers. */
static void find_cut(struct repaired_layer *l)
{
	const struct node *n = l->sum ? l->sum : l->layer.node;
	const struct value *y = n->out[0];
	const struct node *act = y->uses ? y->uses->user : NULL;
	struct layer_data *d = &l->data;

	d->low = -INFINITY;
	d->high = INFINITY;
	if (!value_has_one_use(y) || !act || act->domain[0])
		return;
	if (!strcmp(act->type, "Relu")) {
		d->low = 0;
		d->cuts = true;
	} else if (!strcmp(act->type, "Clip") && !node_attr(act, "min") &&
		   !node_attr(act, "max")) {
		d->cuts = (!node_in(act, 1) ||
			   const_scalar(node_in(act, 1), &d->low)) &&
			  (!node_in(act, 2) ||
			   const_scalar(node_in(act, 2), &d->high));
	}
}

/* False with no error set if the reference has no such value. */
static bool find_targets(struct repair *r, struct repaired_layer *l,
			 bool *found, struct err *e)
{
	struct node *n = l->sum ? l->sum : l->layer.node;
	struct node *old = r->reference[n->id];
	uint32_t batches = r->then.batches;
	struct tensor *want = arena_array(&l->arena, struct tensor, batches);

	*found = false;
	if (!prefix_advance(&r->then, old->next, e))
		return false;
	for (uint32_t b = 0; b < batches; b++) {
		const struct tensor *t = prefix_value(&r->then, old->out[0], b);

		if (!t || t->dtype != DTYPE_F32)
			return true;
		want[b] = *t;
		if (!keep_left(r, l, &want[b], e))
			return false;
	}
	l->data.want = want;
	find_cut(l);
	*found = true;
	return !l->sum || find_other(r, l, want, e);
}

/* ---- weights ------------------------------------------------------------ */

static void put_bias(struct repair *r, const struct layer *l, const double *b)
{
	struct shape s = SHAPE((int64_t)layer_channels(l));
	struct tensor t = tensor_in_arena(&r->model->arena, DTYPE_F32, &s);
	struct value *old = node_in(l->node, 2);

	for (uint32_t i = 0; i < layer_channels(l); i++)
		tensor_f32_mut(&t)[i] = (float)b[i];
	if (old && value_has_one_use(old) && !old->is_input) {
		old->konst = arena_memdup(&r->model->arena, &t, sizeof(t));
		old->type = type_tensor(t.dtype, &t.shape);
		old->tensor_origin = NULL;
		return;
	}
	opset_set_operand(l->node, 2,
			  graph_add_const(l->node->graph, NULL, &t));
}

/* Storage for one layer's fit. */
struct fitting {
	const struct layer *layer;
	const struct layer_data *data;
	struct budget *budget;
	double *sums, *old, *weights, *bias; /* bias NULL: has none */
	struct buf sums_buf, old_buf, weights_buf, bias_buf;
};

static void fitting_end(struct fitting *f)
{
	buf_free(&f->sums_buf);
	buf_free(&f->old_buf);
	buf_free(&f->weights_buf);
	buf_free(&f->bias_buf);
}

static bool fitting_begin(struct fitting *f, struct err *e)
{
	const struct layer *l = f->layer;
	size_t width = curvature_width(l, f->data);
	size_t count = (size_t)layer_channels(l) * l->columns;

	if (!buf_array(&f->sums_buf, width * width, l->groups * sizeof(double),
		       f->budget, e) ||
	    !buf_array(&f->old_buf, count, sizeof(double), f->budget, e) ||
	    !buf_array(&f->weights_buf, count, sizeof(double), f->budget, e) ||
	    !buf_array(&f->bias_buf, layer_channels(l), sizeof(double),
		       f->budget, e)) {
		fitting_end(f);
		return false;
	}
	f->sums = (double *)(void *)f->sums_buf.data;
	f->old = (double *)(void *)f->old_buf.data;
	f->weights = (double *)(void *)f->weights_buf.data;
	if (!node_is(l->node, "", "MatMul"))
		f->bias = (double *)(void *)f->bias_buf.data;
	for (uint32_t g = 0; g < l->groups; g++)
		layer_get_rows(l, g, f->old + (size_t)g * l->rows * l->columns);
	return true;
}

/* Weights and biases for the sums as they are. */
static bool fit_once(struct fitting *f, struct err *e)
{
	const struct layer *l = f->layer;
	size_t width = curvature_width(l, f->data);

	memcpy(f->weights, f->old, f->old_buf.bytes);
	for (uint32_t g = 0; g < l->groups; g++) {
		struct fit_sums s = {f->sums + g * width * width, l->columns,
				     l->rows};

		if (!solve_fit(f->weights + (size_t)g * l->rows * l->columns,
			       f->bias ? f->bias + g * l->rows : NULL, &s, damp,
			       f->budget, e))
			return false;
	}
	return true;
}

static bool fit(struct repair *r, struct repaired_layer *x, struct err *e)
{
	struct fitting f = {
		.layer = &x->layer, .data = &x->data, .budget = r->lim->memory};
	bool ok;

	if (!fitting_begin(&f, e))
		return false;
	ok = curvature_joint(f.layer, f.data, f.sums, f.budget, e) &&
	     fit_once(&f, e);
	for (int i = 1; ok && x->data.cuts && i < AIMS; i++)
		ok = curvature_aim(f.layer, f.data, f.weights, f.bias, f.sums,
				   f.budget, e) &&
		     fit_once(&f, e);
	ok = ok && layer_put(f.layer, f.weights, e);
	if (ok && f.bias)
		put_bias(r, f.layer, f.bias);
	fitting_end(&f);
	return ok;
}

/* ---- all of it ---------------------------------------------------------- */

static bool repair_layer(struct repair *r, const struct layer *l, bool *done,
			 struct err *e)
{
	struct repaired_layer x = {.layer = *l};
	bool found = false;
	bool ok = prefix_advance(&r->now, l->node, e);

	if (ok && prefix_layer_data(&r->now, l, &x.arena, &x.data)) {
		find_sum(r, &x);
		ok = find_targets(r, &x, &found, e) &&
		     (!found || fit(r, &x, e));
	}
	*done = ok && found;
	hold_release(&x.hold);
	arena_release(&x.arena);
	return ok || err_context(e, "'%s'", node_label(l->node, &r->arena));
}

static void taint(struct repair *r, const struct node *n)
{
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i])
			r->tainted[n->out[i]->id] = true;
}

static bool repair_all(struct repair *r, uint32_t *repaired, struct err *e)
{
	for (struct node *n = r->model->main->first; n; n = n->next) {
		struct layer l;
		bool done = false;

		if (!is_changed(r, n))
			continue;
		taint(r, n);
		if (!can_repair(r, &l, n))
			continue;
		if (!repair_layer(r, &l, &done, e))
			return false;
		*repaired += done;
	}
	return true;
}

bool repair_channels(const struct channels *c, const bool *dead,
		     struct model *reference, const struct prune_samples *s,
		     const struct limits *lim, uint32_t *repaired,
		     struct err *e)
{
	struct model *m = c->model;
	struct repair r = {.model = m, .c = c, .dead = dead, .lim = lim};
	bool ok;

	*repaired = 0;
	r.reference = arena_array(&r.arena, struct node *, m->nnodes);
	r.tainted = arena_array(&r.arena, bool, m->nvalues);
	for (struct node *n = reference->main->first; n; n = n->next)
		r.reference[n->id] = n;
	ok = prefix_begin(&r.now, m, s->in, s->batches, s->engine, lim, e) &&
	     prefix_begin(&r.then, reference, s->in, s->batches, s->engine, lim,
			  e);
	r.then.keep_outputs = true;
	ok = ok && repair_all(&r, repaired, e);
	prefix_end(&r.now);
	prefix_end(&r.then);
	arena_release(&r.arena);
	return ok;
}
