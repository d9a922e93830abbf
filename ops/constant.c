/* SPDX-License-Identifier: Apache-2.0 */
/* ops/constant.c -- Constant and ConstantOfShape. */
#include <inttypes.h>
#include <string.h>

#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

/* ---- Constant ----------------------------------------------------------- */

/* The one attribute that says the value. */
static bool the_value(const struct node *n, const struct attr **a,
		      struct err *e)
{
	if (n->nattr != 1)
		return err_set(e, ERR_FORMAT,
			       "has %u attributes, want exactly one value",
			       n->nattr);
	*a = &n->attr[0];
	if ((*a)->ref)
		return err_set(
			e, ERR_UNSUPPORTED,
			"attribute '%s' refers to a function's parameter",
			(*a)->name);
	return true;
}

static struct shape vector_of(int64_t n)
{
	return (struct shape){.rank = 1, .dim = {n}};
}

static struct type attr_type_of(const struct attr *a)
{
	const struct shape scalar = {.rank = 0}, list = vector_of(a->count);

	switch (a->kind) {
	case ATTR_TENSOR:
		return type_tensor(a->u.tensors->dtype, &a->u.tensors->shape);
	case ATTR_SPARSE:
		return type_tensor(a->u.sparses->values.dtype,
				   &a->u.sparses->shape);
	case ATTR_INT:
		return type_tensor(DTYPE_I64, &scalar);
	case ATTR_INTS:
		return type_tensor(DTYPE_I64, &list);
	case ATTR_FLOAT:
		return type_tensor(DTYPE_F32, &scalar);
	case ATTR_FLOATS:
		return type_tensor(DTYPE_F32, &list);
	case ATTR_STRING:
		return type_tensor(DTYPE_STRING, &scalar);
	default:
		return type_tensor(DTYPE_STRING, &list);
	}
}

static bool ints_of(const struct attr *a, struct shape *dims)
{
	if (a->kind == ATTR_INT) {
		*dims = vector_of(content_literal(a->u.i));
		return true;
	}
	if (a->kind != ATTR_INTS || a->count > MAX_RANK)
		return false;
	dims->rank = (int32_t)a->count;
	for (uint32_t i = 0; i < a->count; i++)
		dims->dim[i] = content_literal(a->u.ints[i]);
	return true;
}

static bool infer_constant(struct infer *c, struct err *e)
{
	const struct attr *a;
	struct type t;
	struct shape dims;

	if (!the_value(c->node, &a, e))
		return false;
	t = attr_type_of(a);
	infer_set_type(c, 0, &t);
	if (ints_of(a, &dims))
		infer_set_content(c, 0, &dims);
	return true;
}

/* Indices are positions in the dense tensor, or one row of coordinates per
 * value (SparseTensorProto). */
static bool scatter_sparse(const struct sparse *s, struct tensor *y,
			   struct err *e)
{
	size_t nnz = tensor_count(&s->values), count = tensor_count(y);
	bool rows = s->indices.shape.rank == 2;
	ptrdiff_t stride[MAX_RANK];

	shape_strides(&s->shape, stride);
	memset(tensor_mut(y), 0, y->bytes);
	if (tensor_count(&s->indices) !=
	    (rows ? nnz * (size_t)s->shape.rank : nnz))
		return err_set(e, ERR_SHAPE,
			       "sparse value has %zu indices for %zu values",
			       tensor_count(&s->indices), nnz);
	for (size_t i = 0; i < nnz; i++) {
		int64_t at = rows ? 0 : tensor_int(&s->indices, i);

		for (int32_t k = 0; rows && k < s->shape.rank; k++) {
			int64_t x = tensor_int(&s->indices,
					       i * (size_t)s->shape.rank +
						       (size_t)k);

			if (x < 0 || x >= s->shape.dim[k])
				return err_set(e, ERR_SHAPE,
					       "sparse index %" PRId64
					       " is outside dim %d",
					       x, k);
			at += x * stride[k];
		}
		if (at < 0 || (uint64_t)at >= count)
			return err_set(e, ERR_SHAPE,
				       "sparse index %" PRId64 ", want 0..%zu",
				       at, count - 1);
		kern_move_block(tensor_bits(y), s->values.data, i,
				tensor_mut(y), (size_t)at, 1);
	}
	return true;
}

static bool run_constant(const struct call *c, struct err *e)
{
	struct tensor *y = call_out(c, 0);
	const struct attr *a;
	struct text text;

	if (!the_value(c->node, &a, e))
		return false;
	if (!y || (a->kind != ATTR_SPARSE && tensor_count(y) == 0))
		return true;
	switch (a->kind) {
	case ATTR_TENSOR:
		kern_move_block(tensor_bits(y), a->u.tensors->data, 0,
				tensor_mut(y), 0, tensor_count(y));
		break;
	case ATTR_SPARSE:
		return scatter_sparse(a->u.sparses, y, e);
	case ATTR_INT:
		tensor_i64_mut(y)[0] = a->u.i;
		break;
	case ATTR_INTS:
		memcpy(tensor_mut(y), a->u.ints, y->bytes);
		break;
	case ATTR_FLOAT:
		tensor_f32_mut(y)[0] = a->u.f;
		break;
	case ATTR_FLOATS:
		memcpy(tensor_mut(y), a->u.floats, y->bytes);
		break;
	case ATTR_STRING:
		text = (struct text){a->u.s, a->count};
		memcpy(tensor_mut(y), &text, sizeof(text));
		break;
	default:
		memcpy(tensor_mut(y), a->u.strings, y->bytes);
		break;
	}
	return true;
}

static const struct kernel constant_kernels[] = {
	{.name = "constant", .engine = "reference", .run = run_constant}, {0}};

/* ---- ConstantOfShape ---------------------------------------------------- */

/* The attribute "value", or NULL for 0.0f. */
static const struct tensor *fill_value(const struct node *n)
{
	const struct attr *a = node_attr(n, "value");

	return a && a->kind == ATTR_TENSOR ? a->u.tensors : NULL;
}

static bool infer_constant_of_shape(struct infer *c, struct err *e)
{
	const struct tensor *value = fill_value(c->node);
	struct shape dims, content = {.rank = 0};

	if (value && tensor_count(value) != 1)
		return err_set(e, ERR_SHAPE, "'value' has %zu elements, want 1",
			       tensor_count(value));
	if (!infer_dims(c, 0, &dims, e))
		return false;
	for (int32_t i = 0; i < dims.rank; i++)
		if (dims.dim[i] < INT64_MIN / 2)
			return err_set(e, ERR_SHAPE,
				       "dim %d is negative, want at least 0",
				       i);
	infer_set(c, 0, value ? value->dtype : DTYPE_F32, &dims);
	if (!value || !dtype_is_integer(value->dtype) || dims.rank < 0 ||
	    dims.rank > 1)
		return true;
	content.rank = 1;
	if (dims.rank == 1) {
		if (dims.dim[0] < 0 || dims.dim[0] > MAX_RANK)
			return true;
		content.rank = (int32_t)dims.dim[0];
	}
	for (int32_t i = 0; i < content.rank; i++)
		content.dim[i] = content_literal(tensor_int(value, 0));
	infer_set_content(c, 0, &content);
	return true;
}

static bool run_constant_of_shape(const struct call *c, struct err *e)
{
	const struct tensor *value = fill_value(c->node);
	struct tensor *y = call_out(c, 0);
	const float zero = 0;

	(void)e;
	if (y)
		kern_move_fill(tensor_bits(y), value ? value->data : &zero, 0,
			       tensor_mut(y), 0, tensor_count(y));
	return true;
}

static const struct kernel constant_of_shape_kernels[] = {
	{.name = "constant-of-shape",
	 .engine = "reference",
	 .run = run_constant_of_shape},
	{0}};

#define CONSTANT(opset, set, attributes)                                    \
	{                                                                   \
		.domain = "", .type = "Constant", .since = opset,           \
		.out = PARAMS(IN("output", "T", set)), .attrs = attributes, \
		.infer = infer_constant, .kernels = constant_kernels,       \
	}

#define FILL(opset, set)                                                 \
	{                                                                \
		.domain = "", .type = "ConstantOfShape", .since = opset, \
		.in = PARAMS(IN("input", "T1", TYPES_I64)),              \
		.out = PARAMS(IN("output", "T2", set)),                  \
		.attrs = ATTRS(ATTR("value", TENSOR, NULL)),             \
		.infer = infer_constant_of_shape,                        \
		.kernels = constant_of_shape_kernels,                    \
	}

#define VALUES                                                                 \
	ATTRS(ATTR("value", TENSOR, NULL), ATTR("sparse_value", SPARSE, NULL), \
	      ATTR("value_int", INT, NULL), ATTR("value_ints", INTS, NULL),    \
	      ATTR("value_float", FLOAT, NULL),                                \
	      ATTR("value_floats", FLOATS, NULL),                              \
	      ATTR("value_string", STRING, NULL),                              \
	      ATTR("value_strings", STRINGS, NULL))

#define FILL_9 (TYPES_NUMERIC_1 | TYPE_BIT(BOOL))
#define FILL_20 (FILL_9 | TYPE_BIT(BF16) | TYPES_FLOAT8)
#define FILL_21 (FILL_20 | TYPE_BIT(U4) | TYPE_BIT(I4))
#define FILL_23 (FILL_21 | TYPE_BIT(F4E2M1))
#define FILL_24 (FILL_23 | TYPE_BIT(F8E8M0))
#define FILL_25 (FILL_24 | TYPE_BIT(U2) | TYPE_BIT(I2))

const struct op op_rows_constant[] = {
	/* Constant-1 knows float types only, but models (WinML's) hold label
	 * strings and indices in it. */
	CONSTANT(1, TYPES_ALL_1, ATTRS(ATTR_REQUIRED("value", TENSOR))),
	CONSTANT(9, TYPES_ALL_1, ATTRS(ATTR_REQUIRED("value", TENSOR))),
	CONSTANT(11, TYPES_ALL_1,
		 ATTRS(ATTR("value", TENSOR, NULL),
		       ATTR("sparse_value", SPARSE, NULL))),
	CONSTANT(12, TYPES_ALL_1, VALUES),
	CONSTANT(13, TYPES_ALL_13, VALUES),
	CONSTANT(19, TYPES_ALL_19, VALUES),
	CONSTANT(21, TYPES_ALL_21, VALUES),
	CONSTANT(23, TYPES_ALL_23, VALUES),
	CONSTANT(24, TYPES_ALL_24, VALUES),
	CONSTANT(25, TYPES_ALL_25, VALUES),
	FILL(9, FILL_9),
	FILL(20, FILL_20),
	FILL(21, FILL_21),
	FILL(23, FILL_23),
	FILL(24, FILL_24),
	FILL(25, FILL_25),
	{0}};
