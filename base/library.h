/* SPDX-License-Identifier: Apache-2.0 */
/* base/library.h -- libraries that are loaded when they are first needed.
 *
 * A large library costs milliseconds before main() runs.  Those that few
 * commands need are loaded by name, the one that configure linked against.
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include "base/err.h"

struct library_function {
	const char *name;
	void *into; /* a pointer to a pointer to that function */
};

/* Load SONAME and find FUNCTIONS, ended by a NULL name.
 * ERR_UNSUPPORTED names the library or the function that is missing. */
bool library_load(const char *soname, const struct library_function *functions,
		  struct err *e);

/* Undo one library_load() of SONAME: its functions are gone. */
void library_unload(const char *soname);

#endif
