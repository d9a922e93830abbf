/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/shrink.h -- what calibrate, quantize and prune begin with. */
#ifndef CMD_SHRINK_H
#define CMD_SHRINK_H

#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "data/dataset.h"
#include "exec/hold.h"
#include "exec/plan.h"
#include "quant/calibrate.h"
#include "quant/prefix.h"

/*
 * Read PATH and make it ready for quantization: constants instead of inputs
 * with defaults, opset 13 at least (per-axis DequantizeLinear), everything
 * folded that can be.  Sketches are of models prepared like this.
 * model_free() *OUT.
 */
MUST_USE bool shrink_load(struct model **out, const struct common_opts *c,
			  const char *path, struct err *e);

/* Raise the opset of M to OPSET if it is lower. */
MUST_USE bool shrink_raise(struct model *m, int64_t opset, struct err *e);

/* As load_plan_opts(), but without --engine always blas: codes must not depend
 * on what is installed. */
MUST_USE bool shrink_plan_opts(struct plan_opts *o, const struct common_opts *c,
			       struct err *e);

/* calibrate_model() with progress on a terminal; WANTED as in its options. */
MUST_USE bool shrink_calibrate(struct sketch *s, const struct model *m,
			       struct dataset *d,
			       bool (*wanted)(const struct value *v),
			       const struct common_opts *c, struct err *e);

/* Samples to run through a model; shrink_samples_release() them. */
struct shrink_samples {
	struct datum *in; /* [count][fed inputs] */
	uint32_t count;
	const struct engine *engine;
	struct hold hold;
	struct arena arena;
};

/*
 * Samples of D for M: at most MOST, evenly spread, and fewer where M's values
 * of that many would take more than 1 GiB.
 */
MUST_USE bool shrink_samples(struct shrink_samples *s, const struct model *m,
			     struct dataset *d, size_t most,
			     const struct common_opts *c, struct err *e);
/* The ITEMS that begin at FIRST[]: samples, or as many as M insists on. */
MUST_USE bool shrink_samples_at(struct shrink_samples *s, const struct model *m,
				struct dataset *d, const size_t *first,
				uint32_t items, const struct common_opts *c,
				struct err *e);
/* Join items of one sample, up to MOST that follow each other and whose NIN
 * inputs have the same shapes. */
MUST_USE bool shrink_samples_stack(struct shrink_samples *s, uint32_t nin,
				   uint32_t most, struct err *e);
void shrink_samples_release(struct shrink_samples *s);

/* Inputs of M that take samples. */
uint32_t shrink_fed_inputs(const struct model *m);

/*
 * A prefix before M's first node with the samples that shrink_samples() takes;
 * prefix_end() it.
 */
MUST_USE bool shrink_prefix(struct prefix *p, struct model *m,
			    struct dataset *d, size_t most,
			    const struct common_opts *c, struct err *e);

enum { SHRINK_SAMPLES = 256 };

/* What S says, as table with -v and as JSON. */
MUST_USE bool sketch_report(const struct sketch *s, const struct common_opts *c,
			    struct err *e);

#endif
