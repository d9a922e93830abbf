/* SPDX-License-Identifier: Apache-2.0 */
/* passes/edit.c -- building, checking, committing and dropping an edit. */
#include "passes/edit.h"

#include <stdlib.h>
#include <string.h>

#include "graph/element.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/edit_state.h"

struct graph *edit_graph(const struct edit *ed)
{
	return ed->root->graph;
}

struct model *edit_model(const struct edit *ed)
{
	return ed->root->graph->model;
}

void edit_begin(struct edit *ed, struct node *root, const struct match *m,
		const char *rewrite)
{
	struct model *model = root->graph->model;

	ed->root = root;
	ed->match = m;
	ed->rewrite = rewrite;
	ed->nfresh = ed->nreplaced = ed->nsource = 0;
	ed->mark = arena_mark(&model->arena);
	ed->nvalues = model->nvalues;
	ed->nnodes = model->nnodes;
	ed->nsymbols = model->symbols.count;
	ed->nkonst = root->graph->nkonst;
	ed->konst = root->graph->konst;
	ed->payload = NULL;
	ed->npayload = ed->payload_cap = 0;
}

/* ---- building ----------------------------------------------------------- */

static struct node *add_node(struct edit *ed, const struct node_spec *spec)
{
	struct node_spec s = *spec;

	if (ed->nfresh == EDIT_NODES)
		bug("rewrite '%s' makes too many nodes", ed->rewrite);
	while (s.nin && !s.in[s.nin - 1])
		s.nin--;
	ed->fresh[ed->nfresh] = node_new(edit_graph(ed), &s);
	return ed->fresh[ed->nfresh++];
}

struct node *edit_node_outs(struct edit *ed, const char *type,
			    struct value *const *in, uint32_t nin,
			    uint32_t nout)
{
	return add_node(
		ed, &(struct node_spec){
			    .type = type, .in = in, .nin = nin, .nout = nout});
}

struct node *edit_node(struct edit *ed, const char *type,
		       struct value *const *in, uint32_t nin)
{
	return edit_node_outs(ed, type, in, nin, 1);
}

struct value *edit_op(struct edit *ed, const char *type,
		      struct value *const *in, uint32_t nin)
{
	return edit_node(ed, type, in, nin)->out[0];
}

void edit_copy_attrs(struct node *to, const struct node *from)
{
	for (uint32_t i = 0; i < from->nattr; i++)
		node_set_attr(to, &from->attr[i]);
}

struct node *edit_copy(struct edit *ed, const struct node *old,
		       struct value *const *in, uint32_t nin)
{
	struct node_spec s = {.domain = old->domain,
			      .type = old->type,
			      .name = old->name,
			      .in = in,
			      .nin = nin,
			      .nout = old->nout};
	struct node *n = add_node(ed, &s);

	n->overload = old->overload;
	edit_copy_attrs(n, old);
	for (uint32_t i = 0; i < n->nout; i++)
		if (!old->out[i])
			n->out[i] = NULL;
	return n;
}

struct value *edit_const(struct edit *ed, const struct tensor *t)
{
	return graph_add_const(edit_graph(ed), NULL, t);
}

struct value *edit_ints(struct edit *ed, const int64_t *x, size_t n)
{
	return graph_const_ints(edit_graph(ed), x, n);
}

static void remember_payload(struct edit *ed, const void *data)
{
	if (ed->npayload == ed->payload_cap) {
		struct arena *a = &edit_model(ed)->arena;
		uint32_t cap = ed->payload_cap ? 2 * ed->payload_cap : 4;
		const void **grown = arena_array(a, const void *, cap);

		if (ed->npayload)
			memcpy(grown, ed->payload,
			       ed->npayload * sizeof(*grown));
		ed->payload = grown;
		ed->payload_cap = cap;
	}
	ed->payload[ed->npayload++] = data;
}

bool edit_tensor(struct edit *ed, enum dtype t, const struct shape *s,
		 struct tensor *out, struct err *e)
{
	size_t bytes;
	void *data;

	if (!shape_bytes(s, t, &bytes, e) ||
	    !model_alloc(edit_model(ed), bytes, &data, e))
		return false;
	if (bytes)
		memset(data, 0, bytes);
	remember_payload(ed, data);
	*out = (struct tensor){
		.dtype = t, .shape = *s, .data = data, .bytes = bytes};
	return true;
}

bool edit_doubles(struct edit *ed, enum dtype t, const struct shape *s,
		  const double *x, struct value **out, struct err *e)
{
	struct tensor to;

	if (!edit_tensor(ed, t, s, &to, e))
		return false;
	for (size_t i = 0, n = tensor_count(&to); i < n; i++)
		element_set_double(t, tensor_mut(&to), i, x[i]);
	*out = edit_const(ed, &to);
	return true;
}

void edit_replace(struct edit *ed, struct value *old, struct value *new)
{
	if (ed->nreplaced == EDIT_REPLACED)
		bug("rewrite '%s' replaces too many values", ed->rewrite);
	ed->old[ed->nreplaced] = old;
	ed->new[ed->nreplaced++] = new;
}

void edit_source(struct edit *ed, const struct node *n)
{
	if (ed->nsource < EDIT_NODES)
		ed->source[ed->nsource++] = n;
}

/* ---- checking ----------------------------------------------------------- */

static bool check_node(struct node *n, struct err *e)
{
	op_bind_node(n);
	if (!n->op)
		return err_set(e, ERR_UNSUPPORTED,
			       "the model's opset has no %s", n->type);
	return infer_node(n, e);
}

bool edit_check(struct edit *ed, struct err *e)
{
	for (uint32_t i = 0; i < ed->nfresh; i++)
		if (!check_node(ed->fresh[i], e))
			return err_context(e, "new %s", ed->fresh[i]->type);
	for (uint32_t i = 0; i < ed->nreplaced; i++) {
		const struct value *old = ed->old[i], *new = ed->new[i];
		struct type t;

		if (old == new)
			return err_set(e, ERR_SHAPE,
				       "'%s' would replace itself", old->name);
		t = old->type;
		if (!infer_merge(&t, &new->type, &edit_model(ed)->symbols, e))
			return err_context(e, "would change '%s'", old->name);
	}
	return true;
}

/* ---- dropping ----------------------------------------------------------- */

void edit_drop(struct edit *ed)
{
	struct model *m = edit_model(ed);

	/* Backwards, so that use lists get their old order back. */
	for (uint32_t i = ed->nfresh; i-- > 0;)
		for (uint32_t k = ed->fresh[i]->nin; k-- > 0;)
			use_set(&ed->fresh[i]->in[k], NULL);
	for (uint32_t i = 0; i < ed->npayload; i++)
		model_drop(m, ed->payload[i]);
	edit_graph(ed)->nkonst = ed->nkonst;
	edit_graph(ed)->konst = ed->konst;
	m->nvalues = ed->nvalues;
	m->nnodes = ed->nnodes;
	/* Interned dimensions stay: their table points into the arena. */
	if (m->symbols.count == ed->nsymbols)
		arena_rewind(&m->arena, ed->mark);
}
