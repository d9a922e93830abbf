/* SPDX-License-Identifier: Apache-2.0 */
/* ops/infer_inner.c -- what the inputs of inner graphs are bound to. */
#include "ops/infer_inner.h"

#include <string.h>

#include "ops/flex_attention.h"
#include "ops/op.h"

/* The type of operand I; TYPE_UNKNOWN if omitted. */
static struct type operand(const struct node *n, uint32_t i)
{
	const struct value *v = node_in(n, i);

	return v ? v->type : (struct type){.kind = TYPE_UNKNOWN};
}

static struct type without_dims(struct type t)
{
	t.shape.rank = RANK_UNKNOWN;
	return t;
}

static struct type scalar(enum dtype t)
{
	const struct shape s = {.rank = 0};

	return type_tensor(t, &s);
}

/* Loop: iteration number, condition, then the carried values, whose shapes
 * may change from one iteration to the next. */
static struct type loop_input(const struct node *n, uint32_t i)
{
	if (i == 0)
		return scalar(DTYPE_I64);
	if (i == 1)
		return scalar(DTYPE_BOOL);
	return without_dims(operand(n, i));
}

static struct type drop_axis(struct type t, int64_t axis)
{
	struct shape *s = &t.shape;

	if (t.kind != TYPE_TENSOR || s->rank < 0)
		return t;
	if (axis < 0)
		axis += s->rank;
	if (axis < 0 || axis >= s->rank)
		return without_dims(t);
	for (int32_t k = (int32_t)axis; k + 1 < s->rank; k++)
		s->dim[k] = s->dim[k + 1];
	s->rank--;
	return t;
}

/* Scan-8 has sequence_lens first and a batch axis before everything; later
 * versions have neither, and one axis per scanned operand. */
static struct type scan_input(const struct node *n, uint32_t i)
{
	bool batched = op_opset(n) < 9;
	uint32_t first = batched ? 1 : 0, count;
	const int64_t *axes = node_ints(n, "scan_input_axes", &count);
	int64_t scanned = node_int(n, "num_scan_inputs", 0);
	struct type t = operand(n, i + first);
	int64_t states = (int64_t)n->nin - first - scanned;

	if (batched)
		t = drop_axis(t, 0);
	if (i < states)
		return t;
	i -= (uint32_t)(states < 0 ? 0 : states);
	return drop_axis(t, !batched && axes && i < count ? axes[i] : 0);
}

/* SequenceMap: one item of each sequence; tensors as they are. */
static struct type map_input(const struct node *n, uint32_t i)
{
	struct type t = operand(n, i);

	if (t.kind == TYPE_SEQUENCE)
		return t.elem ? *t.elem : (struct type){.kind = TYPE_UNKNOWN};
	return t;
}

/* FlexAttention: all scores, or weights. */
static struct type flex_input(const struct node *n, uint32_t i)
{
	struct type q = operand(n, 0), k = operand(n, 1);

	return i == 0 ? flex_attention_scores(n, &q, &k)
		      : (struct type){.kind = TYPE_UNKNOWN};
}

static const struct {
	const char *domain, *type;
	struct type (*input)(const struct node *n, uint32_t i);
} owners[] = {
	{"", "Loop", loop_input},
	{"", "Scan", scan_input},
	{"", "SequenceMap", map_input},
	{"ai.onnx.preview", "FlexAttention", flex_input},
};

bool infer_inner_inputs(const struct node *owner, struct graph *g,
			struct err *e)
{
	struct type (*input)(const struct node *n, uint32_t i) = NULL;

	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++)
		if (node_is(owner, owners[i].domain, owners[i].type))
			input = owners[i].input;
	if (!input)
		return true;
	for (uint32_t i = 0; i < g->nin; i++) {
		struct type t = input(owner, i);

		/* Loop: old exporters declare vectors of one element. */
		if (input == loop_input && i < 2 &&
		    g->in[i]->type.kind == TYPE_TENSOR &&
		    g->in[i]->type.shape.rank == 1)
			t = without_dims(t);
		if (!infer_merge(&g->in[i]->type, &t, &g->model->symbols, e))
			return err_context(e, "input '%s' of the body",
					   g->in[i]->name);
	}
	return true;
}
