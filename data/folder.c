/* SPDX-License-Identifier: Apache-2.0 */
/* data/folder.c -- see folder.h. */
#include "data/folder.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int by_name(const void *a, const void *b)
{
	const struct folder_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void add(struct folder *f, size_t *cap, const char *dir,
		const char *name, struct arena *a)
{
	struct folder_entry *x;
	struct stat st;
	char *path = arena_printf(a, "%s/%s", dir, name);

	if (stat(path, &st) || !(S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)))
		return;
	if (f->count == *cap) {
		struct folder_entry *grown;

		*cap = *cap ? 2 * *cap : 64;
		grown = arena_array(a, struct folder_entry, *cap);
		if (f->count)
			memcpy(grown, f->at, f->count * sizeof(*grown));
		f->at = grown;
	}
	x = &f->at[f->count++];
	x->path = path;
	x->name = path + strlen(dir) + 1;
	x->is_folder = S_ISDIR(st.st_mode);
}

bool folder_list(struct folder *f, const char *path, struct arena *a,
		 struct err *e)
{
	DIR *d = opendir(path);
	const struct dirent *entry;
	size_t cap = 0;

	*f = (struct folder){0};
	if (!d)
		return err_errno(e, "'%s'", path);
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.')
			add(f, &cap, path, entry->d_name, a);
	closedir(d);
	if (f->count)
		qsort(f->at, f->count, sizeof(*f->at), by_name);
	return true;
}

bool path_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool name_ends(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n >= k && !strcasecmp(name + n - k, suffix);
}
