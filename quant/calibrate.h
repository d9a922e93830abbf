/* SPDX-License-Identifier: Apache-2.0 */
/* quant/calibrate.h -- run a model on data and keep sketches of its values. */
#ifndef QUANT_CALIBRATE_H
#define QUANT_CALIBRATE_H

#include "data/dataset.h"
#include "exec/engine.h"
#include "quant/sketch.h"

/*
 * SHA-256 of what M computes: operators, attributes, wiring, constants;
 * neither names nor the way the file stored them.
 */
void model_digest(const struct model *m, uint8_t digest[SHA256_BYTES]);

/*
 * The names under which values are calibrated, by value id, in A: inputs and
 * results of the main graph of type float; NULL: not calibrated.  Names are
 * those of the model, made unique by the value's id.
 */
const char **calibrated_names(const struct model *m, struct arena *a);

struct calibrate_opts {
	const struct engine *engine; /* NULL: the default one */
	const struct limits *limits; /* NULL: defaults */
	/* Values to calibrate among those that can be; NULL: all. */
	bool (*wanted)(const struct value *v);
	/* Told how far it is; NULL: nobody is. */
	struct calibrate_progress *progress;
};

/* Embed it first. */
struct calibrate_progress {
	void (*at)(struct calibrate_progress *self, size_t done, size_t of);
};

/*
 * One pass over D with M, bound and inferred, in *S; sketch_release() it.
 * Samples run one by one, or as many at a time as M insists on, so that how
 * the data is divided makes no difference.  NaN and infinities are counted,
 * not refused.
 */
MUST_USE bool calibrate_model(struct sketch *s, const struct model *m,
			      struct dataset *d, const struct calibrate_opts *o,
			      struct err *e);

#endif
