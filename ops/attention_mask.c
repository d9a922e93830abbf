/* SPDX-License-Identifier: Apache-2.0 */
/* ops/attention_mask.c -- see attention_mask.h. */
#include "ops/attention_mask.h"

#include <float.h>
#include <inttypes.h>

static bool fits(int64_t dim, int64_t want)
{
	return dim < 0 || want < 0 || dim == want;
}

bool attention_mask_check(const struct shape *mask, const char *name,
			  int64_t batch, int64_t rows, int64_t keys,
			  struct err *e)
{
	const int64_t *d = mask->dim;

	switch (mask->rank) {
	case RANK_UNKNOWN:
		return true;
	case 1:
		if (batch < 0 || fits(d[0], batch) || d[0] == 2 * batch ||
		    d[0] == 3 * batch + 2)
			return true;
		break;
	case 2:
		if ((fits(d[0], batch) && fits(d[1], keys)) ||
		    ((fits(d[0], batch) || d[0] == 1) && d[1] == 1))
			return true;
		break;
	case 3:
		if (fits(d[0], batch) && fits(d[1], rows) && fits(d[2], keys))
			return true;
		break;
	case 4:
		if (fits(d[0], batch) && fits(d[1], 1) && fits(d[2], d[3]) &&
		    (d[3] < 0 || keys < 0 || d[3] >= keys))
			return true;
		break;
	default:
		break;
	}
	return err_set(e, ERR_SHAPE,
		       "'%s' does not fit %" PRId64 " texts of %" PRId64
		       " queries and %" PRId64 " keys",
		       name, batch, rows, keys);
}

bool attention_bias_check(const struct shape *bias, int64_t batch,
			  int64_t heads, int64_t rows, int64_t keys,
			  struct err *e)
{
	const int64_t *d = bias->dim;

	if (bias->rank < 0)
		return true;
	if (bias->rank == 4 && (d[0] == 1 || fits(d[0], batch)) &&
	    (d[1] == 1 || fits(d[1], heads)) &&
	    (d[2] == 1 || fits(d[2], rows)) && fits(d[3], keys))
		return true;
	return err_set(e, ERR_SHAPE,
		       "'attention_bias' does not fit %" PRId64 " by %" PRId64
		       " by %" PRId64 " by %" PRId64,
		       batch, heads, rows, keys);
}

/* Whether key J is masked for R. */
static bool is_masked(const struct attention_mask *m,
		      const struct attend_row *r, size_t j)
{
	const struct tensor *t = m->mask;
	const int64_t *d = t->shape.dim;
	size_t b = r->batch, at;

	switch (t->shape.rank) {
	case 1:
		if ((int64_t)j >= tensor_int(t, b))
			return true;
		return d[0] == 2 * (int64_t)m->batch &&
		       (int64_t)j < tensor_int(t, m->batch + b);
	case 2:
		if (d[1] != (int64_t)m->keys)
			return false;
		at = (d[0] == 1 ? 0 : b) * m->keys + j;
		break;
	case 3:
		at = (b * m->rows + r->row) * m->keys + j;
		break;
	default:
		at = (b * (size_t)d[2] + m->past + r->row) * (size_t)d[3] + j;
		break;
	}
	return tensor_int(t, at) <= 0;
}

/* Index of R's first key in the bias. */
static size_t bias_at(const struct shape *s, const struct attend_row *r)
{
	size_t batch = s->dim[0] == 1 ? 0 : r->batch;
	size_t head = s->dim[1] == 1 ? 0 : r->head;
	size_t row = s->dim[2] == 1 ? 0 : r->row;

	return ((batch * (size_t)s->dim[1] + head) * (size_t)s->dim[2] + row) *
	       (size_t)s->dim[3];
}

void attention_mask_add(const struct attention_mask *m,
			const struct attend_row *r, double *score)
{
	size_t at = m->bias ? bias_at(&m->bias->shape, r) : 0;

	for (size_t j = r->first; j < r->end; j++) {
		if (m->bias)
			score[j] += tensor_double(m->bias, at + j);
		if (m->causal && j > m->past + r->row)
			score[j] += (double)-FLT_MAX;
		else if (m->mask && is_masked(m, r, j))
			score[j] = (float)(score[j] + m->filter);
	}
}
