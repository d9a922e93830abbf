/* SPDX-License-Identifier: Apache-2.0 */
/* data/preprocess.h -- from what a file holds to what an input wants.
 *
 * Images are decoded to 8 bits per channel, then
 *   --size HxW   resized (bilinear, antialiased) so that they just cover
 *                H x W, and cropped to the centre;
 *   --color      rgb (default), bgr or gray (the default where the model has
 *                one channel);
 *                gray = floor((19595 R + 38470 G + 7471 B + 2^15) / 2^16);
 *   --layout     nchw (default) or nhwc.
 * Then every element x of an image or array becomes
 *     (x * scale - mean[c]) / std[c]
 * in double, rounded once to the type of the input (ties to even, clamped).
 * The channel axis of the input is 1 for nchw and the last one for nhwc.
 */
#ifndef DATA_PREPROCESS_H
#define DATA_PREPROCESS_H

#include "data/dataset.h"

enum { CHANNELS_MAX = 64 };

enum color { COLOR_AUTO, COLOR_RGB, COLOR_BGR, COLOR_GRAY };

/* Numbers for every channel; a COUNT of 1 serves all, 0 is not given. */
struct per_channel {
	double at[CHANNELS_MAX];
	int32_t count;
};

struct preprocess {
	double scale; /* 1: not given */
	struct per_channel mean, std;
	int64_t height, width; /* 0: as they are */
	enum color color;
	bool nhwc;
	bool changes_numbers;  /* scale, mean or std is given */
	bool changes_pictures; /* size or color is given */
};

/* ERR_USAGE names the option. */
MUST_USE bool preprocess_parse(struct preprocess *p,
			       const struct dataset_opts *o, struct err *e);

/*
 * COUNT elements of T as type TO, from element AT of OUT on.  SHAPE is what
 * they are a part of (the whole input, batch axis included); per-channel
 * numbers follow its channel axis, so AT and COUNT are whole samples.
 * ERR_TYPE if numbers would become strings or the like, ERR_SHAPE if the
 * channels do not fit the numbers given.
 */
MUST_USE bool preprocess_apply(const struct preprocess *p,
			       const struct tensor *t, enum dtype to,
			       const struct shape *shape, void *out, size_t at,
			       size_t count, struct err *e);

/* "FIRST:LAST:STEP" and a shard of what it selects: sample k is sample
 * first + k * step of the source. */
struct selection {
	size_t first, step, count;
};

/*
 * Of TOTAL samples those with index FIRST <= i < LAST in steps of STEP (each
 * may be left out; LAST is cut to TOTAL), and of these the consecutive part
 * [n * index / shards, n * (index + 1) / shards).  ERR_USAGE for bad text,
 * ERR_FORMAT if nothing is left.
 */
MUST_USE bool selection_parse(struct selection *s, const char *samples,
			      int index, int shards, size_t total,
			      struct err *e);

#endif
