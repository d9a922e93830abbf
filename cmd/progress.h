/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/progress.h -- how far long work is, on a terminal's standard error. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdint.h>

#include "cmd/cmd.h"

/* One line, drawn at most ten times a second and erased at the end. */
struct progress {
	const char *what;
	uint64_t total; /* 0: unknown */
	double start, next;
	bool shown, on;
};

/* WHAT, such as "calibrating", must outlive P.  Nothing is ever drawn with
 * -q or where standard error is not a terminal. */
void progress_begin(struct progress *p, const struct common_opts *c,
		    const char *what, uint64_t total);
void progress_step(struct progress *p, uint64_t done);
void progress_end(struct progress *p);

#endif
