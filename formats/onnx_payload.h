/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_payload.h -- the elements of tensors in ONNX files.
 *
 * raw_data and packed runs of floats and doubles are used where they lie in
 * the mapped file; external data likewise; what is stored as varints is
 * decoded into memory of the model.
 */
#ifndef FORMATS_ONNX_PAYLOAD_H
#define FORMATS_ONNX_PAYLOAD_H

#include "base/map.h"
#include "formats/onnx_message.h"

/* How the file stores a tensor: what tensor.payload points to.  The elements
 * are unknown fields of TENSOR (onnx_message.h), or external. */
struct payload {
	const Onnx__TensorProto *tensor;
	const Onnx__SparseTensorProto *sparse; /* if TENSOR is NULL */
	bool external;
};

/* A file of external data, and what tensors take of it. */
struct onnx_file {
	const char *location;
	struct bytes bytes;
	struct onnx_range *ranges; /* for onnx_external_note() */
	bool summed;		   /* the checksum was compared */
};

/* Where the tensors of one file come from. */
struct onnx_source {
	struct onnx_store store;
	const struct limits *lim;
	const struct input *file; /* external data lies beside it */
	struct map locations;	  /* external files that are open */
	struct onnx_file *external;
	uint32_t nexternal;
	struct findings *found; /* NULL: stop at the first error */
};

void onnx_source_init(struct onnx_source *s, const struct onnx_store *store,
		      const struct input *file, const struct limits *lim);

/*
 * The tensor that P describes.  ERR_FORMAT if its data is short, long, of the
 * wrong field or given twice; ERR_LIMIT for more than MAX_RANK dimensions or
 * lim->tensor_bytes; ERR_IO for external data that is missing.  The message
 * names the tensor.
 */
MUST_USE bool onnx_read_tensor(struct tensor *out, const Onnx__TensorProto *p,
			       struct onnx_source *s, struct err *e);

/* The same for a sparse tensor: values, indices [NNZ] or [NNZ, rank] within
 * bounds and ascending. */
MUST_USE bool onnx_read_sparse(struct sparse *out,
			       const Onnx__SparseTensorProto *p,
			       struct onnx_source *s, struct err *e);

/* The dense tensor that X stands for, in memory of the owner. */
MUST_USE bool onnx_densify(struct tensor *out, const struct sparse *x,
			   const Onnx__SparseTensorProto *p,
			   struct onnx_source *s, struct err *e);

/* The numeric elements of T, whose dtype and shape are set. */
MUST_USE bool onnx_payload_read(struct tensor *t, const Onnx__TensorProto *p,
				struct onnx_source *s, struct err *e);

/* The bytes of P in another file (formats/onnx_external.c). */
MUST_USE bool onnx_external_read(struct tensor *t, const Onnx__TensorProto *p,
				 struct onnx_source *s, struct err *e);

/* Bytes of external files that no tensor takes, into s->found. */
void onnx_external_note(struct onnx_source *s);

/* P has raw_data or typed elements, be it none of them. */
bool onnx_has_payload(const Onnx__TensorProto *p);

#endif
