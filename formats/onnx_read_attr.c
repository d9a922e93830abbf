/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read_attr.c -- AttributeProto.
 *
 * The type and the field that is set must agree.  Files before IR 2 have no
 * type: the field decides.  Writers of the proto3 era leave zeros and empty
 * lists out, so the field may be absent.
 */
#include <string.h>

#include "formats/onnx_read.h"
#include "graph/element.h"

static const char *const kind_name[] = {
	[ATTR_NONE] = "UNDEFINED",
	[ATTR_FLOAT] = "FLOAT",
	[ATTR_INT] = "INT",
	[ATTR_STRING] = "STRING",
	[ATTR_TENSOR] = "TENSOR",
	[ATTR_GRAPH] = "GRAPH",
	[ATTR_FLOATS] = "FLOATS",
	[ATTR_INTS] = "INTS",
	[ATTR_STRINGS] = "STRINGS",
	[ATTR_TENSORS] = "TENSORS",
	[ATTR_GRAPHS] = "GRAPHS",
	[ATTR_SPARSE] = "SPARSE_TENSOR",
	[ATTR_SPARSES] = "SPARSE_TENSORS",
	[ATTR_TYPE] = "TYPE_PROTO",
	[ATTR_TYPES] = "TYPE_PROTOS",
};

/* The set of fields that P has, as bits 1 << kind. */
static unsigned fields_set(const Onnx__AttributeProto *p)
{
	unsigned set = 0;

	set |= (unsigned)(p->has_f != 0) << ATTR_FLOAT;
	set |= (unsigned)(p->has_i != 0) << ATTR_INT;
	set |= (unsigned)(p->has_s != 0) << ATTR_STRING;
	set |= (unsigned)(p->t != NULL) << ATTR_TENSOR;
	set |= (unsigned)(p->g != NULL) << ATTR_GRAPH;
	set |= (unsigned)(p->sparse_tensor != NULL) << ATTR_SPARSE;
	set |= (unsigned)(p->tp != NULL) << ATTR_TYPE;
	set |= (unsigned)(p->n_floats != 0) << ATTR_FLOATS;
	set |= (unsigned)(p->n_ints != 0) << ATTR_INTS;
	set |= (unsigned)(p->n_strings != 0) << ATTR_STRINGS;
	set |= (unsigned)(p->n_tensors != 0) << ATTR_TENSORS;
	set |= (unsigned)(p->n_graphs != 0) << ATTR_GRAPHS;
	set |= (unsigned)(p->n_sparse_tensors != 0) << ATTR_SPARSES;
	set |= (unsigned)(p->n_type_protos != 0) << ATTR_TYPES;
	return set;
}

static bool find_kind(struct onnx_reader *r, enum attr_kind *kind,
		      const Onnx__AttributeProto *p)
{
	unsigned set = fields_set(p), k = 0;
	int type = p->has_type ? (int)p->type : 0;

	if (type < 0 || type > ATTR_TYPES)
		return err_set(r->e, ERR_FORMAT, "its type is %d, want 0..%d",
			       type, ATTR_TYPES);
	if (type == 0 && set && !(set & (set - 1)))
		while (set >> k != 1)
			k++;
	*kind = type ? (enum attr_kind)type : (enum attr_kind)k;
	set &= ~(1u << *kind);
	if (!set)
		return true;
	for (k = 0; !(set >> k & 1); k++)
		;
	return err_set(r->e, ERR_FORMAT,
		       "its type is %s but it has a value of type %s",
		       kind_name[*kind], kind_name[k]);
}

static bool read_tensors(struct onnx_reader *r, struct attr *x,
			 Onnx__TensorProto *const *p, size_t n)
{
	struct tensor *t = arena_array(&r->model->arena, struct tensor, n);

	for (size_t i = 0; i < n; i++)
		if (!onnx_read_tensor(&t[i], p[i], &r->source, r->e))
			return false;
	x->u.tensors = t;
	x->count = (uint32_t)n;
	return true;
}

static bool read_sparses(struct onnx_reader *r, struct attr *x,
			 Onnx__SparseTensorProto *const *p, size_t n)
{
	struct sparse *s = arena_array(&r->model->arena, struct sparse, n);

	for (size_t i = 0; i < n; i++)
		if (!onnx_read_sparse(&s[i], p[i], &r->source, r->e))
			return false;
	x->u.sparses = s;
	x->count = (uint32_t)n;
	return true;
}

static bool read_types(struct onnx_reader *r, struct attr *x,
		       Onnx__TypeProto *const *p, size_t n)
{
	struct type *t = arena_array(&r->model->arena, struct type, n);

	for (size_t i = 0; i < n; i++)
		if (!onnx_read_type(r, &t[i], p[i]))
			return false;
	x->u.types = t;
	x->count = (uint32_t)n;
	return true;
}

static bool read_graphs(struct onnx_reader *r, struct attr *x,
			Onnx__GraphProto *const *p, size_t n, struct node *node,
			struct onnx_scope *scope)
{
	struct graph **g;

	if (!node)
		return err_set(r->e, ERR_UNSUPPORTED,
			       "it is a graph, which no default may be");
	g = arena_array(&r->model->arena, struct graph *, n);
	for (size_t i = 0; i < n; i++) {
		struct onnx_scope *inner;

		g[i] = graph_new(r->model, node->graph);
		g[i]->owner = node;
		inner = onnx_queue_graph(r, g[i], scope);
		inner->proto = p[i];
	}
	x->u.graphs = g;
	x->count = (uint32_t)n;
	return true;
}

static void read_strings(struct onnx_reader *r, struct attr *x,
			 const Onnx__AttributeProto *p)
{
	struct text *s = arena_array(&r->model->arena, struct text,
				     p->n_strings);

	for (size_t i = 0; i < p->n_strings; i++)
		s[i] = (struct text){(const char *)p->strings[i].data,
				     p->strings[i].len};
	x->u.strings = s;
	x->count = (uint32_t)p->n_strings;
}

/* Kinds that are used where the message has them. */
static void read_plain(struct attr *x, const Onnx__AttributeProto *p)
{
	switch (x->kind) {
	case ATTR_FLOAT:
		x->u.f = p->f;
		break;
	case ATTR_INT:
		x->u.i = p->i;
		break;
	case ATTR_STRING:
		x->u.s = p->s.len ? (const char *)p->s.data : "";
		x->count = (uint32_t)p->s.len;
		break;
	case ATTR_FLOATS:
		x->u.floats = p->floats;
		x->count = (uint32_t)p->n_floats;
		break;
	case ATTR_INTS:
		x->u.ints = p->ints;
		x->count = (uint32_t)p->n_ints;
		break;
	default:
		break;
	}
}

static bool read_value(struct onnx_reader *r, struct attr *x,
		       const Onnx__AttributeProto *p, struct node *n,
		       struct onnx_scope *scope)
{
	switch (x->kind) {
	case ATTR_STRINGS:
		read_strings(r, x, p);
		return true;
	case ATTR_TENSOR:
		return read_tensors(r, x, &p->t, 1);
	case ATTR_TENSORS:
		return read_tensors(r, x, p->tensors, p->n_tensors);
	case ATTR_SPARSE:
		return read_sparses(r, x, &p->sparse_tensor, 1);
	case ATTR_SPARSES:
		return read_sparses(r, x, p->sparse_tensors,
				    p->n_sparse_tensors);
	case ATTR_TYPE:
		return read_types(r, x, &p->tp, 1);
	case ATTR_TYPES:
		return read_types(r, x, p->type_protos, p->n_type_protos);
	case ATTR_GRAPH:
		return read_graphs(r, x, &p->g, 1, n, scope);
	case ATTR_GRAPHS:
		return read_graphs(r, x, p->graphs, p->n_graphs, n, scope);
	default:
		read_plain(x, p);
		return true;
	}
}

/* The message of a singular message kind must be there. */
static bool has_message(const struct attr *x, const Onnx__AttributeProto *p)
{
	switch (x->kind) {
	case ATTR_TENSOR:
		return p->t;
	case ATTR_GRAPH:
		return p->g;
	case ATTR_SPARSE:
		return p->sparse_tensor;
	case ATTR_TYPE:
		return p->tp;
	default:
		return true;
	}
}

static bool read_attr(struct onnx_reader *r, struct attr *x,
		      const Onnx__AttributeProto *p, struct node *n,
		      struct onnx_scope *scope)
{
	if (!x->name[0])
		return err_set(r->e, ERR_FORMAT, "it has no name");
	if (!find_kind(r, &x->kind, p))
		return false;
	if (x->ref)
		return true;
	if (!has_message(x, p))
		return err_set(r->e, ERR_FORMAT,
			       "its type is %s but it has no value",
			       kind_name[x->kind]);
	return read_value(r, x, p, n, scope);
}

bool onnx_read_attr(struct onnx_reader *r, struct attr *out,
		    const Onnx__AttributeProto *p, struct node *n,
		    struct onnx_scope *scope)
{
	*out = (struct attr){.name = onnx_text(p->name), .origin = &p->base};
	if (p->ref_attr_name && p->ref_attr_name[0])
		out->ref = p->ref_attr_name;
	if (read_attr(r, out, p, n, scope))
		return true;
	return err_context(r->e, "attribute '%s'", out->name);
}
