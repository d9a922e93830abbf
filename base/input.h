/* SPDX-License-Identifier: Apache-2.0 */
/* base/input.h -- untrusted files, mapped. */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include "base/buf.h"

/*
 * A regular file mapped read-only.  A file that shrinks while mapped ends the
 * process with a clean I/O error (status 6) instead of SIGBUS: every map is
 * known to the handler that input_guard() installs.
 */
struct input {
	struct bytes bytes;
	int fd;	 /* kept open: external data is opened beneath its directory */
	int dir; /* directory of the file, O_PATH; -1 for standard input */
	char *path;
	struct buf read;    /* used instead of a map for "-" and pipes */
	struct input *next; /* chain of a model's inputs */
};

/* Map PATH ("-": read standard input whole).  Directories, FIFOs and devices
 * are refused without blocking. */
MUST_USE bool input_open(struct input *in, const char *path,
			 struct budget *budget, struct err *e);

/*
 * Map the file LOCATION of external data, which must lie beneath the
 * directory of BASE (or beneath the directory of BASE's real path, where both
 * are links into one cache).  Absolute paths, "..", NUL bytes, links that lead
 * out, files with several hard links, and anything but a regular file are
 * refused with ERR_FORMAT; a missing file is ERR_IO.
 */
MUST_USE bool input_open_beneath(struct input *in, const struct input *base,
				 const char *location, struct err *e);

void input_close(struct input *in);

/* BYTES at DATA are not read soon: their pages need not stay in memory.  False
 * if they do not lie in a map of IN. */
bool input_forget(const struct input *in, const void *data, size_t bytes);

/* Install the SIGBUS handler; once, by main(). */
void input_guard(void);

#endif
