/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rois.h -- regions of images: what RoiAlign and MaxRoiPool share. */
#ifndef OPS_ROIS_H
#define OPS_ROIS_H

#include "ops/op.h"

/* Result 0 is [R, C, HEIGHT, WIDTH] for operands 0 [N, C, H, W] and 1
 * [R, NUMBERS]. */
MUST_USE bool rois_infer(struct infer *c, int64_t numbers, int64_t height,
			 int64_t width, struct err *e);

/* Region I lies in one of the N images; ERR_SHAPE if IMAGE is none. */
MUST_USE bool rois_image(double image, int64_t n, size_t i, struct err *e);

/* To the nearest integer, halves away from 0; NaN is 0. */
double rois_round(double x);

#endif
