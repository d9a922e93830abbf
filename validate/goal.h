/* SPDX-License-Identifier: Apache-2.0 */
/* validate/goal.h -- what a search must keep, in a line.
 *
 *     top1_drop<=0.5              points of top-1 against the reference
 *     agreement>=99.5             per cent of answers that stay
 *     f1_drop<=0.5                points of macro F1
 *     perplexity_ratio<=1.0025    candidate / reference; also mse_ratio
 *     sqnr_db>=25                 of the worst output; also cosine>=,
 *                                 rmse<=, max_abs<=
 *
 * Several are separated by commas; one of them at most is a task's metric.
 */
#ifndef VALIDATE_GOAL_H
#define VALIDATE_GOAL_H

#include "validate/policy.h"

/* Set *P to the gates that TEXT names; ERR_USAGE names what is none. */
MUST_USE bool goal_parse(struct policy *p, const char *text, struct err *e);

/* The name of a gate of P as above or, if it has none there, that of reports;
 * *FACTOR turns a policy's limit c into its units: FACTOR * c + OFFSET. */
const char *goal_name(const struct policy *p, enum criterion c, double *factor,
		      double *offset);

#endif
