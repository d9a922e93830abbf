/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_print.h -- what the parts of the text printer share. */
#ifndef FORMATS_ONNXTXT_PRINT_H
#define FORMATS_ONNXTXT_PRINT_H

#include "base/output.h"
#include "base/str.h"
#include "formats/names.h"
#include "formats/onnxtxt.h"

struct printer {
	struct sink *sink;
	struct str text; /* not yet written */
	struct onnxtxt_opts opts;
	const struct model *model;
	struct names names;
	uint32_t depth; /* of indentation */
};

/* Hand a large TEXT on to the sink. */
MUST_USE bool printer_drain(struct printer *p, struct err *e);

/* A name: bare if the syntax allows, else quoted.  Where a type may stand
 * (values), the names of types are quoted too. */
enum name_place { PLACE_PLAIN, PLACE_OF_VALUE };
void print_name(struct printer *p, const char *name, enum name_place place);
void print_quoted(struct printer *p, const char *s, size_t n);

/* "float[N,3]"; nothing for an unknown type. */
void print_type(struct printer *p, const struct type *t);

/* "float[2]" and " {1, 2}". */
void print_tensor_type(struct printer *p, const struct tensor *t);
MUST_USE bool print_values(struct printer *p, const struct tensor *t,
			   struct err *e);

/* " <alpha = 1.0, beta = 2>"; nothing if there are none. */
MUST_USE bool print_attrs(struct printer *p, const struct attr *x,
			  uint32_t count, struct err *e);
MUST_USE bool print_attr(struct printer *p, const struct attr *x,
			 struct err *e);

/* A graph with its name, at the current indentation, without a newline. */
MUST_USE bool print_graph(struct printer *p, const struct graph *g,
			  struct err *e);

#endif
