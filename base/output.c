/* SPDX-License-Identifier: Apache-2.0 */
/* base/output.c -- files that appear whole or not at all.
 *
 * write < fsync < rename < fsync of the directory, in this order, or a crash
 * of the machine leaves an empty file.  The temporary is ".NAME.PID.RAND.tmp"
 * in the directory of the output, locked while its writer lives, so that the
 * next writer can tell which temporaries were left by the dead, also across
 * containers that number their processes differently.
 */
#include "base/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PENDING_BYTES = 1 << 16,
	CHUNK_BYTES = 1 << 21, /* of one write(2) */
	SYNC_BYTES = 1 << 25,  /* written between two nudges of the disk */
	NAME_PART = 200,       /* of the output's name in the temporary's */
	SLOTS = 64,
	LINKS_MAX = 40, /* as in path_resolution(7) */
};

/* What a signal handler has to unlink.  TAKEN is 2 once NAME is complete. */
static struct {
	atomic_int taken;
	int dir;
	char name[NAME_MAX + 1];
} slots[SLOTS];

void output_remove_temporaries(void)
{
	for (int i = 0; i < SLOTS; i++)
		if (atomic_load(&slots[i].taken) == 2)
			unlinkat(slots[i].dir, slots[i].name, 0);
}

static int slot_take(int dir, const char *name)
{
	for (int i = 0; i < SLOTS; i++) {
		int unused = 0;

		if (!atomic_compare_exchange_strong(&slots[i].taken, &unused,
						    1))
			continue;
		slots[i].dir = dir;
		snprintf(slots[i].name, sizeof(slots[i].name), "%s", name);
		atomic_store(&slots[i].taken, 2);
		return i;
	}
	return -1;
}

bool sink_write(struct sink *s, const void *data, size_t bytes, struct err *e)
{
	return s->write(s, data, bytes, e);
}

static bool memory_write(struct sink *self, const void *data, size_t bytes,
			 struct err *e)
{
	struct memory_sink *m = (struct memory_sink *)self;

	if (bytes > m->buf.bytes - m->len || !m->buf.data) {
		size_t cap = m->buf.bytes ? 2 * m->buf.bytes : 1 << 12;

		if (bytes > SIZE_MAX / 4)
			return err_set(e, ERR_LIMIT,
				       "%zu bytes do not fit in memory", bytes);
		while (cap - m->len < bytes)
			cap *= 2;
		if (!buf_resize(&m->buf, cap, e))
			return false;
	}
	if (bytes != 0)
		memcpy(m->buf.data + m->len, data, bytes);
	m->len += bytes;
	return true;
}

void memory_sink_init(struct memory_sink *s, struct budget *budget)
{
	*s = (struct memory_sink){.sink.write = memory_write,
				  .buf.budget = budget};
}

void memory_sink_release(struct memory_sink *s)
{
	buf_free(&s->buf);
	s->len = 0;
}

/* Map the pages of a chunk at once rather than fault by fault: what is written
 * is mostly a mapped input.  Nothing is wrong where that cannot be done. */
static void populate(const uint8_t *data, size_t bytes)
{
#ifdef MADV_POPULATE_READ
	size_t before = (uintptr_t)data % 4096;

	madvise((void *)(uintptr_t)(data - before), bytes + before,
		MADV_POPULATE_READ);
#else
	(void)data;
	(void)bytes;
#endif
}

/* Chunks small enough for the caches, and a disk that works meanwhile. */
static bool write_all(struct output *o, const uint8_t *data, size_t bytes,
		      struct err *e)
{
	while (bytes != 0) {
		size_t want = bytes < CHUNK_BYTES ? bytes : CHUNK_BYTES;
		ssize_t n;

		if (want == CHUNK_BYTES)
			populate(data, want);
		n = write(o->fd, data, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EFAULT)
			return err_set(e, ERR_IO,
				       "cannot write '%s': an input became "
				       "shorter, or its disk failed, while it "
				       "was read",
				       o->path);
		if (n < 0)
			return err_errno(e, "cannot write '%s'", o->path);
		data += n;
		bytes -= (size_t)n;
		o->unsynced += (size_t)n;
		if (!o->temp || o->unsynced < SYNC_BYTES)
			continue;
		/* fsync() has the last word, so a failure here is none. */
		sync_file_range(o->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		o->unsynced = 0;
	}
	return true;
}

static bool flush(struct output *o, struct err *e)
{
	size_t n = o->npending;

	o->npending = 0;
	return write_all(o, o->pending.data, n, e);
}

static bool output_write(struct sink *self, const void *data, size_t bytes,
			 struct err *e)
{
	struct output *o = (struct output *)self;

	o->bytes += bytes;
	if (bytes > PENDING_BYTES - o->npending && !flush(o, e))
		return false;
	if (bytes >= PENDING_BYTES)
		return write_all(o, data, bytes, e);
	if (bytes != 0)
		memcpy(o->pending.data + o->npending, data, bytes);
	o->npending += bytes;
	return true;
}

/* Replace *PATH, which is freed, by what its links lead to. */
static bool resolve_links(char **path, struct err *e)
{
	char target[PATH_MAX];

	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(*path, target, sizeof(target) - 1);
		const char *slash = strrchr(*path, '/');
		char *next = NULL;

		if (n < 0)
			return true; /* no link, or nothing there */
		target[n] = '\0';
		if (target[0] == '/' || !slash)
			next = strdup(target);
		else if (asprintf(&next, "%.*s/%s", (int)(slash - *path), *path,
				  target) < 0)
			next = NULL;
		if (!next)
			die_oom();
		free(*path);
		*path = next;
	}
	errno = ELOOP;
	return err_errno(e, "cannot write '%s'", *path);
}

/* Split o->path, its links resolved, into o->dir and o->name. */
static bool open_directory(struct output *o, struct err *e)
{
	char *path = strdup(o->path), *slash;

	if (!path)
		die_oom();
	if (!resolve_links(&path, e)) {
		free(path);
		return false;
	}
	slash = strrchr(path, '/');
	o->name = strdup(slash ? slash + 1 : path);
	if (slash)
		slash[slash == path] = '\0';
	if (!o->name)
		die_oom();
	o->dir = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(path);
	if (o->dir < 0)
		return err_errno(e, "cannot open the directory of '%s'",
				 o->path);
	if (o->name[0] == '\0')
		return err_set(e, ERR_IO, "'%s' names a directory, want a file",
			       o->path);
	return true;
}

/* Does ENTRY look like a temporary for NAME?  Then *PID is its writer. */
static bool is_temporary(const char *entry, const char *name, long *pid)
{
	size_t n = strnlen(name, NAME_PART);
	char *end;

	if (entry[0] != '.' || strncmp(entry + 1, name, n) != 0 ||
	    entry[n + 1] != '.')
		return false;
	*pid = strtol(entry + n + 2, &end, 10);
	if (*pid <= 0 || *end != '.')
		return false;
	return strspn(end + 1, "0123456789abcdef") == 16 &&
	       strcmp(end + 17, ".tmp") == 0;
}

static void remove_if_dead(int dir, const char *entry, long pid)
{
	int fd;

	if (kill((pid_t)pid, 0) == 0 || errno != ESRCH)
		return;
	fd = openat(dir, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(dir, entry, 0);
	close(fd);
}

/* Temporaries of this output whose writers died; failing here is harmless. */
static void sweep(const struct output *o)
{
	int fd = openat(o->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	long pid;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(d)))
		if (is_temporary(entry->d_name, o->name, &pid))
			remove_if_dead(o->dir, entry->d_name, pid);
	closedir(d);
}

static bool create_temporary(struct output *o, const struct stat *old,
			     struct err *e)
{
	uint64_t random = 0;

	do {
		if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
			random += (uintptr_t)o + 1;
		free(o->temp);
		if (asprintf(&o->temp, ".%.*s.%ld.%016llx.tmp", NAME_PART,
			     o->name, (long)getpid(),
			     (unsigned long long)random) < 0)
			die_oom();
		o->fd = openat(o->dir, o->temp,
			       O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
	} while (o->fd < 0 && errno == EEXIST);
	if (o->fd < 0)
		return err_errno(e, "cannot create '%s'", o->path);
	o->slot = slot_take(o->dir, o->temp);
	if (o->slot < 0)
		return err_set(e, ERR_LIMIT,
			       "cannot create '%s': %d outputs are open",
			       o->path, SLOTS);
	flock(o->fd, LOCK_EX | LOCK_NB);
	if (old && fchmod(o->fd, old->st_mode & 0777) != 0)
		return err_errno(e, "cannot set the mode of '%s'", o->path);
	return true;
}

static bool open_file(struct output *o, struct err *e)
{
	struct stat old;
	bool exists;

	if (!open_directory(o, e))
		return false;
	exists = fstatat(o->dir, o->name, &old, AT_SYMLINK_NOFOLLOW) == 0;
	if (exists && S_ISDIR(old.st_mode))
		return err_set(e, ERR_IO, "'%s' is a directory, want a file",
			       o->path);
	if (exists && !S_ISREG(old.st_mode)) {
		o->fd = openat(o->dir, o->name,
			       O_WRONLY | O_NOCTTY | O_CLOEXEC);
		if (o->fd < 0)
			return err_errno(e, "cannot open '%s'", o->path);
		return true;
	}
	sweep(o);
	return create_temporary(o, exists ? &old : NULL, e);
}

bool output_begin(struct output *o, const char *path, struct err *e)
{
	bool to_stdout = strcmp(path, "-") == 0;
	bool ok = true;

	*o = (struct output){
		.sink.write = output_write, .fd = -1, .dir = -1, .slot = -1};
	o->path = strdup(to_stdout ? "standard output" : path);
	if (!o->path)
		die_oom();
	if (to_stdout)
		o->fd = STDOUT_FILENO;
	else
		ok = open_file(o, e);
	if (ok)
		ok = buf_alloc(&o->pending, PENDING_BYTES, NULL, e);
	if (!ok)
		output_abort(o);
	return ok;
}

/* Everything is on the disk before the name is. */
static bool publish(struct output *o, struct err *e)
{
	int fd = o->fd;

	if (fsync(fd) != 0)
		return err_errno(e, "cannot sync '%s'", o->path);
	o->fd = -1;
	if (close(fd) != 0)
		return err_errno(e, "cannot close '%s'", o->path);
	if (renameat(o->dir, o->temp, o->dir, o->name) != 0)
		return err_errno(e, "cannot replace '%s'", o->path);
	atomic_store(&slots[o->slot].taken, 0);
	o->slot = -1;
	free(o->temp);
	o->temp = NULL;
	/* EINVAL: a file system without directories to sync. */
	if (fsync(o->dir) != 0 && errno != EINVAL)
		return err_errno(e, "cannot sync the directory of '%s'",
				 o->path);
	return true;
}

bool output_commit(struct output *o, struct err *e)
{
	bool ok = flush(o, e);

	if (ok && o->temp)
		ok = publish(o, e);
	if (ok && !o->temp && o->fd > STDOUT_FILENO) {
		int fd = o->fd;

		o->fd = -1;
		if (close(fd) != 0)
			ok = err_errno(e, "cannot close '%s'", o->path);
	}
	output_abort(o);
	return ok;
}

void output_abort(struct output *o)
{
	if (!o->path)
		return;
	if (o->temp) {
		if (o->fd >= 0 || o->slot >= 0)
			unlinkat(o->dir, o->temp, 0);
		if (o->slot >= 0)
			atomic_store(&slots[o->slot].taken, 0);
	}
	if (o->fd >= 0 && o->dir >= 0)
		close(o->fd);
	if (o->dir >= 0)
		close(o->dir);
	buf_free(&o->pending);
	free(o->path);
	free(o->name);
	free(o->temp);
	*o = (struct output){.fd = -1, .dir = -1, .slot = -1};
}
