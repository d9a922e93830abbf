/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_label.c -- LabelEncoder and CategoryMapper: keys become values.
 *
 * LabelEncoder-1 and CategoryMapper map between texts and numbers, in the
 * direction that their operand asks for.  Of equal keys the last counts, as
 * LabelEncoder-4 says; version 2 is silent and ONNX Runtime takes the first.
 */
#include <inttypes.h>
#include <string.h>

#include "ops/ml_attr.h"
#include "ops/ml_table.h"

/* The values are a list or a tensor, or the places of the keys. */
struct mapping {
	struct ml_keys keys;
	const struct attr *values;
	const struct tensor *value_tensor;
	enum dtype from, to;
};

static enum dtype listed_dtype(const struct attr *list)
{
	return list->kind == ATTR_STRINGS  ? DTYPE_STRING
	       : list->kind == ATTR_FLOATS ? DTYPE_F32
					   : DTYPE_I64;
}

/* ---- LabelEncoder since version 2 --------------------------------------- */

/* The one list of those called PREFIX_strings, .. int64s, .. floats, or the
 * tensor PREFIX_tensor. */
static bool list_of(const struct node *n, const char *const names[4],
		    const struct attr **list, struct ml_numbers *tensor,
		    struct err *e)
{
	static const enum attr_kind kinds[] = {ATTR_STRINGS, ATTR_INTS,
					       ATTR_FLOATS};
	const uint32_t types = TYPE_BIT(STRING) | TYPES_INDEX | TYPE_BIT(I16) |
			       TYPE_BIT(F32) | TYPE_BIT(F64);
	int found = 0;

	*list = NULL;
	for (int k = 0; k < 3; k++)
		if (ml_list(n, names[k], kinds[k])) {
			*list = ml_list(n, names[k], kinds[k]);
			found++;
		}
	if (!ml_tensor(n, names[3], types, tensor, e))
		return false;
	if (found + tensor->given != 1)
		return err_set(e, ERR_FORMAT, "want one of %s, %s, %s, %s",
			       names[0], names[1], names[2], names[3]);
	return true;
}

static bool label_of(const struct node *n, struct mapping *m, struct err *e)
{
	static const char *const keys[] = {"keys_strings", "keys_int64s",
					   "keys_floats", "keys_tensor"};
	static const char *const values[] = {"values_strings", "values_int64s",
					     "values_floats", "values_tensor"};
	struct ml_numbers k, v;
	size_t nvalues;

	*m = (struct mapping){0};
	if (!list_of(n, keys, &m->keys.list, &k, e) ||
	    !list_of(n, values, &m->values, &v, e))
		return false;
	m->keys.tensor = k.tensor;
	m->value_tensor = v.tensor;
	m->keys.count = m->keys.list ? m->keys.list->count : k.count;
	m->keys.wins = n->op->since < 4 ? ML_FIRST : ML_LAST;
	m->from = m->keys.list ? listed_dtype(m->keys.list) : k.tensor->dtype;
	m->to = m->values ? listed_dtype(m->values) : v.tensor->dtype;
	nvalues = m->values ? m->values->count : v.count;
	if (m->keys.count != nvalues)
		return err_set(e, ERR_FORMAT, "%zu keys for %zu values",
			       m->keys.count, nvalues);
	return true;
}

/* ---- the two with fixed lists ------------------------------------------- */

static bool classes_of(const struct node *n, enum dtype from, struct mapping *m,
		       struct err *e)
{
	const struct attr *texts = ml_list(n, "classes_strings", ATTR_STRINGS);

	*m = (struct mapping){.from = from};
	if (!texts)
		return err_set(e, ERR_FORMAT, "'classes_strings' is missing");
	m->to = from == DTYPE_STRING ? DTYPE_I64 : DTYPE_STRING;
	m->keys = (struct ml_keys){
		.list = texts, .count = texts->count, .wins = ML_LAST};
	m->values = from == DTYPE_STRING ? NULL : texts;
	return true;
}

static bool categories_of(const struct node *n, enum dtype from,
			  struct mapping *m, struct err *e)
{
	const struct attr *ints = ml_list(n, "cats_int64s", ATTR_INTS);
	const struct attr *texts = ml_list(n, "cats_strings", ATTR_STRINGS);

	*m = (struct mapping){.from = from};
	if (!ints || !texts || ints->count != texts->count)
		return err_set(
			e, ERR_FORMAT, "%u cats_int64s for %u cats_strings",
			ints ? ints->count : 0, texts ? texts->count : 0);
	m->to = from == DTYPE_STRING ? DTYPE_I64 : DTYPE_STRING;
	m->keys = (struct ml_keys){.count = ints->count, .wins = ML_LAST};
	m->keys.list = from == DTYPE_STRING ? texts : ints;
	m->values = from == DTYPE_STRING ? ints : texts;
	return true;
}

static bool mapping_of(const struct node *n, enum dtype from, struct mapping *m,
		       struct err *e)
{
	if (!strcmp(n->type, "CategoryMapper"))
		return categories_of(n, from, m, e);
	if (n->op->since == 1)
		return classes_of(n, from, m, e);
	if (!label_of(n, m, e))
		return false;
	if (from != DTYPE_NONE && from != m->from)
		return err_set(e, ERR_TYPE, "'X' is of %s, the keys are of %s",
			       dtype_info[from].text, dtype_info[m->from].text);
	return true;
}

static bool infer_mapping(struct infer *c, struct err *e)
{
	enum dtype from = infer_dtype(c, 0);
	bool by_operand = c->node->op->since == 1;
	struct mapping m;

	if (!mapping_of(c->node, from, &m, e))
		return false;
	infer_set(c, 0, by_operand && from == DTYPE_NONE ? DTYPE_NONE : m.to,
		  infer_shape(c, 0));
	return true;
}

/* ---- execution ---------------------------------------------------------- */

/* What keys without value become. */
struct fallback {
	struct text text;
	double x;
	int64_t i;
};

static bool fallback_of(const struct node *n, enum dtype to, struct fallback *f,
			struct err *e)
{
	const struct attr *text = node_attr(n, "default_string");
	bool floats = n->op->since >= 2 && !strcmp(n->type, "LabelEncoder");
	struct ml_numbers t = {0};

	*f = (struct fallback){.text = {"_Unused", 7}};
	if (text && text->kind == ATTR_STRING && !text->ref)
		f->text = (struct text){text->u.s, text->count};
	f->x = floats ? attr_float(n, "default_float") : 0;
	f->i = attr_int(n, "default_int64");
	if (n->op->since < 4)
		return true;
	if (!ml_tensor(n, "default_tensor",
		       TYPE_BIT(I16) | ML_LABELS | ML_NUMBERS, &t, e))
		return false;
	if (!t.count)
		return true;
	if (t.tensor->dtype != to)
		return err_set(e, ERR_TYPE,
			       "default_tensor is of %s, the values are of %s",
			       dtype_info[t.tensor->dtype].text,
			       dtype_info[to].text);
	if (to == DTYPE_STRING)
		f->text = *(const struct text *)t.tensor->data;
	else if (dtype_is_float(to))
		f->x = tensor_double(t.tensor, 0);
	else
		f->i = tensor_int(t.tensor, 0);
	return true;
}

static void set_fallback(const struct fallback *f, struct tensor *y, size_t i)
{
	if (y->dtype == DTYPE_STRING)
		((struct text *)tensor_mut(y))[i] = f->text;
	else if (dtype_is_float(y->dtype))
		element_set_double(y->dtype, tensor_mut(y), i, f->x);
	else
		element_set_int(y->dtype, tensor_mut(y), i, f->i);
}

/* Element I becomes value K. */
static void set_value(const struct mapping *m, struct tensor *y, size_t i,
		      size_t k)
{
	const struct tensor *t = m->value_tensor;

	if (y->dtype == DTYPE_STRING)
		((struct text *)tensor_mut(
			y))[i] = t ? ((const struct text *)t->data)[k]
				   : m->values->u.strings[k];
	else if (t)
		element_set_bits(y->dtype, tensor_mut(y), i,
				 element_bits(y->dtype, t->data, k));
	else if (y->dtype == DTYPE_F32)
		tensor_f32_mut(y)[i] = m->values->u.floats[k];
	else
		tensor_i64_mut(y)[i] = m->values ? m->values->u.ints[k]
						 : (int64_t)k;
}

static bool by_place(const struct mapping *m)
{
	return m->keys.list && m->keys.list == m->values;
}

/* LabelEncoder-1 from numbers: the keys are the places. */
static bool find(const struct mapping *m, const struct ml_table *t,
		 const struct ml_key *key, size_t *k)
{
	if (!by_place(m))
		return ml_table_find(t, key, k);
	*k = (size_t)key->u.i;
	return key->u.i >= 0 && (uint64_t)key->u.i < m->keys.count;
}

static bool prepare_mapping(struct call *c, struct err *e)
{
	struct ml_table *t;
	struct mapping m;

	if (!mapping_of(c->node, call_in(c, 0)->dtype, &m, e) ||
	    !ml_table_make(&t, &m.keys, e))
		return false;
	c->prepared = &t->base;
	return true;
}

static bool run_mapping(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	size_t n = tensor_count(x);
	const struct ml_table *t;
	struct fallback f;
	struct mapping m;

	if (!mapping_of(c->node, x->dtype, &m, e) ||
	    !fallback_of(c->node, m.to, &f, e) ||
	    !ml_table_borrow(c, &m.keys, &t, e))
		return false;
	for (size_t i = 0; y && i < n; i++) {
		struct ml_key key = ml_key_of(x, i);
		size_t k;

		if (find(&m, t, &key, &k))
			set_value(&m, y, i, k);
		else
			set_fallback(&f, y, i);
	}
	ml_table_put_back(c, t);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "label-table",
	 .engine = "reference",
	 .prepare = prepare_mapping,
	 .run = run_mapping},
	{.name = "label", .engine = "reference", .run = run_mapping},
	{0}};

#define LABEL_2 (ML_LABELS | TYPE_BIT(F32))
#define LABEL_4 (LABEL_2 | TYPE_BIT(I32) | TYPE_BIT(I16) | TYPE_BIT(F64))
#define LABEL(opset, set, ...)                                            \
	{                                                                 \
		.domain = "ai.onnx.ml", .type = "LabelEncoder",           \
		.since = opset, .in = PARAMS(IN("X", "T1", set)),         \
		.out = PARAMS(IN("Y", "T2", set)),                        \
		.attrs = ATTRS(ATTR("default_int64", INT, "-1"),          \
			       ATTR("default_string", STRING, "_Unused"), \
			       __VA_ARGS__),                              \
		.infer = infer_mapping, .kernels = kernels,               \
	}
#define LISTS_2                                                                \
	ATTR("default_float", FLOAT, "-0"), ATTR("keys_floats", FLOATS, NULL), \
		ATTR("keys_int64s", INTS, NULL),                               \
		ATTR("keys_strings", STRINGS, NULL),                           \
		ATTR("values_floats", FLOATS, NULL),                           \
		ATTR("values_int64s", INTS, NULL),                             \
		ATTR("values_strings", STRINGS, NULL)

const struct op op_rows_ml_label[] = {
	LABEL(1, ML_LABELS, ATTR("classes_strings", STRINGS, NULL)),
	LABEL(2, LABEL_2, LISTS_2),
	LABEL(4, LABEL_4, LISTS_2, ATTR("default_tensor", TENSOR, NULL),
	      ATTR("keys_tensor", TENSOR, NULL),
	      ATTR("values_tensor", TENSOR, NULL)),
	{.domain = "ai.onnx.ml",
	 .type = "CategoryMapper",
	 .since = 1,
	 .in = PARAMS(IN("X", "T1", ML_LABELS)),
	 .out = PARAMS(IN("Y", "T2", ML_LABELS)),
	 .attrs = ATTRS(ATTR("cats_int64s", INTS, NULL),
			ATTR("cats_strings", STRINGS, NULL),
			ATTR("default_int64", INT, "-1"),
			ATTR("default_string", STRING, "_Unused")),
	 .infer = infer_mapping,
	 .kernels = kernels},
	{0}};
