/* SPDX-License-Identifier: Apache-2.0 */
/* formats/names.h -- the names under which values are written.
 *
 * In a file a value is its name; in the graph a name is only a hint, may be
 * missing and may occur twice after rewriting.  A written name is unique in
 * its graph, and never hides an outer value that the graph, or a graph inside
 * it, reads.  A result that leaves its graph through a port has the port's
 * name; where a port cannot name what it reads (an input, a constant, an outer
 * value, a result that another port has named) the writer adds
 *     port = Identity (value)
 * A file whose inner graph returns an outer value under its own name is
 * written as it was, although runtimes insist on an Identity there.
 */
#ifndef FORMATS_NAMES_H
#define FORMATS_NAMES_H

#include "graph/graph.h"

struct names {
	struct arena arena;
	const char **value; /* by value id; NULL: not in the model any more */
};

/* Names are the model's own where they can be.  M must outlive N. */
void names_init(struct names *n, const struct model *m);
void names_release(struct names *n);

/* V's written name; "" for NULL, an operand left out. */
const char *name_of(const struct names *n, const struct value *v);

/* Must the writer add an Identity for P? */
bool port_needs_identity(const struct names *n, const struct port *p);

#endif
