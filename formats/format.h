/* SPDX-License-Identifier: Apache-2.0 */
/* formats/format.h -- file formats for models and tensors.
 *
 * One file per format.  The file exports format_rows_<file>, ended by a NULL
 * name, and Makefile.am lists the file in FORMATS.
 */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "base/input.h"
#include "base/limits.h"
#include "base/output.h"
#include "graph/finding.h"

/* A named tensor, as found in .npz archives and ONNX test data. */
struct named_tensor {
	const char *name; /* "" if the file does not name it */
	struct datum datum;
};

/* Tensors read from one file and what keeps them alive. */
struct tensor_set {
	struct arena arena;
	struct named_tensor *at;
	uint32_t count;
	/* Set by the caller before reading, else NULL: ONNX .pb files do not
	 * say whether they hold a tensor, a sequence, an optional or a map. */
	const struct type *expect;
	struct input input;  /* map that data may point into */
	struct owned *owned; /* payloads in memory */
	struct budget *budget;
};

void tensor_set_release(struct tensor_set *s);
/* BYTES that live as long as S, in *OUT. */
MUST_USE bool tensor_set_alloc(struct tensor_set *s, size_t bytes, void **out,
			       struct err *e);

/* How a model is written. */
struct write_opts {
	enum { EXTERNAL_AS_IS, EXTERNAL_YES, EXTERNAL_NO } external;
	const char *data_name; /* of the external file; NULL: derived */
};

struct format {
	const char *name, *summary;
	const char *suffix; /* ".onnx": decides when PROBE cannot */
	/* HEAD is up to 512 bytes of the file. */
	bool (*probe)(struct bytes head);
	/* NULL members: the format does not do that. */
	/* Takes IN over on success (model_keep_input()). */
	bool (*read_model)(struct model **out, struct input *in,
			   const struct limits *lim, struct findings *found,
			   struct err *e);
	/* PATH "-" is standard output. */
	bool (*write_model)(const char *path, const struct model *m,
			    const struct write_opts *o, struct err *e);
	/* Takes IN over on success (set->input). */
	bool (*read_tensors)(struct tensor_set *set, struct input *in,
			     const struct limits *lim, struct err *e);
	bool (*write_tensors)(struct sink *out, const struct named_tensor *t,
			      size_t count, struct err *e);
};

const struct format *format_find(const char *name);
const struct format *format_next(const struct format *prev);
/* By content, then by suffix; NULL if neither says. */
const struct format *format_guess(const char *path, struct bytes head);

/* Open, guess, read; LIM may be NULL.  The error says what the file seems to
 * be. */
MUST_USE bool format_read_model(struct model **out, const char *path,
				const struct limits *lim, struct err *e);
/*
 * The same, but go on behind errors, which become findings (FOUND, not NULL).
 * False where that is impossible.  A model with errors is for further checks
 * only: values may have no definition, and nodes may be on cycles.
 */
MUST_USE bool format_check_model(struct model **out, const char *path,
				 const struct limits *lim,
				 struct findings *found, struct err *e);
/* By the suffix of PATH; ONNX if it has none. */
MUST_USE bool format_write_model(const char *path, const struct model *m,
				 const struct write_opts *o, struct err *e);
MUST_USE bool format_read_tensors(struct tensor_set *set, const char *path,
				  const struct limits *lim, struct err *e);
MUST_USE bool format_write_tensors(const char *path,
				   const struct named_tensor *t, size_t count,
				   struct err *e);

#endif
