/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_table.c -- see ml_table.h. */
#include "ops/ml_table.h"

#include <stdlib.h>
#include <string.h>

struct slot {
	struct ml_key key;
	size_t at;
};

/* NaN comes after every number. */
static int compare_doubles(double a, double b)
{
	if (a != a || b != b)
		return (a != a) - (b != b);
	return (a > b) - (a < b);
}

static int compare_texts(const struct text *a, const struct text *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int c = n ? memcmp(a->at, b->at, n) : 0;

	return c ? c : (a->len > b->len) - (a->len < b->len);
}

/* All keys of a table are of one kind. */
static int compare_keys(const struct ml_key *a, const struct ml_key *b)
{
	if (a->kind == ML_KEY_TEXT)
		return compare_texts(&a->u.text, &b->u.text);
	if (a->kind == ML_KEY_DOUBLE)
		return compare_doubles(a->u.x, b->u.x);
	return (a->u.i > b->u.i) - (a->u.i < b->u.i);
}

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;
	int c = compare_keys(&x->key, &y->key);

	return c ? c : (x->at > y->at) - (x->at < y->at);
}

static void release(struct prepared *self)
{
	ml_table_free((struct ml_table *)self);
}

void ml_table_free(struct ml_table *t)
{
	if (!t)
		return;
	buf_free(&t->slots);
	free(t);
}

/* Element I of a list of ints, floats or strings. */
static struct ml_key listed(const struct attr *list, size_t i)
{
	struct ml_key k = {.kind = ML_KEY_INT};

	if (list->kind == ATTR_STRINGS) {
		k.kind = ML_KEY_TEXT;
		k.u.text = list->u.strings[i];
	} else if (list->kind == ATTR_FLOATS) {
		k.kind = ML_KEY_DOUBLE;
		k.u.x = list->u.floats[i];
	} else {
		k.u.i = list->u.ints[i];
	}
	return k;
}

/* Of each run of equal keys one stays; returns how many do. */
static size_t drop_equals(struct slot *slot, size_t count,
			  enum ml_of_equals wins)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!n || compare_keys(&slot[n - 1].key, &slot[i].key))
			slot[n++] = slot[i];
		else if (wins == ML_LAST)
			slot[n - 1] = slot[i];
	return n;
}

bool ml_table_make(struct ml_table **out, const struct ml_keys *keys,
		   struct err *e)
{
	struct ml_table *t = calloc(1, sizeof(*t));
	struct slot *slot;

	if (!t)
		die_oom();
	if (!buf_array(&t->slots, keys->count, sizeof(*slot), NULL, e)) {
		free(t);
		return false;
	}
	slot = (struct slot *)t->slots.data;
	for (size_t i = 0; i < keys->count; i++) {
		slot[i].key = keys->list ? listed(keys->list, i)
					 : ml_key_of(keys->tensor, i);
		slot[i].at = i;
	}
	if (keys->count)
		qsort(slot, keys->count, sizeof(*slot), compare_slots);
	t->count = drop_equals(slot, keys->count, keys->wins);
	t->base.release = release;
	t->base.bytes = t->slots.bytes;
	*out = t;
	return true;
}

bool ml_table_borrow(const struct call *c, const struct ml_keys *keys,
		     const struct ml_table **out, struct err *e)
{
	struct ml_table *t;

	if (c->prepared) {
		*out = (const struct ml_table *)c->prepared;
		return true;
	}
	if (!ml_table_make(&t, keys, e))
		return false;
	*out = t;
	return true;
}

void ml_table_put_back(const struct call *c, const struct ml_table *t)
{
	if (!c->prepared)
		ml_table_free((struct ml_table *)t);
}

bool ml_table_find(const struct ml_table *t, const struct ml_key *key,
		   size_t *at)
{
	const struct slot *slot = (const struct slot *)t->slots.data;
	size_t lo = 0, hi = t->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare_keys(key, &slot[mid].key);

		if (!c) {
			*at = slot[mid].at;
			return true;
		}
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

struct ml_key ml_key_of(const struct tensor *t, size_t i)
{
	struct ml_key k = {.kind = ML_KEY_INT};

	if (t->dtype == DTYPE_STRING) {
		k.kind = ML_KEY_TEXT;
		k.u.text = ((const struct text *)t->data)[i];
	} else if (dtype_is_float(t->dtype)) {
		k.kind = ML_KEY_DOUBLE;
		k.u.x = tensor_double(t, i);
	} else {
		k.u.i = tensor_int(t, i);
	}
	return k;
}
