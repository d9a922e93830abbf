/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_origin.h -- what a header says that the IR does not carry. */
#ifndef FORMATS_ONNXTXT_ORIGIN_H
#define FORMATS_ONNXTXT_ORIGIN_H

#include "graph/graph.h"

/* NULL or false: not given. */
struct header_text {
	const char *producer_name, *producer_version, *domain, *doc_string;
	bool has_version;
	int64_t version; /* model_version */
};

/* From and to the ModelProto or FunctionProto behind a model or function;
 * strings are borrowed from the model. */
void header_of_model(const struct model *m, struct header_text *out);
void header_of_function(const struct function *f, struct header_text *out);
void header_set_model(struct model *m, const struct header_text *h);
void header_set_function(struct model *m, struct function *f,
			 const struct header_text *h);

/* The types of values inside G are the file's own: writers keep them.  A
 * function's are part of header_set_function(). */
void onnxtxt_declare_types(struct graph *g);

#endif
