/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_wire.c -- see onnx_wire.h. */
#include "formats/onnx_wire.h"

enum wire_error wire_varint(struct wire *w, int max, uint64_t *x)
{
	uint64_t value = 0;

	for (int i = 0; i < max; i++) {
		uint8_t byte;

		if (w->at == w->end)
			return WIRE_TRUNCATED;
		byte = *w->at++;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80)) {
			*x = value;
			return WIRE_OK;
		}
	}
	return WIRE_OVERLONG;
}

enum wire_error wire_value(struct wire *w, struct wire_field *f)
{
	size_t left;
	enum wire_error error = WIRE_OK;

	f->value = w->at;
	switch (f->wire) {
	case WIRE_VARINT:
		return wire_varint(w, 10, &f->varint);
	case WIRE_64:
		f->body.len = 8;
		break;
	case WIRE_32:
		f->body.len = 4;
		break;
	case WIRE_BYTES:
		error = wire_varint(w, 10, &f->varint);
		if (f->varint > SIZE_MAX)
			return WIRE_TRUNCATED;
		f->body.len = (size_t)f->varint;
		break;
	default:
		return WIRE_BAD_TYPE;
	}
	left = (size_t)(w->end - w->at);
	if (error != WIRE_OK)
		return error;
	if (f->body.len > left)
		return WIRE_TRUNCATED;
	f->body.at = w->at;
	w->at += f->body.len;
	return WIRE_OK;
}

enum wire_error wire_next(struct wire *w, struct wire_field *f)
{
	uint64_t tag;
	enum wire_error error = wire_varint(w, 5, &tag);

	*f = (struct wire_field){0};
	if (error != WIRE_OK)
		return error;
	if (tag >> 3 == 0 || tag > UINT32_MAX)
		return WIRE_BAD_NUMBER;
	f->number = (uint32_t)(tag >> 3);
	f->wire = (enum wire_type)(tag & 7);
	return wire_value(w, f);
}

const char *wire_error_text(enum wire_error error)
{
	switch (error) {
	case WIRE_OK:
		return "is fine";
	case WIRE_TRUNCATED:
		return "is cut off: it needs more bytes than there are";
	case WIRE_OVERLONG:
		return "has a varint that does not end";
	case WIRE_BAD_NUMBER:
		return "has a field number outside 1..536870911";
	case WIRE_BAD_TYPE:
		break;
	}
	return "has wire type 3, 4, 6 or 7 (groups or none), want 0, 1, 2 or 5";
}
