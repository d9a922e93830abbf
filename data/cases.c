/* SPDX-License-Identifier: Apache-2.0 */
/* data/cases.c -- test cases on disk: folders with inputs and wanted outputs. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "data/cases.h"

/* Folders that are still to be looked into. */
struct todo {
	const char *path;
	struct todo *next;
};

struct search {
	struct case_list *list;
	struct todo *todo;
};

/* NAME_set_N */
static bool names_a_case(const char *name)
{
	const char *at = NULL, *next = name;

	while ((next = strstr(next, "_set_")))
		at = next += strlen("_set_");
	return at && *at && strspn(at, "0123456789") == strlen(at);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* The folder that holds FOLDER. */
static const char *parent(struct arena *a, const char *folder)
{
	const char *name = base_name(folder);

	if (name == folder)
		return ".";
	return arena_strndup(a, folder, (size_t)(name - folder) - 1);
}

/* model.onnx, else the only .onnx file of DIR; NULL if there is none. */
static const char *find_model(struct arena *a, const char *dir)
{
	const char *found = arena_printf(a, "%s/model.onnx", dir);
	const struct dirent *entry;
	int count = 0;
	DIR *d;

	if (exists(found))
		return found;
	d = opendir(dir);
	while (d && (entry = readdir(d)))
		if (str_ends(entry->d_name, ".onnx") ||
		    str_ends(entry->d_name, ".onnxtxt")) {
			found = arena_printf(a, "%s/%s", dir, entry->d_name);
			count++;
		}
	if (d)
		closedir(d);
	return count == 1 ? found : NULL;
}

static bool add_case(struct case_list *l, const char *folder, struct err *e)
{
	struct arena *a = &l->arena;
	const char *dir = parent(a, folder);
	const char *model = find_model(a, dir);

	if (!model)
		return err_set(e, ERR_FORMAT,
			       "'%s' has no model.onnx beside it", folder);
	if (l->count == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct case_ref *grown = arena_array(a, struct case_ref, cap);

		if (l->count)
			memcpy(grown, l->at, l->count * sizeof(*grown));
		l->at = grown;
		l->cap = cap;
	}
	l->at[l->count++] = (struct case_ref){model, folder};
	return true;
}

static bool look_into(struct search *s, const char *path, struct err *e)
{
	struct arena *a = &s->list->arena;
	const struct dirent *entry;
	DIR *d;

	if (names_a_case(base_name(path)))
		return add_case(s->list, path, e);
	d = opendir(path);
	if (!d)
		return err_errno(e, "'%s'", path);
	while ((entry = readdir(d))) {
		const char *inner;
		struct todo *more;

		if (entry->d_name[0] == '.')
			continue;
		inner = arena_printf(a, "%s/%s", path, entry->d_name);
		/* Links to folders are not followed: no cycles. */
		if (entry->d_type != DT_DIR &&
		    !(entry->d_type == DT_UNKNOWN && is_folder(inner)))
			continue;
		more = arena_new(a, struct todo);
		*more = (struct todo){inner, s->todo};
		s->todo = more;
	}
	closedir(d);
	return true;
}

static int by_folder(const void *a, const void *b)
{
	const struct case_ref *x = a, *y = b;

	return strcmp(x->folder, y->folder);
}

bool cases_find(struct case_list *l, const char *path, struct err *e)
{
	size_t before = l->count, len = strlen(path);
	struct search s = {.list = l};
	struct todo first = {NULL, NULL};

	while (len > 1 && path[len - 1] == '/')
		len--;
	first.path = arena_strndup(&l->arena, path, len);
	s.todo = &first;
	while (s.todo) {
		const char *next = s.todo->path;

		s.todo = s.todo->next;
		if (!look_into(&s, next, e))
			return false;
	}
	if (l->count > before)
		qsort(l->at + before, l->count - before, sizeof(*l->at),
		      by_folder);
	return true;
}

void cases_release(struct case_list *l)
{
	arena_release(&l->arena);
	*l = (struct case_list){0};
}

/* ---- contents ----------------------------------------------------------- */

/* The places that the files of one direction fill. */
struct places {
	const char **name;
	const struct type **type;
	const struct datum **datum;
	uint32_t count;
};

static uint32_t place_named(const struct places *p, const char *name)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (!strcmp(p->name[i], name))
			return i;
	return UINT32_MAX;
}

static bool read_one(struct case_data *c, const struct places *p,
		     const char *path, uint32_t index, const struct limits *lim,
		     struct err *e)
{
	struct tensor_set *set = arena_new(&c->arena, struct tensor_set);
	uint32_t at;

	set->expect = index < p->count ? p->type[index] : NULL;
	c->set[c->nset++] = set;
	if (!format_read_tensors(set, path, lim, e))
		return false;
	if (set->count != 1)
		return err_set(e, ERR_FORMAT, "'%s' holds %u values, want one",
			       path, set->count);
	at = place_named(p, set->at[0].name);
	if (at == UINT32_MAX)
		at = index;
	if (at >= p->count)
		return err_set(e, ERR_FORMAT,
			       "'%s': the model has %u such values", path,
			       p->count);
	p->datum[at] = &set->at[0].datum;
	return true;
}

/* PREFIX_INDEX.pb or .npy in FOLDER; NULL if there is neither. */
static const char *find_file(const char *folder, const char *prefix,
			     uint32_t index, struct arena *a)
{
	const char *path = arena_printf(a, "%s/%s_%u.pb", folder, prefix,
					(unsigned)index);

	if (exists(path))
		return path;
	path = arena_printf(a, "%s/%s_%u.npy", folder, prefix, (unsigned)index);
	return exists(path) ? path : NULL;
}

static bool read_all(struct case_data *c, const struct places *p,
		     const char *folder, const char *prefix,
		     const struct limits *lim, struct err *e)
{
	struct arena *a = &c->arena;
	struct tensor_set **grown;
	uint32_t count = 0;

	while (find_file(folder, prefix, count, a))
		count++;
	grown = arena_array(a, struct tensor_set *, c->nset + count);
	if (c->nset)
		memcpy(grown, c->set, c->nset * sizeof(*grown));
	c->set = grown;
	for (uint32_t i = 0; i < count; i++)
		if (!read_one(c, p, find_file(folder, prefix, i, a), i, lim, e))
			return false;
	return true;
}

static void make_places(struct places *p, struct arena *a, uint32_t most)
{
	p->name = arena_array(a, const char *, most);
	p->type = arena_array(a, const struct type *, most);
	p->datum = arena_array(a, const struct datum *, most);
}

bool case_read(struct case_data *c, const char *folder, const struct model *m,
	       const struct limits *lim, struct err *e)
{
	const struct graph *g = m->main;
	struct places in = {.count = 0}, out = {.count = 0}, also;

	*c = (struct case_data){.nset = 0};
	make_places(&in, &c->arena, g->nin);
	make_places(&out, &c->arena, g->nout);
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i])) {
			in.name[in.count] = g->in[i]->name;
			in.type[in.count++] = &g->in[i]->type;
		}
	for (uint32_t i = 0; i < g->nout; i++) {
		out.name[out.count] = g->out[i].name;
		out.type[out.count++] = &g->out[i].read.value->type;
	}
	c->in = in.datum;
	c->nin = in.count;
	c->out = out.datum;
	c->nout = out.count;
	also = out;
	also.datum = arena_array(&c->arena, const struct datum *, g->nout);
	c->also = also.datum;
	return read_all(c, &in, folder, "input", lim, e) &&
	       read_all(c, &out, folder, "output", lim, e) &&
	       read_all(c, &also, folder, "output_opt", lim, e);
}

void case_release(struct case_data *c)
{
	for (uint32_t i = 0; i < c->nset; i++)
		tensor_set_release(c->set[i]);
	arena_release(&c->arena);
	*c = (struct case_data){.nset = 0};
}
