/* SPDX-License-Identifier: Apache-2.0 */
/* data/image.c -- images of any kind, and cropping; see image.h. */
#include "data/image.h"

#include <string.h>

static bool is_png(struct bytes head)
{
	return head.len >= 8 && !memcmp(head.at, "\x89PNG\r\n\x1a\n", 8);
}

static bool is_jpeg(struct bytes head)
{
	return head.len >= 3 && !memcmp(head.at, "\xff\xd8\xff", 3);
}

bool image_probe(struct bytes head)
{
	return is_png(head) || is_jpeg(head);
}

bool image_decode(struct image *out, struct bytes file, struct budget *budget,
		  struct err *e)
{
	*out = (struct image){0};
	if (is_png(file))
		return png_decode(out, file, budget, e);
	if (is_jpeg(file))
		return jpeg_decode(out, file, budget, e);
	return err_set(e, ERR_FORMAT, "the file is neither JPEG nor PNG");
}

void image_free(struct image *x)
{
	buf_free(&x->pixels);
	*x = (struct image){0};
}

bool image_alloc(struct image *x, size_t width, size_t height, size_t channels,
		 struct budget *budget, struct err *e)
{
	if (!width || !height)
		return err_set(e, ERR_FORMAT, "the image is empty");
	if (width > IMAGE_PIXELS_MAX / height)
		return err_set(e, ERR_LIMIT,
			       "an image of %zu x %zu pixels, the limit is %d "
			       "pixels",
			       width, height, IMAGE_PIXELS_MAX);
	*x = (struct image){
		.width = width, .height = height, .channels = channels};
	return buf_array(&x->pixels, width * height, channels, budget, e);
}

/* Pixels to leave out in front: half of them, ties to even. */
static size_t margin(size_t have, size_t want)
{
	size_t d = have - want;

	return d / 2 + (d % 2 && d / 2 % 2);
}

/* The rectangle at X0, Y0, moved to the front. */
static void crop(struct image *x, size_t x0, size_t y0, size_t width,
		 size_t height)
{
	size_t row = width * x->channels;

	for (size_t y = 0; y < height; y++)
		memmove(x->pixels.data + y * row,
			x->pixels.data +
				((y0 + y) * x->width + x0) * x->channels,
			row);
	x->width = width;
	x->height = height;
}

bool image_cover(struct image *x, size_t width, size_t height,
		 struct budget *budget, struct err *e)
{
	size_t w = width, h = height;

	/* Both products stay far below 2^64: sides have 27 bits at most. */
	if (x->width * height <= x->height * width)
		h = width * x->height / x->width;
	else
		w = height * x->width / x->height;
	if (!image_resize(x, w, h, budget, e))
		return false;
	crop(x, margin(w, width), margin(h, height), width, height);
	return true;
}
