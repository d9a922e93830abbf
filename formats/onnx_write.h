/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_write.h -- IR to messages: what the parts of the writer share.
 *
 * Every message starts as a shallow copy of the one the IR object came from
 * (its ORIGIN), if there is one, and only what differs is replaced.  So what
 * the IR does not interpret comes out as it went in, and an unchanged model
 * comes out unchanged.  Graphs are built from a queue, like they are read.
 */
#ifndef FORMATS_ONNX_WRITE_H
#define FORMATS_ONNX_WRITE_H

#include "formats/names.h"
#include "formats/onnx_build.h"

/* Where the elements of tensors go. */
enum onnx_data_mode {
	DATA_AS_STORED, /* external ones stay in the files they are in */
	DATA_INLINE,	/* into the model */
	DATA_EXTERNAL	/* large ones into one data file */
};

/* One tensor of the data file. */
struct onnx_data_entry {
	const void *data;
	size_t bytes;
	uint64_t offset;
};

/* The data file under construction; its name is filled in last, in the one
 * message that all tensors share. */
struct onnx_data_file {
	struct onnx_data_entry *at;
	uint32_t count, cap;
	uint64_t bytes;
	struct map offsets; /* tensors that share their bytes */
	Onnx__StringStringEntryProto *location;
};

struct onnx_pending; /* a graph in the queue */

struct onnx_writer {
	const struct model *model;
	struct arena arena; /* all messages */
	struct names names;
	enum onnx_data_mode mode;
	struct onnx_data_file file;
	struct onnx_pending *first, *last;
};

/* The whole model.  Lives in w->arena. */
Onnx__ModelProto *onnx_build_model(struct onnx_writer *w);

/* T under NAME, its data placed as w->mode says. */
enum onnx_role { ROLE_CONSTANT, ROLE_ATTRIBUTE };
Onnx__TensorProto *onnx_place_tensor(struct onnx_writer *w,
				     const struct tensor *t, const char *name,
				     enum onnx_role role);

/* An empty message for G, to be filled when its turn comes. */
Onnx__GraphProto *onnx_queue_write(struct onnx_writer *w,
				   const struct graph *g);
/* Fill the next of them; false if there is none. */
bool onnx_build_next_graph(struct onnx_writer *w);

Onnx__NodeProto *onnx_build_node(struct onnx_writer *w, const struct node *n);
Onnx__AttributeProto *onnx_build_attr(struct onnx_writer *w,
				      const struct attr *x);

/* The nodes of G, then the Identities that its ports need. */
void onnx_build_nodes(struct onnx_writer *w, const struct graph *g,
		      size_t *count, Onnx__NodeProto ***out);

/* NAME with type T, from OLD (may be NULL). */
Onnx__ValueInfoProto *onnx_build_info(struct onnx_writer *w,
				      const ProtobufCMessage *old,
				      const char *name, const struct type *t,
				      enum onnx_match how);

/*
 * What OLD[0 .. n) says about values inside G, less what G does not have any
 * more.  PROTO is the GraphProto or FunctionProto they are from.
 */
void onnx_keep_infos(struct onnx_writer *w, const struct graph *g,
		     const ProtobufCMessage *proto, size_t *count,
		     Onnx__ValueInfoProto ***infos);
void onnx_keep_annotations(struct onnx_writer *w, const struct graph *g,
			   const Onnx__GraphProto *proto, size_t *count,
			   Onnx__TensorAnnotation ***annotations);

/* node.sources in NodeProto.metadata_props (formats/onnx_sources.c). */
void onnx_build_sources(struct onnx_writer *w, const struct node *n,
			Onnx__NodeProto *p);
const struct source *onnx_read_sources(struct arena *a,
				       const Onnx__NodeProto *p);

/* *FIELD becomes TEXT unless it says that already (NULL says ""). */
void onnx_set_text(char **field, const char *text);

/* ---- data in other files (formats/onnx_write_data.c) --------------------- */

/* May the external files of M be referred to, or copied, from a model at
 * PATH? */
bool onnx_can_keep_external(const struct model *m, const char *path);
/* Copy those that are not there yet. */
MUST_USE bool onnx_copy_external(const struct model *m, const char *path,
				 struct err *e);
bool onnx_has_external(const struct model *m);

/* Write w->file beside PATH under a name that leaves the files of an existing
 * model at PATH alone, and fill the name in. */
MUST_USE bool onnx_write_data(struct onnx_writer *w, const char *path,
			      const struct write_opts *o, struct err *e);

/* Remove data files of earlier models at PATH that have a digest in their
 * name and are not the one of W.  Failures do not matter. */
void onnx_sweep_data(struct onnx_writer *w, const char *path);

#endif
