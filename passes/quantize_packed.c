/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_packed.c -- codes as digits of 64-bit numbers.
 *
 * With R codes, D of them are the digits of one number below R^D <= 2^63 - 1,
 * the first one least.  Plain operators take them out again:
 *
 *     Div (numbers [N, 1], powers of R [D]) -> Mod (R) -> Reshape [-1]
 *         -> Slice (as many as there are weights) -> Reshape (their shape)
 *
 * 3 bits have 7 levels, which take 2.91 bits each this way instead of the 4 of
 * the next type; 2 bits have 3, which take 1.64.
 */
#include "passes/quantize_impl.h"

uint32_t packed_digits(uint32_t radix)
{
	uint32_t n = 0;

	for (int64_t x = INT64_MAX; x >= radix; x /= radix)
		n++;
	return n;
}

static size_t words_for(const struct levels *v, size_t count)
{
	return (count - 1) / v->storage.digits + 1;
}

size_t packed_bytes(const struct levels *v, size_t count)
{
	return count ? words_for(v, count) * sizeof(int64_t) : 0;
}

/* Constants that all layers of one form share, in the main graph. */
static bool make_shared(struct levels *v, struct graph *g,
			struct packed_values *p, struct err *e)
{
	struct shape scalar = {.rank = 0}, one = SHAPE(1);
	struct shape digits = SHAPE(v->storage.digits);
	int64_t radix = codebook_count(v->book[0]), power = 1, *at;
	void *data;

	if (!new_constant(g, "", DTYPE_I64, &digits, &p->powers, &data, e))
		return false;
	at = data;
	for (uint32_t i = 0; i < v->storage.digits; i++, power *= radix) {
		at[i] = power;
		if (i + 1 == v->storage.digits)
			break;
	}
	if (!new_constant(g, "", DTYPE_I64, &scalar, &p->radix, &data, e))
		return false;
	*(int64_t *)data = radix;
	if (!new_constant(g, "", DTYPE_I64, &one, &p->flat, &data, e))
		return false;
	*(int64_t *)data = -1;
	return new_constant(g, "", DTYPE_I64, &one, &p->zero, &data, e);
}

static bool make_words(const struct quantizing_layer *l, const char *name,
		       struct value **v, struct err *e)
{
	const struct layer *y = &l->layer;
	const struct levels *levels = l->levels;
	size_t digits = levels->storage.digits;
	struct shape s = SHAPE(
		(int64_t)words_for(levels, tensor_count(y->weight->konst)), 1);
	int64_t radix = codebook_count(levels->book[0]), *word;
	const uint8_t *code = l->coding.code;
	void *data;

	if (!new_constant(y->weight->graph, name, DTYPE_I64, &s, v, &data, e))
		return false;
	word = data;
	for (uint32_t g = 0; g < y->groups; g++)
		for (uint32_t r = 0; r < y->rows; r++)
			for (uint32_t c = 0; c < y->columns; c++) {
				size_t at = layer_at(y, g, r, c);
				int64_t digit = *code++;

				for (size_t k = at % digits; k; k--)
					digit *= radix;
				word[at / digits] += digit;
			}
	return true;
}

static struct value *result(struct node *before, const char *type,
			    struct value *const *in, uint32_t nin)
{
	return new_node(before, type, in, nin)->out[0];
}

static bool make_dims(struct graph *g, const struct shape *s, struct value **v,
		      struct err *e)
{
	struct shape dims = SHAPE(s->rank);
	void *data;

	if (!new_constant(g, "", DTYPE_I64, &dims, v, &data, e))
		return false;
	for (int32_t i = 0; i < s->rank; i++)
		((int64_t *)data)[i] = s->dim[i];
	return true;
}

bool packed_codes(const struct quantizing_layer *l, const char *name,
		  struct node *before, struct value **out, struct err *e)
{
	const struct value *w = l->layer.weight;
	struct graph *g = before->graph;
	struct levels *v = l->levels;
	struct packed_values own = {0};
	bool share = g == w->graph->model->main;
	struct packed_values *p = share ? &v->packed : &own;
	struct shape count = SHAPE((int64_t)tensor_count(w->konst));
	struct value *words, *end, *dims, *x;

	if (!p->powers && !make_shared(v, g, p, e))
		return false;
	if (!make_words(l, name, &words, e) || !make_dims(g, &count, &end, e) ||
	    !make_dims(g, &w->konst->shape, &dims, e))
		return false;
	x = result(before, "Div", (struct value *[]){words, p->powers}, 2);
	x = result(before, "Mod", (struct value *[]){x, p->radix}, 2);
	x = result(before, "Reshape", (struct value *[]){x, p->flat}, 2);
	if (tensor_count(w->konst) % v->storage.digits)
		x = result(before, "Slice", (struct value *[]){x, p->zero, end},
			   3);
	*out = result(before, "Reshape", (struct value *[]){x, dims}, 2);
	return true;
}
