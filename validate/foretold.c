/* SPDX-License-Identifier: Apache-2.0 */
/* validate/foretold.c -- see foretold.h. */
#include "validate/foretold.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "graph/symbol.h"

static void finding(struct foretold *f, const char *how, const char *what)
{
	enum { MOST = 3 };

	if (f->wrong++ < MOST)
		str_addf(f->why, "%sinference with %s: %s",
			 f->why->len ? "; " : "", how, what);
}

/* ---- what is known before ------------------------------------------------ */

/* Forget what M says of values that nodes define. */
static void forget_types(struct model *m)
{
	for (struct node *n = model_first(m); n; n = model_next(n))
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i])
				n->out[i]->type = (struct type){0};
	for (uint32_t i = 0; i < m->main->nout; i++)
		m->main->out[i].type = (struct type){0};
}

/* "N3" for a first dim of 3. */
static void name_first_dim(struct model *m, struct type *t)
{
	char name[32];

	if (t->kind != TYPE_TENSOR || t->shape.rank < 1)
		return;
	snprintf(name, sizeof(name), "N%" PRId64, t->shape.dim[0]);
	t->shape.dim[0] = symbol_dim(&m->symbols,
				     arena_strdup(&m->arena, name));
}

static void fix_first_dims(struct model *m, const struct datum *const *in,
			   uint32_t nin)
{
	for (uint32_t i = 0; i < nin; i++) {
		struct err e = {.code = ERR_NONE};
		char name[32];

		if (!in[i] || in[i]->type.kind != TYPE_TENSOR ||
		    in[i]->type.shape.rank < 1)
			continue;
		snprintf(name, sizeof(name), "N%" PRId64,
			 in[i]->type.shape.dim[0]);
		/* Nothing left to fix where an equal dim came before. */
		(void)!model_fix_dim(m, name, in[i]->type.shape.dim[0], &e);
	}
}

/* A copy of M that knows the types of IN alone. */
static struct model *make_copy(const struct model *m,
			       const struct datum *const *in, bool named)
{
	struct model *copy = model_clone(m);
	uint32_t k = 0;

	op_bind_model(copy);
	forget_types(copy);
	for (uint32_t i = 0; i < copy->main->nin; i++) {
		struct value *v = copy->main->in[i];

		if (!value_is_fed(v))
			continue;
		if (in[k]) {
			v->type = in[k]->type;
			if (named)
				name_first_dim(copy, &v->type);
		}
		k++;
	}
	return copy;
}

static const struct value **index_values(struct arena *a, struct model *m)
{
	const struct value **at = arena_array(a, const struct value *,
					      m->nvalues);

	for (struct node *n = model_first(m); n; n = model_next(n))
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i])
				at[n->out[i]->id] = n->out[i];
	return at;
}

/* ---- how much is known --------------------------------------------------- */

static void count_dims(struct op_record *r, const struct type *t)
{
	if (t->kind != TYPE_TENSOR || t->shape.rank < 0) {
		r->unknown += t->kind == TYPE_TENSOR || t->kind == TYPE_UNKNOWN;
		return;
	}
	for (int32_t i = 0; i < t->shape.rank; i++) {
		r->known += t->shape.dim[i] >= 0;
		r->unknown += t->shape.dim[i] == DIM_UNKNOWN;
		r->named += t->shape.dim[i] < DIM_UNKNOWN;
	}
}

static void count_model(struct op_tally *tally, struct model *m)
{
	for (struct node *n = model_first(m); n; n = model_next(n))
		for (uint32_t i = 0; n->op && i < n->nout; i++)
			if (n->out[i])
				count_dims(op_tally_of(tally, n->op),
					   &n->out[i]->type);
}

/* ---- what comes out ------------------------------------------------------ */

static void compare(struct foretold *f, const char *how, const struct value *v,
		    const struct datum *d)
{
	struct symbols none = {0};
	struct err e = {.code = ERR_NONE};
	struct type found;
	struct str s = {0};

	if (!v || v->type.kind == TYPE_UNKNOWN)
		return;
	found = v->type;
	if (infer_merge(&found, &d->type, &none, &e))
		return;
	str_addf(&s, "'%s': %s", v->name, e.msg);
	finding(f, how, s.text);
	str_release(&s);
}

static bool saw(struct tap *self, const struct value *v, const struct datum *d,
		struct err *e)
{
	struct foretold *f = (struct foretold *)self;

	(void)e;
	f->checked++;
	compare(f, "known dims", f->fed_value[v->id], d);
	compare(f, "named dims", f->named_value[v->id], d);
	return true;
}

void foretold_output(struct foretold *f, uint32_t i, const struct datum *d)
{
	compare(f, "known dims", f->fed->main->out[i].read.value, d);
	compare(f, "named dims", f->named->main->out[i].read.value, d);
}

void foretold_begin(struct foretold *f, const struct model *m,
		    const struct datum *const *in, struct op_tally *tally,
		    struct str *why)
{
	struct err e = {.code = ERR_NONE};
	uint32_t nin = 0;

	*f = (struct foretold){.tap = {saw}, .why = why};
	for (uint32_t i = 0; i < m->main->nin; i++)
		nin += value_is_fed(m->main->in[i]);
	f->fed = make_copy(m, in, false);
	f->named = make_copy(m, in, true);
	if (!infer_model(f->fed, &e))
		finding(f, "known dims", e.msg);
	if (!infer_model(f->named, &e))
		finding(f, "named dims", e.msg);
	count_model(tally, f->named);
	fix_first_dims(f->named, in, nin);
	f->fed_value = index_values(&f->arena, f->fed);
	f->named_value = index_values(&f->arena, f->named);
}

void foretold_release(struct foretold *f)
{
	model_free(f->fed);
	model_free(f->named);
	arena_release(&f->arena);
}
