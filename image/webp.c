/* SPDX-License-Identifier: Apache-2.0 */
/* image/webp.c -- WebP by libwebp; see image.h.  Of an animation, the first
 * picture on its canvas, which is black where the picture is not. */
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "image/image.h"

bool webp_probe(struct bytes head)
{
	return head.len >= 12 && !memcmp(head.at, "RIFF", 4) &&
	       !memcmp(head.at + 8, "WEBP", 4);
}

/* What libwebp holds besides the result, at most: the picture as 32 bits for
 * each pixel and as much again while it transforms them; two canvases. */
static bool fits(const WebPBitstreamFeatures *f, const struct budget *budget)
{
	size_t each = f->has_animation ? 16 : 8;
	size_t need = (size_t)f->width * (size_t)f->height * each;

	return !budget || !budget->limit ||
	       need <= budget->limit - budget->used;
}

/* The canvas has 4 bytes for a pixel. */
static bool decode_first(struct image *out, struct bytes file)
{
	WebPData data = {file.at, file.len};
	WebPAnimDecoderOptions o;
	WebPAnimDecoder *d = NULL;
	WebPAnimInfo info;
	uint8_t *canvas, *to = out->pixels.data;
	int when;
	bool ok;

	if (WebPAnimDecoderOptionsInit(&o)) {
		o.color_mode = MODE_RGBA;
		d = WebPAnimDecoderNew(&data, &o);
	}
	ok = d && WebPAnimDecoderGetInfo(d, &info) &&
	     info.canvas_width == out->width &&
	     info.canvas_height == out->height &&
	     WebPAnimDecoderGetNext(d, &canvas, &when);
	for (size_t i = 0; ok && i < out->width * out->height; i++)
		memcpy(to + 3 * i, canvas + 4 * i, 3);
	WebPAnimDecoderDelete(d);
	return ok;
}

bool webp_decode(struct image *out, struct bytes file, struct budget *budget,
		 struct err *e)
{
	WebPBitstreamFeatures f;
	bool ok;

	if (WebPGetFeatures(file.at, file.len, &f) != VP8_STATUS_OK)
		return err_set(e, ERR_FORMAT, "WebP: the header is damaged");
	if (!image_alloc(out, (size_t)f.width, (size_t)f.height, 3, budget, e))
		return false;
	if (!fits(&f, budget)) {
		image_free(out);
		return err_set(e, ERR_LIMIT,
			       "WebP: an image of %d x %d pixels exceeds the "
			       "memory limit",
			       f.width, f.height);
	}
	if (f.has_animation)
		ok = decode_first(out, file);
	else
		ok = WebPDecodeRGBInto(file.at, file.len, out->pixels.data,
				       out->pixels.bytes,
				       (int)out->width * 3) != NULL;
	if (ok)
		return true;
	image_free(out);
	return err_set(e, ERR_FORMAT, "WebP: the data are damaged or cut off");
}
