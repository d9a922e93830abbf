/* SPDX-License-Identifier: Apache-2.0 */
/* graph/fix_dim.c -- giving named dimensions a number. */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "graph/graph.h"

/* NAMED becomes NUMBER, also in expressions of it. */
struct fix {
	struct model *model;
	int64_t named, number;
};

static int64_t fixed(const struct fix *f, int64_t dim)
{
	const struct symbol *s;

	if (dim == f->named)
		return f->number;
	if (dim >= DIM_UNKNOWN || dim < INT64_MIN / 4)
		return dim;
	s = symbol_of(&f->model->symbols, dim);
	if (s->name || s->base != f->named)
		return dim;
	dim = dim_mul(&f->model->symbols, f->number, s->mul);
	dim = s->add < 0 ? dim_sub(&f->model->symbols, dim, -s->add)
			 : dim_add(&f->model->symbols, dim, s->add);
	return dim_div_floor(&f->model->symbols, dim, s->div);
}

static void fix_shape(const struct fix *f, struct shape *s)
{
	for (int i = 0; i < s->rank; i++)
		s->dim[i] = fixed(f, s->dim[i]);
}

/* Element types are shared and const: copied on the way down. */
static void fix_type(const struct fix *f, struct type *t)
{
	for (;;) {
		struct type *elem;

		if (t->kind == TYPE_TENSOR || t->kind == TYPE_SPARSE)
			fix_shape(f, &t->shape);
		if (!t->elem)
			return;
		elem = arena_memdup(&f->model->arena, t->elem, sizeof(*elem));
		t->elem = elem;
		t = elem;
	}
}

static void fix_value(const struct fix *f, struct value *v)
{
	struct shape *content;

	fix_type(f, &v->type);
	if (!v->content)
		return;
	content = arena_memdup(&f->model->arena, v->content, sizeof(*content));
	fix_shape(f, content);
	v->content = content;
}

static void fix_ends(const struct fix *f, struct graph *g)
{
	for (uint32_t i = 0; i < g->nin; i++)
		fix_value(f, g->in[i]);
	for (uint32_t i = 0; i < g->nout; i++)
		fix_type(f, &g->out[i].type);
}

/* The names in the model, for a message. */
static void list_names(const struct model *m, struct str *names)
{
	str_add(names, "");
	for (uint32_t i = 0; i < m->symbols.count; i++)
		if (m->symbols.at[i].name)
			str_addf(names, "%s%s", names->len ? ", " : "",
				 m->symbols.at[i].name);
}

static bool find_dim(struct model *m, const char *name, int64_t *dim,
		     struct err *e)
{
	struct str names = {0};

	for (uint32_t i = 0; i < m->symbols.count; i++) {
		if (!m->symbols.at[i].name ||
		    strcmp(m->symbols.at[i].name, name) != 0)
			continue;
		*dim = symbol_dim(&m->symbols, name);
		return true;
	}
	list_names(m, &names);
	err_set(e, ERR_USAGE, "the model has no dimension '%s'%s%s", name,
		names.len ? ", only " : ", nor any other name", names.text);
	str_release(&names);
	return false;
}

bool model_fix_dim(struct model *m, const char *name, int64_t number,
		   struct err *e)
{
	struct fix f = {.model = m, .number = number};

	if (number < 0)
		return err_set(e, ERR_USAGE,
			       "dimension '%s' cannot be %" PRId64, name,
			       number);
	if (!find_dim(m, name, &f.named, e))
		return false;
	fix_ends(&f, m->main);
	for (struct node *n = model_first(m); n; n = model_next(n)) {
		struct graph *inner = NULL;

		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i])
				fix_value(&f, n->out[i]);
		while ((inner = node_next_graph(n, inner)))
			fix_ends(&f, inner);
	}
	return true;
}

/* Fix the name that stands for DIM, or return NUMBER for one without. */
static int64_t close_dim(struct model *m, int64_t dim, int64_t number)
{
	const struct symbol *s;
	struct err impossible;

	if (dim >= 0)
		return dim;
	if (dim == DIM_UNKNOWN)
		return number;
	s = symbol_of(&m->symbols, dim);
	if (s->name && !model_fix_dim(m, s->name, number, &impossible))
		bug("%s", impossible.msg);
	return s->name ? number : dim;
}

void model_close_dims(struct model *m, int64_t first, int64_t others)
{
	for (int axis = 0; axis < MAX_RANK; axis++) {
		for (uint32_t i = 0; i < m->main->nin; i++) {
			struct shape *s = &m->main->in[i]->type.shape;

			if (axis < s->rank)
				s->dim[axis] = close_dim(m, s->dim[axis],
							 axis ? others : first);
		}
	}
	for (uint32_t i = 0; i < m->symbols.count; i++)
		if (m->symbols.at[i].name)
			close_dim(
				m,
				symbol_dim(&m->symbols, m->symbols.at[i].name),
				others);
}
