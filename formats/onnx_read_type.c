/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read_type.c -- TypeProto. */
#include <string.h>

#include "formats/onnx_read.h"

static int64_t read_dim(struct onnx_reader *r,
			const Onnx__TensorShapeProto__Dimension *d)
{
	switch (d->value_case) {
	case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE:
		/* Exporters write -1 for what they do not know. */
		return d->dim_value >= 0 ? d->dim_value : DIM_UNKNOWN;
	case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM:
		if (d->dim_param && d->dim_param[0])
			return symbol_dim(&r->model->symbols, d->dim_param);
		break;
	default:
		break;
	}
	return DIM_UNKNOWN;
}

static bool read_tensor_type(struct onnx_reader *r, struct type *t,
			     int32_t elem_type, const Onnx__TensorShapeProto *s)
{
	t->dtype = dtype_from_onnx(elem_type);
	if (elem_type && t->dtype == DTYPE_NONE)
		return err_set(r->e, ERR_FORMAT,
			       "its elem_type is %d, want 0..%d", elem_type,
			       DTYPE_COUNT - 1);
	if (!s)
		return true;
	if (s->n_dim > MAX_RANK)
		return err_set(r->e, ERR_LIMIT,
			       "it has %zu dimensions, want at most %d",
			       s->n_dim, MAX_RANK);
	t->shape.rank = (int32_t)s->n_dim;
	for (size_t i = 0; i < s->n_dim; i++)
		t->shape.dim[i] = read_dim(r, s->dim[i]);
	return true;
}

/* One level of P into T; *INNER is the element type, if there is one. */
static bool read_level(struct onnx_reader *r, struct type *t,
		       const Onnx__TypeProto *p, const Onnx__TypeProto **inner)
{
	*inner = NULL;
	switch (p->value_case) {
	case ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE:
		t->kind = TYPE_TENSOR;
		return read_tensor_type(r, t, p->tensor_type->elem_type,
					p->tensor_type->shape);
	case ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
		t->kind = TYPE_SPARSE;
		return read_tensor_type(r, t, p->sparse_tensor_type->elem_type,
					p->sparse_tensor_type->shape);
	case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE:
		t->kind = TYPE_SEQUENCE;
		*inner = p->sequence_type->elem_type;
		return true;
	case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE:
		t->kind = TYPE_OPTIONAL;
		*inner = p->optional_type->elem_type;
		return true;
	case ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
		t->kind = TYPE_MAP;
		t->dtype = dtype_from_onnx(p->map_type->key_type);
		*inner = p->map_type->value_type;
		return true;
	default:
		return true;
	}
}

bool onnx_read_type(struct onnx_reader *r, struct type *out,
		    const Onnx__TypeProto *p)
{
	struct type *t = out;

	*out = (struct type){.shape.rank = RANK_UNKNOWN};
	while (p) {
		const Onnx__TypeProto *inner;
		struct type *elem;

		if (!read_level(r, t, p, &inner))
			return false;
		p = inner;
		if (t->kind != TYPE_SEQUENCE && t->kind != TYPE_OPTIONAL &&
		    t->kind != TYPE_MAP)
			break;
		elem = arena_new(&r->model->arena, struct type);
		elem->shape.rank = RANK_UNKNOWN;
		t->elem = elem;
		t = elem;
	}
	return true;
}
