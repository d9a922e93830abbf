/* SPDX-License-Identifier: Apache-2.0 */
/* package/publish.c -- see publish.h. */
#include "package/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_folders(const char *path, struct arena *a, struct err *e)
{
	char *copy = arena_strdup(a, path);

	for (char *at = copy + 1;; at++) {
		char c = *at;

		if (c && c != '/')
			continue;
		*at = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			return err_errno(e, "cannot make folder '%s'", copy);
		*at = c;
		if (!c)
			return true;
	}
}

/* Files, and folders of files made by publish_folder(). */
static void remove_files(const char *path, struct arena *a, int depth)
{
	DIR *d = opendir(path);
	struct dirent *entry;

	if (!d)
		return;
	while ((entry = readdir(d))) {
		const char *name = entry->d_name;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (unlinkat(dirfd(d), name, 0) && depth)
			remove_files(arena_printf(a, "%s/%s", path, name), a,
				     depth - 1);
	}
	closedir(d);
	rmdir(path);
}

static void remove_folder(const char *path)
{
	struct arena a = {0};

	remove_files(path, &a, 1);
	arena_release(&a);
}

bool publish_folder(const char *path, struct err *e)
{
	if (mkdir(path, 0777))
		return err_errno(e, "cannot make folder '%s'", path);
	return true;
}

bool publish_begin(struct publication *p, const char *parent, const char *name,
		   struct err *e)
{
	struct stat st;

	*p = (struct publication){0};
	p->parent = arena_strdup(&p->arena, parent);
	p->path = arena_printf(&p->arena, "%s/%s", parent, name);
	p->temp = arena_printf(&p->arena, "%s/.tmp-%s", parent, name);
	if (!make_folders(parent, &p->arena, e))
		goto out;
	if (!lstat(p->path, &st)) {
		err_set(e, ERR_IO,
			"'%s' exists already; a published version is never "
			"overwritten",
			p->path);
		goto out;
	}
	remove_folder(p->temp);
	if (mkdir(p->temp, 0777)) {
		err_errno(e, "cannot make folder '%s'", p->temp);
		goto out;
	}
	return true;
out:
	arena_release(&p->arena);
	*p = (struct publication){0};
	return false;
}

static bool sync_folder(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return err_errno(e, "cannot open folder '%s'", path);
	ok = !fsync(fd) || err_errno(e, "cannot sync folder '%s'", path);
	close(fd);
	return ok;
}

bool publish_commit(struct publication *p, struct err *e)
{
	if (!sync_folder(p->temp, e)) {
		publish_abort(p);
		return false;
	}
	if (rename(p->temp, p->path)) {
		err_errno(e, "cannot rename '%s' to '%s'", p->temp, p->path);
		publish_abort(p);
		return false;
	}
	if (!sync_folder(p->parent, e)) {
		arena_release(&p->arena);
		return false;
	}
	arena_release(&p->arena);
	return true;
}

void publish_abort(struct publication *p)
{
	if (p->temp)
		remove_folder(p->temp);
	arena_release(&p->arena);
	*p = (struct publication){0};
}
