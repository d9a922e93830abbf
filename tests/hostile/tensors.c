/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/tensors.c -- T: tensors that are not what they say. */
#include <string.h>

#include "tests/hostile/corpus.h"

static const float ones[4] = {1, 1, 1, 1};

/* W of TYPE and DIMS with N bytes of raw_data. */
static void with_raw(struct hostile_file *f, int type, const int64_t *dims,
		     size_t rank, size_t n)
{
	struct pb t = {0};

	put_tensor_head(&t, "W", type, dims, rank);
	if (n)
		pb_bytes(&t, 9, ones, n);
	put_add_model(&f->model, &t);
}

#define RAW(name, type, n, ...)                                             \
	static void name(struct hostile_file *f)                            \
	{                                                                   \
		static const int64_t dims[] = {__VA_ARGS__};                \
                                                                            \
		with_raw(f, type, dims, sizeof(dims) / sizeof(dims[0]), n); \
	}

RAW(raw_short, 1, 4, 2)
RAW(raw_long, 1, 12, 2)
RAW(seven_bytes, 1, 7, 2)
RAW(dim_negative, 1, 8, -1)
RAW(dims_wrap_to_zero, 1, 0, INT64_C(1) << 32, INT64_C(1) << 32)
RAW(bytes_wrap, 1, 4, (INT64_C(1) << 62) + 1)
RAW(count_fits, 11, 8, (INT64_C(1) << 61) + 1)
RAW(huge_pair, 1, 8, INT64_MAX, 2)
RAW(type_0, 0, 8, 2)
RAW(type_999, 999, 8, 2)
RAW(string_raw, 8, 8, 2)
RAW(no_data, 1, 0, 2)
RAW(four_bits_short, 22, 1, 3)

static void rank_100000(struct hostile_file *f)
{
	struct pb t = {0};

	for (int i = 0; i < 100000; i++)
		pb_int(&t, 1, 1);
	put_tensor_head(&t, "W", 1, NULL, 0);
	pb_bytes(&t, 9, ones, 4);
	put_add_model(&f->model, &t);
}

/* W of TYPE [DIM] is read by an operator that nobody knows. */
static void with_any(struct hostile_file *f, int type, int64_t dim, size_t n)
{
	struct pb t = {0}, g = {0};

	put_tensor_head(&t, "W", type, &dim, 1);
	if (n)
		pb_bytes(&t, 9, ones, n);
	put_node(&g, "Frobnicate", "X", "W", "Y");
	pb_message(&g, 5, &t);
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_model(&f->model, &g);
}

static void zero_dim(struct hostile_file *f)
{
	with_any(f, 1, 0, 0);
}

static void four_bits(struct hostile_file *f)
{
	with_any(f, 22, 3, 2);
}

static void one_string(struct hostile_file *f)
{
	static const int64_t hundred = 100;
	struct pb t = {0};

	put_tensor_head(&t, "W", 8, &hundred, 1);
	pb_text(&t, 6, "only");
	put_add_model(&f->model, &t);
}

/* W float[2] with what FIELD holds. */
static void with_field(struct hostile_file *f, int type, unsigned field,
		       const void *data, size_t n)
{
	static const int64_t two = 2;
	struct pb t = {0};

	put_tensor_head(&t, "W", type, &two, 1);
	pb_bytes(&t, field, data, n);
	put_add_model(&f->model, &t);
}

static void float_data_short(struct hostile_file *f)
{
	with_field(f, 1, 4, ones, 4);
}

static void float_data_odd(struct hostile_file *f)
{
	with_field(f, 1, 4, ones, 7);
}

static void wrong_field(struct hostile_file *f)
{
	with_field(f, 1, 7, "\1\1", 2);
}

static void code_too_large(struct hostile_file *f)
{
	with_field(f, 3, 5, "\1\x80\x04", 3); /* int8 {1, 512} */
}

static void varint_cut(struct hostile_file *f)
{
	with_field(f, 7, 7, "\1\x80", 2);
}

static void raw_and_typed(struct hostile_file *f)
{
	static const int64_t two = 2;
	struct pb t = {0};

	put_tensor_head(&t, "W", 1, &two, 1);
	pb_bytes(&t, 9, ones, 8);
	pb_bytes(&t, 4, ones, 8);
	put_add_model(&f->model, &t);
}

static void raw_twice(struct hostile_file *f)
{
	static const int64_t two = 2;
	struct pb t = {0};

	put_tensor_head(&t, "W", 1, &two, 1);
	pb_bytes(&t, 9, ones, 8);
	pb_bytes(&t, 9, ones, 8);
	put_add_model(&f->model, &t);
}

static void odd_values(struct hostile_file *f)
{
	static const uint32_t nan_and_denormal[] = {0x7fc00000, 1};

	with_field(f, 1, 9, nan_and_denormal, 8);
}

static void segment(struct hostile_file *f)
{
	static const int64_t two = 2;
	struct pb t = {0}, s = {0};

	put_tensor_head(&t, "W", 1, &two, 1);
	pb_int(&s, 1, 0);
	pb_int(&s, 2, 2);
	pb_message(&t, 3, &s);
	pb_bytes(&t, 9, ones, 8);
	put_add_model(&f->model, &t);
}

/* Unpacked, packed and single elements, in between another field. */
static void mixed_packing(struct hostile_file *f)
{
	static const int64_t dims = 2;
	struct pb t = {0};

	pb_tag(&t, 4, 5);
	pb_raw(&t, ones, 4);
	put_tensor_head(&t, "W", 1, &dims, 1);
	pb_bytes(&t, 4, ones, 4);
	put_add_model(&f->model, &t);
}

/* A sparse W [DIM] with one element at INDEX. */
static void with_sparse(struct hostile_file *f, int64_t dim, int64_t index)
{
	static const int64_t one = 1;
	struct pb values = {0}, indices = {0}, sparse = {0}, g = {0};

	put_tensor_head(&values, "W", 1, &one, 1);
	pb_bytes(&values, 9, ones, 4);
	put_tensor_head(&indices, NULL, 7, &one, 1);
	pb_bytes(&indices, 9, &index, 8);
	pb_message(&sparse, 1, &values);
	pb_message(&sparse, 2, &indices);
	pb_int(&sparse, 3, dim);
	put_node(&g, "Add", "X", "W", "Y");
	pb_message(&g, 15, &sparse);
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_model(&f->model, &g);
}

static void sparse_good(struct hostile_file *f)
{
	with_sparse(f, 2, 1);
}

static void sparse_out_of_bounds(struct hostile_file *f)
{
	with_sparse(f, 2, 2);
}

static void sparse_bomb(struct hostile_file *f)
{
	with_sparse(f, INT64_C(1) << 32, 5);
}

const struct hostile hostile_tensors[] = {
	{"T01", ERR_FORMAT, "raw_data has 4 bytes, want 8", raw_short, NULL},
	{"T02", ERR_FORMAT, "raw_data has 12 bytes, want 8", raw_long, NULL},
	{"T03", ERR_FORMAT, "raw_data has 7 bytes, want 8", seven_bytes, NULL},
	{"T04", ERR_FORMAT, "dimension 0 is -1, want 0 or more", dim_negative,
	 NULL},
	{"T05", ERR_FORMAT, "tensor 'W'", dims_wrap_to_zero, NULL},
	{"T06", ERR_FORMAT, "tensor 'W'", bytes_wrap, NULL},
	{"T07", ERR_FORMAT, "tensor 'W'", count_fits, NULL},
	{"T08", ERR_FORMAT, "tensor 'W'", huge_pair, NULL},
	{"T09", ERR_LIMIT, "it has 100000 dimensions", rank_100000, NULL},
	{"T10", ERR_NONE, NULL, zero_dim, NULL},
	{"T11", ERR_FORMAT, "data_type is 0, want 1..28", type_0, NULL},
	{"T12", ERR_FORMAT, "data_type is 999, want 1..28", type_999, NULL},
	{"T13", ERR_FORMAT, "want string_data", string_raw, NULL},
	{"T14", ERR_FORMAT, "string_data has 1 elements, want 100", one_string,
	 NULL},
	{"T15", ERR_FORMAT, "it has no data, want 8 bytes", no_data, NULL},
	{"T16", ERR_FORMAT, "float_data has 1 elements, want 2",
	 float_data_short, NULL},
	{"T17", ERR_FORMAT, "its data is given twice", raw_and_typed, NULL},
	{"T18", ERR_NONE, NULL, odd_values, NULL},
	{"T19", ERR_FORMAT, "it is a segment", segment, NULL},
	{"T20", ERR_NONE, NULL, four_bits, NULL},
	{"T21", ERR_FORMAT, "raw_data has 1 bytes, want 2", four_bits_short,
	 NULL},
	{"T22", ERR_FORMAT, "want a multiple of 4", float_data_odd, NULL},
	{"T23", ERR_FORMAT,
	 "its data is in int64_data, want raw_data or "
	 "float_data",
	 wrong_field, NULL},
	{"T24", ERR_FORMAT, "int32_data[1] is 512, want a value that fits int8",
	 code_too_large, NULL},
	{"T25", ERR_FORMAT, "int64_data", varint_cut, NULL},
	{"T26", ERR_FORMAT, "raw_data is given more than once", raw_twice,
	 NULL},
	{"T27", ERR_NONE, NULL, mixed_packing, NULL},
	{"T28", ERR_NONE, NULL, sparse_good, NULL},
	{"T29", ERR_FORMAT, "index 0 is out of bounds", sparse_out_of_bounds,
	 NULL},
	{"T30", ERR_LIMIT, "sparse tensor 'W'", sparse_bomb, NULL},
	{NULL, ERR_NONE, NULL, NULL, NULL},
};
