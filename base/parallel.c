/* SPDX-License-Identifier: Apache-2.0 */
/* base/parallel.c -- the one thread pool: libgomp's, whoever compiles this.
 *
 * OpenBLAS and oneDNN run on libgomp.  clang's -fopenmp would bring a second
 * pool (libomp) that fights the first for the CPUs, so no pragma is used: the
 * three entry points of libgomp's ABI that we need are declared here.
 */
#include <stdatomic.h>

#include "base/openblas.h"
#include "base/parallel.h"

/* GCC's libgomp.h: run FN(DATA) on a team of NUM_THREADS threads (0: the
 * default), the caller being one of them, and wait for all. */
void GOMP_parallel(void (*fn)(void *), void *data, unsigned num_threads,
		   unsigned flags);
int omp_get_max_threads(void);
int omp_get_num_procs(void);
int omp_get_thread_num(void);
int omp_in_parallel(void);
void omp_set_num_threads(int threads);

struct work {
	struct job *job;
	size_t count, chunk;
	atomic_size_t next; /* chunks handed out so far */
};

/* One thread of the team: take chunks until none is left. */
static void member(void *data)
{
	struct work *w = data;
	size_t chunks = (w->count - 1) / w->chunk + 1;

	for (;;) {
		size_t i = atomic_fetch_add_explicit(&w->next, 1,
						     memory_order_relaxed);
		size_t begin = i * w->chunk, end;

		if (i >= chunks)
			return;
		end = w->count - begin < w->chunk ? w->count : begin + w->chunk;
		w->job->run(w->job, begin, end);
	}
}

/* The calling thread runs a job inside a job: it has no others beside it. */
static _Thread_local bool inside;

static void run_inside(struct job *j, size_t count)
{
	bool before = inside;

	inside = true;
	j->run(j, 0, count);
	inside = before;
}

void parallel_for(struct job *j, size_t count, size_t grain)
{
	struct work w = {.job = j, .count = count, .chunk = grain ? grain : 1};
	size_t threads = (size_t)parallel_threads(), chunks;

	if (count == 0)
		return;
	chunks = (count - 1) / w.chunk + 1;
	if (omp_in_parallel()) {
		run_inside(j, count);
		return;
	}
	if (threads <= 1 || chunks <= 1) {
		j->run(j, 0, count);
		return;
	}
	/* Eight chunks a thread even out the load; more only cost. */
	if (chunks > 8 * threads)
		w.chunk *= (chunks - 1) / (8 * threads) + 1;
	atomic_init(&w.next, 0);
	/* Always the whole team: libgomp ends the threads that a smaller one
	 * does not need, and starts them anew for the next. */
	GOMP_parallel(member, &w, (unsigned)threads, 0);
}

void parallel_alone(struct job *j, size_t count)
{
	int threads = omp_get_max_threads();

	/* OpenBLAS asks before each product; idle threads stay alive. */
	omp_set_num_threads(1);
	j->run(j, 0, count);
	omp_set_num_threads(threads);
}

void parallel_set_threads(int threads)
{
	const struct openblas *blas = openblas_loaded();

	/* libgomp counts the CPUs of the process's affinity mask. */
	if (threads <= 0)
		threads = omp_get_num_procs();
	omp_set_num_threads(threads);
	if (blas)
		blas->openblas_set_num_threads(threads);
}

int parallel_threads(void)
{
	return omp_in_parallel() ? 1 : omp_get_max_threads();
}

int parallel_index(void)
{
	return inside ? 0 : omp_get_thread_num();
}

static void idle(void *data)
{
	(void)data;
}

/* OpenBLAS tries forever where it gets no buffer.  It keeps those it ever had,
 * so take as many as can be in use at once: one for each thread of its own
 * loops, one for each of ours that calls it, and one for the caller. */
void parallel_start(void)
{
	enum { MOST = 126 }; /* Debian's build has 128 */
	const struct openblas *blas;
	struct err missing = {0};
	void *buffer[MOST];
	int n = 2 * parallel_threads() + 1;

	GOMP_parallel(idle, NULL, (unsigned)parallel_threads(), 0);
	/* Whoever needs it is told that it is missing. */
	if (!openblas_load(&missing))
		return;
	blas = openblas_loaded();
	if (n > MOST)
		n = MOST;
	for (int i = 0; i < n; i++)
		buffer[i] = blas->blas_memory_alloc(0);
	for (int i = 0; i < n; i++)
		blas->blas_memory_free(buffer[i]);
}

bool parallel_pool_is_shared(void)
{
	const struct openblas *blas = openblas_loaded();

	return !blas || blas->openblas_get_parallel() == OPENBLAS_OPENMP;
}

const char *parallel_blas_config(void)
{
	const struct openblas *blas = openblas_loaded();

	return blas ? blas->openblas_get_config() : "not used";
}
