/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_tensor_write.c -- see onnx_tensor.h.
 *
 * Messages are made from a list of work: the message of a container is filled
 * with empty messages for its items, which come later in the list.
 */
#include "formats/onnx_tensor.h"

#include <string.h>

#include "formats/onnx_build.h"
#include "graph/element.h"

struct item {
	const struct datum *from;
	ProtobufCMessage *to;
	struct item *next;
};

struct builder {
	struct arena arena;
	struct item *first, *last;
};

/* The codes of SequenceProto.DataType and OptionalProto.DataType agree. */
static int32_t container_code(enum type_kind kind)
{
	switch (kind) {
	case TYPE_SPARSE:
		return ONNX__SEQUENCE_PROTO__DATA_TYPE__SPARSE_TENSOR;
	case TYPE_SEQUENCE:
		return ONNX__SEQUENCE_PROTO__DATA_TYPE__SEQUENCE;
	case TYPE_OPTIONAL:
		return ONNX__SEQUENCE_PROTO__DATA_TYPE__OPTIONAL;
	case TYPE_MAP:
		return ONNX__SEQUENCE_PROTO__DATA_TYPE__MAP;
	default:
		return ONNX__SEQUENCE_PROTO__DATA_TYPE__TENSOR;
	}
}

static ProtobufCMessage *new_message(struct arena *a, const struct datum *d,
				     const char *name)
{
	switch (d->type.kind) {
	case TYPE_SEQUENCE: {
		Onnx__SequenceProto *p = onnx_new(
			a, Onnx__SequenceProto,
			onnx__sequence_proto__descriptor);
		p->name = onnx_string(name);
		return &p->base;
	}
	case TYPE_OPTIONAL: {
		Onnx__OptionalProto *p = onnx_new(
			a, Onnx__OptionalProto,
			onnx__optional_proto__descriptor);
		p->name = onnx_string(name);
		return &p->base;
	}
	case TYPE_MAP: {
		Onnx__MapProto *p = onnx_new(a, Onnx__MapProto,
					     onnx__map_proto__descriptor);
		p->name = onnx_string(name);
		return &p->base;
	}
	case TYPE_SPARSE: {
		struct sparse x = {.shape = d->type.shape,
				   .values = d->tensor,
				   .indices = d->item[0].tensor};

		return &onnx_build_sparse(a, &x, name)->base;
	}
	default:
		return &onnx_build_tensor(a, &d->tensor, name)->base;
	}
}

static ProtobufCMessage *add_item(struct builder *b, const struct datum *d,
				  const char *name)
{
	struct item *item = arena_new(&b->arena, struct item);

	item->from = d;
	item->to = new_message(&b->arena, d, name);
	*(b->last ? &b->last->next : &b->first) = item;
	b->last = item;
	return item->to;
}

static enum type_kind kind_of_items(const struct datum *d)
{
	if (d->count)
		return d->item[0].type.kind;
	return d->type.elem ? d->type.elem->kind : TYPE_TENSOR;
}

static void fill_sequence(struct builder *b, const struct datum *d,
			  Onnx__SequenceProto *p)
{
	enum type_kind kind = kind_of_items(d);
	ProtobufCMessage **m = arena_array(&b->arena, ProtobufCMessage *,
					   d->count);

	for (size_t i = 0; i < d->count; i++)
		m[i] = add_item(b, &d->item[i], NULL);
	p->has_elem_type = true;
	p->elem_type = container_code(kind);
	switch (kind) {
	case TYPE_SPARSE:
		p->n_sparse_tensor_values = d->count;
		p->sparse_tensor_values = (Onnx__SparseTensorProto **)m;
		break;
	case TYPE_SEQUENCE:
		p->n_sequence_values = d->count;
		p->sequence_values = (Onnx__SequenceProto **)m;
		break;
	case TYPE_OPTIONAL:
		p->n_optional_values = d->count;
		p->optional_values = (Onnx__OptionalProto **)m;
		break;
	case TYPE_MAP:
		p->n_map_values = d->count;
		p->map_values = (Onnx__MapProto **)m;
		break;
	default:
		p->n_tensor_values = d->count;
		p->tensor_values = (Onnx__TensorProto **)m;
		break;
	}
}

static void fill_optional(struct builder *b, const struct datum *d,
			  Onnx__OptionalProto *p)
{
	enum type_kind kind = kind_of_items(d);
	ProtobufCMessage *m = d->count ? add_item(b, &d->item[0], NULL) : NULL;

	p->has_elem_type = true;
	/* What an empty one would hold may be unknown. */
	if (d->count || d->type.elem)
		p->elem_type = container_code(kind);
	switch (kind) {
	case TYPE_SPARSE:
		p->sparse_tensor_value = (Onnx__SparseTensorProto *)m;
		break;
	case TYPE_SEQUENCE:
		p->sequence_value = (Onnx__SequenceProto *)m;
		break;
	case TYPE_OPTIONAL:
		p->optional_value = (Onnx__OptionalProto *)m;
		break;
	case TYPE_MAP:
		p->map_value = (Onnx__MapProto *)m;
		break;
	default:
		p->tensor_value = (Onnx__TensorProto *)m;
		break;
	}
}

static void fill_map(struct builder *b, const struct datum *d,
		     Onnx__MapProto *p)
{
	size_t n = d->count;
	const struct text *text = d->tensor.data;

	p->has_key_type = true;
	p->key_type = (int32_t)d->tensor.dtype;
	p->values = onnx_new(&b->arena, Onnx__SequenceProto,
			     onnx__sequence_proto__descriptor);
	fill_sequence(b, d, p->values);
	if (d->tensor.dtype == DTYPE_STRING) {
		p->n_string_keys = n;
		p->string_keys = arena_array(&b->arena, ProtobufCBinaryData, n);
		for (size_t i = 0; i < n; i++) {
			p->string_keys[i].len = text[i].len;
			p->string_keys[i].data = (uint8_t *)onnx_string(
				text[i].at);
		}
		return;
	}
	p->n_keys = n;
	p->keys = arena_array(&b->arena, int64_t, n);
	for (size_t i = 0; i < n; i++)
		p->keys[i] = tensor_int(&d->tensor, i);
}

bool onnx_write_datum(struct sink *out, const struct named_tensor *t,
		      size_t count, struct err *e)
{
	struct builder b = {0};
	ProtobufCMessage *root;
	bool ok;

	if (count != 1)
		return err_set(e, ERR_UNSUPPORTED,
			       "a .pb file holds one value, not %zu", count);
	root = add_item(&b, &t->datum, t->name && *t->name ? t->name : NULL);
	for (struct item *i = b.first; i; i = i->next) {
		if (i->from->type.kind == TYPE_SEQUENCE)
			fill_sequence(&b, i->from,
				      (Onnx__SequenceProto *)i->to);
		else if (i->from->type.kind == TYPE_OPTIONAL)
			fill_optional(&b, i->from,
				      (Onnx__OptionalProto *)i->to);
		else if (i->from->type.kind == TYPE_MAP)
			fill_map(&b, i->from, (Onnx__MapProto *)i->to);
	}
	ok = onnx_pack(root, out, e);
	arena_release(&b.arena);
	return ok;
}
