/* SPDX-License-Identifier: Apache-2.0 */
/* data/image.h -- JPEG and PNG files as pixels, and resizing.
 *
 * Pixels are 8 bits per channel, interleaved, rows from the top; gray or RGB.
 * Alpha is dropped, palettes are expanded, 16 bits keep their upper 8, colour
 * profiles and orientation tags are ignored, as Pillow's convert("RGB") does.
 */
#ifndef DATA_IMAGE_H
#define DATA_IMAGE_H

#include "base/buf.h"
#include "base/limits.h"

enum { IMAGE_PIXELS_MAX = 1 << 27 };

struct image {
	struct buf pixels; /* height * width * channels */
	size_t width, height, channels;
};

/* Is it an image by its first bytes? */
bool image_probe(struct bytes head);

/*
 * Decode FILE into *OUT (image_free()).  ERR_FORMAT for damaged or truncated
 * data, ERR_LIMIT for more than IMAGE_PIXELS_MAX pixels.
 */
MUST_USE bool image_decode(struct image *out, struct bytes file,
			   struct budget *budget, struct err *e);
MUST_USE bool png_decode(struct image *out, struct bytes file,
			 struct budget *budget, struct err *e);
MUST_USE bool jpeg_decode(struct image *out, struct bytes file,
			  struct budget *budget, struct err *e);
void image_free(struct image *x);

/* Storage for WIDTH x HEIGHT, whose limits are checked; for the decoders. */
MUST_USE bool image_alloc(struct image *x, size_t width, size_t height,
			  size_t channels, struct budget *budget,
			  struct err *e);

/*
 * Scale to WIDTH x HEIGHT: bilinear, with the filter widened by the factor of
 * reduction (antialiased).  Pixel i of N covers the source around
 *     c = (i + 1/2) * s,   s = n_source / N,
 * with weights max(0, 1 - |j + 1/2 - c| / max(s, 1)), normalised, kept with
 * 22 fractional bits; columns first, rounded to 8 bits, then rows.  The same
 * bytes as Pillow's Image.resize((w, h), BILINEAR), except that its version 13
 * starts with the rows of images that are more than twice as high as wide.
 */
MUST_USE bool image_resize(struct image *x, size_t width, size_t height,
			   struct budget *budget, struct err *e);

/*
 * Resize so that the image just covers WIDTH x HEIGHT, then keep the centre:
 * the side that is relatively shorter becomes exact, the other one is rounded
 * down; half a pixel of margin goes to the even side.  For squares this is
 * torchvision's Resize(n), CenterCrop(n).
 */
MUST_USE bool image_cover(struct image *x, size_t width, size_t height,
			  struct budget *budget, struct err *e);

#endif
