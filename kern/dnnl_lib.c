/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_lib.c -- loading oneDNN: the one place that does. */
#include "config.h"

#ifdef HAVE_DNNL_H

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "kern/dnnl_lib.h"

/* Written once, by load(). */
static struct dnnl_lib lib;
static bool loaded;

static bool find(void *from, const char *name, void *into, size_t bytes)
{
	void *f = dlsym(from, name);

	/* POSIX lets a data pointer hold a function's address. */
	memcpy(into, &f, bytes);
	return f != NULL;
}

static void load(void)
{
	void *from = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!from)
		return;
#define F(name)                                              \
	if (!find(from, #name, &lib.name, sizeof(lib.name))) \
		return;
	DNNL_FUNCTIONS(F)
#undef F
	loaded = lib.dnnl_engine_create(&lib.engine, dnnl_cpu, 0) ==
			 dnnl_success &&
		 lib.dnnl_stream_create(&lib.stream, lib.engine,
					dnnl_stream_default_flags) ==
			 dnnl_success;
}

const struct dnnl_lib *dnnl_lib(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	return loaded ? &lib : NULL;
}

#endif
