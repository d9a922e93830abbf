/* SPDX-License-Identifier: Apache-2.0 */
/* data/labels.h -- what is true of every sample: a class index or an array. */
#ifndef DATA_LABELS_H
#define DATA_LABELS_H

#include "data/source.h"
#include "formats/format.h"

struct labels {
	const struct tensor *array; /* samples along the first axis */
	struct tensor_set set;	    /* that ARRAY may belong to, */
	struct tensor folders;	    /* or the index of each one's folder */
	struct buf storage;	    /* of FOLDERS */
};

/*
 * WHERE is "folders", the name of an array beside the inputs, or a file with
 * one array; NULL: no labels.  ERR_FORMAT if there is no such thing, ERR_SHAPE
 * if its first axis is not that of the samples of S, ERR_TYPE for elements
 * that are no numbers of whole bytes.
 */
MUST_USE bool labels_open(struct labels *l, const char *where,
			  const struct sample_source *s,
			  const struct limits *lim, struct err *e);
void labels_close(struct labels *l);

bool labels_given(const struct labels *l);

/* The label of sample I, a view without the axis of samples: a class index
 * has rank 0. */
struct tensor label_of(const struct labels *l, size_t i);

#endif
