/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_edit.c -- what adapters use: see opset_row.h. */
#include <string.h>

#include "graph/element.h"
#include "ops/infer.h"
#include "passes/opset_row.h"

static const struct opset_row *const tables[] = {
	opset_operands,	  opset_meanings, opset_resizes,     opset_broadcasts,
	opset_oldest,	  opset_norms,	  opset_quantizers,  opset_indices,
	opset_attentions, opset_newer,	  opset_experimental};

const struct opset_row *opset_find_row(const char *type, int version, bool up)
{
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct opset_row *r = tables[t]; r->type; r++)
			if (r->version == version && !strcmp(r->type, type) &&
			    (up ? r->up != NULL : r->down || r->recipe))
				return r;
	return NULL;
}

/* ---- operands and attributes -------------------------------------------- */

static void grow_operands(struct node *n, uint32_t count)
{
	struct arena *a = &n->graph->model->arena;
	struct use *grown = arena_array(a, struct use, count);

	for (uint32_t k = 0; k < count; k++) {
		struct value *old = node_in(n, k);

		grown[k].user = n;
		grown[k].graph = n->graph;
		if (k < n->nin)
			use_set(&n->in[k], NULL);
		use_set(&grown[k], old);
	}
	n->in = grown;
	n->nin = count;
}

void opset_set_operand(struct node *n, uint32_t i, struct value *v)
{
	if (v && i >= n->nin)
		grow_operands(n, i + 1);
	if (i < n->nin)
		use_set(&n->in[i], v);
	while (n->nin && !n->in[n->nin - 1].value)
		n->nin--;
}

const struct tensor *opset_constant(const struct value *v)
{
	const struct attr *a;

	if (!v)
		return NULL;
	if (v->konst || !v->def)
		return v->konst;
	if (!node_is(v->def, "", "Constant"))
		return NULL;
	a = node_attr(v->def, "value");
	return a && a->kind == ATTR_TENSOR && !a->ref ? a->u.tensors : NULL;
}

/* Constant-12 spells lists and numbers out; inference knows contents. */
static const int64_t *spelled_ints(const struct value *v, struct arena *a,
				   uint32_t *count)
{
	const struct attr *x;
	int64_t *list;

	if (v->def && node_is(v->def, "", "Constant")) {
		x = node_attr(v->def, "value_ints");
		if (x && !x->ref) {
			*count = x->count;
			return x->u.ints;
		}
	}
	if (!v->content)
		return NULL;
	list = arena_array(a, int64_t, (size_t)v->content->rank + 1);
	*count = (uint32_t)v->content->rank;
	for (int32_t i = 0; i < v->content->rank; i++)
		if (!content_int(v->content->dim[i], &list[i]))
			return NULL;
	return list;
}

const int64_t *opset_ints(const struct node *n, uint32_t i, uint32_t *count)
{
	struct arena *a = &n->graph->model->arena;
	const struct value *v = node_in(n, i);
	const struct tensor *t = opset_constant(v);
	int64_t *list;

	*count = 0;
	if (!v)
		return NULL;
	if (!t)
		return spelled_ints(v, a, count);
	if (!dtype_is_integer(t->dtype) || t->shape.rank > 1)
		return NULL;
	*count = (uint32_t)tensor_count(t);
	list = arena_array(a, int64_t, (size_t)*count + 1);
	for (uint32_t k = 0; k < *count; k++)
		list[k] = tensor_int(t, k);
	return list;
}

void opset_ints_operand(struct node *n, const char *name, uint32_t i)
{
	uint32_t count;
	const int64_t *x = node_ints(n, name, &count);

	if (!node_attr(n, name))
		return;
	opset_set_operand(n, i, opset_int_list(n, x, count));
	node_drop_attr(n, name);
}

bool opset_not_constant(const char *name, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "has a '%s' that is not constant",
		       name);
}

bool opset_ints_attr(struct node *n, uint32_t i, const char *name,
		     struct err *e)
{
	uint32_t count;
	const int64_t *x = opset_ints(n, i, &count);

	if (!node_in(n, i)) {
		opset_set_operand(n, i, NULL); /* an empty slot goes, too */
		return true;
	}
	if (!x)
		return opset_not_constant(name, e);
	node_set_ints(n, name, x, count);
	opset_set_operand(n, i, NULL);
	return true;
}

enum dtype opset_dtype(const struct value *v)
{
	return v && v->type.kind == TYPE_TENSOR ? v->type.dtype : DTYPE_NONE;
}

int32_t opset_rank(const struct value *v)
{
	return v && v->type.kind == TYPE_TENSOR ? v->type.shape.rank
						: RANK_UNKNOWN;
}

int64_t opset_dim(const struct value *v, int32_t axis)
{
	int32_t rank = opset_rank(v);

	if (axis < 0 || axis >= rank || v->type.shape.dim[axis] < 0)
		return DIM_UNKNOWN;
	return v->type.shape.dim[axis];
}

bool opset_is_used(const struct node *n, uint32_t i)
{
	const struct value *v = node_out(n, i);

	return v && v->uses;
}

/* ---- new constants and nodes -------------------------------------------- */

/* The body of a function cannot hold constants: they are nodes there. */
struct value *opset_const(struct node *n, const struct tensor *t)
{
	const struct graph *g = n->graph;
	struct node_spec spec = {.type = "Constant", .nout = 1};
	struct attr a = {.name = "value", .kind = ATTR_TENSOR, .u.tensors = t};
	struct node *c;

	if (g->owner || g == g->model->main)
		return graph_add_const(n->graph, NULL, t);
	c = opset_insert(n, &spec);
	node_set_attr(c, &a);
	c->out[0]->type = type_tensor(t->dtype, &t->shape);
	return c->out[0];
}

struct value *opset_scalar(struct node *n, enum dtype t, double x)
{
	struct shape s = {.rank = 0};
	struct tensor c = tensor_in_arena(&n->graph->model->arena,
					  t ? t : DTYPE_F32, &s);

	if (dtype_is_integer(c.dtype))
		element_set_int(c.dtype, tensor_mut(&c), 0, (int64_t)x);
	else
		element_set_double(c.dtype, tensor_mut(&c), 0, x);
	return opset_const(n, &c);
}

struct value *opset_int_list(struct node *n, const int64_t *x, size_t count)
{
	struct shape s = SHAPE((int64_t)count);
	struct tensor t = tensor_in_arena(&n->graph->model->arena, DTYPE_I64,
					  &s);

	if (count)
		memcpy(tensor_mut(&t), x, count * sizeof(*x));
	return opset_const(n, &t);
}

struct value *opset_float_list(struct node *n, const float *x, size_t count)
{
	struct shape s = SHAPE((int64_t)count);
	struct tensor t = tensor_in_arena(&n->graph->model->arena, DTYPE_F32,
					  &s);

	if (count)
		memcpy(tensor_mut(&t), x, count * sizeof(*x));
	return opset_const(n, &t);
}

void opset_rename(struct node *n, const char *type)
{
	n->type = type;
	n->op = NULL;
}

static struct node *new_node(struct node *n, const struct node_spec *spec)
{
	struct arena *a = &n->graph->model->arena;
	struct node *new = node_new(n->graph, spec);
	struct source *s = arena_new(a, struct source);

	*s = (struct source){node_label(n, a), "convert-opset", NULL};
	new->sources = n->sources ? n->sources : s;
	return new;
}

struct node *opset_insert(struct node *n, const struct node_spec *spec)
{
	struct node *new = new_node(n, spec);

	node_insert_before(new, n);
	return new;
}

struct value *opset_op(struct node *n, const char *type,
		       struct value *const *in, uint32_t nin)
{
	struct node_spec spec = {.type = type, .in = in, .nin = nin, .nout = 1};

	return opset_insert(n, &spec)->out[0];
}

static void move_result(struct value *old, struct value *v)
{
	v->type = old->type;
	v->content = old->content;
	v->name = old->name;
	old->name = "";
	value_replace(old, v);
}

void opset_replace(struct node *n, uint32_t i, struct value *v)
{
	if (node_out(n, i))
		move_result(n->out[i], v);
}

struct node *opset_append(struct node *n, uint32_t i, const char *type)
{
	struct value *old = n->out[i];
	struct node_spec spec = {.type = type, .in = &old, .nin = 1, .nout = 1};
	struct node *new = new_node(n, &spec);

	if (n->next)
		node_insert_before(new, n->next);
	else
		node_append(new);
	use_set(&new->in[0], NULL);
	move_result(old, new->out[0]);
	use_set(&new->in[0], old);
	return new;
}
