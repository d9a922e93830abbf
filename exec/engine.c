/* SPDX-License-Identifier: Apache-2.0 */
/* exec/engine.c -- the list of engines. */
#include <string.h>

#include "base/compiler.h"
#include "exec/engine.h"

#define ROW(file) extern const struct engine engine_rows_##file[];
#include "exec/registry.inc"
#undef ROW

#define ROW(file) engine_rows_##file,
static const struct engine *const tables[] = {
#include "exec/registry.inc"
};
#undef ROW

const struct engine *engine_next(const struct engine *prev)
{
	size_t i = 0;

	if (prev) {
		if (prev[1].name)
			return prev + 1;
		/* PREV ends its table: find which, and go on behind it. */
		for (; i < COUNT_OF(tables); i++) {
			const struct engine *row = tables[i];

			while (row->name && row != prev)
				row++;
			if (row == prev)
				break;
		}
		i++;
	}
	return i < COUNT_OF(tables) ? tables[i] : NULL;
}

const struct engine *engine_find(const char *name)
{
	for (const struct engine *g = engine_next(NULL); g; g = engine_next(g))
		if (!strcmp(g->name, name))
			return g;
	return NULL;
}

const struct engine *engine_default(void)
{
	const struct engine *fast = engine_find("onednn");
	struct err missing;

	return fast->available(&missing) ? fast : engine_find("blas");
}
