/* SPDX-License-Identifier: Apache-2.0 */
/* package/package.h -- deployable folders around a model.
 *
 * One file per target.  The file exports package_rows_<file>, ended by a NULL
 * name, and Makefile.am lists the file in TARGETS.
 */
#ifndef PACKAGE_PACKAGE_H
#define PACKAGE_PACKAGE_H

#include "formats/format.h"

struct package_opts {
	const char *dir;     /* repository folder; made if missing */
	const char *name;    /* of the model as clients see it */
	const char *version; /* digits without a leading zero */
	const char *labels;  /* file with one class name a line, or NULL */
	int max_batch;	     /* -1: decided by the target */
	int threads;	     /* of one inference; 0: the server decides */
};

struct target {
	const char *name, *summary;
	/* Write the package; nothing is visible before it is complete. */
	bool (*write)(const struct model *m, const struct package_opts *o,
		      struct err *e);
};

const struct target *target_find(const char *name);
const struct target *target_next(const struct target *prev);

#endif
