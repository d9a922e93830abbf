/* SPDX-License-Identifier: Apache-2.0 */
/* validate/compare.h -- run two models on the same samples and measure. */
#ifndef VALIDATE_COMPARE_H
#define VALIDATE_COMPARE_H

#include "data/dataset.h"
#include "exec/plan.h"
#include "validate/report.h"

struct compare_opts {
	struct plan_opts plan; /* of both sides */
	enum metric metric;    /* METRIC_NONE: no accuracy */
	int k;
	double threshold;   /* of f1 */
	const char *output; /* that accuracy reads; NULL: the first */
	size_t batch; /* samples a run; 0: 32, as far as the models allow */
	bool per_layer;
	bool latency, memory;
	bool same_model; /* one session then serves both sides of latency */
	double seconds;	 /* at least this long for latency */
	double latency_limit; /* a ratio above it is measured twice; 0: none */
	/* Told about progress; may be NULL. */
	struct progress_sink *progress;
};

/* Embed it first. */
struct progress_sink {
	void (*step)(struct progress_sink *self, const char *what, size_t done,
		     size_t total);
};

/*
 * Fill the measurements of *R (zeroed by the caller, path[] and size_bytes[]
 * set) for MODEL[REFERENCE] and MODEL[CANDIDATE], both bound and inferred.
 * Inputs and outputs go together by name, else by position; ERR_SHAPE or
 * ERR_TYPE names those that do not.  ERR_USAGE if METRIC needs labels that D
 * does not have.
 */
MUST_USE bool compare_models(struct report *r,
			     const struct model *const model[2],
			     struct dataset *d, const struct compare_opts *o,
			     struct err *e);

#endif
