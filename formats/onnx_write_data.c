/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_write_data.c -- the data files beside a model.
 *
 * A model and its data are two files that cannot be renamed at once.  So the
 * data comes first, under a name that no model at the same path may be using
 * with other content: NAME.data if it is free or holds the same bytes, else
 * NAME.<digest>.data.  Whenever the process dies, the old model with its old
 * data or the new one with its new data is there.  Files with a digest that
 * the model does not use any more are removed at the end.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/str.h"
#include "formats/onnx_write.h"

enum { DIGEST_DIGITS = 16 };

/* ---- external tensors of a model ----------------------------------------- */

static bool is_external(const struct tensor *t)
{
	return t && t->payload && t->payload->external && t->bytes;
}

/* Constant I of G, then defaults of inputs; NULL at the end. */
static const struct tensor *constant_of(const struct graph *g, uint32_t i)
{
	static const struct tensor none;

	if (i < g->nkonst)
		return g->konst[i]->konst ? g->konst[i]->konst : &none;
	i -= g->nkonst;
	if (i >= g->nin)
		return NULL;
	return g->in[i]->fallback ? g->in[i]->fallback : &none;
}

/* Add the bytes that G uses of each file to USED: index of m->inputs. */
static void count_tensor(const struct model *m, const struct tensor *t,
			 uint64_t *used)
{
	const uint8_t *at = t->data;
	uint32_t k = 0;

	if (!is_external(t))
		return;
	for (const struct input *in = m->inputs; in; in = in->next, k++)
		if (at >= in->bytes.at && at < in->bytes.at + in->bytes.len)
			used[k] += t->bytes;
}

static void count_graph(const struct model *m, const struct graph *g,
			uint64_t *used)
{
	const struct tensor *t;

	for (uint32_t i = 0; (t = constant_of(g, i)); i++)
		count_tensor(m, t, used);
}

static void count_attrs(const struct model *m, const struct node *n,
			uint64_t *used)
{
	for (uint32_t i = 0; i < n->nattr; i++) {
		const struct attr *x = &n->attr[i];

		if (x->ref ||
		    (x->kind != ATTR_TENSOR && x->kind != ATTR_TENSORS))
			continue;
		for (uint32_t k = 0; k < attr_count(x); k++)
			count_tensor(m, &x->u.tensors[k], used);
	}
}

/* Bytes that the model uses of each of its inputs, in arena A. */
static uint64_t *count_used(const struct model *m, struct arena *a)
{
	uint64_t *used;
	size_t n = 0;

	for (const struct input *in = m->inputs; in; in = in->next)
		n++;
	used = arena_array(a, uint64_t, n);
	count_graph(m, m->main, used);
	for (uint32_t i = 0; i < m->nfunction; i++)
		count_graph(m, m->function[i].body, used);
	for (const struct node *x = model_first(m); x; x = model_next(x)) {
		struct graph *g = NULL;

		count_attrs(m, x, used);
		while ((g = node_next_graph(x, g)))
			count_graph(m, g, used);
	}
	return used;
}

bool onnx_has_external(const struct model *m)
{
	struct arena scratch = {0};
	uint64_t *used = count_used(m, &scratch);
	bool any = false;

	for (const struct input *in = m->inputs; in; in = in->next)
		any |= *used++ > 0;
	arena_release(&scratch);
	return any;
}

/* ---- keeping external files ---------------------------------------------- */

static char *beside(struct arena *a, const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	int n = slash ? (int)(slash - path + 1) : 0;

	return arena_printf(a, "%.*s%s", n, path, name);
}

enum presence { ABSENT, SAME_CONTENT, OTHER_CONTENT };

/* What is at PATH, compared with the file IN. */
static enum presence compare_file(const char *path, const struct input *in)
{
	struct input there;
	struct stat a, b;
	struct err ignored;
	enum presence p = OTHER_CONTENT;

	if (lstat(path, &a) != 0)
		return ABSENT;
	if (stat(path, &a) == 0 && in->fd >= 0 && fstat(in->fd, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return SAME_CONTENT;
	if (!input_open(&there, path, NULL, &ignored))
		return OTHER_CONTENT;
	if (there.bytes.len == in->bytes.len &&
	    !memcmp(there.bytes.at, in->bytes.at, in->bytes.len))
		p = SAME_CONTENT;
	input_close(&there);
	return p;
}

/* A file is kept if at least half of it is in use, it lies directly beside
 * the model, and no other file has its name there. */
bool onnx_can_keep_external(const struct model *m, const char *path)
{
	struct arena scratch = {0};
	uint64_t *used = count_used(m, &scratch);
	bool ok = strcmp(path, "-") != 0;

	for (const struct input *in = m->inputs; ok && in; in = in->next) {
		uint64_t bytes = *used++;
		enum presence there;

		if (!bytes)
			continue;
		there = compare_file(beside(&scratch, path, in->path), in);
		ok = there == SAME_CONTENT ||
		     (there == ABSENT && bytes >= in->bytes.len / 2 &&
		      !strchr(in->path, '/'));
	}
	arena_release(&scratch);
	return ok;
}

static bool copy_file(const struct input *in, const char *path, struct err *e)
{
	struct output out;

	if (!output_begin(&out, path, e))
		return false;
	if (sink_write(&out.sink, in->bytes.at, in->bytes.len, e))
		return output_commit(&out, e);
	output_abort(&out);
	return false;
}

bool onnx_copy_external(const struct model *m, const char *path, struct err *e)
{
	struct arena scratch = {0};
	uint64_t *used = count_used(m, &scratch);
	bool ok = true;

	for (const struct input *in = m->inputs; ok && in; in = in->next) {
		const char *to;

		if (!*used++)
			continue;
		to = beside(&scratch, path, in->path);
		if (compare_file(to, in) == ABSENT)
			ok = copy_file(in, to, e);
	}
	arena_release(&scratch);
	return ok;
}

/* ---- writing a data file ------------------------------------------------- */

static bool write_entries(const struct onnx_data_file *f, struct sink *out,
			  struct err *e)
{
	static const uint8_t zeros[4096];
	uint64_t at = 0;

	for (uint32_t i = 0; i < f->count; i++) {
		const struct onnx_data_entry *x = &f->at[i];

		if (!sink_write(out, zeros, (size_t)(x->offset - at), e) ||
		    !sink_write(out, x->data, x->bytes, e))
			return false;
		at = x->offset + x->bytes;
	}
	return true;
}

/* Does the file at PATH hold just what F would? */
static enum presence compare_data(const char *path,
				  const struct onnx_data_file *f)
{
	struct input there;
	struct stat st;
	struct err ignored;
	bool same;

	if (lstat(path, &st) != 0)
		return ABSENT;
	if (!S_ISREG(st.st_mode) || !input_open(&there, path, NULL, &ignored))
		return OTHER_CONTENT;
	same = there.bytes.len == f->bytes;
	for (uint32_t i = 0; same && i < f->count; i++)
		same = !memcmp(there.bytes.at + f->at[i].offset, f->at[i].data,
			       f->at[i].bytes);
	input_close(&there);
	return same ? SAME_CONTENT : OTHER_CONTENT;
}

static const char *digest_name(struct arena *a, const char *stem,
			       const struct onnx_data_file *f)
{
	uint8_t digest[SHA256_BYTES];
	char hex[SHA256_HEX];
	struct sha256 s;

	sha256_init(&s);
	for (uint32_t i = 0; i < f->count; i++) {
		sha256_add_u64(&s, f->at[i].offset);
		sha256_add(&s, f->at[i].data, f->at[i].bytes);
	}
	sha256_finish(&s, digest);
	sha256_hex(digest, hex);
	return arena_printf(a, "%s.%.*s.data", stem, DIGEST_DIGITS, hex);
}

/* STEM.<16 digits>.data, as digest_name() makes it. */
static bool has_digest(const char *name, const char *stem)
{
	size_t n = strlen(stem);

	if (strncmp(name, stem, n) != 0 || name[n] != '.')
		return false;
	name += n + 1;
	return strspn(name, "0123456789abcdef") == DIGEST_DIGITS &&
	       !strcmp(name + DIGEST_DIGITS, ".data");
}

/* Some tensors of M come from the file at PATH. */
static bool is_input(const struct model *m, const char *path)
{
	struct stat a, b;

	if (stat(path, &a) != 0)
		return false;
	for (const struct input *in = m->inputs; in; in = in->next)
		if (in->fd >= 0 && fstat(in->fd, &b) == 0 &&
		    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return true;
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void onnx_sweep_data(struct onnx_writer *w, const char *path)
{
	const char *stem = base_name(path);
	const char *in_use = w->file.location ? w->file.location->value : "";
	DIR *dir = opendir(beside(&w->arena, path, "."));
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (has_digest(entry->d_name, stem) &&
		    strcmp(entry->d_name, in_use) != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

bool onnx_write_data(struct onnx_writer *w, const char *path,
		     const struct write_opts *o, struct err *e)
{
	struct arena *a = &w->arena;
	const char *stem = base_name(path);
	const char *name = o && o->data_name ? o->data_name
					     : arena_printf(a, "%s.data", stem);
	const char *full = beside(a, path, name);
	enum presence there = compare_data(full, &w->file);
	struct output out;

	if (strchr(name, '/') || !strcmp(name, stem))
		return err_set(e, ERR_USAGE,
			       "data file is '%s', want the name of another "
			       "file beside the model",
			       name);
	if (there == OTHER_CONTENT &&
	    (access(path, F_OK) == 0 || is_input(w->model, full))) {
		name = digest_name(a, stem, &w->file);
		full = beside(a, path, name);
		there = compare_data(full, &w->file);
	}
	w->file.location->value = onnx_string(name);
	if (there == SAME_CONTENT)
		return true;
	if (!output_begin(&out, full, e))
		return false;
	if (write_entries(&w->file, &out.sink, e))
		return output_commit(&out, e);
	output_abort(&out);
	return false;
}
