/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_tensor.c -- .pb files of test data: one TensorProto,
 * SequenceProto, OptionalProto or MapProto.
 *
 * The file does not say which of them it is; tensor_set.expect does.  Without
 * it they are tried in this order.  Containers are read from a list of work,
 * not by recursion.
 */
#include <inttypes.h>
#include <string.h>

#include "formats/onnx_build.h"
#include "formats/onnx_tensor.h"
#include "graph/element.h"

/* One message to turn into one datum. */
struct work {
	const ProtobufCMessage *from;
	struct datum *to;
	const struct type *expect; /* or NULL */
	struct work *next, *before;
};

struct loader {
	struct tensor_set *set;
	struct onnx_source source;
	struct work *first, *last;
	struct err *e;
};

static void add_work(struct loader *l, const ProtobufCMessage *from,
		     struct datum *to, const struct type *expect)
{
	struct work *w = arena_new(&l->set->arena, struct work);

	*w = (struct work){from, to, expect, NULL, l->last};
	*(l->last ? &l->last->next : &l->first) = w;
	l->last = w;
}

/* TO becomes a container of the COUNT messages at FROM. */
static void add_items(struct loader *l, struct work *w, void *from,
		      size_t count)
{
	ProtobufCMessage **messages = from;
	struct datum *to = w->to;

	to->count = count;
	to->item = arena_array(&l->set->arena, struct datum, count);
	for (size_t i = 0; i < count; i++)
		add_work(l, messages[i], &to->item[i],
			 w->expect ? w->expect->elem : NULL);
}

static bool read_sparse(struct loader *l, struct datum *to,
			const Onnx__SparseTensorProto *p)
{
	struct sparse x;

	if (!onnx_read_sparse(&x, p, &l->source, l->e))
		return false;
	to->type = type_tensor(x.values.dtype, &x.shape);
	to->type.kind = TYPE_SPARSE;
	to->tensor = x.values;
	to->item = arena_new(&l->set->arena, struct datum);
	*to->item = datum_tensor(&x.indices);
	to->count = 1;
	return true;
}

static bool read_sequence(struct loader *l, struct work *w)
{
	const Onnx__SequenceProto *p = (const Onnx__SequenceProto *)w->from;

	w->to->type.kind = TYPE_SEQUENCE;
	switch (p->elem_type) {
	case ONNX__SEQUENCE_PROTO__DATA_TYPE__TENSOR:
		add_items(l, w, p->tensor_values, p->n_tensor_values);
		return true;
	case ONNX__SEQUENCE_PROTO__DATA_TYPE__SPARSE_TENSOR:
		add_items(l, w, p->sparse_tensor_values,
			  p->n_sparse_tensor_values);
		return true;
	case ONNX__SEQUENCE_PROTO__DATA_TYPE__SEQUENCE:
		add_items(l, w, p->sequence_values, p->n_sequence_values);
		return true;
	case ONNX__SEQUENCE_PROTO__DATA_TYPE__MAP:
		add_items(l, w, p->map_values, p->n_map_values);
		return true;
	case ONNX__SEQUENCE_PROTO__DATA_TYPE__OPTIONAL:
		add_items(l, w, p->optional_values, p->n_optional_values);
		return true;
	default:
		return err_set(l->e, ERR_FORMAT,
			       "sequence '%s': elem_type is %d, want 1..5",
			       p->name ? p->name : "", p->elem_type);
	}
}

static bool read_optional(struct loader *l, struct work *w)
{
	const Onnx__OptionalProto *p = (const Onnx__OptionalProto *)w->from;
	const void *value = NULL;

	w->to->type.kind = TYPE_OPTIONAL;
	switch (p->elem_type) {
	case ONNX__OPTIONAL_PROTO__DATA_TYPE__UNDEFINED:
		break;
	case ONNX__OPTIONAL_PROTO__DATA_TYPE__TENSOR:
		value = p->tensor_value;
		break;
	case ONNX__OPTIONAL_PROTO__DATA_TYPE__SPARSE_TENSOR:
		value = p->sparse_tensor_value;
		break;
	case ONNX__OPTIONAL_PROTO__DATA_TYPE__SEQUENCE:
		value = p->sequence_value;
		break;
	case ONNX__OPTIONAL_PROTO__DATA_TYPE__MAP:
		value = p->map_value;
		break;
	case ONNX__OPTIONAL_PROTO__DATA_TYPE__OPTIONAL:
		value = p->optional_value;
		break;
	default:
		return err_set(l->e, ERR_FORMAT,
			       "optional '%s': elem_type is %d, want 0..5",
			       p->name ? p->name : "", p->elem_type);
	}
	add_items(l, w, &value, value ? 1 : 0);
	return true;
}

static bool read_keys(struct loader *l, struct tensor *keys,
		      const Onnx__MapProto *p, size_t count)
{
	Onnx__TensorProto *t = onnx_new(&l->set->arena, Onnx__TensorProto,
					onnx__tensor_proto__descriptor);
	enum dtype type = dtype_from_onnx(p->key_type);
	size_t found = type == DTYPE_STRING ? p->n_string_keys : p->n_keys;

	if (type != DTYPE_STRING && !dtype_is_integer(type))
		return err_set(l->e, ERR_FORMAT,
			       "map '%s': key_type is %d, want an integer type "
			       "or string",
			       p->name ? p->name : "", p->key_type);
	if (found != count)
		return err_set(l->e, ERR_FORMAT,
			       "map '%s' has %zu keys, want %zu, one per value",
			       p->name ? p->name : "", found, count);
	*keys = tensor_in_arena(
		&l->set->arena, type,
		&(struct shape){.rank = 1, .dim = {(int64_t)count}});
	for (size_t i = 0; i < count && type != DTYPE_STRING; i++)
		element_set_int(type, tensor_mut(keys), i, p->keys[i]);
	if (type != DTYPE_STRING)
		return true;
	t->n_dims = 1;
	t->dims = arena_array(&l->set->arena, int64_t, 1);
	t->dims[0] = (int64_t)count;
	t->has_data_type = true;
	t->data_type = (int32_t)type;
	t->n_string_data = count;
	t->string_data = p->string_keys;
	return onnx_read_tensor(keys, t, &l->source, l->e);
}

static bool read_map(struct loader *l, struct work *w)
{
	const Onnx__MapProto *p = (const Onnx__MapProto *)w->from;
	struct work values = *w;

	if (p->values) {
		values.from = &p->values->base;
		if (!read_sequence(l, &values))
			return false;
	}
	w->to->type.kind = TYPE_MAP;
	w->to->type.dtype = dtype_from_onnx(p->key_type);
	return read_keys(l, &w->to->tensor, p, w->to->count);
}

static bool read_work(struct loader *l, struct work *w)
{
	const ProtobufCMessageDescriptor *type = w->from->descriptor;
	struct tensor t;

	w->to->type.shape.rank = RANK_UNKNOWN;
	if (type == &onnx__sequence_proto__descriptor)
		return read_sequence(l, w);
	if (type == &onnx__optional_proto__descriptor)
		return read_optional(l, w);
	if (type == &onnx__map_proto__descriptor)
		return read_map(l, w);
	if (type == &onnx__sparse_tensor_proto__descriptor)
		return read_sparse(l, w->to,
				   (const Onnx__SparseTensorProto *)w->from);
	if (!onnx_read_tensor(&t, (const Onnx__TensorProto *)w->from,
			      &l->source, l->e))
		return false;
	*w->to = datum_tensor(&t);
	return true;
}

/* Container types know their elements only now; innermost come last. */
static void finish_types(struct loader *l)
{
	for (struct work *w = l->last; w; w = w->before) {
		struct type *t = &w->to->type;

		if (t->kind != TYPE_SEQUENCE && t->kind != TYPE_OPTIONAL &&
		    t->kind != TYPE_MAP)
			continue;
		if (w->expect && w->expect->kind == t->kind)
			t->elem = w->expect->elem;
		else if (w->to->count)
			t->elem = &w->to->item[0].type;
	}
}

static const char *name_in(const ProtobufCMessage *m)
{
	const char *name = NULL;

	if (m->descriptor == &onnx__tensor_proto__descriptor)
		name = ((const Onnx__TensorProto *)m)->name;
	else if (m->descriptor == &onnx__sequence_proto__descriptor)
		name = ((const Onnx__SequenceProto *)m)->name;
	else if (m->descriptor == &onnx__optional_proto__descriptor)
		name = ((const Onnx__OptionalProto *)m)->name;
	else if (m->descriptor == &onnx__map_proto__descriptor)
		name = ((const Onnx__MapProto *)m)->name;
	return name ? name : "";
}

static bool read_as(struct tensor_set *set, const struct input *in,
		    const ProtobufCMessageDescriptor *root,
		    const struct limits *lim, struct err *e)
{
	struct loader l = {.set = set, .e = e};
	struct onnx_store store = {.set = set, .arena = &set->arena};
	ProtobufCMessage *m;

	onnx_source_init(&l.source, &store, in, lim);
	if (!onnx_unpack(&m, in->bytes, root, &store, lim, e))
		return false;
	set->at = arena_new(&set->arena, struct named_tensor);
	set->at->name = name_in(m);
	add_work(&l, m, &set->at->datum, set->expect);
	for (struct work *w = l.first; w; w = w->next)
		if (!read_work(&l, w))
			return false;
	finish_types(&l);
	set->count = 1;
	return true;
}

static bool pb_read(struct tensor_set *set, struct input *in,
		    const struct limits *lim, struct err *e)
{
	static const ProtobufCMessageDescriptor *const root[] = {
		&onnx__tensor_proto__descriptor,
		&onnx__sequence_proto__descriptor,
		&onnx__optional_proto__descriptor,
		&onnx__map_proto__descriptor,
		&onnx__sparse_tensor_proto__descriptor,
	};
	static const enum type_kind kind[] = {TYPE_TENSOR, TYPE_SEQUENCE,
					      TYPE_OPTIONAL, TYPE_MAP,
					      TYPE_SPARSE};
	struct err first = {.code = ERR_NONE};
	bool ok = false;

	for (size_t i = 0; i < COUNT_OF(root) && !ok; i++) {
		if (set->expect && set->expect->kind != kind[i] &&
		    set->expect->kind != TYPE_UNKNOWN)
			continue;
		ok = read_as(set, in, root[i], lim, e);
		if (!ok && first.code == ERR_NONE)
			first = *e;
	}
	if (!ok) {
		*e = first;
		return false;
	}
	set->input = *in;
	*in = (struct input){.fd = -1, .dir = -1};
	return true;
}

const struct format format_rows_onnx_tensor[] = {
	{
		.name = "pb",
		.summary = "ONNX tensor, sequence, optional or map, protobuf",
		.suffix = ".pb",
		.read_tensors = pb_read,
		.write_tensors = onnx_write_datum,
	},
	{.name = NULL},
};
