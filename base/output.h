/* SPDX-License-Identifier: Apache-2.0 */
/* base/output.h -- files that appear whole or not at all.
 *
 * An output is written to a temporary in the same directory, synced, renamed
 * over its path, and the directory is synced.  Temporaries of processes that
 * died are removed when the same path is next written; those of this process
 * when it is interrupted.  "-" is standard output and has no temporary, nor
 * have devices, FIFOs and sockets, which are written directly.  Where the path
 * is a symbolic link, the file it leads to is replaced and the link stays.  The
 * permissions of a replaced file are kept.
 */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include "base/buf.h"

/* Append-only destination of bytes. */
struct sink {
	bool (*write)(struct sink *self, const void *data, size_t bytes,
		      struct err *e);
};

MUST_USE bool sink_write(struct sink *s, const void *data, size_t bytes,
			 struct err *e);

/* Collects everything in memory; TEXT is never NULL after the first write. */
struct memory_sink {
	struct sink sink;
	struct buf buf;
	size_t len;
};

void memory_sink_init(struct memory_sink *s, struct budget *budget);
void memory_sink_release(struct memory_sink *s);

/* One file under construction.  Writes go through sink_write(&o->sink, ...). */
struct output {
	struct sink sink;
	int fd, dir;		  /* dir -1: standard output */
	char *path, *name, *temp; /* name and temp are relative to dir */
	struct buf pending;	  /* small writes, gathered */
	size_t npending, unsynced;
	uint64_t bytes; /* written so far */
	int slot;	/* of the table that a signal cleans up */
};

MUST_USE bool output_begin(struct output *o, const char *path, struct err *e);

/* Make it visible.  On failure the old file is untouched and O is aborted. */
MUST_USE bool output_commit(struct output *o, struct err *e);

/* Forget it; safe on a zeroed struct and after output_commit(). */
void output_abort(struct output *o);

/* Remove the temporaries of this process; async-signal-safe. */
void output_remove_temporaries(void);

#endif
