/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_name.c -- names and quoted strings of ONNX's text syntax. */
#include "formats/onnxtxt_read.h"

#include <string.h>

bool read_string(struct reader *r, const char **out, struct err *e)
{
	const char *at = (lex_peek(&r->lex), r->lex.at);
	struct literal x;
	struct span s;

	if (!lex_literal(&r->lex, &x, e))
		return false;
	if (x.kind != LITERAL_STRING)
		return lex_fail(&r->lex, at, e, "expected a string in quotes");
	s = literal_unescape(&x, r->arena);
	if (memchr(s.at, '\0', s.len))
		return lex_fail(&r->lex, at, e, "the string holds a NUL byte");
	*out = s.at;
	return true;
}

bool read_name(struct reader *r, enum name_rule rule, const char **out,
	       struct err *e)
{
	const char *at = (lex_peek(&r->lex), r->lex.at);
	struct span word;

	if (lex_peek(&r->lex) == '"') {
		if (!read_string(r, out, e))
			return false;
	} else if (lex_take_word(&r->lex, &word)) {
		*out = arena_strndup(r->arena, word.at, word.len);
	} else {
		return lex_expected(&r->lex, "a name", e);
	}
	if (strlen(*out) > r->lim->name_bytes)
		return lex_fail_code(&r->lex, at, e, ERR_LIMIT,
				     "a name of %zu bytes, the limit is %u",
				     strlen(*out),
				     (unsigned)r->lim->name_bytes);
	if (rule == NAME_NEEDED && !**out)
		return lex_fail(&r->lex, at, e, "the name is empty");
	return true;
}
