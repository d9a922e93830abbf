/* SPDX-License-Identifier: Apache-2.0 */
/* image/tiff.c -- TIFF by libtiff; see image.h.
 *
 * The first image of the file, with whatever compression and kind of colour
 * libtiff turns into RGB; rows from the bottom or columns from the right are
 * put right.  16 bits are rounded to 8.
 */
#include <stdio.h>
#include <string.h>

#include "image/image.h"
#include "image/tiff_lib.h"

enum { ALLOC_MAX = 1 << 30 };

struct reader {
	const struct tiff_lib *lib;
	struct bytes file;
	uint64_t at;
	char error[160]; /* the first one */
};

static int on_error(TIFF *tiff, void *user, const char *module,
		    const char *format, va_list args)
{
	struct reader *r = user;

	(void)tiff;
	(void)module;
	if (!*r->error)
		vsnprintf(r->error, sizeof(r->error), format, args);
	return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module,
		      const char *format, va_list args)
{
	(void)tiff;
	(void)user;
	(void)module;
	(void)format;
	(void)args;
	return 1;
}

/* ---- the file ------------------------------------------------------------ */

static tmsize_t on_read(thandle_t h, void *to, tmsize_t n)
{
	struct reader *r = h;
	uint64_t left = r->at < r->file.len ? r->file.len - r->at : 0;

	if (n < 0)
		return -1;
	if ((uint64_t)n > left)
		n = (tmsize_t)left;
	if (n)
		memcpy(to, r->file.at + r->at, (size_t)n);
	r->at += (uint64_t)n;
	return n;
}

static tmsize_t on_write(thandle_t h, void *from, tmsize_t n)
{
	(void)h;
	(void)from;
	(void)n;
	return -1;
}

static toff_t on_seek(thandle_t h, toff_t to, int whence)
{
	struct reader *r = h;

	if (whence == SEEK_CUR)
		to += r->at;
	else if (whence == SEEK_END)
		to += r->file.len;
	r->at = to;
	return to;
}

static int on_close(thandle_t h)
{
	(void)h;
	return 0;
}

static toff_t on_size(thandle_t h)
{
	return ((struct reader *)h)->file.len;
}

static TIFF *open_memory(struct reader *r, size_t memory)
{
	const struct tiff_lib *l = r->lib;
	TIFFOpenOptions *o = l->TIFFOpenOptionsAlloc();
	TIFF *t;

	if (!o)
		return NULL;
	l->TIFFOpenOptionsSetMaxSingleMemAlloc(o, (tmsize_t)memory);
	l->TIFFOpenOptionsSetErrorHandlerExtR(o, on_error, r);
	l->TIFFOpenOptionsSetWarningHandlerExtR(o, on_warning, r);
	/* m: no mapping, the bytes are in memory already. */
	t = l->TIFFClientOpenExt("image", "rm", r, on_read, on_write, on_seek,
				 on_close, on_size, NULL, NULL, o);
	l->TIFFOpenOptionsFree(o);
	return t;
}

/* ---- pixels -------------------------------------------------------------- */

static bool failed(const struct reader *r, struct err *e)
{
	return err_set(e, ERR_FORMAT, "TIFF: %s",
		       *r->error ? r->error : "the file is damaged");
}

/* libtiff would multiply the colours by an alpha that stands beside them. */
static void ignore_alpha(const struct tiff_lib *l, TIFF *t)
{
	uint16_t n = 0, *kinds = NULL, associated[] = {EXTRASAMPLE_ASSOCALPHA};

	if (l->TIFFGetField(t, TIFFTAG_EXTRASAMPLES, &n, &kinds) && n == 1 &&
	    *kinds == EXTRASAMPLE_UNASSALPHA)
		l->TIFFSetField(t, TIFFTAG_EXTRASAMPLES, 1, associated);
}

static bool is_gray(const struct tiff_lib *l, TIFF *t)
{
	uint16_t photometric = PHOTOMETRIC_RGB;

	l->TIFFGetField(t, TIFFTAG_PHOTOMETRIC, &photometric);
	return photometric == PHOTOMETRIC_MINISWHITE ||
	       photometric == PHOTOMETRIC_MINISBLACK;
}

static void unpack(struct image *out, const uint32_t *raster)
{
	uint8_t *to = out->pixels.data;

	for (size_t i = 0; i < out->width * out->height; i++) {
		*to++ = (uint8_t)TIFFGetR(raster[i]);
		if (out->channels == 1)
			continue;
		*to++ = (uint8_t)TIFFGetG(raster[i]);
		*to++ = (uint8_t)TIFFGetB(raster[i]);
	}
}

static bool decode(TIFF *t, struct reader *r, struct image *out,
		   struct budget *budget, struct err *e)
{
	const struct tiff_lib *l = r->lib;
	uint32_t width = 0, height = 0;
	struct buf raster = {0};
	char why[1024];
	bool ok;

	l->TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &width);
	l->TIFFGetField(t, TIFFTAG_IMAGELENGTH, &height);
	if (!l->TIFFRGBAImageOK(t, why))
		return err_set(e, ERR_UNSUPPORTED, "TIFF: %s", why);
	if (!image_alloc(out, width, height, is_gray(l, t) ? 1 : 3, budget,
			 e) ||
	    !buf_array(&raster, out->width * out->height, sizeof(uint32_t),
		       budget, e))
		return false;
	memset(raster.data, 0, raster.bytes);
	ignore_alpha(l, t);
	ok = l->TIFFReadRGBAImageOriented(t, width, height,
					  (uint32_t *)(void *)raster.data,
					  ORIENTATION_TOPLEFT, 1);
	/* Not every decoder stops where data end. */
	ok = ok && !*r->error;
	if (ok)
		unpack(out, (const uint32_t *)(const void *)raster.data);
	buf_free(&raster);
	return ok || failed(r, e);
}

bool tiff_probe(struct bytes head)
{
	return head.len >= 4 &&
	       (!memcmp(head.at, "II*\0", 4) || !memcmp(head.at, "MM\0*", 4) ||
		!memcmp(head.at, "II+\0", 4) || !memcmp(head.at, "MM\0+", 4));
}

bool tiff_decode(struct image *out, struct bytes file, struct budget *budget,
		 struct err *e)
{
	struct reader r = {.lib = tiff_lib(e), .file = file};
	size_t memory = ALLOC_MAX;
	TIFF *t;
	bool ok;

	if (!r.lib)
		return false;
	if (budget && budget->limit && budget->limit - budget->used < memory)
		memory = budget->limit - budget->used;
	t = open_memory(&r, memory);
	if (!t)
		return failed(&r, e);
	ok = decode(t, &r, out, budget, e);
	r.lib->TIFFClose(t);
	if (!ok)
		image_free(out);
	return ok;
}
