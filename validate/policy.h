/* SPDX-License-Identifier: Apache-2.0 */
/* validate/policy.h -- what must hold, read from YAML.
 *
 *     schema: 1
 *     accuracy:
 *       metric: top1            # or topk:K, agreement, f1, f1:micro
 *       min: 0.98               # fraction of 1, candidate
 *       max_drop: 0.005         # reference minus candidate, fraction
 *       confidence: 0.95        # optional: the paired interval must prove it
 *       threshold: 0.5          # of f1 with a label for each score
 *                               # mse and perplexity, instead of min, max_drop:
 *       max: 48.2               # candidate
 *       max_rise: 0.001         # candidate / reference - 1
 *     drift:
 *       sqnr_db: {min: 26}      # also cosine, rmse, max_abs; every output
 *     latency:
 *       p50_ratio: {max: 1.02}  # candidate / reference
 *     size:
 *       ratio: {max: 0.36}
 *     memory:
 *       peak_ratio: {max: 1.1}
 *     operators:
 *       allow: [Conv, Relu, com.microsoft:Gelu]
 *
 * Unknown keys, repeated keys, values of another kind and limits that cannot
 * hold (a NaN, a fraction above 1) are errors: a gate that is misspelled must
 * not pass.
 */
#ifndef VALIDATE_POLICY_H
#define VALIDATE_POLICY_H

#include "base/arena.h"
#include "base/buf.h"
#include "validate/metric.h"

/* Numeric criteria, in the order of reports. */
enum criterion {
	ACCURACY_MIN,
	ACCURACY_MAX_DROP,
	ACCURACY_MAX,
	ACCURACY_MAX_RISE,
	SQNR_DB_MIN,
	SQNR_DB_MAX,
	COSINE_MIN,
	COSINE_MAX,
	RMSE_MIN,
	RMSE_MAX,
	MAX_ABS_MIN,
	MAX_ABS_MAX,
	P50_RATIO_MAX,
	SIZE_RATIO_MAX,
	PEAK_RATIO_MAX,
	CRITERIA
};

struct policy {
	bool set[CRITERIA];
	double limit[CRITERIA];
	enum metric metric;
	int k;
	double confidence;  /* 0: judge the found value alone */
	double threshold;   /* of f1; NaN: none was given */
	const char **allow; /* "Conv", "com.microsoft:Gelu"; NULL: any */
	uint32_t nallow;
};

/* "accuracy.max_drop", "drift.sqnr_db.min" ...: as in reports. */
const char *criterion_name(enum criterion c);

/* Parse TEXT (at most 64 KiB); strings go to A.  ERR_FORMAT gives the line. */
MUST_USE bool policy_parse(struct policy *p, struct bytes text, struct arena *a,
			   struct err *e);

/*
 * What a model is held to without a policy, by the least faithful rewrite that
 * made it: "exact" max_abs 0, "rounding" SQNR 100 dB, "lossy" SQNR 20 dB;
 * NULL (not known) is taken for rounding.  Adds to P.
 */
void policy_for_fidelity(struct policy *p, const char *fidelity);

#endif
