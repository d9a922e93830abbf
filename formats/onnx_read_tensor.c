/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_read_tensor.c -- TensorProto and SparseTensorProto. */
#include <inttypes.h>
#include <string.h>

#include "formats/onnx_payload.h"
#include "graph/element.h"

/* What a few indices may blow up to. */
enum { MAX_DENSE_BYTES = 256 << 20 };

void onnx_source_init(struct onnx_source *s, const struct onnx_store *store,
		      const struct input *file, const struct limits *lim)
{
	*s = (struct onnx_source){
		.store = *store,
		.lim = lim,
		.file = file,
		.locations = {.arena = store->arena},
	};
}

static bool read_shape(struct shape *s, const int64_t *dims, size_t n,
		       struct err *e)
{
	if (n > MAX_RANK)
		return err_set(e, ERR_LIMIT,
			       "it has %zu dimensions, want at most %d", n,
			       MAX_RANK);
	*s = (struct shape){.rank = (int32_t)n};
	for (size_t i = 0; i < n; i++) {
		if (dims[i] < 0)
			return err_set(e, ERR_FORMAT,
				       "dimension %zu is %" PRId64
				       ", want 0 or more",
				       i, dims[i]);
		s->dim[i] = dims[i];
	}
	return true;
}

static bool read_size(struct tensor *t, const struct limits *lim, struct err *e)
{
	size_t limit = lim->tensor_bytes ? lim->tensor_bytes
					 : limits_default.tensor_bytes;

	if (!shape_bytes(&t->shape, t->dtype, &t->bytes, e)) {
		e->code = ERR_FORMAT; /* no file has that many bytes */
		return false;
	}
	if (t->bytes <= limit)
		return true;
	return err_set(e, ERR_LIMIT, "it has %zu bytes, want at most %zu",
		       t->bytes, limit);
}

static bool read_strings(struct tensor *t, const Onnx__TensorProto *p,
			 struct onnx_source *s, struct err *e)
{
	size_t n = p->n_string_data;
	struct text *text;
	void *data;

	if (onnx_has_payload(p))
		return err_set(e, ERR_FORMAT,
			       "it has raw_data or numbers, want string_data "
			       "for string");
	if (n != tensor_count(t))
		return err_set(e, ERR_FORMAT,
			       "its string_data has %zu elements, want %zu", n,
			       tensor_count(t));
	if (!n)
		return true;
	if (!onnx_store_alloc(&s->store, n * sizeof(*text), &data, e))
		return false;
	text = data;
	for (size_t i = 0; i < n; i++)
		text[i] = (struct text){(const char *)p->string_data[i].data,
					p->string_data[i].len};
	t->data = text;
	return true;
}

static bool read_dense(struct tensor *t, const Onnx__TensorProto *p,
		       struct onnx_source *s, struct err *e)
{
	t->dtype = dtype_from_onnx(p->has_data_type ? p->data_type : 0);
	if (t->dtype == DTYPE_NONE)
		return err_set(e, ERR_FORMAT, "data_type is %d, want 1..%d",
			       p->has_data_type ? p->data_type : 0,
			       DTYPE_COUNT - 1);
	if (p->segment)
		return err_set(e, ERR_FORMAT,
			       "it is a segment of a tensor, want a whole one");
	if (!read_shape(&t->shape, p->dims, p->n_dims, e) ||
	    !read_size(t, s->lim, e))
		return false;
	if (p->has_data_location &&
	    p->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
		return onnx_external_read(t, p, s, e);
	if (t->dtype == DTYPE_STRING)
		return read_strings(t, p, s, e);
	return onnx_payload_read(t, p, s, e);
}

bool onnx_read_tensor(struct tensor *out, const Onnx__TensorProto *p,
		      struct onnx_source *s, struct err *e)
{
	struct payload *payload = arena_new(s->store.arena, struct payload);

	*out = (struct tensor){.payload = payload};
	payload->tensor = p;
	payload->external = p->has_data_location &&
			    p->data_location ==
				    ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	if (read_dense(out, p, s, e))
		return true;
	return err_context(e, "tensor '%s'", p->name ? p->name : "");
}

/* ---- sparse -------------------------------------------------------------- */

/* The linear index of nonzero element I; false if it is out of bounds. */
static bool linear_index(const struct sparse *x, size_t i, uint64_t *linear)
{
	int32_t rank = x->indices.shape.rank == 2 ? x->shape.rank : 1;
	size_t total;
	struct err ignored;

	*linear = 0;
	if (x->indices.shape.rank == 1) {
		int64_t k = tensor_int(&x->indices, i);

		*linear = (uint64_t)k;
		return shape_count(&x->shape, &total, &ignored) && k >= 0 &&
		       (uint64_t)k < total;
	}
	for (int32_t d = 0; d < rank; d++) {
		int64_t k = tensor_int(&x->indices, i * (size_t)rank + d);

		if (k < 0 || k >= x->shape.dim[d])
			return false;
		*linear = *linear * (uint64_t)x->shape.dim[d] + (uint64_t)k;
	}
	return true;
}

static bool check_indices(const struct sparse *x, struct err *e)
{
	const struct shape *s = &x->indices.shape;
	int64_t nnz = x->values.shape.dim[0];
	uint64_t before = 0, linear;

	if (x->indices.dtype != DTYPE_I64 || s->rank < 1 || s->rank > 2 ||
	    s->dim[0] != nnz || (s->rank == 2 && s->dim[1] != x->shape.rank))
		return err_set(e, ERR_FORMAT,
			       "its indices have rank %d and type %s, want "
			       "int64 [%" PRId64 "] or [%" PRId64 ",%d]",
			       s->rank, dtype_info[x->indices.dtype].text, nnz,
			       nnz, x->shape.rank);
	for (int64_t i = 0; i < nnz; i++) {
		if (!linear_index(x, (size_t)i, &linear))
			return err_set(e, ERR_FORMAT,
				       "index %" PRId64 " is out of bounds", i);
		if (i && linear <= before)
			return err_set(e, ERR_FORMAT,
				       "index %" PRId64 " is %" PRIu64
				       ", want more than the one before",
				       i, linear);
		before = linear;
	}
	return true;
}

static bool read_sparse(struct sparse *x, const Onnx__SparseTensorProto *p,
			struct onnx_source *s, struct err *e)
{
	size_t total;

	if (!p->values)
		return err_set(e, ERR_FORMAT, "it has no values");
	if (!onnx_read_tensor(&x->values, p->values, s, e) ||
	    !read_shape(&x->shape, p->dims, p->n_dims, e))
		return false;
	if (!shape_count(&x->shape, &total, e)) {
		e->code = ERR_FORMAT;
		return false;
	}
	if (x->values.shape.rank != 1)
		return err_set(e, ERR_FORMAT, "its values have rank %d, want 1",
			       x->values.shape.rank);
	if (!p->indices && x->values.shape.dim[0])
		return err_set(e, ERR_FORMAT, "it has no indices");
	if (!p->indices)
		return true;
	return onnx_read_tensor(&x->indices, p->indices, s, e) &&
	       check_indices(x, e);
}

static const char *sparse_name(const Onnx__SparseTensorProto *p)
{
	return p->values && p->values->name ? p->values->name : "";
}

bool onnx_read_sparse(struct sparse *out, const Onnx__SparseTensorProto *p,
		      struct onnx_source *s, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (read_sparse(out, p, s, e))
		return true;
	return err_context(e, "sparse tensor '%s'", sparse_name(p));
}

bool onnx_densify(struct tensor *out, const struct sparse *x,
		  const Onnx__SparseTensorProto *p, struct onnx_source *s,
		  struct err *e)
{
	struct payload *payload = arena_new(s->store.arena, struct payload);
	struct limits lim = *s->lim;
	enum dtype t = x->values.dtype;
	void *data;

	if (t == DTYPE_STRING || dtype_info[t].bits > 64)
		return err_set(e, ERR_UNSUPPORTED,
			       "sparse tensor '%s' has elements of type %s, "
			       "want numbers",
			       sparse_name(p), dtype_info[t].text);
	payload->sparse = p;
	lim.tensor_bytes = MAX_DENSE_BYTES;
	*out = (struct tensor){
		.dtype = t, .shape = x->shape, .payload = payload};
	if (!read_size(out, &lim, e) ||
	    !onnx_store_alloc(&s->store, out->bytes, &data, e))
		return err_context(e, "sparse tensor '%s'", sparse_name(p));
	if (out->bytes)
		memset(data, 0, out->bytes);
	out->data = data;
	for (size_t i = 0; i < (size_t)x->values.shape.dim[0]; i++) {
		uint64_t at;

		if (linear_index(x, i, &at))
			element_set_bits(t, data, at,
					 element_bits(t, x->values.data, i));
	}
	return true;
}
