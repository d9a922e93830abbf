/* SPDX-License-Identifier: Apache-2.0 */
/* image/tiff_lib.c -- loading libtiff: the one place that does. */
#include "config.h"

#include <pthread.h>

#include "base/library.h"
#include "image/tiff_lib.h"

/* Written once, by load(). */
static struct tiff_lib lib;
static struct err failure;

static void load(void)
{
	static const struct library_function functions[] = {
#define F(name) {#name, &lib.name},
		TIFF_FUNCTIONS(F)
#undef F
			{NULL, NULL},
	};

	library_load(TIFF_SONAME, functions, &failure);
}

const struct tiff_lib *tiff_lib(struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (failure.code == ERR_NONE)
		return &lib;
	err_set(e, failure.code, "%s", failure.msg);
	return NULL;
}
