/* SPDX-License-Identifier: Apache-2.0 */
/* passes/narrow.h -- float32 becomes float16 or bfloat16.
 *
 * Either whole nodes compute in the narrow type, with a Cast wherever a value
 * passes between them and what stays float32, or the weights alone are stored
 * in it, each behind a Cast to float32.  Inputs and outputs of the model stay
 * float32; inner graphs are graphs like any other.
 *
 * A node stays float32, and is reported with the reason, if
 *   - its operator does not take the narrow type, or has inner graphs;
 *   - a value that it reads or makes went beyond the type in calibration;
 *   - a constant that it reads is beyond the type, or vanishes in it: has no
 *     element but 0 that the type holds with full precision (an epsilon);
 *   - it computes a size: a list or a number that ends in an integer or in
 *     the scales of Resize, where rounding would change shapes;
 *   - it is named to stay.
 *
 * LOSSY.
 */
#ifndef PASSES_NARROW_H
#define PASSES_NARROW_H

#include "base/limits.h"
#include "graph/graph.h"
#include "quant/sketch.h"

struct narrow_opts {
	enum dtype to;		     /* DTYPE_F16 or DTYPE_BF16 */
	bool weights_only;	     /* storage, not arithmetic */
	const struct sketch *sketch; /* of the model; NULL: not calibrated */
	const char *const *keep;     /* nodes that stay, by label */
	uint32_t nkeep;
};

/* A node, or with weights_only a constant, that stays float32. */
struct narrow_kept {
	const char *label, *type, *why;
};

struct narrow_report {
	struct arena arena;
	struct narrow_kept *kept;
	uint32_t nkept;
	uint32_t narrowed;	   /* nodes, or with weights_only constants */
	uint32_t casts;		   /* nodes added */
	size_t float_bytes, bytes; /* of the constants that became narrow */
};

void narrow_report_release(struct narrow_report *r);

/*
 * Change M, which is bound and inferred, of opset narrow_opset() at least.
 * Records what was done in M's metadata.  ERR_USAGE if O->keep names no node,
 * ERR_UNSUPPORTED if nothing can become narrow.  On failure M is unusable.
 */
MUST_USE bool narrow_model(struct model *m, const struct narrow_opts *o,
			   struct narrow_report *r, struct err *e);

/* The opset in which the operators take the type. */
int64_t narrow_opset(const struct narrow_opts *o);

#endif
