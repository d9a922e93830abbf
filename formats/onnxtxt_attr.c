/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_attr.c -- attributes of ONNX's text syntax. */
#include "formats/onnxtxt_read.h"

#include <string.h>

#include "graph/element.h"

static const struct {
	const char *text;
	enum attr_kind kind, single;
} attr_kinds[] = {
	{"float", ATTR_FLOAT, ATTR_NONE},
	{"int", ATTR_INT, ATTR_NONE},
	{"string", ATTR_STRING, ATTR_NONE},
	{"tensor", ATTR_TENSOR, ATTR_NONE},
	{"graph", ATTR_GRAPH, ATTR_NONE},
	{"sparse_tensor", ATTR_SPARSE, ATTR_NONE},
	{"type_proto", ATTR_TYPE, ATTR_NONE},
	{"floats", ATTR_FLOATS, ATTR_FLOAT},
	{"ints", ATTR_INTS, ATTR_INT},
	{"strings", ATTR_STRINGS, ATTR_STRING},
	{"tensors", ATTR_TENSORS, ATTR_TENSOR},
	{"graphs", ATTR_GRAPHS, ATTR_GRAPH},
	{"sparse_tensors", ATTR_SPARSES, ATTR_SPARSE},
	{"type_protos", ATTR_TYPES, ATTR_TYPE},
};

static const char *kind_text(enum attr_kind k)
{
	for (size_t i = 0; i < COUNT_OF(attr_kinds); i++)
		if (attr_kinds[i].kind == k)
			return attr_kinds[i].text;
	return "undefined";
}

static enum attr_kind plural_of(enum attr_kind k)
{
	for (size_t i = 0; i < COUNT_OF(attr_kinds); i++)
		if (attr_kinds[i].single == k)
			return attr_kinds[i].kind;
	return ATTR_NONE;
}

static enum attr_kind single_of(enum attr_kind k)
{
	for (size_t i = 0; i < COUNT_OF(attr_kinds); i++)
		if (attr_kinds[i].kind == k)
			return attr_kinds[i].single;
	return ATTR_NONE;
}

void *array_add(struct arena *a, void *at, uint32_t count, size_t size)
{
	char *grown = at;

	/* Full when the count is a power of two: amortised doubling. */
	if (!(count & (count - 1))) {
		grown = arena_alloc(a, count ? 2 * (size_t)count : 1, size,
				    _Alignof(max_align_t));
		if (count)
			memcpy(grown, at, count * size);
	}
	memset(grown + count * size, 0, size);
	return grown;
}

/* ---- one value ---------------------------------------------------------- */

/* A type, or a tensor: a type with values. */
static bool read_typed(struct reader *r, struct attr *x, struct err *e)
{
	struct type *t = arena_new(r->arena, struct type);
	struct tensor *tensor;
	struct sparse *sparse;
	const char *name;
	int c;

	if (!read_type(r, t, e))
		return false;
	c = lex_peek(&r->lex);
	if (c != '{' && c != '=' && c != '[' && c != '"' &&
	    !lex_peek_word(&r->lex).len) {
		x->kind = ATTR_TYPE;
		x->u.types = t;
		return true;
	}
	/* ONNX's printer writes the tensor's name, which says nothing here. */
	if ((c == '"' || lex_peek_word(&r->lex).len) &&
	    !read_name(r, NAME_MAY_BE_EMPTY, &name, e))
		return false;
	lex_take(&r->lex, '=');
	if (t->kind == TYPE_SPARSE) {
		sparse = arena_new(r->arena, struct sparse);
		x->kind = ATTR_SPARSE;
		x->u.sparses = sparse;
		return read_sparse(r, t, sparse, e);
	}
	tensor = arena_new(r->arena, struct tensor);
	x->kind = ATTR_TENSOR;
	x->u.tensors = tensor;
	return read_tensor(r, t, tensor, e);
}

static bool read_graph_value(struct reader *r, struct attr *x, struct err *e)
{
	struct graph **g = arena_new(r->arena, struct graph *);

	x->kind = ATTR_GRAPH;
	x->u.graphs = g;
	return read_inner_graph(r, g, e);
}

/* Behind a string: the inputs of a graph whose name it was? */
static bool names_a_graph(struct reader *r)
{
	int c = lex_peek(&r->lex);

	return c == '(' ||
	       (c == '=' && r->lex.end - r->lex.at > 1 && r->lex.at[1] == '>');
}

static bool read_literal_value(struct reader *r, struct attr *x,
			       enum attr_kind want, struct err *e)
{
	const char *at = (lex_peek(&r->lex), r->lex.at);
	struct literal v;
	struct span s;

	if (!lex_literal(&r->lex, &v, e))
		return false;
	if (v.kind == LITERAL_STRING) {
		if (names_a_graph(r)) {
			r->lex.at = at;
			return read_graph_value(r, x, e);
		}
		s = literal_unescape(&v, r->arena);
		x->kind = ATTR_STRING;
		x->u.s = s.at;
		x->count = (uint32_t)s.len;
		return true;
	}
	if (v.kind == LITERAL_FLOAT || want == ATTR_FLOAT) {
		x->kind = ATTR_FLOAT;
		return literal_float(&r->lex, &v, &x->u.f, e);
	}
	x->kind = ATTR_INT;
	return literal_int(&r->lex, &v, INT64_MIN, INT64_MAX, &x->u.i, e);
}

/* One value, of kind WANT unless that is ATTR_NONE. */
static bool read_single(struct reader *r, struct attr *x, enum attr_kind want,
			struct err *e)
{
	const char *at = (lex_peek(&r->lex), r->lex.at);
	bool ok;

	if (lex_peek_word(&r->lex).len && at_type(r))
		ok = read_typed(r, x, e);
	else if (lex_peek_word(&r->lex).len && !lex_at_special(&r->lex))
		ok = read_graph_value(r, x, e);
	else
		ok = read_literal_value(r, x, want, e);
	if (!ok)
		return false;
	if (want != ATTR_NONE && x->kind != want)
		return lex_fail(&r->lex, at, e,
				"attribute '%s': expected %s, found %s",
				x->name, kind_text(want), kind_text(x->kind));
	return true;
}

/* ---- lists -------------------------------------------------------------- */

static size_t element_bytes(enum attr_kind single)
{
	switch (single) {
	case ATTR_FLOAT:
		return sizeof(float);
	case ATTR_INT:
		return sizeof(int64_t);
	case ATTR_STRING:
		return sizeof(struct text);
	case ATTR_TENSOR:
		return sizeof(struct tensor);
	case ATTR_GRAPH:
		return sizeof(struct graph *);
	case ATTR_SPARSE:
		return sizeof(struct sparse);
	default:
		return sizeof(struct type);
	}
}

/* The value of X, for a list of such values. */
static const void *element_of(const struct attr *x, struct text *text)
{
	switch (x->kind) {
	case ATTR_FLOAT:
		return &x->u.f;
	case ATTR_INT:
		return &x->u.i;
	case ATTR_STRING:
		*text = (struct text){x->u.s, x->count};
		return text;
	case ATTR_TENSOR:
		return x->u.tensors;
	case ATTR_GRAPH:
		return x->u.graphs;
	case ATTR_SPARSE:
		return x->u.sparses;
	default:
		return x->u.types;
	}
}

static void set_list(struct attr *x, enum attr_kind kind, const void *list,
		     uint32_t count)
{
	x->kind = kind;
	x->count = count;
	switch (x->kind) {
	case ATTR_FLOATS:
		x->u.floats = list;
		break;
	case ATTR_INTS:
		x->u.ints = list;
		break;
	case ATTR_STRINGS:
		x->u.strings = list;
		break;
	case ATTR_TENSORS:
		x->u.tensors = list;
		break;
	case ATTR_GRAPHS:
		x->u.graphs = list;
		break;
	case ATTR_SPARSES:
		x->u.sparses = list;
		break;
	default:
		x->u.types = list;
		break;
	}
}

static bool read_list(struct reader *r, struct attr *x, struct err *e)
{
	enum attr_kind single = single_of(x->kind);
	const char *at = r->lex.at;
	char *list = NULL;
	uint32_t count = 0;
	struct text text;

	if (x->kind != ATTR_NONE && single == ATTR_NONE)
		return lex_fail(&r->lex, at, e,
				"attribute '%s': expected one %s, found a list",
				x->name, kind_text(x->kind));
	r->lex.at++; /* '[' */
	if (x->kind == ATTR_NONE && lex_peek(&r->lex) == ']')
		return lex_fail(&r->lex, at, e,
				"attribute '%s': an empty list needs a type, "
				"as in '%s: ints = []'",
				x->name, x->name);
	if (lex_peek(&r->lex) != ']')
		do {
			struct attr v = {.name = x->name};
			size_t size;

			if (!read_single(r, &v, single, e))
				return false;
			single = v.kind;
			size = element_bytes(single);
			list = array_add(r->arena, list, count, size);
			memcpy(list + count++ * size, element_of(&v, &text),
			       size);
		} while (lex_take(&r->lex, ','));
	set_list(x, plural_of(single), list, count);
	return lex_want(&r->lex, ']', e);
}

bool read_attr_value(struct reader *r, struct attr *x, struct err *e)
{
	enum attr_kind kind = ATTR_NONE;
	struct span word;

	if (lex_take(&r->lex, ':')) {
		if (!lex_take_word(&r->lex, &word))
			return lex_expected(&r->lex, "an attribute type", e);
		for (size_t i = 0; i < COUNT_OF(attr_kinds); i++)
			if (span_is(word, attr_kinds[i].text))
				kind = attr_kinds[i].kind;
		if (kind == ATTR_NONE)
			return lex_fail(&r->lex, word.at, e,
					"'%.*s' is no attribute type",
					word.len > 60 ? 60 : (int)word.len,
					word.at);
	}
	if (!lex_want(&r->lex, '=', e))
		return false;
	x->kind = kind;
	if (lex_take(&r->lex, '@'))
		return read_name(r, NAME_NEEDED, &x->ref, e);
	if (lex_peek(&r->lex) == '[')
		return read_list(r, x, e);
	return read_single(r, x, kind, e);
}

bool read_attr(struct reader *r, struct attr *x, struct err *e)
{
	*x = (struct attr){0};
	return read_name(r, NAME_NEEDED, &x->name, e) &&
	       read_attr_value(r, x, e);
}
