/* SPDX-License-Identifier: Apache-2.0 */
/* ops/tfidf.c -- TfIdfVectorizer: how often each n-gram of a pool occurs.
 *
 * The pool is a tree of words: node 0 is the empty n-gram, and an edge leads
 * from each n-gram to every one that is longer by a word.  Edges are found by
 * a hash of node and word; words are numbered in order of their contents.
 *
 * Where n-grams share a coordinate, what they contribute is added:
 *     TF     count
 *     IDF    weight if there is any
 *     TFIDF  weight * count
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

/* ---- attributes ---------------------------------------------------------- */

struct grams {
	const struct node *node;
	const int64_t *index, *start; /* ngram_indexes, ngram_counts */
	uint32_t nindex, nstart;
	const int64_t *ints; /* the pool: these, or texts */
	const struct text *texts;
	size_t npool;
	const float *weight; /* NULL: ones */
	int64_t least, most, skips;
};

static bool wrong_attr(const char *name, const char *what, struct err *e)
{
	return err_set(e, ERR_FORMAT, "'%s' %s", name, what);
}

static bool read_pool(struct grams *g, struct err *e)
{
	const struct attr *ints = node_attr(g->node, "pool_int64s");
	const struct attr *texts = node_attr(g->node, "pool_strings");

	if (!ints == !texts)
		return err_set(e, ERR_FORMAT,
			       "one of 'pool_int64s' and 'pool_strings' is "
			       "wanted, found %s",
			       ints ? "both" : "none");
	g->ints = ints ? ints->u.ints : NULL;
	g->texts = texts ? texts->u.strings : NULL;
	g->npool = ints ? ints->count : texts->count;
	return true;
}

static bool read_lengths(struct grams *g, struct err *e)
{
	g->least = attr_int(g->node, "min_gram_length");
	g->most = attr_int(g->node, "max_gram_length");
	g->skips = attr_int(g->node, "max_skip_count");
	if (g->least < 1)
		return wrong_attr("min_gram_length", "is less than 1", e);
	if (g->most < g->least)
		return wrong_attr("max_gram_length",
				  "is less than 'min_gram_length'", e);
	if (g->most > g->nstart)
		return wrong_attr("max_gram_length",
				  "is beyond those in 'ngram_counts'", e);
	if (g->skips < 0)
		return wrong_attr("max_skip_count", "is negative", e);
	return true;
}

/* The pool's n-grams of length N are at [*FROM, *TO). */
static void span_of(const struct grams *g, uint32_t n, size_t *from, size_t *to)
{
	*from = (size_t)g->start[n - 1];
	*to = n < g->nstart ? (size_t)g->start[n] : g->npool;
}

static bool check_counts(const struct grams *g, struct err *e)
{
	size_t total = 0, from, to;

	for (uint32_t i = 0; i < g->nstart; i++)
		if (g->start[i] < 0 || (uint64_t)g->start[i] > g->npool ||
		    (i && g->start[i] < g->start[i - 1]))
			return wrong_attr("ngram_counts",
					  "does not rise within the pool", e);
	for (uint32_t n = 1; n <= g->nstart; n++) {
		span_of(g, n, &from, &to);
		if ((to - from) % n)
			return err_set(e, ERR_FORMAT,
				       "the pool has %zu words for n-grams of "
				       "%" PRIu32,
				       to - from, n);
		total += (to - from) / n;
	}
	if (total > g->nindex)
		return err_set(e, ERR_FORMAT,
			       "the pool has %zu n-grams, 'ngram_indexes' "
			       "%" PRIu32,
			       total, g->nindex);
	return true;
}

static bool grams_read(struct grams *g, const struct node *n, struct err *e)
{
	uint32_t nweight;

	*g = (struct grams){.node = n};
	g->nindex = attr_ints(n, "ngram_indexes", &g->index);
	g->nstart = attr_ints(n, "ngram_counts", &g->start);
	nweight = attr_floats(n, "weights", &g->weight);
	if (!g->nindex)
		return wrong_attr("ngram_indexes", "is empty", e);
	for (uint32_t i = 0; i < g->nindex; i++)
		if (g->index[i] < 0 || g->index[i] == INT64_MAX)
			return wrong_attr("ngram_indexes",
					  "holds what is no coordinate", e);
	if (!nweight)
		g->weight = NULL;
	else if (nweight != g->nindex)
		return wrong_attr("weights",
				  "has not as many elements as "
				  "'ngram_indexes'",
				  e);
	return read_pool(g, e) && read_lengths(g, e) && check_counts(g, e);
}

static bool infer_tfidf(struct infer *c, struct err *e)
{
	const char *mode = attr_string(c->node, "mode");
	const struct shape *x = infer_shape(c, 0);
	enum dtype t = infer_dtype(c, 0);
	struct shape y = *x;
	struct grams g;
	int64_t size = 0;

	if (strcmp(mode, "TF") && strcmp(mode, "IDF") && strcmp(mode, "TFIDF"))
		return err_set(e, ERR_FORMAT,
			       "'mode' is '%s', want TF, IDF or TFIDF", mode);
	if (!grams_read(&g, c->node, e))
		return false;
	if (t != DTYPE_NONE && (t == DTYPE_STRING) != (g.texts != NULL))
		return err_set(e, ERR_TYPE, "'X' is of %s, the pool is of %s",
			       dtype_info[t].text,
			       g.texts ? "string" : "int64");
	if (x->rank == 0 || x->rank > 2)
		return err_set(e, ERR_SHAPE, "'X' has rank %d, want 1 or 2",
			       x->rank);
	for (uint32_t i = 0; i < g.nindex; i++)
		if (g.index[i] >= size)
			size = g.index[i] + 1;
	if (y.rank > 0)
		y.dim[y.rank - 1] = size;
	infer_set(c, 0, DTYPE_F32, &y);
	return true;
}

/* ---- words --------------------------------------------------------------- */

struct word {
	struct text text; /* or, without a text, */
	int64_t number;
};

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
	int order = n ? memcmp(x->text.at, y->text.at, n) : 0;

	if (!order)
		order = (x->text.len > y->text.len) -
			(x->text.len < y->text.len);
	return order ? order
		     : (x->number > y->number) - (x->number < y->number);
}

static struct word pool_word(const struct grams *g, size_t i)
{
	return g->texts ? (struct word){g->texts[i], 0}
			: (struct word){.number = g->ints[i]};
}

static struct word word_of(const struct tensor *x, size_t i)
{
	return x->dtype == DTYPE_STRING
		       ? (struct word){((const struct text *)x->data)[i], 0}
		       : (struct word){.number = tensor_int(x, i)};
}

/* ---- the tree ------------------------------------------------------------ */

struct edge {
	uint32_t from, word; /* of node 0: no edge */
	uint32_t to;	     /* 0: a free slot */
};

struct tree {
	struct word *word; /* sorted, each once */
	size_t nword;
	struct edge *edge;
	size_t mask;	/* slots - 1 */
	uint32_t *gram; /* of a node: number of its n-gram + 1, or 0 */
	uint32_t nnode;
	uint64_t *count; /* by n-gram, of one row */
};

static struct edge *find_edge(const struct tree *t, uint32_t from,
			      uint32_t word)
{
	uint64_t h = ((uint64_t)from << 32 | word) + 1;

	/* The finalizer of SplitMix64. */
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	h ^= h >> 31;
	for (;; h++) {
		struct edge *x = &t->edge[h & t->mask];

		if (!x->to || (x->from == from && x->word == word))
			return x;
	}
}

/* The number of a word; false if the pool lacks it. */
static bool find_word(const struct tree *t, const struct word *w, uint32_t *out)
{
	const struct word *x = bsearch(w, t->word, t->nword, sizeof(*w),
				       compare_words);

	*out = x ? (uint32_t)(x - t->word) : 0;
	return x != NULL;
}

static bool take(const struct call *c, void **out, size_t n, size_t size,
		 struct err *e)
{
	size_t bytes;

	if (MUL_OVERFLOWS(n, size, &bytes))
		return err_set(e, ERR_LIMIT, "the pool is too large");
	if (!c->services->alloc(c->services, bytes, out, e))
		return false;
	memset(*out, 0, bytes);
	return true;
}

static bool tree_alloc(struct tree *t, const struct call *c,
		       const struct grams *g, struct err *e)
{
	void *word, *edge, *gram, *count;
	size_t slots = 16;

	/* A node for every word, at most; slots at most half full. */
	if (g->npool >= UINT32_MAX / 4)
		return err_set(e, ERR_LIMIT, "the pool has %zu words",
			       g->npool);
	while (slots < 2 * g->npool)
		slots *= 2;
	if (!take(c, &word, g->npool, sizeof(*t->word), e) ||
	    !take(c, &edge, slots, sizeof(*t->edge), e) ||
	    !take(c, &gram, g->npool + 1, sizeof(*t->gram), e) ||
	    !take(c, &count, g->nindex, sizeof(*t->count), e))
		return false;
	*t = (struct tree){.word = word,
			   .edge = edge,
			   .mask = slots - 1,
			   .gram = gram,
			   .nnode = 1,
			   .count = count};
	return true;
}

static void number_words(struct tree *t, const struct grams *g)
{
	for (size_t i = 0; i < g->npool; i++)
		t->word[i] = pool_word(g, i);
	qsort(t->word, g->npool, sizeof(*t->word), compare_words);
	for (size_t i = 0; i < g->npool; i++)
		if (!i || compare_words(&t->word[i], &t->word[t->nword - 1]))
			t->word[t->nword++] = t->word[i];
}

/* N words of the pool from AT on are n-gram GRAM. */
static bool add_gram(struct tree *t, const struct grams *g, size_t at,
		     uint32_t n, uint32_t gram, struct err *e)
{
	uint32_t node = 0, number;

	for (uint32_t i = 0; i < n; i++) {
		struct word w = pool_word(g, at + i);
		struct edge *x;

		(void)find_word(t, &w, &number);
		x = find_edge(t, node, number);
		if (!x->to)
			*x = (struct edge){node, number, t->nnode++};
		node = x->to;
	}
	if (t->gram[node])
		return err_set(e, ERR_FORMAT,
			       "the pool holds n-gram %" PRIu32 " twice", gram);
	t->gram[node] = gram + 1;
	return true;
}

static bool tree_build(struct tree *t, const struct call *c,
		       const struct grams *g, struct err *e)
{
	uint32_t gram = 0;

	if (!tree_alloc(t, c, g, e))
		return false;
	number_words(t, g);
	for (uint32_t n = 1; n <= g->nstart; n++) {
		size_t from, to;

		span_of(g, n, &from, &to);
		for (; from < to; from += n, gram++)
			if (n >= g->least && n <= g->most &&
			    !add_gram(t, g, from, n, gram, e))
				return false;
	}
	return true;
}

/* ---- counting ------------------------------------------------------------ */

/* N-grams of at least LEAST words that begin at word I and take every STEPth;
 * WORD holds numbers + 1, 0 for what the pool lacks. */
static void count_from(const struct tree *t, const struct grams *g,
		       const uint32_t *word, size_t i, size_t n, size_t step,
		       int64_t least)
{
	uint32_t node = 0;

	for (int64_t size = 1; size <= g->most && word[i]; size++) {
		const struct edge *x = find_edge(t, node, word[i] - 1);

		if (!x->to)
			return;
		node = x->to;
		if (size >= least && t->gram[node])
			t->count[t->gram[node] - 1]++;
		if (step >= n - i)
			return;
		i += step;
	}
}

static void count_row(const struct tree *t, const struct grams *g,
		      const uint32_t *word, size_t n)
{
	int64_t least = g->least;

	for (size_t step = 1; step - 1 <= (uint64_t)g->skips; step++) {
		/* How far the last word of the shortest n-gram is. */
		if (least > 1 && step > (n - 1) / (size_t)(least - 1))
			return;
		for (size_t i = 0; i < n; i++)
			count_from(t, g, word, i, n, step, least);
		/* Single words have nothing to skip. */
		if (least == 1 && ++least > g->most)
			return;
	}
}

static void store_row(const struct tree *t, const struct grams *g, double *sum,
		      size_t size, float *y)
{
	const char *mode = attr_string(g->node, "mode");
	bool weighted = g->weight && strcmp(mode, "TF") != 0;

	memset(sum, 0, size * sizeof(*sum));
	for (uint32_t i = 0; i < g->nindex; i++) {
		double x = (double)t->count[i];

		if (x > 1 && strcmp(mode, "IDF") == 0)
			x = 1;
		if (weighted && x > 0)
			x *= g->weight[i];
		sum[g->index[i]] += x;
	}
	for (size_t i = 0; i < size; i++)
		y[i] = (float)sum[i];
}

static bool run_tfidf(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	int32_t last = x->shape.rank - 1;
	size_t n = (size_t)x->shape.dim[last], rows, size;
	void *word, *sum;
	struct grams g;
	struct tree t = {.nnode = 0};

	if (!y || tensor_count(y) == 0)
		return true;
	rows = last ? (size_t)x->shape.dim[0] : 1;
	size = (size_t)y->shape.dim[last];
	if (!grams_read(&g, c->node, e) || !tree_build(&t, c, &g, e) ||
	    !take(c, &word, n, sizeof(uint32_t), e) ||
	    !take(c, &sum, size, sizeof(double), e))
		return false;
	for (size_t r = 0; r < rows; r++) {
		uint32_t *number = word;

		for (size_t i = 0; i < n; i++) {
			struct word w = word_of(x, r * n + i);

			number[i] = find_word(&t, &w, &number[i])
					    ? number[i] + 1
					    : 0;
		}
		memset(t.count, 0, g.nindex * sizeof(*t.count));
		if (n)
			count_row(&t, &g, number, n);
		store_row(&t, &g, sum, size, tensor_f32_mut(y) + r * size);
	}
	return true;
}

static const struct kernel kernels[] = {
	{.name = "tfidf", .engine = "reference", .run = run_tfidf}, {0}};

const struct op op_rows_tfidf[] = {
	{.domain = "",
	 .type = "TfIdfVectorizer",
	 .since = 9,
	 .in = PARAMS(IN("X", "T", TYPES_INDEX | TYPE_BIT(STRING))),
	 .out = PARAMS(IN("Y", "T1", TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR_REQUIRED("max_gram_length", INT),
			ATTR_REQUIRED("max_skip_count", INT),
			ATTR_REQUIRED("min_gram_length", INT),
			ATTR_REQUIRED("mode", STRING),
			ATTR_REQUIRED("ngram_counts", INTS),
			ATTR_REQUIRED("ngram_indexes", INTS),
			ATTR("pool_int64s", INTS, NULL),
			ATTR("pool_strings", STRINGS, NULL),
			ATTR("weights", FLOATS, NULL)),
	 .infer = infer_tfidf,
	 .kernels = kernels},
	{0}};
