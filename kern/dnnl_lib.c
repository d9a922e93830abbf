/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_lib.c -- loading oneDNN: the one place that does. */
#include "config.h"

#ifdef HAVE_DNNL_H

#include <pthread.h>
#include <stdbool.h>

#include "base/library.h"
#include "kern/dnnl_conv.h"
#include "kern/dnnl_lib.h"

/* Written once, by load(). */
static struct dnnl_lib lib;
static struct err failure;

static void load(void)
{
	static const struct library_function functions[] = {
#define F(name) {#name, &lib.name},
		DNNL_FUNCTIONS(F)
#undef F
			{NULL, NULL},
	};

	if (!library_load("libdnnl.so.2", functions, &failure))
		return;
	if (lib.dnnl_engine_create(&lib.engine, dnnl_cpu, 0) != dnnl_success ||
	    lib.dnnl_stream_create(&lib.stream, lib.engine,
				   dnnl_stream_default_flags) != dnnl_success)
		err_set(&failure, ERR_UNSUPPORTED,
			"oneDNN has no engine for this CPU");
}

bool dnnl_available(struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (failure.code != ERR_NONE)
		return err_set(e, failure.code, "%s", failure.msg);
	return true;
}

const struct dnnl_lib *dnnl_lib(void)
{
	struct err why = {0};

	return dnnl_available(&why) ? &lib : NULL;
}

#endif
