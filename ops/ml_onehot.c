/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_onehot.c -- OneHotEncoder: a category becomes a row of zeros and a one.
 *
 * Floating operands count as their whole part; what has none (NaN, beyond
 * int64) is no category.  Of equal categories the last counts.
 */
#include <string.h>

#include "ops/ml_attr.h"
#include "ops/ml_table.h"

static bool categories_of(const struct node *n, enum dtype from,
			  struct ml_keys *k, struct err *e)
{
	const struct attr *ints = ml_list(n, "cats_int64s", ATTR_INTS);
	const struct attr *texts = ml_list(n, "cats_strings", ATTR_STRINGS);

	if (!ints == !texts)
		return err_set(e, ERR_FORMAT,
			       "want either cats_int64s or cats_strings");
	*k = (struct ml_keys){.list = ints ? ints : texts, .wins = ML_LAST};
	k->count = k->list->count;
	if (from != DTYPE_NONE && (from == DTYPE_STRING) != (k->list == texts))
		return err_set(
			e, ERR_TYPE, "'X' is of %s, the categories are %s",
			dtype_info[from].text, ints ? "numbers" : "texts");
	return true;
}

static bool infer_encoder(struct infer *c, struct err *e)
{
	struct shape y = *infer_shape(c, 0);
	struct ml_keys k;

	if (!categories_of(c->node, infer_dtype(c, 0), &k, e))
		return false;
	if (y.rank == MAX_RANK)
		return err_set(e, ERR_LIMIT, "result has rank %d", y.rank + 1);
	if (y.rank >= 0)
		y.dim[y.rank++] = (int64_t)k.count;
	infer_set(c, 0, DTYPE_F32, &y);
	return true;
}

/* Element I of X as a key; false if it cannot be one. */
static bool key_at(const struct tensor *x, size_t i, struct ml_key *key)
{
	double whole;

	*key = ml_key_of(x, i);
	if (key->kind != ML_KEY_DOUBLE)
		return true;
	whole = key->u.x;
	*key = (struct ml_key){.kind = ML_KEY_INT};
	if (!(whole >= -0x1p63 && whole < 0x1p63))
		return false;
	key->u.i = (int64_t)whole;
	return true;
}

static bool encode(const struct call *c, const struct ml_table *t,
		   size_t categories, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	bool zeros = attr_int(c->node, "zeros") != 0;
	size_t n = tensor_count(x), at;
	float *y = NULL;

	if (call_out(c, 0)) {
		y = tensor_f32_mut(call_out(c, 0));
		if (n)
			memset(y, 0, n * categories * sizeof(float));
	}
	for (size_t i = 0; i < n; i++) {
		struct ml_key key;

		if (!key_at(x, i, &key) || !ml_table_find(t, &key, &at)) {
			if (!zeros)
				return err_set(e, ERR_FORMAT,
					       "element %zu is of no category",
					       i);
		} else if (y) {
			y[i * categories + at] = 1;
		}
	}
	return true;
}

static bool prepare_encoder(struct call *c, struct err *e)
{
	struct ml_table *t;
	struct ml_keys k;

	if (!categories_of(c->node, call_in(c, 0)->dtype, &k, e) ||
	    !ml_table_make(&t, &k, e))
		return false;
	c->prepared = &t->base;
	return true;
}

static bool run_encoder(const struct call *c, struct err *e)
{
	const struct ml_table *t;
	struct ml_keys k;
	bool ok;

	if (!categories_of(c->node, call_in(c, 0)->dtype, &k, e) ||
	    !ml_table_borrow(c, &k, &t, e))
		return false;
	ok = encode(c, t, k.count, e);
	ml_table_put_back(c, t);
	return ok;
}

static const struct kernel kernels[] = {
	{.name = "one-hot-encoder-table",
	 .engine = "reference",
	 .prepare = prepare_encoder,
	 .run = run_encoder},
	{.name = "one-hot-encoder", .engine = "reference", .run = run_encoder},
	{0}};

const struct op op_rows_ml_onehot[] = {
	{.domain = "ai.onnx.ml",
	 .type = "OneHotEncoder",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", ML_NUMBERS | TYPE_BIT(STRING))),
	 .out = PARAMS(IN("Y", NULL, TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("cats_int64s", INTS, NULL),
			ATTR("cats_strings", STRINGS, NULL),
			ATTR("zeros", INT, "1")),
	 .infer = infer_encoder,
	 .kernels = kernels},
	{0}};
