/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_table.h -- places of keys in a list, found by bisection. */
#ifndef OPS_ML_TABLE_H
#define OPS_ML_TABLE_H

#include "base/buf.h"
#include "graph/element.h"
#include "graph/graph.h"
#include "ops/call.h"

enum ml_key_kind { ML_KEY_INT, ML_KEY_DOUBLE, ML_KEY_TEXT };

/* NaN equals NaN, and 0 equals -0. */
struct ml_key {
	enum ml_key_kind kind;
	union {
		int64_t i;
		double x;
		struct text text;
	} u;
};

struct ml_table {
	struct prepared base; /* may serve as a kernel's state */
	struct buf slots;
	size_t count;
};

enum ml_of_equals { ML_FIRST, ML_LAST };

/* Where keys come from: a list or a tensor, the other is NULL. */
struct ml_keys {
	const struct attr *list;
	const struct tensor *tensor;
	size_t count;
	enum ml_of_equals wins; /* which of equal keys counts */
};

/* Their table; free with ml_table_free(). */
MUST_USE bool ml_table_make(struct ml_table **out, const struct ml_keys *keys,
			    struct err *e);
void ml_table_free(struct ml_table *t);

/* Where KEY stands in the list; false if nowhere. */
bool ml_table_find(const struct ml_table *t, const struct ml_key *key,
		   size_t *at);

/* Element I of a tensor: texts, whole numbers, floating numbers. */
struct ml_key ml_key_of(const struct tensor *t, size_t i);

/* The table of a kernel that may have been prepared with it, else a new one;
 * ml_table_put_back() frees the latter. */
MUST_USE bool ml_table_borrow(const struct call *c, const struct ml_keys *keys,
			      const struct ml_table **out, struct err *e);
void ml_table_put_back(const struct call *c, const struct ml_table *t);

#endif
