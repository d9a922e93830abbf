/* SPDX-License-Identifier: Apache-2.0 */
/* ops/beam_search.c -- com.microsoft's BeamSearch: texts continued by a model
 * that is an inner graph.
 *
 * GPT (model_type 0), N = texts * beams, P tokens so far:
 *
 *     decoder (input_ids [N, S or 1], position_ids, attention_mask [N, P],
 *              past [2, N, heads, P, size] ...)
 *          => (logits [N, S or 1, vocab], present ...)
 *
 * T5 (model_type 1), which starts with decoder_start_token_id:
 *
 *     encoder (ids [B, S], attention_mask, first tokens [B, 1])
 *          => (logits, hidden states, self ..., cross ...)
 *     decoder (input_ids [N, 1], or all of them, encoder_input_ids,
 *              encoder_attention_mask, encoder_hidden_states, as far as it has
 *              inputs of these names, past self ..., cross ...)
 *          => (logits, present self ...)
 *
 * Vocabulary and attention masks as operands, decoder_input_ids, init_decoder,
 * logits processors and the scores of all tokens are refused.
 */
#include "ops/beam_search.h"

#include <inttypes.h>

#include "ops/inner.h"

static bool check_attributes(const struct node *n, struct err *e)
{
	static const char *const tokens[] = {"eos_token_id", "pad_token_id",
					     "decoder_start_token_id"};
	int64_t type = attr_int(n, "model_type");
	int64_t ngram = attr_int(n, "no_repeat_ngram_size");

	if (type != BEAM_GPT && type != BEAM_T5)
		return err_set(e, ERR_UNSUPPORTED,
			       "model_type is %" PRId64 ", want 0 or 1", type);
	if (attr_given(n, "init_decoder"))
		return err_set(e, ERR_UNSUPPORTED, "attribute 'init_decoder'");
	if (attr_given(n, "encoder") != (type == BEAM_T5))
		return err_set(e, ERR_FORMAT,
			       type == BEAM_T5 ? "model_type 1 wants an encoder"
					       : "model_type 0 has no encoder");
	for (int i = 0; i < 3; i++)
		if (attr_int(n, tokens[i]) != (int32_t)attr_int(n, tokens[i]))
			return err_set(e, ERR_FORMAT,
				       "%s is %" PRId64 ", which is no token",
				       tokens[i], attr_int(n, tokens[i]));
	if (ngram < 0)
		return err_set(e, ERR_FORMAT,
			       "no_repeat_ngram_size is %" PRId64
			       ", want 0 or more",
			       ngram);
	return true;
}

/* Every input is fed. */
static bool lacks_defaults(const struct graph *g, struct err *e)
{
	for (uint32_t i = 0; i < g->nin; i++)
		if (g->in[i]->konst)
			return err_set(e, ERR_UNSUPPORTED,
				       "input '%s' of graph '%s' has a default",
				       g->in[i]->name, g->name);
	return true;
}

/* Numbers of inputs and outputs. */
static bool check_graphs(const struct node *n, struct err *e)
{
	const struct graph *d = inner_graph(n, "decoder"), *g;

	if (!lacks_defaults(d, e))
		return false;
	if (attr_int(n, "model_type") == BEAM_GPT) {
		if (d->nin >= 3 && d->nout >= 1 && d->nin - 3 == d->nout - 1)
			return true;
		return err_set(e, ERR_FORMAT,
			       "decoder '%s' has %u inputs and %u outputs, "
			       "want 3 and 1, and as many states",
			       d->name, d->nin, d->nout);
	}
	g = inner_graph(n, "encoder");
	if (!lacks_defaults(g, e))
		return false;
	if (g->nin != 3 || g->nout < 2 || g->nout % 4 != 2)
		return err_set(e, ERR_FORMAT,
			       "encoder '%s' has %u inputs and %u outputs, "
			       "want 3 and 2, and 4 for each layer",
			       g->name, g->nin, g->nout);
	if (d->nout != 1 + (g->nout - 2) / 2 || d->nin < 1 + g->nout - 2)
		return err_set(e, ERR_FORMAT,
			       "decoder '%s' has %u inputs and %u outputs, "
			       "which do not fit the encoder's %u outputs",
			       d->name, d->nin, d->nout, g->nout);
	return true;
}

static bool infer_beam_search(struct infer *c, struct err *e)
{
	const struct shape *ids = infer_shape(c, BEAM_IDS);
	struct shape y = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN, DIM_UNKNOWN);
	struct shape s = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN);
	int64_t n;

	if (!check_attributes(c->node, e) || !check_graphs(c->node, e))
		return false;
	for (uint32_t i = BEAM_VOCAB_MASK; i <= BEAM_PROCESSOR; i++)
		if (infer_has(c, i))
			return err_set(e, ERR_UNSUPPORTED, "operand '%s'",
				       c->node->op->in[i].name);
	if (c->node->nout > 2 && c->node->out[2])
		return err_set(e, ERR_UNSUPPORTED, "result 'scores'");
	if (ids->rank >= 0 && ids->rank != 2)
		return err_set(e, ERR_SHAPE, "'input_ids' wants rank 2");
	if (ids->rank == 2)
		y.dim[0] = s.dim[0] = ids->dim[0];
	if (infer_scalar_int(c, BEAM_RETURNS, &n) && n >= 1 && n <= BEAM_MOST)
		y.dim[1] = s.dim[1] = n;
	if (infer_scalar_int(c, BEAM_LONGEST, &n) && n >= 1 &&
	    n <= BEAM_LONGEST_MOST)
		y.dim[2] = n;
	infer_set(c, 0, DTYPE_I32, &y);
	if (c->node->nout > 1)
		infer_set(c, 1,
			  infer_has(c, BEAM_PENALTY)
				  ? infer_dtype(c, BEAM_PENALTY)
				  : DTYPE_F32,
			  &s);
	return true;
}

static const struct kernel kernels[] = {{.name = "beam-search-ref",
					 .engine = "reference",
					 .run = beam_search_run},
					{0}};

#define T TYPES_F16_32
#define I TYPE_BIT(I32)

const struct op op_rows_beam_search[] = {
	{.domain = "com.microsoft",
	 .type = "BeamSearch",
	 .since = 1,
	 .traits = OP_GRAPHS,
	 .in = PARAMS(IN("input_ids", "I", I), IN("max_length", "I", I),
		      OPTIONAL("min_length", "I", I), IN("num_beams", "I", I),
		      IN("num_return_sequences", "I", I),
		      OPTIONAL("length_penalty", "T", T),
		      OPTIONAL("repetition_penalty", "T", T),
		      OPTIONAL("vocab_mask", "I", I),
		      OPTIONAL("prefix_vocab_mask", "I", I),
		      OPTIONAL("attention_mask", "I", I),
		      OPTIONAL("decoder_input_ids", "I", I),
		      OPTIONAL("logits_processor", "I", I)),
	 .out = PARAMS(IN("sequences", "I", I),
		       OPTIONAL("sequences_scores", "T", T),
		       OPTIONAL("scores", "T", T)),
	 .attrs = ATTRS(ATTR_REQUIRED("decoder", GRAPH),
			ATTR("decoder_start_token_id", INT, "-1"),
			ATTR("early_stopping", INT, "0"),
			ATTR("encoder", GRAPH, NULL),
			ATTR_REQUIRED("eos_token_id", INT),
			ATTR("init_decoder", GRAPH, NULL),
			ATTR("model_type", INT, "0"),
			ATTR("no_repeat_ngram_size", INT, "0"),
			ATTR_REQUIRED("pad_token_id", INT),
			ATTR("vocab_size", INT, "-1")),
	 .infer = infer_beam_search,
	 .kernels = kernels},
	{0}};
