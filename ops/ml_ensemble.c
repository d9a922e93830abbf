/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_ensemble.c -- see ml_ensemble.h.
 *
 * The standard does not say how a classifier treats two classes.  Here is what
 * ONNX Runtime does, which converters rely on.
 */
#include "ops/ml_ensemble.h"

#include <string.h>

size_t ballot_doubles(const struct ensemble *m)
{
	return m->targets + m->targets / sizeof(double) + 1;
}

struct ballot ballot_make(const struct ensemble *m, double *memory)
{
	return (struct ballot){memory, (bool *)(memory + m->targets),
			       m->targets};
}

static double rounded(const struct ensemble *m, double x)
{
	return m->rounds ? (float)x : x;
}

static void take(const struct ensemble *m, const struct tree_vote *v,
		 struct ballot *s)
{
	double *score = &s->score[v->target];
	bool first = !s->has[v->target];

	s->has[v->target] = true;
	switch (m->aggregate) {
	case TREES_AVERAGE:
	case TREES_SUM:
		*score = rounded(m, *score + v->weight);
		return;
	case TREES_MIN:
		if (first || v->weight < *score)
			*score = v->weight;
		return;
	case TREES_MAX:
		if (first || v->weight > *score)
			*score = v->weight;
	}
}

void ballot_trees(const struct ensemble *m, const double *x, struct ballot *s)
{
	const struct ml_trees *t = &m->trees;

	s->count = m->targets;
	memset(s->has, 0, s->count * sizeof(bool));
	for (size_t k = 0; k < s->count; k++)
		s->score[k] = 0;
	for (size_t i = 0; i < t->nroots; i++) {
		const struct tree_node *leaf = trees_walk(t, t->root[i], x);

		for (uint32_t k = 0; k < leaf->no; k++)
			take(m, &t->vote[leaf->yes + k], s);
	}
}

/* Of several targets, one that no tree voted for is 0, whatever it starts
 * from. */
void ballot_regress(const struct ensemble *m, struct ballot *s)
{
	for (size_t k = 0; k < m->targets; k++) {
		double x = s->score[k];

		if (!s->has[k] && m->targets > 1)
			continue;
		if (m->aggregate == TREES_AVERAGE)
			x = rounded(m, x / (double)m->trees.nroots);
		if (m->start.count)
			x = rounded(m, x + ml_number(&m->start, k));
		s->score[k] = x;
	}
}

/* ---- classes ------------------------------------------------------------ */

static void add(const struct ensemble *m, struct ballot *s, size_t k, double x)
{
	s->score[k] = rounded(m, s->score[k] + x);
}

/* Three classes or more, or one: the first of the greatest that some tree
 * voted for. */
static size_t classify_many(const struct ensemble *m, struct ballot *s,
			    float *z)
{
	bool found = false;
	size_t best = 0;

	for (size_t k = 0; k < m->start.count; k++) {
		add(m, s, k, ml_number(&m->start, k));
		s->has[k] = true;
	}
	for (size_t k = 0; k < m->targets; k++) {
		if (s->has[k] && (!found || s->score[k] > s->score[best])) {
			best = k;
			found = true;
		}
		z[k] = (float)s->score[k];
	}
	ml_post_apply(m->post, z, m->targets);
	return best;
}

/* Both classes have scores: the second decides by its sign, unless only it is
 * voted for and no vote is negative: then by 0.5. */
static bool second_wins(const struct ensemble *m, double score)
{
	return m->one_class && m->positive ? score > 0.5 : score > 0;
}

static void add_start_of_two(const struct ensemble *m, struct ballot *s)
{
	if (m->start.count == 1) {
		add(m, s, 0, ml_number(&m->start, 0));
	} else if (m->start.count == 2 && s->has[1]) {
		s->score[1] = rounded(m, ml_number(&m->start, 1) + s->score[0]);
		s->score[0] = -s->score[1];
	} else if (m->start.count == 2) {
		add(m, s, 1, ml_number(&m->start, 1));
		add(m, s, 0, ml_number(&m->start, 0));
	}
}

/* Two classes.  Without votes for the second its score is the first one's, and
 * the first gets the opposite. */
static size_t classify_two(const struct ensemble *m, struct ballot *s, float *z)
{
	bool alone = m->start.count < 2 && !s->has[1];
	double decides;
	bool second;

	add_start_of_two(m, s);
	decides = s->has[1] ? s->score[1] : s->has[0] ? s->score[0] : 0;
	second = second_wins(m, decides);
	if (!alone) {
		z[0] = s->has[0] ? (float)s->score[0] : 0;
		z[1] = s->has[1] ? (float)s->score[1] : 0;
		ml_post_apply(m->post, z, 2);
		return second;
	}
	z[1] = s->has[0] ? (float)s->score[0] : 0;
	if (m->post == ML_LOGISTIC || m->post == ML_PROBIT ||
	    (m->one_class && m->positive))
		ml_post_complete(m->post, z);
	else
		z[0] = -z[1];
	return second;
}

size_t ballot_classify(const struct ensemble *m, struct ballot *s, float *z)
{
	if (m->targets == 2)
		return classify_two(m, s, z);
	if (m->targets > 2)
		return classify_many(m, s, z);
	add(m, s, 0, m->start.count ? ml_number(&m->start, 0) : 0);
	z[0] = (float)s->score[0];
	ml_post_apply(m->post, z, 1);
	return s->score[0] > 0;
}
