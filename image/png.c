/* SPDX-License-Identifier: Apache-2.0 */
/* image/png.c -- PNG by libpng; see image.h. */
#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "image/image.h"

/* libpng reports errors by a call that must not return. */
struct decoder {
	png_structp png;
	png_infop info;
	struct bytes left;
	char error[128];
};

static void on_error(png_structp png, png_const_charp msg)
{
	struct decoder *d = png_get_error_ptr(png);

	strncpy(d->error, msg, sizeof(d->error) - 1);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp msg)
{
	(void)png;
	(void)msg;
}

static void on_read(png_structp png, png_bytep to, size_t n)
{
	struct decoder *d = png_get_io_ptr(png);

	if (n > d->left.len)
		png_error(png, "the file is cut off");
	memcpy(to, d->left.at, n);
	d->left.at += n;
	d->left.len -= n;
}

/* Everything becomes 8 bits gray or RGB. */
static void set_transforms(png_structp png, png_infop info)
{
	png_byte type = png_get_color_type(png, info);

	if (type == PNG_COLOR_TYPE_PALETTE)
		png_set_palette_to_rgb(png);
	if (png_get_bit_depth(png, info) == 16)
		png_set_strip_16(png);
	if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8)
		png_set_expand_gray_1_2_4_to_8(png);
	png_set_strip_alpha(png);
	png_set_interlace_handling(png);
	png_read_update_info(png, info);
}

/* Between these two, libpng may jump back into decode(): nothing here owns
 * memory that is not in OUT or D. */
static bool read_header(struct decoder *d, struct image *out,
			struct budget *budget, struct err *e)
{
	if (setjmp(png_jmpbuf(d->png)))
		return err_set(e, ERR_FORMAT, "PNG: %s", d->error);
	png_set_read_fn(d->png, d, on_read);
	/* Our own limit is on the product, and says so. */
	png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff);
	png_read_info(d->png, d->info);
	if (png_get_image_width(d->png, d->info) >
	    IMAGE_PIXELS_MAX / png_get_image_height(d->png, d->info))
		return err_set(e, ERR_LIMIT,
			       "an image of %u x %u pixels, the limit is %d "
			       "pixels",
			       png_get_image_width(d->png, d->info),
			       png_get_image_height(d->png, d->info),
			       IMAGE_PIXELS_MAX);
	set_transforms(d->png, d->info);
	return image_alloc(out, png_get_image_width(d->png, d->info),
			   png_get_image_height(d->png, d->info),
			   png_get_channels(d->png, d->info), budget, e);
}

static bool read_rows(struct decoder *d, struct image *out, png_bytep *row,
		      struct err *e)
{
	if (setjmp(png_jmpbuf(d->png)))
		return err_set(e, ERR_FORMAT, "PNG: %s", d->error);
	if (png_get_rowbytes(d->png, d->info) != out->width * out->channels)
		return err_set(e, ERR_UNSUPPORTED,
			       "PNG: pixels of an unexpected size");
	png_read_image(d->png, row);
	png_read_end(d->png, NULL);
	return true;
}

static bool decode(struct decoder *d, struct image *out, struct budget *budget,
		   struct err *e)
{
	struct buf rows = {0};
	png_bytep *row;
	bool ok;

	if (!read_header(d, out, budget, e) ||
	    !buf_array(&rows, out->height, sizeof(*row), budget, e))
		return false;
	row = (png_bytep *)(void *)rows.data;
	for (size_t y = 0; y < out->height; y++)
		row[y] = out->pixels.data + y * out->width * out->channels;
	ok = read_rows(d, out, row, e);
	buf_free(&rows);
	return ok;
}

bool png_decode(struct image *out, struct bytes file, struct budget *budget,
		struct err *e)
{
	struct decoder d = {.left = file};
	bool ok = false;

	d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error,
				       on_warning);
	if (d.png)
		d.info = png_create_info_struct(d.png);
	if (d.info)
		ok = decode(&d, out, budget, e);
	else
		err_set(e, ERR_MEMORY, "libpng has no memory");
	png_destroy_read_struct(&d.png, &d.info, NULL);
	if (!ok)
		image_free(out);
	return ok;
}
