/* SPDX-License-Identifier: Apache-2.0 */
/* image/image.c -- images of any kind, and cropping; see image.h. */
#include "image/image.h"

#include <string.h>

static bool png_probe(struct bytes head)
{
	return head.len >= 8 && !memcmp(head.at, "\x89PNG\r\n\x1a\n", 8);
}

static bool jpeg_probe(struct bytes head)
{
	return head.len >= 3 && !memcmp(head.at, "\xff\xd8\xff", 3);
}

static const struct {
	bool (*probe)(struct bytes head);
	bool (*decode)(struct image *out, struct bytes file,
		       struct budget *budget, struct err *e);
	const char *suffixes; /* of names of files, each ended by a blank */
} formats[] = {
	{png_probe, png_decode, ".png "},
	{jpeg_probe, jpeg_decode, ".jpg .jpeg "},
	{j2k_probe, j2k_decode, ".jp2 .j2k .j2c .jpc "},
	{webp_probe, webp_decode, ".webp "},
	{tiff_probe, tiff_decode, ".tif .tiff "},
	{pnm_probe, pnm_decode, ".pbm .pgm .ppm .pnm .pam "},
	{bmp_probe, bmp_decode, ".bmp "},
};

bool image_named(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot ? strlen(dot) : 0;
	char key[8] = "";

	if (n < 2 || n > sizeof(key) - 2)
		return false;
	for (size_t i = 0; i < n; i++)
		key[i] = (char)(dot[i] >= 'A' && dot[i] <= 'Z'
					? dot[i] - 'A' + 'a'
					: dot[i]);
	key[n] = ' ';
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (strstr(formats[i].suffixes, key))
			return true;
	return false;
}

bool image_decode(struct image *out, struct bytes file, struct budget *budget,
		  struct err *e)
{
	*out = (struct image){0};
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (formats[i].probe(file))
			return formats[i].decode(out, file, budget, e);
	return err_set(e, ERR_FORMAT,
		       "the file is no BMP, JPEG, JPEG 2000, PNG, PNM, TIFF or "
		       "WebP image");
}

/* Printers store inverted CMYK; so do the files with Adobe's marker. */
void image_from_cmyk(const uint8_t *from, uint8_t *to, size_t n, bool inverted)
{
	for (size_t i = 0; i < n; i++, from += 4, to += 3) {
		unsigned k = inverted ? from[3] : 255u - from[3];

		for (size_t c = 0; c < 3; c++) {
			unsigned ink = inverted ? 255u - from[c] : from[c];
			unsigned t = ink * k + 128;

			to[c] = (uint8_t)(k - ((t + (t >> 8)) >> 8));
		}
	}
}

uint8_t image_gray(const uint8_t *rgb)
{
	return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] +
			  0x8000u) >>
			 16);
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
