/* SPDX-License-Identifier: Apache-2.0 */
/* data/source.h -- where samples come from.
 *
 * A source yields raw data: what a file holds, or a picture after resizing.
 * The dataset converts it to the model's types and shapes.
 */
#ifndef DATA_SOURCE_H
#define DATA_SOURCE_H

#include "base/sha256.h"
#include "data/fit.h"
#include "data/preprocess.h"

/* The inputs that a model must be fed, in graph order: those that have no
 * default.  PLACE is the index among all inputs that can be fed. */
struct fed {
	const struct value **at;
	uint32_t *place;
	uint32_t count;
};

struct sample_source {
	size_t count;
	enum sample_fit first; /* how a sample is meant where both ways fit */
	bool uneven;	       /* shapes may differ from sample to sample */
	bool has_classes;      /* CLASS_OF is known */
	void (*close)(struct sample_source *self);
	/* Sample I of input K.  *OUT lives until another I is asked for. */
	bool (*sample)(struct sample_source *self, size_t i, uint32_t k,
		       struct datum *out, struct err *e);
	/* The folder that sample I lies in, as a class index; or NULL. */
	int64_t (*class_of)(const struct sample_source *self, size_t i);
	/* The array NAME beside the inputs; NULL if there is none. */
	const struct tensor *(*array)(const struct sample_source *self,
				      const char *name);
	/* Everything that all samples are made of. */
	bool (*digest)(struct sample_source *self, struct sha256 *h,
		       struct err *e);
};

/* What sources need to open; all of it outlives them. */
struct source_context {
	const struct model *model;
	const struct fed *fed;
	const struct preprocess *prep;
	const struct limits *lim;
	const char *path;
	uint64_t seed;
};

/* .npz, .npy, IDX: one array for each input, samples along the first axis. */
MUST_USE bool source_open_arrays(struct sample_source **out,
				 const struct source_context *c, struct err *e);
/* A folder of NAME_set_N folders, of .pb and .npy files, or of images. */
MUST_USE bool source_open_folder(struct sample_source **out,
				 const struct source_context *c, struct err *e);
/* "random:COUNT" */
MUST_USE bool source_open_random(struct sample_source **out,
				 const struct source_context *c, struct err *e);

struct folder;
MUST_USE bool source_open_sets(struct sample_source **out,
			       const struct source_context *c,
			       const struct folder *f, struct err *e);
MUST_USE bool source_open_files(struct sample_source **out,
				const struct source_context *c,
				const struct folder *f, struct err *e);
MUST_USE bool source_open_images(struct sample_source **out,
				 const struct source_context *c,
				 const struct folder *f, struct err *e);

/* Add name and content of the file PATH to H. */
MUST_USE bool digest_file(struct sha256 *h, const char *name, const char *path,
			  struct err *e);

/* "the model has 2 inputs (a, b), want one"; true if it has one. */
MUST_USE bool fed_is_one(const struct fed *f, const char *what, struct err *e);

#endif
