/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset.h -- samples for a model, read on demand.
 *
 * A dataset yields, for sample i, one tensor for every fed input of the model,
 * converted to the input's element type and shape, and if there are labels its
 * class index or an array.  Samples are numbered after --samples and --shard
 * took their part; memory is bounded by the batch that is asked for.
 */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "base/limits.h"
#include "graph/graph.h"

struct dataset;

/* As given on the command line; NULL and 0 mean "not given". */
struct dataset_opts {
	const char *path;    /* .npz, .npy, IDX, folder, or random:COUNT */
	const char *labels;  /* array name, file, or "folders" */
	const char *samples; /* FIRST:LAST[:STEP] */
	const char *scale, *mean, *std; /* numbers; mean, std per channel */
	const char *size;		/* HxW */
	const char *color;		/* rgb, bgr, gray */
	const char *layout;		/* nchw, nhwc */
	int shard_index, shard_count;	/* count 0 or 1: everything */
	uint64_t seed;			/* of random: */
};

/*
 * Samples for the fed inputs of M.  ERR_FORMAT if there are none, if an input
 * has no array, or if a shape cannot become the input's; ERR_USAGE for
 * options that make no sense.  Free with dataset_close().
 */
MUST_USE bool dataset_open(struct dataset **out, const struct model *m,
			   const struct dataset_opts *o,
			   const struct limits *lim, struct err *e);
void dataset_close(struct dataset *d);

size_t dataset_count(const struct dataset *d); /* > 0 */

/* The most samples that one run of the model takes: SIZE_MAX where the first
 * dimension of every fed input is free, else what that dimension says. */
size_t dataset_batch_limit(const struct dataset *d);

/* Some consecutive samples, stacked along the first axis. */
struct batch {
	/* One per fed input, in graph order; NULL: its default. */
	const struct datum *const *in;
	uint32_t nin;
	size_t count; /* samples */
};

/*
 * Samples [FIRST, FIRST + N) in *B, valid until the next dataset_read() or
 * dataset_close().  A model whose first dimension is fixed to K > 1 gets its
 * last batch filled up by repeating the last sample; B->count tells.
 */
MUST_USE bool dataset_read(struct dataset *d, size_t first, size_t n,
			   struct batch *b, struct err *e);

bool dataset_has_labels(const struct dataset *d);
/* Of sample I, as it is stored; valid until dataset_close(). */
struct tensor dataset_label(const struct dataset *d, size_t i);

/* SHA-256 of what the samples are made of (files, options, order). */
MUST_USE bool dataset_digest(struct dataset *d, uint8_t digest[32],
			     struct err *e);

#endif
