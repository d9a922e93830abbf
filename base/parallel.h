/* SPDX-License-Identifier: Apache-2.0 */
/* base/parallel.h -- the one thread pool: OpenMP, shared with OpenBLAS. */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include <stdbool.h>
#include <stddef.h>

/* Work on items [BEGIN, END).  Embed it first in your own struct. */
struct job {
	void (*run)(struct job *self, size_t begin, size_t end);
};

/*
 * Call J->run on disjoint ranges that cover [0, COUNT), each at least GRAIN
 * items long but the last.  Ranges run on up to parallel_threads() threads;
 * results must not depend on how the items are divided.  Called from inside a
 * job it runs on the calling thread alone.
 */
void parallel_for(struct job *j, size_t count, size_t grain);

/* J->run(J, 0, COUNT) on the calling thread, also what OpenBLAS does in it: for
 * work that is done sooner than other threads would be awake. */
void parallel_alone(struct job *j, size_t count);

/* Threads used from now on, by us and by OpenBLAS; 0 means one per CPU that
 * the process may use. */
void parallel_set_threads(int threads);
/* Threads that a job started now would have: 1 inside of a job. */
int parallel_threads(void);

/* Inside of a job: which of its threads runs it, from 0, below what
 * parallel_threads() was when it began.  For scratch memory; results must not
 * depend on it. */
int parallel_index(void);

/* Start the threads, and let OpenBLAS take its buffers, now: before a limit of
 * memory would make either fail in a way that nobody can report. */
void parallel_start(void);

/* Whether OpenBLAS, where it is used, runs on this pool (its OpenMP build), not
 * on its own. */
bool parallel_pool_is_shared(void);

/* OpenBLAS's own description of its build and the core it chose; "not used"
 * before anything loaded it. */
const char *parallel_blas_config(void);

#endif
