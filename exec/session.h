/* SPDX-License-Identifier: Apache-2.0 */
/* exec/session.h -- one model, run on inputs of varying shapes.
 *
 * A session keeps the plans of the shapes that it saw last, so that a caller
 * with a smaller last batch, or with two picture sizes, need not think of
 * plans at all.
 */
#ifndef EXEC_SESSION_H
#define EXEC_SESSION_H

#include "exec/plan.h"

struct session;

/* M must be bound and inferred, outlive the session and not change; O.inputs
 * is ignored.  Nothing is planned yet. */
struct session *session_open(const struct model *m, const struct plan_opts *o);
void session_free(struct session *s);

/*
 * Run on IN: one datum per fed input in graph order, NULL where the input has
 * a default.  Outputs live until the next run.  TAP may be NULL.
 */
MUST_USE bool session_run(struct session *s, const struct datum *const *in,
			  struct tap *tap, struct err *e);

/* The plan of the last run, or the one for IN; for outputs, steps, bytes. */
struct plan *session_plan(const struct session *s);
MUST_USE bool session_prepare(struct session *s, const struct datum *const *in,
			      struct err *e);

#endif
