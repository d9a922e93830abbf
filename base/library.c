/* SPDX-License-Identifier: Apache-2.0 */
/* base/library.c -- libraries that are loaded when they are first needed. */
#include <dlfcn.h>
#include <string.h>

#include "base/library.h"

void library_unload(const char *soname)
{
	void *from = dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);

	if (!from)
		return;
	dlclose(from);
	dlclose(from); /* what library_load() holds */
}

bool library_load(const char *soname, const struct library_function *functions,
		  struct err *e)
{
	void *from = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!from)
		return err_set(e, ERR_UNSUPPORTED, "library not loaded: %s",
			       dlerror());
	for (const struct library_function *f = functions; f->name; f++) {
		void *found = dlsym(from, f->name);

		if (!found)
			return err_set(e, ERR_UNSUPPORTED,
				       "library '%s' has no function '%s'",
				       soname, f->name);
		/* POSIX lets a data pointer hold a function's address. */
		memcpy(f->into, &found, sizeof(found));
	}
	return true;
}
