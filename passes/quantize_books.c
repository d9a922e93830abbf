/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_books.c -- which levels, and what stores their codes.
 *
 * Levels that are whole multiples of the smallest one are integers times a
 * scale: linear ones, and powers of two as far as the integer type reaches.
 */
#include <math.h>

#include "passes/quantize_impl.h"

/* Enough levels to the octave to cover about 8 octaves, 3.5 with 4 bits. */
static int default_steps(int bits)
{
	return bits <= 5 ? 2 : 1 << (bits - 4);
}

static bool add_book(struct quantizing *q, const struct scheme *s, int steps,
		     struct err *e)
{
	struct codebook *b = &q->books[q->nbooks];

	if (!codebook_init(b, s, q->opts->bits, steps, e))
		return false;
	q->book[q->nbooks++] = b;
	return true;
}

/* The scheme's own base, half of it and its square, and linear levels. */
static bool add_choice(struct quantizing *q, struct err *e)
{
	int steps = default_steps(q->opts->bits);

	if (!add_book(q, scheme_find("linear"), 0, e))
		return false;
	for (int s = steps / 2; s <= 2 * steps && s <= 16; s *= 2)
		if (!add_book(q, q->opts->scheme, s, e))
			return false;
	return true;
}

/* The integer type that holds all levels of B exactly, or DTYPE_NONE. */
static enum dtype integer_for(const struct codebook *b)
{
	if (!b->steps)
		return b->bits <= 4 ? DTYPE_I4 : DTYPE_I8;
	if (b->steps != 1)
		return DTYPE_NONE;
	return b->bits <= 4 ? DTYPE_I8 : b->bits == 5 ? DTYPE_I16 : DTYPE_NONE;
}

static bool choose_storage(struct quantizing *q, struct err *e)
{
	const struct codebook *b = q->book[0];
	enum dtype t = q->nbooks == 1 ? integer_for(b) : DTYPE_NONE;
	bool table = q->opts->carrier == CARRIER_TABLE ||
		     (q->opts->carrier == CARRIER_AUTO && t == DTYPE_NONE);

	if (!table && t == DTYPE_NONE)
		return err_set(e, ERR_USAGE,
			       "these levels are not integers times a scale: "
			       "they need the look-up carrier");
	if (table && q->opts->block)
		return err_set(e, ERR_USAGE,
			       "blocks need levels that are integers times a "
			       "scale, not a look-up table");
	q->storage = (struct storage){.table = table, .dtype = t, .unit = 1};
	if (table)
		q->storage.dtype = b->bits <= 4 ? DTYPE_U4 : DTYPE_U8;
	else if (b->steps)
		q->storage.unit = exp2(b->nmags - 2);
	return true;
}

bool quantize_books(struct quantizing *q, struct err *e)
{
	const struct quantize_opts *o = q->opts;
	int steps = o->steps;

	if (o->choose) {
		if (!o->scheme->steps)
			return err_set(e, ERR_USAGE,
				       "scheme '%s' has no base to choose",
				       o->scheme->name);
		return add_choice(q, e) && choose_storage(q, e);
	}
	if (o->scheme->steps && !steps)
		steps = default_steps(o->bits);
	return add_book(q, o->scheme, steps, e) && choose_storage(q, e);
}

bool quantize_opset(const struct quantize_opts *o, int64_t *opset,
		    struct err *e)
{
	struct quantizing q = {.opts = o};

	if (!quantize_books(&q, e))
		return false;
	/* ONNX: 4-bit types, 16-bit and blocked DequantizeLinear are new in
	 * 21, per-axis DequantizeLinear in 13. */
	*opset = !o->block && (q.storage.dtype == DTYPE_I8 ||
			       q.storage.dtype == DTYPE_U8)
			 ? 13
			 : 21;
	return true;
}
