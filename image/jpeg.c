/* SPDX-License-Identifier: Apache-2.0 */
/* image/jpeg.c -- JPEG by libjpeg; see image.h. */
#include <stddef.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <string.h>

#include "image/image.h"

enum { SCANS_MAX = 500 };

/* libjpeg reports errors by a call that must not return. */
struct decoder {
	struct jpeg_error_mgr errors; /* first: libjpeg points at it */
	struct jpeg_decompress_struct jpeg;
	struct jpeg_progress_mgr progress;
	jmp_buf jump;
	char error[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr jpeg)
{
	struct decoder *d = (struct decoder *)jpeg->err;

	jpeg->err->format_message(jpeg, d->error);
	longjmp(d->jump, 1);
}

/* Data that libjpeg would make up are refused: the end of the file and codes
 * that do not exist.  Odd headers and padding are harmless. */
static void on_message(j_common_ptr jpeg, int level)
{
	switch (jpeg->err->msg_code) {
	case JWRN_JPEG_EOF:
	case JWRN_HIT_MARKER:
	case JWRN_HUFF_BAD_CODE:
	case JWRN_MUST_RESYNC:
		if (level < 0)
			on_error(jpeg);
		break;
	default:
		break;
	}
}

/* A few bytes can be one more scan over all of a progressive image. */
static void on_progress(j_common_ptr jpeg)
{
	struct decoder *d = (struct decoder *)jpeg->err;

	if (d->jpeg.input_scan_number <= SCANS_MAX)
		return;
	snprintf(d->error, sizeof(d->error), "more than %d scans", SCANS_MAX);
	longjmp(d->jump, 1);
}

/* libjpeg holds all coefficients of a progressive image. */
static bool fits(const struct jpeg_decompress_struct *j,
		 const struct budget *budget)
{
	size_t need = (size_t)j->image_width * j->image_height *
		      (size_t)j->num_components * sizeof(JCOEF);

	return !budget || !budget->limit || !j->progressive_mode ||
	       need <= budget->limit - budget->used;
}

static bool start(struct decoder *d, struct image *out, struct bytes file,
		  struct budget *budget, struct err *e)
{
	struct jpeg_decompress_struct *j = &d->jpeg;

	if (setjmp(d->jump))
		return err_set(e, ERR_FORMAT, "JPEG: %s", d->error);
	jpeg_create_decompress(j);
	d->progress.progress_monitor = on_progress;
	j->progress = &d->progress;
	jpeg_mem_src(j, file.at, file.len);
	jpeg_read_header(j, TRUE);
	if (j->num_components == 1)
		j->out_color_space = JCS_GRAYSCALE;
	else if (j->num_components == 4)
		j->out_color_space = JCS_CMYK;
	else
		j->out_color_space = JCS_RGB;
	if (j->image_width > IMAGE_PIXELS_MAX / j->image_height)
		return err_set(e, ERR_LIMIT,
			       "an image of %u x %u pixels, the limit is %d "
			       "pixels",
			       j->image_width, j->image_height,
			       IMAGE_PIXELS_MAX);
	if (!fits(j, budget))
		return err_set(e, ERR_LIMIT,
			       "a progressive image of %u x %u pixels exceeds "
			       "the memory limit",
			       j->image_width, j->image_height);
	jpeg_start_decompress(j);
	return image_alloc(out, j->output_width, j->output_height,
			   j->num_components == 1 ? 1 : 3, budget, e);
}

/* LINE has room for four channels. */
static bool read_lines(struct decoder *d, struct image *out, uint8_t *line,
		       struct err *e)
{
	struct jpeg_decompress_struct *j = &d->jpeg;

	if (setjmp(d->jump))
		return err_set(e, ERR_FORMAT, "JPEG: %s", d->error);
	while (j->output_scanline < j->output_height) {
		uint8_t *to = out->pixels.data + (size_t)j->output_scanline *
							 out->width *
							 out->channels;

		if (j->out_color_space != JCS_CMYK) {
			jpeg_read_scanlines(j, &to, 1);
			continue;
		}
		jpeg_read_scanlines(j, &line, 1);
		image_from_cmyk(line, to, out->width, j->saw_Adobe_marker);
	}
	jpeg_finish_decompress(j);
	return true;
}

bool jpeg_decode(struct image *out, struct bytes file, struct budget *budget,
		 struct err *e)
{
	struct decoder d = {0};
	struct buf line = {0};
	bool ok;

	d.jpeg.err = jpeg_std_error(&d.errors);
	d.errors.error_exit = on_error;
	d.errors.emit_message = on_message;
	ok = start(&d, out, file, budget, e) &&
	     buf_array(&line, out->width, 4, budget, e) &&
	     read_lines(&d, out, line.data, e);
	jpeg_destroy_decompress(&d.jpeg);
	buf_free(&line);
	if (!ok)
		image_free(out);
	return ok;
}
