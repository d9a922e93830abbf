/* SPDX-License-Identifier: Apache-2.0 */
/* data/labels.h -- the class index of every sample. */
#ifndef DATA_LABELS_H
#define DATA_LABELS_H

#include "data/source.h"
#include "formats/format.h"

struct labels {
	bool folders;		    /* as the source's folders say */
	const struct tensor *array; /* else one number for each sample */
	struct tensor_set set;	    /* that ARRAY may belong to */
};

/*
 * WHERE is "folders", the name of an array beside the inputs, or a file with
 * one array; NULL: no labels.  ERR_FORMAT if there is no such thing, ERR_SHAPE
 * if it has not one number for each sample of S.
 */
MUST_USE bool labels_open(struct labels *l, const char *where,
			  const struct sample_source *s,
			  const struct limits *lim, struct err *e);
void labels_close(struct labels *l);

bool labels_given(const struct labels *l);
/* ERR_FORMAT if it is no index: negative, or not whole. */
MUST_USE bool label_of(const struct labels *l, const struct sample_source *s,
		       size_t i, int64_t *label, struct err *e);

#endif
