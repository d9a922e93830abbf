/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/corpus.c -- see corpus.h. */
#include "tests/hostile/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/onnx.h"
#include "formats/onnxtxt.h"

static void give_up(const char *what)
{
	perror(what);
	exit(99);
}

/* ---- protobuf ------------------------------------------------------------ */

void pb_raw(struct pb *p, const void *data, size_t n)
{
	if (n > p->cap - p->len) {
		p->cap = 2 * (p->len + n);
		p->at = realloc(p->at, p->cap);
		if (!p->at)
			give_up("realloc");
	}
	if (n)
		memcpy(p->at + p->len, data, n);
	p->len += n;
}

void pb_number(struct pb *p, uint64_t x)
{
	uint8_t byte;

	do {
		byte = (uint8_t)((x & 0x7f) | (x > 0x7f ? 0x80 : 0));
		pb_raw(p, &byte, 1);
		x >>= 7;
	} while (x);
}

void pb_tag(struct pb *p, unsigned field, unsigned wire)
{
	pb_number(p, (uint64_t)field << 3 | wire);
}

void pb_int(struct pb *p, unsigned field, int64_t x)
{
	pb_tag(p, field, 0);
	pb_number(p, (uint64_t)x);
}

void pb_bytes(struct pb *p, unsigned field, const void *data, size_t n)
{
	pb_tag(p, field, 2);
	pb_number(p, n);
	pb_raw(p, data, n);
}

void pb_text(struct pb *p, unsigned field, const char *text)
{
	pb_bytes(p, field, text, strlen(text));
}

void pb_message(struct pb *p, unsigned field, struct pb *sub)
{
	pb_bytes(p, field, sub->at, sub->len);
	pb_free(sub);
}

void pb_free(struct pb *p)
{
	free(p->at);
	*p = (struct pb){0};
}

/* ---- parts of models ----------------------------------------------------- */

void put_value(struct pb *graph, unsigned field, const char *name)
{
	struct pb dim = {0}, shape = {0}, tensor = {0}, type = {0}, v = {0};

	pb_int(&dim, 1, 2);
	pb_message(&shape, 1, &dim);
	pb_int(&tensor, 1, 1);
	pb_message(&tensor, 2, &shape);
	pb_message(&type, 1, &tensor);
	pb_text(&v, 1, name);
	pb_message(&v, 2, &type);
	pb_message(graph, field, &v);
}

void put_node(struct pb *graph, const char *op, const char *in1,
	      const char *in2, const char *out)
{
	struct pb n = {0};

	if (in1)
		pb_text(&n, 1, in1);
	if (in2)
		pb_text(&n, 1, in2);
	if (out)
		pb_text(&n, 2, out);
	pb_text(&n, 3, "the_node");
	pb_text(&n, 4, op);
	pb_message(graph, 1, &n);
}

void put_tensor_head(struct pb *tensor, const char *name, int dtype,
		     const int64_t *dims, size_t rank)
{
	for (size_t i = 0; i < rank; i++)
		pb_int(tensor, 1, dims[i]);
	pb_int(tensor, 2, dtype);
	if (name)
		pb_text(tensor, 8, name);
}

void put_model(struct pb *model, struct pb *graph)
{
	struct pb opset = {0};

	pb_int(model, 1, 8);
	pb_text(&opset, 1, "");
	pb_int(&opset, 2, 17);
	pb_message(model, 8, &opset);
	pb_message(model, 7, graph);
}

void put_add_model(struct pb *model, struct pb *tensor)
{
	struct pb g = {0};

	put_node(&g, "Add", "X", "W", "Y");
	pb_text(&g, 2, "g");
	pb_message(&g, 5, tensor);
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	put_model(model, &g);
}

void put_good_model(struct pb *model)
{
	static const int64_t two = 2;
	static const float w[2] = {1, 2};
	struct pb t = {0};

	put_tensor_head(&t, "W", 1, &two, 1);
	pb_bytes(&t, 9, w, sizeof(w));
	put_add_model(model, &t);
}

/* ---- files --------------------------------------------------------------- */

char *path_in(const char *dir, const char *name)
{
	size_t n = strlen(dir) + strlen(name) + 2;
	char *path = malloc(n);

	if (!path)
		give_up("malloc");
	snprintf(path, n, "%s/%s", dir, name);
	return path;
}

void put_file(const struct hostile_file *f, const char *name, const void *data,
	      size_t bytes)
{
	char *path = path_in(f->dir, name);
	FILE *out = fopen(path, "wb");

	if (!out || (bytes && fwrite(data, 1, bytes, out) != bytes) ||
	    fclose(out) != 0)
		give_up(path);
	free(path);
}

static void put_text_model(const struct hostile *h, const char *dir)
{
	struct bytes text = {(const uint8_t *)h->text, strlen(h->text)};
	char *path = path_in(dir, "model.onnx");
	struct model *m;
	struct err e;

	if (!onnxtxt_parse(&m, text, &limits_default, &e) ||
	    !onnx_write_model(path, m, NULL, &e)) {
		fprintf(stderr, "%s: %s\n", h->id, e.msg);
		exit(99);
	}
	model_free(m);
	free(path);
}

void hostile_write(const struct hostile *h, const char *dir)
{
	struct hostile_file f = {.dir = dir};

	if (mkdir(dir, 0777) != 0)
		give_up(dir);
	if (!h->build) {
		put_text_model(h, dir);
		return;
	}
	h->build(&f);
	put_file(&f, "model.onnx", f.model.at, f.model.len);
	pb_free(&f.model);
}
