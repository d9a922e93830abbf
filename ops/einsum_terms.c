/* SPDX-License-Identifier: Apache-2.0 */
/* ops/einsum_terms.c -- see einsum_terms.h. */
#include "ops/einsum_terms.h"

#include <inttypes.h>
#include <string.h>

enum { ELLIPSIS = -1 };

/* The next label of a term at *P: a letter, or ELLIPSIS; -2 at its end. */
static bool next_label(const char **p, int *label, struct err *e)
{
	while (**p == ' ')
		(*p)++;
	if (**p >= 'A' && **p <= 'Z') {
		*label = *(*p)++ - 'A';
	} else if (**p >= 'a' && **p <= 'z') {
		*label = *(*p)++ - 'a' + 26;
	} else if (strncmp(*p, "...", 3) == 0) {
		*p += 3;
		*label = ELLIPSIS;
	} else if (**p == ',' || **p == '\0' || strncmp(*p, "->", 2) == 0) {
		*label = -2;
	} else {
		return err_set(e, ERR_FORMAT,
			       "the equation has '%c' where a letter, '...', "
			       "',' or '->' may stand",
			       **p);
	}
	return true;
}

/* A term as labels, ELLIPSIS among them; *COUNT of them. */
static bool read_term(const char **p, int8_t *labels, int32_t *count,
		      bool *dots, struct err *e)
{
	int label = -2;

	*count = 0;
	*dots = false;
	for (;;) {
		if (!next_label(p, &label, e))
			return false;
		if (label == -2)
			return true;
		if (label == ELLIPSIS && *dots)
			return err_set(e, ERR_FORMAT,
				       "a term of the equation has two "
				       "ellipses");
		*dots = *dots || label == ELLIPSIS;
		if (*count > MAX_RANK)
			return err_set(e, ERR_LIMIT,
				       "a term of the equation has more than "
				       "%d letters",
				       MAX_RANK);
		labels[(*count)++] = (int8_t)label;
	}
}

/* Note that an axis with LABEL has size DIM. */
static bool meet(struct einsum *x, int label, int64_t dim, struct err *e)
{
	int64_t *size = &x->size[label];

	x->used[label] = true;
	if (dim < 0)
		dim = DIM_UNKNOWN;
	if (*size == -2 || *size == 1 || (*size < 0 && dim > 1))
		*size = dim;
	else if (dim > 1 && *size >= 0 && *size != dim)
		return err_set(e, ERR_SHAPE,
			       "a letter of the equation stands for %" PRId64
			       " and for %" PRId64,
			       *size, dim);
	else if (dim == 0 && *size >= 0 && *size != 0)
		return err_set(e, ERR_SHAPE,
			       "a letter of the equation stands for %" PRId64
			       " and for 0",
			       *size);
	return true;
}

static bool place_operand(struct einsum *x, uint32_t k, const int8_t *labels,
			  int32_t count, bool dots, const struct shape *s,
			  struct err *e)
{
	int32_t named = count - dots, axis = 0;

	if (s->rank < named || (!dots && s->rank != named))
		return err_set(e, ERR_SHAPE,
			       "operand %u has rank %d, its term of the "
			       "equation wants %s%d",
			       k, s->rank, dots ? "at least " : "", named);
	x->rank[k] = s->rank;
	for (int32_t i = 0; i < count; i++) {
		int32_t span = labels[i] == ELLIPSIS ? s->rank - named : 1;

		for (int32_t j = 0; j < span; j++, axis++) {
			int label = labels[i] == ELLIPSIS ? 52 + span - 1 - j
							  : labels[i];

			x->label[k][axis] = (int8_t)label;
			if (!meet(x, label, s->dim[axis], e))
				return false;
		}
	}
	return true;
}

static bool add_out(struct einsum *x, int label, struct err *e)
{
	if (x->out_rank == MAX_RANK)
		return err_set(e, ERR_LIMIT, "the result has more than %d axes",
			       MAX_RANK);
	x->out[x->out_rank++] = (int8_t)label;
	return true;
}

static bool add_dots(struct einsum *x, struct err *e)
{
	for (int label = EINSUM_LABELS - 1; label >= 52; label--)
		if (x->used[label] && !add_out(x, label, e))
			return false;
	return true;
}

static bool read_result(struct einsum *x, const char *p, struct err *e)
{
	int8_t labels[MAX_RANK + 1];
	bool seen[EINSUM_LABELS] = {false}, dots;
	int32_t count;

	if (!read_term(&p, labels, &count, &dots, e))
		return false;
	if (*p)
		return err_set(e, ERR_FORMAT,
			       "the equation goes on after its result");
	for (int32_t i = 0; i < count; i++) {
		if (labels[i] == ELLIPSIS) {
			if (!add_dots(x, e))
				return false;
			continue;
		}
		if (!x->used[labels[i]] || seen[labels[i]])
			return err_set(e, ERR_FORMAT,
				       "a letter of the equation's result "
				       "occurs %s",
				       seen[labels[i]] ? "twice"
						       : "in no operand");
		seen[labels[i]] = true;
		if (!add_out(x, labels[i], e))
			return false;
	}
	return true;
}

static bool imply_result(struct einsum *x, struct err *e)
{
	int times[EINSUM_LABELS] = {0};

	for (uint32_t k = 0; k < x->nin; k++)
		for (int32_t i = 0; i < x->rank[k]; i++)
			times[x->label[k][i]]++;
	if (!add_dots(x, e))
		return false;
	for (int label = 0; label < 52; label++)
		if (times[label] == 1 && !add_out(x, label, e))
			return false;
	return true;
}

bool einsum_parse(struct einsum *x, const char *equation,
		  const struct shape *const *s, uint32_t nin, struct err *e)
{
	int8_t labels[MAX_RANK + 1];
	const char *p = equation;
	int32_t count;
	bool dots;

	*x = (struct einsum){.nin = nin};
	for (int i = 0; i < EINSUM_LABELS; i++)
		x->size[i] = -2;
	if (nin > EINSUM_OPERANDS)
		return err_set(e, ERR_UNSUPPORTED,
			       "%u operands, at most %d are implemented", nin,
			       EINSUM_OPERANDS);
	for (uint32_t k = 0; k < nin; k++) {
		if (!read_term(&p, labels, &count, &dots, e) ||
		    !place_operand(x, k, labels, count, dots, s[k], e))
			return false;
		if (k + 1 < nin && *p++ != ',')
			return err_set(e, ERR_FORMAT,
				       "the equation has %u terms, the node %u "
				       "operands",
				       k + 1, nin);
	}
	if (strncmp(p, "->", 2) == 0)
		return read_result(x, p + 2, e);
	if (*p)
		return err_set(e, ERR_FORMAT,
			       "the equation has more terms than the node has "
			       "operands (%u)",
			       nin);
	return imply_result(x, e);
}

struct shape einsum_shape(const struct einsum *x)
{
	struct shape y = {.rank = x->out_rank};

	for (int32_t i = 0; i < x->out_rank; i++)
		y.dim[i] = x->size[x->out[i]];
	return y;
}
