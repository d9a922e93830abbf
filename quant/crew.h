/* SPDX-License-Identifier: Apache-2.0 */
/* quant/crew.h -- one model run on many samples at once, each on one thread.
 *
 * Libraries divide a product differently for another number of threads, and
 * then round differently.  A crew divides the samples instead: every worker
 * has a plan of its own and runs whole samples alone, so what a sample gives
 * does not depend on the number of threads or on its neighbours.
 */
#ifndef QUANT_CREW_H
#define QUANT_CREW_H

#include <stdatomic.h>

#include "base/limits.h"
#include "base/parallel.h"
#include "exec/plan.h"

struct worker {
	struct plan *plan; /* for inputs of these types; NULL: none yet */
	struct type *types;
	struct limits limits;
	struct budget budget; /* its share of the command's */
	atomic_flag busy;
	uint32_t index;
};

struct crew {
	struct job job;
	/* Do item ITEM; called on any thread, with a worker that nobody else
	 * uses meanwhile. */
	bool (*work)(struct crew *self, struct worker *w, size_t item,
		     struct err *e);
	const struct model *model;
	const struct engine *engine;
	struct worker *worker;
	uint32_t workers, nin;
	struct arena arena;
	/* The failure of the lowest item. */
	atomic_flag lock;
	bool failed;
	size_t failed_item;
	struct err error;
};

/* Embed it first and set WORK.  The model must outlive the crew. */
void crew_begin(struct crew *c, const struct model *m,
		const struct engine *engine, const struct limits *lim);
void crew_end(struct crew *c);

/* WORK for items 0 .. COUNT - 1; fails with the error of the lowest item. */
MUST_USE bool crew_run(struct crew *c, size_t count, struct err *e);

/* Run the model on IN, one entry for each fed input; results are in w->plan
 * until the worker's next run.  TAP may be NULL. */
MUST_USE bool worker_run(struct crew *c, struct worker *w,
			 const struct datum *const *in, struct tap *tap,
			 struct err *e);

#endif
