/* SPDX-License-Identifier: Apache-2.0 */
/* ops/sequence.c -- lists of tensors: made, read, changed, mapped. */
#include <inttypes.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/inner.h"

/* ---- types -------------------------------------------------------------- */

static void set_sequence(struct infer *c, uint32_t i, const struct type *item)
{
	struct type *elem = arena_memdup(&c->model->arena, item, sizeof(*item));

	infer_set_type(c, i,
		       &(struct type){.kind = TYPE_SEQUENCE, .elem = elem});
}

/* Operand I is a sequence; its item type in *ITEM. */
static bool sequence_in(const struct infer *c, uint32_t i, struct type *item,
			struct err *e)
{
	const struct type *t = c->in[i];

	*item = (struct type){.kind = TYPE_UNKNOWN};
	if (t->kind == TYPE_SEQUENCE && t->elem)
		*item = *t->elem;
	if (t->kind != TYPE_SEQUENCE && t->kind != TYPE_UNKNOWN)
		return err_set(e, ERR_TYPE, "operand %u is no sequence", i);
	return true;
}

static bool infer_construct(struct infer *c, struct err *e)
{
	struct type item = *c->in[0];

	(void)e;
	for (uint32_t i = 1; i < c->node->nin; i++)
		item = type_join(&item, c->in[i]);
	set_sequence(c, 0, &item);
	return true;
}

static bool infer_empty(struct infer *c, struct err *e)
{
	struct type item = type_tensor(DTYPE_F32, NULL);

	if (attr_given(c->node, "dtype"))
		item.dtype = dtype_from_onnx(attr_int(c->node, "dtype"));
	if (item.dtype == DTYPE_NONE)
		return err_set(e, ERR_TYPE, "'dtype' is %" PRId64,
			       attr_int(c->node, "dtype"));
	set_sequence(c, 0, &item);
	return true;
}

static bool infer_at(struct infer *c, struct err *e)
{
	struct type item;

	if (!sequence_in(c, 0, &item, e))
		return false;
	infer_set_type(c, 0, &item);
	return true;
}

static bool infer_insert(struct infer *c, struct err *e)
{
	struct type item;

	if (!sequence_in(c, 0, &item, e))
		return false;
	if (item.kind == TYPE_TENSOR && c->in[1]->kind == TYPE_TENSOR &&
	    item.dtype != c->in[1]->dtype && item.dtype != DTYPE_NONE &&
	    c->in[1]->dtype != DTYPE_NONE)
		return err_set(e, ERR_TYPE,
			       "'tensor' has element type %s, the sequence %s",
			       dtype_info[c->in[1]->dtype].text,
			       dtype_info[item.dtype].text);
	item = type_join(&item, c->in[1]);
	set_sequence(c, 0, &item);
	return true;
}

static bool infer_erase(struct infer *c, struct err *e)
{
	struct type item;

	if (!sequence_in(c, 0, &item, e))
		return false;
	infer_set_type(c, 0, c->in[0]);
	return true;
}

static bool infer_length(struct infer *c, struct err *e)
{
	const struct shape scalar = {.rank = 0};
	struct type item;

	if (!sequence_in(c, 0, &item, e))
		return false;
	infer_set(c, 0, DTYPE_I64, &scalar);
	return true;
}

/* ---- execution ---------------------------------------------------------- */

/* Result 0 becomes a list of COUNT items, still to be filled. */
static bool give_list(const struct call *c, size_t count, struct err *e)
{
	struct datum *y = c->out[0];

	y->item = NULL;
	y->count = 0;
	if (!inner_datums(c, count, &y->item, e))
		return false;
	y->count = count;
	return true;
}

static bool run_construct(const struct call *c, struct err *e)
{
	if (!c->out[0])
		return true;
	if (!give_list(c, c->nin, e))
		return false;
	for (uint32_t i = 0; i < c->nin; i++)
		if (!datum_copy(c->services, &c->out[0]->item[i], c->in[i], e))
			return false;
	return true;
}

static bool run_empty(const struct call *c, struct err *e)
{
	return !c->out[0] || give_list(c, 0, e);
}

/* Operand I as a position in 0..LAST, negative counted from COUNT. */
static bool position(const struct call *c, uint32_t i, size_t count,
		     size_t last, size_t *at, struct err *e)
{
	const struct tensor *t = call_in(c, i);
	int64_t x, n = (int64_t)count;

	*at = last;
	if (!t)
		return true;
	if (tensor_count(t) != 1)
		return err_set(e, ERR_SHAPE,
			       "'position' has %zu elements, want 1",
			       tensor_count(t));
	x = tensor_int(t, 0);
	if (x < -n || x > (int64_t)last || count + last == 0)
		return err_set(e, ERR_SHAPE,
			       "position %" PRId64 " in a sequence of %zu", x,
			       count);
	*at = (size_t)(x < 0 ? x + n : x);
	return true;
}

static bool run_at(const struct call *c, struct err *e)
{
	size_t count = c->in[0]->count, at;

	if (count == 0)
		return err_set(e, ERR_SHAPE, "the sequence is empty");
	return position(c, 1, count, count - 1, &at, e) &&
	       inner_give(c, 0, &c->in[0]->item[at], e);
}

static bool run_insert(const struct call *c, struct err *e)
{
	const struct datum *s = c->in[0];
	size_t at = s->count;

	if (call_in(c, 2) && s->count > 0 &&
	    !position(c, 2, s->count, s->count, &at, e))
		return false;
	if (!c->out[0])
		return true;
	if (!give_list(c, s->count + 1, e))
		return false;
	for (size_t i = 0; i < s->count + 1; i++)
		if (!datum_copy(c->services, &c->out[0]->item[i],
				i == at ? c->in[1]
					: &s->item[i > at ? i - 1 : i],
				e))
			return false;
	return true;
}

static bool run_erase(const struct call *c, struct err *e)
{
	const struct datum *s = c->in[0];
	size_t at, to = 0;

	if (s->count == 0)
		return err_set(e, ERR_SHAPE, "the sequence is empty");
	if (!position(c, 1, s->count, s->count - 1, &at, e))
		return false;
	if (!c->out[0])
		return true;
	if (!give_list(c, s->count - 1, e))
		return false;
	for (size_t i = 0; i < s->count; i++)
		if (i != at && !datum_copy(c->services, &c->out[0]->item[to++],
					   &s->item[i], e))
			return false;
	return true;
}

static bool run_length(const struct call *c, struct err *e)
{
	(void)e;
	if (call_out(c, 0))
		tensor_i64_mut(call_out(c, 0))[0] = (int64_t)c->in[0]->count;
	return true;
}

/* ---- SequenceMap -------------------------------------------------------- */

static bool infer_map(struct infer *c, struct err *e)
{
	const struct graph *g = inner_graph(c->node, "body");
	struct type item;

	if (!sequence_in(c, 0, &item, e) ||
	    !inner_check(g, c->node->nin, c->node->nout, e))
		return false;
	for (uint32_t i = 0; i < c->node->nout; i++)
		set_sequence(c, i, inner_type(g, i));
	return true;
}

/* One run of the body, on item AT of every sequence. */
static bool map_item(const struct call *c, size_t at, const struct datum **in,
		     struct datum *out, struct err *e)
{
	const struct graph *g = inner_graph(c->node, "body");

	for (uint32_t i = 0; i < c->nin; i++) {
		bool list = c->in[i]->type.kind == TYPE_SEQUENCE;

		if (list && at >= c->in[i]->count)
			return err_set(e, ERR_SHAPE,
				       "operand %u has %zu items, want %zu", i,
				       c->in[i]->count, c->in[0]->count);
		in[i] = list ? &c->in[i]->item[at] : c->in[i];
	}
	if (!inner_step(c, e) ||
	    !c->services->run_graph(c->services, g, in, out, e))
		return false;
	for (uint32_t i = 0; i < c->nout; i++)
		if (c->out[i] &&
		    !datum_copy(c->services, &c->out[i]->item[at], &out[i], e))
			return false;
	return true;
}

static bool run_map(const struct call *c, struct err *e)
{
	size_t count = c->in[0]->count;
	struct datum *out;
	void *in;

	if (!inner_datums(c, c->nout, &out, e) ||
	    !c->services->alloc(c->services, c->nin * sizeof(struct datum *),
				&in, e))
		return false;
	for (uint32_t i = 0; i < c->nout; i++) {
		if (!c->out[i])
			continue;
		if (!inner_datums(c, count, &c->out[i]->item, e))
			return false;
		c->out[i]->count = count;
	}
	for (size_t at = 0; at < count; at++)
		if (!map_item(c, at, in, out, e))
			return false;
	return true;
}

#define KERNEL(label, function)   \
	((const struct kernel[]){ \
		{.name = label, .engine = "reference", .run = function}, {0}})
#define SEQUENCE(what) IN(what, NULL, 0)
#define POSITION OPTIONAL("position", "I", TYPES_INDEX)

#define ROW(name, how, operands, results, rule, label, function)        \
	{                                                               \
		.domain = "", .type = name, .since = 11, .traits = how, \
		.in = operands, .out = results, .infer = rule,          \
		.kernels = KERNEL(label, function),                     \
	}

const struct op op_rows_sequence[] = {
	ROW("SequenceAt", OP_DATA_SHAPE,
	    PARAMS(SEQUENCE("input_sequence"),
		   IN("position", "I", TYPES_INDEX)),
	    PARAMS(IN("tensor", NULL, TYPES_ALL_1)), infer_at, "sequence-at",
	    run_at),
	ROW("SequenceConstruct", 0, PARAMS(MANY("inputs", "T", TYPES_ALL_1)),
	    PARAMS(SEQUENCE("output_sequence")), infer_construct,
	    "sequence-construct", run_construct),
	{.domain = "",
	 .type = "SequenceEmpty",
	 .since = 11,
	 .out = PARAMS(SEQUENCE("output")),
	 .attrs = ATTRS(ATTR("dtype", INT, NULL)),
	 .infer = infer_empty,
	 .kernels = KERNEL("sequence-empty", run_empty)},
	ROW("SequenceErase", 0, PARAMS(SEQUENCE("input_sequence"), POSITION),
	    PARAMS(SEQUENCE("output_sequence")), infer_erase, "sequence-erase",
	    run_erase),
	ROW("SequenceInsert", 0,
	    PARAMS(SEQUENCE("input_sequence"), IN("tensor", NULL, TYPES_ALL_1),
		   POSITION),
	    PARAMS(SEQUENCE("output_sequence")), infer_insert,
	    "sequence-insert", run_insert),
	ROW("SequenceLength", 0, PARAMS(SEQUENCE("input_sequence")),
	    PARAMS(IN("length", "I", TYPES_I64)), infer_length,
	    "sequence-length", run_length),
	{.domain = "",
	 .type = "SequenceMap",
	 .since = 17,
	 .traits = OP_GRAPHS,
	 .in = PARAMS(SEQUENCE("input_sequence"),
		      {"additional_inputs", NULL, TYPES_ALL_1,
		       PARAM_VARIADIC | PARAM_OPTIONAL | PARAM_CONTAINER}),
	 .out = PARAMS({"out_sequence", NULL, 0, PARAM_VARIADIC}),
	 .attrs = ATTRS(ATTR_REQUIRED("body", GRAPH)),
	 .infer = infer_map,
	 .kernels = KERNEL("sequence-map", run_map)},
	{0}};
