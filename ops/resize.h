/* SPDX-License-Identifier: Apache-2.0 */
/* ops/resize.h -- Resize and Upsample: what they are asked for, decoded. */
#ifndef OPS_RESIZE_H
#define OPS_RESIZE_H

#include "ops/op.h"

enum resize_mode { RESIZE_NEAREST, RESIZE_LINEAR, RESIZE_CUBIC };

enum resize_coord { /* coordinate_transformation_mode */
		    COORD_HALF_PIXEL,
		    COORD_HALF_PIXEL_SYMMETRIC,
		    COORD_PYTORCH_HALF_PIXEL,
		    COORD_ALIGN_CORNERS,
		    COORD_ASYMMETRIC,
		    COORD_TF_CROP,
		    COORD_TF_HALF_PIXEL /* tf_half_pixel_for_nn, opset 11 */
};

enum resize_nearest { /* nearest_mode */
		      NEAREST_PREFER_FLOOR,
		      NEAREST_PREFER_CEIL,
		      NEAREST_FLOOR,
		      NEAREST_CEIL,
		      /* before opset 11: up where the axis shrinks */
		      NEAREST_BY_SCALE
};

enum resize_policy { POLICY_STRETCH, POLICY_NOT_LARGER, POLICY_NOT_SMALLER };

/* One operator, whatever its version. */
struct resize {
	enum resize_mode mode;
	enum resize_coord coord;
	enum resize_nearest nearest;
	enum resize_policy policy;
	double cubic_a, extrapolation;
	bool exclude_outside, antialias;
	uint32_t roi, scales, sizes; /* operands; 0: there is none */
};

/* One axis of one call. */
struct resize_axis {
	int64_t in, out;	   /* extents */
	double scale;		   /* 1 where the axis is left alone */
	double roi_begin, roi_end; /* 0, 1 */
};

MUST_USE bool resize_decode(const struct node *n, struct resize *r,
			    struct err *e);

/*
 * Fill AXIS[rank] from the operands' contents: lists of SCALES or SIZES (the
 * other NULL) and ROI (NULL: whole).  IN has known dims.
 */
MUST_USE bool resize_axes(const struct node *n, const struct resize *r,
			  const struct shape *in, const struct tensor *scales,
			  const struct tensor *sizes, const struct tensor *roi,
			  struct resize_axis *axis, struct err *e);

/*
 * The taps of one output position along one axis: TAPS weights, and the
 * (clamped) positions that they belong to.
 */
uint32_t resize_taps(const struct resize *r, const struct resize_axis *a);
/* WEIGHT[taps], POSITION[taps]; false: outside, take the extrapolation. */
bool resize_tap(const struct resize *r, const struct resize_axis *a,
		int64_t out, double *weight, size_t *position);

#endif
