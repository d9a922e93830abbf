/* SPDX-License-Identifier: Apache-2.0 */
/* passes/pattern.c -- the matcher of pattern.h.
 *
 * Each "~" owns one bit of a choice; a match is tried for every choice, in an
 * order in which only bits that were looked at are varied.
 */
#include "passes/pattern.h"

#include <string.h>

#include "passes/pattern_term.h"

int pattern_depth(const struct pattern *p)
{
	int depth = 0;

	for (int i = 0; i < p->nterms; i++)
		if (p->term[i].kind == TERM_NODE && p->term[i].depth > depth)
			depth = p->term[i].depth;
	return depth;
}

static bool names_op(const struct term *t, const char *type)
{
	for (int i = 0; i < t->nops; i++)
		if (!strcmp(t->op[i], type))
			return true;
	return false;
}

bool pattern_wants_any(const struct pattern *p)
{
	return !strcmp(p->term[0].op[0], "*");
}

bool pattern_wants(const struct pattern *p, const char *type)
{
	return pattern_wants_any(p) || names_op(&p->term[0], type);
}

struct attempt {
	const struct pattern *p;
	struct match *m;
	uint32_t choice, seen; /* bits of the "~" terms */
};

/* The first "~" of the pattern is the highest bit. */
static uint32_t swap_bit(const struct pattern *p, const struct term *t)
{
	return UINT32_C(1) << (p->nswaps - 1 - t->swap);
}

static bool bind(const struct attempt *at, int i, struct value *v)
{
	const struct pattern *p = at->p;
	const char *name = p->term[i].name;

	for (int j = 0; name && j < i; j++)
		if (p->term[j].name && !strcmp(p->term[j].name, name) &&
		    at->m->value[j] != v)
			return false;
	at->m->value[i] = v;
	return true;
}

static bool match_node_term(struct attempt *at, int i, struct node *n);

static bool match_operand(struct attempt *at, int i, struct value *v)
{
	const struct term *t = &at->p->term[i];

	if (t->kind == TERM_VALUE) {
		if (!v)
			return t->optional;
		return (!t->konst || v->konst) && bind(at, i, v);
	}
	if (!v || !v->def || v->def->graph != at->m->root->graph ||
	    node_out(v->def, t->result) != v || !bind(at, i, v))
		return false;
	return match_node_term(at, i, v->def);
}

static bool match_node_term(struct attempt *at, int i, struct node *n)
{
	const struct term *t = &at->p->term[i];
	bool swapped = false;

	if (strcmp(n->domain, t->domain) != 0 && strcmp(t->op[0], "*") != 0)
		return false;
	if (!names_op(t, n->type) && strcmp(t->op[0], "*") != 0)
		return false;
	if (n->nin > (uint32_t)t->nkids && !t->rest)
		return false;
	at->m->node[i] = n;
	if (t->swap >= 0) {
		swapped = at->choice & swap_bit(at->p, t);
		at->seen |= swap_bit(at->p, t);
	}
	for (int k = 0; k < t->nkids; k++) {
		uint32_t slot = (uint32_t)(swapped ? 1 - k : k);

		if (!match_operand(at, t->kid[k], node_in(n, slot)))
			return false;
	}
	return true;
}

static bool inside(const struct match *m, const struct node *n)
{
	for (int i = 0; i < m->pattern->nterms; i++)
		if (n && m->node[i] == n)
			return true;
	return false;
}

/* Whether nested nodes are read inside the match only. */
static bool is_closed(const struct match *m)
{
	for (int i = 1; i < m->pattern->nterms; i++) {
		const struct node *n = m->node[i];

		if (!n || m->pattern->term[i].shared)
			continue;
		for (uint32_t k = 0; k < n->nout; k++) {
			const struct value *v = n->out[k];

			for (struct use *u = v ? v->uses : NULL; u; u = u->next)
				if (!inside(m, u->user))
					return false;
		}
	}
	return true;
}

bool pattern_match(const struct pattern *p, struct node *root, struct match *m)
{
	struct attempt at = {.p = p, .m = m};
	uint32_t all = (UINT32_C(1) << p->nswaps) - 1;

	if (!pattern_wants(p, root->type))
		return false;
	do {
		*m = (struct match){.pattern = p, .root = root};
		at.seen = 0;
		m->value[0] = node_out(root, 0);
		if (match_node_term(&at, 0, root) && is_closed(m))
			return true;
		/* Count on in the lowest bit that was looked at. */
		at.choice = ((at.choice | (all & ~at.seen)) + 1) & all;
	} while (at.choice & at.seen);
	return false;
}

static int find(const struct match *m, const char *name)
{
	for (int i = 0; i < m->pattern->nterms; i++)
		if (m->pattern->term[i].name &&
		    !strcmp(m->pattern->term[i].name, name))
			return i;
	bug("pattern has no capture '%s'", name);
}

struct value *match_value(const struct match *m, const char *name)
{
	return m->value[find(m, name)];
}

/* A name may stand at a leaf before it stands at its node. */
struct node *match_node(const struct match *m, const char *name)
{
	for (int i = find(m, name); i < m->pattern->nterms; i++)
		if (m->node[i] && m->pattern->term[i].name &&
		    !strcmp(m->pattern->term[i].name, name))
			return m->node[i];
	bug("capture '%s' is not a node", name);
}

const struct tensor *match_const(const struct match *m, const char *name)
{
	const struct value *v = match_value(m, name);

	return v ? v->konst : NULL;
}

struct node *match_nth_node(const struct match *m, int i)
{
	for (int k = 0; k < m->pattern->nterms; k++)
		if (m->node[k] && i-- == 0)
			return m->node[k];
	return NULL;
}
