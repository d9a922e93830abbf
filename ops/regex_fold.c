/* SPDX-License-Identifier: Apache-2.0 */
/* ops/regex_fold.c -- classes of Unicode in patterns without regard to case.
 *
 * RE2 adds to the class whatever differs from a member by case alone; PCRE2
 * takes the class as it is.  So its members are written out.
 */
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>

#include "ops/regex_class.h"

enum { CHARACTERS = 0x110000 };

/* A general category, a script, or anything. */
struct property {
	uc_general_category_t category;
	const uc_script_t *script;
	bool any, assigned;
};

static bool has(const struct property *x, ucs4_t c)
{
	if (x->any)
		return true;
	if (x->script)
		return uc_is_script(c, x->script);
	return uc_is_general_category(c, x->category) &&
	       (!x->assigned || !uc_is_general_category(c, UC_UNASSIGNED));
}

/* Both or none of them; true if that changed something. */
static bool join(bool *in, ucs4_t a, ucs4_t b)
{
	if (in[a] == in[b])
		return false;
	in[a] = in[b] = true;
	return true;
}

/* The dotted capital and the dotless small i have no simple folding. */
static bool add_cases(bool *in)
{
	bool changed = false;

	for (ucs4_t c = 0; c < CHARACTERS; c++) {
		if (c == 0x130 || c == 0x131)
			continue;
		changed |= join(in, c, uc_tolower(c));
		changed |= join(in, c, uc_toupper(c));
		changed |= join(in, c, uc_totitle(c));
	}
	return changed;
}

static void write_members(struct re2 *p, const bool *in, bool inverse)
{
	for (uint32_t c = 0; c < CHARACTERS; c++) {
		uint32_t from = c;

		if (in[c] == inverse)
			continue;
		while (c + 1 < CHARACTERS && in[c + 1] != inverse)
			c++;
		str_addf(p->out, "\\x{%x}-\\x{%x}", (unsigned)from,
			 (unsigned)c);
	}
}

bool re2_folded(struct re2 *p, const char *name, bool inverse)
{
	struct property x = {.any = strcmp(name, "Any") == 0,
			     .assigned = strcmp(name, "C") == 0};
	bool *in;

	if (strlen(name) <= 2)
		x.category = uc_general_category_byname(name);
	else
		x.script = uc_script_byname(name);
	if (strlen(name) > 2 && !x.script && !x.any)
		return false;
	in = calloc(CHARACTERS, sizeof(*in));
	if (!in)
		die_oom();
	for (uint32_t c = 0; c < CHARACTERS; c++)
		in[c] = has(&x, c);
	while (add_cases(in)) {
	}
	write_members(p, in, inverse);
	free(in);
	return true;
}
