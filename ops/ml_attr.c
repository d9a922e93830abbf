/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_attr.c -- see ml_attr.h. */
#include "ops/ml_attr.h"

#include <stdio.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"

const struct attr *ml_list(const struct node *n, const char *name,
			   enum attr_kind kind)
{
	const struct attr *a = node_attr(n, name);

	return a && a->kind == kind && !a->ref && a->count ? a : NULL;
}

bool ml_tensor(const struct node *n, const char *name, uint32_t types,
	       struct ml_numbers *x, struct err *e)
{
	const struct attr *a = node_attr(n, name);
	const struct tensor *t;

	*x = (struct ml_numbers){0};
	if (!a || a->kind != ATTR_TENSOR || a->ref)
		return true;
	t = a->u.tensors;
	if (!(types >> t->dtype & 1))
		return err_set(e, ERR_TYPE, "'%s' is a tensor of %s", name,
			       dtype_info[t->dtype].text);
	if (t->shape.rank > 1)
		return err_set(e, ERR_SHAPE, "'%s' has rank %d, want 1", name,
			       t->shape.rank);
	x->tensor = t;
	x->count = tensor_count(t);
	x->given = true;
	x->is_double = t->dtype == DTYPE_F64;
	return true;
}

bool ml_floats(const struct node *n, const char *name, struct ml_numbers *x,
	       struct err *e)
{
	const struct attr *list = ml_list(n, name, ATTR_FLOATS);
	char other[64];

	snprintf(other, sizeof(other), "%s_as_tensor", name);
	if (!ml_tensor(n, other, TYPE_BIT(F32) | TYPE_BIT(F64), x, e))
		return false;
	if (!list)
		return true;
	if (x->count)
		return err_set(e, ERR_FORMAT, "both '%s' and '%s' are given",
			       name, other);
	*x = (struct ml_numbers){
		.list = list, .count = list->count, .given = true};
	return true;
}

double ml_number(const struct ml_numbers *x, size_t i)
{
	if (x->tensor)
		return tensor_double(x->tensor, i);
	return x->list->kind == ATTR_INTS ? (double)x->list->u.ints[i]
					  : (double)x->list->u.floats[i];
}

/* ---- labels ------------------------------------------------------------- */

bool ml_labels_of(const struct node *n, const char *ints, const char *texts,
		  struct ml_labels *l, struct err *e)
{
	const struct attr *i = ml_list(n, ints, ATTR_INTS);
	const struct attr *t = ml_list(n, texts, ATTR_STRINGS);

	if (!i == !t)
		return err_set(e, ERR_FORMAT, "want either '%s' or '%s'", ints,
			       texts);
	*l = (struct ml_labels){.count = i ? i->count : t->count};
	if (i)
		l->ints = i->u.ints;
	else
		l->texts = t->u.strings;
	return true;
}

enum dtype ml_labels_dtype(const struct ml_labels *l)
{
	return l->texts ? DTYPE_STRING : DTYPE_I64;
}

void ml_label_set(const struct ml_labels *l, struct tensor *y, size_t i,
		  size_t k)
{
	if (l->texts)
		((struct text *)tensor_mut(y))[i] = l->texts[k];
	else
		tensor_i64_mut(y)[i] = l->ints[k];
}

void ml_label_binary(const struct ml_labels *l, struct tensor *y, size_t i,
		     bool positive)
{
	if (l->count == 2)
		ml_label_set(l, y, i, positive);
	else if (l->texts)
		((struct text *)tensor_mut(y))[i] = (struct text){
			positive ? "1" : "0", 1};
	else
		tensor_i64_mut(y)[i] = positive;
}

/* ---- rows --------------------------------------------------------------- */

bool ml_matrix(const struct shape *x, int64_t *rows, int64_t *cols,
	       struct err *e)
{
	*rows = *cols = DIM_UNKNOWN;
	if (x->rank < 0)
		return true;
	if (x->rank != 1 && x->rank != 2)
		return err_set(e, ERR_SHAPE, "'X' has rank %d, want 1 or 2",
			       x->rank);
	*rows = x->rank == 1 ? 1 : x->dim[0];
	*cols = x->dim[x->rank - 1];
	return true;
}

void ml_set_matrix(struct infer *c, uint32_t i, enum dtype t, int64_t rows,
		   int64_t cols)
{
	struct shape s = {.rank = 2};

	s.dim[0] = rows;
	s.dim[1] = cols;
	infer_set(c, i, t, &s);
}

void ml_load_row(const struct tensor *x, size_t r, size_t cols, double *row)
{
	element_load(x->dtype, x->data, r * cols, cols, row);
}

void ml_round_row(double *row, size_t cols)
{
	for (size_t i = 0; i < cols; i++)
		row[i] = (float)row[i];
}

size_t ml_row_scratch(const struct call *c, size_t extra)
{
	const struct tensor *x = call_in(c, 0);
	size_t cols = (size_t)x->shape.dim[x->shape.rank - 1];

	if (!count_in(c, 0) && (x->shape.rank < 2 || !x->shape.dim[0]))
		return 0;
	return doubles_of((size_t)parallel_threads() * (cols + extra));
}

double *ml_row_memory(void *scratch, size_t cols, size_t extra)
{
	return (double *)scratch + (size_t)parallel_index() * (cols + extra);
}
