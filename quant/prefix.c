/* SPDX-License-Identifier: Apache-2.0 */
/* quant/prefix.c -- runs of nodes, cut out of a copy of the model. */
#include "quant/prefix.h"

#include <string.h>

#include "quant/crew.h"

/* One value in all batches. */
struct prefix_value {
	struct hold *hold; /* by batch */
	struct datum *datum;
};

static struct prefix_value *held_new(struct prefix *p, uint32_t id)
{
	struct prefix_value *v = arena_new(&p->arena, struct prefix_value);

	v->datum = arena_array(&p->arena, struct datum, p->batches);
	v->hold = arena_array(&p->arena, struct hold, p->batches);
	p->held[id] = v;
	return v;
}

static void held_drop(struct prefix *p, uint32_t id)
{
	for (uint32_t b = 0; p->held[id] && b < p->batches; b++)
		hold_release(&p->held[id]->hold[b]);
	p->held[id] = NULL;
}

bool prefix_begin(struct prefix *p, struct model *m, const struct datum *in,
		  uint32_t batches, const struct engine *engine,
		  const struct limits *lim, struct err *e)
{
	uint32_t k = 0, nin = 0;

	for (uint32_t i = 0; i < m->main->nin; i++)
		nin += value_is_fed(m->main->in[i]);
	*p = (struct prefix){.model = m,
			     .engine = engine,
			     .limits = lim ? lim : &limits_default,
			     .at = m->main->first,
			     .batches = batches};
	p->nheld = m->nvalues;
	p->held = arena_array(&p->arena, struct prefix_value *, p->nheld);
	for (uint32_t i = 0; i < m->main->nin; i++) {
		struct prefix_value *v;

		if (!value_is_fed(m->main->in[i]))
			continue;
		v = held_new(p, m->main->in[i]->id);
		for (uint32_t b = 0; b < batches; b++)
			if (!hold_copy(&v->hold[b], &v->datum[b],
				       &in[b * nin + k], NULL, e)) {
				prefix_end(p);
				return false;
			}
		k++;
	}
	return true;
}

bool prefix_again(struct prefix *p, const struct prefix *from, struct model *m,
		  struct err *e)
{
	const struct graph *g = from->model->main;
	struct arena a = {0};
	struct datum *in = arena_array(&a, struct datum,
				       (size_t)from->batches * g->nin);
	uint32_t nin = 0;
	bool ok;

	for (uint32_t i = 0; i < g->nin; i++)
		nin += value_is_fed(g->in[i]);
	for (uint32_t b = 0; b < from->batches; b++)
		for (uint32_t i = 0, k = 0; i < g->nin; i++)
			if (value_is_fed(g->in[i]))
				in[b * nin + k++] =
					from->held[g->in[i]->id]->datum[b];
	ok = prefix_begin(p, m, in, from->batches, from->engine, from->limits,
			  e);
	arena_release(&a);
	return ok;
}

void prefix_end(struct prefix *p)
{
	for (uint32_t i = 0; i < p->nheld; i++)
		held_drop(p, i);
	arena_release(&p->arena);
	*p = (struct prefix){0};
}

const struct tensor *prefix_value(const struct prefix *p, const struct value *v,
				  uint32_t b)
{
	return p->held[v->id] ? &p->held[v->id]->datum[b].tensor : NULL;
}

bool prefix_layer_data(const struct prefix *p, const struct layer *l,
		       struct arena *a, struct layer_data *d)
{
	const struct value *v = node_in(l->node, 0);
	struct tensor *in = arena_array(a, struct tensor, p->batches);

	for (uint32_t b = 0; b < p->batches; b++) {
		const struct tensor *t = prefix_value(p, v, b);

		if (!t || t->dtype != DTYPE_F32)
			return false;
		in[b] = *t;
	}
	*d = (struct layer_data){.in = in, .batches = p->batches};
	return d->batches > 0;
}

/* ---- cutting ------------------------------------------------------------ */

/* The nodes FIRST .. LAST - 1 of the main graph as a model of their own. */
struct cut {
	struct model *model;
	uint32_t *position; /* of main nodes, by id */
	uint32_t first, last;
	uint32_t *in; /* by fed input: id of the value it stands for */
	uint32_t nin;
	uint32_t *out; /* by output: id of its value */
	uint32_t nout;
	bool keep_outputs;
	struct arena arena;
};

/* Position of the main node that does the reading: U may lie inside it.
 * Outputs of the model are read at the end, or by nobody. */
static bool reader_of(const struct cut *c, const struct use *u,
		      uint32_t *position)
{
	const struct node *n = u->user;
	const struct graph *g = u->graph;

	for (; g->outer; g = g->outer)
		n = g->owner;
	*position = n ? c->position[n->id] : UINT32_MAX;
	return n || c->keep_outputs;
}

static bool read_from(const struct cut *c, const struct value *v,
		      uint32_t position)
{
	uint32_t at;

	for (const struct use *u = v->uses; u; u = u->next)
		if (reader_of(c, u, &at) && at >= position)
			return true;
	return false;
}

static void number_nodes(struct cut *c, const struct node *first,
			 const struct node *last)
{
	uint32_t k = 0;

	c->position = arena_array(&c->arena, uint32_t, c->model->nnodes);
	c->first = c->last = UINT32_MAX;
	for (struct node *n = c->model->main->first; n; n = n->next) {
		if (first && n->id == first->id)
			c->first = k;
		if (last && n->id == last->id)
			c->last = k;
		c->position[n->id] = k++;
	}
	if (!last)
		c->last = k;
}

static void cut_outputs(struct cut *c)
{
	struct graph *g = c->model->main;
	bool *shown = arena_array(&c->arena, bool, c->model->nvalues);

	for (uint32_t i = 0; i < g->nout; i++) {
		if (g->out[i].read.value)
			shown[g->out[i].read.value->id] = c->keep_outputs;
		use_set(&g->out[i].read, NULL);
	}
	g->nout = 0;
	c->out = arena_array(&c->arena, uint32_t, c->model->nvalues);
	for (struct node *n = g->first; n; n = n->next) {
		uint32_t at = c->position[n->id];

		if (at < c->first || at >= c->last)
			continue;
		for (uint32_t i = 0; i < n->nout; i++) {
			struct value *v = n->out[i];

			if (!v || !(shown[v->id] || read_from(c, v, c->last)))
				continue;
			graph_add_output(g, v->name, v, &v->type);
			c->out[c->nout++] = v->id;
		}
	}
}

static void add_input(struct cut *c, struct value *v)
{
	struct value *in = graph_add_input(v->graph, v->name, &v->type);

	value_replace(v, in);
	c->in[c->nin++] = v->id;
}

static void cut_inputs(struct cut *c)
{
	struct graph *g = c->model->main;
	struct node *n, *prev;

	c->in = arena_array(&c->arena, uint32_t, c->model->nvalues);
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i]))
			c->in[c->nin++] = g->in[i]->id;
	for (n = g->last; n; n = prev) {
		uint32_t at = c->position[n->id];

		prev = n->prev;
		if (at >= c->first && at < c->last)
			continue;
		for (uint32_t i = 0; at < c->first && i < n->nout; i++)
			if (n->out[i] && n->out[i]->uses)
				add_input(c, n->out[i]);
		node_remove(n);
	}
}

/* ---- running ------------------------------------------------------------ */

struct prefix_run {
	struct crew crew;
	struct prefix *prefix;
	const struct cut *cut;
};

static bool run_batch(struct crew *self, struct worker *w, size_t b,
		      struct err *e)
{
	struct prefix_run *r = (struct prefix_run *)self;
	struct prefix *p = r->prefix;
	const struct cut *c = r->cut;
	struct arena a = {0};
	const struct datum **in = arena_array(&a, const struct datum *, c->nin);
	bool ok;

	for (uint32_t i = 0; i < c->nin; i++)
		in[i] = &p->held[c->in[i]]->datum[b];
	ok = worker_run(self, w, in, NULL, e);
	for (uint32_t i = 0; ok && i < c->nout; i++) {
		struct prefix_value *v = p->held[c->out[i]];

		ok = hold_copy(&v->hold[b], &v->datum[b],
			       plan_output(w->plan, i), NULL, e);
	}
	arena_release(&a);
	return ok;
}

static bool run_cut(struct prefix *p, const struct cut *c, struct err *e)
{
	struct prefix_run r = {.crew.work = run_batch, .prefix = p, .cut = c};
	bool ok;

	for (uint32_t i = 0; i < c->nout; i++)
		held_new(p, c->out[i]);
	crew_begin(&r.crew, c->model, p->engine, p->limits);
	ok = crew_run(&r.crew, p->batches, e);
	crew_end(&r.crew);
	return ok;
}

/* Forget results that no node from UNTIL on reads. */
static void drop_read(struct prefix *p, const struct cut *c)
{
	for (struct node *n = p->model->main->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i] && !read_from(c, n->out[i], c->last))
				held_drop(p, n->out[i]->id);
}

bool prefix_advance(struct prefix *p, struct node *until, struct err *e)
{
	struct cut c = {.nin = 0};
	bool ok = true;

	if (p->at == until)
		return true;
	c.model = model_clone(p->model);
	c.keep_outputs = p->keep_outputs;
	number_nodes(&c, p->at, until);
	cut_outputs(&c);
	cut_inputs(&c);
	if (c.nout)
		ok = run_cut(p, &c, e);
	if (ok) {
		drop_read(p, &c);
		p->at = until;
	}
	model_free(c.model);
	arena_release(&c.arena);
	return ok;
}

/* ---- sizes -------------------------------------------------------------- */

static size_t sample_bytes(const struct value *v)
{
	struct shape s = v->type.shape;
	struct err e;
	size_t bytes;

	if (v->konst || v->type.kind != TYPE_TENSOR || s.rank < 1)
		return 0;
	s.dim[0] = 1;
	return shape_is_known(&s) && shape_bytes(&s, v->type.dtype, &bytes, &e)
		       ? bytes
		       : 0;
}

size_t prefix_sample_bytes(const struct model *m)
{
	size_t now = 0, widest = 0;
	struct cut c = {.model = (struct model *)m};
	size_t *dies;

	number_nodes(&c, NULL, NULL);
	dies = arena_array(&c.arena, size_t, (size_t)c.last + 1);
	for (const struct node *n = m->main->first; n; n = n->next) {
		uint32_t at = c.position[n->id], reader;

		now -= dies[at];
		for (uint32_t i = 0; i < n->nout; i++) {
			uint32_t last = at;
			size_t bytes;

			if (!n->out[i])
				continue;
			bytes = sample_bytes(n->out[i]);
			for (const struct use *u = n->out[i]->uses; u;
			     u = u->next)
				if (reader_of(&c, u, &reader) && reader > last)
					last = reader;
			now += bytes;
			dies[last + 1 < c.last ? last + 1 : c.last] += bytes;
		}
		if (now > widest)
			widest = now;
	}
	arena_release(&c.arena);
	return widest;
}

/* Columns of inputs that one sample makes for L. */
static size_t columns_of_sample(const struct layer *l)
{
	const struct value *out = node_out(l->node, 0);
	const struct shape *s = &out->type.shape;
	bool spatial = node_is(l->node, "", "Conv");
	int32_t first = spatial ? 2 : 1;
	int32_t last = spatial ? s->rank : s->rank - 1;
	size_t n = 1;

	for (int32_t i = first; i < last; i++)
		if (s->dim[i] > 0 && (size_t)s->dim[i] < SIZE_MAX / n)
			n *= (size_t)s->dim[i];
	return n;
}

size_t prefix_samples(const struct model *m, size_t each, size_t most)
{
	size_t samples = 1;
	struct layer l;

	for (struct node *n = m->main->first; n; n = n->next) {
		size_t have, need;

		if (!layer_of(&l, n) || !l.has_columns || !node_out(n, 0))
			continue;
		have = columns_of_sample(&l);
		need = l.columns < most ? l.columns : most;
		need = (each * need + have - 1) / have;
		if (need > samples)
			samples = need;
	}
	return samples;
}
