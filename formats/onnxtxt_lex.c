/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_lex.c -- see onnxtxt_lex.h. */
#include "formats/onnxtxt_lex.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_BYTES = 400 }; /* longer numbers are refused */

/* ASCII whatever the locale says. */
static bool is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool fail(const struct lex *l, const char *at, struct err *e,
		 enum err_code code, const char *fmt, va_list ap)
{
	size_t line = 1, column = 1;
	char msg[sizeof(e->msg)];

	for (const char *p = l->begin; p < at; p++) {
		column = *p == '\n' ? 1 : column + 1;
		line += *p == '\n';
	}
	vsnprintf(msg, sizeof(msg), fmt, ap);
	return err_set(e, code, "line %zu, column %zu: %s", line, column, msg);
}

bool lex_fail_code(const struct lex *l, const char *at, struct err *e,
		   enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(l, at, e, code, fmt, ap);
	va_end(ap);
	return false;
}

bool lex_fail(const struct lex *l, const char *at, struct err *e,
	      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(l, at, e, ERR_FORMAT, fmt, ap);
	va_end(ap);
	return false;
}

bool lex_expected(struct lex *l, const char *what, struct err *e)
{
	int c = lex_peek(l);
	struct span word = lex_peek_word(l);

	if (c < 0)
		return lex_fail(l, l->at, e,
				"expected %s, found the end of the text", what);
	if (word.len)
		return lex_fail(l, l->at, e, "expected %s, found '%.*s'", what,
				word.len > 60 ? 60 : (int)word.len, word.at);
	return lex_fail(l, l->at, e, "expected %s, found '%c'", what, c);
}

int lex_peek(struct lex *l)
{
	while (l->at < l->end) {
		if (*l->at == '#') {
			while (l->at < l->end && *l->at != '\n')
				l->at++;
		} else if (is_space(*l->at)) {
			l->at++;
		} else {
			return (unsigned char)*l->at;
		}
	}
	return -1;
}

bool lex_take(struct lex *l, char c)
{
	if (lex_peek(l) != (unsigned char)c)
		return false;
	l->at++;
	return true;
}

bool lex_want(struct lex *l, char c, struct err *e)
{
	char what[] = "' '";

	if (lex_take(l, c))
		return true;
	what[1] = c;
	return lex_expected(l, what, e);
}

struct span lex_peek_word(struct lex *l)
{
	int c = lex_peek(l);
	const char *p = l->at;

	if (is_alpha(c) || c == '_')
		while (p < l->end &&
		       (is_alpha(*p) || is_digit(*p) || *p == '_'))
			p++;
	return (struct span){l->at, (size_t)(p - l->at)};
}

bool lex_take_word(struct lex *l, struct span *word)
{
	*word = lex_peek_word(l);
	l->at += word->len;
	return word->len != 0;
}

bool span_is(struct span s, const char *word)
{
	return strlen(word) == s.len && !memcmp(s.at, word, s.len);
}

static bool is_special(const char *at, size_t len)
{
	return (len == 3 &&
		(!strncasecmp(at, "nan", 3) || !strncasecmp(at, "inf", 3))) ||
	       (len == 8 && !strncasecmp(at, "infinity", 8));
}

bool lex_at_special(struct lex *l)
{
	struct span word = lex_peek_word(l);

	return is_special(word.at, word.len);
}

static bool string_literal(struct lex *l, struct literal *out, struct err *e)
{
	const char *open = l->at++;

	while (l->at < l->end && *l->at != '"')
		l->at += *l->at == '\\' && l->end - l->at > 1 ? 2 : 1;
	if (l->at >= l->end)
		return lex_fail(l, open, e, "the string has no closing '\"'");
	*out = (struct literal){LITERAL_STRING,
				{open + 1, (size_t)(l->at - open - 1)}};
	l->at++;
	return true;
}

static void skip_digits(struct lex *l)
{
	while (l->at < l->end && is_digit(*l->at))
		l->at++;
}

bool lex_literal(struct lex *l, struct literal *out, struct err *e)
{
	int c = lex_peek(l);
	const char *from = l->at;
	struct span word;

	if (c == '"')
		return string_literal(l, out, e);
	out->kind = LITERAL_INT;
	if (c == '-')
		l->at++;
	word = l->at < l->end && !is_space(*l->at) ? lex_peek_word(l)
						   : (struct span){0};
	if (word.len && is_special(word.at, word.len)) {
		l->at += word.len;
		out->kind = LITERAL_FLOAT;
	} else if (l->at < l->end && is_digit(*l->at)) {
		skip_digits(l);
		if (l->at < l->end && *l->at == '.') {
			l->at++;
			skip_digits(l);
			out->kind = LITERAL_FLOAT;
		}
		if (l->at < l->end && (*l->at == 'e' || *l->at == 'E')) {
			l->at++;
			if (l->at < l->end && (*l->at == '+' || *l->at == '-'))
				l->at++;
			if (l->at == l->end || !is_digit(*l->at))
				return lex_fail(l, from, e,
						"the exponent has no digits");
			skip_digits(l);
			out->kind = LITERAL_FLOAT;
		}
	} else {
		l->at = from;
		if (l->end - from >= 3 && !memcmp(from, "...", 3))
			return lex_fail(
				l, from, e,
				"'...' stands for values that were "
				"left out; this text is only a listing");
		return lex_expected(l, "a value", e);
	}
	out->text = (struct span){from, (size_t)(l->at - from)};
	if (out->text.len >= NUMBER_BYTES)
		return lex_fail(l, from, e,
				"the number has %zu characters, at most %d "
				"are read",
				out->text.len, NUMBER_BYTES - 1);
	return true;
}

struct span literal_unescape(const struct literal *x, struct arena *a)
{
	const char *p = x->text.at, *end = p + x->text.len;
	char *copy = arena_strndup(a, p, x->text.len), *to = copy;

	for (; p < end; p++)
		*to++ = *p == '\\' ? *++p : *p;
	*to = '\0';
	return (struct span){copy, (size_t)(to - copy)};
}

/* ---- numbers ------------------------------------------------------------ */

static const char *terminated(const struct literal *x, char buf[NUMBER_BYTES])
{
	memcpy(buf, x->text.at, x->text.len);
	buf[x->text.len] = '\0';
	return buf;
}

static bool wrong_kind(const struct lex *l, const struct literal *x,
		       const char *want, struct err *e)
{
	static const char *const kinds[] = {"an integer", "a fraction",
					    "a string"};

	return lex_fail(l, x->text.at, e, "expected %s, found %s", want,
			kinds[x->kind]);
}

bool literal_int(const struct lex *l, const struct literal *x, int64_t lo,
		 int64_t hi, int64_t *out, struct err *e)
{
	char buf[NUMBER_BYTES];
	long long v;

	if (x->kind != LITERAL_INT)
		return wrong_kind(l, x, "an integer", e);
	errno = 0;
	v = strtoll(terminated(x, buf), NULL, 10);
	if (errno || v < lo || v > hi)
		return lex_fail(l, x->text.at, e,
				"%s is outside %" PRId64 "..%" PRId64, buf, lo,
				hi);
	*out = v;
	return true;
}

bool literal_uint(const struct lex *l, const struct literal *x, uint64_t hi,
		  uint64_t *out, struct err *e)
{
	char buf[NUMBER_BYTES];

	if (x->kind != LITERAL_INT)
		return wrong_kind(l, x, "an integer", e);
	errno = 0;
	*out = strtoull(terminated(x, buf), NULL, 10);
	if (errno || buf[0] == '-' || *out > hi)
		return lex_fail(l, x->text.at, e, "%s is outside 0..%" PRIu64,
				buf, hi);
	return true;
}

bool lex_int(struct lex *l, int64_t *out, struct err *e)
{
	struct literal x;

	return lex_literal(l, &x, e) &&
	       literal_int(l, &x, INT64_MIN, INT64_MAX, out, e);
}

/* Rounded once, straight from the decimal digits.  The process never leaves
 * the C locale, so '.' is the decimal point. */
bool literal_float(const struct lex *l, const struct literal *x, float *out,
		   struct err *e)
{
	char buf[NUMBER_BYTES];
	bool finite;

	if (x->kind == LITERAL_STRING)
		return wrong_kind(l, x, "a number", e);
	*out = strtof(terminated(x, buf), NULL);
	finite = is_digit(buf[buf[0] == '-']);
	if (finite && isinf(*out))
		return lex_fail(l, x->text.at, e, "%s does not fit a float",
				buf);
	return true;
}

bool literal_double(const struct lex *l, const struct literal *x, double *out,
		    struct err *e)
{
	char buf[NUMBER_BYTES];
	bool finite;

	if (x->kind == LITERAL_STRING)
		return wrong_kind(l, x, "a number", e);
	*out = strtod(terminated(x, buf), NULL);
	finite = is_digit(buf[buf[0] == '-']);
	if (finite && isinf(*out))
		return lex_fail(l, x->text.at, e, "%s does not fit a double",
				buf);
	return true;
}
