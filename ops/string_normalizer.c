/* SPDX-License-Identifier: Apache-2.0 */
/* ops/string_normalizer.c -- StringNormalizer: stop words dropped, case changed.
 *
 * Case is Unicode's (libunistring): the full mappings, which may change the
 * number of characters (sharp s becomes SS) and look at what is around (sigma
 * at the end of a word).  Of "locale" only the language counts, and only
 * Turkish, Azerbaijani and Lithuanian differ; the program's environment does
 * not matter.  Without regard to case, words are the same if they are after
 * case folding.  An element is one word: the standard's reference also splits
 * at blanks and strips accents, of which the standard says nothing.
 *
 * Where case matters, text must be UTF-8 (ERR_FORMAT); elsewhere bytes are
 * compared and kept as they are.
 */
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unistr.h>

#include "base/str.h"
#include "graph/element.h"
#include "ops/op.h"

enum change { CHANGE_NONE, CHANGE_LOWER, CHANGE_UPPER, CHANGE_FOLD };

/* Texts as they are compared: BYTES holds all, one after another. */
struct words {
	struct str bytes;
	size_t *end; /* COUNT + 1 of them, from 0 */
	size_t count;
};

static bool infer_normalizer(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	struct shape y = *x;

	if (x->rank == 0 || x->rank > 2)
		return err_set(e, ERR_SHAPE, "'X' has rank %d, want 1 or 2",
			       x->rank);
	if (x->rank == 2 && x->dim[0] >= 0 && x->dim[0] != 1)
		return err_set(e, ERR_SHAPE, "'X' has %lld rows, want 1",
			       (long long)x->dim[0]);
	if (x->rank == 2)
		y.dim[0] = 1;
	if (x->rank > 0)
		y.dim[x->rank - 1] = DIM_UNKNOWN;
	infer_set(c, 0, DTYPE_STRING, &y);
	return true;
}

static bool find_change(const struct node *n, enum change *out, struct err *e)
{
	const char *action = attr_string(n, "case_change_action");

	*out = CHANGE_NONE;
	if (strcmp(action, "LOWER") == 0)
		*out = CHANGE_LOWER;
	else if (strcmp(action, "UPPER") == 0)
		*out = CHANGE_UPPER;
	else if (strcmp(action, "NONE") != 0)
		return err_set(e, ERR_FORMAT,
			       "'case_change_action' is '%s', want LOWER, "
			       "UPPER or NONE",
			       action);
	return true;
}

/* The language of "en_US", "tr-TR.UTF-8": two or three letters. */
static const char *language(const struct node *n, char *room)
{
	const char *locale = attr_given(n, "locale") ? attr_string(n, "locale")
						     : "";
	size_t len = strcspn(locale, "_-.@");

	if (len < 2 || len > 3)
		return NULL;
	for (size_t i = 0; i < len; i++)
		room[i] = (char)(locale[i] | 0x20);
	room[len] = 0;
	return room;
}

/* T with its case changed, appended to OUT. */
static bool change_text(struct str *out, const struct text *t,
			enum change change, const char *lang, struct err *e)
{
	const uint8_t *s = (const uint8_t *)t->at;
	uint8_t *changed;
	size_t n = 0;

	if (change == CHANGE_NONE || !t->len) {
		str_addn(out, t->at, t->len);
		return true;
	}
	if (u8_check(s, t->len))
		return err_set(e, ERR_FORMAT,
			       "a text of %zu bytes is not UTF-8", t->len);
	if (change == CHANGE_LOWER)
		changed = u8_tolower(s, t->len, lang, NULL, NULL, &n);
	else if (change == CHANGE_UPPER)
		changed = u8_toupper(s, t->len, lang, NULL, NULL, &n);
	else
		changed = u8_casefold(s, t->len, lang, NULL, NULL, &n);
	if (!changed)
		return err_set(e, ERR_MEMORY, "no memory to change case");
	str_addn(out, (const char *)changed, n);
	free(changed);
	return true;
}

static void words_release(struct words *w)
{
	str_release(&w->bytes);
	free(w->end);
}

static bool words_make(struct words *w, const struct text *t, size_t n,
		       enum change change, const char *lang, struct err *e)
{
	*w = (struct words){.end = calloc(n + 1, sizeof(*w->end)), .count = n};
	if (!w->end)
		die_oom();
	str_addn(&w->bytes, "", 0);
	for (size_t i = 0; i < n; i++) {
		if (!change_text(&w->bytes, &t[i], change, lang, e))
			return err_context(e, "element %zu", i);
		w->end[i + 1] = w->bytes.len;
	}
	return true;
}

static struct text word_at(const struct words *w, size_t i)
{
	return (struct text){w->bytes.text + w->end[i],
			     w->end[i + 1] - w->end[i]};
}

static int by_bytes(const void *a, const void *b)
{
	const struct text *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int order = n ? memcmp(x->at, y->at, n) : 0;

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* One call. */
struct normalizer {
	enum change change, compare;
	const char *lang;
	const struct text *x;
	size_t n;
	struct words have, stop, result;
	struct text *sorted; /* stop words */
	size_t *keep;	     /* elements that are no stop words */
	size_t kept;
};

static void *list_of(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		die_oom();
	return p;
}

static bool drop_stop_words(struct normalizer *z, const struct node *n,
			    struct err *e)
{
	const struct attr *a = node_attr(n, "stopwords");
	size_t nstop = a ? a->count : 0;

	z->keep = list_of(z->n, sizeof(*z->keep));
	if (!nstop)
		z->compare = CHANGE_NONE;
	if (!words_make(&z->stop, a ? a->u.strings : NULL, nstop, z->compare,
			z->lang, e))
		return err_context(e, "'stopwords'");
	if (!words_make(&z->have, z->x, z->n, z->compare, z->lang, e))
		return err_context(e, "'X'");
	z->sorted = list_of(nstop, sizeof(*z->sorted));
	for (size_t i = 0; i < nstop; i++)
		z->sorted[i] = word_at(&z->stop, i);
	qsort(z->sorted, nstop, sizeof(*z->sorted), by_bytes);
	for (size_t i = 0; i < z->n; i++) {
		struct text word = word_at(&z->have, i);

		if (!nstop ||
		    !bsearch(&word, z->sorted, nstop, sizeof(word), by_bytes))
			z->keep[z->kept++] = i;
	}
	return true;
}

static bool give_result(struct normalizer *z, const struct call *c,
			struct err *e)
{
	struct shape shape = call_in(c, 0)->shape;
	size_t count = z->kept ? z->kept : 1;
	struct text *kept = list_of(count, sizeof(*kept)), *out;
	void *storage;
	bool ok;

	for (size_t i = 0; i < z->kept; i++)
		kept[i] = z->x[z->keep[i]];
	shape.dim[shape.rank - 1] = (int64_t)count;
	ok = words_make(&z->result, kept, z->kept, z->change, z->lang, e) &&
	     call_alloc(c, 0, DTYPE_STRING, &shape, e) &&
	     c->services->alloc(c->services, z->result.bytes.len + 1, &storage,
				e);
	free(kept);
	if (!ok || !call_out(c, 0))
		return ok;
	if (z->result.bytes.len)
		memcpy(storage, z->result.bytes.text, z->result.bytes.len);
	out = tensor_mut(call_out(c, 0));
	out[0] = (struct text){"", 0}; /* where no word is left */
	for (size_t i = 0; i < z->kept; i++)
		out[i] = (struct text){(const char *)storage + z->result.end[i],
				       z->result.end[i + 1] - z->result.end[i]};
	return true;
}

static bool run_normalizer(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct normalizer z = {.x = x->data, .n = tensor_count(x)};
	char room[4];
	bool ok;

	if (!find_change(c->node, &z.change, e))
		return false;
	z.lang = language(c->node, room);
	z.compare = attr_int(c->node, "is_case_sensitive") ? CHANGE_NONE
							   : CHANGE_FOLD;
	ok = drop_stop_words(&z, c->node, e) && give_result(&z, c, e);
	words_release(&z.have);
	words_release(&z.stop);
	words_release(&z.result);
	free(z.sorted);
	free(z.keep);
	return ok;
}

static const struct kernel kernels[] = {{.name = "string-normalizer",
					 .engine = "reference",
					 .run = run_normalizer},
					{0}};

const struct op op_rows_string_normalizer[] = {
	{.domain = "",
	 .type = "StringNormalizer",
	 .since = 10,
	 .traits = OP_DATA_SHAPE,
	 .in = PARAMS(IN("X", NULL, TYPE_BIT(STRING))),
	 .out = PARAMS(IN("Y", NULL, TYPE_BIT(STRING))),
	 .attrs = ATTRS(ATTR("case_change_action", STRING, "NONE"),
			ATTR("is_case_sensitive", INT, "0"),
			ATTR("locale", STRING, NULL),
			ATTR("stopwords", STRINGS, NULL)),
	 .infer = infer_normalizer,
	 .kernels = kernels},
	{0}};
