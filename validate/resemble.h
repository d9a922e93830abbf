/* SPDX-License-Identifier: Apache-2.0 */
/* validate/resemble.h -- results that are drawn: the same distribution? */
#ifndef VALIDATE_RESEMBLE_H
#define VALIDATE_RESEMBLE_H

#include "base/arena.h"
#include "base/str.h"
#include "graph/graph.h"

/* For each output of M's main graph: does it depend on a node that draws? */
const bool *find_drawn_outputs(const struct model *m, struct arena *a);

/*
 * GOT and WANT have one type, and if they are tensors of numbers, their
 * elements may well have one distribution: by the two-sample test of
 * Kolmogorov and Smirnov, whose distance
 *
 *     D = max over x of |share of GOT <= x - share of WANT <= x|
 *
 * stays below 1.95 sqrt(2 / n), which of a thousand pairs of samples with one
 * distribution one does not.  Below 8 elements that bound is no bound, and
 * types and shapes alone are judged.  What is wrong is appended to WHY.
 */
bool datum_resembles(const struct datum *got, const struct datum *want,
		     struct str *why);

#endif
