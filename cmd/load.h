/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/load.h -- what commands that execute models begin with. */
#ifndef CMD_LOAD_H
#define CMD_LOAD_H

#include "cmd/cmd.h"
#include "data/sample.h"
#include "exec/plan.h"

/* Read PATH, print its warnings, bind operators and infer types;
 * model_free() *OUT. */
MUST_USE bool load_model(struct model **out, const struct common_opts *c,
			 const char *path, struct err *e);

/* --engine, --seed and limits. */
MUST_USE bool load_plan_opts(struct plan_opts *o, const struct common_opts *c,
			     struct err *e);

/* A model that is ready to run on made-up inputs. */
struct loaded {
	struct model *model;
	struct sample sample;
	struct plan *plan;
};

/* Read PATH and plan it for made-up inputs with BATCH (sample_inputs());
 * load_release() L after a failure too. */
MUST_USE bool load_sampled(struct loaded *l, const struct common_opts *c,
			   const struct plan_opts *o, const char *path,
			   int64_t batch, struct err *e);
void load_release(struct loaded *l);

#endif
