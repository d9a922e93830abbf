/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_map.c -- CastMap and DictVectorizer: maps become one row.
 *
 * As in ONNX Runtime, keys that have no place in the row (beyond max_map, not
 * in the vocabulary) are left out.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ops/ml_attr.h"
#include "ops/ml_table.h"

/* Type of the values of operand 0, DTYPE_NONE if not known; ERR_TYPE unless it
 * is a map from keys of KEYS. */
static bool map_values(const struct type *t, uint32_t keys, uint32_t values,
		       enum dtype *value, struct err *e)
{
	*value = DTYPE_NONE;
	if (!t || t->kind == TYPE_UNKNOWN)
		return true;
	if (t->kind != TYPE_MAP)
		return err_set(e, ERR_TYPE, "'X' is not a map");
	if (!(keys >> t->dtype & 1))
		return err_set(e, ERR_TYPE, "'X' is a map from %s",
			       dtype_info[t->dtype].text);
	if (!t->elem || t->elem->kind != TYPE_TENSOR)
		return true;
	*value = t->elem->dtype;
	if (*value != DTYPE_NONE && !(values >> *value & 1))
		return err_set(e, ERR_TYPE, "'X' is a map to %s",
			       dtype_info[*value].text);
	return true;
}

/* Value I of a map as a tensor of one element. */
static bool value_of(const struct datum *map, size_t i, const struct tensor **x,
		     struct err *e)
{
	*x = &map->item[i].tensor;
	if (map->item[i].type.kind != TYPE_TENSOR || tensor_count(*x) != 1)
		return err_set(e, ERR_SHAPE,
			       "value %zu of the map is not one element", i);
	return true;
}

/* ---- CastMap ------------------------------------------------------------ */

struct cast_map {
	enum dtype to;
	bool sparse;
	int64_t length; /* if sparse */
};

static bool cast_map_of(const struct node *n, struct cast_map *m, struct err *e)
{
	const char *to = attr_string(n, "cast_to");
	const char *form = attr_string(n, "map_form");

	*m = (struct cast_map){.length = attr_int(n, "max_map")};
	if (!strcmp(to, "TO_FLOAT"))
		m->to = DTYPE_F32;
	else if (!strcmp(to, "TO_STRING"))
		m->to = DTYPE_STRING;
	else if (!strcmp(to, "TO_INT64"))
		m->to = DTYPE_I64;
	else
		return err_set(e, ERR_FORMAT, "cast_to '%s' is not known", to);
	m->sparse = !strcmp(form, "SPARSE");
	if (!m->sparse && strcmp(form, "DENSE"))
		return err_set(e, ERR_FORMAT, "map_form '%s' is not known",
			       form);
	if (m->sparse && m->length <= 0)
		return err_set(e, ERR_FORMAT, "max_map is %" PRId64, m->length);
	return true;
}

static bool infer_cast_map(struct infer *c, struct err *e)
{
	enum dtype value;
	struct cast_map m;

	if (!cast_map_of(c->node, &m, e) ||
	    !map_values(c->in[0], TYPES_I64, TYPE_BIT(STRING) | TYPE_BIT(F32),
			&value, e))
		return false;
	ml_set_matrix(c, 0, m.to, 1, m.sparse ? m.length : DIM_UNKNOWN);
	return true;
}

/* TEXT as a number, all of it. */
static bool read_number(const struct text *text, enum dtype to, double *x,
			long long *i, struct err *e)
{
	char copy[64];

	if (text->len < sizeof(copy)) {
		if (text->len)
			memcpy(copy, text->at, text->len);
		copy[text->len] = '\0';
		if (strlen(copy) == text->len &&
		    (to == DTYPE_I64 ? str_to_int(copy, i)
				     : str_to_double(copy, x)))
			return true;
	}
	return err_set(e, ERR_FORMAT, "'%.*s' is not a number",
		       (int)(text->len < 40 ? text->len : 40), text->at);
}

/* Six decimals, as in ONNX Runtime. */
static bool print_number(const struct call *c, double x, struct text *text,
			 struct err *e)
{
	char digits[64];
	int n = isnan(x)   ? snprintf(digits, sizeof(digits), "%snan",
				      signbit(x) ? "-" : "")
		: isinf(x) ? snprintf(digits, sizeof(digits), "%sinf",
				      x < 0 ? "-" : "")
			   : snprintf(digits, sizeof(digits), "%.6f", x);
	void *to;

	if (!c->services->alloc(c->services, (size_t)n, &to, e))
		return false;
	memcpy(to, digits, (size_t)n);
	*text = (struct text){to, (size_t)n};
	return true;
}

/* Element AT of Y becomes the only element of X. */
static bool cast_value(const struct call *c, const struct tensor *x,
		       struct tensor *y, size_t at, struct err *e)
{
	const struct text *text = x->data;
	struct text *out = tensor_mut(y);
	long long i = 0;
	double d = 0;

	if (x->dtype == DTYPE_STRING) {
		if (y->dtype == DTYPE_STRING) {
			out[at] = *text;
			return true;
		}
		if (!read_number(text, y->dtype, &d, &i, e))
			return false;
	} else {
		d = tensor_double(x, 0);
		if (y->dtype == DTYPE_STRING)
			return print_number(c, d, &out[at], e);
	}
	if (y->dtype == DTYPE_F32)
		tensor_f32_mut(y)[at] = (float)d;
	else if (x->dtype == DTYPE_STRING)
		tensor_i64_mut(y)[at] = i;
	else
		element_cast(x->dtype, x->data, DTYPE_I64,
			     tensor_i64_mut(y) + at, 1, SATURATE_YES);
	return true;
}

struct map_entry {
	int64_t key;
	size_t at;
};

static int compare_entries(const void *a, const void *b)
{
	const struct map_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? 1 : -1;
	return (x->at > y->at) - (x->at < y->at);
}

static bool cast_dense(const struct call *c, const struct datum *map,
		       struct tensor *y, struct err *e)
{
	struct map_entry *entry;
	void *memory;

	if (!c->services->alloc(c->services, map->count * sizeof(*entry),
				&memory, e))
		return false;
	entry = memory;
	for (size_t i = 0; i < map->count; i++)
		entry[i] = (struct map_entry){tensor_int(&map->tensor, i), i};
	if (map->count)
		qsort(entry, map->count, sizeof(*entry), compare_entries);
	for (size_t i = 0; i < map->count; i++) {
		const struct tensor *x;

		if (!value_of(map, entry[i].at, &x, e) ||
		    !cast_value(c, x, y, i, e))
			return false;
	}
	return true;
}

/* Places without key are 0; texts "0.f", as in ONNX Runtime. */
static bool cast_sparse(const struct call *c, const struct datum *map,
			struct tensor *y, struct err *e)
{
	size_t n = tensor_count(y);

	if (y->dtype == DTYPE_STRING)
		for (size_t i = 0; i < n; i++)
			((struct text *)tensor_mut(y))[i] = (struct text){"0.f",
									  3};
	else
		memset(tensor_mut(y), 0, y->bytes);
	for (size_t i = 0; i < map->count; i++) {
		int64_t key = tensor_int(&map->tensor, i);
		const struct tensor *x;

		if (key < 0)
			return err_set(e, ERR_SHAPE, "key %" PRId64 " is < 0",
				       key);
		if ((uint64_t)key >= n)
			continue;
		if (!value_of(map, i, &x, e) ||
		    !cast_value(c, x, y, (size_t)key, e))
			return false;
	}
	return true;
}

static bool run_cast_map(const struct call *c, struct err *e)
{
	const struct datum *map = c->in[0];
	struct cast_map m;
	struct shape s;

	if (!cast_map_of(c->node, &m, e))
		return false;
	s = SHAPE(1, m.sparse ? m.length : (int64_t)map->count);
	if (!call_alloc(c, 0, m.to, &s, e))
		return false;
	if (!call_out(c, 0))
		return true;
	return m.sparse ? cast_sparse(c, map, call_out(c, 0), e)
			: cast_dense(c, map, call_out(c, 0), e);
}

static const struct kernel cast_map[] = {
	{.name = "cast-map", .engine = "reference", .run = run_cast_map}, {0}};

/* ---- DictVectorizer ----------------------------------------------------- */

static bool vocabulary_of(const struct node *n, const struct type *map,
			  struct ml_keys *k, struct err *e)
{
	const struct attr *ints = ml_list(n, "int64_vocabulary", ATTR_INTS);
	const struct attr *texts = ml_list(n, "string_vocabulary",
					   ATTR_STRINGS);

	if (!ints == !texts)
		return err_set(
			e, ERR_FORMAT,
			"want either int64_vocabulary or string_vocabulary");
	*k = (struct ml_keys){.list = ints ? ints : texts, .wins = ML_LAST};
	k->count = k->list->count;
	if (map && map->kind == TYPE_MAP &&
	    map->dtype != (ints ? DTYPE_I64 : DTYPE_STRING))
		return err_set(e, ERR_TYPE,
			       "'X' is a map from %s, the vocabulary holds %s",
			       dtype_info[map->dtype].text,
			       ints ? "numbers" : "texts");
	return true;
}

static bool infer_dict(struct infer *c, struct err *e)
{
	enum dtype value;
	struct ml_keys k;

	if (!map_values(c->in[0], ML_LABELS,
			ML_LABELS | TYPE_BIT(F32) | TYPE_BIT(F64), &value, e) ||
	    !vocabulary_of(c->node, c->in[0], &k, e))
		return false;
	ml_set_matrix(c, 0, value, 1, (int64_t)k.count);
	return true;
}

static bool fill_row(const struct datum *map, const struct ml_table *t,
		     struct tensor *y, struct err *e)
{
	for (size_t i = 0; i < map->count; i++) {
		struct ml_key key = ml_key_of(&map->tensor, i);
		const struct tensor *x;
		size_t at;

		if (!ml_table_find(t, &key, &at))
			continue;
		if (!value_of(map, i, &x, e))
			return false;
		if (x->dtype != y->dtype)
			return err_set(e, ERR_TYPE,
				       "value %zu of the map is of %s", i,
				       dtype_info[x->dtype].text);
		if (y->dtype == DTYPE_STRING)
			((struct text *)tensor_mut(
				y))[at] = *(const struct text *)x->data;
		else
			element_set_bits(y->dtype, tensor_mut(y), at,
					 element_bits(x->dtype, x->data, 0));
	}
	return true;
}

/* Words that the map lacks are 0 or "". */
static bool run_dict(const struct call *c, struct err *e)
{
	const struct datum *map = c->in[0];
	enum dtype type = DTYPE_NONE;
	const struct ml_table *t;
	struct ml_keys k;
	struct shape s;
	bool ok;

	if (map->type.elem)
		type = map->type.elem->dtype;
	else if (map->count)
		type = map->item[0].tensor.dtype;
	if (type == DTYPE_NONE)
		return err_set(e, ERR_TYPE,
			       "the type of the map's values is not known");
	if (!vocabulary_of(c->node, &map->type, &k, e))
		return false;
	s = SHAPE(1, (int64_t)k.count);
	if (!call_alloc(c, 0, type, &s, e))
		return false;
	if (!call_out(c, 0))
		return true;
	if (type == DTYPE_STRING)
		for (size_t i = 0; i < k.count; i++)
			((struct text *)tensor_mut(
				call_out(c, 0)))[i] = (struct text){"", 0};
	else
		memset(tensor_mut(call_out(c, 0)), 0, call_out(c, 0)->bytes);
	if (!ml_table_borrow(c, &k, &t, e))
		return false;
	ok = fill_row(map, t, call_out(c, 0), e);
	ml_table_put_back(c, t);
	return ok;
}

static const struct kernel dict[] = {
	{.name = "dict-vectorizer", .engine = "reference", .run = run_dict},
	{0}};

const struct op op_rows_ml_map[] = {
	{.domain = "ai.onnx.ml",
	 .type = "CastMap",
	 .since = 1,
	 .traits = OP_DATA_SHAPE,
	 .in = PARAMS(IN("X", NULL, 0)),
	 .out = PARAMS(
		 IN("Y", NULL, TYPE_BIT(F32) | TYPE_BIT(STRING) | TYPES_I64)),
	 .attrs = ATTRS(ATTR("cast_to", STRING, "TO_FLOAT"),
			ATTR("map_form", STRING, "DENSE"),
			ATTR("max_map", INT, "1")),
	 .infer = infer_cast_map,
	 .kernels = cast_map},
	{.domain = "ai.onnx.ml",
	 .type = "DictVectorizer",
	 .since = 1,
	 .traits = OP_DATA_SHAPE,
	 .in = PARAMS(IN("X", NULL, 0)),
	 .out = PARAMS(
		 IN("Y", NULL, ML_LABELS | TYPE_BIT(F32) | TYPE_BIT(F64))),
	 .attrs = ATTRS(ATTR("int64_vocabulary", INTS, NULL),
			ATTR("string_vocabulary", STRINGS, NULL)),
	 .infer = infer_dict,
	 .kernels = dict},
	{0}};
