/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/bytes.c -- B: what is no protobuf, or too much of it. */
#include <stdlib.h>
#include <string.h>

#include "tests/hostile/corpus.h"

static void empty(struct hostile_file *f)
{
	(void)f;
}

static void garbage(struct hostile_file *f)
{
	uint32_t x = 12345;

	for (int i = 0; i < 4096; i++) {
		uint8_t byte = (uint8_t)(x >> 24);

		pb_raw(&f->model, &byte, 1);
		x = x * 1664525 + 1013904223;
	}
}

static void half(struct hostile_file *f)
{
	put_good_model(&f->model);
	f->model.len /= 2;
}

static void length_past_end(struct hostile_file *f)
{
	pb_int(&f->model, 1, 8);
	pb_tag(&f->model, 7, 2);
	pb_number(&f->model, INT32_MAX);
	pb_text(&f->model, 2, "x");
}

static void long_varint(struct hostile_file *f)
{
	static const uint8_t eleven[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
					 0x80, 0x80, 0x80, 0x80, 0x01};

	pb_tag(&f->model, 1, 0);
	pb_raw(&f->model, eleven, sizeof(eleven));
}

static void graph_as_varint(struct hostile_file *f)
{
	put_good_model(&f->model);
	pb_int(&f->model, 7, 1);
}

static void group(struct hostile_file *f)
{
	put_good_model(&f->model);
	pb_tag(&f->model, 99, 3);
	pb_tag(&f->model, 99, 4);
}

static void tag_zero(struct hostile_file *f)
{
	put_good_model(&f->model);
	pb_raw(&f->model, "\0\0", 2);
}

static void html(struct hostile_file *f)
{
	static const char page[] = "\n<!DOCTYPE html><html>404</html>\n";

	pb_raw(&f->model, page, sizeof(page) - 1);
}

static void lfs_pointer(struct hostile_file *f)
{
	static const char text[] =
		"version https://git-lfs.github.com/spec/v1\n"
		"oid sha256:0000\nsize 1\n";

	pb_raw(&f->model, text, sizeof(text) - 1);
}

/* DEPTH graphs inside each other by an unknown operator. */
static void nest_graphs(struct hostile_file *f, int depth)
{
	struct pb g = {0};

	put_node(&g, "Identity", "X", NULL, "Z");
	for (int i = 0; i < depth; i++) {
		struct pb attr = {0}, node = {0}, outer = {0};

		pb_text(&attr, 1, "then_branch");
		pb_message(&attr, 6, &g);
		pb_int(&attr, 20, 5);
		pb_text(&node, 1, "X");
		pb_text(&node, 2, i == depth - 1 ? "Y" : "Z");
		pb_text(&node, 4, "Nest");
		pb_message(&node, 5, &attr);
		pb_message(&outer, 1, &node);
		g = outer;
	}
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_model(&f->model, &g);
}

static void nest_32(struct hostile_file *f)
{
	nest_graphs(f, 32);
}

static void nest_33(struct hostile_file *f)
{
	nest_graphs(f, 33);
}

static void nest_3000(struct hostile_file *f)
{
	nest_graphs(f, 3000);
}

static void nest_types(struct hostile_file *f)
{
	struct pb type = {0}, info = {0}, g = {0};

	for (int i = 0; i < 6000; i++) {
		struct pb sequence = {0}, outer = {0};

		pb_message(&sequence, 1, &type);
		pb_message(&outer, 4, &sequence);
		type = outer;
	}
	pb_text(&info, 1, "X");
	pb_message(&info, 2, &type);
	pb_message(&g, 11, &info);
	put_model(&f->model, &g);
}

/* Function NAME that calls CALLEE TIMES times. */
static void put_function(struct pb *model, const char *name, const char *callee,
			 int times)
{
	struct pb fn = {0}, opset = {0};

	pb_text(&fn, 1, name);
	pb_text(&fn, 4, "a");
	pb_text(&fn, 5, "b");
	for (int i = 0; i < times; i++) {
		struct pb node = {0};

		pb_text(&node, 1, "a");
		pb_text(&node, 2, i ? "c" : "b");
		pb_text(&node, 4, callee);
		pb_text(&node, 7, "local");
		pb_message(&fn, 7, &node);
	}
	pb_text(&opset, 1, "local");
	pb_int(&opset, 2, 1);
	pb_message(&fn, 9, &opset);
	pb_text(&fn, 10, "local");
	pb_message(model, 25, &fn);
}

static void chain_functions(struct hostile_file *f, int count, int times)
{
	char name[16] = "f0", callee[16];

	put_good_model(&f->model);
	for (int i = 0; i < count; i++) {
		size_t n = (size_t)i + 1;

		memcpy(callee, "f", 2);
		for (int at = 1; n || at == 1; n /= 10) {
			memmove(callee + 2, callee + 1, (size_t)at);
			callee[1] = (char)('0' + n % 10);
			at++;
		}
		put_function(&f->model, name, callee, times);
		memcpy(name, callee, sizeof(name));
	}
}

static void deep_calls(struct hostile_file *f)
{
	chain_functions(f, 3000, 1);
}

static void self_call(struct hostile_file *f)
{
	put_good_model(&f->model);
	put_function(&f->model, "f", "f", 1);
}

static void doubling_calls(struct hostile_file *f)
{
	chain_functions(f, 40, 2);
}

static void empty_tensors(struct hostile_file *f)
{
	struct pb g = {0}, none = {0};

	put_value(&g, 11, "X");
	for (int i = 0; i < 500000; i++)
		pb_message(&g, 5, &none);
	put_model(&f->model, &g);
}

/* A type given again and again: protobuf merges each into all before. */
static void quadratic_merge(struct hostile_file *f)
{
	struct pb g = {0}, info = {0};

	pb_text(&info, 1, "X");
	for (int i = 0; i < 100000; i++) {
		struct pb dim = {0}, shape = {0}, tensor = {0}, type = {0};

		pb_int(&dim, 1, 2);
		pb_message(&shape, 1, &dim);
		pb_message(&tensor, 2, &shape);
		pb_message(&type, 1, &tensor);
		pb_message(&info, 2, &type);
	}
	pb_message(&g, 11, &info);
	put_model(&f->model, &g);
}

static void many_attributes(struct hostile_file *f)
{
	struct pb g = {0}, node = {0};

	pb_text(&node, 1, "X");
	pb_text(&node, 2, "Y");
	pb_text(&node, 4, "Relu");
	for (int i = 0; i < 100000; i++) {
		struct pb attr = {0};

		pb_text(&attr, 1, "a");
		pb_message(&node, 5, &attr);
	}
	pb_message(&g, 1, &node);
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_model(&f->model, &g);
}

static void many_opsets(struct hostile_file *f)
{
	put_good_model(&f->model);
	for (int i = 0; i < 100000; i++) {
		struct pb opset = {0};

		pb_text(&opset, 1, "d");
		pb_int(&opset, 2, 1);
		pb_message(&f->model, 8, &opset);
	}
}

const struct hostile hostile_bytes[] = {
	{"B01", ERR_FORMAT, "the file is empty", empty, NULL},
	{"B02", ERR_FORMAT, "byte ", garbage, NULL},
	{"B03", ERR_FORMAT, "needs more bytes", half, NULL},
	{"B04", ERR_FORMAT, "needs more bytes", length_past_end, NULL},
	{"B05", ERR_FORMAT, "varint that does not end", long_varint, NULL},
	{"B06", ERR_FORMAT, "'graph' of ModelProto has wire type 0, want 2",
	 graph_as_varint, NULL},
	{"B07", ERR_FORMAT, "field 99 has wire type 3", group, NULL},
	{"B08", ERR_FORMAT, "field number outside", tag_zero, NULL},
	{"B09", ERR_FORMAT, "the file is an HTML page", html, NULL},
	{"B10", ERR_FORMAT, "git-LFS pointer", lfs_pointer, NULL},
	{"B11a", ERR_NONE, NULL, nest_32, NULL},
	{"B11", ERR_LIMIT, "more than 100 nested", nest_33, NULL},
	{"B12", ERR_LIMIT, "more than 100 nested", nest_3000, NULL},
	{"B13", ERR_LIMIT, "more than 100 nested", nest_types, NULL},
	{"B14", ERR_LIMIT, "called through more than 100", deep_calls, NULL},
	{"B15", ERR_FORMAT, "function 'f' calls itself", self_call, NULL},
	{"B16", ERR_LIMIT, "expands to more than", doubling_calls, NULL},
	{"B17", ERR_LIMIT, "out of proportion", empty_tensors, NULL},
	{"B18", ERR_LIMIT, "'type' of ValueInfoProto is given more than once",
	 quadratic_merge, NULL},
	{"B19", ERR_LIMIT, "it has 100000 attributes", many_attributes, NULL},
	{"B20", ERR_LIMIT, "imports 100001 opsets", many_opsets, NULL},
	{NULL, ERR_NONE, NULL, NULL, NULL},
};
