/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_build.c -- see onnx_build.h. */
#include "formats/onnx_build.h"

#include <string.h>

#include "base/str.h"
#include "formats/onnx_scan.h"
#include "graph/element.h"
#include "graph/symbol.h"

void *onnx_init(void *message, const ProtobufCMessageDescriptor *type)
{
	protobuf_c_message_init(type, message);
	return message;
}

char *onnx_string(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* ---- tensors ------------------------------------------------------------- */

static void set_dims(struct arena *a, size_t *n, int64_t **dims,
		     const struct shape *s)
{
	*n = (size_t)s->rank;
	*dims = s->rank ? arena_memdup(a, s->dim, *n * sizeof(**dims)) : NULL;
}

static bool same_dims(const Onnx__TensorProto *p, const struct shape *s)
{
	return p->n_dims == (size_t)s->rank &&
	       (!s->rank ||
		!memcmp(p->dims, s->dim, p->n_dims * sizeof(*p->dims)));
}

static void set_strings(struct arena *a, Onnx__TensorProto *p,
			const struct tensor *t)
{
	const struct text *text = t->data;
	size_t n = tensor_count(t);

	p->n_string_data = n;
	p->string_data = arena_array(a, ProtobufCBinaryData, n);
	for (size_t i = 0; i < n; i++) {
		p->string_data[i].len = text[i].len;
		p->string_data[i].data =
			(uint8_t *)(uintptr_t)(const void *)text[i].at;
	}
}

static bool is_as_stored(const struct tensor *t)
{
	const Onnx__TensorProto *p = t->payload ? t->payload->tensor : NULL;

	return p && p->has_data_type && p->data_type == (int)t->dtype;
}

Onnx__TensorProto *onnx_without_data(struct arena *a,
				     const Onnx__TensorProto *p)
{
	Onnx__TensorProto *q = arena_memdup(a, p, sizeof(*p));
	ProtobufCMessageUnknownField *u;
	unsigned n = 0;

	u = arena_array(a, ProtobufCMessageUnknownField,
			p->base.n_unknown_fields);
	for (unsigned i = 0; i < p->base.n_unknown_fields; i++)
		if (!onnx_is_payload_field(p->base.unknown_fields[i].tag))
			u[n++] = p->base.unknown_fields[i];
	q->base.n_unknown_fields = n;
	q->base.unknown_fields = u;
	q->n_external_data = 0;
	q->has_data_location = false;
	q->n_string_data = 0;
	return q;
}

Onnx__TensorProto *onnx_build_tensor(struct arena *a, const struct tensor *t,
				     const char *name)
{
	Onnx__TensorProto *p;

	if (is_as_stored(t)) {
		const Onnx__TensorProto *q = t->payload->tensor;
		const char *old = q->name ? q->name : "";

		p = arena_memdup(a, q, sizeof(*q));
		if (!same_dims(q, &t->shape))
			set_dims(a, &p->n_dims, &p->dims, &t->shape);
		if (strcmp(old, name ? name : old) != 0)
			p->name = onnx_string(name);
		return p;
	}
	p = onnx_new(a, Onnx__TensorProto, onnx__tensor_proto__descriptor);
	p->name = onnx_string(name);
	set_dims(a, &p->n_dims, &p->dims, &t->shape);
	p->has_data_type = true;
	p->data_type = (int32_t)t->dtype;
	if (t->dtype == DTYPE_STRING) {
		set_strings(a, p, t);
		return p;
	}
	p->has_raw_data = true;
	p->raw_data.len = t->bytes;
	p->raw_data.data = (uint8_t *)(uintptr_t)t->data;
	return p;
}

Onnx__SparseTensorProto *onnx_build_sparse(struct arena *a,
					   const struct sparse *x,
					   const char *name)
{
	Onnx__SparseTensorProto *p = onnx_new(
		a, Onnx__SparseTensorProto,
		onnx__sparse_tensor_proto__descriptor);

	p->values = onnx_build_tensor(a, &x->values, name);
	p->indices = onnx_build_tensor(a, &x->indices, NULL);
	set_dims(a, &p->n_dims, &p->dims, &x->shape);
	return p;
}

/* ---- types --------------------------------------------------------------- */

static const Onnx__TensorShapeProto *shape_of(const Onnx__TypeProto *p)
{
	switch (p ? p->value_case : ONNX__TYPE_PROTO__VALUE__NOT_SET) {
	case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
		return p->tensor_type->shape;
	case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
		return p->sparse_tensor_type->shape;
	default:
		return NULL;
	}
}

static const Onnx__TypeProto *elem_of(const Onnx__TypeProto *p)
{
	switch (p ? p->value_case : ONNX__TYPE_PROTO__VALUE__NOT_SET) {
	case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE:
		return p->sequence_type->elem_type;
	case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE:
		return p->optional_type->elem_type;
	case ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
		return p->map_type->value_type;
	default:
		return NULL;
	}
}

#define DIM_IS_VALUE ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
#define DIM_IS_PARAM ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM

/* What the file calls DIM, a symbol: the name as it is, an expression as it
 * is printed.  TEXT is scratch that the caller releases. */
static const char *dim_text(const struct symbols *sy, int64_t dim,
			    struct str *text)
{
	const struct symbol *s = symbol_of(sy, dim);

	if (s->name)
		return s->name;
	symbol_print(text, sy, dim);
	return text->text;
}

static void build_dim(struct arena *a, Onnx__TensorShapeProto__Dimension *d,
		      int64_t dim, const struct symbols *sy)
{
	struct str text = {0};

	if (dim == DIM_UNKNOWN)
		return;
	if (dim >= 0) {
		d->value_case = DIM_IS_VALUE;
		d->dim_value = dim;
		return;
	}
	d->value_case = DIM_IS_PARAM;
	d->dim_param = arena_strdup(a, dim_text(sy, dim, &text));
	str_release(&text);
}

static Onnx__TensorShapeProto *build_shape(struct arena *a,
					   const struct shape *s,
					   const struct symbols *sy,
					   const Onnx__TensorShapeProto *old)
{
	Onnx__TensorShapeProto *p = onnx_new(
		a, Onnx__TensorShapeProto,
		onnx__tensor_shape_proto__descriptor);

	p->n_dim = (size_t)s->rank;
	p->dim = arena_array(a, Onnx__TensorShapeProto__Dimension *, p->n_dim);
	for (size_t i = 0; i < p->n_dim; i++) {
		Onnx__TensorShapeProto__Dimension *d = onnx_new(
			a, Onnx__TensorShapeProto__Dimension,
			onnx__tensor_shape_proto__dimension__descriptor);

		p->dim[i] = d;
		if (old && old->n_dim == p->n_dim)
			d->denotation = old->dim[i]->denotation;
		build_dim(a, d, s->dim[i], sy);
	}
	return p;
}

static void build_tensor_type(struct arena *a, Onnx__TypeProto *p,
			      const struct type *t, const struct symbols *sy,
			      const Onnx__TypeProto *old)
{
	Onnx__TensorShapeProto *shape = NULL;

	if (t->shape.rank != RANK_UNKNOWN)
		shape = build_shape(a, &t->shape, sy, shape_of(old));
	if (t->kind == TYPE_TENSOR) {
		p->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
		p->tensor_type = onnx_new(a, Onnx__TypeProto__Tensor,
					  onnx__type_proto__tensor__descriptor);
		p->tensor_type->has_elem_type = true;
		p->tensor_type->elem_type = (int32_t)t->dtype;
		p->tensor_type->shape = shape;
		return;
	}
	p->value_case = ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE;
	p->sparse_tensor_type = onnx_new(
		a, Onnx__TypeProto__SparseTensor,
		onnx__type_proto__sparse_tensor__descriptor);
	p->sparse_tensor_type->has_elem_type = true;
	p->sparse_tensor_type->elem_type = (int32_t)t->dtype;
	p->sparse_tensor_type->shape = shape;
}

/* The container kinds; returns where the element type goes. */
static Onnx__TypeProto **build_container(struct arena *a, Onnx__TypeProto *p,
					 const struct type *t)
{
	switch (t->kind) {
	case TYPE_SEQUENCE:
		p->value_case = ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE;
		p->sequence_type = onnx_new(
			a, Onnx__TypeProto__Sequence,
			onnx__type_proto__sequence__descriptor);
		return &p->sequence_type->elem_type;
	case TYPE_OPTIONAL:
		p->value_case = ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE;
		p->optional_type = onnx_new(
			a, Onnx__TypeProto__Optional,
			onnx__type_proto__optional__descriptor);
		return &p->optional_type->elem_type;
	case TYPE_MAP:
		p->value_case = ONNX__TYPE_PROTO__VALUE_MAP_TYPE;
		p->map_type = onnx_new(a, Onnx__TypeProto__Map,
				       onnx__type_proto__map__descriptor);
		p->map_type->has_key_type = true;
		p->map_type->key_type = (int32_t)t->dtype;
		return &p->map_type->value_type;
	default:
		return NULL;
	}
}

Onnx__TypeProto *onnx_build_type(struct arena *a, const struct type *t,
				 const struct symbols *sy,
				 const Onnx__TypeProto *old)
{
	Onnx__TypeProto *first = NULL, **link = &first;

	for (; t && link && t->kind != TYPE_UNKNOWN; t = t->elem) {
		Onnx__TypeProto *p = onnx_new(a, Onnx__TypeProto,
					      onnx__type_proto__descriptor);

		*link = p;
		if (old)
			p->denotation = old->denotation;
		if (t->kind == TYPE_TENSOR || t->kind == TYPE_SPARSE) {
			build_tensor_type(a, p, t, sy, old);
			break;
		}
		link = build_container(a, p, t);
		old = elem_of(old);
	}
	return first;
}

/* ---- comparing ----------------------------------------------------------- */

static bool dim_matches(const Onnx__TensorShapeProto__Dimension *d, int64_t dim,
			const struct symbols *sy, enum onnx_match how)
{
	struct str text = {0};
	bool same;

	if (d->value_case == DIM_IS_VALUE && d->dim_value >= 0)
		return d->dim_value == dim;
	if (d->value_case != DIM_IS_PARAM || !d->dim_param || !d->dim_param[0])
		return dim == DIM_UNKNOWN || how == MATCH_VAGUER;
	if (dim >= DIM_UNKNOWN)
		return false;
	same = !strcmp(dim_text(sy, dim, &text), d->dim_param);
	str_release(&text);
	return same;
}

static bool tensor_type_matches(int32_t elem_type,
				const Onnx__TensorShapeProto *shape,
				const struct type *t, const struct symbols *sy,
				enum onnx_match how)
{
	if (elem_type != (int32_t)t->dtype &&
	    (elem_type || how != MATCH_VAGUER))
		return false;
	if (!shape)
		return t->shape.rank == RANK_UNKNOWN || how == MATCH_VAGUER;
	if (t->shape.rank == RANK_UNKNOWN ||
	    shape->n_dim != (size_t)t->shape.rank)
		return false;
	for (size_t i = 0; i < shape->n_dim; i++)
		if (!dim_matches(shape->dim[i], t->shape.dim[i], sy, how))
			return false;
	return true;
}

static bool level_matches(const Onnx__TypeProto *p, const struct type *t,
			  const struct symbols *sy, enum onnx_match how)
{
	switch (p->value_case) {
	case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
		return t->kind == TYPE_TENSOR &&
		       tensor_type_matches(p->tensor_type->elem_type,
					   p->tensor_type->shape, t, sy, how);
	case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
		return t->kind == TYPE_SPARSE &&
		       tensor_type_matches(p->sparse_tensor_type->elem_type,
					   p->sparse_tensor_type->shape, t, sy,
					   how);
	case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE:
		return t->kind == TYPE_SEQUENCE;
	case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE:
		return t->kind == TYPE_OPTIONAL;
	case ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
		return t->kind == TYPE_MAP &&
		       dtype_from_onnx(p->map_type->key_type) == t->dtype;
	default:
		return t->kind == TYPE_UNKNOWN || how == MATCH_VAGUER;
	}
}

bool onnx_type_matches(const Onnx__TypeProto *p, const struct type *t,
		       const struct symbols *sy, enum onnx_match how)
{
	while (p && t) {
		if (!level_matches(p, t, sy, how))
			return false;
		p = elem_of(p);
		t = t->elem;
	}
	if (p)
		return false;
	return !t || t->kind == TYPE_UNKNOWN || how == MATCH_VAGUER;
}
