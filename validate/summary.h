/* SPDX-License-Identifier: Apache-2.0 */
/* validate/summary.h -- the few numbers of a report that a choice needs, read
 * back from its machine form.
 */
#ifndef VALIDATE_SUMMARY_H
#define VALIDATE_SUMMARY_H

#include "base/arena.h"
#include "base/buf.h"
#include "validate/report.h"

/* Numbers that the report does not have are NaN. */
struct summary {
	const char *candidate, *reference; /* paths */
	enum verdict verdict;
	const char *metric;   /* "top1"; NULL: none */
	bool is_loss;	      /* of the metric: less is better */
	double accuracy[2];   /* fractions, or losses */
	double sqnr_db;	      /* of the worst output */
	double latency_ms[2]; /* medians */
	double latency_ratio;
	double size_bytes[2];
};

/*
 * Read a report of schema 1.  ERR_FORMAT for anything else; the text may come
 * from anywhere.  Strings go to A.
 */
MUST_USE bool summary_parse(struct summary *s, struct bytes json,
			    struct arena *a, struct err *e);

enum preference { PREFER_SIZE, PREFER_LATENCY, PREFER_ACCURACY };

/* The best of S[0..N) that passed, the first of equals; -1 if none did. */
int summary_choose(const struct summary *s, int n, enum preference by);

#endif
