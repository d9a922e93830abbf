/* SPDX-License-Identifier: Apache-2.0 */
/* ops/recurrent_f32.c -- fast kernels for RNN, GRU and LSTM.
 *
 * What the input gives to all gates of all steps is one matrix product; a step
 * then adds what the state gives, one product of all its sequences, and applies
 * the gates.  The formulas are those of ops/rnn.c.
 *
 * Taken are floats with the usual activations, without clip, peepholes,
 * coupled gates and sequences of different lengths, time first.
 */
#include "ops/recurrent_f32.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/parallel.h"
#include "graph/element.h"
#include "kern/act.h"
#include "kern/gemm.h"
#include "kern/sgemm.h"

struct cell;

/* One step: PRE [batch, gates * hidden] holds what the input gives; H and C
 * [batch, hidden] become the new state.  WORK has as many as PRE, and one more
 * state. */
typedef void step_fn(const struct cell *r, size_t dir, float *pre, float *h,
		     float *c, float *work);

struct cell {
	struct job job;	     /* items are directions */
	size_t state_biases; /* gates whose biases of the state can be added
			      * beforehand */
	size_t gates, dirs, steps, batch, input, hidden;
	step_fn *step;
	bool linear_before_reset;
	struct act act; /* of RNN */
	const struct call *call;
	const float *w, *r, *b;	  /* b: or NULL; r: unless it is packed */
	const struct packed *has; /* or NULL */
};

/* What multiplies the state, packed: of each direction the first gates, which
 * are multiplied together, and then the last. */
struct packed {
	struct prepared base;
	size_t first, last; /* columns */
	struct buf panels;
};

static const struct act sigmoid = {.kind = ACT_SIGMOID};
static const struct act hyperbolic = {.kind = ACT_TANH};

/* ---- which calls -------------------------------------------------------- */

static size_t directions(const struct node *n)
{
	const char *d = node_string(n, "direction", "forward");

	return strcmp(d, "bidirectional") == 0 ? 2 : 1;
}

/* Every activation of N is that of WANTED in turn. */
static bool has_curves(const struct node *n, const char *const *wanted,
		       uint32_t count)
{
	const struct attr *a = node_attr(n, "activations");

	for (uint32_t i = 0; a && i < a->count; i++)
		if (strcasecmp(a->u.strings[i].at, wanted[i % count]) != 0)
			return false;
	return true;
}

static bool accepts(const struct call *c, const char *const *curves,
		    uint32_t ncurves)
{
	const struct node *n = c->node;

	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] &&
		    (i == 4 || i == 7 || c->in[i]->type.dtype != DTYPE_F32 ||
		     !shape_is_known(&c->in[i]->type.shape)))
			return false;
	return !node_int(n, "layout", 0) && !node_int(n, "input_forget", 0) &&
	       !node_attr(n, "clip") && has_curves(n, curves, ncurves);
}

bool rnn_f32_accepts(const struct call *c)
{
	static const char *const bent[] = {"Tanh"}, *const straight[] = {
							    "Relu"};

	return accepts(c, bent, 1) || accepts(c, straight, 1);
}

bool gru_f32_accepts(const struct call *c)
{
	static const char *const curves[] = {"Sigmoid", "Tanh"};

	return accepts(c, curves, 2);
}

bool lstm_f32_accepts(const struct call *c)
{
	static const char *const curves[] = {"Sigmoid", "Tanh", "Tanh"};

	return accepts(c, curves, 3);
}

/* ---- memory ------------------------------------------------------------- */

/* Floats of a direction: all steps' gates, one step's, two states, and one to
 * work on. */
static size_t floats_needed(const struct cell *r)
{
	size_t gates = r->batch * r->gates * r->hidden;

	return (r->steps + 1) * gates + 3 * r->batch * r->hidden;
}

static struct cell cell_of(const struct call *c)
{
	const struct shape *x = &c->in[0]->type.shape;
	const struct shape *r = &c->in[2]->type.shape;

	return (struct cell){
		.gates = r->dim[2] ? (size_t)(r->dim[1] / r->dim[2]) : 0,
		.dirs = directions(c->node),
		.steps = (size_t)x->dim[0],
		.batch = (size_t)x->dim[1],
		.input = (size_t)x->dim[2],
		.hidden = (size_t)r->dim[2],
		.call = c,
	};
}

size_t recurrent_f32_scratch(const struct call *c)
{
	struct cell r = cell_of(c);

	return sizeof(float) * r.dirs * floats_needed(&r);
}

/* ---- packing ------------------------------------------------------------ */

/* Many sequences are a matrix, which OpenBLAS multiplies better. */
static bool is_narrow(const struct call *c)
{
	enum { FEW = 8 };

	return call_in(c, 2)->data && c->in[0]->type.shape.dim[1] <= FEW &&
	       c->in[2]->type.shape.dim[2] > 0;
}

bool rnn_f32_is_narrow(const struct call *c)
{
	return rnn_f32_accepts(c) && is_narrow(c);
}

bool gru_f32_is_narrow(const struct call *c)
{
	return gru_f32_accepts(c) && is_narrow(c);
}

bool lstm_f32_is_narrow(const struct call *c)
{
	return lstm_f32_accepts(c) && is_narrow(c);
}

static void release(struct prepared *self)
{
	struct packed *p = (struct packed *)self;

	buf_free(&p->panels);
	free(p);
}

/* Floats of a packed matrix [n, k]. */
static size_t packed_floats(size_t n, size_t k)
{
	return sgemm_panels(n) * SGEMM_PANEL * k;
}

/* LAST of the gates are multiplied by themselves. */
static bool prepare(struct call *c, size_t last, struct err *e)
{
	struct cell r = cell_of(c);
	size_t k = r.hidden, n = r.gates * k;
	const char *from = call_in(c, 2)->data;
	struct packed *p = calloc(1, sizeof(*p));
	size_t each;
	float *to;

	if (!p)
		die_oom();
	p->base.release = release;
	p->last = last * k;
	p->first = n - p->last;
	each = packed_floats(p->first, k) + packed_floats(p->last, k);
	if (!buf_array(&p->panels, r.dirs * each, sizeof(*to), NULL, e)) {
		free(p);
		return false;
	}
	to = (float *)p->panels.data;
	for (size_t d = 0; d < r.dirs; d++, to += each) {
		kern_sgemm_pack(from, 1, k, k, p->first, to);
		from += p->first * k * sizeof(*to);
		kern_sgemm_pack(from, 1, k, k, p->last,
				to + packed_floats(p->first, k));
		from += p->last * k * sizeof(*to);
	}
	p->base.bytes = p->panels.bytes;
	c->prepared = &p->base;
	return true;
}

bool rnn_f32_prepare(struct call *c, struct err *e)
{
	return prepare(c, 0, e);
}

bool gru_f32_prepare(struct call *c, struct err *e)
{
	return prepare(c, !node_int(c->node, "linear_before_reset", 0), e);
}

bool lstm_f32_prepare(struct call *c, struct err *e)
{
	return prepare(c, 0, e);
}

/* ---- products ----------------------------------------------------------- */

/* Y [rows, n] = beta Y + X [rows, k] times M [n, k] turned. */
static void times(const float *x, size_t rows, size_t k, const float *m,
		  size_t n, float beta, float *y, size_t ldy)
{
	struct gemm g = {.m = rows,
			 .n = n,
			 .k = k,
			 .tb = true,
			 .lda = k,
			 .ldb = k,
			 .ldy = ldy,
			 .alpha = 1,
			 .beta = beta};

	kern_gemm_f32(&g, x, m, y);
}

/* The biases of direction DIR in each row of PRE: of the input, and of the
 * state for the first STATE gates. */
static void spread_bias(const struct cell *r, size_t dir, size_t state,
			float *pre)
{
	size_t n = r->gates * r->hidden, rows = r->steps * r->batch;
	const float *b = r->b ? r->b + 2 * dir * n : NULL;

	if (!b)
		memset(pre, 0, rows * n * sizeof(*pre));
	for (size_t i = 0; b && i < n; i++)
		pre[i] = b[i] + (i < state * r->hidden ? b[n + i] : 0);
	for (size_t i = 1; b && i < rows; i++)
		memcpy(pre + i * n, pre, n * sizeof(*pre));
}

/* Y += X times what the state is multiplied with, of the first gates, or, if
 * LAST, of the others; of N columns. */
static void times_state(const struct cell *r, size_t dir, bool last,
			const float *x, size_t n, float *y, size_t ldy)
{
	size_t k = r->hidden, before = last ? r->gates * k - n : 0;
	const struct packed *p = r->has;
	struct sgemm g = {.m = 1, .n = n, .k = k};

	if (!p) {
		times(x, r->batch, k, r->r + (dir * r->gates * k + before) * k,
		      n, 1, y, ldy);
		return;
	}
	g.panels = (const float *)p->panels.data +
		   dir * (packed_floats(p->first, k) +
			  packed_floats(p->last, k));
	if (last)
		g.panels += packed_floats(p->first, k);
	for (size_t i = 0; i < r->batch; i++) {
		g.x = x + i * k;
		g.z = g.y = y + i * ldy;
		kern_sgemm(&g, NULL);
	}
}

/* ---- cells -------------------------------------------------------------- */

static void rnn_step(const struct cell *r, size_t dir, float *pre, float *h,
		     float *c, float *work)
{
	size_t n = r->hidden;

	(void)c;
	(void)work;
	times_state(r, dir, false, h, n, pre, n);
	kern_act_f32(&r->act, pre, h, r->batch * n);
}

static void lstm_step(const struct cell *r, size_t dir, float *pre, float *h,
		      float *c, float *work)
{
	size_t n = r->hidden;

	times_state(r, dir, false, h, 4 * n, pre, 4 * n);
	for (size_t b = 0; b < r->batch; b++) {
		float *in = pre + b * 4 * n, *out = in + n;
		float *forget = out + n, *g = forget + n;
		float *hb = h + b * n, *cb = c + b * n;

		kern_act_f32(&sigmoid, in, in, 3 * n);
		kern_act_f32(&hyperbolic, g, g, n);
		for (size_t i = 0; i < n; i++)
			cb[i] = forget[i] * cb[i] + in[i] * g[i];
		kern_act_f32(&hyperbolic, cb, work, n);
		for (size_t i = 0; i < n; i++)
			hb[i] = out[i] * work[i];
	}
}

/* h = (1 - z) g + z h */
static void mix(const float *z, const float *g, float *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h[i] = (1 - z[i]) * g[i] + z[i] * h[i];
}

/* g(Wh x + wbh + r * (Rh h + rbh)): one product for all gates. */
static void gru_step_linear(const struct cell *r, size_t dir, float *pre,
			    float *h, float *work)
{
	size_t n = r->hidden;
	const float *b = r->b ? r->b + (6 * dir + 5) * n : NULL;

	memset(work, 0, r->batch * 3 * n * sizeof(*work));
	times_state(r, dir, false, h, 3 * n, work, 3 * n);
	for (size_t k = 0; k < r->batch; k++) {
		float *z = pre + k * 3 * n, *reset = z + n, *g = reset + n;
		float *u = work + k * 3 * n;

		for (size_t i = 0; i < 2 * n; i++)
			z[i] += u[i];
		kern_act_f32(&sigmoid, z, z, 2 * n);
		u += 2 * n;
		for (size_t i = 0; i < n; i++)
			g[i] += reset[i] * (b ? u[i] + b[i] : u[i]);
		kern_act_f32(&hyperbolic, g, g, n);
		mix(z, g, h + k * n, n);
	}
}

/* g(Wh x + Rh (r * h) + bh): the reset gate comes before the product. */
static void gru_step(const struct cell *r, size_t dir, float *pre, float *h,
		     float *c, float *work)
{
	size_t n = r->hidden;

	(void)c;
	if (r->linear_before_reset) {
		gru_step_linear(r, dir, pre, h, work);
		return;
	}
	times_state(r, dir, false, h, 2 * n, pre, 3 * n);
	for (size_t k = 0; k < r->batch; k++) {
		float *z = pre + k * 3 * n, *reset = z + n;

		kern_act_f32(&sigmoid, z, z, 2 * n);
		for (size_t i = 0; i < n; i++)
			work[k * n + i] = reset[i] * h[k * n + i];
	}
	times_state(r, dir, true, work, n, pre + 2 * n, 3 * n);
	for (size_t k = 0; k < r->batch; k++) {
		float *z = pre + k * 3 * n, *g = z + 2 * n;

		kern_act_f32(&hyperbolic, g, g, n);
		mix(z, g, h + k * n, n);
	}
}

/* ---- time --------------------------------------------------------------- */

static float *result(const struct cell *r, uint32_t i)
{
	struct tensor *t = call_out(r->call, i);

	return t ? tensor_f32_mut(t) : NULL;
}

/* One state of one direction, from the operand I or zeros. */
static void start(const struct cell *r, uint32_t i, size_t dir, float *state)
{
	size_t n = r->batch * r->hidden;
	const float *from = i < r->call->nin ? call_f32(r->call, i) : NULL;

	if (from)
		memcpy(state, from + dir * n, n * sizeof(*state));
	else
		memset(state, 0, n * sizeof(*state));
}

static void run_direction(const struct cell *r, size_t dir)
{
	const char *d = node_string(r->call->node, "direction", "forward");
	bool reverse = dir == 1 || strcmp(d, "reverse") == 0;
	size_t n = r->batch * r->hidden, gates = r->gates * n;
	float *pre = (float *)r->call->scratch + dir * floats_needed(r);
	float *work = pre + r->steps * gates;
	float *h = work + gates + n, *c = h + n;
	float *y = result(r, 0), *yh = result(r, 1), *yc = result(r, 2);

	spread_bias(r, dir, r->state_biases, pre);
	times(call_f32(r->call, 0), r->steps * r->batch, r->input,
	      r->w + dir * r->gates * r->hidden * r->input,
	      r->gates * r->hidden, 1, pre, r->gates * r->hidden);
	start(r, 5, dir, h);
	start(r, 6, dir, c);
	for (size_t i = 0; i < r->steps; i++) {
		size_t t = reverse ? r->steps - 1 - i : i;

		r->step(r, dir, pre + t * gates, h, c, work);
		if (y)
			memcpy(y + (t * r->dirs + dir) * n, h, n * sizeof(*h));
	}
	if (yh)
		memcpy(yh + dir * n, h, n * sizeof(*h));
	if (yc)
		memcpy(yc + dir * n, c, n * sizeof(*c));
}

static void run_directions(struct job *self, size_t begin, size_t end)
{
	for (size_t dir = begin; dir < end; dir++)
		run_direction((const struct cell *)self, dir);
}

static bool run(struct cell *r, size_t state_biases)
{
	r->job.run = run_directions;
	r->state_biases = state_biases;
	r->w = call_f32(r->call, 1);
	r->has = (const struct packed *)r->call->prepared;
	r->r = r->has ? NULL : call_f32(r->call, 2);
	r->b = r->call->nin > 3 ? call_f32(r->call, 3) : NULL;
	if (!r->batch || !r->hidden)
		return true;
	/* A step of few sequences is too short to be shared. */
	if (r->has && r->dirs == 1)
		parallel_alone(&r->job, 1);
	else
		parallel_for(&r->job, r->dirs, 1);
	return true;
}

bool rnn_f32_run(const struct call *c, struct err *e)
{
	static const char *const bent[] = {"Tanh"};
	struct cell r = cell_of(c);

	(void)e;
	r.step = rnn_step;
	r.act.kind = has_curves(c->node, bent, 1) ? ACT_TANH : ACT_RELU;
	return run(&r, 1);
}

bool gru_f32_run(const struct call *c, struct err *e)
{
	struct cell r = cell_of(c);

	(void)e;
	r.step = gru_step;
	r.linear_before_reset = node_int(c->node, "linear_before_reset", 0);
	return run(&r, r.linear_before_reset ? 2 : 3);
}

bool lstm_f32_run(const struct call *c, struct err *e)
{
	struct cell r = cell_of(c);

	(void)e;
	r.step = lstm_step;
	return run(&r, 4);
}
