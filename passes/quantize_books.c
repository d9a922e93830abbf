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

static bool add_book(struct levels *v, const struct scheme *s, int steps,
		     struct err *e)
{
	struct codebook *b = &v->books[v->nbooks];

	if (!codebook_init(b, s, v->form.bits, steps, e))
		return false;
	v->book[v->nbooks++] = b;
	return true;
}

/* The scheme's own base, half of it and its square, and linear levels. */
static bool add_choice(struct levels *v, struct err *e)
{
	int steps = default_steps(v->form.bits);

	if (!add_book(v, scheme_find("linear"), 0, e))
		return false;
	for (int s = steps / 2; s <= 2 * steps && s <= 16; s *= 2)
		if (!add_book(v, v->form.scheme, s, e))
			return false;
	return true;
}

/* The type that holds all levels of B exactly, or DTYPE_NONE. */
static enum dtype type_for(const struct codebook *b)
{
	if (b->scheme->dtype != DTYPE_NONE)
		return b->scheme->dtype;
	if (!b->steps)
		return b->bits <= 4 ? DTYPE_I4 : DTYPE_I8;
	if (b->steps != 1)
		return DTYPE_NONE;
	return b->bits <= 4 ? DTYPE_I8 : b->bits == 5 ? DTYPE_I16 : DTYPE_NONE;
}

/* The type that was asked for holds what the narrowest one does. */
static bool widen_storage(struct levels *v, struct err *e)
{
	enum dtype want = v->form.dtype;

	if (want == DTYPE_NONE)
		return true;
	if (!v->storage.table && v->form.scheme->dtype != DTYPE_NONE)
		return err_set(e, ERR_USAGE, "levels of '%s' do not fit %s",
			       v->form.scheme->name, dtype_info[want].text);
	if (dtype_info[want].bits < dtype_info[v->storage.dtype].bits)
		return err_set(e, ERR_USAGE,
			       "%d-bit codes of %s levels do "
			       "not fit %s",
			       v->form.bits, v->form.scheme->name,
			       dtype_info[want].text);
	v->storage.dtype = want;
	return true;
}

static bool choose_storage(struct levels *v, struct err *e)
{
	const struct codebook *b = v->book[0];
	enum dtype t = v->nbooks == 1 ? type_for(b) : DTYPE_NONE;
	bool packed = v->form.carrier == CARRIER_PACKED;
	bool table = packed || v->form.carrier == CARRIER_TABLE ||
		     (v->form.carrier == CARRIER_AUTO && t == DTYPE_NONE);

	if (v->form.carrier == CARRIER_INTEGER &&
	    b->scheme->dtype != DTYPE_NONE)
		return err_set(e, ERR_USAGE, "levels of '%s' are not integers",
			       b->scheme->name);
	if (!table && t == DTYPE_NONE)
		return err_set(e, ERR_USAGE,
			       "these levels are not integers times a scale: "
			       "they need the look-up carrier");
	if (table && v->form.block)
		return err_set(e, ERR_USAGE,
			       "blocks need levels that are integers times a "
			       "scale, not a look-up table");
	v->storage = (struct storage){.table = table, .dtype = t, .unit = 1};
	if (packed) {
		v->storage.dtype = DTYPE_I64;
		v->storage.digits = packed_digits(codebook_count(b));
		return true;
	}
	if (table)
		v->storage.dtype = b->bits <= 4 ? DTYPE_U4 : DTYPE_U8;
	else if (b->steps)
		v->storage.unit = exp2(b->nmags - 2);
	return widen_storage(v, e);
}

static bool levels_init(struct levels *v, const struct quantize_form *f,
			struct err *e)
{
	int steps = f->steps;

	v->form = *f;
	if (f->choose) {
		if (!f->scheme->steps)
			return err_set(e, ERR_USAGE,
				       "scheme '%s' has no base to choose",
				       f->scheme->name);
		return add_choice(v, e) && choose_storage(v, e);
	}
	if (f->scheme->steps && !steps)
		steps = default_steps(f->bits);
	return add_book(v, f->scheme, steps, e) && choose_storage(v, e);
}

bool quantize_levels(struct quantizing *q, const struct quantize_form *f,
		     struct levels **out, struct err *e)
{
	struct levels *v;

	for (v = q->levels; v; v = v->next)
		if (form_equal(&v->form, f)) {
			*out = v;
			return true;
		}
	v = arena_new(&q->arena, struct levels);
	if (!levels_init(v, f, e))
		return false;
	v->next = q->levels;
	*out = q->levels = v;
	return true;
}

/* ONNX: 4-bit types, 16-bit and blocked DequantizeLinear are new in 21, 8-bit
 * floats in 19, per-axis DequantizeLinear in 13. */
static int64_t levels_opset(const struct levels *v)
{
	enum dtype t = v->storage.dtype;
	bool old = t == DTYPE_I8 || t == DTYPE_U8 || t == DTYPE_I64;

	if (v->form.block)
		return 21;
	if (t == v->form.scheme->dtype && t != DTYPE_NONE)
		return 19;
	return old ? 13 : 21;
}

bool quantize_opset(const struct quantize_opts *o, struct model *m,
		    int64_t *opset, struct err *e)
{
	struct quantizing q = {.opts = o, .model = m};
	struct levels *v;
	bool ok = quantize_levels(&q, &o->form, &v, e) &&
		  (!m || quantize_find_layers(&q, e));

	*opset = o->activations == ACTIVATIONS_INT16 ? 21 : 13;
	for (v = q.levels; ok && v; v = v->next)
		if (levels_opset(v) > *opset)
			*opset = levels_opset(v);
	arena_release(&q.arena);
	return ok;
}
