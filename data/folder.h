/* SPDX-License-Identifier: Apache-2.0 */
/* data/folder.h -- what is in a folder, in an order that is always the same. */
#ifndef DATA_FOLDER_H
#define DATA_FOLDER_H

#include "base/arena.h"
#include "base/err.h"

struct folder_entry {
	const char *name, *path;
	bool is_folder;
};

struct folder {
	struct folder_entry *at;
	size_t count;
};

/* The regular files and folders of PATH (links followed, hidden ones left
 * out) in byte order of their names, in A. */
MUST_USE bool folder_list(struct folder *f, const char *path, struct arena *a,
			  struct err *e);

bool path_is_folder(const char *path);

/* Does NAME end like SUFFIX, in any case? */
bool name_ends(const char *name, const char *suffix);

#endif
