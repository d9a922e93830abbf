/* SPDX-License-Identifier: Apache-2.0 */
/* quant/sketch.h -- calibration of a model, as a file.
 *
 * A sketch holds one histogram for every tensor that was watched, and says
 * of which model and of which data.  Sketches of parts of the data merge, in
 * any order, into exactly the bytes that the whole would have given: there
 * are only integers, extremes and digests that add up.
 *
 * File, little-endian; "count" is an LEB128 number of least length:
 *
 *     "mlopt\x1aSK"  version: u32 = 1
 *     model: 32 bytes   data: 32 bytes   samples: count   tensors: count
 *     tensor: name length: count, name, finite, nan, -inf, +inf: counts,
 *             min, max: f32 (both 0 if finite is 0),
 *             sums: count, {exponent: u8, zigzag of the sum: count} ascending
 *             pages: count, {page: u16, 64 bins: counts} ascending
 *     SHA-256 of all of the above
 */
#ifndef QUANT_SKETCH_H
#define QUANT_SKETCH_H

#include "base/limits.h"
#include "base/map.h"
#include "base/output.h"
#include "base/sha256.h"
#include "quant/histogram.h"

struct sketch_tensor {
	const char *name; /* of the value in the prepared model */
	struct histogram histogram;
};

struct sketch {
	struct arena arena;	     /* names, pages */
	struct buf storage;	     /* tensor[] */
	uint8_t model[SHA256_BYTES]; /* model_digest() of the prepared model */
	/* Sum of the samples' digests modulo 2^256: names the data, whatever
	 * the order, but not against somebody who wants it to lie. */
	uint8_t data[SHA256_BYTES];
	uint64_t samples;
	struct sketch_tensor *tensor;
	uint32_t count;
	struct map index; /* name -> entry of tensor[] */
};

/* An empty sketch of COUNT tensors called NAME (copied, all different). */
MUST_USE bool sketch_init(struct sketch *s, const uint8_t model[SHA256_BYTES],
			  const char *const *name, uint32_t count,
			  struct err *e);
void sketch_release(struct sketch *s);

/* The histogram of the tensor NAME, or NULL. */
const struct histogram *sketch_find(const struct sketch *s, const char *name);

/* One more sample, whose bytes have this digest. */
void sketch_count_sample(struct sketch *s, const uint8_t digest[SHA256_BYTES]);

/* ERR_FORMAT if FROM is of another model than S; the same model has the same
 * tensors. */
MUST_USE bool sketch_is_of(const struct sketch *s, const struct sketch *from,
			   struct err *e);

/* Add FROM.  ERR_FORMAT if it is of another model. */
MUST_USE bool sketch_merge(struct sketch *s, const struct sketch *from,
			   struct err *e);

/* Append the file's bytes to OUT. */
MUST_USE bool sketch_write(const struct sketch *s, struct sink *out,
			   struct err *e);
MUST_USE bool sketch_write_file(const struct sketch *s, const char *path,
				struct err *e);

/* Nothing in BYTES is trusted; ERR_FORMAT or ERR_LIMIT says what is wrong. */
MUST_USE bool sketch_read(struct sketch *s, struct bytes bytes,
			  const struct limits *lim, struct err *e);
MUST_USE bool sketch_read_file(struct sketch *s, const char *path,
			       const struct limits *lim, struct err *e);

#endif
