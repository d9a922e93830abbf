/* SPDX-License-Identifier: Apache-2.0 */
/* image/resize.c -- antialiased bilinear resizing; the formula is in image.h. */
#include <math.h>
#include <string.h>

#include "image/image.h"

/* 8 bits of a pixel, 2 of headroom, the sign: 22 are left of 32. */
enum { FRACTION_BITS = 22 };

/* How one axis is resampled. */
struct filter {
	struct buf bounds;  /* per output: first source pixel and count */
	struct buf weights; /* per output: TAPS fixed-point numbers */
	size_t count, taps;
};

struct span {
	size_t first, count;
};

static void filter_free(struct filter *f)
{
	buf_free(&f->bounds);
	buf_free(&f->weights);
}

/* Weights of output I, and the source pixels that they belong to. */
static struct span make_weights(size_t i, double scale, size_t source,
				double *w)
{
	double widen = scale > 1 ? scale : 1;
	double centre = ((double)i + 0.5) * scale, sum = 0;
	double lo = centre - widen + 0.5, hi = centre + widen + 0.5;
	struct span s = {.first = lo < 0 ? 0 : (size_t)lo};
	size_t end = hi > (double)source ? source : (size_t)hi;

	s.count = end - s.first;
	for (size_t k = 0; k < s.count; k++) {
		double d = fabs((double)(s.first + k) - centre + 0.5) *
			   (1 / widen);

		w[k] = d < 1 ? 1 - d : 0;
		sum += w[k];
	}
	for (size_t k = 0; k < s.count && sum != 0; k++)
		w[k] /= sum;
	return s;
}

static bool filter_init(struct filter *f, size_t source, size_t target,
			struct budget *budget, struct err *e)
{
	double scale = (double)source / (double)target;
	struct buf row = {0};
	struct span *bounds;
	int32_t *weights;
	double *w;

	*f = (struct filter){.count = target};
	f->taps = (size_t)ceil(scale > 1 ? scale : 1) * 2 + 1;
	if (!buf_array(&row, f->taps, sizeof(*w), budget, e) ||
	    !buf_array(&f->bounds, target, sizeof(*bounds), budget, e) ||
	    !buf_array(&f->weights, target, f->taps * sizeof(*weights), budget,
		       e)) {
		buf_free(&row);
		filter_free(f);
		return false;
	}
	w = (double *)(void *)row.data;
	bounds = (struct span *)(void *)f->bounds.data;
	weights = (int32_t *)(void *)f->weights.data;
	for (size_t i = 0; i < target; i++) {
		bounds[i] = make_weights(i, scale, source, w);
		for (size_t k = 0; k < bounds[i].count; k++)
			weights[i * f->taps + k] = (int32_t)floor(
				ldexp(w[k], FRACTION_BITS) + 0.5);
	}
	buf_free(&row);
	return true;
}

static uint8_t clamp(int64_t x)
{
	x >>= FRACTION_BITS;
	return x < 0 ? 0 : x > 255 ? 255 : (uint8_t)x;
}

/*
 * One line of F->count pixels from a line whose pixels are STEP bytes apart;
 * CHANNELS bytes belong to a pixel.
 */
static void resample_line(const struct filter *f, const uint8_t *from,
			  size_t step, uint8_t *to, size_t to_step,
			  size_t channels)
{
	const struct span *bounds =
		(const struct span *)(const void *)f->bounds.data;
	const int32_t *w = (const int32_t *)(const void *)f->weights.data;

	for (size_t i = 0; i < f->count; i++, w += f->taps) {
		const uint8_t *at = from + bounds[i].first * step;

		for (size_t c = 0; c < channels; c++) {
			int64_t sum = INT64_C(1) << (FRACTION_BITS - 1);

			for (size_t k = 0; k < bounds[i].count; k++)
				sum += (int64_t)w[k] * at[k * step + c];
			to[i * to_step + c] = clamp(sum);
		}
	}
}

static bool resize_width(struct image *x, size_t width, struct budget *budget,
			 struct err *e)
{
	struct image out;
	struct filter f;

	if (x->width == width)
		return true;
	if (!filter_init(&f, x->width, width, budget, e))
		return false;
	if (!image_alloc(&out, width, x->height, x->channels, budget, e)) {
		filter_free(&f);
		return false;
	}
	for (size_t y = 0; y < x->height; y++)
		resample_line(&f, x->pixels.data + y * x->width * x->channels,
			      x->channels,
			      out.pixels.data + y * width * x->channels,
			      x->channels, x->channels);
	filter_free(&f);
	image_free(x);
	*x = out;
	return true;
}

static bool resize_height(struct image *x, size_t height, struct budget *budget,
			  struct err *e)
{
	size_t step = x->width * x->channels;
	struct image out;
	struct filter f;

	if (x->height == height)
		return true;
	if (!filter_init(&f, x->height, height, budget, e))
		return false;
	if (!image_alloc(&out, x->width, height, x->channels, budget, e)) {
		filter_free(&f);
		return false;
	}
	/* A whole row is one pixel of very many channels. */
	resample_line(&f, x->pixels.data, step, out.pixels.data, step, step);
	filter_free(&f);
	image_free(x);
	*x = out;
	return true;
}

bool image_resize(struct image *x, size_t width, size_t height,
		  struct budget *budget, struct err *e)
{
	return resize_width(x, width, budget, e) &&
	       resize_height(x, height, budget, e);
}
