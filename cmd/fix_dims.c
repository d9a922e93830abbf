/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/fix_dims.c -- the option --dim NAME=N. */
#include "cmd/fix_dims.h"

#include <stdlib.h>
#include <string.h>

bool fix_dims(struct model *m, const struct opt_list *list, struct err *e)
{
	for (int i = 0; i < list->count; i++) {
		/* A name may contain '=', a number cannot. */
		const char *equals = strrchr(list->at[i], '=');
		long long n;
		char *name;
		bool ok;

		if (!equals || equals == list->at[i] ||
		    !str_to_int(equals + 1, &n) || n < 0)
			return err_set(e, ERR_USAGE,
				       "option '--dim': '%s' is not NAME=N",
				       list->at[i]);
		name = strndup(list->at[i], (size_t)(equals - list->at[i]));
		if (!name)
			die_oom();
		ok = model_fix_dim(m, name, n, e);
		free(name);
		if (!ok)
			return false;
	}
	return true;
}
