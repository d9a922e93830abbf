/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_ml.c -- see opset_ml.h. */
#include "passes/opset_ml.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "ops/op.h"

static const char ml[] = "ai.onnx.ml";

/* One graph with its inner ones, and what it imports. */
struct scope {
	struct graph *body;
	struct opset *import;
};

static struct opset *find_import(struct opset *o, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(o[i].domain, ml))
			return &o[i];
	return NULL;
}

/* Scope I of M: the main graph, then the functions. */
static struct scope scope_of(struct model *m, uint32_t i)
{
	struct function *f = i ? &m->function[i - 1] : NULL;

	if (!f)
		return (struct scope){m->main,
				      find_import(m->opset, m->nopset)};
	return (struct scope){f->body, find_import(f->opset, f->nopset)};
}

/* ---- LabelEncoder ------------------------------------------------------- */

static const struct attr *list(const struct node *n, const char *name,
			       enum attr_kind kind)
{
	const struct attr *a = node_attr(n, name);

	return a && a->kind == kind && !a->ref ? a : NULL;
}

/* 0, 1, 2 ...: what LabelEncoder-1 counts its classes by. */
static bool counts(const struct attr *a, uint32_t count)
{
	if (!a || a->count != count)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (a->u.ints[i] != i)
			return false;
	return true;
}

/* The list of texts in a table that LabelEncoder-1 can say, or NULL. */
static const struct attr *classes_of(const struct node *n)
{
	const struct attr *k = list(n, "keys_strings", ATTR_STRINGS);
	const struct attr *v = list(n, "values_strings", ATTR_STRINGS);

	if (k && counts(list(n, "values_int64s", ATTR_INTS), k->count))
		return k;
	if (v && counts(list(n, "keys_int64s", ATTR_INTS), v->count))
		return v;
	return NULL;
}

static enum dtype operand_dtype(const struct node *n)
{
	const struct value *v = node_in(n, 0);

	return v && v->type.kind == TYPE_TENSOR ? v->type.dtype : DTYPE_NONE;
}

static void set_list(struct node *n, const char *name, const struct attr *from)
{
	struct attr a = *from;

	a.name = name;
	node_set_attr(n, &a);
}

static void encode_newer(struct node *n)
{
	bool from_text = operand_dtype(n) == DTYPE_STRING;
	const struct attr *classes = list(n, "classes_strings", ATTR_STRINGS);
	struct arena scratch = {0};
	int64_t *place = arena_array(&scratch, int64_t, classes->count);
	uint32_t count = classes->count;

	for (uint32_t i = 0; i < count; i++)
		place[i] = i;
	set_list(n, from_text ? "keys_strings" : "values_strings", classes);
	node_set_ints(n, from_text ? "values_int64s" : "keys_int64s", place,
		      count);
	node_drop_attr(n, "classes_strings");
	arena_release(&scratch);
}

static void encode_older(struct node *n)
{
	static const char *const gone[] = {"keys_strings",  "keys_int64s",
					   "keys_floats",   "values_strings",
					   "values_int64s", "values_floats",
					   "default_float"};

	set_list(n, "classes_strings", classes_of(n));
	for (size_t i = 0; i < COUNT_OF(gone); i++)
		node_drop_attr(n, gone[i]);
}

/* ---- refusals ----------------------------------------------------------- */

static bool has_tensor(const struct node *n)
{
	for (uint32_t i = 0; i < n->nattr; i++)
		if (n->attr[i].kind == ATTR_TENSOR)
			return true;
	return false;
}

static bool has_reference(const struct node *n)
{
	for (uint32_t i = 0; i < n->nattr; i++)
		if (n->attr[i].ref)
			return true;
	return false;
}

static const char *refuse_label(const struct node *n, int64_t from, int64_t to)
{
	enum dtype t = operand_dtype(n);

	if (from >= 4 && to < 4 && has_tensor(n))
		return "has a table of tensors, which came with version 4";
	if ((from < 2) == (to < 2))
		return NULL;
	if (has_reference(n))
		return "has attributes that are its function's";
	if (to < 2)
		return classes_of(n) ? NULL
				     : "is no list of classes, as version 1 "
				       "wants it";
	if (!list(n, "classes_strings", ATTR_STRINGS))
		return "has no classes_strings";
	return t == DTYPE_STRING || t == DTYPE_I64
		       ? NULL
		       : "encodes an operand of unknown type";
}

/* Why N cannot become one of version TO; NULL: it can. */
static const char *refuse(const struct node *n, int64_t from, int64_t to)
{
	bool old_trees = !strcmp(n->type, "TreeEnsembleClassifier") ||
			 !strcmp(n->type, "TreeEnsembleRegressor");

	if (!n->op)
		return "is not known";
	if (old_trees && to >= 5 && from < 5)
		return "is gone in version 5";
	if (old_trees && from >= 3 && to < 3 && has_tensor(n))
		return "has tensors, which came with version 3";
	if (!strcmp(n->type, "LabelEncoder"))
		return refuse_label(n, from, to);
	return op_find(ml, n->type, to) ? NULL : "came later";
}

/* The nodes of S that cannot be converted, into TEXT as far as it has room. */
static void list_refusals(const struct scope *s, int64_t to, struct str *text,
			  uint32_t *more)
{
	enum { ROOM = 360 };
	struct arena a = {0};
	const struct node *n = s->body->first;

	for (; n; n = node_next_inside(n, NULL)) {
		const char *why = strcmp(n->domain, ml) != 0
					  ? NULL
					  : refuse(n, s->import->version, to);

		if (why && text->len < ROOM)
			str_addf(text, "%s'%s' (%s) %s", text->len ? "; " : "",
				 node_label(n, &a), n->type, why);
		else if (why)
			++*more;
	}
	arena_release(&a);
}

/* ---- the whole ---------------------------------------------------------- */

static bool check(struct model *m, int64_t to, struct err *e)
{
	struct str text = {0};
	uint32_t more = 0;
	bool ok;

	for (uint32_t i = 0; i <= m->nfunction; i++) {
		struct scope s = scope_of(m, i);

		if (s.import && s.import->version > OPSET_ML_LAST)
			return err_set(e, ERR_UNSUPPORTED,
				       "the model has version %" PRId64
				       " of %s, want %d to %d",
				       s.import->version, ml, OPSET_ML_FIRST,
				       OPSET_ML_LAST);
	}
	for (uint32_t i = 0; i <= m->nfunction; i++) {
		struct scope s = scope_of(m, i);

		if (s.import && s.import->version != to)
			list_refusals(&s, to, &text, &more);
	}
	ok = !text.len;
	if (!ok)
		err_set(e, ERR_UNSUPPORTED,
			"cannot convert to version %" PRId64 " of %s: %s", to,
			ml, text.text);
	if (more)
		err_set(e, ERR_UNSUPPORTED,
			"cannot convert to version %" PRId64
			" of %s: %s; and %" PRIu32 " more",
			to, ml, text.text, more);
	str_release(&text);
	return ok;
}

static void convert_scope(const struct scope *s, int64_t to)
{
	struct node *n = s->body->first;
	bool up = s->import->version < 2 && to >= 2;
	bool down = s->import->version >= 2 && to < 2;

	for (; n; n = node_next_inside(n, NULL)) {
		if (!node_is(n, ml, "LabelEncoder"))
			continue;
		if (up)
			encode_newer(n);
		else if (down)
			encode_older(n);
	}
	s->import->version = to;
}

bool convert_ml_opset(struct model *m, int64_t version, struct err *e)
{
	if (version < OPSET_ML_FIRST || version > OPSET_ML_LAST)
		return err_set(e, ERR_UNSUPPORTED,
			       "cannot convert to version %" PRId64
			       " of %s, want %d to %d",
			       version, ml, OPSET_ML_FIRST, OPSET_ML_LAST);
	if (!check(m, version, e))
		return false;
	for (uint32_t i = 0; i <= m->nfunction; i++) {
		struct scope s = scope_of(m, i);

		if (s.import && s.import->version != version)
			convert_scope(&s, version);
	}
	op_bind_model(m);
	return infer_model(m, e);
}
