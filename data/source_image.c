/* SPDX-License-Identifier: Apache-2.0 */
/* data/source_image.c -- folders of images, decoded when they are asked for.
 *
 * Images in folders belong to classes: the index of the folder among all of
 * them, in byte order of names.  Images beside the folders have no class, so
 * there are either only folders or only images.
 */
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "data/folder.h"
#include "image/image.h"
#include "data/source.h"

struct picture {
	const char *name, *path; /* name: with its folder */
	int64_t class;
};

struct image_source {
	struct sample_source source;
	const struct source_context *context;
	struct arena arena;
	struct picture *at;
	size_t cap;
	struct buf pixels; /* of the last sample */
};

static void close_images(struct sample_source *self)
{
	struct image_source *s = (struct image_source *)self;

	buf_free(&s->pixels);
	arena_release(&s->arena);
	free(s);
}

/* ---- from a picture to an array ----------------------------------------- */

static bool wants_gray(const struct source_context *c)
{
	const struct shape *s = &c->fed->at[0]->type.shape;

	if (c->prep->color != COLOR_AUTO)
		return c->prep->color == COLOR_GRAY;
	return s->rank >= 3 &&
	       s->dim[c->prep->nhwc ? s->rank - 1 : s->rank - 3] == 1;
}

/* Channel C of the pixel at P of an image with N channels. */
static uint8_t channel_of(const uint8_t *p, size_t n, size_t c, bool gray,
			  bool bgr)
{
	if (n == 1)
		return p[0];
	if (gray)
		return image_gray(p);
	return p[bgr ? 2 - c : c];
}

static void arrange(const struct image *x, const struct preprocess *p,
		    bool gray, uint8_t *to)
{
	size_t n = x->width * x->height, channels = gray ? 1 : 3;
	bool bgr = p->color == COLOR_BGR;

	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < channels; c++)
			to[p->nhwc ? i * channels + c : c * n + i] = channel_of(
				x->pixels.data + i * x->channels, x->channels,
				c, gray, bgr);
}

static bool to_array(struct image_source *s, struct image *x, struct datum *out,
		     struct err *e)
{
	const struct preprocess *p = s->context->prep;
	struct budget *budget = s->context->lim->memory;
	bool gray = wants_gray(s->context);
	int64_t c = gray ? 1 : 3, h, w;
	struct tensor t = {.dtype = DTYPE_U8};

	if (p->height &&
	    !image_cover(x, (size_t)p->width, (size_t)p->height, budget, e))
		return false;
	buf_free(&s->pixels);
	if (!buf_array(&s->pixels, x->width * x->height, (size_t)c, budget, e))
		return false;
	arrange(x, p, gray, s->pixels.data);
	h = (int64_t)x->height;
	w = (int64_t)x->width;
	t.shape = p->nhwc ? SHAPE(h, w, c) : SHAPE(c, h, w);
	t.data = s->pixels.data;
	t.bytes = s->pixels.bytes;
	*out = datum_tensor(&t);
	return true;
}

static bool sample(struct sample_source *self, size_t i, uint32_t k,
		   struct datum *out, struct err *e)
{
	struct image_source *s = (struct image_source *)self;
	struct budget *budget = s->context->lim->memory;
	struct input in;
	struct image x;
	bool ok;

	(void)k;
	if (!input_open(&in, s->at[i].path, budget, e))
		return false;
	ok = image_decode(&x, in.bytes, budget, e);
	input_close(&in);
	if (ok) {
		ok = to_array(s, &x, out, e);
		image_free(&x);
	}
	return ok || err_context(e, "%s", s->at[i].path);
}

static int64_t class_of(const struct sample_source *self, size_t i)
{
	return ((const struct image_source *)self)->at[i].class;
}

static bool digest(struct sample_source *self, struct sha256 *h, struct err *e)
{
	struct image_source *s = (struct image_source *)self;

	for (size_t i = 0; i < self->count; i++)
		if (!digest_file(h, s->at[i].name, s->at[i].path, e))
			return false;
	return true;
}

/* ---- finding them ------------------------------------------------------- */

static bool is_picture(const struct folder_entry *x)
{
	return !x->is_folder && image_named(x->name);
}

static void add(struct image_source *s, const struct folder_entry *x,
		const char *name, int64_t class)
{
	if (s->source.count == s->cap) {
		struct picture *grown;

		s->cap = s->cap ? 2 * s->cap : 256;
		grown = arena_array(&s->arena, struct picture, s->cap);
		if (s->source.count)
			memcpy(grown, s->at, s->source.count * sizeof(*grown));
		s->at = grown;
	}
	s->at[s->source.count++] = (struct picture){
		name, arena_strdup(&s->arena, x->path), class};
}

static bool add_folder(struct image_source *s, const struct folder_entry *dir,
		       int64_t class, struct err *e)
{
	struct arena scratch = {0};
	struct folder f;
	bool ok = folder_list(&f, dir->path, &scratch, e);

	for (size_t i = 0; ok && i < f.count; i++)
		if (is_picture(&f.at[i]))
			add(s, &f.at[i],
			    arena_printf(&s->arena, "%s/%s", dir->name,
					 f.at[i].name),
			    class);
	arena_release(&scratch);
	return ok;
}

static bool find_all(struct image_source *s, const struct folder *f,
		     struct err *e)
{
	size_t loose = 0;
	int64_t classes = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct folder_entry *x = &f->at[i];

		if (x->is_folder && !add_folder(s, x, classes++, e))
			return false;
		if (is_picture(x)) {
			add(s, x, arena_strdup(&s->arena, x->name), -1);
			loose++;
		}
	}
	if (loose && loose < s->source.count)
		return err_set(e, ERR_FORMAT,
			       "'%s' holds images beside folders of images; "
			       "want only one of them",
			       s->context->path);
	if (!s->source.count)
		return err_set(e, ERR_FORMAT,
			       "'%s' holds no samples: neither *_set_* "
			       "folders, nor .pb or .npy files, nor images, "
			       "nor folders of images",
			       s->context->path);
	s->source.has_classes = !loose;
	return true;
}

bool source_open_images(struct sample_source **out,
			const struct source_context *c, const struct folder *f,
			struct err *e)
{
	struct image_source *s;

	if (!fed_is_one(c->fed, "a folder of images", e))
		return false;
	s = calloc(1, sizeof(*s));
	if (!s)
		die_oom();
	*s = (struct image_source){.source = {.first = FIT_ROW,
					      .uneven = !c->prep->height,
					      .close = close_images,
					      .sample = sample,
					      .class_of = class_of,
					      .digest = digest},
				   .context = c};
	if (!find_all(s, f, e)) {
		close_images(&s->source);
		return false;
	}
	*out = &s->source;
	return true;
}
