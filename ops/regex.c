/* SPDX-License-Identifier: Apache-2.0 */
/* ops/regex.c -- RegexFullMatch: whether all of a text matches, by PCRE2.
 *
 * The pattern is RE2's (ops/regex_re2.h).  Backtracking decides most texts in
 * few steps; where it would not, PCRE2's other matcher follows all ways at
 * once.  Both are bounded by the pattern and the lengths of the texts, not by
 * time, so that a text passes on every machine or ends as ERR_LIMIT on every
 * one.  A text that is not UTF-8 matches nothing, as in RE2.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <unistr.h>

#include "graph/element.h"
#include "ops/op.h"
#include "ops/regex_re2.h"

enum {
	STEPS_FREE = 10000,   /* of backtracking on any text, */
	STEPS_PER_BYTE = 64,  /* and more on a long one */
	HEAP_KIB = 64 * 1024, /* what backtracking may remember */
	NESTING = 1001,	      /* of groups: all that RE2 lets pass */
	STATES_MAX = 32768,   /* followed at once */
};

/* Steps of following all ways: bytes of text times squares of states. */
#define ALL_WAYS_MAX (UINT64_C(1) << 34)

struct regex {
	pcre2_compile_context *rules;
	pcre2_match_context *limits;
	pcre2_match_data *data;
	pcre2_code *code;
	int *workspace; /* NULL until backtracking was too long */
	uint64_t states, steps;
};

static void regex_release(struct regex *r)
{
	pcre2_code_free(r->code);
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->limits);
	pcre2_compile_context_free(r->rules);
}

static bool compile(struct regex *r, const struct str *s, struct err *e)
{
	uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY |
			   PCRE2_ALT_CIRCUMFLEX | PCRE2_NO_AUTO_CAPTURE;
	PCRE2_UCHAR text[160];
	PCRE2_SIZE at;
	size_t bytes = 0;
	int code;

	pcre2_set_newline(r->rules, PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(r->rules, NESTING);
	r->code = pcre2_compile((PCRE2_SPTR)(s->text ? s->text : ""), s->len,
				options, &code, &at, r->rules);
	if (!r->code) {
		pcre2_get_error_message(code, text, sizeof(text));
		return err_set(e,
			       code == PCRE2_ERROR_PATTERN_TOO_LARGE
				       ? ERR_LIMIT
				       : ERR_FORMAT,
			       "'pattern': %s", (const char *)text);
	}
	pcre2_pattern_info(r->code, PCRE2_INFO_SIZE, &bytes);
	/* No state takes less than 2 bytes of the compiled pattern. */
	r->states = bytes / 2 < STATES_MAX ? bytes / 2 : STATES_MAX;
	return true;
}

static bool regex_init(struct regex *r, const struct node *n, struct err *e)
{
	const struct attr *a = node_attr(n, "pattern");
	struct text pattern;
	struct str s = {0};
	bool ok;

	*r = (struct regex){0};
	if (!a)
		return err_set(e, ERR_FORMAT, "'pattern' is missing");
	pattern = (struct text){a->u.s, a->count};
	if (u8_check((const uint8_t *)pattern.at, pattern.len))
		return err_set(e, ERR_FORMAT, "'pattern' is not UTF-8");
	r->rules = pcre2_compile_context_create(NULL);
	r->limits = pcre2_match_context_create(NULL);
	r->data = pcre2_match_data_create(1, NULL);
	if (!r->rules || !r->limits || !r->data)
		return err_set(e, ERR_MEMORY, "no memory for 'pattern'");
	pcre2_set_heap_limit(r->limits, HEAP_KIB);
	ok = regex_from_re2(&s, &pattern, e) && compile(r, &s, e);
	str_release(&s);
	return ok;
}

/* All ways at once; PCRE2's result. */
static int match_all_ways(struct regex *r, const struct call *c,
			  const struct text *t, struct err *e)
{
	size_t ints = 64 + (size_t)r->states * 6;
	uint64_t cost;
	void *workspace;

	if (MUL_OVERFLOWS((uint64_t)t->len, r->states * r->states, &cost) ||
	    ADD_OVERFLOWS(r->steps, cost, &r->steps) || r->steps > ALL_WAYS_MAX)
		return PCRE2_ERROR_MATCHLIMIT;
	if (!r->workspace) {
		if (!c->services->alloc(c->services, ints * sizeof(int),
					&workspace, e))
			return PCRE2_ERROR_NOMEMORY;
		r->workspace = workspace;
	}
	pcre2_set_match_limit(r->limits, STEPS_FREE);
	return pcre2_dfa_match(r->code, (PCRE2_SPTR)t->at, t->len, 0,
			       PCRE2_ANCHORED | PCRE2_ENDANCHORED |
				       PCRE2_NO_UTF_CHECK,
			       r->data, r->limits, r->workspace, ints);
}

static bool match(struct regex *r, const struct call *c, const struct text *t,
		  bool *out, struct err *e)
{
	uint64_t steps = STEPS_FREE + (uint64_t)t->len * STEPS_PER_BYTE;
	int code;

	*out = false;
	if (u8_check((const uint8_t *)t->at, t->len))
		return true;
	pcre2_set_match_limit(r->limits, steps < UINT32_MAX ? (uint32_t)steps
							    : UINT32_MAX);
	code = pcre2_match(r->code, (PCRE2_SPTR)t->at, t->len, 0,
			   PCRE2_ANCHORED | PCRE2_ENDANCHORED |
				   PCRE2_NO_UTF_CHECK,
			   r->data, r->limits);
	if (code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT ||
	    code == PCRE2_ERROR_HEAPLIMIT) {
		e->code = ERR_NONE;
		code = match_all_ways(r, c, t, e);
		if (code == PCRE2_ERROR_NOMEMORY && e->code != ERR_NONE)
			return false;
	}
	*out = code >= 0;
	if (code >= 0 || code == PCRE2_ERROR_NOMATCH)
		return true;
	if (code == PCRE2_ERROR_NOMEMORY)
		return err_set(e, ERR_MEMORY, "no memory to match 'pattern'");
	return err_set(e, ERR_LIMIT,
		       "matching a text of %zu bytes takes too many steps",
		       t->len);
}

static bool infer_regex(struct infer *c, struct err *e)
{
	(void)e;
	infer_set(c, 0, DTYPE_BOOL, infer_shape(c, 0));
	return true;
}

static bool run_regex(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	struct tensor *y = call_out(c, 0);
	const struct text *in = x->data;
	struct regex r;
	bool *out, ok;

	if (!y)
		return true;
	out = tensor_mut(y);
	ok = regex_init(&r, c->node, e);
	for (size_t i = 0; ok && i < tensor_count(x); i++)
		ok = match(&r, c, &in[i], &out[i], e) ||
		     err_context(e, "element %zu", i);
	regex_release(&r);
	return ok;
}

static const struct kernel kernels[] = {
	{.name = "regex", .engine = "reference", .run = run_regex}, {0}};

const struct op op_rows_regex[] = {
	{.domain = "",
	 .type = "RegexFullMatch",
	 .since = 20,
	 .traits = OP_ELEMENTWISE,
	 .in = PARAMS(IN("X", "T1", TYPE_BIT(STRING))),
	 .out = PARAMS(IN("Y", "T2", TYPES_BOOL)),
	 .attrs = ATTRS(ATTR("pattern", STRING, NULL)),
	 .infer = infer_regex,
	 .kernels = kernels},
	{0}};
