/* SPDX-License-Identifier: Apache-2.0 */
/* ops/beam_feed.c -- what the graphs of a beam search are fed. */
#include <inttypes.h>
#include <string.h>

#include "ops/beam_run.h"
#include "ops/beam_search.h"
#include "ops/inner.h"

static bool reserve(const struct call *c, struct room *r, size_t bytes,
		    struct err *e)
{
	if (bytes <= r->bytes)
		return true;
	r->bytes = 2 * bytes;
	return c->services->alloc(c->services, r->bytes, &r->data, e);
}

static struct datum ints_datum(int32_t *data, size_t rows, size_t columns)
{
	struct tensor t = {.dtype = DTYPE_I32,
			   .shape = SHAPE((int64_t)rows, (int64_t)columns),
			   .data = data,
			   .bytes = rows * columns * sizeof(*data)};

	return datum_tensor(&t);
}

/* Input I of the decoder: ROWS of COLUMNS integers, to be filled. */
static bool feed_ints(struct beam_run *r, uint32_t i, size_t columns,
		      int32_t **data, struct err *e)
{
	size_t n = r->texts * r->beams;

	if (!reserve(r->c, &r->room[i], n * columns * sizeof(**data), e))
		return false;
	*data = r->room[i].data;
	r->in[i] = ints_datum(*data, n, columns);
	return true;
}

/* Input I: what D has at INDEX along AXIS. */
static bool feed_gathered(struct beam_run *r, uint32_t i, const struct datum *d,
			  int32_t axis, const int32_t *index, struct err *e)
{
	size_t n = r->texts * r->beams, outer = 1, inner = 1, size;
	const char *from = d->tensor.data;
	struct tensor t = d->tensor;
	char *to;

	if (d->type.kind != TYPE_TENSOR || t.shape.rank <= axis ||
	    !(TYPES_F16_32 >> t.dtype & 1))
		return err_set(e, ERR_TYPE, "a state is no tensor of floats");
	for (int32_t k = 0; k < t.shape.rank; k++)
		if (k != axis)
			*(k < axis ? &outer : &inner) *= (size_t)t.shape.dim[k];
	size = (size_t)t.shape.dim[axis];
	for (size_t k = 0; k < n; k++)
		if ((size_t)index[k] >= size)
			return err_set(e, ERR_SHAPE,
				       "a state is of %zu sequences, want more",
				       size);
	t.shape.dim[axis] = (int64_t)n;
	if (!shape_bytes(&t.shape, t.dtype, &t.bytes, e) ||
	    !reserve(r->c, &r->room[i], t.bytes, e))
		return false;
	inner = dtype_bytes(t.dtype, inner);
	to = r->room[i].data;
	for (size_t o = 0; o < outer && inner; o++)
		for (size_t k = 0; k < n; k++)
			memcpy(to + (o * n + k) * inner,
			       from + (o * size + (size_t)index[k]) * inner,
			       inner);
	t.data = to;
	r->in[i] = datum_tensor(&t);
	return true;
}

/* ---- GPT ----------------------------------------------------------------- */

enum { GPT_IDS, GPT_PLACES, GPT_MASK, GPT_PAST };

/* The prompt: padding has neither place nor attention. */
static bool gpt_prompt(struct beam_run *r, struct err *e)
{
	const int32_t *ids = tensor_i32(call_in(r->c, BEAM_IDS));
	int32_t *id, *place, *mask;

	if (!feed_ints(r, GPT_IDS, r->length, &id, e) ||
	    !feed_ints(r, GPT_PLACES, r->length, &place, e) ||
	    !feed_ints(r, GPT_MASK, r->length, &mask, e))
		return false;
	for (size_t i = 0; i < r->texts * r->beams; i++) {
		int32_t next = 0;

		for (size_t k = 0; k < r->length; k++) {
			size_t at = i * r->length + k;

			id[at] = ids[i / r->beams * r->length + k];
			mask[at] = id[at] != r->s.rules.pad;
			place[at] = mask[at] ? next++ : 0;
			r->mask[at] = mask[at];
			r->s.token[i * r->s.rules.longest + k] = id[at];
		}
		r->place[i] = next;
	}
	return true;
}

/* States without a row: [2, N, heads, 0, size]. */
static bool gpt_empty(struct beam_run *r, uint32_t i, struct err *e)
{
	const struct type *type = &r->decoder->in[i]->type;
	struct tensor t = {.dtype = type->dtype, .shape = type->shape};

	if (type->kind != TYPE_TENSOR || type->shape.rank != 5 ||
	    type->shape.dim[0] != 2 || type->shape.dim[2] < 0 ||
	    type->shape.dim[4] < 0)
		return err_set(e, ERR_SHAPE,
			       "input '%s' of the decoder is not [2, N, heads, "
			       "P, size]",
			       r->decoder->in[i]->name);
	t.shape.dim[1] = (int64_t)(r->texts * r->beams);
	t.shape.dim[3] = 0;
	r->in[i] = datum_tensor(&t);
	return true;
}

bool beam_gpt_start(struct beam_run *r, struct err *e)
{
	if (!gpt_prompt(r, e))
		return false;
	for (uint32_t i = GPT_PAST; i < r->decoder->nin; i++)
		if (!gpt_empty(r, i, e))
			return false;
	return true;
}

bool beam_gpt_next(struct beam_run *r, struct err *e)
{
	size_t n = r->texts * r->beams, length = r->s.length;
	int32_t *id, *place, *mask;

	if (!feed_ints(r, GPT_IDS, 1, &id, e) ||
	    !feed_ints(r, GPT_PLACES, 1, &place, e) ||
	    !feed_ints(r, GPT_MASK, length, &mask, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		id[i] = r->s.last[i];
		place[i] = r->place[i]++;
		for (size_t k = 0; k < length; k++)
			mask[i * length + k] =
				k < r->length ? r->mask[i * r->length + k] : 1;
	}
	for (uint32_t i = GPT_PAST; i < r->decoder->nin; i++)
		if (!feed_gathered(r, i, &r->out[i - GPT_PAST + 1], 1,
				   r->s.from, e))
			return false;
	return true;
}

/* ---- T5 ------------------------------------------------------------------ */

/* Padding in front has no attention. */
static void t5_mask(struct beam_run *r, int32_t *mask)
{
	const int32_t *ids = tensor_i32(call_in(r->c, BEAM_IDS));

	for (size_t text = 0; text < r->texts; text++) {
		bool inside = false;

		for (size_t k = 0; k < r->length; k++) {
			size_t at = text * r->length + k;

			inside = inside || ids[at] != r->s.rules.pad;
			mask[at] = inside;
		}
	}
}

/* Input I of the decoder, which comes from the encoder, by its name. */
static bool t5_by_name(struct beam_run *r, uint32_t i,
		       const struct datum *hidden, struct err *e)
{
	const char *name = r->decoder->in[i]->name;
	const int32_t *ids = tensor_i32(call_in(r->c, BEAM_IDS)), *from;
	int32_t *to;

	if (strcmp(name, "encoder_hidden_states") == 0)
		return feed_gathered(r, i, hidden, 0, r->spread, e);
	from = strcmp(name, "encoder_attention_mask") == 0 ? r->mask
	       : strcmp(name, "encoder_input_ids") == 0	   ? ids
							   : NULL;
	if (!from)
		return err_set(e, ERR_UNSUPPORTED,
			       "input '%s' of the decoder has another name",
			       name);
	if (!feed_ints(r, i, r->length, &to, e))
		return false;
	for (size_t k = 0; k < r->texts * r->beams; k++)
		memcpy(to + k * r->length, from + k / r->beams * r->length,
		       r->length * sizeof(*to));
	return true;
}

/* Run the encoder; all the decoder's inputs but its tokens. */
bool beam_t5_start(struct beam_run *r, struct err *e)
{
	const struct graph *g = inner_graph(r->c->node, "encoder");
	int64_t start = attr_int(r->c->node, "decoder_start_token_id");
	uint32_t past = r->decoder->nin - (g->nout - 2);
	struct datum in[3], *out;
	const struct datum *feed[3] = {&in[0], &in[1], &in[2]};
	int32_t *first;

	if (!beam_take_ints(r->c, r->texts, &first, e) ||
	    !inner_datums(r->c, g->nout, &out, e))
		return false;
	for (size_t i = 0; i < r->texts; i++)
		first[i] = (int32_t)start;
	for (size_t i = 0; i < r->texts * r->beams; i++)
		r->s.token[i * r->s.rules.longest] = (int32_t)start;
	t5_mask(r, r->mask);
	in[0] = *r->c->in[BEAM_IDS];
	in[1] = ints_datum(r->mask, r->texts, r->length);
	in[2] = ints_datum(first, r->texts, 1);
	if (!r->c->services->run_graph(r->c->services, g, feed, out, e) ||
	    !beam_take_logits(r, &out[0], e))
		return false;
	for (uint32_t i = 1; i < past; i++)
		if (!t5_by_name(r, i, &out[1], e))
			return false;
	for (uint32_t i = past; i < r->decoder->nin; i++)
		if (!feed_gathered(r, i, &out[i - past + 2], 0, r->spread, e))
			return false;
	/* The first step's choice of beams still falls on the states. */
	for (uint32_t i = 1; i < r->decoder->nout; i++)
		r->out[i] = out[i + 1];
	return true;
}

/* The decoder's tokens, the last or all, and its own states. */
bool beam_t5_next(struct beam_run *r, bool first, struct err *e)
{
	const struct type *type = &r->decoder->in[0]->type;
	bool last = type->shape.rank == 2 && type->shape.dim[1] == 1;
	size_t n = r->texts * r->beams, columns = last ? 1 : r->s.length;
	uint32_t states = r->decoder->nout - 1;
	uint32_t past = r->decoder->nin - 2 * states;
	int32_t *id;

	if (!feed_ints(r, 0, columns, &id, e))
		return false;
	for (size_t i = 0; i < n; i++)
		memcpy(id + i * columns,
		       r->s.token + i * r->s.rules.longest + r->s.length -
			       columns,
		       columns * sizeof(*id));
	for (uint32_t i = 0; i < states; i++) {
		/* The encoder's are of texts. */
		const int32_t *from = first ? r->spread : r->s.from;

		if (!feed_gathered(r, past + i, &r->out[i + 1], 0, from, e))
			return false;
	}
	return true;
}
