/* SPDX-License-Identifier: Apache-2.0 */
/* Images: decoding, refusing, resizing, cropping. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "image/image.h"

static struct image x;
static struct err e;
static uint8_t file[1 << 16];
static size_t len;

static void setup(void)
{
	x = (struct image){0};
}

static void teardown(void)
{
	image_free(&x);
}

static bool decode(size_t n)
{
	struct bytes b = {file, n};

	image_free(&x);
	return image_decode(&x, b, NULL, &e);
}

/* ---- files made here ---------------------------------------------------- */

static void on_png_write(png_structp png, png_bytep data, size_t n)
{
	(void)png;
	ck_assert_uint_le(len + n, sizeof(file));
	memcpy(file + len, data, n);
	len += n;
}

static void on_png_flush(png_structp png)
{
	(void)png;
}

/* FILE = WIDTH x HEIGHT pixels of ROWS (WIDTH * BYTES each). */
static void make_png(unsigned width, unsigned height, int type, int depth,
		     const uint8_t *rows, size_t bytes)
{
	static const png_color palette[] = {{255, 0, 0}, {0, 0, 255}};
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL,
						  NULL, NULL);
	png_infop info = png_create_info_struct(png);

	len = 0;
	png_set_write_fn(png, NULL, on_png_write, on_png_flush);
	png_set_IHDR(png, info, width, height, depth, type, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (type == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, palette, 2);
	png_write_info(png, info);
	for (unsigned y = 0; y < height; y++)
		png_write_row(png, rows + y * bytes);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
}

static void make_jpeg(unsigned width, unsigned height, int channels,
		      const uint8_t *rows, bool progressive)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned char *to = NULL;
	unsigned long n = 0;

	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &to, &n);
	c.image_width = width;
	c.image_height = height;
	c.input_components = channels;
	c.in_color_space = channels == 1   ? JCS_GRAYSCALE
			   : channels == 3 ? JCS_RGB
					   : JCS_CMYK;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 100, TRUE);
	if (progressive)
		jpeg_simple_progression(&c);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < height) {
		uint8_t *row = (uint8_t *)(uintptr_t)rows +
			       c.next_scanline * width * (unsigned)channels;

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	ck_assert_uint_le(n, sizeof(file));
	memcpy(file, to, n);
	len = n;
	free(to);
}

static void pixel_is(size_t px, size_t py, int r, int g, int b, int tolerance)
{
	const uint8_t *p = x.pixels.data + (py * x.width + px) * x.channels;

	ck_assert_int_le(abs(p[0] - r), tolerance);
	if (x.channels == 1)
		return;
	ck_assert_int_le(abs(p[1] - g), tolerance);
	ck_assert_int_le(abs(p[2] - b), tolerance);
}

/* ---- decoding ----------------------------------------------------------- */

START_TEST(decodes_png_of_every_kind)
{
	make_png(2, 1, PNG_COLOR_TYPE_RGB, 8, (const uint8_t *)"abcdef", 6);
	ck_assert_msg(decode(len), "%s", e.msg);
	ck_assert_uint_eq(x.channels, 3);
	pixel_is(1, 0, 'd', 'e', 'f', 0);
	make_png(2, 1, PNG_COLOR_TYPE_RGB_ALPHA, 8,
		 (const uint8_t *)"abc\0def\xff", 8);
	ck_assert(decode(len));
	ck_assert_uint_eq(x.channels, 3);
	pixel_is(0, 0, 'a', 'b', 'c', 0);
	make_png(2, 1, PNG_COLOR_TYPE_GRAY, 16, (const uint8_t *)"a\1b\xff", 4);
	ck_assert(decode(len));
	ck_assert_uint_eq(x.channels, 1);
	pixel_is(0, 0, 'a', 0, 0, 0);
	pixel_is(1, 0, 'b', 0, 0, 0);
	make_png(2, 1, PNG_COLOR_TYPE_GRAY_ALPHA, 8, (const uint8_t *)"a\0b\0",
		 4);
	ck_assert(decode(len));
	ck_assert_uint_eq(x.channels, 1);
	make_png(3, 1, PNG_COLOR_TYPE_GRAY, 1, (const uint8_t *)"\xa0", 1);
	ck_assert(decode(len));
	pixel_is(0, 0, 255, 0, 0, 0);
	pixel_is(1, 0, 0, 0, 0, 0);
	make_png(2, 1, PNG_COLOR_TYPE_PALETTE, 8, (const uint8_t *)"\1\0", 2);
	ck_assert(decode(len));
	ck_assert_uint_eq(x.channels, 3);
	pixel_is(0, 0, 0, 0, 255, 0);
	pixel_is(1, 0, 255, 0, 0, 0);
}
END_TEST

START_TEST(decodes_jpeg_of_every_kind)
{
	static uint8_t rows[16 * 16 * 4];

	for (size_t i = 0; i < 16 * 16; i++)
		memcpy(rows + 3 * i, "\xc8\x32\x0a", 3);
	for (int progressive = 0; progressive < 2; progressive++) {
		make_jpeg(16, 16, 3, rows, progressive);
		ck_assert_msg(decode(len), "%s", e.msg);
		ck_assert_uint_eq(x.width, 16);
		pixel_is(7, 9, 200, 50, 10, 2);
	}
	memset(rows, 77, sizeof(rows));
	make_jpeg(16, 16, 1, rows, false);
	ck_assert(decode(len));
	ck_assert_uint_eq(x.channels, 1);
	pixel_is(3, 3, 77, 0, 0, 1);
	/* Inverted inks 255 255 255, key 100: gray 100. */
	for (size_t i = 0; i < 16 * 16; i++)
		memcpy(rows + 4 * i, "\xff\xff\xff\x64", 4);
	make_jpeg(16, 16, 4, rows, false);
	ck_assert_msg(decode(len), "%s", e.msg);
	ck_assert_uint_eq(x.channels, 3);
	pixel_is(8, 8, 100, 100, 100, 1);
}
END_TEST

START_TEST(refuses_what_is_cut_off)
{
	static uint8_t rows[32 * 32 * 3];

	for (size_t i = 0; i < sizeof(rows); i++)
		rows[i] = (uint8_t)(i * 7919 >> 3);
	make_png(32, 32, PNG_COLOR_TYPE_RGB, 8, rows, 96);
	for (size_t n = 0; n < len; n++) {
		ck_assert(!decode(n));
		ck_assert_int_eq(e.code, ERR_FORMAT);
	}
	for (int progressive = 0; progressive < 2; progressive++) {
		make_jpeg(32, 32, 3, rows, progressive);
		for (size_t n = 0; n < len - 2; n++)
			ck_assert(!decode(n));
	}
}
END_TEST

START_TEST(survives_changed_bytes)
{
	static uint8_t rows[8 * 8 * 3];

	for (int png = 0; png < 2; png++) {
		if (png)
			make_png(8, 8, PNG_COLOR_TYPE_RGB, 8, rows, 24);
		else
			make_jpeg(8, 8, 3, rows, true);
		for (size_t i = 0; i < len; i++)
			for (int bit = 0; bit < 8; bit += 3) {
				file[i] ^= (uint8_t)(1 << bit);
				(void)!decode(len);
				file[i] ^= (uint8_t)(1 << bit);
			}
	}
}
END_TEST

START_TEST(refuses_huge_headers)
{
	static uint8_t rows[64];

	make_png(1, 1, PNG_COLOR_TYPE_GRAY, 8, rows, 1);
	/* IHDR: width and height 2^31 - 1; its checksum is the last field. */
	memcpy(file + 16, "\x7f\xff\xff\xff\x7f\xff\xff\xff", 8);
	ck_assert(!decode(len)); /* the checksum is wrong */
	png_save_uint_32(file + 29, 0x31a254bau);
	ck_assert(!decode(len));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	make_jpeg(8, 8, 1, rows, false);
	for (size_t i = 0; i + 9 < len; i++)
		if (file[i] == 0xff && file[i + 1] == 0xc0)
			memcpy(file + i + 5, "\xff\xdc\xff\xdc", 4);
	ck_assert(!decode(len));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "65500 x 65500"));
}
END_TEST

START_TEST(refuses_other_files)
{
	memcpy(file, "GIF89a", 6);
	ck_assert(!decode(6));
	ck_assert_ptr_nonnull(strstr(e.msg, "is no BMP, JPEG"));
	ck_assert(!decode(0));
}
END_TEST

/* ---- resizing ----------------------------------------------------------- */

static void make_gray(size_t width, size_t height, const uint8_t *pixels)
{
	image_free(&x);
	ck_assert(image_alloc(&x, width, height, 1, NULL, &e));
	memcpy(x.pixels.data, pixels, width * height);
}

/* As Pillow's Image.resize((w, h), BILINEAR) has it. */
static const struct {
	size_t w, h, to_w, to_h;
	uint8_t from[24], want[24];
} resizes[] = {
	/* By half: weights 3/7 3/7 1/7 at the edges, 1/8 3/8 3/8 1/8 inside. */
	{4, 1, 2, 1, {0, 70, 140, 210}, {50, 160}},
	{6, 1, 3, 1, {0, 0, 80, 160, 240, 240}, {11, 120, 229}},
	/* Enlarged by 2: weights 1/4 and 3/4. */
	{2, 1, 4, 1, {0, 100}, {0, 25, 75, 100}},
	{1, 2, 1, 4, {0, 100}, {0, 25, 75, 100}},
	{2, 2, 1, 1, {0, 100, 200, 255}, {139}},
	{1, 1, 3, 2, {9}, {9, 9, 9, 9, 9, 9}},
};

START_TEST(resizes_with_antialiasing)
{
	make_gray(resizes[_i].w, resizes[_i].h, resizes[_i].from);
	ck_assert(
		image_resize(&x, resizes[_i].to_w, resizes[_i].to_h, NULL, &e));
	ck_assert_uint_eq(x.width, resizes[_i].to_w);
	ck_assert_uint_eq(x.height, resizes[_i].to_h);
	for (size_t i = 0; i < x.width * x.height; i++)
		ck_assert_int_eq(x.pixels.data[i], resizes[_i].want[i]);
}
END_TEST

START_TEST(covers_and_crops_the_centre)
{
	uint8_t pixels[5 * 4];

	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = (uint8_t)i;
	/* Already covering: only cropped; margins 1/2 -> 0, 3/2 -> 2. */
	make_gray(5, 4, pixels);
	ck_assert(image_cover(&x, 4, 4, NULL, &e));
	ck_assert_int_eq(x.pixels.data[0], 0);
	ck_assert_int_eq(x.pixels.data[4], 5);
	make_gray(5, 2, pixels);
	ck_assert(image_cover(&x, 2, 2, NULL, &e));
	ck_assert_int_eq(x.pixels.data[0], 2);
	ck_assert_int_eq(x.pixels.data[3], 8);
	/* 5 x 4 -> height 2: width 2.5 -> 2, no crop. */
	make_gray(5, 4, pixels);
	ck_assert(image_cover(&x, 2, 2, NULL, &e));
	ck_assert_uint_eq(x.width, 2);
	ck_assert_uint_eq(x.height, 2);
}
END_TEST

START_TEST(memory_is_bounded)
{
	struct budget budget = {.limit = 1000};
	uint8_t pixels[4] = {0};

	make_gray(2, 2, pixels);
	ck_assert(!image_resize(&x, 1000, 1000, &budget, &e));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_uint_eq(budget.used, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("images");
	TCase *tc = tcase_create("images");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, decodes_png_of_every_kind);
	tcase_add_test(tc, decodes_jpeg_of_every_kind);
	tcase_add_test(tc, refuses_what_is_cut_off);
	tcase_add_test(tc, survives_changed_bytes);
	tcase_add_test(tc, refuses_huge_headers);
	tcase_add_test(tc, refuses_other_files);
	tcase_add_loop_test(tc, resizes_with_antialiasing, 0,
			    (int)COUNT_OF(resizes));
	tcase_add_test(tc, covers_and_crops_the_centre);
	tcase_add_test(tc, memory_is_bounded);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
