/* SPDX-License-Identifier: Apache-2.0 */
/* ops/recurrent.c -- the loop over time of recurrent operators. */
#include "ops/recurrent.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "graph/element.h"

enum { WORK = 8 }; /* doubles per hidden unit: h, c, and 6 for the cell */

static size_t directions(const struct node *n)
{
	const char *d = node_string(n, "direction", "forward");

	return strcmp(d, "bidirectional") == 0 ? 2 : 1;
}

bool recurrent_is_turned(const struct node *n)
{
	return strcmp(n->type, "DynamicQuantizeLSTM") == 0;
}

size_t recurrent_scratch(const struct call *c)
{
	size_t bytes = 0, hidden = 0, batch = 0;
	const struct shape *r = &c->in[2]->type.shape;
	const struct shape *x = &c->in[0]->type.shape;

	for (uint32_t i = 0; i < c->nin; i++)
		if (i != 4)
			bytes += doubles_of(count_in(c, i));
	if (shape_is_known(r) && shape_is_known(x)) {
		hidden = (size_t)r->dim[recurrent_is_turned(c->node) ? 1 : 2];
		batch = (size_t)x->dim[node_int(c->node, "layout", 0) ? 0 : 1];
	}
	return bytes + doubles_of(directions(c->node) * batch * WORK * hidden);
}

void recurrent_gate(const struct recurrent *r, size_t dir, size_t gate,
		    const double *x, const double *h, double *sum)
{
	size_t row = (dir * r->gates + gate) * r->hidden;
	const double *w = r->w + row * r->input, *u = r->r + row * r->hidden;
	const double *b = r->b;

	if (b)
		b += (2 * dir * r->gates + gate) * r->hidden;
	for (size_t i = 0; i < r->hidden; i++) {
		double s = 0;

		for (size_t k = 0; k < r->input && x; k++)
			s += w[i * r->input + k] * x[k];
		for (size_t k = 0; k < r->hidden && h; k++)
			s += u[i * r->hidden + k] * h[k];
		if (b && x)
			s += b[i];
		if (b && h)
			s += b[r->gates * r->hidden + i];
		sum[i] = s;
	}
}

double recurrent_curve(const struct recurrent *r, size_t dir, uint32_t k,
		       double x)
{
	if (x > r->clip)
		x = r->clip;
	if (x < -r->clip)
		x = -r->clip;
	return curve_at(&r->curve[dir][k], x);
}

/* Offsets in X, Y and the states. */
static size_t x_at(const struct recurrent *r, size_t t, size_t batch)
{
	return (r->batch_first ? batch * r->steps + t : t * r->batch + batch) *
	       r->input;
}

static size_t y_at(const struct recurrent *r, size_t t, size_t dir,
		   size_t batch)
{
	return (r->batch_first ? (batch * r->steps + t) * r->dirs + dir
			       : (t * r->dirs + dir) * r->batch + batch) *
	       r->hidden;
}

static size_t state_at(const struct recurrent *r, size_t dir, size_t batch)
{
	return (r->batch_first ? batch * r->dirs + dir
			       : dir * r->batch + batch) *
	       r->hidden;
}

static void store(const struct recurrent *r, uint32_t i, size_t at,
		  const double *x)
{
	struct tensor *t = call_out(r->call, i);

	if (t)
		element_store(t->dtype, tensor_mut(t), at, r->hidden, x);
}

static void start(double *state, const double *from, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		state[i] = from ? from[at + i] : 0;
}

/* One sequence in one direction; steps beyond its length yield 0. */
static void run_sequence(const struct recurrent *r, size_t dir, size_t batch,
			 double *h)
{
	const struct tensor *lens = call_in(r->call, 4);
	const char *d = node_string(r->call->node, "direction", "forward");
	bool reverse = dir == 1 || strcmp(d, "reverse") == 0;
	size_t n = lens ? (size_t)tensor_int(lens, batch) : r->steps, t;
	double *c = h + r->hidden, *work = c + r->hidden;
	size_t state = state_at(r, dir, batch);

	start(work, NULL, 0, r->hidden);
	for (t = n; t < r->steps; t++)
		store(r, 0, y_at(r, t, dir, batch), work);
	start(h, r->h0, state, r->hidden);
	start(c, r->c0, state, r->hidden);
	for (size_t i = 0; i < n; i++) {
		t = reverse ? n - 1 - i : i;
		r->cell(r, dir, r->x + x_at(r, t, batch), h, c, work);
		store(r, 0, y_at(r, t, dir, batch), h);
	}
	store(r, 1, state, h);
	store(r, 2, state, c);
}

/* Items are sequences in directions. */
static void compute(struct job *job, size_t begin, size_t end)
{
	const struct recurrent *r = (const struct recurrent *)job;

	for (size_t i = begin; i < end; i++)
		run_sequence(r, i / r->batch, i % r->batch,
			     r->work + i * WORK * r->hidden);
}

/* ---- activations -------------------------------------------------------- */

static bool takes(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcasecmp(name, *list) == 0)
			return true;
	return false;
}

/* The lists of parameters are consumed in order by the activations that have
 * such a parameter. */
static void set_curves(struct recurrent *r, const char *const *defaults)
{
	static const char *const with_alpha[] = {
		"Affine",    "Elu",	   "HardSigmoid",
		"LeakyRelu", "ScaledTanh", "ThresholdedRelu",
		NULL,
	};
	static const char *const with_beta[] = {"Affine", "HardSigmoid",
						"ScaledTanh", NULL};
	const struct node *n = r->call->node;
	const struct attr *a = node_attr(n, "activations");
	const struct attr *alpha = node_attr(n, "activation_alpha");
	const struct attr *beta = node_attr(n, "activation_beta");
	uint32_t nalpha = 0, nbeta = 0;

	for (uint32_t i = 0; i < r->dirs * r->ncurves; i++) {
		const char *name = a ? a->u.strings[i].at
				     : defaults[i % r->ncurves];
		struct curve *c = &r->curve[i / r->ncurves][i % r->ncurves];
		char buf[32] = "";

		if (a && a->u.strings[i].len < sizeof(buf))
			memcpy(buf, name, a->u.strings[i].len);
		name = a ? buf : name;
		curve_find(c, name);
		if (alpha && takes(name, with_alpha) && nalpha < alpha->count)
			c->alpha = alpha->u.floats[nalpha++];
		if (beta && takes(name, with_beta) && nbeta < beta->count)
			c->beta = beta->u.floats[nbeta++];
	}
}

static bool check_lens(const struct recurrent *r, struct err *e)
{
	const struct tensor *lens = call_in(r->call, 4);

	for (size_t i = 0; i < r->batch && lens; i++) {
		int64_t n = tensor_int(lens, i);

		if (n < 0 || n > (int64_t)r->steps)
			return err_set(e, ERR_SHAPE,
				       "sequence_lens[%zu] is %" PRId64
				       ", want 0 to %zu",
				       i, n, r->steps);
	}
	return true;
}

bool recurrent_run(struct recurrent *r, const struct call *c,
		   const char *const *defaults, struct err *e)
{
	const struct shape *x = &call_in(c, 0)->shape;
	struct doubles d = {0};

	r->call = c;
	r->job.run = compute;
	r->dirs = directions(c->node);
	r->batch_first = node_int(c->node, "layout", 0) != 0;
	r->steps = (size_t)x->dim[r->batch_first ? 1 : 0];
	r->batch = (size_t)x->dim[r->batch_first ? 0 : 1];
	r->input = (size_t)x->dim[2];
	r->hidden = (size_t)call_in(c, 2)
			    ->shape.dim[recurrent_is_turned(c->node) ? 1 : 2];
	r->clip = node_float(c->node, "clip", INFINITY);
	r->linear_before_reset = node_int(c->node, "linear_before_reset", 0);
	r->input_forget = node_int(c->node, "input_forget", 0);
	if (!check_lens(r, e))
		return false;
	set_curves(r, defaults);
	r->x = doubles_load(&d, c, 0);
	r->w = doubles_load(&d, c, 1);
	r->r = doubles_load(&d, c, 2);
	r->b = doubles_load(&d, c, 3);
	r->h0 = doubles_load(&d, c, 5);
	r->c0 = doubles_load(&d, c, 6);
	r->p = doubles_load(&d, c, 7);
	if (r->load && !r->load(r, &d, e))
		return false;
	r->work = doubles_take(&d, c, r->dirs * r->batch * WORK * r->hidden);
	parallel_for(&r->job, r->dirs * r->batch, 1);
	return true;
}
