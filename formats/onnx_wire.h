/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_wire.h -- the protobuf wire format, one item at a time. */
#ifndef FORMATS_ONNX_WIRE_H
#define FORMATS_ONNX_WIRE_H

#include "base/buf.h"

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_64 = 1,
	WIRE_BYTES = 2,
	WIRE_GROUP = 3,
	WIRE_END_GROUP = 4,
	WIRE_32 = 5
};

/* What is left of a message. */
struct wire {
	const uint8_t *at, *end;
};

/* One field; VALUE starts behind the tag, BODY behind the length prefix. */
struct wire_field {
	uint32_t number;
	enum wire_type wire;
	const uint8_t *value;
	struct bytes body; /* of WIRE_BYTES and the fixed widths */
	uint64_t varint;
};

enum wire_error {
	WIRE_OK,
	WIRE_TRUNCATED,	 /* a tag, number or value runs past the end */
	WIRE_OVERLONG,	 /* a varint beyond 10 bytes, a tag beyond 5 */
	WIRE_BAD_NUMBER, /* field number 0 or above 2^29 - 1 */
	WIRE_BAD_TYPE	 /* a group, or wire type 6 or 7 */
};

/* Take one varint of at most MAX bytes. */
enum wire_error wire_varint(struct wire *w, int max, uint64_t *x);

/* Take one field.  On failure F holds what was understood. */
enum wire_error wire_next(struct wire *w, struct wire_field *f);

/* The same for a field whose tag was taken elsewhere. */
enum wire_error wire_value(struct wire *w, struct wire_field *f);

/* "is cut off", "is longer than ..." */
const char *wire_error_text(enum wire_error error);

#endif
