/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_write_info.c -- what graphs say about their values.
 *
 * An entry of value_info or quantization_annotation stays if the value it
 * names is still in the graph, or never was (files have such entries); it
 * goes with a value that was removed.
 */
#include <string.h>

#include "formats/onnx_read.h"
#include "formats/onnx_write.h"

Onnx__ValueInfoProto *onnx_build_info(struct onnx_writer *w,
				      const ProtobufCMessage *old,
				      const char *name, const struct type *t,
				      enum onnx_match how)
{
	const struct symbols *sy = &w->model->symbols;
	Onnx__ValueInfoProto *p;

	if (old)
		p = arena_memdup(&w->arena, old, sizeof(*p));
	else
		p = onnx_new(&w->arena, Onnx__ValueInfoProto,
			     onnx__value_info_proto__descriptor);
	onnx_set_text(&p->name, name);
	if (t->kind != TYPE_UNKNOWN &&
	    (!p->type || !onnx_type_matches(p->type, t, sy, how)))
		p->type = onnx_build_type(&w->arena, t, sy, p->type);
	return p;
}

/* The names of one graph, then and now. */
struct census {
	struct arena arena;
	struct map before; /* named by the message */
	struct map now;	   /* written name -> index of VALUE */
	struct map moved;  /* original name -> index of VALUE */
	const struct value **value;
	uint32_t count;
};

static void count_nodes(struct census *c, Onnx__NodeProto *const *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < p[i]->n_output; k++)
			map_set(&c->before, p[i]->output[k], 0);
}

static void count_before(struct census *c, const ProtobufCMessage *proto)
{
	const Onnx__FunctionProto *f = (const void *)proto;
	const Onnx__GraphProto *g = (const void *)proto;

	if (proto->descriptor == &onnx__function_proto__descriptor) {
		count_nodes(c, f->node, f->n_node);
		for (size_t i = 0; i < f->n_input; i++)
			map_set(&c->before, f->input[i], 0);
		return;
	}
	count_nodes(c, g->node, g->n_node);
	for (size_t i = 0; i < g->n_input; i++)
		map_set(&c->before, onnx_text(g->input[i]->name), 0);
	for (size_t i = 0; i < g->n_initializer; i++)
		map_set(&c->before, onnx_text(g->initializer[i]->name), 0);
}

static void count_now(struct onnx_writer *w, struct census *c,
		      const struct value *v)
{
	const Onnx__ValueInfoProto *old;

	if (!v)
		return;
	old = (const void *)v->origin;
	map_set(&c->now, name_of(&w->names, v), c->count);
	if (old)
		map_set(&c->moved, onnx_text(old->name), c->count);
	c->value[c->count++] = v;
}

static void take_census(struct onnx_writer *w, struct census *c,
			const struct graph *g, const ProtobufCMessage *proto)
{
	size_t most = (size_t)g->nin + g->nkonst;

	*c = (struct census){0};
	c->before.arena = c->now.arena = c->moved.arena = &c->arena;
	for (const struct node *n = g->first; n; n = n->next)
		most += n->nout;
	c->value = arena_array(&c->arena, const struct value *, most);
	count_before(c, proto);
	for (uint32_t i = 0; i < g->nin; i++)
		count_now(w, c, g->in[i]);
	for (uint32_t i = 0; i < g->nkonst; i++)
		if (!g->konst[i]->is_input)
			count_now(w, c, g->konst[i]);
	for (const struct node *n = g->first; n; n = n->next)
		for (uint32_t i = 0; i < n->nout; i++)
			count_now(w, c, n->out[i]);
}

/* The value that the entry P is about; NULL with *KEEP set if it never was
 * about one. */
static const struct value *find_subject(const struct census *c,
					const char *name, bool *keep)
{
	uint32_t i;

	*keep = false;
	if (map_get(&c->moved, name, &i) || map_get(&c->now, name, &i))
		return c->value[i];
	*keep = !map_get(&c->before, name, &i);
	return NULL;
}

void onnx_keep_infos(struct onnx_writer *w, const struct graph *g,
		     const ProtobufCMessage *proto, size_t *count,
		     Onnx__ValueInfoProto ***infos)
{
	Onnx__ValueInfoProto **old = *infos;
	size_t n = *count, kept = 0;
	struct census c;

	if (!n)
		return;
	take_census(w, &c, g, proto);
	*infos = arena_array(&w->arena, Onnx__ValueInfoProto *, n);
	for (size_t i = 0; i < n; i++) {
		bool keep;
		const struct value *v = find_subject(
			&c, onnx_text(old[i]->name), &keep);

		if (v)
			(*infos)[kept++] = onnx_build_info(
				w, &old[i]->base, name_of(&w->names, v),
				&v->type, MATCH_VAGUER);
		else if (keep)
			(*infos)[kept++] = old[i];
	}
	*count = kept;
	arena_release(&c.arena);
}

void onnx_keep_annotations(struct onnx_writer *w, const struct graph *g,
			   const Onnx__GraphProto *proto, size_t *count,
			   Onnx__TensorAnnotation ***annotations)
{
	Onnx__TensorAnnotation **old = *annotations;
	size_t n = *count, kept = 0;
	struct census c;

	if (!n)
		return;
	take_census(w, &c, g, &proto->base);
	*annotations = arena_array(&w->arena, Onnx__TensorAnnotation *, n);
	for (size_t i = 0; i < n; i++) {
		bool keep;
		const char *name = onnx_text(old[i]->tensor_name);
		const struct value *v = find_subject(&c, name, &keep);

		if (!v && !keep)
			continue;
		(*annotations)[kept] = arena_memdup(&w->arena, old[i],
						    sizeof(*old[i]));
		if (v)
			onnx_set_text(&(*annotations)[kept]->tensor_name,
				      name_of(&w->names, v));
		kept++;
	}
	*count = kept;
	arena_release(&c.arena);
}
