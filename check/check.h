/* SPDX-License-Identifier: Apache-2.0 */
/* check/check.h -- every finding in a model file.
 *
 * Reading (formats) and inference (ops) make the checks that nothing works
 * without and hand over what they find; the files of this folder add what a
 * model may well be used with, but should not have, and what only the whole
 * of it shows.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "base/json.h"
#include "base/map.h"
#include "base/limits.h"
#include "graph/finding.h"

/*
 * Add to F all findings in the model at PATH, errors first.  What cannot be
 * read at all is one finding, whose code says why.  False only if memory is
 * exhausted.
 */
MUST_USE bool check_file(struct findings *f, const char *path,
			 const struct limits *lim, struct err *e);

/* The same for M, which was read with F (format_check_model()). */
MUST_USE bool check_model(struct findings *f, struct model *m, struct err *e);

/* One checked file. */
struct checked_file {
	const char *path;
	struct findings found;
};

/* Files as a SARIF 2.1.0 log: one run, all rules. */
void report_sarif(struct json *j, const struct checked_file *at, int count);

/* ---- the parts ----------------------------------------------------------- */

/* All graphs of a model, each before its inner ones; the main one first. */
struct placed_graph {
	struct graph *graph;
	/* In whose body it lies; NULL: in the main graph. */
	const struct function *function;
};

struct model_graphs {
	struct placed_graph *at;
	uint32_t count;
};

struct checker {
	struct model *model; /* bound */
	struct model_graphs graphs;
	struct findings *found;
	struct arena scratch;
};

/* Each before inference, whose findings are about what they leave. */
void check_names(struct checker *c);
void check_interface(struct checker *c);  /* types of inputs and outputs */
void check_opsets(struct checker *c);	  /* imports, IR version */
void check_operators(struct checker *c);  /* unknown, deprecated */
void check_attributes(struct checker *c); /* references, choices */
void check_calls(struct checker *c);	  /* of the model's functions */
void check_constants(struct checker *c);  /* quantization parameters */
void check_unused(struct checker *c);	  /* nodes, constants, functions */

/* "" for "ai.onnx", which is the same domain. */
const char *plain_domain(const char *domain);

bool function_has_parameter(const struct function *f, const char *name);

#endif
