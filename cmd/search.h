/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/search.h -- the smallest form of every layer that a target allows.
 *
 * 1. Each layer alone in each form: the noise at the outputs, on held-out
 *    samples (passes/quantize_sensitivity.h).
 * 2. Noise adds up, nearly: for a budget of noise the layers get their forms
 *    (passes/quantize_assign.h), the model is made, and judged as a whole.
 * 3. Its noise, scaled until the target just holds, says what the budget
 *    should have been; again, until the budgets that hold and that do not are
 *    close or give the same forms.
 */
#ifndef CMD_SEARCH_H
#define CMD_SEARCH_H

#include "cmd/heldout.h"
#include "cmd/quantize.h"
#include "passes/quantize_assign.h"
#include "passes/quantize_sensitivity.h"

enum { SEARCH_FORMS = 7, SEARCH_TRIALS = 8 };

/* What a layer may become, from exact to small; the first is float. */
extern const struct search_form {
	const char *name; /* "auto:3" */
	const char *scheme;
	int bits;
	enum carrier carrier;
	/* Its noise is that of the form FROM times SHARE; 0: measured. */
	uint32_t from;
	double share;
} search_forms[SEARCH_FORMS];

struct search_trial {
	uint32_t *form; /* [layers] */
	double budget, bytes;
	struct judged judged;
};

/* A trial that the state tells of: its line, until it comes up. */
struct search_told {
	const char *line;
	bool used;
};

struct search {
	const struct quantize_cmd_opts *o;
	struct quantize_opts opts; /* of layers that are fixed, and the rest */
	struct quantize_form form[SEARCH_FORMS];
	struct policy policy;
	struct model *model;
	const struct sketch *sketch; /* NULL: activations stay float */
	struct heldout held;
	struct sensitivity sensitivity;
	bool *known; /* [layers][forms]: read from the state */
	struct search_trial trial[SEARCH_TRIALS];
	uint32_t ntrials;
	struct search_told told[SEARCH_TRIALS];
	uint32_t ntold;
	const struct search_trial *best; /* NULL: the target is out of reach */
	char key[65];			 /* of the state */
	struct arena arena;
};

/* Is O a search?  ERR_USAGE for options that contradict one. */
MUST_USE bool search_parse(struct policy *p, const struct quantize_cmd_opts *o,
			   bool *search, struct err *e);

/*
 * Search for M, bound, inferred and of opset SEARCH_OPSET.  OPTS and all that
 * S points to outlive S; search_release() it, also on failure.
 */
MUST_USE bool search_run(struct search *s, struct model *m, struct dataset *d,
			 const struct sketch *sketch,
			 const struct quantize_opts *opts,
			 const struct quantize_cmd_opts *o,
			 const struct policy *p, struct err *e);
void search_release(struct search *s);

/* The forms of S's layers in trial T, in A. */
struct quantize_form *search_layer_forms(const struct search *s,
					 const struct search_trial *t,
					 struct arena *a);

enum { SEARCH_OPSET = 21 };

/* cmd/search_state.c: what was measured, in --state.  Reading a file that is
 * not there does nothing. */
MUST_USE bool search_state_read(struct search *s, struct err *e);
MUST_USE bool search_state_write(const struct search *s, struct err *e);
/* Fills in what the state knows of trial T; false if that is nothing. */
bool search_state_knows(struct search *s, struct search_trial *t);

/* cmd/search_report.c: R is what was written; FILES: bytes before, after. */
MUST_USE bool search_report(const struct search *s,
			    const struct quantize_report *r,
			    const uint64_t files[2], struct err *e);

#endif
