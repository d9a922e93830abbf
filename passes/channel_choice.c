/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_choice.c -- see channel_choice.h.
 *
 * The model runs once, unchanged.  At each layer that reads channels which may
 * go, its solvers are set up, and once all readers of a group have theirs, the
 * group is decided; solvers that serve no undecided group are freed.
 */
#include "passes/channel_choice.h"

#include <string.h>

#include "base/parallel.h"
#include "quant/prefix.h"
#include "quant/solver_channels.h"

static const double damp = 0.01; /* of the mean diagonal */

/* A layer that reads channels. */
struct reader {
	struct layer layer;
	const uint32_t *row;	       /* atoms of the channels it reads */
	uint32_t channels;	       /* of one group of the layer */
	struct channel_solver *solver; /* one for each group of the layer */
	uint32_t open;		       /* undecided groups that it reads */
	bool ready, done;	       /* has its solvers, needs them no more */
};

/* Columns that a unit has in one group of a reader. */
struct block {
	struct channel_solver *solver;
	uint32_t *at, count;
	struct block *next;
};

/* A unit of the group being decided. */
struct candidate {
	uint32_t atom;
	struct block *blocks;
	double cost;
	bool gone;
};

struct choice {
	const struct channels *c;
	struct group_choice *pick;
	const struct limits *lim;
	bool *dead;
	struct reader *reader;
	uint32_t nreaders;
	uint32_t *missing; /* by group: readers without solvers yet */
	struct arena arena;
};

/* ---- readers ------------------------------------------------------------ */

int32_t reader_channel_axis(const struct layer *l)
{
	if (l->weight->konst->shape.rank > 2)
		return 1;
	return l->input->type.shape.rank - 1;
}

static bool reader_of(const struct channels *c, struct node *n,
		      struct reader *r)
{
	struct layer l;

	if (!layer_of(&l, n) || !l.has_columns || l.depthwise || !l.input ||
	    l.columns > READER_COLUMNS_MOST ||
	    l.input->type.shape.rank == RANK_UNKNOWN)
		return false;
	*r = (struct reader){.layer = l};
	r->row = channels_axis(c, l.input, reader_channel_axis(&l));
	r->channels = (uint32_t)l.weight->konst->shape.dim[1];
	if (l.weight->konst->shape.rank == 2)
		r->channels = l.columns;
	return r->row != NULL;
}

/* The group that position I of R's row belongs to, if it is to be pruned. */
static bool group_at(const struct choice *x, const struct reader *r, size_t i,
		     uint32_t *group)
{
	uint32_t atom = r->row[i];

	if (atom == ATOM_FIXED)
		return false;
	*group = x->c->group_of[x->c->unit[atom]];
	return *group != UINT32_MAX && x->pick[*group].prune;
}

static size_t row_length(const struct reader *r)
{
	return (size_t)r->channels * r->layer.groups;
}

/* Call for each group that R reads: WHAT is added to its readers. */
static uint32_t count_groups(struct choice *x, const struct reader *r, int what)
{
	struct arena a = {0};
	bool *seen = arena_array(&a, bool, x->c->ngroups);
	uint32_t g, n = 0;

	for (size_t i = 0; i < row_length(r); i++) {
		if (!group_at(x, r, i, &g) || seen[g])
			continue;
		seen[g] = true;
		x->missing[g] += (uint32_t)what;
		n++;
	}
	arena_release(&a);
	return n;
}

static void find_readers(struct choice *x)
{
	struct model *m = x->c->model;
	struct reader r;
	uint32_t n = 0;

	for (struct node *at = m->main->first; at; at = at->next)
		n += reader_of(x->c, at, &r);
	x->reader = arena_array(&x->arena, struct reader, n);
	for (struct node *at = m->main->first; at; at = at->next) {
		if (!reader_of(x->c, at, &r))
			continue;
		r.open = count_groups(x, &r, 1);
		if (r.open)
			x->reader[x->nreaders++] = r;
	}
}

static void close_reader(struct reader *r)
{
	for (uint32_t g = 0; r->ready && g < r->layer.groups; g++)
		channel_solver_release(&r->solver[g]);
	r->ready = r->done = false;
}

static bool init_solvers(struct choice *x, struct reader *r, const double *s,
			 double *w, struct err *e)
{
	const struct layer *l = &r->layer;
	size_t width = l->columns + (size_t)1;

	r->solver = arena_array(&x->arena, struct channel_solver, l->groups);
	r->ready = true;
	for (uint32_t g = 0; g < l->groups; g++) {
		layer_get_rows(l, g, w);
		if (!channel_solver_init(&r->solver[g], w, l->rows, l->columns,
					 s + g * width * width, damp,
					 x->lim->memory, e))
			return false;
	}
	return true;
}

static bool open_reader(struct choice *x, struct reader *r,
			const struct layer_data *d, struct err *e)
{
	const struct layer *l = &r->layer;
	size_t width = l->columns + (size_t)1;
	struct buf sums = {0}, w = {0};
	bool ok = buf_array(&sums, width * width, l->groups * sizeof(double),
			    x->lim->memory, e) &&
		  buf_array(&w, l->rows, l->columns * sizeof(double),
			    x->lim->memory, e) &&
		  curvature_joint(l, d, (double *)(void *)sums.data,
				  x->lim->memory, e) &&
		  init_solvers(x, r, (const double *)(const void *)sums.data,
			       (double *)(void *)w.data, e);

	buf_free(&w);
	buf_free(&sums);
	return ok;
}

/* ---- one group ---------------------------------------------------------- */

static struct candidate *find_candidates(struct choice *x, uint32_t group,
					 struct arena *a, uint32_t **number)
{
	const struct channel_group *g = &x->c->group[group];
	struct candidate *all = arena_array(a, struct candidate, g->count);

	*number = arena_array(a, uint32_t, x->c->natoms);
	for (uint32_t i = 0; i < g->count; i++) {
		all[i].atom = g->unit[i];
		(*number)[g->unit[i]] = i;
	}
	return all;
}

/* Positions that each candidate has in group LG of R. */
static uint32_t *count_positions(struct choice *x, const struct reader *r,
				 uint32_t lg, uint32_t group,
				 const uint32_t *number, struct arena *a)
{
	uint32_t *n = arena_array(a, uint32_t, x->c->group[group].count), g;

	for (uint32_t i = 0; i < r->channels; i++) {
		size_t at = (size_t)lg * r->channels + i;

		if (group_at(x, r, at, &g) && g == group)
			n[number[x->c->unit[r->row[at]]]]++;
	}
	return n;
}

/* Give the candidates the columns that they have in group LG of R. */
static void add_blocks(struct choice *x, const struct reader *r, uint32_t lg,
		       uint32_t group, struct candidate *all,
		       const uint32_t *number, struct arena *a)
{
	uint32_t taps = r->layer.columns / r->channels, g;
	uint32_t *n = count_positions(x, r, lg, group, number, a);

	for (uint32_t i = 0; i < r->channels; i++) {
		size_t at = (size_t)lg * r->channels + i;
		uint32_t k;
		struct block *b;

		if (!group_at(x, r, at, &g) || g != group)
			continue;
		k = number[x->c->unit[r->row[at]]];
		b = all[k].blocks;
		if (!b || b->solver != &r->solver[lg]) {
			b = arena_new(a, struct block);
			b->solver = &r->solver[lg];
			b->at = arena_array(a, uint32_t, (size_t)n[k] * taps);
			b->next = all[k].blocks;
			all[k].blocks = b;
		}
		for (uint32_t t = 0; t < taps; t++)
			b->at[b->count++] = i * taps + t;
	}
}

struct costing {
	struct job job;
	struct candidate *all;
	double *scratch; /* of each thread */
	size_t scratch_step;
};

static void cost_run(struct job *self, size_t begin, size_t end)
{
	struct costing *x = (struct costing *)self;
	double *scratch = x->scratch +
			  (size_t)parallel_index() * x->scratch_step;

	for (size_t i = begin; i < end; i++) {
		struct candidate *at = &x->all[i];

		at->cost = 0;
		for (struct block *b = at->blocks; b && !at->gone; b = b->next)
			at->cost += channel_solver_cost(b->solver, b->at,
							b->count, scratch);
	}
}

static struct candidate *cheapest(struct candidate *all, uint32_t count)
{
	struct candidate *best = NULL;

	for (uint32_t i = 0; i < count; i++)
		if (!all[i].gone && (!best || all[i].cost < best->cost))
			best = &all[i];
	return best;
}

static bool remove_candidate(struct choice *x, struct candidate *at,
			     struct err *e)
{
	at->gone = true;
	x->dead[at->atom] = true;
	for (struct block *b = at->blocks; b; b = b->next)
		if (!channel_solver_remove(b->solver, b->at, b->count,
					   x->lim->memory, e))
			return false;
	return true;
}

static bool decide(struct choice *x, uint32_t group, struct candidate *all,
		   struct err *e)
{
	uint32_t count = x->c->group[group].count, widest = 0;
	struct costing job = {.job.run = cost_run, .all = all};
	struct buf scratch = {0};
	bool ok;

	for (uint32_t i = 0; i < count; i++)
		for (struct block *b = all[i].blocks; b; b = b->next)
			if (b->count > widest)
				widest = b->count;
	job.scratch_step = channel_solver_scratch(widest);
	ok = buf_array(&scratch, job.scratch_step,
		       (size_t)parallel_threads() * sizeof(double),
		       x->lim->memory, e);
	job.scratch = (double *)(void *)scratch.data;
	for (uint32_t k = 0; ok && k < x->pick[group].remove; k++) {
		parallel_for(&job.job, count, 1);
		ok = remove_candidate(x, cheapest(all, count), e);
	}
	buf_free(&scratch);
	return ok;
}

/* All readers of GROUP are open. */
static bool decide_group(struct choice *x, uint32_t group, struct err *e)
{
	struct arena a = {0};
	uint32_t *number, g;
	struct candidate *all = find_candidates(x, group, &a, &number);
	bool ok;

	for (uint32_t i = 0; i < x->nreaders; i++) {
		struct reader *r = &x->reader[i];
		bool reads = false;

		for (size_t k = 0; r->ready && k < row_length(r); k++)
			reads |= group_at(x, r, k, &g) && g == group;
		for (uint32_t lg = 0; reads && lg < r->layer.groups; lg++)
			add_blocks(x, r, lg, group, all, number, &a);
		if (reads && !--r->open)
			r->done = true;
	}
	ok = decide(x, group, all, e);
	x->pick[group].by_loss = true;
	for (uint32_t i = 0; i < x->nreaders; i++)
		if (x->reader[i].done)
			close_reader(&x->reader[i]);
	arena_release(&a);
	return ok;
}

/* R is open now: decide the groups that waited for it. */
static bool decide_groups(struct choice *x, const struct reader *r,
			  struct err *e)
{
	uint32_t g;
	bool ok = true;

	(void)count_groups(x, r, -1);
	for (size_t i = 0; ok && i < row_length(r); i++)
		if (group_at(x, r, i, &g) && !x->missing[g] &&
		    !x->pick[g].by_loss)
			ok = decide_group(x, g, e);
	return ok;
}

static bool choose_by_loss(struct choice *x, const struct prune_samples *s,
			   struct err *e)
{
	struct prefix p;
	bool ok = prefix_begin(&p, x->c->model, s->in, s->batches, s->engine,
			       x->lim, e);

	for (uint32_t i = 0; ok && i < x->nreaders; i++) {
		struct reader *r = &x->reader[i];
		struct arena a = {0};
		struct layer_data d;

		ok = prefix_advance(&p, r->layer.node, e);
		if (ok && prefix_layer_data(&p, &r->layer, &a, &d))
			ok = open_reader(x, r, &d, e) && decide_groups(x, r, e);
		arena_release(&a);
		if (!ok)
			err_context(e, "'%s'",
				    node_label(r->layer.node, &x->arena));
	}
	if (ok || p.model)
		prefix_end(&p);
	return ok;
}

/* ---- by weight ---------------------------------------------------------- */

/* SCORE, by first atom: shares of the squares of the matrices and kernels. */
static void weigh(const struct channels *c, const struct channel_cut *cut,
		  double *score)
{
	const struct tensor *t = node_in(cut->node, cut->operand)->konst;
	size_t n = tensor_count(t), inner = 1;
	double sum = 0;

	if (t->shape.rank < 2 || !dtype_is_float(t->dtype))
		return;
	for (int32_t i = cut->axis + 1; i < t->shape.rank; i++)
		inner *= (size_t)t->shape.dim[i];
	for (size_t i = 0; i < n; i++)
		sum += tensor_double(t, i) * tensor_double(t, i);
	for (size_t i = 0; sum > 0 && i < n; i++) {
		uint32_t atom = cut->atom[i / inner % cut->count];
		double x = tensor_double(t, i);

		if (atom != ATOM_FIXED)
			score[c->unit[atom]] += x * x / sum;
	}
}

static void choose_by_weight(struct choice *x)
{
	const struct channels *c = x->c;
	double *score = arena_array(&x->arena, double, c->natoms);

	for (const struct channel_cut *cut = c->cut; cut; cut = cut->next)
		weigh(c, cut, score);
	for (uint32_t i = 0; i < c->ngroups; i++) {
		const struct channel_group *g = &c->group[i];

		if (!x->pick[i].prune || x->pick[i].by_loss)
			continue;
		for (uint32_t k = 0; k < x->pick[i].remove; k++) {
			uint32_t best = ATOM_FIXED;

			for (uint32_t u = 0; u < g->count; u++)
				if (!x->dead[g->unit[u]] &&
				    (best == ATOM_FIXED ||
				     score[g->unit[u]] < score[best]))
					best = g->unit[u];
			x->dead[best] = true;
		}
	}
}

bool choose_channels(const struct channels *c, struct group_choice *pick,
		     const struct prune_samples *samples,
		     const struct limits *lim, bool *dead, struct err *e)
{
	struct choice x = {.c = c, .pick = pick, .lim = lim, .dead = dead};
	bool ok = true;

	x.missing = arena_array(&x.arena, uint32_t, c->ngroups);
	find_readers(&x);
	if (samples)
		ok = choose_by_loss(&x, samples, e);
	for (uint32_t i = 0; i < x.nreaders; i++)
		close_reader(&x.reader[i]);
	if (ok)
		choose_by_weight(&x);
	arena_release(&x.arena);
	return ok;
}
