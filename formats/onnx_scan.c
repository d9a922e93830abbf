/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_scan.c -- see onnx_scan.h. */
#include "formats/onnx_scan.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "formats/onnx.pb-c.h"
#include "formats/onnx_wire.h"

enum {
	MAX_DEPTH = 256,
	LENGTH_BYTES = 5,     /* of a length in the skeleton */
	ALLOCATION_BYTES = 32 /* what one allocation costs besides its size */
};

/* Unpacked structure may take this much plus AMPLIFICATION times the file's:
 * real models need 6 to 10 times, a list of empty tensors 140 times. */
static const size_t free_bytes = (size_t)32 << 20;
static const size_t amplification = 32;

/* A message whose end has not been reached. */
struct frame {
	const ProtobufCMessageDescriptor *type;
	const ProtobufCFieldDescriptor *field; /* that it is the value of */
	const uint8_t *end;
	size_t length_at; /* where its length goes in the skeleton */
	uint64_t seen;	  /* singular message fields, by number */
	bool in_payload;  /* the field before was a payload field */
	bool has_payload;
};

struct scanner {
	struct onnx_scan *out;
	struct bytes file;
	struct limits lim; /* every member filled in */
	struct frame stack[MAX_DEPTH];
	uint32_t depth, graphs, functions, fields;
	size_t unpacked; /* estimate of what protobuf-c will allocate */
	struct err *e;
};

bool onnx_is_payload_field(uint32_t number)
{
	switch (number) {
	case 4:	 /* float_data */
	case 5:	 /* int32_data */
	case 7:	 /* int64_data */
	case 9:	 /* raw_data */
	case 10: /* double_data */
	case 11: /* uint64_data */
		return true;
	default:
		return false;
	}
}

const struct payload_slice *onnx_scan_slices(const struct onnx_scan *s)
{
	return (const void *)s->slices.data;
}

const struct payload_span *onnx_scan_spans(const struct onnx_scan *s)
{
	return (const void *)s->spans.data;
}

void onnx_scan_release(struct onnx_scan *s)
{
	buf_free(&s->skeleton);
	buf_free(&s->slices);
	buf_free(&s->spans);
}

/* ---- saying where -------------------------------------------------------- */

/* "byte 1234 (graph.node.attribute)" as the context of the error. */
static bool at_byte(struct scanner *s, const uint8_t *at)
{
	struct str path = {0};

	for (uint32_t i = 1; i < s->depth && i < 9; i++)
		str_addf(&path, "%s%s", i > 1 ? "." : "",
			 s->stack[i].field->name);
	if (s->depth > 9)
		str_add(&path, "...");
	err_context(s->e, "byte %td (%s%s%s)", at - s->file.at,
		    s->stack[0].type->short_name, path.len ? "." : "",
		    path.len ? path.text : "");
	str_release(&path);
	return false;
}

static bool refuse_wire(struct scanner *s, const struct wire_field *f,
			enum wire_error error, const uint8_t *at)
{
	if (f->number)
		err_set(s->e, ERR_FORMAT, "field %" PRIu32 " %s", f->number,
			wire_error_text(error));
	else
		err_set(s->e, ERR_FORMAT, "the next field %s",
			wire_error_text(error));
	return at_byte(s, at);
}

static bool refuse_limit(struct scanner *s, const char *what, uint64_t limit)
{
	return err_set(s->e, ERR_LIMIT, "more than %" PRIu64 " %s", limit,
		       what);
}

/* ---- the skeleton -------------------------------------------------------- */

/* Room for MORE bytes behind the first USED of B. */
static bool reserve(struct buf *b, size_t used, size_t more, struct err *e)
{
	size_t cap = b->bytes ? b->bytes : 4096;

	if (more <= b->bytes - used)
		return true;
	while (cap - used < more)
		cap *= 2;
	if (!b->data)
		return buf_alloc(b, cap, b->budget, e);
	return buf_resize(b, cap, e);
}

static bool emit(struct scanner *s, const void *data, size_t bytes)
{
	struct onnx_scan *o = s->out;

	if (bytes > INT32_MAX - o->skeleton_bytes)
		return refuse_limit(s, "bytes of structure", INT32_MAX);
	if (!reserve(&o->skeleton, o->skeleton_bytes, bytes, s->e))
		return false;
	memcpy(o->skeleton.data + o->skeleton_bytes, data, bytes);
	o->skeleton_bytes += bytes;
	return true;
}

static void fill_length(struct onnx_scan *o, size_t at)
{
	size_t len = o->skeleton_bytes - at - LENGTH_BYTES;

	for (int i = 0; i < LENGTH_BYTES; i++) {
		unsigned more = i < LENGTH_BYTES - 1 ? 0x80 : 0;

		o->skeleton.data[at++] = (uint8_t)((len & 0x7f) | more);
		len >>= 7;
	}
}

static bool count_unpacked(struct scanner *s, size_t bytes)
{
	size_t limit = free_bytes + s->file.len * amplification;

	s->unpacked += bytes;
	if (s->unpacked <= limit)
		return true;
	return err_set(s->e, ERR_LIMIT,
		       "its structure would take more than %zu bytes of "
		       "memory, which is out of proportion to its size of %zu",
		       limit, s->file.len);
}

/* ---- messages ------------------------------------------------------------ */

/* Counts that are limited by the type of the message. */
static bool count_message(struct scanner *s,
			  const ProtobufCMessageDescriptor *type)
{
	if (s->depth >= s->lim.message_depth || s->depth >= MAX_DEPTH)
		return refuse_limit(s, "nested messages", s->depth);
	if (type == &onnx__graph_proto__descriptor &&
	    s->graphs++ > s->lim.graph_depth)
		return refuse_limit(s, "graphs within the main graph",
				    s->lim.graph_depth);
	if (type == &onnx__function_proto__descriptor &&
	    s->functions++ >= s->lim.functions)
		return refuse_limit(s, "functions", s->lim.functions);
	if (type == &onnx__node_proto__descriptor &&
	    s->out->nodes++ >= s->lim.nodes)
		return refuse_limit(s, "nodes", s->lim.nodes);
	return count_unpacked(s, type->sizeof_message + sizeof(void *) +
					 ALLOCATION_BYTES);
}

static bool enter(struct scanner *s, const ProtobufCFieldDescriptor *field,
		  const struct wire_field *f)
{
	static const uint8_t no_length[LENGTH_BYTES];
	const ProtobufCMessageDescriptor *type = field->descriptor;
	struct frame *top = &s->stack[s->depth - 1];

	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		if (top->seen >> f->number & 1)
			return err_set(s->e, ERR_LIMIT,
				       "field '%s' of %s is given more than "
				       "once, want it at most once",
				       field->name, top->type->short_name);
		top->seen |= UINT64_C(1) << f->number;
	}
	if (!count_message(s, type))
		return false;
	s->stack[s->depth++] = (struct frame){
		.type = type,
		.field = field,
		.end = f->body.at + f->body.len,
		.length_at = s->out->skeleton_bytes,
	};
	return emit(s, no_length, LENGTH_BYTES);
}

static void leave(struct scanner *s)
{
	struct frame *top = &s->stack[--s->depth];

	if (top->type == &onnx__graph_proto__descriptor)
		s->graphs--;
	if (s->depth)
		fill_length(s->out, top->length_at);
}

/* ---- payloads ------------------------------------------------------------ */

/* The first payload field of a tensor: its span, and the index in place of
 * raw_data. */
static bool begin_payload(struct scanner *s)
{
	struct onnx_scan *o = s->out;
	struct payload_span span = {.first = o->nslice};
	uint8_t marker[6] = {9 << 3 | WIRE_BYTES, 4};

	for (int i = 0; i < 4; i++)
		marker[2 + i] = (uint8_t)(o->nspan >> (8 * i));
	if (!reserve(&o->spans, o->nspan * sizeof(span), sizeof(span), s->e))
		return false;
	memcpy(o->spans.data + o->nspan++ * sizeof(span), &span, sizeof(span));
	return emit(s, marker, sizeof(marker));
}

static bool take_payload(struct scanner *s, const struct wire_field *f,
			 const uint8_t *end)
{
	struct onnx_scan *o = s->out;
	struct frame *top = &s->stack[s->depth - 1];
	struct payload_slice slice = {f->value, (size_t)(end - f->value),
				      f->number, (uint8_t)f->wire};
	struct payload_slice *last;
	struct payload_span *span;

	if (top->in_payload) {
		last = (void *)(o->slices.data +
				(o->nslice - 1) * sizeof(slice));
		last->len = (size_t)(end - last->at);
		return true;
	}
	if (!top->has_payload && !begin_payload(s))
		return false;
	top->in_payload = top->has_payload = true;
	if (!reserve(&o->slices, o->nslice * sizeof(slice), sizeof(slice),
		     s->e))
		return false;
	memcpy(o->slices.data + o->nslice++ * sizeof(slice), &slice,
	       sizeof(slice));
	span = (void *)(o->spans.data + (o->nspan - 1) * sizeof(*span));
	span->count++;
	return count_unpacked(s, sizeof(slice) +
					 sizeof(ProtobufCMessageUnknownField));
}

/* ---- fields -------------------------------------------------------------- */

static enum wire_type wire_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_BYTES;
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return WIRE_32;
	case PROTOBUF_C_TYPE_DOUBLE:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return WIRE_64;
	default:
		return WIRE_VARINT;
	}
}

/* The body of a packed field is a whole number of elements. */
static bool check_packed(struct scanner *s, const struct wire_field *f,
			 enum wire_type element)
{
	struct wire w = {f->body.at, f->body.at + f->body.len};
	uint64_t ignored;
	size_t count = f->body.len, width = element == WIRE_32 ? 4 : 8;

	if (element != WIRE_VARINT) {
		if (f->body.len % width)
			return err_set(s->e, ERR_FORMAT,
				       "field %" PRIu32 " has %zu bytes, want "
				       "a multiple of %zu",
				       f->number, f->body.len, width);
		count = f->body.len / width;
	}
	while (element == WIRE_VARINT && w.at != w.end) {
		enum wire_error error = wire_varint(&w, 10, &ignored);

		if (error != WIRE_OK)
			return err_set(s->e, ERR_FORMAT, "field %" PRIu32 " %s",
				       f->number, wire_error_text(error));
	}
	return count_unpacked(s, count * 8);
}

static bool is_free_text(const ProtobufCFieldDescriptor *field)
{
	return !strcmp(field->name, "doc_string") ||
	       !strcmp(field->name, "value");
}

static bool check_string(struct scanner *s, const struct wire_field *f,
			 const ProtobufCFieldDescriptor *field)
{
	if (memchr(f->body.at, 0, f->body.len))
		return err_set(s->e, ERR_FORMAT,
			       "'%.*s': field '%s' has a NUL byte, want text",
			       f->body.len < 60 ? (int)f->body.len : 60,
			       (const char *)f->body.at, field->name);
	if (f->body.len > s->lim.name_bytes && !is_free_text(field))
		return err_set(s->e, ERR_LIMIT,
			       "'%.40s...': field '%s' has %zu bytes, want at "
			       "most %" PRIu32,
			       (const char *)f->body.at, field->name,
			       f->body.len, s->lim.name_bytes);
	return true;
}

/* Check a field that stays in the skeleton as it is. */
static bool check_leaf(struct scanner *s, const struct wire_field *f,
		       const ProtobufCFieldDescriptor *field)
{
	if (!field)
		return count_unpacked(s, sizeof(ProtobufCMessageUnknownField) +
						 f->body.len +
						 ALLOCATION_BYTES);
	if (field->type == PROTOBUF_C_TYPE_STRING && !check_string(s, f, field))
		return false;
	if (f->wire == WIRE_BYTES && wire_of(field->type) != WIRE_BYTES)
		return check_packed(s, f, wire_of(field->type));
	return count_unpacked(s, f->body.len + sizeof(struct bytes) +
					 ALLOCATION_BYTES);
}

static bool check_wire(struct scanner *s, const struct wire_field *f,
		       const ProtobufCFieldDescriptor *field)
{
	enum wire_type want = wire_of(field->type);

	if (f->wire == want)
		return true;
	if (f->wire == WIRE_BYTES && field->label == PROTOBUF_C_LABEL_REPEATED)
		return true; /* packed */
	return err_set(s->e, ERR_FORMAT,
		       "field '%s' of %s has wire type %d, want %d",
		       field->name, s->stack[s->depth - 1].type->short_name,
		       (int)f->wire, (int)want);
}

static bool scan_field(struct scanner *s, struct wire *w)
{
	struct frame *top = &s->stack[s->depth - 1];
	const uint8_t *begin = w->at;
	const ProtobufCFieldDescriptor *field;
	struct wire_field f;
	enum wire_error error = wire_next(w, &f);

	if (error != WIRE_OK)
		return refuse_wire(s, &f, error, begin);
	if (++s->fields > s->lim.fields)
		return refuse_limit(s, "protobuf fields", s->lim.fields);
	field = protobuf_c_message_descriptor_get_field(top->type, f.number);
	if (field && !check_wire(s, &f, field))
		return at_byte(s, begin);
	if (top->type == &onnx__tensor_proto__descriptor &&
	    onnx_is_payload_field(f.number))
		return take_payload(s, &f, w->at) || at_byte(s, begin);
	top->in_payload = false;
	if (field && field->type == PROTOBUF_C_TYPE_MESSAGE) {
		if (!emit(s, begin, (size_t)(f.value - begin)))
			return false;
		w->at = f.body.at;
		return enter(s, field, &f) || at_byte(s, begin);
	}
	if (!check_leaf(s, &f, field))
		return at_byte(s, begin);
	return emit(s, begin, (size_t)(w->at - begin));
}

static uint32_t or_default(uint32_t x, uint32_t fallback)
{
	return x ? x : fallback;
}

static void fill_limits(struct limits *to, const struct limits *from)
{
	const struct limits *d = &limits_default;

	*to = *from;
	to->file_bytes = from->file_bytes ? from->file_bytes : d->file_bytes;
	to->message_depth = or_default(from->message_depth, d->message_depth);
	to->graph_depth = or_default(from->graph_depth, d->graph_depth);
	to->nodes = or_default(from->nodes, d->nodes);
	to->fields = or_default(from->fields, d->fields);
	to->functions = or_default(from->functions, d->functions);
	to->name_bytes = or_default(from->name_bytes, d->name_bytes);
}

static bool scan_all(struct scanner *s)
{
	struct wire w = {s->file.at, s->file.at};

	s->depth = 1;
	while (s->depth) {
		const struct frame *top = &s->stack[s->depth - 1];

		w.end = top->end;
		if (w.at == w.end)
			leave(s);
		else if (!scan_field(s, &w))
			return false;
	}
	return true;
}

bool onnx_scan(struct onnx_scan *out, struct bytes file,
	       const ProtobufCMessageDescriptor *root, const struct limits *lim,
	       struct err *e)
{
	struct scanner s = {.out = out, .file = file, .e = e};

	memset(out, 0, sizeof(*out));
	fill_limits(&s.lim, lim);
	out->skeleton.budget = out->slices.budget = out->spans.budget =
		lim->memory;
	if (file.len > s.lim.file_bytes)
		return err_set(e, ERR_LIMIT,
			       "the model has %zu bytes, want at most %zu: "
			       "store its weights as external data",
			       file.len, s.lim.file_bytes);
	s.stack[0] = (struct frame){.type = root, .end = file.at + file.len};
	if (scan_all(&s))
		return true;
	onnx_scan_release(out);
	return false;
}
