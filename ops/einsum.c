/* SPDX-License-Identifier: Apache-2.0 */
/* ops/einsum.c -- Einsum: sums of products over named axes.
 *
 * Each result is summed over the letters that it lacks, the first of the
 * alphabet outermost; integers wrap.
 */
#include "ops/op.h"

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/einsum_terms.h"

static bool infer_einsum(struct infer *c, struct err *e)
{
	const struct shape *s[EINSUM_OPERANDS];
	const struct shape unknown = {.rank = RANK_UNKNOWN};
	struct einsum x;
	struct shape y;

	for (uint32_t k = 0; k < c->node->nin && k < EINSUM_OPERANDS; k++) {
		s[k] = infer_shape(c, k);
		if (s[k]->rank >= 0)
			continue;
		infer_set(c, 0, infer_dtype(c, 0), &unknown);
		return true;
	}
	if (!einsum_parse(&x, attr_string(c->node, "equation"), s, c->node->nin,
			  e))
		return false;
	y = einsum_shape(&x);
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

struct einsum_job {
	struct job job;
	struct einsum x;
	struct tensor *y;
	const double *in[EINSUM_OPERANDS];
	const int64_t *ints[EINSUM_OPERANDS]; /* instead, of integers */
	size_t stride[EINSUM_OPERANDS][EINSUM_LABELS];
	int summed[EINSUM_LABELS], nsummed;
};

/* How far one step along a letter goes in each operand: 0 along an axis that
 * is broadcast, the sum of both where a letter occurs twice. */
static void set_strides(struct einsum_job *j, const struct call *c)
{
	for (uint32_t k = 0; k < j->x.nin; k++) {
		const struct shape *s = &call_in(c, k)->shape;
		size_t stride = 1;

		for (int32_t i = s->rank - 1; i >= 0; i--) {
			if (s->dim[i] != 1)
				j->stride[k][j->x.label[k][i]] += stride;
			stride *= (size_t)s->dim[i];
		}
	}
}

/* Every letter that the result lacks. */
static void find_summed(struct einsum_job *j)
{
	bool kept[EINSUM_LABELS] = {false};

	for (int32_t i = 0; i < j->x.out_rank; i++)
		kept[j->x.out[i]] = true;
	for (int label = 0; label < EINSUM_LABELS; label++)
		if (j->x.used[label] && !kept[label])
			j->summed[j->nsummed++] = label;
}

/* Move on by one in the summed letters; false after the last. */
static bool step(const struct einsum_job *j, int64_t *index, size_t *at)
{
	for (int d = j->nsummed - 1; d >= 0; d--) {
		int label = j->summed[d];
		int64_t size = j->x.size[label];
		size_t back = (size_t)(size - 1);

		if (++index[d] < size) {
			for (uint32_t k = 0; k < j->x.nin; k++)
				at[k] += j->stride[k][label];
			return true;
		}
		index[d] = 0;
		for (uint32_t k = 0; k < j->x.nin; k++)
			at[k] -= back * j->stride[k][label];
	}
	return false;
}

static void add_product(const struct einsum_job *j, const size_t *at,
			double *sum, uint64_t *sum_ints)
{
	double product = 1;
	uint64_t product_ints = 1;

	for (uint32_t k = 0; k < j->x.nin; k++)
		if (j->in[k])
			product *= j->in[k][at[k]];
		else
			product_ints *= (uint64_t)j->ints[k][at[k]];
	*sum += product;
	*sum_ints += product_ints;
}

static void compute(struct job *job, size_t begin, size_t end)
{
	const struct einsum_job *j = (const struct einsum_job *)job;
	bool empty = false;

	for (int d = 0; d < j->nsummed; d++)
		empty = empty || !j->x.size[j->summed[d]];
	for (size_t i = begin; i < end; i++) {
		size_t at[EINSUM_OPERANDS] = {0}, rest = i;
		int64_t index[EINSUM_LABELS] = {0};
		double sum = 0;
		uint64_t sum_ints = 0;

		for (int32_t d = j->x.out_rank - 1; d >= 0; d--) {
			int label = j->x.out[d];
			size_t size = (size_t)j->x.size[label];

			for (uint32_t k = 0; k < j->x.nin; k++)
				at[k] += rest % size * j->stride[k][label];
			rest /= size;
		}
		if (!empty)
			do
				add_product(j, at, &sum, &sum_ints);
			while (step(j, index, at));
		if (j->in[0])
			element_set_double(j->y->dtype, tensor_mut(j->y), i,
					   sum);
		else
			element_set_int(j->y->dtype, tensor_mut(j->y), i,
					(int64_t)sum_ints);
	}
}

static size_t scratch(const struct call *c)
{
	size_t bytes = 0;

	for (uint32_t k = 0; k < c->nin; k++)
		bytes += doubles_of(count_in(c, k));
	return bytes;
}

static bool run_einsum(const struct call *c, struct err *e)
{
	struct einsum_job j = {.job.run = compute, .y = call_out(c, 0)};
	const struct shape *s[EINSUM_OPERANDS];
	struct doubles d = {0};

	for (uint32_t k = 0; k < c->nin && k < EINSUM_OPERANDS; k++)
		s[k] = &call_in(c, k)->shape;
	if (!einsum_parse(&j.x, attr_string(c->node, "equation"), s, c->nin, e))
		return false;
	for (uint32_t k = 0; k < c->nin; k++)
		if (dtype_is_float(j.y->dtype))
			j.in[k] = doubles_load(&d, c, k);
		else
			j.ints[k] = ints_load(&d, c, k);
	set_strides(&j, c);
	find_summed(&j);
	parallel_for(&j.job, tensor_count(j.y), 16);
	return true;
}

static const struct kernel einsum_kernels[] = {
	{"einsum-ref", "reference", .scratch = scratch, .run = run_einsum},
	{.name = NULL},
};

static const struct param einsum_12_in[] = {
	{"Inputs", "T", TYPES_NUMERIC, PARAM_VARIADIC},
	{NULL},
};

static const struct param einsum_12_out[] = {
	{"Output", "T", TYPES_NUMERIC, 0},
	{NULL},
};

static const struct attr_spec einsum_12_attrs[] = {
	{"equation", ATTR_STRING, true, NULL},
	{NULL},
};

const struct op op_rows_einsum[] = {
	{"", "Einsum", 12, 0, einsum_12_in, einsum_12_out, einsum_12_attrs,
	 infer_einsum, einsum_kernels},
	{.type = NULL},
};
