/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_message.c -- see onnx_message.h. */
#include "formats/onnx_message.h"

#include <string.h>

#include "formats/onnx_scan.h"

bool onnx_store_alloc(struct onnx_store *s, size_t bytes, void **out,
		      struct err *e)
{
	if (s->model)
		return model_alloc(s->model, bytes, out, e);
	return tensor_set_alloc(s->set, bytes, out, e);
}

/* ---- the allocator ------------------------------------------------------- */

/*
 * protobuf-c's messages are never freed one by one, but while it unpacks it
 * borrows scratch arrays in a few sizes (powers of two of one struct).  So:
 * pieces are cut from blocks of the store, and what is freed is kept by size
 * for the next request of that size.
 */
enum {
	BLOCK_BYTES = 256 * 1024,
	FIRST_BLOCK_BYTES = 16 * 1024,
	PIECE_ALIGN = 8,
	FREE_SIZES = 32
};

struct piece {
	size_t bytes;
	struct piece *next; /* when free; else the content starts here */
};

struct allocator {
	ProtobufCAllocator base;
	struct onnx_store *store;
	uint8_t *at, *end;
	size_t block_bytes;
	struct piece *freed[FREE_SIZES];
	struct err *e;
	bool failed;
};

static struct piece **free_list(struct allocator *a, size_t bytes)
{
	size_t i = 0;

	while (bytes >>= 1)
		i++;
	return &a->freed[i < FREE_SIZES ? i : FREE_SIZES - 1];
}

static struct piece *reuse(struct allocator *a, size_t bytes)
{
	struct piece **link = free_list(a, bytes), *p = *link;

	if (!p || p->bytes != bytes)
		return NULL;
	*link = p->next;
	return p;
}

static struct piece *cut(struct allocator *a, size_t total)
{
	size_t block = a->block_bytes;
	struct piece *p;
	void *fresh;

	if (total > (size_t)(a->end - a->at)) {
		if (block < total)
			block = total;
		if (!onnx_store_alloc(a->store, block, &fresh, a->e)) {
			a->failed = true;
			return NULL;
		}
		a->at = fresh;
		a->end = a->at + block;
		a->block_bytes = BLOCK_BYTES;
	}
	p = (void *)a->at;
	a->at += total;
	return p;
}

static void *piece_alloc(void *data, size_t size)
{
	struct allocator *a = data;
	const size_t head = offsetof(struct piece, next);
	size_t bytes = size + 1; /* a terminator behind every string */
	struct piece *p;

	if (bytes < sizeof(struct piece *))
		bytes = sizeof(struct piece *);
	bytes = (bytes + PIECE_ALIGN - 1) & ~(size_t)(PIECE_ALIGN - 1);
	p = reuse(a, bytes);
	if (!p)
		p = cut(a, head + bytes);
	if (!p)
		return NULL;
	p->bytes = bytes;
	((uint8_t *)p)[head + size] = 0;
	return (uint8_t *)p + head;
}

static void piece_free(void *data, void *pointer)
{
	struct allocator *a = data;
	struct piece *p, **link;

	if (!pointer)
		return;
	p = (void *)((uint8_t *)pointer - offsetof(struct piece, next));
	link = free_list(a, p->bytes);
	p->next = *link;
	*link = p;
}

/* ---- walking ------------------------------------------------------------- */

/* How many messages field F of M holds, and where their pointers are. */
static size_t submessages(ProtobufCMessage *m,
			  const ProtobufCFieldDescriptor *f,
			  ProtobufCMessage ***at)
{
	uint8_t *base = (uint8_t *)m;
	void *member = base + f->offset;

	if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return 0;
	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		*at = *(ProtobufCMessage ***)member;
		return *(size_t *)(void *)(base + f->quantifier_offset);
	}
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
	    *(uint32_t *)(void *)(base + f->quantifier_offset) != f->id)
		return 0;
	*at = member;
	return **at ? 1 : 0;
}

ProtobufCMessage *onnx_walk_next(struct onnx_walk *w)
{
	while (w->depth) {
		ProtobufCMessage *m = w->stack[w->depth - 1].message, **sub;
		unsigned *field = &w->stack[w->depth - 1].field;
		size_t *item = &w->stack[w->depth - 1].item;
		size_t count;

		if (!w->stack[w->depth - 1].seen) {
			w->stack[w->depth - 1].seen = true;
			return m;
		}
		if (*field == m->descriptor->n_fields) {
			w->depth--;
			continue;
		}
		count = submessages(m, &m->descriptor->fields[*field], &sub);
		if (*item >= count) {
			++*field;
			*item = 0;
			continue;
		}
		memset(&w->stack[w->depth], 0, sizeof(w->stack[0]));
		w->stack[w->depth++].message = sub[(*item)++];
	}
	return NULL;
}

/* ---- payloads ------------------------------------------------------------ */

static bool hang_slices(Onnx__TensorProto *t, const struct onnx_scan *scan,
			struct arena *arena, struct err *e)
{
	const struct payload_slice *slices = onnx_scan_slices(scan);
	const struct payload_span *span;
	ProtobufCMessageUnknownField *u;
	unsigned n = t->base.n_unknown_fields;
	uint32_t index;

	memcpy(&index, t->raw_data.data, sizeof(index));
	if (index >= scan->nspan)
		return err_set(e, ERR_FORMAT, "tensor '%s' lost its data",
			       t->name ? t->name : "");
	span = &onnx_scan_spans(scan)[index];
	u = arena_array(arena, ProtobufCMessageUnknownField, n + span->count);
	if (n)
		memcpy(u, t->base.unknown_fields, n * sizeof(*u));
	for (uint32_t i = 0; i < span->count; i++) {
		const struct payload_slice *s = &slices[span->first + i];

		/* protobuf-c only reads it: the cast drops const. */
		u[n++] = (ProtobufCMessageUnknownField){
			.tag = s->field,
			.wire_type = (ProtobufCWireType)s->wire,
			.len = s->len,
			.data = (uint8_t *)(uintptr_t)s->at,
		};
	}
	t->base.unknown_fields = u;
	t->base.n_unknown_fields = n;
	t->has_raw_data = false;
	t->raw_data = (ProtobufCBinaryData){0};
	return true;
}

static bool hang_all(ProtobufCMessage *root, const struct onnx_scan *scan,
		     struct arena *arena, struct err *e)
{
	struct onnx_walk w = {.depth = 1};
	ProtobufCMessage *m;

	if (!scan->nspan)
		return true;
	w.stack[0].message = root;
	while ((m = onnx_walk_next(&w))) {
		Onnx__TensorProto *t = (Onnx__TensorProto *)m;

		if (m->descriptor == &onnx__tensor_proto__descriptor &&
		    t->has_raw_data && t->raw_data.len == sizeof(uint32_t) &&
		    !hang_slices(t, scan, arena, e))
			return false;
	}
	return true;
}

bool onnx_unpack(ProtobufCMessage **out, struct bytes file,
		 const ProtobufCMessageDescriptor *root,
		 struct onnx_store *store, const struct limits *lim,
		 struct err *e)
{
	struct allocator a = {
		.store = store, .block_bytes = FIRST_BLOCK_BYTES, .e = e};
	struct onnx_scan scan;
	bool ok;

	a.base = (ProtobufCAllocator){piece_alloc, piece_free, &a};
	if (!onnx_scan(&scan, file, root, lim, e))
		return false;
	*out = protobuf_c_message_unpack(root, &a.base, scan.skeleton_bytes,
					 scan.skeleton.data);
	if (*out)
		ok = hang_all(*out, &scan, store->arena, e);
	else
		ok = !a.failed ? err_set(e, ERR_FORMAT,
					 "the message cannot be unpacked")
			       : false;
	onnx_scan_release(&scan);
	return ok;
}
