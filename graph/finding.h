/* SPDX-License-Identifier: Apache-2.0 */
/* graph/finding.h -- all that is wrong with a model, instead of the first.
 *
 * Readers and inference stop at the first error, unless they are given a
 * struct findings: then, where they can go on behind a problem, they hand the
 * error over with findings_take() and do so.  The checks are the same.
 */
#ifndef GRAPH_FINDING_H
#define GRAPH_FINDING_H

#include "graph/graph.h"

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

enum rule_id {
#define RULE(name, id, severity, summary) RULE_##name,
#include "graph/rules.def"
#undef RULE
	RULE_COUNT
};

struct finding_rule {
	const char *id; /* "operand-type" */
	enum severity severity;
	const char *summary;
};

extern const struct finding_rule finding_rules[RULE_COUNT];

/* "note", "warning", "error". */
const char *severity_name(enum severity s);

/* Where in a model; all members may be NULL. */
struct where {
	const struct graph *graph; /* that of NODE if NULL */
	const struct node *node;
	const char *label; /* of NODE, while its results are not known */
	const char *value; /* name of an operand, result, attribute ... */
};

/* Strings are "" where there is nothing to say. */
struct finding {
	enum rule_id rule;
	enum severity severity;
	enum err_code code; /* what reading would end with; errors only */
	const char *path;   /* "main/If '/If'/then_branch" */
	const char *node;   /* label */
	const char *op;	    /* "Conv", "com.microsoft.Gelu" */
	const char *value;
	const char *message;
};

struct findings {
	struct arena arena;
	struct finding *at;
	uint32_t count, cap;
	uint32_t number[SEVERITY_ERROR + 1]; /* those not kept too */
	bool *blamed;			     /* by node id: has an error */
	uint32_t nblamed;
};

/* A finding of RULE with its usual severity. */
void findings_add(struct findings *f, enum rule_id rule, const struct where *at,
		  const char *fmt, ...) PRINTF_LIKE(4, 5);

/*
 * E, which ended a check, becomes a finding of RULE and is no error any more:
 * returns true, and the caller goes on.  False, with E as it is, if F is NULL
 * or the cause lies outside the model.
 */
MUST_USE bool findings_take(struct findings *f, enum rule_id rule,
			    const struct where *at, struct err *e);
/* The same with another severity than the rule's. */
MUST_USE bool findings_take_as(struct findings *f, enum rule_id rule,
			       enum severity severity, const struct where *at,
			       struct err *e);

/* No function of M calls itself; calls are no deeper than 100; expanding them
 * all stays within MAX_NODES.  FOUND may be NULL; then the main graph has no
 * attribute that refers to a function's either. */
MUST_USE bool model_check_calls(const struct model *m, uint64_t max_nodes,
				struct findings *found, struct err *e);

/* Is there an error about N, or a warning that its own inference would only
 * repeat? */
bool findings_blame(const struct findings *f, const struct node *n);

/* Is there a finding of RULE? */
bool findings_has(const struct findings *f, enum rule_id rule);

/* Errors first, else in the order in which they were found. */
void findings_sort(struct findings *f);
void findings_release(struct findings *f);

#endif
