/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_scan.h -- what untrusted protobuf bytes go through first.
 *
 * One pass over the wire format, without recursion, decides everything that
 * a protobuf library would leave open or pay dearly for: nesting, counts,
 * lengths, wire types, repeated singular messages.  The schema is the set of
 * descriptors that protoc-c generated from formats/onnx.proto, so the scan and
 * the unpacking that follows cannot disagree.
 *
 * The scan also takes the tensors apart.  Payload fields (raw_data and the
 * typed numeric fields) are left where they are, in runs called slices; all
 * the rest, the skeleton, is copied into private memory with every submessage
 * length as a varint of five bytes, so that lengths can be filled in at the
 * end of each message.  In the skeleton, a tensor with payload has a raw_data
 * of four bytes instead: the index of its struct payload_span.
 */
#ifndef FORMATS_ONNX_SCAN_H
#define FORMATS_ONNX_SCAN_H

#include <protobuf-c/protobuf-c.h>

#include "base/limits.h"

/* Payload fields that follow each other in the file: the value of the first
 * (its length prefix included), then whole fields.  AT points into the file. */
struct payload_slice {
	const uint8_t *at;
	size_t len;
	uint32_t field; /* number of the first field */
	uint8_t wire;	/* wire type of the first field */
};

/* The slices of one tensor: slice[first .. first + count). */
struct payload_span {
	uint32_t first, count;
};

struct onnx_scan {
	struct buf skeleton, slices, spans;
	size_t skeleton_bytes;
	uint32_t nslice, nspan;
	uint32_t nodes;
};

/* What a tensor field number is to the scan. */
bool onnx_is_payload_field(uint32_t number);

/*
 * Scan FILE as a message of type ROOT.  Memory is counted against
 * lim->memory.  Fails with ERR_FORMAT for what is no such message (or what we
 * decline to guess at) and ERR_LIMIT for what exceeds LIM; the message says
 * where.  onnx_scan_release() after success.
 */
MUST_USE bool onnx_scan(struct onnx_scan *out, struct bytes file,
			const ProtobufCMessageDescriptor *root,
			const struct limits *lim, struct err *e);
void onnx_scan_release(struct onnx_scan *s);

const struct payload_slice *onnx_scan_slices(const struct onnx_scan *s);
const struct payload_span *onnx_scan_spans(const struct onnx_scan *s);

#endif
