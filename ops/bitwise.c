/* SPDX-License-Identifier: Apache-2.0 */
/* ops/bitwise.c -- BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseNot, BitShift.
 *
 * A shift by the width of the type or more leaves 0, or the sign.
 */
#include "ops/op.h"

#include <string.h>

#include "ops/ewise.h"

static void and_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		     size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] &= x[i];
}

static void or_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		    size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] |= x[i];
}

static void xor_ints(const struct ewise *w, int64_t *y, const int64_t *x,
		     size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] ^= x[i];
}

static void not_ints(const struct ewise *w, int64_t *y, size_t n)
{
	(void)w;
	for (size_t i = 0; i < n; i++)
		y[i] = ~y[i];
}

static void shift_left(const struct ewise *w, int64_t *y, const int64_t *x,
		       size_t n)
{
	unsigned bits = dtype_info[w->type].bits;

	for (size_t i = 0; i < n; i++)
		y[i] = (uint64_t)x[i] < bits ? (int64_t)((uint64_t)y[i] << x[i])
					     : 0;
}

static void shift_right(const struct ewise *w, int64_t *y, const int64_t *x,
			size_t n)
{
	unsigned bits = dtype_info[w->type].bits;
	bool is_signed = dtype_info[w->type].class == CLASS_INT;

	for (size_t i = 0; i < n; i++) {
		bool sign = is_signed && y[i] < 0;
		/* A right shift of a negative number, spelled without one. */
		uint64_t v = sign ? ~(uint64_t)y[i] : (uint64_t)y[i];

		v = (uint64_t)x[i] < bits ? v >> x[i] : 0;
		y[i] = (int64_t)(sign ? ~v : v);
	}
}

static bool run_bitwise(const struct call *c, struct err *e)
{
	struct ewise w = {.fold_ints = and_ints};
	const char *type = c->node->type;

	(void)e;
	if (strcmp(type, "BitwiseOr") == 0)
		w.fold_ints = or_ints;
	else if (strcmp(type, "BitwiseXor") == 0)
		w.fold_ints = xor_ints;
	else if (strcmp(type, "BitwiseNot") == 0)
		w.finish_ints = not_ints;
	ewise_run(&w, c);
	return true;
}

static bool run_shift(const struct call *c, struct err *e)
{
	struct ewise w = {.fold_ints = shift_left};

	(void)e;
	if (strcmp(attr_string(c->node, "direction"), "RIGHT") == 0)
		w.fold_ints = shift_right;
	ewise_run(&w, c);
	return true;
}

static bool infer_shift(struct infer *c, struct err *e)
{
	const char *d = attr_string(c->node, "direction");

	if (strcmp(d, "LEFT") && strcmp(d, "RIGHT"))
		return err_set(e, ERR_FORMAT,
			       "direction is '%s', want LEFT or RIGHT", d);
	return infer_broadcast(c, e);
}

static const struct kernel bitwise_kernels[] = {
	{"bitwise-ref", "reference", .run = run_bitwise, .in_place = 1},
	{.name = NULL},
};

static const struct kernel shift_kernels[] = {
	{"shift-ref", "reference", .run = run_shift, .in_place = 1},
	{.name = NULL},
};

static const struct param bit_shift_11_in[] = {
	{"X", "T", TYPES_INT, 0},
	{"Y", "T", TYPES_INT, 0},
	{NULL},
};

static const struct param bit_shift_11_out[] = {
	{"Z", "T", TYPES_INT, 0},
	{NULL},
};

static const struct attr_spec bit_shift_11_attrs[] = {
	{"direction", ATTR_STRING, true, NULL},
	{NULL},
};

static const struct param bitwise_and_18_in[] = {
	{"A", "T", TYPES_INT, 0},
	{"B", "T", TYPES_INT, 0},
	{NULL},
};

static const struct param bitwise_and_18_out[] = {
	{"C", "T", TYPES_INT, 0},
	{NULL},
};

static const struct param bitwise_not_18_in[] = {
	{"X", "T", TYPES_INT, 0},
	{NULL},
};

static const struct param bitwise_not_18_out[] = {
	{"Y", "T", TYPES_INT, 0},
	{NULL},
};

const struct op op_rows_bitwise[] = {
	{"", "BitShift", 11, OP_ELEMENTWISE, bit_shift_11_in, bit_shift_11_out,
	 bit_shift_11_attrs, infer_shift, shift_kernels},
	{"", "BitwiseAnd", 18, OP_COMMUTATIVE | OP_ELEMENTWISE,
	 bitwise_and_18_in, bitwise_and_18_out, NULL, infer_broadcast,
	 bitwise_kernels},
	{"", "BitwiseNot", 18, OP_ELEMENTWISE, bitwise_not_18_in,
	 bitwise_not_18_out, NULL, infer_same_as_first, bitwise_kernels},
	{"", "BitwiseOr", 18, OP_COMMUTATIVE | OP_ELEMENTWISE,
	 bitwise_and_18_in, bitwise_and_18_out, NULL, infer_broadcast,
	 bitwise_kernels},
	{"", "BitwiseXor", 18, OP_COMMUTATIVE | OP_ELEMENTWISE,
	 bitwise_and_18_in, bitwise_and_18_out, NULL, infer_broadcast,
	 bitwise_kernels},
	{.type = NULL},
};
