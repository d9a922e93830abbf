/* SPDX-License-Identifier: Apache-2.0 */
/* passes/layer_repair.c -- weights and biases that make up for the layers
 * before.
 *
 * With x the layer's inputs in the model as it is, layers before coded, and y
 * its outputs in the model as it was:
 *
 *     before coding   W, b = argmin mean |W x + b - y|^2 + damp |W - W0|^2
 *     coding          with the covariance of x in the place of its mean
 *                     square, because the bias takes up a shift
 *     after coding    b = mean y - W mean x
 */
#include "passes/layer_repair.h"

#include <math.h>
#include <string.h>

#include "kern/feed.h"
#include "passes/constant.h"
#include "passes/opset_row.h"
#include "quant/coding.h"
#include "quant/solver_fit.h"

static const double damp = 0.03; /* of the mean diagonal */

/* The sums of a layer with more columns would take too much. */
enum { WIDTH_MOST = 4096 };

bool repairs_begin(struct repairs *r, struct model *m, struct prefix *p,
		   struct budget *budget, struct err *e)
{
	*r = (struct repairs){.model = m,
			      .prefix = p,
			      .budget = budget,
			      .before = model_clone(m)};
	r->then = arena_array(&r->arena, struct node *, m->nnodes);
	for (struct node *n = r->before->main->first; n; n = n->next)
		r->then[n->id] = n;
	if (!prefix_again(&r->reference, p, r->before, e))
		return false;
	r->reference.keep_outputs = true;
	return true;
}

void repairs_end(struct repairs *r)
{
	prefix_end(&r->reference);
	if (r->before)
		model_free(r->before);
	arena_release(&r->arena);
	*r = (struct repairs){.then = NULL};
}

void layer_repair_end(struct layer_repair *r)
{
	buf_free(&r->sums_buf);
	buf_free(&r->h_buf);
	arena_release(&r->arena);
	*r = (struct layer_repair){.h = NULL};
}

static bool bias_is_plain(const struct layer *l)
{
	const struct node *n = l->node;
	const struct value *b = node_in(n, 2);

	if (node_is(n, "", "Gemm") &&
	    (node_float(n, "alpha", 1) != 1.0f ||
	     node_float(n, "beta", 1) != 1.0f || node_int(n, "transA", 0)))
		return false;
	return b && b->konst && b->konst->dtype == DTYPE_F32 && !b->is_input &&
	       value_has_one_use(b) &&
	       tensor_count(b->konst) == layer_channels(l);
}

/* Exact zeros stay, which a fit does not know. */
static bool has_zeros(const struct layer *l)
{
	const struct tensor *w = l->weight->konst;

	for (size_t i = 0; i < tensor_count(w); i++)
		if (tensor_double(w, i) == 0)
			return true;
	return false;
}

/* The Add that alone reads the layer's result, if its other operand is at hand
 * and no layer stands between: its result is what counts. */
static struct node *find_sum(const struct repairs *from, const struct layer *l,
			     const struct value **other)
{
	const struct value *y = l->node->out[0];
	struct node *add = y->uses ? y->uses->user : NULL;
	struct layer between;

	if (!value_has_one_use(y) || !add || !node_is(add, "", "Add") ||
	    add->graph != from->model->main)
		return NULL;
	*other = node_in(add, node_in(add, 0) == y);
	if ((*other)->konst || !same_shape(*other, y) ||
	    !prefix_value(from->prefix, *other, 0))
		return NULL;
	for (struct node *n = l->node->next; n != add; n = n->next)
		if (layer_of(&between, n))
			return NULL;
	return add;
}

static bool find_other(const struct repairs *from, struct layer_repair *r,
		       const struct value *other)
{
	uint32_t batches = from->reference.batches;
	struct tensor *add = arena_array(&r->arena, struct tensor, batches);

	for (uint32_t b = 0; b < batches; b++) {
		const struct tensor *t = prefix_value(from->prefix, other, b);

		if (!t || t->dtype != DTYPE_F32 ||
		    !shape_equal(&t->shape, &r->data.want[b].shape))
			return false;
		add[b] = *t;
	}
	r->data.add = add;
	return true;
}

static bool find_targets(struct repairs *from, struct layer_repair *r,
			 bool *found, struct err *e)
{
	const struct value *other = NULL;
	struct node *sum = find_sum(from, r->layer, &other);
	struct node *old = from->then[sum ? sum->id : r->layer->node->id];
	uint32_t batches = from->reference.batches;
	struct tensor *want = arena_array(&r->arena, struct tensor, batches);

	*found = false;
	if (!prefix_advance(&from->reference, old->next, e))
		return false;
	for (uint32_t b = 0; b < batches; b++) {
		const struct tensor *t = prefix_value(&from->reference,
						      old->out[0], b);

		if (!t || t->dtype != DTYPE_F32)
			return true;
		want[b] = *t;
	}
	r->data.want = want;
	*found = !sum || find_other(from, r, other);
	return true;
}

/* The batches of R's data whose number modulo EVERY is 0, or all others. */
static struct layer_data part(struct layer_repair *r, uint32_t every, bool held)
{
	const struct layer_data *from = &r->data;
	uint32_t n = from->batches, k = 0;
	struct tensor *in = arena_array(&r->arena, struct tensor, n);
	struct tensor *want = arena_array(&r->arena, struct tensor, n);
	struct tensor *add = from->add
				     ? arena_array(&r->arena, struct tensor, n)
				     : NULL;
	struct layer_data d = *from;

	for (uint32_t b = 0; b < n; b++) {
		if ((b % every == 0) != held)
			continue;
		in[k] = from->in[b];
		want[k] = from->want[b];
		if (add)
			add[k] = from->add[b];
		k++;
	}
	d.in = in;
	d.want = want;
	d.add = add;
	d.batches = k;
	return d;
}

static void hold_out(struct layer_repair *r, uint32_t every)
{
	if (!every || r->data.batches < 2 * every)
		return;
	r->held = part(r, every, true);
	r->data = part(r, every, false);
}

static double sum_at(const struct layer_repair *r, uint32_t g, uint32_t i,
		     uint32_t j)
{
	return r->sums[((size_t)g * r->width + i) * r->width + j];
}

static void set_covariance(struct layer_repair *r)
{
	uint32_t n = r->layer->columns;
	double *h = r->h;

	for (uint32_t g = 0; g < r->layer->groups; g++)
		for (uint32_t i = 0; i < n; i++)
			for (uint32_t j = 0; j < n; j++)
				*h++ = j > i ? 0
					     : sum_at(r, g, i, j) -
						       sum_at(r, g, n, i) *
							       sum_at(r, g, n,
								      j);
}

static bool fit_weights(struct layer_repair *r, struct budget *budget,
			struct err *e)
{
	const struct layer *l = r->layer;
	size_t each = (size_t)l->rows * l->columns;
	struct buf w = {0}, b = {0};
	double *at;
	bool ok = buf_array(&w, each, l->groups * sizeof(*at), budget, e) &&
		  buf_array(&b, l->rows, sizeof(*at), budget, e);

	at = (double *)(void *)w.data;
	for (uint32_t g = 0; ok && g < l->groups; g++, at += each) {
		struct fit_sums s = {r->sums + g * (size_t)r->width * r->width,
				     l->columns, l->rows};

		layer_get_rows(l, g, at);
		ok = solve_fit(at, (double *)(void *)b.data, &s, damp, budget,
			       e);
	}
	ok = ok && layer_put(l, (const double *)(const void *)w.data, e);
	buf_free(&b);
	buf_free(&w);
	return ok;
}

bool layer_repair_begin(struct repairs *from, struct layer_repair *r,
			const struct layer *l, const struct layer_data *data,
			struct err *e)
{
	bool found;

	*r = (struct layer_repair){.layer = l, .data = *data};
	r->width = l->columns + 1 + l->rows;
	if (!from->then || r->width > WIDTH_MOST || !bias_is_plain(l) ||
	    !value_has_one_use(l->weight))
		return true;
	if (!find_targets(from, r, &found, e))
		return false;
	if (!found)
		return true;
	hold_out(r, from->hold_every);
	if (!buf_array(&r->sums_buf, (size_t)r->width * r->width,
		       l->groups * sizeof(double), from->budget, e) ||
	    !buf_array(&r->h_buf, (size_t)l->columns * l->columns,
		       l->groups * sizeof(double), from->budget, e))
		return false;
	r->sums = (double *)(void *)r->sums_buf.data;
	r->h = (double *)(void *)r->h_buf.data;
	if (!curvature_joint(l, &r->data, r->sums, from->budget, e))
		return false;
	set_covariance(r);
	return has_zeros(l) || fit_weights(r, from->budget, e);
}

void layer_repair_bias(const struct repairs *from, const struct layer_repair *r,
		       const double *w)
{
	const struct layer *l = r->layer;
	uint32_t n = l->columns;
	struct value *v = node_in(l->node, 2);
	struct tensor t = tensor_in_arena(&from->model->arena, DTYPE_F32,
					  &v->konst->shape);
	float *b = tensor_f32_mut(&t);

	for (uint32_t g = 0; g < l->groups; g++)
		for (uint32_t i = 0; i < l->rows; i++) {
			double x = sum_at(r, g, n + 1 + i, n);

			for (uint32_t j = 0; j < n; j++)
				x -= *w++ * sum_at(r, g, n, j);
			*b++ = (float)x;
		}
	v->konst = arena_memdup(&from->model->arena, &t, sizeof(t));
	v->tensor_origin = NULL;
}

/* ---- what it brought ---------------------------------------------------- */

/* V [rows, width]: what each row of group G makes of (x, 1, y), less y. */
static void differences(const struct layer_repair *r, uint32_t g, double *v)
{
	const struct layer *l = r->layer;
	const struct tensor *b = node_in(l->node, 2)->konst;

	memset(v, 0, (size_t)l->rows * r->width * sizeof(*v));
	for (uint32_t i = 0; i < l->rows; i++, v += r->width) {
		for (uint32_t j = 0; j < l->columns; j++)
			v[j] = tensor_double(l->weight->konst,
					     layer_at(l, g, i, j));
		v[l->columns] = tensor_double(b, (size_t)g * l->rows + i);
		v[l->columns + 1 + i] = -1;
	}
}

/* The sum over the rows of V of v S v^T, of S the lower triangle. */
static double quadratic(double *s, const double *v, double *product,
			uint32_t rows, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < i; j++)
			s[(size_t)j * n + i] = s[(size_t)i * n + j];
	memset(product, 0, (size_t)rows * n * sizeof(*product));
	kern_feed_f64(product, n, v, n, s, n, rows, n, n);
	for (size_t i = 0; i < (size_t)rows * n; i++)
		sum -= product[i] * v[i];
	return sum;
}

bool layer_repair_error(const struct repairs *from,
			const struct layer_repair *r, double *error,
			struct err *e)
{
	const struct layer *l = r->layer;
	size_t n = r->width;
	struct buf sums = {0}, rows = {0};
	double *s, *v;
	bool ok;

	*error = NAN;
	if (!r->held.batches)
		return true;
	ok = buf_array(&sums, n * n, l->groups * sizeof(*s), from->budget, e) &&
	     buf_array(&rows, 2 * n, l->rows * sizeof(*v), from->budget, e);
	s = (double *)(void *)sums.data;
	v = (double *)(void *)rows.data;
	ok = ok && curvature_joint(l, &r->held, s, from->budget, e);
	for (uint32_t g = 0; ok && g < l->groups; g++, s += n * n) {
		differences(r, g, v);
		*error = (g ? *error : 0) +
			 quadratic(s, v, v + n * l->rows, l->rows, r->width);
	}
	buf_free(&rows);
	buf_free(&sums);
	return ok;
}
