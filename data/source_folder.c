/* SPDX-License-Identifier: Apache-2.0 */
/* data/source_folder.c -- folders: which kind, and those of tensor files.
 *
 * Every NAME_set_N folder, or every file, is one sample; one is in memory.
 */
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "base/str.h"
#include "data/cases.h"
#include "data/folder.h"
#include "image/image.h"
#include "data/source.h"

bool digest_file(struct sha256 *h, const char *name, const char *path,
		 struct err *e)
{
	struct input in;

	if (!input_open(&in, path, NULL, e))
		return false;
	sha256_add_text(h, name);
	sha256_add_u64(h, in.bytes.len);
	sha256_add(h, in.bytes.at, in.bytes.len);
	input_close(&in);
	return true;
}

static bool is_tensor_file(const struct folder_entry *x)
{
	return !x->is_folder &&
	       (str_ends(x->name, ".pb") || str_ends(x->name, ".npy"));
}

static bool is_input_file(const struct folder_entry *x)
{
	return is_tensor_file(x) && str_starts(x->name, "input_");
}

/* ---- folders of test data ----------------------------------------------- */

struct set_source {
	struct sample_source source;
	const struct source_context *context;
	struct arena arena;
	const char **folder; /* per sample */
	struct case_data data;
	size_t loaded; /* sample in DATA, SIZE_MAX: none */
};

static void close_sets(struct sample_source *self)
{
	struct set_source *s = (struct set_source *)self;

	case_release(&s->data);
	arena_release(&s->arena);
	free(s);
}

static bool sample_of_set(struct sample_source *self, size_t i, uint32_t k,
			  struct datum *out, struct err *e)
{
	struct set_source *s = (struct set_source *)self;
	const struct source_context *c = s->context;

	if (s->loaded != i) {
		case_release(&s->data);
		s->loaded = SIZE_MAX;
		if (!case_read(&s->data, s->folder[i], c->model, c->lim, e))
			return err_context(e, "%s", s->folder[i]);
		s->loaded = i;
	}
	if (!s->data.in[c->fed->place[k]])
		return err_set(e, ERR_FORMAT, "'%s' has no data for input '%s'",
			       s->folder[i], c->fed->at[k]->name);
	*out = *s->data.in[c->fed->place[k]];
	return true;
}

static bool digest_sets(struct sample_source *self, struct sha256 *h,
			struct err *e)
{
	struct set_source *s = (struct set_source *)self;
	struct arena scratch = {0};
	struct folder f;
	bool ok = true;

	for (size_t i = 0; ok && i < s->source.count; i++) {
		ok = folder_list(&f, s->folder[i], &scratch, e);
		for (size_t k = 0; ok && k < f.count; k++)
			if (is_input_file(&f.at[k]))
				ok = digest_file(h, f.at[k].name, f.at[k].path,
						 e);
	}
	arena_release(&scratch);
	return ok;
}

/* The folder itself, if it holds input_0.pb and the like; else those of its
 * folders that are named like one. */
bool source_open_sets(struct sample_source **out,
		      const struct source_context *c, const struct folder *f,
		      struct err *e)
{
	struct set_source *s = calloc(1, sizeof(*s));

	(void)e;
	if (!s)
		die_oom();
	*s = (struct set_source){.source = {.first = FIT_WHOLE,
					    .uneven = true,
					    .close = close_sets,
					    .sample = sample_of_set,
					    .digest = digest_sets},
				 .context = c,
				 .loaded = SIZE_MAX};
	s->folder = arena_array(&s->arena, const char *, f->count + 1);
	for (size_t i = 0; i < f->count; i++)
		if (f->at[i].is_folder && strstr(f->at[i].name, "_set_"))
			s->folder[s->source.count++] = arena_strdup(
				&s->arena, f->at[i].path);
	if (!s->source.count)
		s->folder[s->source.count++] = c->path;
	*out = &s->source;
	return true;
}

/* ---- folders of single tensors ------------------------------------------ */

struct file_source {
	struct sample_source source;
	const struct source_context *context;
	struct arena arena;
	const char **file, **path; /* per sample */
	struct tensor_set set;
	size_t loaded;
};

static void close_files(struct sample_source *self)
{
	struct file_source *s = (struct file_source *)self;

	tensor_set_release(&s->set);
	arena_release(&s->arena);
	free(s);
}

static bool sample_of_file(struct sample_source *self, size_t i, uint32_t k,
			   struct datum *out, struct err *e)
{
	struct file_source *s = (struct file_source *)self;
	const struct source_context *c = s->context;

	if (s->loaded != i) {
		tensor_set_release(&s->set);
		s->loaded = SIZE_MAX;
		s->set.expect = &c->fed->at[k]->type;
		if (!format_read_tensors(&s->set, s->path[i], c->lim, e))
			return false;
		if (s->set.count != 1)
			return err_set(e, ERR_FORMAT,
				       "'%s' holds %u values, want one",
				       s->path[i], (unsigned)s->set.count);
		s->loaded = i;
	}
	*out = s->set.at[0].datum;
	return true;
}

static bool digest_files(struct sample_source *self, struct sha256 *h,
			 struct err *e)
{
	struct file_source *s = (struct file_source *)self;

	for (size_t i = 0; i < s->source.count; i++)
		if (!digest_file(h, s->file[i], s->path[i], e))
			return false;
	return true;
}

bool source_open_files(struct sample_source **out,
		       const struct source_context *c, const struct folder *f,
		       struct err *e)
{
	struct file_source *s;

	if (!fed_is_one(c->fed, "a folder of files", e))
		return false;
	s = calloc(1, sizeof(*s));
	if (!s)
		die_oom();
	*s = (struct file_source){.source = {.first = FIT_WHOLE,
					     .uneven = true,
					     .close = close_files,
					     .sample = sample_of_file,
					     .digest = digest_files},
				  .context = c,
				  .loaded = SIZE_MAX};
	s->set.input = (struct input){.fd = -1, .dir = -1};
	s->file = arena_array(&s->arena, const char *, f->count);
	s->path = arena_array(&s->arena, const char *, f->count);
	for (size_t i = 0; i < f->count; i++) {
		if (!is_tensor_file(&f->at[i]))
			continue;
		s->file[s->source.count] = arena_strdup(&s->arena,
							f->at[i].name);
		s->path[s->source.count++] = arena_strdup(&s->arena,
							  f->at[i].path);
	}
	*out = &s->source;
	return true;
}

/* ---- which kind --------------------------------------------------------- */

static bool open_listed(struct sample_source **out,
			const struct source_context *c, const struct folder *f,
			struct err *e)
{
	bool sets = false, files = false;

	for (size_t i = 0; i < f->count; i++) {
		const struct folder_entry *x = &f->at[i];

		sets |= (x->is_folder && strstr(x->name, "_set_")) ||
			is_input_file(x);
		files |= is_tensor_file(x);
	}
	if ((sets || files) && c->prep->changes_pictures)
		return err_set(e, ERR_USAGE,
			       "options '--size' and '--color' are for images, "
			       "not for tensors");
	if (sets)
		return source_open_sets(out, c, f, e);
	if (files)
		return source_open_files(out, c, f, e);
	return source_open_images(out, c, f, e);
}

bool source_open_folder(struct sample_source **out,
			const struct source_context *c, struct err *e)
{
	struct arena scratch = {0};
	struct folder f;
	bool ok = folder_list(&f, c->path, &scratch, e) &&
		  open_listed(out, c, &f, e);

	arena_release(&scratch);
	return ok;
}
