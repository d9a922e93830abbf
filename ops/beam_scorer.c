/* SPDX-License-Identifier: Apache-2.0 */
/* ops/beam_scorer.c -- see beam_scorer.h. */
#include "ops/beam_scorer.h"

#include <float.h>
#include <math.h>
#include <string.h>

static bool room(const struct call *c, size_t count, size_t size, void *out,
		 struct err *e)
{
	void *data;

	if (!c->services->alloc(c->services, count * size, &data, e))
		return false;
	if (count)
		memset(data, 0, count * size);
	memcpy(out, &data, sizeof(data));
	return true;
}

bool beam_scorer_init(struct beam_scorer *s, const struct beam_rules *rules,
		      const struct call *c, struct err *e)
{
	size_t n = rules->texts * rules->beams, all = n * rules->longest;
	size_t tops = 2 * n;

	*s = (struct beam_scorer){.rules = *rules, .length = rules->start};
	if (!room(c, all, sizeof(*s->token), &s->token, e) ||
	    !room(c, all, sizeof(*s->other), &s->other, e) ||
	    !room(c, n, sizeof(*s->score), &s->score, e) ||
	    !room(c, n, sizeof(*s->next_score), &s->next_score, e) ||
	    !room(c, n, sizeof(*s->last), &s->last, e) ||
	    !room(c, n, sizeof(*s->from), &s->from, e) ||
	    !room(c, all, sizeof(*s->finished), &s->finished, e) ||
	    !room(c, n, sizeof(*s->finished_length), &s->finished_length, e) ||
	    !room(c, n, sizeof(*s->finished_score), &s->finished_score, e) ||
	    !room(c, rules->texts, sizeof(*s->count), &s->count, e) ||
	    !room(c, rules->texts, sizeof(*s->done), &s->done, e) ||
	    !room(c, tops, sizeof(*s->top), &s->top, e) ||
	    !room(c, tops, sizeof(*s->top_score), &s->top_score, e))
		return false;
	/* The beams of a text begin alike; only the first may go on. */
	for (size_t i = 0; i < n; i++)
		s->score[i] = i % rules->beams ? -1e9F : 0;
	return true;
}

/* ---- scores -------------------------------------------------------------- */

/* Tokens that stand in sequence T already, once for each. */
static void punish(const struct beam_scorer *s, const int32_t *t, float *score,
		   size_t vocab)
{
	for (size_t i = 0; i < s->length; i++) {
		bool before = t[i] < 0 || (size_t)t[i] >= vocab;

		for (size_t k = 0; k < i && !before; k++)
			before = t[k] == t[i];
		if (before)
			continue;
		if (score[t[i]] < 0)
			score[t[i]] *= s->rules.repetition;
		else
			score[t[i]] /= s->rules.repetition;
	}
}

/* Tokens that would end a run of NGRAM that T has already. */
static void forbid(const struct beam_scorer *s, const int32_t *t, float *score,
		   size_t vocab)
{
	size_t n = s->rules.ngram, tail = n - 1;

	for (size_t i = 0; i + n <= s->length; i++) {
		int32_t next = t[i + tail];

		if (next >= 0 && (size_t)next < vocab &&
		    memcmp(t + i, t + s->length - tail, tail * sizeof(*t)) == 0)
			score[next] = -FLT_MAX;
	}
}

/* Scores of sequence I as sums of all its tokens. */
static void adjust(const struct beam_scorer *s, size_t i, float *score,
		   size_t vocab)
{
	const struct beam_rules *r = &s->rules;
	const int32_t *t = s->token + i * r->longest;

	if (r->repetition != 1)
		punish(s, t, score, vocab);
	if (r->ngram && r->ngram <= s->length)
		forbid(s, t, score, vocab);
	if (s->length < r->shortest && r->eos >= 0 && r->eos < (int64_t)vocab)
		score[r->eos] = -FLT_MAX;
	for (size_t k = 0; k < vocab; k++)
		score[k] += s->score[i];
}

/* The best 2 * BEAMS tokens of TEXT, of equal ones the first. */
static void pick(struct beam_scorer *s, size_t text, const float *score,
		 size_t n)
{
	size_t most = 2 * s->rules.beams, count = 0;
	size_t *top = s->top + text * most;

	for (size_t k = 0; k < n; k++) {
		size_t at = count;

		if (count == most && !(score[k] > score[top[count - 1]]))
			continue;
		if (count == most)
			at--;
		else
			count++;
		for (; at > 0 && score[k] > score[top[at - 1]]; at--)
			top[at] = top[at - 1];
		top[at] = k;
	}
	for (size_t j = 0; j < most; j++)
		s->top_score[text * most + j] = score[top[j]];
}

/* ---- sequences ----------------------------------------------------------- */

static float by_length(const struct beam_scorer *s, float sum)
{
	return sum / powf((float)s->length, s->rules.penalty);
}

/* Open sequence I of TEXT is finished, with this sum. */
static void finish(struct beam_scorer *s, size_t text, size_t i, float sum)
{
	size_t beams = s->rules.beams, longest = s->rules.longest;
	size_t first = text * beams, at = s->count[text];
	float score = by_length(s, sum), *scores = s->finished_score + first;
	size_t *lengths = s->finished_length + first;
	int32_t *all = s->finished + first * longest;

	if (at == beams && !(score > scores[at - 1]))
		return;
	if (at == beams)
		at--;
	else
		s->count[text]++;
	for (; at > 0 && score > scores[at - 1]; at--) {
		scores[at] = scores[at - 1];
		lengths[at] = lengths[at - 1];
		memcpy(all + at * longest, all + (at - 1) * longest,
		       longest * sizeof(*all));
	}
	scores[at] = score;
	lengths[at] = s->length;
	memcpy(all + at * longest, s->token + i * longest,
	       s->length * sizeof(*all));
}

static void go_on(struct beam_scorer *s, size_t beam, size_t from,
		  int32_t token, float score)
{
	s->from[beam] = (int32_t)from;
	s->last[beam] = token;
	s->next_score[beam] = score;
}

/* Whether no open sequence of TEXT is expected to win any more. */
static bool is_done(const struct beam_scorer *s, size_t text)
{
	size_t beams = s->rules.beams;
	const float *score = s->top_score + text * beams;
	float best = score[0];

	if (s->count[text] < beams)
		return false;
	for (size_t j = 1; j < 2 * beams; j++)
		best = score[j] > best ? score[j] : best;
	return s->rules.early || !(s->finished_score[text * beams + beams - 1] <
				   by_length(s, best));
}

static void step_text(struct beam_scorer *s, size_t text, size_t vocab)
{
	size_t beams = s->rules.beams, first = text * beams, open = 0;
	const size_t *top = s->top + 2 * first;
	const float *score = s->top_score + 2 * first;

	for (size_t k = 0; k < beams; k++)
		go_on(s, first + k, s->done[text] ? 0 : first,
		      (int32_t)s->rules.pad, 0);
	if (s->done[text])
		return;
	for (size_t j = 0; j < 2 * beams && open < beams; j++) {
		size_t i = first + top[j] / vocab;
		int32_t token = (int32_t)(top[j] % vocab);

		if (s->rules.eos >= 0 && token == s->rules.eos) {
			if (j < beams)
				finish(s, text, i, score[j]);
		} else {
			go_on(s, first + open++, i, token, score[j]);
		}
	}
	s->done[text] = is_done(s, text);
}

bool beam_scorer_step(struct beam_scorer *s, float *scores, size_t vocab)
{
	size_t beams = s->rules.beams, longest = s->rules.longest;
	size_t n = s->rules.texts * beams;
	int32_t *token = s->token;
	float *score = s->score;
	bool open = false;

	for (size_t i = 0; i < n; i++)
		adjust(s, i, scores + i * vocab, vocab);
	for (size_t text = 0; text < s->rules.texts; text++) {
		pick(s, text, scores + text * beams * vocab, beams * vocab);
		step_text(s, text, vocab);
		open = open || !s->done[text];
	}
	for (size_t i = 0; i < n; i++) {
		memcpy(s->other + i * longest,
		       token + (size_t)s->from[i] * longest,
		       s->length * sizeof(*token));
		s->other[i * longest + s->length] = s->last[i];
	}
	s->token = s->other;
	s->other = token;
	s->score = s->next_score;
	s->next_score = score;
	s->length++;
	return open && s->length < longest;
}

void beam_scorer_give(struct beam_scorer *s, size_t count, int32_t *sequences,
		      float *scores)
{
	size_t beams = s->rules.beams, longest = s->rules.longest;

	for (size_t text = 0; text < s->rules.texts; text++) {
		for (size_t k = 0; k < beams && !s->done[text]; k++)
			finish(s, text, text * beams + k,
			       s->score[text * beams + k]);
		for (size_t k = 0; k < count; k++) {
			size_t from = text * beams + k, to = text * count + k;
			int32_t *out = sequences + to * longest;

			for (size_t i = 0; i < longest; i++)
				out[i] = i < s->finished_length[from]
						 ? s->finished[from * longest +
							       i]
						 : (int32_t)s->rules.pad;
			scores[to] = s->finished_score[from];
		}
	}
}
