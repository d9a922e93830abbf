/* SPDX-License-Identifier: Apache-2.0 */
/* passes/cut_channels.c -- see cut_channels.h. */
#include "passes/cut_channels.h"

#include <string.h>

#include "graph/element.h"
#include "ops/op.h"
#include "passes/constant.h"
#include "passes/opset_row.h"

/* A constant that was cut for one of several readers. */
struct copy {
	struct value *value, *of;
	struct copy *next;
};

struct cutting {
	const struct channels *c;
	const bool *dead;
	struct copy *copies;
	struct arena arena;
};

static bool stays(const struct cutting *k, uint32_t atom)
{
	return atom == ATOM_FIXED || !k->dead[k->c->unit[atom]];
}

uint32_t channels_left(const struct channels *c, const bool *dead,
		       const uint32_t *row, size_t count)
{
	struct cutting k = {.c = c, .dead = dead};
	uint32_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += stays(&k, row[i]);
	return n;
}

/* ---- constants ---------------------------------------------------------- */

/* Copy the elements of FROM whose position on CUT's axis stays. */
static void copy_staying(const struct cutting *k, const struct channel_cut *cut,
			 const struct tensor *from, struct tensor *to)
{
	size_t outer = 1, inner = 1, at = 0;

	for (int32_t i = 0; i < from->shape.rank; i++)
		*(i < cut->axis ? &outer : &inner) *=
			i == cut->axis ? 1 : (size_t)from->shape.dim[i];
	for (size_t i = 0; i < outer * cut->count * inner; i++)
		if (stays(k, cut->atom[i / inner % cut->count]))
			element_set_bits(
				to->dtype, tensor_mut(to), at++,
				element_bits(from->dtype, from->data, i));
}

static bool shorten(const struct cutting *k, const struct channel_cut *cut,
		    const struct tensor *from, struct tensor *to, struct err *e)
{
	void *data;

	*to = (struct tensor){.dtype = from->dtype, .shape = from->shape};
	to->shape.dim[cut->axis] = channels_left(k->c, k->dead, cut->atom,
						 cut->count);
	if (!shape_bytes(&to->shape, to->dtype, &to->bytes, e) ||
	    !model_alloc(k->c->model, to->bytes, &data, e))
		return false;
	memset(data, 0, to->bytes);
	to->data = data;
	copy_staying(k, cut, from, to);
	return true;
}

/* U reads the constant T from now on. */
static void put_constant(struct cutting *k, struct use *u,
			 const struct tensor *t)
{
	struct value *v = u->value;
	struct copy *copy;

	if (value_has_one_use(v) && !v->is_input) {
		v->konst = arena_memdup(&v->graph->model->arena, t, sizeof(*t));
		v->type = type_tensor(t->dtype, &t->shape);
		v->content = NULL;
		v->tensor_origin = NULL;
		return;
	}
	copy = arena_new(&k->arena, struct copy);
	*copy = (struct copy){graph_add_const(u->graph, NULL, t), v, k->copies};
	k->copies = copy;
	use_set(u, copy->value);
}

/* Move the readers of COPY to V if they are equal. */
static bool join_copy(const struct copy *copy, struct value *v)
{
	const struct tensor *a = copy->value->konst, *b = v->konst;

	if (!v->uses || !shape_equal(&a->shape, &b->shape) ||
	    memcmp(a->data, b->data, a->bytes) != 0)
		return false;
	value_replace(copy->value, v);
	return true;
}

/* What was one constant and was cut alike is one again. */
static void join_copies(struct cutting *k)
{
	for (struct copy *x = k->copies; x; x = x->next) {
		bool joined = join_copy(x, x->of);

		for (struct copy *y = x->next; y && !joined; y = y->next)
			joined = y->of == x->of && join_copy(x, y->value);
	}
}

/* Nothing is lost where every position stays. */
static bool cut_constant(struct cutting *k, const struct channel_cut *cut,
			 struct err *e)
{
	struct use *u = &cut->node->in[cut->operand];
	const struct tensor *old = u->value->konst;
	struct tensor t;

	if (channels_left(k->c, k->dead, cut->atom, cut->count) == cut->count)
		return true;
	if (old->shape.dim[cut->axis] != cut->count)
		return err_set(
			e, ERR_SHAPE, "operand %u has %lld positions, not %u",
			cut->operand, (long long)old->shape.dim[cut->axis],
			cut->count);
	if (!shorten(k, cut, old, &t, e))
		return false;
	put_constant(k, u, &t);
	return true;
}

/* ---- values ------------------------------------------------------------- */

static void shorten_value(const struct cutting *k, struct value *v)
{
	for (int32_t i = 0; k->c->axis[v->id] && i < v->type.shape.rank; i++) {
		const uint32_t *row = channels_axis(k->c, v, i);

		if (row)
			v->type.shape.dim[i] = channels_left(
				k->c, k->dead, row,
				(size_t)v->type.shape.dim[i]);
	}
}

/* ---- attributes and lists ----------------------------------------------- */

/* LIST becomes operand I of N, or attribute NAME where its opset has that. */
static void put_list(struct node *n, uint32_t i, const char *name,
		     const struct shape *list)
{
	if (node_attr(n, name) || i >= op_max_in(n->op))
		node_set_ints(n, name, list->dim, (uint32_t)list->rank);
	else
		opset_set_operand(n, i,
				  graph_const_ints(n->graph, list->dim,
						   (size_t)list->rank));
}

/* Dims that are spelt out for result 0. */
static void fix_dims(const struct cutting *k, struct node *n, uint32_t operand)
{
	const struct value *y = n->out[0];
	struct shape list;
	bool changed = false;

	if (!node_in(n, operand) || !const_ints(node_in(n, operand), &list))
		return;
	for (int32_t i = 0; i < list.rank; i++) {
		if (!channels_axis(k->c, y, i) || list.dim[i] == -1 ||
		    list.dim[i] == y->type.shape.dim[i])
			continue;
		list.dim[i] = y->type.shape.dim[i];
		changed = true;
	}
	if (changed)
		put_list(n, operand, "", &list);
}

static void fix_split(const struct cutting *k, struct node *n)
{
	const struct value *x = node_in(n, 0);
	int64_t axis = node_int(n, "axis", 0);
	struct shape list = {.rank = (int32_t)n->nout};

	axis += axis < 0 ? x->type.shape.rank : 0;
	if (!channels_axis(k->c, x, (int32_t)axis) || n->nout > MAX_RANK)
		return;
	for (uint32_t i = 0; i < n->nout; i++)
		list.dim[i] = n->out[i]->type.shape.dim[axis];
	node_drop_attr(n, "num_outputs");
	put_list(n, 1, "split", &list);
}

/* As many groups as there are channels: a depthwise convolution. */
static void fix_groups(struct node *n)
{
	const struct shape *x = &node_in(n, 0)->type.shape;
	int64_t groups = node_int(n, "group", 1);
	const struct tensor *w = node_in(n, 1)->konst;

	if (groups > 1 && w && w->shape.dim[1] == 1 && x->dim[1] > 0 &&
	    x->dim[1] < groups)
		node_set_int(n, "group", x->dim[1]);
}

static void fix_node(const struct cutting *k, struct node *n)
{
	if (node_is(n, "", "Conv") || node_is(n, "", "ConvTranspose"))
		fix_groups(n);
	else if (node_is(n, "", "Reshape"))
		fix_dims(k, n, 1);
	else if (node_is(n, "", "Resize"))
		fix_dims(k, n, 3);
	else if (node_is(n, "", "Split"))
		fix_split(k, n);
}

/* ---- all of it ---------------------------------------------------------- */

/* The new types are those that inference finds. */
static bool infer_again(const struct cutting *k, struct err *e)
{
	struct model *m = k->c->model;
	uint32_t warnings = m->nwarning;

	if (!infer_model(m, e))
		return false;
	if (m->nwarning > warnings)
		return err_set(e, ERR_SHAPE, "%s", m->warning[warnings]);
	return true;
}

static bool cut_constants(struct cutting *k, struct err *e)
{
	for (const struct channel_cut *cut = k->c->cut; cut; cut = cut->next)
		if (!cut_constant(k, cut, e))
			return err_context(e, "'%s'",
					   node_label(cut->node, &k->arena));
	join_copies(k);
	return true;
}

bool cut_channels(const struct channels *c, const bool *dead, struct err *e)
{
	struct cutting k = {.c = c, .dead = dead};
	struct graph *g = c->model->main;
	bool ok = cut_constants(&k, e);

	arena_release(&k.arena);
	if (!ok)
		return false;
	for (struct node *n = g->first; n; n = n->next) {
		for (uint32_t i = 0; i < n->nout; i++)
			if (n->out[i])
				shorten_value(&k, n->out[i]);
		fix_node(&k, n);
	}
	graph_drop_unused_consts(g);
	return infer_again(&k, e);
}
