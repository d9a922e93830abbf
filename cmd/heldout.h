/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/heldout.h -- candidates judged on samples that they have not seen.
 *
 * Every third sample is held out; the others are for calibration.  A target
 * for the drop of top-1, or for agreement, is held against what is expected of
 * the noise (validate/expected_drop.h): few samples say nothing about half a
 * point.  It also fails where what was counted is worse with 95 % confidence.
 */
#ifndef CMD_HELDOUT_H
#define CMD_HELDOUT_H

#include "cmd/shrink.h"
#include "validate/expected_drop.h"
#include "validate/report.h"

/* What was measured of a candidate. */
struct judged {
	bool holds;
	double noise;		       /* sum of the outputs' error / signal */
	struct expected_drop expected; /* NaN: not asked for */
	double counted; /* drop of the metric, or rise; NaN: no metric */
	/* The noise times this, squared, is where the target just holds. */
	double scale;
};

struct heldout {
	const struct common_opts *common;
	const struct model *model; /* the reference */
	struct dataset *data;
	struct policy policy;
	struct shrink_samples calibration, samples;
	size_t each;	/* samples that the model insists on */
	size_t *sample; /* their numbers in DATA, item by item */
	uint32_t held;	/* how many */
	uint32_t nout;
	struct datum *want; /* [items][nout] */
	bool expects;	    /* a drop, of rows of scores */
	struct margins margins;
	struct scores scores; /* WANT of the first output */
	struct hold hold;
	struct arena arena;
};

/* M and D outlive H; heldout_release() it. */
MUST_USE bool heldout_init(struct heldout *h, const struct model *m,
			   struct dataset *d, const struct policy *p,
			   const struct common_opts *c, struct err *e);
void heldout_release(struct heldout *h);

MUST_USE bool heldout_judge(const struct heldout *h,
			    const struct model *candidate, struct judged *j,
			    struct err *e);

/* The noise alone. */
MUST_USE bool heldout_noise(const struct heldout *h,
			    const struct model *candidate, double *noise,
			    struct err *e);

#endif
