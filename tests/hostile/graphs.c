/* SPDX-License-Identifier: Apache-2.0 */
/* tests/hostile/graphs.c -- G: models that are no graphs, L: inner graphs. */
#include <stdlib.h>
#include <string.h>

#include "tests/hostile/corpus.h"

/* The interface of a model whose nodes are in G, which is freed. */
static void finish(struct hostile_file *f, struct pb *g)
{
	put_value(g, 11, "X");
	put_value(g, 12, "Y");
	put_model(&f->model, g);
}

static void cycle(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Add", "X", "B", "A");
	put_node(&g, "Relu", "A", NULL, "B");
	put_node(&g, "Relu", "B", NULL, "Y");
	finish(f, &g);
}

static void self_loop(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Add", "X", "Y", "Y");
	finish(f, &g);
}

static void dangling_input(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Add", "X", "nowhere", "Y");
	finish(f, &g);
}

static void missing_output(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Relu", "X", NULL, "Z");
	finish(f, &g);
}

static void duplicate_output(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Relu", "X", NULL, "Y");
	put_node(&g, "Abs", "X", NULL, "Y");
	finish(f, &g);
}

static void duplicate_initializer(struct hostile_file *f)
{
	static const int64_t two = 2;
	static const float w[2] = {1, 2};
	struct pb g = {0};

	put_node(&g, "Add", "X", "W", "Y");
	for (int i = 0; i < 2; i++) {
		struct pb t = {0};

		put_tensor_head(&t, "W", 1, &two, 1);
		pb_bytes(&t, 9, w, sizeof(w));
		pb_message(&g, 5, &t);
	}
	finish(f, &g);
}

static void no_graph(struct hostile_file *f)
{
	pb_int(&f->model, 1, 8);
	pb_text(&f->model, 2, "nobody");
}

static void with_opset(struct hostile_file *f, int64_t version)
{
	struct pb g = {0}, opset = {0};

	put_node(&g, "Relu", "X", NULL, "Y");
	put_value(&g, 11, "X");
	put_value(&g, 12, "Y");
	pb_int(&f->model, 1, 8);
	if (version)
		pb_int(&opset, 2, version);
	if (version)
		pb_message(&f->model, 8, &opset);
	pb_message(&f->model, 7, &g);
}

static void no_opset(struct hostile_file *f)
{
	with_opset(f, 0);
}

static void opset_9999(struct hostile_file *f)
{
	with_opset(f, 9999);
}

static void opset_negative(struct hostile_file *f)
{
	with_opset(f, -1);
}

static void unknown_op(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Frobnicate", "X", NULL, "Y");
	finish(f, &g);
}

static void unknown_domain(struct hostile_file *f)
{
	struct pb g = {0}, node = {0};

	pb_text(&node, 1, "X");
	pb_text(&node, 2, "Y");
	pb_text(&node, 4, "Relu");
	pb_text(&node, 7, "org.example");
	pb_message(&g, 1, &node);
	finish(f, &g);
}

static void no_operands(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Add", NULL, NULL, "Y");
	finish(f, &g);
}

static void no_results(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Relu", "X", NULL, "Y");
	put_node(&g, "Relu", "X", NULL, NULL);
	finish(f, &g);
}

static void many_operands(struct hostile_file *f)
{
	struct pb g = {0}, node = {0};

	for (int i = 0; i < 1000; i++)
		pb_text(&node, 1, "X");
	pb_text(&node, 2, "Y");
	pb_text(&node, 4, "Relu");
	pb_message(&g, 1, &node);
	finish(f, &g);
}

/* Y = Relu (X) by a node called NAME. */
static void with_name(struct hostile_file *f, const void *name, size_t n)
{
	struct pb g = {0}, node = {0};

	pb_text(&node, 1, "missing");
	pb_text(&node, 2, "Y");
	pb_bytes(&node, 3, name, n);
	pb_text(&node, 4, "Relu");
	pb_message(&g, 1, &node);
	finish(f, &g);
}

static void binary_name(struct hostile_file *f)
{
	with_name(f, "\xff\xfe\x00", 3);
}

static void long_name(struct hostile_file *f)
{
	static const size_t n = 1 << 20;
	char *name = malloc(n);

	if (!name)
		exit(99);
	memset(name, 'n', n);
	with_name(f, name, n);
	free(name);
}

static void escape_in_name(struct hostile_file *f)
{
	with_name(f, "a\nb\033[2J", 7);
}

static void unsorted(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Relu", "A", NULL, "Y");
	put_node(&g, "Abs", "X", NULL, "A");
	finish(f, &g);
}

static void no_type(struct hostile_file *f)
{
	struct pb g = {0}, node = {0};

	pb_text(&node, 1, "X");
	pb_text(&node, 2, "Y");
	pb_message(&g, 1, &node);
	finish(f, &g);
}

static void input_twice(struct hostile_file *f)
{
	struct pb g = {0};

	put_node(&g, "Relu", "X", NULL, "Y");
	put_value(&g, 11, "X");
	finish(f, &g);
}

/* An attribute whose TYPE says another field than the one it has. */
static void lying_attribute(struct hostile_file *f)
{
	struct pb g = {0}, node = {0}, attr = {0};

	pb_text(&attr, 1, "axis");
	pb_text(&attr, 4, "one");
	pb_int(&attr, 20, 2);
	pb_text(&node, 1, "X");
	pb_text(&node, 2, "Y");
	pb_text(&node, 4, "Softmax");
	pb_message(&node, 5, &attr);
	pb_message(&g, 1, &node);
	finish(f, &g);
}

/* An unknown operator with a graph that reads INNER, then a node that makes
 * "later". */
static void with_branch(struct hostile_file *f, const char *inner,
			const char *later)
{
	struct pb g = {0}, branch = {0}, attr = {0}, node = {0};

	put_node(&branch, "Identity", inner, NULL, "Z");
	put_value(&branch, 12, "Z");
	pb_text(&attr, 1, "then_branch");
	pb_message(&attr, 6, &branch);
	pb_int(&attr, 20, 5);
	pb_text(&node, 1, "X");
	pb_text(&node, 2, "Y");
	pb_text(&node, 4, "Nest");
	pb_message(&node, 5, &attr);
	pb_message(&g, 1, &node);
	put_node(&g, "Relu", later, NULL, "L");
	finish(f, &g);
}

static void reads_later_name(struct hostile_file *f)
{
	with_branch(f, "L", "X");
}

static void branch_cycle(struct hostile_file *f)
{
	with_branch(f, "L", "Y");
}

static void branch_dangling(struct hostile_file *f)
{
	with_branch(f, "nowhere", "X");
}

const struct hostile hostile_graphs[] = {
	{"G01", ERR_FORMAT, "'the_node' (Add) is on a cycle", cycle, NULL},
	{"G02", ERR_FORMAT, "'the_node' (Add) is on a cycle", self_loop, NULL},
	{"G03", ERR_FORMAT, "input 'nowhere' is not defined", dangling_input,
	 NULL},
	{"G04", ERR_FORMAT, "output 'Y' is not produced", missing_output, NULL},
	{"G05", ERR_FORMAT, "'Y' is defined twice", duplicate_output, NULL},
	{"G06", ERR_FORMAT, "initializer 'W' is given twice",
	 duplicate_initializer, NULL},
	{"G07", ERR_FORMAT, "has no graph", no_graph, NULL},
	{"G08", ERR_FORMAT, "imports no opset", no_opset, NULL},
	{"G09", ERR_UNSUPPORTED, "opset is 9999, want at most 28", opset_9999,
	 NULL},
	{"G10", ERR_FORMAT, "opset of domain '' is -1", opset_negative, NULL},
	{"G11", ERR_NONE, NULL, unknown_op, NULL},
	{"G12", ERR_NONE, NULL, unknown_domain, NULL},
	{"G13", ERR_FORMAT, "Add", no_operands, NULL},
	{"G14", ERR_FORMAT, "it has no outputs", no_results, NULL},
	{"G15", ERR_FORMAT, "Relu", many_operands, NULL},
	{"G16", ERR_FORMAT, "field 'name' has a NUL byte", binary_name, NULL},
	{"G17", ERR_LIMIT, "'name' has 1048576 bytes", long_name, NULL},
	{"G18", ERR_FORMAT, "a\\x0ab\\x1b[2J", escape_in_name, NULL},
	{"G19", ERR_NONE, NULL, unsorted, NULL},
	{"G20", ERR_FORMAT, "it has no op_type", no_type, NULL},
	{"G21", ERR_FORMAT, "'X' is defined twice", input_twice, NULL},
	{"S33", ERR_FORMAT, "its type is INT but it has a value of type STRING",
	 lying_attribute, NULL},
	{"L08", ERR_NONE, NULL, reads_later_name, NULL},
	{"L09", ERR_FORMAT, "is on a cycle", branch_cycle, NULL},
	{"L10", ERR_FORMAT, "input 'nowhere' is not defined", branch_dangling,
	 NULL},
	{NULL, ERR_NONE, NULL, NULL, NULL},
};
