/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/load.h -- what commands that execute models begin with. */
#ifndef CMD_LOAD_H
#define CMD_LOAD_H

#include "cmd/cmd.h"
#include "cmd/data_options.h"
#include "exec/plan.h"

/* Read PATH, print its warnings, bind operators and infer types;
 * model_free() *OUT. */
MUST_USE bool load_model(struct model **out, const struct common_opts *c,
			 const char *path, struct err *e);

/* --engine, else the variable MLOPT_ENGINE, else the default engine, or blas
 * under a limit of memory. */
MUST_USE bool load_engine(const struct engine **out,
			  const struct common_opts *c, struct err *e);
/* The engine, --seed and limits. */
MUST_USE bool load_plan_opts(struct plan_opts *o, const struct common_opts *c,
			     struct err *e);

/* A model that is ready to run on some samples, in BATCH. */
struct loaded {
	struct model *model;
	struct dataset *data;
	struct batch batch;
	struct arena arena;
	struct plan *plan;
	double seconds; /* for reading and planning, not for the samples */
};

/* What to run it on. */
struct load_feed {
	const struct opt_list *dim;   /* --dim NAME=N */
	const struct data_opts *data; /* without --data: random:BATCH */
	int batch;		      /* samples at once, if that is open */
};

/* Read PATH and plan it for the first samples; load_release() L after a
 * failure too. */
MUST_USE bool load_sampled(struct loaded *l, const struct common_opts *c,
			   const struct plan_opts *o, const char *path,
			   const struct load_feed *feed, struct err *e);
void load_release(struct loaded *l);

#endif
