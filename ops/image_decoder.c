/* SPDX-License-Identifier: Apache-2.0 */
/* ops/image_decoder.c -- ImageDecoder: the pixels of a file (image/image.h).
 *
 * Gray images asked for in colour have three equal channels.  A file that is
 * damaged or of an unknown format gives an image without pixels, [0, 0, C], as
 * the standard wants; limits, and what a format has and we do not, are errors.
 */
#include <string.h>

#include "image/image.h"
#include "ops/op.h"

enum { MEMORY_MAX = 1 << 30 }; /* while decoding; IMAGE_PIXELS_MAX holds too */

static bool find_format(const struct node *n, size_t *channels, bool *bgr,
			struct err *e)
{
	const char *f = attr_string(n, "pixel_format");

	*bgr = strcmp(f, "BGR") == 0;
	*channels = strcmp(f, "Grayscale") == 0 ? 1 : 3;
	if (*channels == 1 || *bgr || strcmp(f, "RGB") == 0)
		return true;
	return err_set(e, ERR_FORMAT,
		       "'pixel_format' is '%s', want RGB, BGR or Grayscale", f);
}

static bool infer_image_decoder(struct infer *c, struct err *e)
{
	struct shape y = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN, 3);
	size_t channels;
	bool bgr;

	if (!find_format(c->node, &channels, &bgr, e))
		return false;
	if (infer_shape(c, 0)->rank >= 0 && infer_shape(c, 0)->rank != 1)
		return err_set(e, ERR_SHAPE,
			       "'encoded_stream' has rank %d, want 1",
			       infer_shape(c, 0)->rank);
	y.dim[2] = (int64_t)channels;
	infer_set(c, 0, DTYPE_U8, &y);
	return true;
}

static void convert(const struct image *x, uint8_t *to, size_t channels,
		    bool bgr)
{
	const uint8_t *from = x->pixels.data;

	for (size_t i = 0; i < x->width * x->height; i++) {
		for (size_t c = 0; c < channels; c++)
			to[c] = x->channels == 1 ? *from
				: channels == 1	 ? image_gray(from)
						 : from[bgr ? 2 - c : c];
		from += x->channels;
		to += channels;
	}
}

static bool run_image_decoder(const struct call *c, struct err *e)
{
	const struct tensor *in = call_in(c, 0);
	struct budget budget = {.limit = MEMORY_MAX};
	struct image x = {0};
	struct shape shape;
	size_t channels;
	bool bgr, ok;

	if (!find_format(c->node, &channels, &bgr, e))
		return false;
	if (!image_decode(&x, (struct bytes){in->data, in->bytes}, &budget,
			  e) &&
	    e->code != ERR_FORMAT)
		return false;
	shape = SHAPE((int64_t)x.height, (int64_t)x.width, (int64_t)channels);
	ok = call_alloc(c, 0, DTYPE_U8, &shape, e);
	if (ok && call_out(c, 0) && x.pixels.bytes)
		convert(&x, tensor_mut(call_out(c, 0)), channels, bgr);
	image_free(&x);
	return ok;
}

static const struct kernel kernels[] = {{.name = "image-decoder",
					 .engine = "reference",
					 .run = run_image_decoder},
					{0}};

const struct op op_rows_image_decoder[] = {
	{.domain = "",
	 .type = "ImageDecoder",
	 .since = 20,
	 .traits = OP_DATA_SHAPE,
	 .in = PARAMS(IN("encoded_stream", "T1", TYPE_BIT(U8))),
	 .out = PARAMS(IN("image", "T2", TYPE_BIT(U8))),
	 .attrs = ATTRS(ATTR("pixel_format", STRING, "RGB")),
	 .infer = infer_image_decoder,
	 .kernels = kernels},
	{0}};
