/* SPDX-License-Identifier: Apache-2.0 */
/* base/input.c -- untrusted files, mapped.
 *
 * A mapping whose file shrinks raises SIGBUS when the lost pages are touched.
 * The handler has to know which addresses are ours, so the live mappings are
 * kept in a list of slots that only grows; slots are claimed and released
 * atomically because the handler may run at any time on any thread.
 */
#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/output.h"

struct guard {
	struct guard *next;
	atomic_uintptr_t begin; /* 0: free */
	atomic_size_t bytes;
};

static _Atomic(struct guard *) guards;

static void guard_add(const void *at, size_t bytes)
{
	struct guard *g = atomic_load(&guards);
	uintptr_t unused = 0;

	for (; g; g = g->next, unused = 0)
		if (atomic_compare_exchange_strong(&g->begin, &unused,
						   (uintptr_t)at))
			break;
	if (!g) {
		g = calloc(1, sizeof(*g));
		if (!g)
			die_oom();
		atomic_init(&g->begin, (uintptr_t)at);
		g->next = atomic_load(&guards);
		while (!atomic_compare_exchange_weak(&guards, &g->next, g))
			;
	}
	atomic_store(&g->bytes, bytes);
}

static void guard_remove(const void *at)
{
	for (struct guard *g = atomic_load(&guards); g; g = g->next) {
		if (atomic_load(&g->begin) != (uintptr_t)at)
			continue;
		atomic_store(&g->bytes, 0);
		atomic_store(&g->begin, 0);
		return;
	}
}

static void on_sigbus(int signo, siginfo_t *info, void *context)
{
	static const char msg[] =
		"mlopt: an input file became shorter, or its disk failed, "
		"while it was read\n";
	uintptr_t at = (uintptr_t)info->si_addr;
	ssize_t ignored;

	(void)context;
	for (struct guard *g = atomic_load(&guards); g; g = g->next) {
		uintptr_t begin = atomic_load(&g->begin);

		if (begin == 0 || at < begin ||
		    at - begin >= atomic_load(&g->bytes))
			continue;
		ignored = write(STDERR_FILENO, msg, sizeof(msg) - 1);
		(void)ignored;
		output_remove_temporaries();
		_exit(6);
	}
	/* Not a mapping of ours: a bug, which the fault reports once more. */
	signal(signo, SIG_DFL);
}

void input_guard(void)
{
	struct sigaction act = {0};

	act.sa_sigaction = on_sigbus;
	act.sa_flags = SA_SIGINFO;
	sigemptyset(&act.sa_mask);
	sigaction(SIGBUS, &act, NULL);
}

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode)	? "a directory"
	       : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket"
	       : S_ISCHR(mode)	? "a character device"
	       : S_ISBLK(mode)	? "a block device"
				: "a special file";
}

/* Map the regular file behind in->fd, whose status is ST. */
static bool map(struct input *in, const struct stat *st, struct err *e)
{
	/* The mapping of an empty file would be an error. */
	static const uint8_t nothing[1];
	void *at;

	in->bytes = (struct bytes){nothing, 0};
	if (st->st_size == 0)
		return true;
	if ((uintmax_t)st->st_size > SIZE_MAX / 2)
		return err_set(e, ERR_LIMIT, "'%s' is too large to map",
			       in->path);
	at = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, in->fd, 0);
	if (at == MAP_FAILED)
		return err_errno(e, "cannot map '%s'", in->path);
	guard_add(at, (size_t)st->st_size);
	in->bytes = (struct bytes){at, (size_t)st->st_size};
	return true;
}

/* Read FD to its end. */
static bool slurp(struct input *in, int fd, struct budget *budget,
		  struct err *e)
{
	size_t len = 0;

	if (!buf_alloc(&in->read, 1 << 16, budget, e))
		return false;
	for (;;) {
		ssize_t n;

		if (len == in->read.bytes && !buf_resize(&in->read, 2 * len, e))
			return false;
		n = read(fd, in->read.data + len, in->read.bytes - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "cannot read standard input");
		if (n == 0)
			break;
		len += (size_t)n;
	}
	in->bytes = (struct bytes){in->read.data, len};
	return true;
}

/* The directory part of PATH, to be freed: "." where there is none. */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = !slash	    ? strdup(".")
		    : slash == path ? strdup("/")
				    : strndup(path, (size_t)(slash - path));

	if (!dir)
		die_oom();
	return dir;
}

static int open_directory(const char *path)
{
	char *name = directory_of(path);
	int fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	free(name);
	return fd;
}

static bool open_named(struct input *in, struct err *e)
{
	struct stat st;

	/* O_NONBLOCK: a FIFO without a writer must not hold us. */
	in->fd = open(in->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (in->fd < 0 && errno == ENXIO)
		return err_set(e, ERR_IO, "'%s' is not a regular file",
			       in->path);
	if (in->fd < 0)
		return err_errno(e, "cannot open '%s'", in->path);
	if (fstat(in->fd, &st) != 0)
		return err_errno(e, "cannot stat '%s'", in->path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_IO, "'%s' is %s, not a regular file",
			       in->path, kind_of(st.st_mode));
	in->dir = open_directory(in->path);
	if (in->dir < 0)
		return err_errno(e, "cannot open the directory of '%s'",
				 in->path);
	return map(in, &st, e);
}

bool input_open(struct input *in, const char *path, struct budget *budget,
		struct err *e)
{
	bool ok;

	*in = (struct input){.fd = -1, .dir = -1};
	in->path = strdup(path);
	if (!in->path)
		die_oom();
	if (strcmp(path, "-") == 0)
		ok = slurp(in, STDIN_FILENO, budget, e);
	else
		ok = open_named(in, e);
	if (!ok)
		input_close(in);
	return ok;
}

void input_close(struct input *in)
{
	if (in->path && !in->read.data && in->bytes.len != 0) {
		guard_remove(in->bytes.at);
		munmap((void *)(uintptr_t)in->bytes.at, in->bytes.len);
	}
	/* A zeroed struct holds no descriptors, although 0 is one. */
	if (in->path && in->fd >= 0)
		close(in->fd);
	if (in->path && in->dir >= 0)
		close(in->dir);
	buf_free(&in->read);
	free(in->path);
	*in = (struct input){.fd = -1, .dir = -1};
}

enum { FILE_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

/* Without openat2(): one component at a time, following no link. */
static int walk(int dir, const char *location)
{
	int at = dir;

	for (;;) {
		size_t n = strcspn(location, "/");
		bool last = location[n] == '\0';
		char part[NAME_MAX + 1];
		int fd;

		if (n > NAME_MAX) {
			errno = ENAMETOOLONG;
			fd = -1;
		} else {
			memcpy(part, location, n);
			part[n] = '\0';
			fd = openat(at, n ? part : ".",
				    O_NOFOLLOW | (last ? FILE_FLAGS
						       : O_PATH | O_DIRECTORY |
								  O_CLOEXEC));
		}
		if (at != dir) {
			int saved = errno;

			close(at);
			errno = saved;
		}
		if (fd < 0 || last)
			return fd;
		at = fd;
		location += n + 1;
	}
}

static int open_beneath(int dir, const char *location)
{
	struct open_how how = {
		.flags = FILE_FLAGS,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dir, location, &how, sizeof(how));

	/* EPERM: seccomp filters older than the call answer so. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return walk(dir, location);
	return (int)fd;
}

/*
 * Download caches keep files under their digests and link to them: the model
 * and its data are links into one directory of blobs.  What counts there is
 * that the data lies beneath the directory of the model's real path.
 */
static int open_beneath_real(const struct input *base, const char *location)
{
	char *model = realpath(base->path, NULL), *dir = NULL, *joined = NULL;
	char *data = NULL;
	size_t n;
	int root, fd = -1;

	errno = EXDEV;
	if (!model)
		return -1;
	*strrchr(model, '/') = '\0';
	dir = directory_of(base->path);
	n = strlen(dir) + strlen(location) + 2;
	joined = malloc(n);
	if (!joined)
		die_oom();
	snprintf(joined, n, "%s/%s", dir, location);
	data = realpath(joined, NULL);
	n = strlen(model);
	if (data && strncmp(data, model, n) == 0 && data[n] == '/') {
		root = open(n ? model : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root >= 0) {
			fd = open_beneath(root, data + n + 1);
			close(root);
		}
	} else if (data) {
		errno = EXDEV;
	}
	free(data);
	free(joined);
	free(dir);
	free(model);
	return fd;
}

static bool location_is_safe(const char *location, struct err *e)
{
	const char *part = location;

	if (*location == '\0')
		return err_set(e, ERR_FORMAT, "location is empty");
	if (*location == '/')
		return err_set(e, ERR_FORMAT,
			       "location is absolute, want a "
			       "path beneath the model's "
			       "directory");
	for (;;) {
		size_t n = strcspn(part, "/");

		if (n == 2 && memcmp(part, "..", 2) == 0)
			return err_set(e, ERR_FORMAT, "location has a '..'");
		if (part[n] == '\0')
			return true;
		part += n + 1;
	}
}

/* Open what LOCATION names and see that it may be used. */
static bool open_data(struct input *in, const struct input *base,
		      const char *location, struct err *e)
{
	struct stat st;

	in->fd = open_beneath(base->dir, location);
	if (in->fd < 0 && (errno == EXDEV || errno == ELOOP))
		in->fd = open_beneath_real(base, location);
	if (in->fd < 0 && (errno == EXDEV || errno == ELOOP))
		return err_set(e, ERR_FORMAT,
			       "a link leads out of the model's directory");
	if (in->fd < 0 && errno == ENXIO)
		return err_set(e, ERR_FORMAT, "not a regular file");
	if (in->fd < 0)
		return err_errno(e, "cannot open");
	if (fstat(in->fd, &st) != 0)
		return err_errno(e, "cannot stat");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "%s, not a regular file",
			       kind_of(st.st_mode));
	if (st.st_nlink != 1)
		return err_set(e, ERR_FORMAT,
			       "file has %ju hard links, want 1: it may belong "
			       "to another directory",
			       (uintmax_t)st.st_nlink);
	return map(in, &st, e);
}

bool input_open_beneath(struct input *in, const struct input *base,
			const char *location, struct err *e)
{
	bool ok;

	*in = (struct input){.fd = -1, .dir = -1};
	if (base->dir < 0)
		return err_set(e, ERR_IO,
			       "external data '%s': the model is not a file, "
			       "so it has no directory",
			       location);
	in->path = strdup(location);
	if (!in->path)
		die_oom();
	ok = location_is_safe(location, e) && open_data(in, base, location, e);
	if (!ok) {
		input_close(in);
		return err_context(e, "external data '%s'", location);
	}
	return true;
}

bool input_forget(const struct input *in, const void *data, size_t bytes)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t map = (uintptr_t)in->bytes.at, begin = (uintptr_t)data;
	uintptr_t end = begin + bytes;

	if (in->read.data || begin < map || begin - map >= in->bytes.len)
		return false;
	/* Neighbours may be on the first and the last page. */
	begin = (begin + page - 1) / page * page;
	end = end / page * page;
	if (begin < end)
		madvise((void *)begin, end - begin, MADV_DONTNEED);
	return true;
}
