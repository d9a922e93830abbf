/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_convert.h -- the same model in another operator set.
 *
 * Between two opsets an operator may have changed how it says something
 * (attributes became operands) or what it means (Softmax), may have come or
 * gone.  One adapter is a row of a table (passes/opset_row.h): how an operator
 * of opset VERSION - 1 becomes one of VERSION, and back.  Converting applies
 * the rows version by version.  What then still does not exist in the target,
 * or not for the element types of a node, is refused by name
 * (passes/opset_history.h).
 */
#ifndef PASSES_OPSET_CONVERT_H
#define PASSES_OPSET_CONVERT_H

#include "base/str.h"
#include "graph/graph.h"

enum { OPSET_FIRST = 1, OPSET_LAST = 28 };

/*
 * Give M, bound and inferred, VERSION of the default domain; nothing happens
 * if it is there already or does not use the domain.  Inner graphs and
 * functions are converted too.  The IR version follows: constants leave the
 * input list from IR 4 on and return to it below.  M is bound and inferred
 * afterwards.
 *
 * ERR_UNSUPPORTED if some nodes cannot be expressed in VERSION; then M is
 * unchanged.  The message of E names as many as fit; if that is not all of
 * them, REFUSED (if not NULL) gets one line for each, without an end of line
 * behind the last.
 */
MUST_USE bool convert_opset(struct model *m, int64_t version,
			    struct str *refused, struct err *e);

/* The same, but a model that has VERSION or more stays as it is. */
MUST_USE bool raise_opset(struct model *m, int64_t version, struct err *e);

#endif
