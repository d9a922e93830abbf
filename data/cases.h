/* SPDX-License-Identifier: Apache-2.0 */
/* data/cases.h -- test cases on disk: folders with inputs and wanted outputs.
 *
 * ONNX's layout: a folder holds model.onnx and folders named NAME_set_N, and
 * those hold input_0.pb, input_1.pb, ... and output_0.pb, ...
 */
#ifndef DATA_CASES_H
#define DATA_CASES_H

#include "formats/format.h"

struct case_ref {
	const char *model;  /* path of the model */
	const char *folder; /* path of the folder NAME_set_N */
};

/* Cases in order of their paths; zeroed: empty. */
struct case_list {
	struct arena arena;
	struct case_ref *at;
	size_t count, cap;
};

/* Add every case at or below PATH; finding none adds none.  ERR_FORMAT if a
 * case has no model beside it; ERR_IO if PATH cannot be read. */
MUST_USE bool cases_find(struct case_list *l, const char *path, struct err *e);
void cases_release(struct case_list *l);

/* The contents of one case, bound to the inputs and outputs of a model. */
struct case_data {
	struct arena arena;
	struct tensor_set **set; /* one per file */
	uint32_t nset;
	const struct datum **in;  /* per fed input; NULL: no file */
	const struct datum **out; /* per output; NULL: no file */
	/* Second opinions, from output_opt_N: what the same runtime gave with
	 * its optimizations on.  NULL: no file. */
	const struct datum **also;
	uint32_t nin, nout;
};

/*
 * Read FOLDER for M.  A tensor belongs to the input (output) of its name; a
 * tensor without name, or with one that M does not have, to the input of its
 * file's index.  Release C after a failure too.
 */
MUST_USE bool case_read(struct case_data *c, const char *folder,
			const struct model *m, const struct limits *lim,
			struct err *e);
void case_release(struct case_data *c);

#endif
