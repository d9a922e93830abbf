/* SPDX-License-Identifier: Apache-2.0 */
/* image/j2k.c -- JPEG 2000 by OpenJPEG, JP2 files and bare codestreams; see
 * image.h.
 *
 * Gray, RGB, YCbCr and CMYK, each of up to 4 components; a second or fourth
 * one that is alpha is dropped.  Components of lower resolution are repeated.
 * Samples of more than 8 bits keep their upper 8, of fewer are stretched.
 */
#include <stdio.h>
#include <string.h>

#include <openjpeg.h>

#include "image/j2k_header.h"

enum {
	COMPONENTS_MAX = 4,
	TILE_BYTES = 16384, /* of OpenJPEG's tables, for up to 4 components */
	TABLES_MAX = 1 << 28,
};

struct reader {
	struct bytes file;
	size_t at;
	char error[160]; /* the first one */
};

static void on_error(const char *text, void *user)
{
	struct reader *r = user;

	if (!*r->error) {
		snprintf(r->error, sizeof(r->error), "%s", text);
		r->error[strcspn(r->error, "\r\n")] = 0;
	}
}

static void on_message(const char *text, void *user)
{
	(void)text;
	(void)user;
}

/* ---- the file ------------------------------------------------------------ */

static OPJ_SIZE_T on_read(void *to, OPJ_SIZE_T n, void *user)
{
	struct reader *r = user;
	size_t left = r->file.len - r->at;

	if (!left)
		return (OPJ_SIZE_T)-1;
	if (n > left)
		n = left;
	memcpy(to, r->file.at + r->at, n);
	r->at += n;
	return n;
}

static OPJ_BOOL on_seek(OPJ_OFF_T to, void *user)
{
	struct reader *r = user;

	if (to < 0 || (uint64_t)to > r->file.len)
		return OPJ_FALSE;
	r->at = (size_t)to;
	return OPJ_TRUE;
}

static OPJ_OFF_T on_skip(OPJ_OFF_T n, void *user)
{
	struct reader *r = user;

	if (n < 0 || (uint64_t)n > r->file.len - r->at)
		return -1;
	r->at += (size_t)n;
	return n;
}

static opj_stream_t *open_memory(struct reader *r)
{
	opj_stream_t *s = opj_stream_default_create(OPJ_TRUE);

	if (!s)
		return NULL;
	opj_stream_set_user_data(s, r, NULL);
	opj_stream_set_user_data_length(s, r->file.len);
	opj_stream_set_read_function(s, on_read);
	opj_stream_set_skip_function(s, on_skip);
	opj_stream_set_seek_function(s, on_seek);
	return s;
}

/* ---- pixels -------------------------------------------------------------- */

/* The sample of component C at X, Y, as 0..255. */
static unsigned sample(const opj_image_t *j, uint32_t c, size_t x, size_t y)
{
	const opj_image_comp_t *k = &j->comps[c];
	size_t cx = x / k->dx, cy = y / k->dy;
	int64_t v, most = (INT64_C(1) << k->prec) - 1;

	cx = cx < k->w ? cx : k->w - 1;
	cy = cy < k->h ? cy : k->h - 1;
	v = k->data[cy * k->w + cx];
	if (k->sgnd)
		v += INT64_C(1) << (k->prec - 1);
	v = v < 0 ? 0 : v > most ? most : v;
	if (k->prec >= 8)
		return (unsigned)(v >> (k->prec - 8));
	return (unsigned)((v * 255 + most / 2) / most);
}

static uint8_t clamp(double x)
{
	return (uint8_t)(x <= 0 ? 0 : x >= 255 ? 255 : x + 0.5);
}

/* ITU-R BT.601 with the full range, as JFIF has it. */
static void from_ycc(const unsigned *v, uint8_t *to)
{
	double y = v[0], cb = v[1] - 128.0, cr = v[2] - 128.0;

	to[0] = clamp(y + 1.402 * cr);
	to[1] = clamp(y - 0.344136286 * cb - 0.714136286 * cr);
	to[2] = clamp(y + 1.772 * cb);
}

static void fill(struct image *out, const opj_image_t *j)
{
	uint32_t n = j->numcomps;
	uint8_t *to = out->pixels.data;

	for (size_t y = 0; y < out->height; y++)
		for (size_t x = 0; x < out->width; x++) {
			unsigned v[COMPONENTS_MAX];
			uint8_t ink[4];

			for (uint32_t c = 0; c < n; c++) {
				v[c] = sample(j, c, x, y);
				ink[c] = (uint8_t)v[c];
			}
			if (j->color_space == OPJ_CLRSPC_CMYK && n == 4)
				image_from_cmyk(ink, to, 1, false);
			else if (j->color_space == OPJ_CLRSPC_SYCC && n >= 3)
				from_ycc(v, to);
			else
				memcpy(to, ink, out->channels);
			to += out->channels;
		}
}

static bool check_components(const opj_image_t *j, struct err *e)
{
	if (j->numcomps < 1 || j->numcomps > COMPONENTS_MAX ||
	    j->color_space == OPJ_CLRSPC_EYCC)
		return err_set(e, ERR_UNSUPPORTED,
			       "JPEG 2000: %u components of colour space %d",
			       j->numcomps, (int)j->color_space);
	for (uint32_t c = 0; c < j->numcomps; c++) {
		const opj_image_comp_t *k = &j->comps[c];

		if (!k->data || !k->w || !k->h || !k->dx || !k->dy ||
		    !k->prec || k->prec > 31)
			return err_set(e, ERR_FORMAT,
				       "JPEG 2000: component %u is damaged", c);
	}
	return true;
}

static bool decode(opj_codec_t *codec, opj_stream_t *stream, opj_image_t **j,
		   struct reader *r, struct err *e)
{
	opj_dparameters_t how;

	opj_set_default_decoder_parameters(&how);
	opj_set_error_handler(codec, on_error, r);
	opj_set_warning_handler(codec, on_message, NULL);
	opj_set_info_handler(codec, on_message, NULL);
	if (opj_setup_decoder(codec, &how) &&
	    opj_decoder_set_strict_mode(codec, OPJ_TRUE) &&
	    opj_read_header(stream, codec, j) &&
	    opj_decode(codec, stream, *j) && opj_end_decompress(codec, stream))
		return check_components(*j, e);
	return err_set(e, ERR_FORMAT, "JPEG 2000: %s",
		       *r->error ? r->error : "the file is damaged");
}

/* What the file asks of OpenJPEG, before it does. */
static bool check_size(const struct j2k_header *h, const struct budget *budget,
		       struct err *e)
{
	size_t planes = h->columns > h->components ? h->columns : h->components;
	size_t need = h->width * h->height * 4 * (planes + h->components);
	size_t tables = h->tiles * TILE_BYTES;

	if (!h->components || planes > COMPONENTS_MAX)
		return err_set(e, ERR_UNSUPPORTED, "JPEG 2000: %zu components",
			       planes);
	if (h->tiles > TABLES_MAX / TILE_BYTES)
		return err_set(e, ERR_LIMIT, "JPEG 2000: %zu tiles", h->tiles);
	if (budget && budget->limit &&
	    need + tables > budget->limit - budget->used)
		return err_set(e, ERR_LIMIT,
			       "JPEG 2000: an image of %zu x %zu pixels "
			       "exceeds the memory limit",
			       h->width, h->height);
	return true;
}

static bool run(struct image *out, const struct j2k_header *h,
		struct bytes file, struct err *e)
{
	struct reader r = {.file = file};
	opj_codec_t *codec = opj_create_decompress(h->boxed ? OPJ_CODEC_JP2
							    : OPJ_CODEC_J2K);
	opj_stream_t *stream = open_memory(&r);
	opj_image_t *j = NULL;
	bool ok = codec && stream;

	if (!ok)
		err_set(e, ERR_MEMORY, "OpenJPEG has no memory");
	ok = ok && decode(codec, stream, &j, &r, e);
	if (ok) {
		/* Room is for 3 channels. */
		out->channels = j->numcomps < 3 ? 1 : 3;
		fill(out, j);
	}
	if (j)
		opj_image_destroy(j);
	if (stream)
		opj_stream_destroy(stream);
	if (codec)
		opj_destroy_codec(codec);
	return ok;
}

bool j2k_decode(struct image *out, struct bytes file, struct budget *budget,
		struct err *e)
{
	struct j2k_header h;

	if (!j2k_read_header(&h, file, e) ||
	    !image_alloc(out, h.width, h.height, 3, budget, e))
		return false;
	if (!check_size(&h, budget, e) || !run(out, &h, file, e)) {
		image_free(out);
		return false;
	}
	return true;
}
