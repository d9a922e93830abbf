/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_lex.h -- the tokens of ONNX's text syntax. */
#ifndef FORMATS_ONNXTXT_LEX_H
#define FORMATS_ONNXTXT_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct lex {
	const char *begin, *at, *end;
};

/* Bytes of the text. */
struct span {
	const char *at;
	size_t len;
};

enum literal_kind { LITERAL_INT, LITERAL_FLOAT, LITERAL_STRING };

/* A number as written, or what is between the quotes, escapes included. */
struct literal {
	enum literal_kind kind;
	struct span text;
};

/* ERR_FORMAT (or CODE) with "line L, column C: " of AT in front. */
bool lex_fail(const struct lex *l, const char *at, struct err *e,
	      const char *fmt, ...) PRINTF_LIKE(4, 5);
bool lex_fail_code(const struct lex *l, const char *at, struct err *e,
		   enum err_code code, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* "expected WHAT, found ...". */
bool lex_expected(struct lex *l, const char *what, struct err *e);

/* The next byte behind blanks and comments, not consumed; -1 at the end. */
int lex_peek(struct lex *l);
bool lex_take(struct lex *l, char c);
MUST_USE bool lex_want(struct lex *l, char c, struct err *e);

/* The identifier here, not consumed; its length is 0 if there is none. */
struct span lex_peek_word(struct lex *l);
bool lex_take_word(struct lex *l, struct span *word);
bool span_is(struct span s, const char *word);

MUST_USE bool lex_literal(struct lex *l, struct literal *out, struct err *e);

/* Is the identifier here one of nan, inf and infinity, in any case? */
bool lex_at_special(struct lex *l);

/* The text of a string literal without its escapes. */
struct span literal_unescape(const struct literal *x, struct arena *a);

/* Numbers of a literal; the error names the range it does not fit. */
MUST_USE bool lex_int(struct lex *l, int64_t *out, struct err *e);
MUST_USE bool literal_int(const struct lex *l, const struct literal *x,
			  int64_t lo, int64_t hi, int64_t *out, struct err *e);
MUST_USE bool literal_uint(const struct lex *l, const struct literal *x,
			   uint64_t hi, uint64_t *out, struct err *e);
MUST_USE bool literal_float(const struct lex *l, const struct literal *x,
			    float *out, struct err *e);
MUST_USE bool literal_double(const struct lex *l, const struct literal *x,
			     double *out, struct err *e);

#endif
