/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_payload.c -- numeric elements: see onnx_payload.h.
 *
 * Each element type has one typed field beside raw_data (ONNX 1.23,
 * TensorProto): integers of up to 32 bits, small floats as bit patterns and
 * packed sub-byte integers go into int32_data, of which a varint is kept if
 * it fits the element as a signed or as an unsigned number.
 */
#include "formats/onnx_payload.h"

#include <inttypes.h>
#include <string.h>

#include "formats/onnx_scan.h"
#include "formats/onnx_wire.h"
#include "graph/element.h"

enum {
	FLOAT_DATA = 4,
	INT32_DATA = 5,
	INT64_DATA = 7,
	RAW_DATA = 9,
	DOUBLE_DATA = 10,
	UINT64_DATA = 11,
	FIELD_COUNT
};

static const char *const field_name[FIELD_COUNT] = {
	[FLOAT_DATA] = "float_data",   [INT32_DATA] = "int32_data",
	[INT64_DATA] = "int64_data",   [RAW_DATA] = "raw_data",
	[DOUBLE_DATA] = "double_data", [UINT64_DATA] = "uint64_data",
};

/* Iterates over the payload fields of one tensor, in file order. */
struct reader {
	const Onnx__TensorProto *tensor;
	unsigned next; /* unknown field */
	struct wire left;
};

static bool next_field(struct reader *r, struct wire_field *f,
		       enum wire_error *error)
{
	*error = WIRE_OK;
	if (r->left.at != r->left.end) {
		*error = wire_next(&r->left, f);
		return true;
	}
	while (r->next < r->tensor->base.n_unknown_fields) {
		const ProtobufCMessageUnknownField *u =
			&r->tensor->base.unknown_fields[r->next++];

		if (!onnx_is_payload_field(u->tag))
			continue;
		r->left.at = u->data;
		r->left.end = u->data + u->len;
		*f = (struct wire_field){.number = u->tag,
					 .wire = (enum wire_type)u->wire_type};
		*error = wire_value(&r->left, f);
		return true;
	}
	return false;
}

bool onnx_has_payload(const Onnx__TensorProto *p)
{
	for (unsigned i = 0; i < p->base.n_unknown_fields; i++)
		if (onnx_is_payload_field(p->base.unknown_fields[i].tag))
			return true;
	return false;
}

/* ---- counting ------------------------------------------------------------ */

struct tally {
	uint64_t count[FIELD_COUNT]; /* elements; bytes of raw_data */
	uint32_t chunks;	     /* fields with elements in them */
	uint32_t raws;
	const uint8_t *chunk; /* elements of the last one */
};

/* Bytes of one element as stored; 0: a varint. */
static size_t stored_width(uint32_t number)
{
	switch (number) {
	case FLOAT_DATA:
		return 4;
	case DOUBLE_DATA:
		return 8;
	case RAW_DATA:
		return 1;
	default:
		return 0;
	}
}

static uint64_t elements_in(const struct wire_field *f)
{
	size_t width = stored_width(f->number), n = 0;

	if (width)
		return f->body.len / width;
	if (f->wire != WIRE_BYTES)
		return 1;
	for (size_t i = 0; i < f->body.len; i++)
		n += f->body.at[i] < 0x80;
	return n;
}

static bool tally_fields(struct tally *t, const Onnx__TensorProto *p,
			 struct err *e)
{
	struct reader r = {.tensor = p};
	struct wire_field f;
	enum wire_error error;

	*t = (struct tally){0};
	while (next_field(&r, &f, &error)) {
		size_t width = stored_width(f.number);
		uint64_t n;

		if (error != WIRE_OK || !onnx_is_payload_field(f.number))
			return err_set(e, ERR_FORMAT, "its data %s",
				       wire_error_text(error));
		if (width && f.body.len % width)
			return err_set(e, ERR_FORMAT,
				       "%s has %zu bytes, want a multiple of "
				       "%zu",
				       field_name[f.number], f.body.len, width);
		if (f.number == RAW_DATA && t->raws++)
			return err_set(e, ERR_FORMAT,
				       "raw_data is given more than once");
		n = elements_in(&f);
		t->count[f.number] += n;
		t->chunks += n > 0;
		if (n)
			t->chunk = f.body.at;
	}
	return true;
}

/* ---- decoding ------------------------------------------------------------ */

static uint32_t typed_field(enum dtype t)
{
	switch (t) {
	case DTYPE_F32:
	case DTYPE_C64:
		return FLOAT_DATA;
	case DTYPE_F64:
	case DTYPE_C128:
		return DOUBLE_DATA;
	case DTYPE_I64:
		return INT64_DATA;
	case DTYPE_U32:
	case DTYPE_U64:
		return UINT64_DATA;
	default:
		return INT32_DATA;
	}
}

/* Bits of one entry of the typed field: a byte for packed 2 and 4 bits, one
 * element otherwise, half of a complex one. */
static unsigned entry_bits(enum dtype t)
{
	unsigned bits = dtype_info[t].bits;

	if (dtype_info[t].class == CLASS_COMPLEX)
		return bits / 2;
	return bits == 2 || bits == 4 ? 8 : bits;
}

static uint64_t entries_wanted(enum dtype t, size_t count, size_t bytes)
{
	if (dtype_info[t].class == CLASS_COMPLEX)
		return (uint64_t)count * 2;
	return entry_bits(t) == 8 ? bytes : count;
}

static bool entry_fits(uint64_t x, unsigned bits, enum dtype t)
{
	int64_t v = (int64_t)x;

	if (bits == 64 || t == DTYPE_BOOL)
		return true;
	if (t == DTYPE_U32)
		return x >> 32 == 0;
	if (bits == 32) /* protobuf keeps the low half of an int32 */
		return true;
	v = (int32_t)x;
	return v >= -(INT64_C(1) << (bits - 1)) && v < INT64_C(1) << bits;
}

static void store_entry(uint8_t *data, enum dtype t, size_t i, uint64_t x)
{
	switch (entry_bits(t)) {
	case 8:
		data[i] = (uint8_t)(t == DTYPE_BOOL ? x != 0 : x);
		break;
	case 16:
		memcpy(data + 2 * i, &(uint16_t){(uint16_t)x}, 2);
		break;
	case 32:
		memcpy(data + 4 * i, &(uint32_t){(uint32_t)x}, 4);
		break;
	case 64:
		memcpy(data + 8 * i, &x, 8);
		break;
	default:
		element_set_bits(t, data, i, x);
		break;
	}
}

/* All varints of field F, from entry *I on. */
static bool decode_field(const struct wire_field *f, enum dtype t,
			 uint8_t *data, size_t *i, struct err *e)
{
	struct wire w = {f->value, f->value};
	unsigned bits = entry_bits(t);

	w.end = f->wire == WIRE_BYTES ? f->body.at + f->body.len : NULL;
	w.at = f->wire == WIRE_BYTES ? f->body.at : NULL;
	do {
		uint64_t x = f->varint;

		if (w.at && w.at == w.end)
			break;
		if (w.at && wire_varint(&w, 10, &x) != WIRE_OK)
			return err_set(e, ERR_FORMAT,
				       "%s has a varint that does not end",
				       field_name[f->number]);
		if (!entry_fits(x, bits, t))
			return err_set(e, ERR_FORMAT,
				       "%s[%zu] is %" PRId64 ", want a value "
				       "that fits %s",
				       field_name[f->number], *i, (int64_t)x,
				       dtype_info[t].text);
		store_entry(data, t, (*i)++, x);
	} while (w.at);
	return true;
}

static bool decode(struct tensor *t, const Onnx__TensorProto *p,
		   struct onnx_source *s, struct err *e)
{
	struct reader r = {.tensor = p};
	struct wire_field f;
	enum wire_error error;
	size_t i = 0;
	void *data;

	if (!onnx_store_alloc(&s->store, t->bytes, &data, e))
		return false;
	memset(data, 0, t->bytes);
	t->data = data;
	while (next_field(&r, &f, &error)) {
		size_t width = stored_width(f.number);

		if (!width && !decode_field(&f, t->dtype, data, &i, e))
			return false;
		if (!width || !f.body.len)
			continue;
		memcpy((uint8_t *)data + i, f.body.at, f.body.len);
		i += f.body.len;
	}
	return true;
}

/* Only the field that suits the dtype may have elements. */
static bool check_fields(const struct tally *y, const Onnx__TensorProto *p,
			 uint32_t want, struct err *e)
{
	for (uint32_t k = 0; k < FIELD_COUNT; k++) {
		if (!y->count[k] || k == want)
			continue;
		if (y->count[want])
			return err_set(e, ERR_FORMAT,
				       "its data is given twice, in %s and in "
				       "%s",
				       field_name[want], field_name[k]);
		return err_set(e, ERR_FORMAT,
			       "its data is in %s, want raw_data or %s for %s",
			       field_name[k], field_name[want],
			       dtype_info[p->data_type].text);
	}
	if (p->n_string_data)
		return err_set(e, ERR_FORMAT,
			       "it has string_data, want numbers of type %s",
			       dtype_info[p->data_type].text);
	return true;
}

bool onnx_payload_read(struct tensor *t, const Onnx__TensorProto *p,
		       struct onnx_source *s, struct err *e)
{
	struct tally y;
	uint32_t typed = typed_field(t->dtype), field;
	uint64_t want;

	if (!tally_fields(&y, p, e))
		return false;
	field = y.count[RAW_DATA] ? RAW_DATA : typed;
	if (!check_fields(&y, p, field, e))
		return false;
	want = field == RAW_DATA
		       ? t->bytes
		       : entries_wanted(t->dtype, tensor_count(t), t->bytes);
	if (!y.chunks && want)
		return err_set(e, ERR_FORMAT, "it has no data, want %zu bytes",
			       t->bytes);
	if (y.count[field] != want)
		return err_set(e, ERR_FORMAT,
			       "its %s has %" PRIu64 " %s, want %" PRIu64,
			       field_name[field], y.count[field],
			       field == RAW_DATA ? "bytes" : "elements", want);
	if (!want)
		return true;
	if (y.chunks > 1 || !stored_width(field))
		return decode(t, p, s, e);
	t->data = y.chunk;
	return true;
}
