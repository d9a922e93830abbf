/* SPDX-License-Identifier: Apache-2.0 */
/* validate/compare.c -- outputs and accuracy over a dataset; see compare.h. */
#include "validate/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "validate/machine.h"
#include "validate/sides.h"

enum { NESTING = 8 }; /* of sequences and maps in an output */

/* Containers are compared leaf by leaf. */
static bool add_datum(struct drift *d, const struct datum *want,
		      const struct datum *got, int depth, struct err *e)
{
	if (want->type.kind != got->type.kind || want->count != got->count)
		return err_set(e, ERR_SHAPE,
			       "got a container of %zu elements, want %zu",
			       got->count, want->count);
	if (depth > NESTING)
		return err_set(e, ERR_LIMIT, "nested more than %d deep",
			       NESTING);
	if (want->type.kind == TYPE_TENSOR || want->type.kind == TYPE_MAP)
		if (!drift_add(d, &want->tensor, &got->tensor, e))
			return false;
	for (size_t i = 0; i < want->count; i++)
		if (!add_datum(d, &want->item[i], &got->item[i], depth + 1, e))
			return false;
	return true;
}

/* The first N samples of T, where the first axis has more. */
static struct tensor head(const struct tensor *t, size_t n)
{
	struct tensor x = *t;

	if (x.shape.rank > 0 && (uint64_t)x.shape.dim[0] > n &&
	    t->dtype != DTYPE_STRING) {
		x.bytes = x.bytes / (size_t)x.shape.dim[0] * n;
		x.shape.dim[0] = (int64_t)n;
	}
	return x;
}

struct comparison {
	struct report *r;
	struct sides sides;
	struct dataset *data;
	struct session *session[2];
	uint32_t scored; /* output that accuracy reads */
	struct arena arena;
	struct tensor *label;
};

static const struct datum *result(const struct comparison *c, enum side side,
				  uint32_t i)
{
	if (side == CANDIDATE)
		i = c->sides.output[i];
	return plan_output(session_plan(c->session[side]), i);
}

static bool add_outputs(struct comparison *c, const struct batch *b,
			struct err *e)
{
	for (uint32_t i = 0; i < c->sides.nout; i++) {
		struct datum want = *result(c, REFERENCE, i);
		struct datum got = *result(c, CANDIDATE, i);

		want.tensor = head(&want.tensor, b->count);
		got.tensor = head(&got.tensor, b->count);
		if (!add_datum(&c->r->output[i].drift, &want, &got, 0, e))
			return err_context(e, "output '%s'",
					   c->r->output[i].name);
	}
	return true;
}

static bool add_accuracy(struct comparison *c, const struct batch *b,
			 size_t first, struct err *e)
{
	struct tensor want = result(c, REFERENCE, c->scored)->tensor;
	struct tensor got = result(c, CANDIDATE, c->scored)->tensor;

	if (c->r->accuracy.metric == METRIC_NONE)
		return true;
	for (size_t i = 0; c->label && i < b->count; i++)
		c->label[i] = dataset_label(c->data, first + i);
	want = head(&want, b->count);
	got = head(&got, b->count);
	if (!accuracy_add(&c->r->accuracy, &want, &got, c->label, b->count, e))
		return err_context(e, "output '%s'",
				   c->r->output[c->scored].name);
	return true;
}

static bool run_sides(struct comparison *c, const struct batch *b,
		      struct err *e)
{
	for (int side = REFERENCE; side <= CANDIDATE; side++)
		if (!session_run(c->session[side],
				 sides_feed(&c->sides, b, (enum side)side),
				 NULL, e))
			return err_context(e, "'%s'", c->r->path[side]);
	return true;
}

static bool compare_samples(struct comparison *c, struct err *e)
{
	size_t total = dataset_count(c->data);
	size_t batch = sides_batch(&c->sides, c->data);
	struct progress_sink *p = c->sides.opts->progress;
	struct batch b;

	for (size_t i = 0; i < total; i += b.count) {
		size_t n = batch < total - i ? batch : total - i;

		if (p)
			p->step(p, "comparing", i, total);
		if (!dataset_read(c->data, i, n, &b, e) ||
		    !run_sides(c, &b, e) || !add_outputs(c, &b, e) ||
		    !add_accuracy(c, &b, i, e))
			return false;
	}
	c->r->samples = total;
	return true;
}

static bool prepare(struct comparison *c, const struct compare_opts *o,
		    struct err *e)
{
	const struct graph *g = c->sides.model[REFERENCE]->main;
	struct report *r = c->r;

	r->noutput = g->nout;
	r->output = arena_array(&r->arena, struct value_drift, g->nout);
	for (uint32_t i = 0; i < g->nout; i++)
		r->output[i].name = arena_strdup(&r->arena, g->out[i].name);
	accuracy_init(&r->accuracy, o->metric, o->k, o->threshold, &r->arena);
	if (o->output) {
		while (c->scored < g->nout &&
		       strcmp(g->out[c->scored].name, o->output))
			c->scored++;
		if (c->scored == g->nout)
			return err_set(e, ERR_USAGE,
				       "the reference has no output '%s'",
				       o->output);
	}
	if (!accuracy_wants_labels(&r->accuracy))
		return true;
	if (!dataset_has_labels(c->data)) {
		struct str name = {0};

		metric_print(&name, o->metric, o->k);
		err_set(e, ERR_USAGE, "%s needs labels: give --labels",
			name.text);
		str_release(&name);
		return false;
	}
	c->label = arena_array(&c->arena, struct tensor,
			       sides_batch(&c->sides, c->data));
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "Conv", "com.microsoft:Gelu" of every node, inner graphs included; each
 * once, sorted. */
static void list_operators(struct report *r, const struct model *m)
{
	uint32_t n = 0, kept = 0;

	for (const struct node *x = model_first(m); x; x = model_next(x))
		n++;
	r->op = arena_array(&r->arena, const char *, n);
	n = 0;
	for (const struct node *x = model_first(m); x; x = model_next(x))
		r->op[n++] = x->domain[0] ? arena_printf(&r->arena, "%s:%s",
							 x->domain, x->type)
					  : arena_strdup(&r->arena, x->type);
	if (n)
		qsort(r->op, n, sizeof(*r->op), by_text);
	for (uint32_t i = 0; i < n; i++)
		if (!i || strcmp(r->op[i], r->op[i - 1]))
			r->op[kept++] = r->op[i];
	r->nop = kept;
}

static void describe_machine(struct report *r, const struct plan_opts *o)
{
	const struct engine *g = o->engine ? o->engine : engine_default();

	r->environment.cpu = machine_cpu(&r->arena);
	r->environment.blas = parallel_blas_config();
	r->environment.engine = g->name;
	r->environment.threads = parallel_threads();
}

static bool measure(struct comparison *c, const struct compare_opts *o,
		    struct err *e)
{
	if (!prepare(c, o, e) || !compare_samples(c, e))
		return false;
	if (o->per_layer && !compare_layers(c->r, &c->sides, c->data, e))
		return false;
	return !(o->latency || o->memory) ||
	       compare_speed(c->r, &c->sides, c->data, e);
}

bool compare_models(struct report *r, const struct model *const model[2],
		    struct dataset *d, const struct compare_opts *o,
		    struct err *e)
{
	struct comparison c = {.r = r, .data = d};
	bool ok;

	list_operators(r, model[CANDIDATE]);
	describe_machine(r, &o->plan);
	if (!sides_init(&c.sides, model, o, e))
		return false;
	for (int side = REFERENCE; side <= CANDIDATE; side++)
		c.session[side] = session_open(model[side], &o->plan);
	ok = measure(&c, o, e);
	session_free(c.session[REFERENCE]);
	session_free(c.session[CANDIDATE]);
	sides_release(&c.sides);
	arena_release(&c.arena);
	return ok;
}
