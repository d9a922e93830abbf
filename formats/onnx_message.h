/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_message.h -- from untrusted bytes to protobuf-c messages.
 *
 * onnx_unpack() scans (onnx_scan.h), unpacks the skeleton and hangs the
 * payload slices onto their tensors as unknown fields, which protobuf-c
 * writes behind the known ones byte by byte.  So a message that is packed
 * again says all that the file said, and its weights are copied from the
 * mapped file straight into the output.
 */
#ifndef FORMATS_ONNX_MESSAGE_H
#define FORMATS_ONNX_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "base/limits.h"
#include "formats/format.h"
#include "formats/onnx.pb-c.h"

/* Who owns what one file needs: a model, or a set of tensors. */
struct onnx_store {
	struct model *model;
	struct tensor_set *set; /* if MODEL is NULL */
	struct arena *arena;	/* theirs */
};

/* BYTES that live as long as the owner; counted against its budget. */
MUST_USE bool onnx_store_alloc(struct onnx_store *s, size_t bytes, void **out,
			       struct err *e);

/*
 * The message of type ROOT that FILE holds.  It points into FILE and belongs
 * to the owner of STORE.  Every bytes field is followed by a NUL.
 */
MUST_USE bool onnx_unpack(ProtobufCMessage **out, struct bytes file,
			  const ProtobufCMessageDescriptor *root,
			  struct onnx_store *store, const struct limits *lim,
			  struct err *e);

/*
 * Visit every message inside ROOT, itself included, without recursion.
 * Start with a walk of { .stack[0].message = root, .depth = 1 }.
 */
enum { ONNX_WALK_DEPTH = 257 };

struct onnx_walk {
	struct {
		ProtobufCMessage *message;
		unsigned field;
		size_t item;
		bool seen;
	} stack[ONNX_WALK_DEPTH];
	int depth;
};

/* The next message, before those inside it; NULL at the end. */
ProtobufCMessage *onnx_walk_next(struct onnx_walk *w);

#endif
