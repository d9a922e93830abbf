/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_places.c -- which values become integers, in what range.
 *
 * Seeds are the inputs of quantized layers and the results of quantized
 * convolutions.  From there the set grows forward through operators that
 * integer runtimes have, as long as all their inputs are in it: sums,
 * products, averages, activations (a scale of their own), and what only
 * moves or selects numbers (the scale of its input).  Concat makes its inputs
 * and its result share one, unless their ranges are too different for that.
 * Growth stops where no quantized layer follows: scores and boxes on their
 * way out gain nothing from integers and lose resolution.  So attention,
 * normalisations and residual sums of transformers, none of which lie between
 * convolutions, stay float.
 *
 * A value goes out again, with all that share its scale, if calibration did
 * not see it or saw NaN or infinities, or if its rounding alone would drown
 * what a layer makes of it.
 */
#include <math.h>
#include <string.h>

#include "passes/quantize_impl.h"

static const char *const same_scale[] = {
	"DepthToSpace", "Dropout", "Expand",  "Flatten",
	"Identity",	"MaxPool", "Reshape", "Slice",
	"SpaceToDepth", "Squeeze", "Tile",    "Transpose",
	"Unsqueeze",	NULL};

static const char *const own_scale[] = {
	"Add",	     "AveragePool", "Clip",	 "GlobalAveragePool",
	"HardSwish", "HardSigmoid", "LeakyRelu", "Mul",
	"Relu",	     "Sigmoid",	    NULL};

static bool is_one_of(const struct node *n, const char *const *types)
{
	if (n->domain[0])
		return false;
	for (; *types; types++)
		if (!strcmp(n->type, *types))
			return true;
	return false;
}

static bool moves_only(const struct node *n)
{
	/* Other modes of Resize compute. */
	if (node_is(n, "", "Resize") || node_is(n, "", "Upsample"))
		return !strcmp(node_string(n, "mode", "nearest"), "nearest");
	return is_one_of(n, same_scale);
}

static uint32_t root_of(const struct quantizing *q, uint32_t id)
{
	while (q->place[id].parent != id)
		id = q->place[id].parent;
	return id;
}

static void share_scale(struct quantizing *q, const struct value *a,
			const struct value *b)
{
	uint32_t x = root_of(q, a->id), y = root_of(q, b->id);

	/* The lower id, so that the result has no history. */
	if (x < y)
		q->place[y].parent = x;
	else
		q->place[x].parent = y;
}

static bool is_float(const struct value *v)
{
	return v->type.kind == TYPE_TENSOR && v->type.dtype == DTYPE_F32;
}

static bool in_set(const struct quantizing *q, const struct value *v)
{
	return v->id < q->nplaces && q->place[v->id].quantized;
}

static void put_in(struct quantizing *q, const struct value *v)
{
	if (v && v->id < q->nplaces && is_float(v) && !v->konst &&
	    v->graph == q->model->main)
		q->place[v->id].quantized = true;
}

/* The Relu or Clip that alone reads V: integer operators include it. */
static const struct node *fused_activation(const struct value *v)
{
	const struct node *n;

	if (!value_has_one_use(v) || !v->uses->user)
		return NULL;
	n = v->uses->user;
	return node_is(n, "", "Relu") || node_is(n, "", "Clip") ? n : NULL;
}

bool quantize_wants_range(const struct value *v)
{
	const struct node *n = v->def;

	/* The first of two activations is one that is not hidden. */
	return !n || !fused_activation(v) || node_is(n, "", "Relu") ||
	       node_is(n, "", "Clip") ||
	       !(node_is(n, "", "Conv") || node_is(n, "", "ConvTranspose") ||
		 is_one_of(n, own_scale));
}

/* Put the result of N in, behind its activation. */
static void put_result_in(struct quantizing *q, const struct node *n)
{
	const struct value *v = node_out(n, 0);
	const struct node *a = v ? fused_activation(v) : NULL;

	put_in(q, a ? node_out(a, 0) : v);
}

/* All inputs that carry numbers are in the set, and there are some. */
static bool inputs_are_in(const struct quantizing *q, const struct node *n)
{
	uint32_t count = 0;
	/* The bounds of Clip are not data. */
	uint32_t nin = node_is(n, "", "Clip") && n->nin ? 1 : n->nin;

	const struct node *gate = quantize_gate(n);

	for (uint32_t i = 0; i < nin; i++) {
		const struct value *v = node_in(n, i);

		if (!v || (gate && v->def == gate))
			continue;
		if (!in_set(q, v))
			return false;
		count++;
	}
	return count > 0;
}

enum dtype place_dtype(const struct quantizing *q)
{
	return q->opts->activations == ACTIVATIONS_INT16 ? DTYPE_U16 : DTYPE_U8;
}

static int levels(const struct quantizing *q)
{
	return place_dtype(q) == DTYPE_U16 ? 1 << 16 : 1 << 8;
}

/* What calibration saw of V; NULL: nothing. */
static const struct histogram *seen_of(const struct quantizing *q,
				       const struct value *v)
{
	const char *name = q->name[v->id];

	return name ? sketch_find(q->sketch, name) : NULL;
}

/* The range of V alone; false if it must stay float. */
static bool own_range(const struct quantizing *q, const struct value *v,
		      struct range *r)
{
	const struct histogram *h = seen_of(q, v);
	struct response reader;

	if (!h || !h->count || h->nan || h->minus_inf || h->plus_inf)
		return false;
	if (q->opts->ranges->range_before && quantize_reader(v, &reader))
		q->opts->ranges->range_before(h, levels(q), &reader, r);
	else
		q->opts->ranges->range(h, levels(q), r);
	return true;
}

/* One scale for all inputs leaves each at least four of its eight bits. */
static bool ranges_agree(const struct quantizing *q, const struct node *n)
{
	double least = INFINITY, most = 0;

	for (uint32_t i = 0; i < n->nin; i++) {
		struct range r;

		if (!own_range(q, node_in(n, i), &r))
			return false;
		least = fmin(least, r.hi - r.lo);
		most = fmax(most, r.hi - r.lo);
	}
	return most <= 16 * least;
}

/* Mark the values from which a quantized layer can be reached through
 * operators that this file knows. */
static bool *find_useful(struct quantizing *q)
{
	bool *useful = arena_array(&q->arena, bool, q->nplaces);

	for (uint32_t i = 0; i < q->nlayers; i++)
		if (!q->layer[i].why_not && q->layer[i].layer.input)
			useful[q->layer[i].layer.input->id] = true;
	for (const struct node *n = q->model->main->last; n; n = n->prev) {
		const struct value *out = node_out(n, 0);
		bool known = moves_only(n) || is_one_of(n, own_scale) ||
			     node_is(n, "", "Concat");

		if (!out || !useful[out->id] || !known)
			continue;
		for (uint32_t i = 0; i < n->nin; i++)
			if (node_in(n, i))
				useful[node_in(n, i)->id] = true;
	}
	return useful;
}

static void grow_through(struct quantizing *q, const struct node *n,
			 const bool *useful)
{
	const struct value *out = node_out(n, 0);

	if (!out || !is_float(out) || !useful[out->id])
		return;
	if (moves_only(n)) {
		if (!node_in(n, 0) || !in_set(q, node_in(n, 0)))
			return;
		put_in(q, out);
		if (in_set(q, out))
			share_scale(q, node_in(n, 0), out);
	} else if (node_is(n, "", "Concat")) {
		if (!inputs_are_in(q, n) || !ranges_agree(q, n))
			return;
		put_in(q, out);
		for (uint32_t i = 0; in_set(q, out) && i < n->nin; i++)
			share_scale(q, node_in(n, i), out);
	} else if (is_one_of(n, own_scale) && !quantize_is_gate(n)) {
		if (inputs_are_in(q, n))
			put_result_in(q, n);
	}
}

static void choose_places(struct quantizing *q)
{
	const bool *useful = find_useful(q);
	struct node *n;

	for (uint32_t i = 0; i < q->nlayers; i++) {
		const struct quantizing_layer *l = &q->layer[i];
		const struct node *node = l->layer.node;

		if (l->why_not)
			continue;
		put_in(q, l->layer.input);
		if (node_is(node, "", "Conv") ||
		    node_is(node, "", "ConvTranspose"))
			put_result_in(q, node);
	}
	for (n = q->model->main->first; n; n = n->next)
		grow_through(q, n, useful);
	/* A Concat of branches: a later seed may complete an earlier one. */
	for (n = q->model->main->first; n; n = n->next)
		grow_through(q, n, useful);
}

/* Hull of the ranges of all values that share a scale. */
static void widen(const struct quantizing *q, const struct value *v,
		  struct range *hull, bool *seen)
{
	uint32_t root = root_of(q, v->id);
	struct range r;

	if (!own_range(q, v, &r)) {
		q->place[root].quantized = false;
		return;
	}
	hull[root].lo = fmin(hull[root].lo, r.lo);
	hull[root].hi = fmax(hull[root].hi, r.hi);
	seen[root] = true;
}

static void choose_ranges(struct quantizing *q)
{
	const struct graph *g = q->model->main;
	struct range *hull = arena_array(&q->arena, struct range, q->nplaces);
	bool *seen = arena_array(&q->arena, bool, q->nplaces);

	for (uint32_t i = 0; i < g->nin; i++)
		if (in_set(q, g->in[i]))
			widen(q, g->in[i], hull, seen);
	for (const struct node *n = g->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i] && in_set(q, n->out[i]))
				widen(q, n->out[i], hull, seen);
	for (uint32_t i = 0; i < q->nplaces; i++)
		if (seen[i])
			q->place[i].affine = affine_from_range(&hull[i],
							       levels(q));
}

/* Mean squared weights that an output of L multiplies its inputs with. */
static double gain_of(const struct layer *l)
{
	size_t each = (size_t)l->rows * l->columns;
	struct arena a = {0};
	double *w = arena_array(&a, double, each), sum = 0;

	for (uint32_t g = 0; g < l->groups; g++) {
		layer_get_rows(l, g, w);
		for (size_t i = 0; i < each; i++)
			sum += w[i] * w[i];
	}
	arena_release(&a);
	return sum / layer_channels(l);
}

/* Signal to noise of L's results if nothing but its input is rounded. */
static double signal_to_noise(const struct quantizing *q, const struct layer *l)
{
	const struct affine *x = place_of(q, l->input);
	const struct value *y = node_out(l->node, 0);
	const struct node *a = y ? fused_activation(y) : NULL;
	const struct histogram *h;
	double step, noise;

	h = y && l->has_columns ? seen_of(q, a ? node_out(a, 0) : y) : NULL;
	if (!x || !h || !h->count)
		return INFINITY;
	step = (double)x->scale;
	noise = step * step / 12 * gain_of(l);
	return noise > 0 ? histogram_variance(h) / noise : INFINITY;
}

/*
 * A few channels with large numbers leave the others of a tensor no
 * resolution.  Where a layer then hears its input through less than 15 dB, it
 * stays float, and so does what a function makes that input of.
 */
static void drop_noisy(struct quantizing *q)
{
	const double least = 31.6; /* 15 dB */

	for (uint32_t i = 0; i < q->nlayers; i++) {
		const struct layer *l = &q->layer[i].layer;
		const struct node *n = l->input ? l->input->def : NULL;
		const struct value *x = n ? node_in(n, 0) : NULL;
		struct response reader;

		if (q->layer[i].why_not || signal_to_noise(q, l) >= least)
			continue;
		q->place[root_of(q, l->input->id)].quantized = false;
		if (x && quantize_gate(n))
			x = node_in(quantize_gate(n), 0);
		if (x && in_set(q, x) && quantize_reader(x, &reader))
			q->place[root_of(q, x->id)].quantized = false;
	}
}

void quantize_places(struct quantizing *q)
{
	q->nplaces = q->model->nvalues;
	q->name = calibrated_names(q->model, &q->arena);
	q->place = arena_array(&q->arena, struct spot, q->nplaces);
	for (uint32_t i = 0; i < q->nplaces; i++)
		q->place[i].parent = i;
	if (!activations_have_ranges(q->opts) || !q->sketch)
		return;
	choose_places(q);
	choose_ranges(q);
	drop_noisy(q);
}

const struct affine *place_of(const struct quantizing *q, const struct value *v)
{
	uint32_t root;

	if (!v || v->id >= q->nplaces || !q->place[v->id].quantized)
		return NULL;
	root = root_of(q, v->id);
	return q->place[root].quantized ? &q->place[root].affine : NULL;
}
