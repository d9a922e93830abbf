/* SPDX-License-Identifier: Apache-2.0 */
/* exec/engine.h -- sets of kernels, and the order in which they are preferred.
 *
 * One file per engine; it exports engine_rows_<file>, and Makefile.am lists
 * it in ENGINES.
 */
#ifndef EXEC_ENGINE_H
#define EXEC_ENGINE_H

#include <stdbool.h>

#include "base/err.h"

struct engine {
	const char *name, *summary;
	/* kernel.engine names, best first, ended by NULL; every engine ends
	 * with "reference", and plans show where that was needed. */
	const char *const *prefers;
	bool literal; /* never lower: Q/DQ as written */
	/* Loads what it needs, or says what is missing; NULL: always there. */
	bool (*available)(struct err *e);
};

const struct engine *engine_find(const char *name);
const struct engine *engine_next(const struct engine *prev);
/* onednn where it can be had, else blas. */
const struct engine *engine_default(void);

#endif
