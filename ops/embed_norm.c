/* SPDX-License-Identifier: Apache-2.0 */
/* ops/embed_norm.c -- com.microsoft's EmbedLayerNormalization and
 * QEmbedLayerNormalization: how a text enters BERT.
 *
 *     s = word[input_ids] + position[place in the sequence, or position_ids]
 *         + segment[segment_ids]
 *     y = (s - mean) / sqrt(variance + epsilon) * gamma + beta
 *
 * mask_index is the number of ones in each row of the mask, 0 without mask.
 * Q: the five tables are codes, each with a scale and zero point.
 */
#include "ops/op.h"

#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/doubles.h"
#include "ops/moments.h"

enum { IDS, SEGMENT_IDS, TABLES, MASK = 7, POSITION_IDS = 8 };
enum { WORD, POSITION, SEGMENT, GAMMA, BETA, NTABLES };
enum { SCALES = 8, ZEROS = 13 }; /* of QEmbedLayerNormalization */

struct table {
	const struct tensor *t;
	double scale, zero;
};

struct embed {
	struct job job;
	struct table table[NTABLES];
	const struct tensor *ids, *segment_ids, *position_ids;
	size_t steps, hidden;
	double epsilon;
	struct tensor *y, *sum;
	double *line; /* [threads, hidden] */
};

static bool is_quantized(const struct node *n)
{
	return strcmp(n->type, "QEmbedLayerNormalization") == 0;
}

/* ---- shapes ------------------------------------------------------------- */

/* Operand I, if it is there, has the dims of WANT, as far as known. */
static bool check_dims(const struct infer *c, uint32_t i,
		       const struct shape *want, struct err *e)
{
	const struct shape *s = infer_shape(c, i);
	const char *name = c->node->op->in[i].name;

	if (!infer_has(c, i) || s->rank < 0)
		return true;
	if (s->rank != want->rank)
		return err_set(e, ERR_SHAPE, "'%s' has rank %d, want %d", name,
			       s->rank, want->rank);
	for (int32_t k = 0; k < s->rank; k++)
		if (s->dim[k] >= 0 && want->dim[k] >= 0 &&
		    s->dim[k] != want->dim[k])
			return err_set(e, ERR_SHAPE,
				       "'%s' has dim %" PRId64
				       " at axis %d, want %" PRId64,
				       name, s->dim[k], k, want->dim[k]);
	return true;
}

static bool check_tables(const struct infer *c, int64_t hidden, struct err *e)
{
	struct shape table = SHAPE(DIM_UNKNOWN, hidden), list = SHAPE(hidden);

	for (uint32_t k = 0; k < NTABLES; k++)
		if (!check_dims(c, TABLES + k, k < GAMMA ? &table : &list, e))
			return false;
	if (infer_has(c, SEGMENT_IDS) != infer_has(c, TABLES + SEGMENT))
		return err_set(e, ERR_SHAPE,
			       "'segment_ids' and 'segment_embedding' go "
			       "together");
	return true;
}

static bool check_codes(const struct infer *c, struct err *e)
{
	struct shape one = SHAPE(1);

	for (uint32_t i = SCALES; i < c->node->nin; i++)
		if (infer_shape(c, i)->rank != 0 && !check_dims(c, i, &one, e))
			return false;
	for (uint32_t k = 0; k < NTABLES; k++)
		if (infer_has(c, TABLES + k) != infer_has(c, SCALES + k) ||
		    infer_has(c, TABLES + k) != infer_has(c, ZEROS + k))
			return err_set(e, ERR_SHAPE,
				       "'%s' comes without scale or zero point",
				       c->node->op->in[TABLES + k].name);
	return true;
}

static bool infer_embed(struct infer *c, struct err *e)
{
	const struct shape *ids = infer_shape(c, IDS);
	const struct shape *word = infer_shape(c, TABLES + WORD);
	bool codes = is_quantized(c->node);
	int64_t hidden = word->rank == 2 ? word->dim[1] : DIM_UNKNOWN;
	struct shape want = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN), y, mask, places;

	if (!check_dims(c, IDS, &want, e) || !check_tables(c, hidden, e))
		return false;
	if (ids->rank == 2)
		want = *ids;
	places = want;
	if (infer_shape(c, POSITION_IDS)->rank == 2 &&
	    infer_shape(c, POSITION_IDS)->dim[0] == 1)
		places.dim[0] = 1;
	if (!check_dims(c, SEGMENT_IDS, &want, e) ||
	    !check_dims(c, MASK, &want, e) ||
	    !(codes ? check_codes(c, e)
		    : check_dims(c, POSITION_IDS, &places, e)))
		return false;
	y = SHAPE(want.dim[0], want.dim[1], hidden);
	mask = SHAPE(want.dim[0]);
	infer_set(c, 0, codes ? DTYPE_F32 : infer_dtype(c, TABLES), &y);
	if (c->node->nout > 1)
		infer_set(c, 1, DTYPE_I32, &mask);
	if (c->node->nout > 2)
		infer_set(c, 2, infer_dtype(c, TABLES), &y);
	return true;
}

/* ---- numbers ------------------------------------------------------------ */

static double entry(const struct table *a, size_t i)
{
	return (tensor_double(a->t, i) - a->zero) * a->scale;
}

/* Where in the position ids element I of the ids is. */
static size_t place_of(const struct embed *m, size_t i)
{
	return m->position_ids->shape.dim[0] == 1 ? i % m->steps : i;
}

/* The row of table K for element I of the ids. */
static int64_t row_of(const struct embed *m, int k, size_t i)
{
	if (k == WORD)
		return tensor_int(m->ids, i);
	if (k == SEGMENT)
		return tensor_int(m->segment_ids, i);
	return m->position_ids ? tensor_int(m->position_ids, place_of(m, i))
			       : (int64_t)(i % m->steps);
}

static void embed(struct job *job, size_t begin, size_t end)
{
	const struct embed *m = (const struct embed *)job;
	double *x = m->line + (size_t)parallel_index() * m->hidden, mean, inv;

	for (size_t i = begin; i < end; i++) {
		size_t at = i * m->hidden;

		memset(x, 0, m->hidden * sizeof(*x));
		for (int k = WORD; k <= SEGMENT; k++)
			for (size_t h = 0; h < m->hidden && m->table[k].t; h++)
				x[h] += entry(&m->table[k],
					      (size_t)row_of(m, k, i) *
							      m->hidden +
						      h);
		if (m->sum)
			element_store(m->sum->dtype, tensor_mut(m->sum), at,
				      m->hidden, x);
		moments_of(x, m->hidden, m->epsilon, true, &mean, &inv);
		for (size_t h = 0; h < m->hidden; h++)
			x[h] = (x[h] - mean) * inv *
				       entry(&m->table[GAMMA], h) +
			       entry(&m->table[BETA], h);
		if (m->y)
			element_store(m->y->dtype, tensor_mut(m->y), at,
				      m->hidden, x);
	}
}

static bool check_rows(const struct embed *m, struct err *e)
{
	for (int k = WORD; k <= SEGMENT; k++) {
		const struct tensor *t = m->table[k].t;

		for (size_t i = 0; i < tensor_count(m->ids) && t; i++) {
			int64_t row = row_of(m, k, i);

			if (row < 0 || row >= t->shape.dim[0])
				return err_set(
					e, ERR_SHAPE,
					"%s id of element %zu is %" PRId64
					", want 0 to %" PRId64,
					k == WORD	? "word"
					: k == POSITION ? "position"
							: "segment",
					i, row, t->shape.dim[0] - 1);
		}
	}
	return true;
}

static void count_mask(const struct call *c, size_t steps)
{
	const struct tensor *mask = call_in(c, MASK);
	struct tensor *count = call_out(c, 1);

	for (size_t b = 0; count && b < tensor_count(count); b++) {
		int64_t ones = 0;

		for (size_t i = 0; i < steps && mask; i++)
			ones += tensor_int(mask, b * steps + i) == 1;
		element_set_int(DTYPE_I32, tensor_mut(count), b, ones);
	}
}

static size_t scratch(const struct call *c)
{
	const struct shape *word = &c->in[TABLES]->type.shape;

	return doubles_of((size_t)parallel_threads() *
			  (word->rank == 2 && word->dim[1] > 0
				   ? (size_t)word->dim[1]
				   : 0));
}

static bool run_embed(const struct call *c, struct err *e)
{
	bool codes = is_quantized(c->node);
	struct embed m = {.job.run = embed, .ids = call_in(c, IDS)};
	struct doubles d = {0};

	m.segment_ids = call_in(c, SEGMENT_IDS);
	m.position_ids = codes ? NULL : call_in(c, POSITION_IDS);
	for (uint32_t k = 0; k < NTABLES; k++)
		m.table[k] = (struct table){
			.t = call_in(c, TABLES + k),
			.scale = codes ? call_scalar(c, SCALES + k, 1) : 1,
			.zero = codes ? call_scalar(c, ZEROS + k, 0) : 0,
		};
	m.steps = (size_t)m.ids->shape.dim[1];
	m.hidden = (size_t)m.table[WORD].t->shape.dim[1];
	m.epsilon = attr_float(c->node, "epsilon");
	m.y = call_out(c, 0);
	m.sum = call_out(c, 2);
	m.line = doubles_take(&d, c, (size_t)parallel_threads() * m.hidden);
	if (!check_rows(&m, e))
		return false;
	count_mask(c, m.steps);
	if (m.hidden > 0)
		parallel_for(&m.job, tensor_count(m.ids), 1 + 2000 / m.hidden);
	return true;
}

static const struct kernel kernels[] = {{.name = "embed-layer-norm",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_embed},
					{0}};

const struct op op_rows_embed_norm[] = {
	{.domain = "com.microsoft",
	 .type = "EmbedLayerNormalization",
	 .since = 1,
	 .in = PARAMS(IN("input_ids", "T1", TYPE_BIT(I32)),
		      OPTIONAL("segment_ids", "T1", TYPE_BIT(I32)),
		      IN("word_embedding", "T", TYPES_F16_32),
		      IN("position_embedding", "T", TYPES_F16_32),
		      OPTIONAL("segment_embedding", "T", TYPES_F16_32),
		      IN("gamma", "T", TYPES_F16_32),
		      IN("beta", "T", TYPES_F16_32),
		      OPTIONAL("mask", "T1", TYPE_BIT(I32)),
		      OPTIONAL("position_ids", "T1", TYPE_BIT(I32))),
	 .out = PARAMS(IN("output", "T", TYPES_F16_32),
		       OPTIONAL("mask_index", "T1", TYPE_BIT(I32)),
		       OPTIONAL("embedding_sum", "T", TYPES_F16_32)),
	 .attrs = ATTRS(ATTR("epsilon", FLOAT, "1e-12"),
			ATTR("mask_index_type", INT, NULL)),
	 .infer = infer_embed,
	 .kernels = kernels},
	{.domain = "com.microsoft",
	 .type = "QEmbedLayerNormalization",
	 .since = 1,
	 .in = PARAMS(
		 IN("input_ids", "T1", TYPE_BIT(I32)),
		 OPTIONAL("segment_ids", "T1", TYPE_BIT(I32)),
		 IN("word_embedding_quant", "T2", TYPES_BYTES),
		 IN("position_embedding_quant", "T2", TYPES_BYTES),
		 OPTIONAL("segment_embedding", "T2", TYPES_BYTES),
		 IN("gamma_quant", "T2", TYPES_BYTES),
		 IN("beta_quant", "T2", TYPES_BYTES),
		 OPTIONAL("mask", "T1", TYPE_BIT(I32)),
		 IN("word_embedding_scale", "T", TYPE_BIT(F32)),
		 IN("position_embedding_scale", "T", TYPE_BIT(F32)),
		 OPTIONAL("segment_embedding_scale", "T", TYPE_BIT(F32)),
		 IN("gamma_scale", "T", TYPE_BIT(F32)),
		 IN("beta_scale", "T", TYPE_BIT(F32)),
		 IN("word_embedding_zero_point", "T2", TYPES_BYTES),
		 IN("position_embedding_zero_point", "T2", TYPES_BYTES),
		 OPTIONAL("segment_embedding_zero_point", "T2", TYPES_BYTES),
		 IN("gamma_zero_point", "T2", TYPES_BYTES),
		 IN("beta_zero_point", "T2", TYPES_BYTES)),
	 .out = PARAMS(IN("layernorm_out", "T", TYPE_BIT(F32)),
		       IN("mask_index_out", "T1", TYPE_BIT(I32))),
	 .attrs = ATTRS(ATTR("epsilon", FLOAT, "1e-12")),
	 .infer = infer_embed,
	 .kernels = kernels},
	{0}};
