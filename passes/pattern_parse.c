/* SPDX-License-Identifier: Apache-2.0 */
/* passes/pattern_parse.c -- the parser of the grammar in pattern.h. */
#include <ctype.h>
#include <string.h>

#include "passes/pattern_term.h"

struct parser {
	const char *text, *at;
	struct arena *arena;
	struct pattern *p;
	struct err *e;
};

static bool bad(struct parser *ps, const char *what)
{
	return err_set(ps->e, ERR_FORMAT, "pattern '%s', column %d: %s",
		       ps->text, (int)(ps->at - ps->text) + 1, what);
}

static void skip_space(struct parser *ps)
{
	while (isspace((unsigned char)*ps->at))
		ps->at++;
}

static bool accept(struct parser *ps, char c)
{
	skip_space(ps);
	if (*ps->at != c)
		return false;
	ps->at++;
	return true;
}

static bool accept_dots(struct parser *ps)
{
	skip_space(ps);
	if (strncmp(ps->at, "...", 3) != 0)
		return false;
	ps->at += 3;
	return true;
}

/* A name, an operator or a domain. */
static const char *word(struct parser *ps)
{
	const char *start;

	skip_space(ps);
	start = ps->at;
	while (isalnum((unsigned char)*ps->at) || *ps->at == '_' ||
	       *ps->at == '.')
		ps->at++;
	if (ps->at == start)
		return NULL;
	return arena_strndup(ps->arena, start, (size_t)(ps->at - start));
}

static bool parse_term(struct parser *ps, int depth, int *index);

static bool parse_operands(struct parser *ps, int parent)
{
	if (accept(ps, ')'))
		return true;
	do {
		struct term *t = &ps->p->term[parent];
		int kid;

		if (accept_dots(ps)) {
			t->rest = true;
			break;
		}
		if (t->nkids == TERM_KIDS)
			return bad(ps, "too many operands");
		if (!parse_term(ps, t->depth + 1, &kid))
			return false;
		t->kid[t->nkids++] = kid;
	} while (accept(ps, ','));
	return accept(ps, ')') || bad(ps, "expected ',' or ')'");
}

/* [domain "/"] Op {"|" Op}; W is its first word, NULL behind a "*". */
static bool parse_ops(struct parser *ps, struct term *t, const char *w)
{
	t->domain = "";
	t->op[t->nops++] = w ? w : "*";
	if (!w)
		return true;
	if (accept(ps, '/')) {
		t->domain = w;
		if (!(t->op[0] = word(ps)))
			return bad(ps, "expected an operator after '/'");
	}
	while (accept(ps, '|')) {
		if (t->nops == TERM_OPS)
			return bad(ps, "too many alternatives");
		if (!(w = word(ps)))
			return bad(ps, "expected an operator after '|'");
		t->op[t->nops++] = w;
	}
	return true;
}

/* What follows the operators of a node: ["@" index] ["~"] "(" operands. */
static bool parse_node(struct parser *ps, int index)
{
	struct term *t = &ps->p->term[index];

	t->kind = TERM_NODE;
	if (accept(ps, '@')) {
		if (!isdigit((unsigned char)*ps->at))
			return bad(ps, "expected a result number after '@'");
		t->result = (uint32_t)(*ps->at++ - '0');
	}
	if (accept(ps, '~')) {
		if (ps->p->nswaps == SWAPS_MAX)
			return bad(ps, "too many '~'");
		t->swap = ps->p->nswaps++;
	}
	if (!accept(ps, '('))
		return bad(ps, "expected '('");
	return parse_operands(ps, index) &&
	       (t->swap < 0 || (t->nkids == 2 && !t->rest) ||
		bad(ps, "'~' needs two operands"));
}

static bool parse_term(struct parser *ps, int depth, int *index)
{
	struct term *t;
	const char *w;
	bool any;

	if (ps->p->nterms == MATCH_MAX)
		return bad(ps, "too many terms");
	*index = ps->p->nterms++;
	t = &ps->p->term[*index];
	t->depth = depth;
	t->swap = -1;
	t->konst = accept(ps, '#');
	t->shared = accept(ps, '&');
	any = accept(ps, '*');
	w = any ? NULL : word(ps);
	if (!w && !any)
		return bad(ps, "expected a name");
	if (w && !t->konst && accept(ps, ':')) {
		t->name = w;
		any = accept(ps, '*');
		w = any ? NULL : word(ps);
		if (!w && !any)
			return bad(ps, "expected an operator after ':'");
	}
	skip_space(ps);
	if (t->name || t->shared || any || strchr("(~@|/", *ps->at)) {
		if (*ps->at && !t->konst)
			return parse_ops(ps, t, w) && parse_node(ps, *index);
		if (t->name || t->shared || any || t->konst)
			return bad(ps, "expected '('");
	}
	t->kind = TERM_VALUE;
	t->name = strcmp(w, "_") != 0 ? w : NULL;
	t->optional = accept(ps, '?');
	return true;
}

bool pattern_parse(struct pattern **out, const char *text, struct arena *a,
		   struct err *e)
{
	struct parser ps = {text, text, a, arena_new(a, struct pattern), e};
	int root;

	if (!parse_term(&ps, 0, &root))
		return false;
	skip_space(&ps);
	if (*ps.at || ps.p->term[root].kind != TERM_NODE)
		return bad(&ps, "expected one operator pattern");
	*out = ps.p;
	return true;
}
