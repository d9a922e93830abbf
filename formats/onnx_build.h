/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_build.h -- from the IR's tensors and types to messages.
 *
 * Messages borrow data and strings from what they are made of and live in the
 * arena given.
 */
#ifndef FORMATS_ONNX_BUILD_H
#define FORMATS_ONNX_BUILD_H

#include "base/output.h"
#include "formats/onnx_payload.h"

/* A message of the generated type T, which DESCRIPTOR describes, in arena A;
 * all its fields are absent. */
#define onnx_new(a, T, descriptor) \
	((T *)onnx_init(arena_new((a), T), &(descriptor)))
void *onnx_init(void *message, const ProtobufCMessageDescriptor *type);

/* protobuf-c's structs have no const members; it does not change them. */
char *onnx_string(const char *s);

/*
 * T under NAME.  What came from a file and is unchanged is written as it was
 * (other names and dimensions in place of the old ones); else the elements
 * become raw_data, or string_data.  NAME NULL: none.
 */
Onnx__TensorProto *onnx_build_tensor(struct arena *a, const struct tensor *t,
				     const char *name);
Onnx__SparseTensorProto *onnx_build_sparse(struct arena *a,
					   const struct sparse *x,
					   const char *name);

/* P without its elements, wherever they are stored. */
Onnx__TensorProto *onnx_without_data(struct arena *a,
				     const Onnx__TensorProto *p);

/* T as a message; NULL for TYPE_UNKNOWN.  OLD (may be NULL) lends its
 * denotations. */
Onnx__TypeProto *onnx_build_type(struct arena *a, const struct type *t,
				 const struct symbols *sy,
				 const Onnx__TypeProto *old);

/* Does P say about T what T says itself?  MATCH_VAGUER: it may leave open what
 * T knows, but nothing in it is wrong. */
enum onnx_match { MATCH_EXACT, MATCH_VAGUER };
bool onnx_type_matches(const Onnx__TypeProto *p, const struct type *t,
		       const struct symbols *sy, enum onnx_match how);

/* Write M; what it borrows is copied straight from where it lies. */
MUST_USE bool onnx_pack(const ProtobufCMessage *m, struct sink *out,
			struct err *e);

#endif
