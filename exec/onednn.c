/* SPDX-License-Identifier: Apache-2.0 */
/* exec/onednn.c -- the engine on oneDNN, where it is installed. */
#include <stddef.h>

#include "base/openblas.h"
#include "exec/engine.h"
#include "kern/dnnl_conv.h"

static const char *const prefers[] = {"onednn", "blas", "reference", NULL};

static bool available(struct err *e)
{
	return openblas_load(e) && dnnl_available(e);
}

const struct engine engine_rows_onednn[] = {
	{
		.name = "onednn",
		.summary = "oneDNN for convolutions, else as blas",
		.prefers = prefers,
		.available = available,
	},
	{.name = NULL},
};
