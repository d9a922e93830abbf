/* SPDX-License-Identifier: Apache-2.0 */
/* image/bmp.h -- the parts of a BMP file; only image/bmp*.c include it. */
#ifndef IMAGE_BMP_H
#define IMAGE_BMP_H

#include "image/image.h"

enum { BMP_COLORS_MAX = 256 };

struct bmp {
	size_t width, height;
	bool top_down;
	unsigned bits; /* of a pixel */
	uint32_t compression;
	uint32_t mask[3]; /* red, green, blue of 16 and 32 bits */
	uint8_t palette[BMP_COLORS_MAX][3];
	size_t colors;
	struct bytes pixels; /* to the end of the file */
};

/* Pixels of run-length encoded BMP (4 and 8 bits) into INDEX, a byte each,
 * rows from the bottom; INDEX is zeroed. */
MUST_USE bool bmp_unpack(const struct bmp *b, uint8_t *index, struct err *e);

#endif
