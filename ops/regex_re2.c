/* SPDX-License-Identifier: Apache-2.0 */
/* ops/regex_re2.c -- patterns of RE2, written again for PCRE2; see regex_re2.h.
 *
 * Only whether a whole text matches is of interest, so that groups need not
 * capture and it does not matter how greedy a repetition is.
 */
#include "ops/regex_re2.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "ops/regex_class.h"

enum { REPEAT_MAX = 1000, NESTING_MAX = 1000 }; /* RE2's own limits */
enum { OUT_MAX = 1 << 20 }; /* far more than PCRE2 can compile */

/* A group being read. */
struct group {
	/* The most copies that counted repetitions make of anything in it. */
	int copies;
	bool caseless; /* around it */
};

struct reader {
	struct re2 p;
	struct arena arena; /* names of groups */
	struct map names;
	struct group group[NESTING_MAX + 1];
	int depth;
	/* What a repetition may follow. */
	bool has_item, repeated;
	int copies; /* of the item */
};

static bool wrong(const struct reader *r, const char *what, struct err *e)
{
	return re2_error(&r->p, ERR_FORMAT, what, e);
}

/* Something is written that may be repeated. */
static void new_item(struct reader *r, int copies)
{
	struct group *g = &r->group[r->depth];

	r->has_item = true;
	r->repeated = false;
	r->copies = copies;
	if (copies > g->copies)
		g->copies = copies;
}

static void write_literal(struct reader *r, uint32_t c)
{
	re2_literal(&r->p, c);
	new_item(r, 1);
}

/* ---- repetitions --------------------------------------------------------- */

static bool repetition(struct reader *r, const char *text, struct err *e)
{
	if (r->repeated)
		return wrong(r, "a repetition of a repetition", e);
	if (!r->has_item)
		return wrong(r, "a repetition of nothing", e);
	str_add(r->p.out, text);
	if (re2_sees(&r->p, '?'))
		r->p.at++;
	r->repeated = true;
	return true;
}

/* Digits as RE2 takes them: no zeros in front. */
static bool number(struct re2 *p, int *x)
{
	const char *start = p->at;

	*x = 0;
	while (p->at < p->end && *p->at >= '0' && *p->at <= '9') {
		if (*x <= REPEAT_MAX)
			*x = *x * 10 + (*p->at - '0');
		p->at++;
	}
	return p->at > start && (*start != '0' || p->at == start + 1);
}

/* {N}, {N,}, {N,M}: M is -1 without end.  Anything else is no count. */
static bool count(struct re2 *p, int *n, int *m)
{
	const char *start = p->at++;
	bool ok = number(p, n);

	*m = *n;
	if (ok && re2_sees(p, ',')) {
		p->at++;
		if (re2_sees(p, '}'))
			*m = -1;
		else
			ok = number(p, m);
	}
	ok = ok && re2_sees(p, '}');
	p->at = ok ? p->at + 1 : start;
	return ok;
}

static bool counted(struct reader *r, struct err *e)
{
	char text[48];
	int n, m, copies;

	if (!count(&r->p, &n, &m)) {
		r->p.at++;
		write_literal(r, '{');
		return true;
	}
	copies = m < 0 ? n : m;
	if (n > REPEAT_MAX || m > REPEAT_MAX || (m >= 0 && m < n) ||
	    (r->has_item && copies > 0 && r->copies * copies > REPEAT_MAX))
		return wrong(r, "more than 1000 repetitions", e);
	if (m < 0)
		snprintf(text, sizeof(text), "{%d,}", n);
	else
		snprintf(text, sizeof(text), "{%d,%d}", n, m);
	if (!repetition(r, text, e))
		return false;
	r->copies *= copies > 0 ? copies : 1;
	if (r->copies > r->group[r->depth].copies)
		r->group[r->depth].copies = r->copies;
	return true;
}

/* ---- groups -------------------------------------------------------------- */

static const struct {
	const char *begins, *what;
} foreign[] = {
	{"?=", "a lookahead, which RE2 does not have,"},
	{"?!", "a lookahead, which RE2 does not have,"},
	{"?<=", "a lookbehind, which RE2 does not have,"},
	{"?<!", "a lookbehind, which RE2 does not have,"},
	{"?>", "an atomic group, which RE2 does not have,"},
	{"?#", "a comment, which RE2 does not have,"},
	{"?|", "a branch reset, which RE2 does not have,"},
	{"?(", "a conditional group, which RE2 does not have,"},
	{"?R", "a recursion, which RE2 does not have,"},
	{"?&", "a recursion, which RE2 does not have,"},
	{"?P>", "a recursion, which RE2 does not have,"},
	{"?P=", "a backreference, which RE2 does not have,"},
};

static bool open_group(struct reader *r, const char *text, struct err *e)
{
	if (r->depth == NESTING_MAX)
		return wrong(r, "more than 1000 nested groups", e);
	str_add(r->p.out, text);
	r->group[++r->depth] = (struct group){1, r->p.caseless};
	r->has_item = r->repeated = false;
	return true;
}

static bool is_name(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = name[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z') && c != '_' && !(c & 0x80))
			return false;
	}
	return n > 0;
}

/* At the character after '<'. */
static bool named_group(struct reader *r, struct err *e)
{
	struct re2 *p = &r->p;
	const char *name = p->at, *end;
	size_t n;

	end = memchr(name, '>', (size_t)(p->end - name));
	n = end ? (size_t)(end - name) : 0;
	if (!is_name(name, n))
		return wrong(r, "a bad name of a group", e);
	if (!map_add(&r->names, arena_strndup(&r->arena, name, n), 0))
		return wrong(r, "a second group of the same name", e);
	p->at = end + 1;
	return open_group(r, "(?:", e);
}

/* Whether case still matters after these flags. */
static bool caseless(const char *flags, bool before)
{
	const char *on = strchr(flags, 'i'), *off = strchr(flags, '-');

	return on ? !off || on < off : before;
}

/* (?i) and (?i:...), at the '?'.  U, ungreedy, does not matter here. */
static bool flags(struct reader *r, struct err *e)
{
	struct re2 *p = &r->p;
	bool off = false, any = true, now;
	char text[32] = "(?";
	size_t n = 2;

	for (p->at++; p->at < p->end && n + 4 < sizeof(text); p->at++) {
		char c = *p->at;

		if (c == ')' || c == ':') {
			if (!any)
				break;
			p->at++;
			now = caseless(text, p->caseless);
			text[n] = c;
			if (c == ':' && !open_group(r, text, e))
				return false;
			if (c == ')')
				str_add(p->out, text);
			p->caseless = now;
			r->has_item = r->repeated = false;
			return true;
		}
		if (c == '-' && off)
			break;
		any = c != '-';
		off = off || c == '-';
		if (c == 'i' || c == 'm' || c == 's' || c == '-')
			text[n++] = c;
		else if (c != 'U')
			break;
	}
	return wrong(r, "a group that RE2 does not have,", e);
}

/* At the parenthesis. */
static bool group(struct reader *r, struct err *e)
{
	struct re2 *p = &r->p;

	p->at++;
	if (!re2_sees(p, '?'))
		return open_group(r, "(?:", e);
	for (size_t i = 0; i < COUNT_OF(foreign); i++)
		if (re2_begins(p, foreign[i].begins))
			return wrong(r, foreign[i].what, e);
	if (re2_begins(p, "?P<") || re2_begins(p, "?<")) {
		p->at += p->at[1] == 'P' ? 3 : 2;
		return named_group(r, e);
	}
	return flags(r, e);
}

static bool close_group(struct reader *r, struct err *e)
{
	int copies = r->group[r->depth].copies;

	if (r->depth == 0)
		return wrong(r, "a ) too many", e);
	r->p.at++;
	r->p.caseless = r->group[r->depth--].caseless;
	str_add(r->p.out, ")");
	new_item(r, copies);
	return true;
}

/* ---- the whole ----------------------------------------------------------- */

/* \Q...\E; behind the \Q. */
static void quoted(struct reader *r)
{
	struct re2 *p = &r->p;

	while (p->at < p->end && !re2_begins(p, "\\E"))
		write_literal(r, re2_take(p));
	if (p->at < p->end)
		p->at += 2;
}

static bool escape(struct reader *r, struct err *e)
{
	struct re2 *p = &r->p;
	size_t before = p->out->len;
	bool is_class;
	uint32_t c;

	str_addc(p->out, '[');
	if (!re2_named_class(p, &is_class, e))
		return false;
	if (is_class) {
		str_addc(p->out, ']');
		new_item(r, 1);
		return true;
	}
	p->out->len = before;
	p->at++;
	if (re2_sees(p, 'Q')) {
		p->at++;
		quoted(r);
		return true;
	}
	if (p->at < p->end && *p->at && strchr("AzbB", *p->at)) {
		str_addf(p->out, "(?:\\%c)", *p->at++);
		new_item(r, 1);
		return true;
	}
	if (!re2_escaped(p, &c, e))
		return false;
	write_literal(r, c);
	return true;
}

static bool translate_one(struct reader *r, struct err *e)
{
	struct re2 *p = &r->p;
	char text[] = {*p->at, 0};

	switch (*p->at) {
	case '(':
		return group(r, e);
	case ')':
		return close_group(r, e);
	case '[':
		new_item(r, 1);
		return re2_class(p, e);
	case '\\':
		return escape(r, e);
	case '{':
		return counted(r, e);
	case '*':
	case '+':
	case '?':
		p->at++;
		return repetition(r, text, e);
	case '|':
		p->at++;
		str_add(p->out, text);
		r->has_item = r->repeated = false;
		return true;
	case '.':
	case '^':
	case '$':
		p->at++;
		str_addf(p->out, "(?:%s)", text);
		new_item(r, 1);
		return true;
	default:
		write_literal(r, re2_take(p));
		return true;
	}
}

bool regex_from_re2(struct str *out, const struct text *pattern, struct err *e)
{
	struct reader r = {.p = {.out = out}};
	bool ok = true;

	if (!pattern->len)
		return true;
	r.p.begin = r.p.at = pattern->at;
	r.p.end = pattern->at + pattern->len;
	r.names.arena = &r.arena;
	r.group[0].copies = 1;
	while (ok && r.p.at < r.p.end) {
		ok = translate_one(&r, e);
		if (ok && out->len > OUT_MAX)
			ok = re2_error(&r.p, ERR_LIMIT, "too much", e);
	}
	if (ok && r.depth > 0)
		ok = wrong(&r, "a ( without )", e);
	arena_release(&r.arena);
	return ok;
}
