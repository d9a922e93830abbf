/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fold_shapes.c -- shapes that are computed although they are known.
 *
 * Inference propagates the contents of integer vectors through Shape, Gather,
 * Slice, Concat and arithmetic.  EXACT:
 *  - a vector all of whose entries are plain numbers becomes a constant;
 *  - the computed operand of a Reshape becomes a constant where the result's
 *    shape has known dims, named dims that stay in place (0) and at most one
 *    other (-1); of an Expand, where the result's shape is all known.
 */
#include "graph/element.h"
#include "ops/infer.h"
#include "passes/reshape.h"

static bool known_entries(const struct value *v, struct shape *ints)
{
	if (!v->content || v->content->rank < 0)
		return false;
	ints->rank = v->content->rank;
	for (int32_t i = 0; i < ints->rank; i++)
		if (!content_int(v->content->dim[i], &ints->dim[i]))
			return false;
	return true;
}

static bool is_known(const struct match *m)
{
	const struct node *n = m->root;
	const struct value *v = n->nout == 1 ? n->out[0] : NULL;
	struct shape ints;

	return v && n->nin && v->type.kind == TYPE_TENSOR &&
	       dtype_is_integer(v->type.dtype) && v->type.shape.rank >= 0 &&
	       v->type.shape.rank <= 1 && !value_is_output(v) &&
	       known_entries(v, &ints);
}

static bool to_constant(struct edit *ed, const struct match *m, struct err *e)
{
	struct value *old = m->root->out[0];
	struct shape ints, s = old->type.shape;
	struct tensor t;

	if (!known_entries(old, &ints))
		return true;
	if (s.rank == 1)
		s.dim[0] = ints.rank;
	if (!edit_tensor(ed, old->type.dtype, &s, &t, e))
		return false;
	for (int32_t i = 0; i < ints.rank; i++)
		element_set_int(t.dtype, tensor_mut(&t), (size_t)i,
				ints.dim[i]);
	edit_replace(ed, old, edit_const(ed, &t));
	return true;
}

static bool computes_shape(const struct match *m)
{
	const struct value *s = match_value(m, "s");
	struct shape list;

	return !s->konst && m->root->op &&
	       reshape_list(match_value(m, "x"), m->root->out[0], &list);
}

static bool to_known_reshape(struct edit *ed, const struct match *m,
			     struct err *e)
{
	struct value *x = match_value(m, "x"), *old = m->root->out[0];
	struct shape list;

	(void)e;
	if (reshape_list(x, old, &list))
		edit_reshape(ed, x, &list, old);
	return true;
}

static bool expands_to_known(const struct match *m)
{
	return !match_value(m, "s")->konst && m->root->op &&
	       static_shape(m->root->out[0]);
}

static bool to_known_expand(struct edit *ed, const struct match *m,
			    struct err *e)
{
	struct value *old = m->root->out[0];
	const struct shape *s = &old->type.shape;
	struct value *list = edit_ints(ed, s->dim, (size_t)s->rank);

	(void)e;
	edit_replace(ed, old,
		     edit_copy(ed, m->root, VALUES(match_value(m, "x"), list))
			     ->out[0]);
	return true;
}

static const struct rule rules[] = {
	{"known-vector", "*(...)", is_known, to_constant},
	{"reshape", "Reshape(x, s)", computes_shape, to_known_reshape},
	{"expand", "Expand(x, s)", expands_to_known, to_known_expand},
	{0}};

const struct pass pass_rows_fold_shapes[] = {
	{.name = "fold-shapes",
	 .summary = "replace computed shapes by what is known of them",
	 .fidelity = EXACT,
	 .rules = rules},
	{0}};
