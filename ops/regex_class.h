/* SPDX-License-Identifier: Apache-2.0 */
/* ops/regex_class.h -- characters and classes of RE2 patterns; see
 * regex_re2.h. */
#ifndef OPS_REGEX_CLASS_H
#define OPS_REGEX_CLASS_H

#include "ops/regex_re2.h"

/* A pattern being read; well-formed UTF-8. */
struct re2 {
	const char *begin, *at, *end;
	struct str *out;
	bool caseless; /* here */
};

/* "pattern: WHAT at byte N" */
bool re2_error(const struct re2 *p, enum err_code code, const char *what,
	       struct err *e);
/* The pattern goes on with C, with TEXT. */
bool re2_sees(const struct re2 *p, char c);
bool re2_begins(const struct re2 *p, const char *text);
/* Take the next character, which is there. */
uint32_t re2_take(struct re2 *p);

/* Write a character so that it means itself in and outside of classes. */
void re2_literal(struct re2 *p, uint32_t c);

/*
 * What follows a backslash, which is taken: the one character that it stands
 * for in *C.  Octal, hexadecimal, \a \f \n \r \t \v, and punctuation.
 */
MUST_USE bool re2_escaped(struct re2 *p, uint32_t *c, struct err *e);

/*
 * \d \D \s \S \w \W \p \P, from the backslash on, as members of a class of
 * PCRE2; *IS_CLASS false and nothing taken if it is none of them.
 */
MUST_USE bool re2_named_class(struct re2 *p, bool *is_class, struct err *e);

/* The members of the category or script NAME, and what differs from them by
 * case alone, or (INVERSE) all others; false if there is no such script. */
bool re2_folded(struct re2 *p, const char *name, bool inverse);

/* A class in brackets, from the bracket on. */
MUST_USE bool re2_class(struct re2 *p, struct err *e);

#endif
