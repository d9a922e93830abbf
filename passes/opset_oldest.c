/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_oldest.c -- what changed in opsets 2 to 7.
 *
 * Source: ONNX's operator schemas, the versions named in the rows.
 */
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "passes/opset_row.h"

/* ---- Concat, Split, Pad ------------------------------------------------- */

static bool concat_4(struct node *n, struct err *e)
{
	(void)e;
	node_set_int(n, "axis", node_int(n, "axis", 1));
	return true;
}

static bool split_2(struct node *n, struct err *e)
{
	uint32_t count;
	const int64_t *split = opset_ints(n, 1, &count);

	if (node_in(n, 1) && !split)
		return opset_not_constant("split", e);
	if (split)
		node_set_ints(n, "split", split, count);
	opset_set_operand(n, 1, NULL);
	return true;
}

static bool split_to_1(struct node *n, struct err *e)
{
	(void)e;
	node_set_int(n, "axis", node_int(n, "axis", 0));
	return true;
}

static void rename_ints(struct node *n, const char *from, const char *to)
{
	uint32_t count;
	const int64_t *x = node_ints(n, from, &count);

	if (x)
		node_set_ints(n, to, x, count);
	node_drop_attr(n, from);
}

static bool pad_2(struct node *n, struct err *e)
{
	(void)e;
	rename_ints(n, "paddings", "pads");
	return true;
}

static bool pad_to_1(struct node *n, struct err *e)
{
	uint32_t count;
	const int64_t *x = node_ints(n, "pads", &count);

	for (uint32_t i = 0; i < count; i++)
		if (x[i] < 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "crops since opset 2 only");
	rename_ints(n, "pads", "paddings");
	return true;
}

/* ---- LpPool, GlobalLpPool ----------------------------------------------- */

static bool lp_pool_2(struct node *n, struct err *e)
{
	float p = node_float(n, "p", 2);

	if (!(p >= 1) || floorf(p) < p || p > 1e6f)
		return err_set(e, ERR_UNSUPPORTED,
			       "has a norm that is no whole number");
	node_set_int(n, "p", (int64_t)p);
	return true;
}

static bool lp_pool_to_1(struct node *n, struct err *e)
{
	(void)e;
	node_set_float(n, "p", (float)node_int(n, "p", 2));
	return true;
}

/* ---- Cast --------------------------------------------------------------- */

/* Cast-1 spells the type as TensorProto.DataType does. */
static const struct {
	const char *name;
	enum dtype t;
} spelled[] = {
	{"FLOAT", DTYPE_F32},  {"UINT8", DTYPE_U8},   {"INT8", DTYPE_I8},
	{"UINT16", DTYPE_U16}, {"INT16", DTYPE_I16},  {"INT32", DTYPE_I32},
	{"INT64", DTYPE_I64},  {"BOOL", DTYPE_BOOL},  {"FLOAT16", DTYPE_F16},
	{"DOUBLE", DTYPE_F64}, {"UINT32", DTYPE_U32}, {"UINT64", DTYPE_U64},
};

static bool cast_6(struct node *n, struct err *e)
{
	const char *to = node_string(n, "to", "");

	for (size_t i = 0; i < COUNT_OF(spelled); i++)
		if (!strcmp(spelled[i].name, to)) {
			node_set_int(n, "to", spelled[i].t);
			return true;
		}
	return err_set(e, ERR_UNSUPPORTED, "casts to '%s', which is not known",
		       to);
}

static bool cast_to_5(struct node *n, struct err *e)
{
	int64_t to = node_int(n, "to", 0);

	for (size_t i = 0; i < COUNT_OF(spelled); i++)
		if ((int64_t)spelled[i].t == to) {
			node_set_string(n, "to", spelled[i].name);
			return true;
		}
	return err_set(e, ERR_UNSUPPORTED,
		       "casts to a type that opset 5 does not have");
}

/* ---- Tile --------------------------------------------------------------- */

static bool one_number(const struct node *n, uint32_t i, int64_t *x)
{
	const struct tensor *t = opset_constant(node_in(n, i));
	double d;

	if (!t || tensor_count(t) != 1 || t->dtype == DTYPE_STRING)
		return false;
	d = tensor_double(t, 0);
	if (!(d >= 0 && d <= INT32_MAX))
		return false;
	*x = (int64_t)d;
	return true;
}

/* Tile-1 repeats along one axis. */
static bool tile_6(struct node *n, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	int64_t tiles, axis, repeats[MAX_RANK];

	if (!one_number(n, 1, &tiles) || !one_number(n, 2, &axis))
		return opset_not_constant("tiles", e);
	if (rank < 0 || axis < 0 || axis >= rank)
		return err_set(e, ERR_UNSUPPORTED,
			       "repeats an operand of unknown rank");
	for (int32_t i = 0; i < rank; i++)
		repeats[i] = i == axis ? tiles : 1;
	opset_set_operand(n, 2, NULL);
	opset_set_operand(n, 1, opset_int_list(n, repeats, (size_t)rank));
	return true;
}

static bool tile_to_5(struct node *n, struct err *e)
{
	enum dtype t = opset_dtype(node_in(n, 0));
	struct value *in[3] = {node_in(n, 0)};
	uint32_t count;
	const int64_t *repeats = opset_ints(n, 1, &count);

	if (!repeats || !dtype_is_float(t))
		return opset_not_constant("repeats", e);
	for (uint32_t i = 0; i < count; i++) {
		if (repeats[i] == 1)
			continue;
		in[1] = opset_scalar(n, t, (double)repeats[i]);
		in[2] = opset_scalar(n, t, i);
		in[0] = opset_op(n, "Tile", in, 3);
	}
	if (in[0] == node_in(n, 0))
		in[0] = opset_op(n, "Identity", in, 1);
	opset_replace(n, 0, in[0]);
	node_remove(n);
	return true;
}

/* ---- recurrent layers, Dropout ------------------------------------------ */

static bool recurrent_7(struct node *n, struct err *e)
{
	(void)e;
	node_drop_attr(n, "output_sequence");
	return true;
}

static bool recurrent_to_6(struct node *n, struct err *e)
{
	(void)e;
	node_set_int(n, "output_sequence", opset_is_used(n, 0));
	return true;
}

/* The state was no optional result, and the default direction misspelt. */
static bool gru_to_2(struct node *n, struct err *e)
{
	struct value **out;

	(void)e;
	node_set_string(n, "direction", node_string(n, "direction", "forward"));
	if (node_out(n, 1))
		return true;
	out = arena_array(&n->graph->model->arena, struct value *, 2);
	out[0] = node_out(n, 0);
	out[1] = node_new_value(n);
	n->out = out;
	n->nout = 2;
	return true;
}

static bool dropout_7(struct node *n, struct err *e)
{
	(void)e;
	node_drop_attr(n, "is_test");
	return true;
}

static bool dropout_to_6(struct node *n, struct err *e)
{
	(void)e;
	node_set_int(n, "is_test", 1);
	return true;
}

/* Selu-1 rounded its defaults. */
static bool selu_6(struct node *n, struct err *e)
{
	(void)e;
	node_set_float(n, "alpha", node_float(n, "alpha", 1.6732f));
	node_set_float(n, "gamma", node_float(n, "gamma", 1.0507f));
	return true;
}

static bool selu_to_5(struct node *n, struct err *e)
{
	(void)e;
	node_set_float(n, "alpha",
		       node_float(n, "alpha", 1.67326319217681884765625f));
	node_set_float(n, "gamma",
		       node_float(n, "gamma", 1.05070102214813232421875f));
	return true;
}

const struct opset_row opset_oldest[] = {
	{"GlobalLpPool", 2, lp_pool_2, lp_pool_to_1, NULL},
	{"LpPool", 2, lp_pool_2, lp_pool_to_1, NULL},
	{"Pad", 2, pad_2, pad_to_1, NULL},
	{"Split", 2, split_2, split_to_1, NULL},
	{"GRU", 3, NULL, gru_to_2, NULL},
	{"Concat", 4, concat_4, NULL, NULL},
	{"Cast", 6, cast_6, cast_to_5, NULL},
	{"Selu", 6, selu_6, selu_to_5, NULL},
	{"Tile", 6, tile_6, tile_to_5, NULL},
	{"Dropout", 7, dropout_7, dropout_to_6, NULL},
	{"GRU", 7, recurrent_7, recurrent_to_6, NULL},
	{"LSTM", 7, recurrent_7, recurrent_to_6, NULL},
	{"RNN", 7, recurrent_7, recurrent_to_6, NULL},
	{0}};
