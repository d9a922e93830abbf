/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/corpus.h -- bad files, built byte by byte.
 *
 * Each case writes one model (and what lies beside it) into a directory of
 * its own and says how it must end.  generate.c puts them all on disk,
 * check_hostile.c reads each and compares.
 */
#ifndef TESTS_HOSTILE_CORPUS_H
#define TESTS_HOSTILE_CORPUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* ---- protobuf, as wrong as wanted ---------------------------------------- */

struct pb {
	uint8_t *at;
	size_t len, cap;
};

void pb_raw(struct pb *p, const void *data, size_t n);
void pb_number(struct pb *p, uint64_t x); /* a bare varint */
void pb_tag(struct pb *p, unsigned field, unsigned wire);
void pb_int(struct pb *p, unsigned field, int64_t x);
void pb_bytes(struct pb *p, unsigned field, const void *data, size_t n);
void pb_text(struct pb *p, unsigned field, const char *text);
/* SUB as a message field; SUB is freed and empty afterwards. */
void pb_message(struct pb *p, unsigned field, struct pb *sub);
void pb_free(struct pb *p);

/* ---- parts of models ----------------------------------------------------- */

/* "X float[2]" as a graph's input (11) or output (12). */
void put_value(struct pb *graph, unsigned field, const char *name);
void put_node(struct pb *graph, const char *op, const char *in1,
	      const char *in2, const char *out);
/* A TensorProto without data; NAME may be NULL. */
void put_tensor_head(struct pb *tensor, const char *name, int dtype,
		     const int64_t *dims, size_t rank);
/* IR 8, opset 17, GRAPH, which is freed. */
void put_model(struct pb *model, struct pb *graph);
/* Y = Add (X, W), W being TENSOR, which is freed. */
void put_add_model(struct pb *model, struct pb *tensor);
/* The same with W = {1, 2}. */
void put_good_model(struct pb *model);

/* ---- cases --------------------------------------------------------------- */

/* What a case builds. */
struct hostile_file {
	struct pb model;
	const char *dir; /* exists and is empty but for what BUILD puts there */
	const char *text; /* instead of MODEL: ONNX text */
};

struct hostile {
	const char *id;
	enum err_code wanted; /* ERR_NONE: the file is valid */
	const char *says;     /* part of the message */
	void (*build)(struct hostile_file *f);
	const char *text; /* if BUILD is NULL */
	const char *data; /* what the model is fed from, beside it */
};

/* Tables, each ended by a NULL id. */
extern const struct hostile hostile_bytes[];
extern const struct hostile hostile_graphs[];
extern const struct hostile hostile_tensors[];
extern const struct hostile hostile_external[];
extern const struct hostile hostile_operators[];
extern const struct hostile hostile_data[];

/* Put the files of H into DIR, which is made: model.onnx and others.  Exits
 * with status 99 if the system does not let it. */
void hostile_write(const struct hostile *h, const char *dir);

/* For cases: a file beside the model. */
void put_file(const struct hostile_file *f, const char *name, const void *data,
	      size_t bytes);
/* "DIR/NAME"; free() it. */
char *path_in(const char *dir, const char *name);

#endif
