/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rank.c -- see rank.h. */
#include "ops/rank.h"

#include <math.h>
#include <string.h>

#include "graph/element.h"

/* Doubles as int64: negative ones have their order reversed. */
static int64_t key_of(double x)
{
	int64_t bits;

	if (isnan(x))
		return INT64_MAX;
	if (x == 0)
		return 0;
	memcpy(&bits, &x, sizeof(bits));
	return bits < 0 ? INT64_MIN - bits : bits;
}

int64_t rank_key(const struct tensor *t, size_t i)
{
	if (dtype_is_float(t->dtype))
		return key_of(tensor_double(t, i));
	if (t->dtype == DTYPE_U64)
		return (int64_t)((uint64_t)tensor_int(t, i) ^ UINT64_C(1)
								      << 63);
	return tensor_int(t, i);
}

static int compare_texts(const struct text *a, const struct text *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int order = n ? memcmp(a->at, b->at, n) : 0;

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_keys(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int rank_compare(const struct tensor *t, size_t a, size_t b)
{
	enum dtype part = t->dtype == DTYPE_C64 ? DTYPE_F32 : DTYPE_F64;
	double x[2], y[2];
	int order;

	switch (dtype_info[t->dtype].class) {
	case CLASS_STRING:
		return compare_texts((const struct text *)t->data + a,
				     (const struct text *)t->data + b);
	case CLASS_COMPLEX:
		element_load(part, t->data, 2 * a, 2, x);
		element_load(part, t->data, 2 * b, 2, y);
		order = compare_keys(key_of(x[0]), key_of(y[0]));
		return order ? order : compare_keys(key_of(x[1]), key_of(y[1]));
	default:
		return compare_keys(rank_key(t, a), rank_key(t, b));
	}
}
