/* SPDX-License-Identifier: Apache-2.0 */
/* ops/string_concat.c -- StringConcat: the texts of X followed by those of Y.
 *
 * Bytes are joined as they are; whether they are UTF-8 does not matter here.
 */
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

/* X and Y, and where their elements are while walking the result. */
struct join {
	const struct text *x, *y;
	const struct shape *shape;
	ptrdiff_t sx[MAX_RANK], sy[MAX_RANK];
};

static const struct text *left(const struct join *j, size_t i)
{
	return &j->x[strides_at(j->shape, j->sx, i)];
}

static const struct text *right(const struct join *j, size_t i)
{
	return &j->y[strides_at(j->shape, j->sy, i)];
}

/* Lengths into Z, their sum into *TOTAL. */
static bool measure(const struct join *j, struct text *z, size_t n,
		    size_t *total, struct err *e)
{
	*total = 0;
	for (size_t i = 0; i < n; i++)
		if (ADD_OVERFLOWS(left(j, i)->len, right(j, i)->len,
				  &z[i].len) ||
		    ADD_OVERFLOWS(*total, z[i].len, total))
			return err_set(e, ERR_LIMIT,
				       "the texts together are too long");
	return true;
}

static bool run_string_concat(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0), *y = call_in(c, 1);
	struct tensor *z = call_out(c, 0);
	struct join j = {.x = x->data, .y = y->data};
	struct text *out;
	size_t n, total;
	void *storage;
	char *at;

	if (!z)
		return true;
	n = tensor_count(z);
	out = tensor_mut(z);
	j.shape = &z->shape;
	strides_broadcast(&x->shape, j.shape, j.sx);
	strides_broadcast(&y->shape, j.shape, j.sy);
	if (!measure(&j, out, n, &total, e) ||
	    !c->services->alloc(c->services, total, &storage, e))
		return false;
	at = storage;
	for (size_t i = 0; i < n; i++) {
		const struct text *a = left(&j, i), *b = right(&j, i);

		out[i].at = at;
		if (a->len)
			memcpy(at, a->at, a->len);
		if (b->len)
			memcpy(at + a->len, b->at, b->len);
		at += out[i].len;
	}
	return true;
}

static const struct kernel kernels[] = {{.name = "string-concat",
					 .engine = "reference",
					 .run = run_string_concat},
					{0}};

const struct op op_rows_string_concat[] = {
	{.domain = "",
	 .type = "StringConcat",
	 .since = 20,
	 .traits = OP_ELEMENTWISE,
	 .in = PARAMS(IN("X", "T", TYPE_BIT(STRING)),
		      IN("Y", "T", TYPE_BIT(STRING))),
	 .out = PARAMS(IN("Z", "T", TYPE_BIT(STRING))),
	 .infer = infer_broadcast,
	 .kernels = kernels},
	{0}};
