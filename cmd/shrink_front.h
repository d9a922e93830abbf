/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/shrink_front.h -- candidates of mlopt shrink: which hold the target, and
 * which of these no other beats.
 */
#ifndef CMD_SHRINK_FRONT_H
#define CMD_SHRINK_FRONT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct shrunk {
	const char *name;
	const char *path;
	const char *why_not; /* it could not be made; NULL: it was */
	uint64_t bytes;
	double size;	 /* file / the original's */
	double accuracy; /* of 1; NaN without labels */
	double drop;	 /* points below the original's; NaN without labels */
	double sqnr_db;	 /* of the worst output */
	double latency;	 /* median / the original's; NaN: not measured */
	bool holds, on_front;
};

/* Limits; NaN where none is set. */
struct shrink_target {
	double most_drop, least_sqnr_db, most_size, most_latency;
};

/*
 * "top1_drop<=0.5,size<=0.3": limits, joined by commas, of
 *
 *     top1_drop<=POINTS   sqnr_db>=DB   size<=RATIO   latency<=RATIO
 *
 * TEXT NULL sets none.  ERR_USAGE names what is no limit.
 */
MUST_USE bool shrink_target_parse(struct shrink_target *t, const char *text,
				  struct err *e);

/*
 * Set HOLDS and ON_FRONT of the N candidates at C.  One is on the front if it
 * holds T and none that holds it is at least as small, as good (accuracy, or
 * SQNR without labels) and as fast (within 2 %, the noise of measuring), and
 * better in one of them.  Returns how many are.
 */
size_t shrink_front(struct shrunk *c, size_t n, const struct shrink_target *t);

#endif
