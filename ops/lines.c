/* SPDX-License-Identifier: Apache-2.0 */
/* ops/lines.c -- see lines.h. */
#include "ops/lines.h"

#include <inttypes.h>

double lines_at(const struct tensor *t, size_t matrix, size_t line,
		size_t lines, double fallback)
{
	size_t n = t ? tensor_count(t) : 0;

	if (!n)
		return fallback;
	if (n == 1)
		return tensor_double(t, 0);
	if (t->shape.rank > 1)
		line += matrix * lines;
	return tensor_double(t, line < n ? line : n - 1);
}

bool lines_check(const struct shape *s, const struct shape *x, const char *name,
		 bool columns, struct err *e)
{
	int64_t lines = 1, dim;

	if (s->rank <= 0 || x->rank < 0 || (s->rank == 1 && s->dim[0] == 1))
		return true;
	if (x->rank > 1)
		lines = x->dim[x->rank - (columns ? 1 : 2)];
	if (s->rank == 1 && (s->dim[0] < 0 || lines < 0 || s->dim[0] == lines))
		return true;
	if (s->rank != x->rank)
		return err_set(e, ERR_SHAPE,
			       "%s does not belong to the %s of its matrix",
			       name, columns ? "columns" : "rows");
	for (int32_t i = 0; i < x->rank; i++) {
		dim = i == x->rank - (columns ? 2 : 1) ? 1 : x->dim[i];
		if (s->dim[i] >= 0 && dim >= 0 && s->dim[i] != dim)
			return err_set(e, ERR_SHAPE,
				       "%s has dim %" PRId64
				       " at axis %d, want %" PRId64,
				       name, s->dim[i], i, dim);
	}
	return true;
}

double *lines_load(struct doubles *d, const struct call *c, uint32_t x,
		   uint32_t zero, size_t rows, size_t cols, bool by_column)
{
	const struct tensor *t = call_in(c, x), *z = call_in(c, zero);
	size_t n = tensor_count(t), matrix = rows * cols;
	double *out = doubles_load(d, c, x);

	for (size_t i = 0; i < n && z; i++) {
		size_t line = by_column ? i % cols : i % matrix / cols;

		out[i] -= lines_at(z, i / matrix, line, by_column ? cols : rows,
				   0);
	}
	return out;
}
