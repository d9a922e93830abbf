/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_write_node.c -- NodeProto and AttributeProto. */
#include <string.h>

#include "formats/onnx_read.h"
#include "formats/onnx_write.h"
#include "graph/element.h"

void onnx_set_text(char **field, const char *text)
{
	if (strcmp(onnx_text(*field), text) != 0)
		*field = onnx_string(text);
}

/* ---- attributes ---------------------------------------------------------- */

static bool same_bytes(const void *a, const void *b, size_t bytes)
{
	return a == b || !bytes || !memcmp(a, b, bytes);
}

static bool same_tensors(const struct attr *x, Onnx__TensorProto *const *p,
			 size_t n)
{
	if (attr_count(x) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!x->u.tensors[i].payload ||
		    x->u.tensors[i].payload->tensor != p[i])
			return false;
	return true;
}

static bool same_sparses(const struct attr *x,
			 Onnx__SparseTensorProto *const *p, size_t n)
{
	if (attr_count(x) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!x->u.sparses[i].values.payload ||
		    x->u.sparses[i].values.payload->tensor != p[i]->values)
			return false;
	return true;
}

/* X is what P says.  Kinds that hold graphs are not asked. */
static bool same_value(const struct attr *x, const Onnx__AttributeProto *p)
{
	switch (x->kind) {
	case ATTR_FLOAT:
		return same_bytes(&x->u.f, &p->f, sizeof(p->f));
	case ATTR_INT:
		return x->u.i == p->i;
	case ATTR_STRING:
		return x->count == p->s.len &&
		       same_bytes(x->u.s, p->s.data, p->s.len);
	case ATTR_FLOATS:
		return x->count == p->n_floats &&
		       same_bytes(x->u.floats, p->floats, p->n_floats * 4);
	case ATTR_INTS:
		return x->count == p->n_ints &&
		       same_bytes(x->u.ints, p->ints, p->n_ints * 8);
	case ATTR_TENSOR:
		return same_tensors(x, &p->t, 1);
	case ATTR_TENSORS:
		return same_tensors(x, p->tensors, p->n_tensors);
	case ATTR_SPARSE:
		return same_sparses(x, &p->sparse_tensor, 1);
	case ATTR_SPARSES:
		return same_sparses(x, p->sparse_tensors, p->n_sparse_tensors);
	case ATTR_STRINGS:
		return x->count == p->n_strings;
	default:
		return true;
	}
}

/* The data of its tensors may have to move. */
static bool has_tensors(const struct attr *x)
{
	return x->kind == ATTR_TENSOR || x->kind == ATTR_TENSORS;
}

static bool has_graphs(const struct attr *x)
{
	return x->kind == ATTR_GRAPH || x->kind == ATTR_GRAPHS;
}

static void set_strings(struct onnx_writer *w, Onnx__AttributeProto *p,
			const struct attr *x)
{
	p->n_strings = attr_count(x);
	p->strings = arena_array(&w->arena, ProtobufCBinaryData, attr_count(x));
	for (uint32_t i = 0; i < attr_count(x); i++) {
		p->strings[i].len = x->u.strings[i].len;
		p->strings[i].data = (uint8_t *)onnx_string(x->u.strings[i].at);
	}
}

static void set_tensors(struct onnx_writer *w, Onnx__AttributeProto *p,
			const struct attr *x)
{
	Onnx__TensorProto **t = arena_array(&w->arena, Onnx__TensorProto *,
					    attr_count(x));

	for (uint32_t i = 0; i < attr_count(x); i++)
		t[i] = onnx_place_tensor(w, &x->u.tensors[i], NULL,
					 ROLE_ATTRIBUTE);
	if (x->kind == ATTR_TENSOR) {
		p->t = t[0];
	} else {
		p->n_tensors = attr_count(x);
		p->tensors = t;
	}
}

static void set_sparses(struct onnx_writer *w, Onnx__AttributeProto *p,
			const struct attr *x)
{
	Onnx__SparseTensorProto **s = arena_array(
		&w->arena, Onnx__SparseTensorProto *, attr_count(x));

	for (uint32_t i = 0; i < attr_count(x); i++)
		s[i] = onnx_build_sparse(&w->arena, &x->u.sparses[i], NULL);
	if (x->kind == ATTR_SPARSE) {
		p->sparse_tensor = s[0];
	} else {
		p->n_sparse_tensors = attr_count(x);
		p->sparse_tensors = s;
	}
}

static void set_graphs(struct onnx_writer *w, Onnx__AttributeProto *p,
		       const struct attr *x)
{
	Onnx__GraphProto **g = arena_array(&w->arena, Onnx__GraphProto *,
					   attr_count(x));

	for (uint32_t i = 0; i < attr_count(x); i++)
		g[i] = onnx_queue_write(w, x->u.graphs[i]);
	if (x->kind == ATTR_GRAPH) {
		p->g = g[0];
	} else {
		p->n_graphs = attr_count(x);
		p->graphs = g;
	}
}

static void set_types(struct onnx_writer *w, Onnx__AttributeProto *p,
		      const struct attr *x)
{
	Onnx__TypeProto **t = arena_array(&w->arena, Onnx__TypeProto *,
					  attr_count(x));

	for (uint32_t i = 0; i < attr_count(x); i++)
		t[i] = onnx_build_type(&w->arena, &x->u.types[i],
				       &w->model->symbols, NULL);
	if (x->kind == ATTR_TYPE) {
		p->tp = t[0];
	} else {
		p->n_type_protos = attr_count(x);
		p->type_protos = t;
	}
}

static void set_value(struct onnx_writer *w, Onnx__AttributeProto *p,
		      const struct attr *x)
{
	switch (x->kind) {
	case ATTR_FLOAT:
		p->has_f = true;
		p->f = x->u.f;
		break;
	case ATTR_INT:
		p->has_i = true;
		p->i = x->u.i;
		break;
	case ATTR_STRING:
		p->has_s = true;
		p->s.len = x->count;
		p->s.data = (uint8_t *)onnx_string(x->u.s);
		break;
	case ATTR_FLOATS:
		p->n_floats = x->count;
		p->floats = (float *)(uintptr_t)x->u.floats;
		break;
	case ATTR_INTS:
		p->n_ints = x->count;
		p->ints = (int64_t *)(uintptr_t)x->u.ints;
		break;
	case ATTR_STRINGS:
		set_strings(w, p, x);
		break;
	case ATTR_TENSOR:
	case ATTR_TENSORS:
		set_tensors(w, p, x);
		break;
	case ATTR_SPARSE:
	case ATTR_SPARSES:
		set_sparses(w, p, x);
		break;
	case ATTR_GRAPH:
	case ATTR_GRAPHS:
		set_graphs(w, p, x);
		break;
	case ATTR_TYPE:
	case ATTR_TYPES:
		set_types(w, p, x);
		break;
	default:
		break;
	}
}

Onnx__AttributeProto *onnx_build_attr(struct onnx_writer *w,
				      const struct attr *x)
{
	const Onnx__AttributeProto *old = (const void *)x->origin;
	Onnx__AttributeProto *p;

	if (old && (x->ref || (!has_graphs(x) && same_value(x, old)))) {
		p = arena_memdup(&w->arena, old, sizeof(*old));
		if (!x->ref && has_tensors(x))
			set_tensors(w, p, x);
		return p;
	}
	if (old && has_graphs(x)) {
		p = arena_memdup(&w->arena, old, sizeof(*old));
		set_graphs(w, p, x);
		return p;
	}
	p = onnx_new(&w->arena, Onnx__AttributeProto,
		     onnx__attribute_proto__descriptor);
	p->name = onnx_string(x->name);
	p->has_type = true;
	p->type = (Onnx__AttributeProto__AttributeType)x->kind;
	if (x->ref)
		p->ref_attr_name = onnx_string(x->ref);
	else
		set_value(w, p, x);
	return p;
}

/* ---- nodes --------------------------------------------------------------- */

/* NAMES (COUNT of them) into a repeated string field. */
static void set_names(struct onnx_writer *w, size_t *n, char ***field,
		      const char *const *names, size_t count)
{
	bool same = *n == count;

	for (size_t i = 0; same && i < count; i++)
		same = !strcmp((*field)[i], names[i]);
	if (same)
		return;
	*n = count;
	*field = arena_array(&w->arena, char *, count);
	for (size_t i = 0; i < count; i++)
		(*field)[i] = onnx_string(names[i]);
}

static void set_operands(struct onnx_writer *w, const struct node *n,
			 Onnx__NodeProto *p)
{
	const char **in = arena_array(&w->arena, const char *, n->nin);
	const char **out = arena_array(&w->arena, const char *, n->nout);

	for (uint32_t i = 0; i < n->nin; i++)
		in[i] = name_of(&w->names, n->in[i].value);
	for (uint32_t i = 0; i < n->nout; i++)
		out[i] = name_of(&w->names, n->out[i]);
	set_names(w, &p->n_input, &p->input, in, n->nin);
	set_names(w, &p->n_output, &p->output, out, n->nout);
}

Onnx__NodeProto *onnx_build_node(struct onnx_writer *w, const struct node *n)
{
	const Onnx__NodeProto *old = (const void *)n->origin;
	Onnx__NodeProto *p;

	if (old)
		p = arena_memdup(&w->arena, old, sizeof(*old));
	else
		p = onnx_new(&w->arena, Onnx__NodeProto,
			     onnx__node_proto__descriptor);
	onnx_set_text(&p->name, n->name);
	onnx_set_text(&p->op_type, n->type);
	onnx_set_text(&p->overload, n->overload);
	if (strcmp(onnx_domain(p->domain), n->domain) != 0)
		p->domain = onnx_string(n->domain);
	set_operands(w, n, p);
	p->n_attribute = n->nattr;
	p->attribute = arena_array(&w->arena, Onnx__AttributeProto *, n->nattr);
	for (uint32_t i = 0; i < n->nattr; i++)
		p->attribute[i] = onnx_build_attr(w, &n->attr[i]);
	onnx_build_sources(w, n, p);
	return p;
}

static Onnx__NodeProto *build_identity(struct onnx_writer *w,
				       const struct port *port)
{
	Onnx__NodeProto *p = onnx_new(&w->arena, Onnx__NodeProto,
				      onnx__node_proto__descriptor);
	const char *from = name_of(&w->names, port->read.value);

	p->op_type = onnx_string("Identity");
	set_names(w, &p->n_input, &p->input, &from, 1);
	set_names(w, &p->n_output, &p->output, &port->name, 1);
	return p;
}

void onnx_build_nodes(struct onnx_writer *w, const struct graph *g,
		      size_t *count, Onnx__NodeProto ***out)
{
	size_t n = g->nout;

	for (const struct node *x = g->first; x; x = x->next)
		n++;
	*out = arena_array(&w->arena, Onnx__NodeProto *, n);
	*count = 0;
	for (const struct node *x = g->first; x; x = x->next)
		(*out)[(*count)++] = onnx_build_node(w, x);
	for (uint32_t i = 0; i < g->nout; i++)
		if (port_needs_identity(&w->names, &g->out[i]))
			(*out)[(*count)++] = build_identity(w, &g->out[i]);
}
