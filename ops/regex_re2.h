/* SPDX-License-Identifier: Apache-2.0 */
/* ops/regex_re2.h -- RE2's syntax in the words of PCRE2.
 *
 * RegexFullMatch means RE2.  The pattern is read by RE2's rules and written
 * again so that PCRE2, with the options below, accepts the same texts:
 * whatever both spell alike but understand differently (\s, \v, scripts, {,5},
 * groups that capture) is spelled out.  What only PCRE2 has (backreferences,
 * lookaround ...) is refused.
 */
#ifndef OPS_REGEX_RE2_H
#define OPS_REGEX_RE2_H

#include "base/err.h"
#include "base/str.h"
#include "graph/element.h"

/*
 * Append to OUT the translation of PATTERN for PCRE2_UTF,
 * PCRE2_DOLLAR_ENDONLY, PCRE2_ALT_CIRCUMFLEX and newlines of LF.  ERR_FORMAT
 * tells where PATTERN is not RE2's syntax, ERR_UNSUPPORTED what we lack.
 */
MUST_USE bool regex_from_re2(struct str *out, const struct text *pattern,
			     struct err *e);

#endif
