/* SPDX-License-Identifier: Apache-2.0 */
/* passes/pass.c -- the pass registry. */
#include "passes/pass.h"

#include <string.h>

#define ROW(file) extern const struct pass pass_rows_##file[];
#include "passes/registry.inc"
#undef ROW

static const struct pass *const tables[] = {
#define ROW(file) pass_rows_##file,
#include "passes/registry.inc"
#undef ROW
};

const struct pass *pass_next(const struct pass *prev)
{
	bool seen = !prev;

	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct pass *p = tables[t]; p->name; p++) {
			if (seen)
				return p;
			seen = p == prev;
		}
	return NULL;
}

const struct pass *pass_find(const char *name)
{
	for (const struct pass *p = pass_next(NULL); p; p = pass_next(p))
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

const char *fidelity_name(enum fidelity f)
{
	static const char *const names[] = {"exact", "rounding", "lossy"};

	return names[f];
}

bool rewriting_take(struct rewriting *rw)
{
	if (!*rw->budget)
		return false;
	--*rw->budget;
	rw->applied++;
	return true;
}
