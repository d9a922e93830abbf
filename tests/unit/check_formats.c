/* SPDX-License-Identifier: Apache-2.0 */
/* Images of other formats than check_images.c has: decoding and refusing. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"
#include "tests/unit/image_files.h"

static struct image x;
static struct err e;
static uint8_t file[4096];
static size_t len;

static void setup(void)
{
	x = (struct image){0};
	len = 0;
}

static void teardown(void)
{
	image_free(&x);
}

static bool decode(size_t n)
{
	struct budget budget = {.limit = (size_t)64 << 20};
	/* Of exactly that size, so that a sanitizer sees what is beyond. */
	uint8_t *copy = malloc(n ? n : 1);
	bool ok;

	memcpy(copy, file, n);
	image_free(&x);
	ok = image_decode(&x, (struct bytes){copy, n}, &budget, &e);
	free(copy);
	x.pixels.budget = NULL;
	return ok;
}

static void put(const void *bytes, size_t n)
{
	ck_assert_uint_le(len + n, sizeof(file));
	memcpy(file + len, bytes, n);
	len += n;
}

static void put_text(const char *text)
{
	put(text, strlen(text));
}

static void put_number(uint32_t n, int bytes)
{
	for (; bytes > 0; bytes--, n >>= 8)
		put(&(uint8_t){(uint8_t)n}, 1);
}

/* PIXELS are WANT, row by row. */
static void pixels_are(size_t width, size_t height, size_t channels,
		       const uint8_t *want)
{
	ck_assert_uint_eq(x.width, width);
	ck_assert_uint_eq(x.height, height);
	ck_assert_uint_eq(x.channels, channels);
	for (size_t i = 0; i < width * height * channels; i++)
		ck_assert_msg(x.pixels.data[i] == want[i],
			      "byte %zu is %d, want %d", i, x.pixels.data[i],
			      want[i]);
}

#define PIXELS(...) ((const uint8_t[]){__VA_ARGS__})

/* ---- libraries ----------------------------------------------------------- */

static const struct {
	const uint8_t *at;
	size_t len;
} files[] = {
	{image_j2k, sizeof(image_j2k)},
	{image_jp2, sizeof(image_jp2)},
	{image_tiff, sizeof(image_tiff)},
	{image_webp, sizeof(image_webp)},
	{image_webp_animation, sizeof(image_webp_animation)},
};

START_TEST(decodes_files_of_other_programs)
{
	put(files[_i].at, files[_i].len);
	ck_assert_msg(decode(len), "%s", e.msg);
	pixels_are(3, 2, 3, image_pixels);
}
END_TEST

START_TEST(survives_files_that_are_cut_off)
{
	put(files[_i].at, files[_i].len);
	for (size_t n = 0; n < len; n++)
		if (!decode(n))
			ck_assert_msg(e.code == ERR_FORMAT ||
					      e.code == ERR_LIMIT ||
					      e.code == ERR_UNSUPPORTED,
				      "%zu bytes: %s", n, e.msg);
}
END_TEST

START_TEST(survives_files_with_changed_bytes)
{
	put(files[_i].at, files[_i].len);
	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			file[i] ^= (uint8_t)(1 << bit);
			(void)!decode(len);
			file[i] ^= (uint8_t)(1 << bit);
		}
}
END_TEST

/* What OpenJPEG would make tables for is refused before it does. */
START_TEST(refuses_huge_headers_of_jpeg_2000)
{
	/* Xsiz and Ysiz at 8, tiles at 24, the number of components at 40. */
	put(image_j2k, sizeof(image_j2k));
	memset(file + 8, 0x40, 8);
	ck_assert(!decode(len));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	memcpy(file + 8, "\0\0\2\0\0\0\2\0", 8);
	memcpy(file + 24, "\0\0\0\1\0\0\0\1", 8);
	ck_assert(!decode(len));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(e.msg, "262144 tiles"));
	len = 0;
	put(image_j2k, sizeof(image_j2k));
	file[40] = 0x3f;
	ck_assert(!decode(len));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(e.msg, "components"));
}
END_TEST

/* ---- BMP ----------------------------------------------------------------- */

/* Headers of WIDTH x HEIGHT; pixels begin after EXTRA more bytes. */
static void bmp_header(int32_t width, int32_t height, int bits,
		       uint32_t compression, uint32_t extra)
{
	len = 0;
	put_text("BM");
	put_number(0, 8);
	put_number(14 + 40 + extra, 4);
	put_number(40, 4);
	put_number((uint32_t)width, 4);
	put_number((uint32_t)height, 4);
	put_number(1, 2);
	put_number((uint32_t)bits, 2);
	put_number(compression, 4);
	put_number(0, 12);
	put_number(0, 8);
}

static void bmp_palette(size_t colors)
{
	for (size_t i = 0; i < colors; i++)
		put(PIXELS((uint8_t)(i * 3), (uint8_t)(i * 2), (uint8_t)i, 0),
		    4);
}

START_TEST(decodes_bmp_with_rows_from_either_end)
{
	bmp_header(1, 2, 24, 0, 0);
	put("abc\0def\0", 8);
	ck_assert_msg(decode(len), "%s", e.msg);
	pixels_are(1, 2, 3, (const uint8_t *)"fedcba");
	bmp_header(1, -2, 24, 0, 0);
	put("abc\0def\0", 8);
	ck_assert(decode(len));
	pixels_are(1, 2, 3, (const uint8_t *)"cbafed");
	/* The padding of the last row may be missing, no more. */
	ck_assert(decode(len - 1));
	ck_assert(!decode(len - 2));
	ck_assert_ptr_nonnull(strstr(e.msg, "cut off"));
	/* OS/2's short header. */
	len = 0;
	put("BM\0\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\1\0\1\0\1\0\x18\0abc", 29);
	ck_assert_msg(decode(len), "%s", e.msg);
	pixels_are(1, 1, 3, (const uint8_t *)"cba");
}
END_TEST

START_TEST(decodes_bmp_with_masks)
{
	/* 5 bits each unless masks say otherwise. */
	bmp_header(2, 1, 16, 0, 0);
	put_number(0x7c00 | 16, 2);
	put_number(0x03e0, 2);
	ck_assert_msg(decode(len), "%s", e.msg);
	pixels_are(2, 1, 3, PIXELS(255, 0, 132, 0, 255, 0));
	bmp_header(1, 1, 16, 3, 12);
	put_number(0xf800, 4);
	put_number(0x07e0, 4);
	put_number(0x001f, 4);
	put_number(32 << 5 | 31, 4);
	ck_assert(decode(len));
	pixels_are(1, 1, 3, PIXELS(0, 130, 255));
	bmp_header(1, 1, 32, 3, 12);
	put_number(0xff, 4);
	put_number(0xff000000, 4);
	put_number(0x3ff000, 4);
	put_number(0x073ff009, 4);
	ck_assert(decode(len));
	pixels_are(1, 1, 3, PIXELS(9, 7, 255));
	len -= 8;
	put_number(5, 4);
	put_number(0, 4);
	ck_assert(!decode(len));
	ck_assert_ptr_nonnull(strstr(e.msg, "gap"));
}
END_TEST

START_TEST(decodes_bmp_with_palettes)
{
	bmp_header(3, 1, 1, 0, 8);
	bmp_palette(2);
	put("\xa0\0\0\0", 4);
	ck_assert_msg(decode(len), "%s", e.msg);
	pixels_are(3, 1, 3, PIXELS(1, 2, 3, 0, 0, 0, 1, 2, 3));
	bmp_header(3, 1, 4, 0, 64);
	bmp_palette(16);
	put("\x1f\x20\0\0", 4);
	ck_assert(decode(len));
	pixels_are(3, 1, 3, PIXELS(1, 2, 3, 15, 30, 45, 2, 4, 6));
	/* Two colours, and a third one in a pixel. */
	bmp_header(1, 1, 8, 0, 8);
	file[46] = 2;
	bmp_palette(2);
	put("\2\0\0\0", 4);
	ck_assert(!decode(len));
	ck_assert_ptr_nonnull(strstr(e.msg, "colour 2 of a palette of 2"));
}
END_TEST

START_TEST(decodes_run_length_encoded_bmp)
{
	static const uint8_t rows[] = {
		0, 0,  0,  0, 0,  0,  7, 14, 21, 0, 0, 0, /* upper */
		5, 10, 15, 5, 10, 15, 1, 2,  3,	 2, 4, 6,
	};

	bmp_header(4, 2, 8, 1, 1024);
	bmp_palette(256);
	/* 5 5, then 1 2 9 as they are (9 beyond the row), a row, a jump. */
	put("\2\5\0\3\1\2\7\0\0\0\0\2\2\0\1\7\0\1", 18);
	ck_assert_msg(decode(len), "%s", e.msg);
	pixels_are(4, 2, 3, rows);
	for (size_t n = 1078; n + 2 < len; n++)
		ck_assert(!decode(n));
	bmp_header(4, 1, 4, 2, 64);
	bmp_palette(16);
	put("\3\x12\0\1", 4);
	ck_assert_msg(decode(len), "%s", e.msg);
	pixels_are(4, 1, 3, PIXELS(1, 2, 3, 2, 4, 6, 1, 2, 3, 0, 0, 0));
	bmp_header(3, 1, 4, 2, 64);
	bmp_palette(16);
	put("\0\3\x12\x30\0\1", 6);
	ck_assert(decode(len));
	pixels_are(3, 1, 3, PIXELS(1, 2, 3, 2, 4, 6, 3, 6, 9));
}
END_TEST

START_TEST(refuses_what_bmp_cannot_be)
{
	bmp_header(1, 1, 24, 4, 0);
	put_number(0, 4);
	ck_assert(!decode(len));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	bmp_header(1, 1, 24, 1, 0);
	put_number(0, 4);
	ck_assert(!decode(len));
	ck_assert_int_eq(e.code, ERR_FORMAT);
	bmp_header(1, 1, 5, 0, 0);
	ck_assert(!decode(len));
	ck_assert_ptr_nonnull(strstr(e.msg, "5 bits"));
	bmp_header(INT32_MAX, INT32_MAX, 24, 0, 0);
	ck_assert(!decode(len));
	ck_assert_int_eq(e.code, ERR_LIMIT);
	bmp_header(1, INT32_MIN, 24, 0, 0);
	ck_assert(!decode(len));
	bmp_header(-1, 1, 24, 0, 0);
	ck_assert(!decode(len));
	bmp_header(0, 1, 24, 0, 0);
	ck_assert(!decode(len));
	ck_assert_ptr_nonnull(strstr(e.msg, "empty"));
	bmp_header(1, 1, 24, 0, 1000);
	ck_assert(!decode(len));
	for (size_t n = 0; n < len; n++)
		ck_assert(!decode(n));
}
END_TEST

/* ---- PNM ----------------------------------------------------------------- */

static const struct {
	const char *text;
	size_t len;
	size_t width, height, channels;
	const char *pixels; /* NULL: an error that says SAYS */
	const char *says;
} pnm[] = {
#define FILE_OF(text) text, sizeof(text) - 1
	{FILE_OF("P1\n# bits\n2 2\n1 0\n01"), 2, 2, 1, "\0\xff\xff\0", NULL},
	{FILE_OF("P4 3 2\n\x40\xa0"), 3, 2, 1, "\xff\0\xff\0\xff\0", NULL},
	{FILE_OF("P2 2 1 4\n0 4"), 2, 1, 1, "\0\xff", NULL},
	{FILE_OF("P2 2 1 3#x\n1\n2"), 2, 1, 1, "\x55\xaa", NULL},
	{FILE_OF("P5 2 1 255\nab"), 2, 1, 1, "ab", NULL},
	{FILE_OF("P5 2 1 65535\n\xff\xff\x80\0"), 2, 1, 1, "\xff\x80", NULL},
	{FILE_OF("P3 1 1 255 1 2 3"), 1, 1, 3, "\1\2\3", NULL},
	{FILE_OF("P6 1 2 255\nabcdef"), 1, 2, 3, "abcdef", NULL},
	{FILE_OF("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\n"
		 "TUPLTYPE RGB_ALPHA\nENDHDR\nabcd"),
	 1, 1, 3, "abc", NULL},
	{FILE_OF("P7\n# \nDEPTH 2\nMAXVAL 1\nWIDTH 2\nHEIGHT 1\nENDHDR\n"
		 "\1\0\0\1"),
	 2, 1, 1, "\xff\0", NULL},
	{FILE_OF("P5 2 1 255\na"), 0, 0, 0, NULL, "cut off"},
	{FILE_OF("P4 9 1\na"), 0, 0, 0, NULL, "cut off"},
	{FILE_OF("P2 2 1 4 1"), 0, 0, 0, NULL, "cut off"},
	{FILE_OF("P2 1 1 4 5"), 0, 0, 0, NULL, "beyond the greatest"},
	{FILE_OF("P1 1 1 2"), 0, 0, 0, NULL, "beyond the greatest"},
	{FILE_OF("P2 1 1 0 0"), 0, 0, 0, NULL, "greatest sample is 0"},
	{FILE_OF("P2 1 1 65536 0"), 0, 0, 0, NULL, "greatest sample is 65536"},
	{FILE_OF("P2 x"), 0, 0, 0, NULL, "a number is missing"},
	{FILE_OF("P2 1234567890 1"), 0, 0, 0, NULL, "more than 9 digits"},
	{FILE_OF("P5 999999999 999999999 255 a"), 0, 0, 0, NULL, "limit"},
	{FILE_OF("P5 1 1 255"), 0, 0, 0, NULL, "end with a blank"},
	{FILE_OF("P7\nWIDTH 1\n"), 0, 0, 0, NULL, "no end"},
	{FILE_OF("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 1\nENDHDR\n"), 0, 0, 0,
	 NULL, "5 channels"},
#undef FILE_OF
};

START_TEST(decodes_pnm_of_every_kind)
{
	put(pnm[_i].text, pnm[_i].len);
	if (!pnm[_i].pixels) {
		ck_assert(!decode(len));
		ck_assert_msg(strstr(e.msg, pnm[_i].says) != NULL, "%s", e.msg);
		return;
	}
	ck_assert_msg(decode(len), "%s", e.msg);
	pixels_are(pnm[_i].width, pnm[_i].height, pnm[_i].channels,
		   (const uint8_t *)pnm[_i].pixels);
}
END_TEST

START_TEST(knows_images_by_their_names)
{
	ck_assert(image_named("a.PNG"));
	ck_assert(image_named("a.b.jpeg"));
	ck_assert(image_named("x.tiff"));
	ck_assert(image_named(".pgm"));
	ck_assert(!image_named("png"));
	ck_assert(!image_named("a."));
	ck_assert(!image_named("a.jp"));
	ck_assert(!image_named("a.g "));
	ck_assert(!image_named("a.verylong"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("formats");
	TCase *tc = tcase_create("formats");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, decodes_files_of_other_programs, 0,
			    (int)COUNT_OF(files));
	tcase_add_loop_test(tc, survives_files_that_are_cut_off, 0,
			    (int)COUNT_OF(files));
	tcase_add_loop_test(tc, survives_files_with_changed_bytes, 0,
			    (int)COUNT_OF(files));
	tcase_add_test(tc, refuses_huge_headers_of_jpeg_2000);
	tcase_add_test(tc, decodes_bmp_with_rows_from_either_end);
	tcase_add_test(tc, decodes_bmp_with_masks);
	tcase_add_test(tc, decodes_bmp_with_palettes);
	tcase_add_test(tc, decodes_run_length_encoded_bmp);
	tcase_add_test(tc, refuses_what_bmp_cannot_be);
	tcase_add_loop_test(tc, decodes_pnm_of_every_kind, 0,
			    (int)COUNT_OF(pnm));
	tcase_add_test(tc, knows_images_by_their_names);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
