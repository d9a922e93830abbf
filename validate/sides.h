/* SPDX-License-Identifier: Apache-2.0 */
/* validate/sides.h -- two models side by side, fed with the same samples.
 * Private to validate/.
 */
#ifndef VALIDATE_SIDES_H
#define VALIDATE_SIDES_H

#include "exec/session.h"
#include "validate/compare.h"

/* A fed input that takes its own default. */
#define NO_INPUT UINT32_MAX

struct sides {
	const struct model *model[2];
	const struct compare_opts *opts;
	struct arena arena;
	uint32_t nin, nout; /* the candidate's fed inputs, outputs */
	uint32_t *input;    /* fed input i takes the reference's input[i], or */
	uint32_t *output; /* reference output i is candidate output output[i] */
	const struct datum **in; /* candidate's inputs of the current batch */
};

/* Pair inputs and outputs. */
MUST_USE bool sides_init(struct sides *s, const struct model *const model[2],
			 const struct compare_opts *o, struct err *e);
void sides_release(struct sides *s);

/* The inputs of SIDE for batch B; valid until the next call. */
const struct datum *const *sides_feed(struct sides *s, const struct batch *b,
				      enum side side);

/* Samples that one run takes on both sides. */
size_t sides_batch(const struct sides *s, const struct dataset *d);

/* Parts of compare_models(). */
MUST_USE bool compare_layers(struct report *r, struct sides *s,
			     struct dataset *d, struct err *e);
MUST_USE bool compare_speed(struct report *r, struct sides *s,
			    struct dataset *d, struct err *e);

#endif
