/* SPDX-License-Identifier: Apache-2.0 */
/* tests/slow/make_big.c -- writes a model of MEBIBYTES of weights.
 *
 * usage: make_big MODEL.onnx MEBIBYTES [external]
 *
 * Eight tables of floats, each looked up with the same index, and their sum.
 * All tables show the same storage, so little memory is needed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "formats/format.h"

enum { TABLES = 8, WIDTH = 1024 };

static struct value *look_up(struct graph *g, struct value *index, int i,
			     const struct tensor *t)
{
	char name[16];
	struct node_spec spec = {.type = "Gather", .nin = 2, .nout = 1};
	struct value *in[2];
	struct node *n;

	snprintf(name, sizeof(name), "table_%d", i);
	in[0] = graph_add_const(g, name, t);
	in[1] = index;
	spec.in = in;
	n = node_new(g, &spec);
	node_append(n);
	return n->out[0];
}

static struct value *add(struct graph *g, struct value *a, struct value *b)
{
	struct value *in[] = {a, b};
	struct node_spec spec = {.type = "Add", .in = in, .nin = 2, .nout = 1};
	struct node *n = node_new(g, &spec);

	node_append(n);
	return n->out[0];
}

static struct model *build(const struct tensor *table)
{
	struct model *m = model_new(NULL);
	struct graph *g = m->main;
	struct shape one = SHAPE(1), wide = SHAPE(1, WIDTH);
	struct type index = type_tensor(DTYPE_I64, &one);
	struct type row = type_tensor(DTYPE_F32, &wide);
	struct value *x, *sum;

	m->ir_version = 8;
	model_set_opset(m, "", 17);
	g->name = "big";
	x = graph_add_input(g, "index", &index);
	sum = look_up(g, x, 0, table);
	for (int i = 1; i < TABLES; i++)
		sum = add(g, sum, look_up(g, x, i, table));
	graph_add_output(g, "row", sum, &row);
	return m;
}

int main(int argc, char **argv)
{
	struct write_opts opts = {.external = EXTERNAL_AS_IS};
	struct tensor t = {.dtype = DTYPE_F32};
	struct model *m;
	struct rng rng;
	struct err e;
	float *data;
	size_t bytes;

	if (argc < 3)
		return 2;
	bytes = (size_t)atoi(argv[2]) << 20;
	t.bytes = bytes / TABLES / (WIDTH * 4) * (WIDTH * 4);
	t.shape = SHAPE((int64_t)(t.bytes / (WIDTH * 4)), WIDTH);
	data = malloc(t.bytes);
	if (!data)
		return 7;
	rng_seed(&rng, 1);
	for (size_t i = 0; i < t.bytes / 4; i++)
		data[i] = (float)(rng_next(&rng) >> 40) / (1 << 24);
	t.data = data;
	m = build(&t);
	if (argc > 3)
		opts.external = EXTERNAL_YES;
	if (!format_write_model(argv[1], m, &opts, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	model_free(m);
	free(data);
	return 0;
}
