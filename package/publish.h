/* SPDX-License-Identifier: Apache-2.0 */
/* package/publish.h -- a folder that appears whole or not at all.
 *
 * Files are written into ".tmp-NAME" beside the final folder, which servers
 * that poll a repository ignore, and the folder is renamed when complete.
 */
#ifndef PACKAGE_PUBLISH_H
#define PACKAGE_PUBLISH_H

#include "base/arena.h"
#include "base/err.h"

struct publication {
	struct arena arena;
	const char *parent, *temp, *path; /* temp and path lie in parent */
};

/*
 * Make PARENT (and what leads to it) and an empty temporary folder for
 * PARENT/NAME; leftovers of an interrupted run are removed.  ERR_IO if
 * PARENT/NAME exists: what is published is never overwritten.
 */
MUST_USE bool publish_begin(struct publication *p, const char *parent,
			    const char *name, struct err *e);

/* Make a folder inside p->temp; it may hold files only. */
MUST_USE bool publish_folder(const char *path, struct err *e);

/* Sync and rename.  P is released either way. */
MUST_USE bool publish_commit(struct publication *p, struct err *e);

/* Remove the temporary folder; safe on a zeroed struct. */
void publish_abort(struct publication *p);

#endif
