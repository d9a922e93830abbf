/* SPDX-License-Identifier: Apache-2.0 */
/* package/package.c -- the registry of packaging targets. */
#include "package/package.h"

#include <string.h>

#define ROW(file) extern const struct target package_rows_##file[];
#include "package/registry.inc"
#undef ROW

static const struct target *const tables[] = {
#define ROW(file) package_rows_##file,
#include "package/registry.inc"
#undef ROW
};

const struct target *target_next(const struct target *prev)
{
	bool seen = !prev;

	for (size_t i = 0; i < COUNT_OF(tables); i++)
		for (const struct target *t = tables[i]; t->name; t++) {
			if (seen)
				return t;
			seen = t == prev;
		}
	return NULL;
}

const struct target *target_find(const char *name)
{
	for (const struct target *t = target_next(NULL); t; t = target_next(t))
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}
