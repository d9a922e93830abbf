/* SPDX-License-Identifier: Apache-2.0 */
/* base/openblas.c -- loading OpenBLAS: the one place that does. */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>

#include "base/compiler.h"
#include "base/library.h"
#include "base/openblas.h"
#include "base/parallel.h"

/* Written once, by load(). */
static struct openblas lib;
static struct err failure;
static _Atomic(const struct openblas *) loaded;

/* Kernels for what every x86-64 has, which it falls back to. */
static bool is_generic(const char *core)
{
	static const char *const names[] = {"Prescott", "Core2", "Generic"};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!strcasecmp(core, names[i]))
			return true;
	return false;
}

/* The kernels that this processor can run for sure; NULL: generic ones. */
static const char *core_by_features(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		return "SkylakeX";
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return "Haswell";
#endif
	return NULL;
}

/*
 * OpenBLAS knows processors by their numbers, and takes one that is newer than
 * itself for an old one: five times slower.  What it runs on is decided when
 * it is loaded.
 */
static bool load_again(const struct library_function *functions)
{
	const char *core = core_by_features();

	if (!core || getenv("OPENBLAS_CORETYPE") ||
	    !is_generic(lib.openblas_get_corename()))
		return true;
	library_unload(OPENBLAS_SONAME);
	setenv("OPENBLAS_CORETYPE", core, 1);
	return library_load(OPENBLAS_SONAME, functions, &failure);
}

static void load(void)
{
	static const struct library_function functions[] = {
#define F(name) {#name, &lib.name},
		OPENBLAS_FUNCTIONS(F)
#undef F
			{NULL, NULL},
	};

	if (!library_load(OPENBLAS_SONAME, functions, &failure) ||
	    !load_again(functions))
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
