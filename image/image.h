/* SPDX-License-Identifier: Apache-2.0 */
/* image/image.h -- JPEG and PNG files as pixels, and resizing.
 *
 * Pixels are 8 bits per channel, interleaved, rows from the top; gray or RGB.
 * Alpha is dropped, palettes are expanded, 16 bits keep their upper 8, colour
 * profiles and orientation tags are ignored, as Pillow's convert("RGB") does.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/buf.h"
#include "base/limits.h"

enum { IMAGE_PIXELS_MAX = 1 << 27 };

struct image {
	struct buf pixels; /* height * width * channels */
	size_t width, height, channels;
};

/* Is it an image by the name of its file? */
bool image_named(const char *name);

/*
 * Decode FILE into *OUT (image_free()).  ERR_FORMAT for damaged or truncated
 * data, ERR_UNSUPPORTED for what a format has and we do not, ERR_LIMIT for more
 * than IMAGE_PIXELS_MAX pixels or where decoding would exceed BUDGET: what
 * libraries allocate is estimated before they do.
 */
MUST_USE bool image_decode(struct image *out, struct bytes file,
			   struct budget *budget, struct err *e);
MUST_USE bool bmp_decode(struct image *out, struct bytes file,
			 struct budget *budget, struct err *e);
MUST_USE bool j2k_decode(struct image *out, struct bytes file,
			 struct budget *budget, struct err *e);
MUST_USE bool jpeg_decode(struct image *out, struct bytes file,
			  struct budget *budget, struct err *e);
MUST_USE bool png_decode(struct image *out, struct bytes file,
			 struct budget *budget, struct err *e);
MUST_USE bool pnm_decode(struct image *out, struct bytes file,
			 struct budget *budget, struct err *e);
MUST_USE bool tiff_decode(struct image *out, struct bytes file,
			  struct budget *budget, struct err *e);
MUST_USE bool webp_decode(struct image *out, struct bytes file,
			  struct budget *budget, struct err *e);
bool bmp_probe(struct bytes head);
bool j2k_probe(struct bytes head);
bool pnm_probe(struct bytes head);
bool tiff_probe(struct bytes head);
bool webp_probe(struct bytes head);
void image_free(struct image *x);

/* Storage for WIDTH x HEIGHT, whose limits are checked; for the decoders. */
MUST_USE bool image_alloc(struct image *x, size_t width, size_t height,
			  size_t channels, struct budget *budget,
			  struct err *e);

/* N pixels of cyan, magenta, yellow and key as RGB; INVERTED: 0 is all ink. */
void image_from_cmyk(const uint8_t *from, uint8_t *to, size_t n, bool inverted);

/* Brightness of one pixel of RGB, of ITU-R 601-2 (as Pillow's "L"):
 *     floor((19595 R + 38470 G + 7471 B + 2^15) / 2^16) */
uint8_t image_gray(const uint8_t *rgb);

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
