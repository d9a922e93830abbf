/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/inspect.h -- the parts of mlopt inspect. */
#ifndef CMD_INSPECT_H
#define CMD_INSPECT_H

#include "cmd/cmd.h"
#include "graph/graph.h"
#include "ops/cost.h"

struct inspect_opts {
	struct common_opts common;
	struct opt_list dim;
	bool deep, text;
};

/* Operators by type: how many nodes, what they compute. */
struct tally {
	const char *domain, *type;
	uint32_t nodes, uncounted;
	uint64_t macs;
	size_t weight_bytes; /* of constants that they read first */
};

struct tallies {
	struct arena arena;
	struct map index;
	struct tally *at;
	uint32_t count, cap, nodes;
};

/* The nodes of M but those of functions; inferred or not. */
void tally_model(struct tallies *t, const struct model *m);
void tallies_release(struct tallies *t);
/* "Conv", "com.microsoft.FusedConv" */
void tally_name(const struct tally *t, struct str *name);

/*
 * What --deep adds: tables of operators, nodes and weights.  Every element of
 * every constant is read; elements that are not finite are reported.
 */
MUST_USE bool inspect_deep(const struct model *m, const struct tallies *t,
			   const struct common_opts *c, struct str *text,
			   struct json *j, struct err *e);

#endif
