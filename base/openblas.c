/* SPDX-License-Identifier: Apache-2.0 */
/* base/openblas.c -- loading OpenBLAS: the one place that does. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/library.h"
#include "base/openblas.h"
#include "base/parallel.h"

/* Written once, by load(). */
static struct openblas lib;
static struct err failure;
static _Atomic(const struct openblas *) loaded;

static void load(void)
{
	static const struct library_function functions[] = {
#define F(name) {#name, &lib.name},
		OPENBLAS_FUNCTIONS(F)
#undef F
			{NULL, NULL},
	};

	if (!library_load(OPENBLAS_SONAME, functions, &failure))
		return;
	lib.openblas_set_num_threads(parallel_threads());
	atomic_store(&loaded, &lib);
}

bool openblas_load(struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (!atomic_load(&loaded))
		return err_set(e, failure.code, "%s", failure.msg);
	return true;
}

const struct openblas *openblas_loaded(void)
{
	return atomic_load(&loaded);
}
