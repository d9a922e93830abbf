/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_text.c -- operators on strings.
 *
 * The first line is a pattern, a delimiter and a stop word; the others are the
 * elements of a tensor.
 */
#include <stdlib.h>
#include <string.h>

#include "exec/eval.h"
#include "graph/element.h"
#include "ops/op.h"
#include "tests/fuzz/fuzz.h"

enum { LINES_MAX = 64 };

/* Lines of the input; the number of them. */
static int64_t split_lines(const char *at, size_t size, struct text *line)
{
	int64_t n = 0;

	while (size && n < LINES_MAX) {
		const char *end = memchr(at, '\n', size);
		size_t len = end ? (size_t)(end - at) : size;

		line[n++] = (struct text){at, len};
		at += end ? len + 1 : len;
		size -= end ? len + 1 : len;
	}
	return n;
}

static void run(struct model *m, const char *type, const struct attr *a,
		const struct datum *x, uint32_t nout)
{
	struct budget budget = {.limit = (size_t)64 << 20};
	struct limits lim = {.memory = &budget, .tensor_bytes = 1 << 24};
	struct value *in = m->main->in[0];
	struct node_spec spec = {
		.domain = "", .type = type, .in = &in, .nin = 1, .nout = nout};
	struct node *n = node_new(m->main, &spec);
	struct eval r = {0};
	struct err e;

	node_set_attr(n, a);
	op_bind_node(n);
	if (!n->op)
		abort();
	/* It may fail, but only with an error. */
	(void)!eval_node(&r, n, &x, &lim, &e);
	eval_release(&r);
	if (budget.used)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text line[LINES_MAX] = {{"", 0}};
	int64_t count = split_lines((const char *)data, size, line);
	struct shape shape = SHAPE(count > 1 ? count - 1 : 0);
	struct type type = type_tensor(DTYPE_STRING, &shape);
	struct tensor t = {.dtype = DTYPE_STRING,
			   .shape = shape,
			   .data = line + 1,
			   .bytes = (size_t)shape.dim[0] * sizeof(*line)};
	struct model *m = model_new(NULL);
	char *first = arena_strndup(&m->arena, line[0].at, line[0].len);
	struct attr word = {.kind = ATTR_STRING,
			    .count = (uint32_t)line[0].len,
			    .u.s = first};
	struct attr words = {.name = "stopwords",
			     .kind = ATTR_STRINGS,
			     .count = 1,
			     .u.strings = line};
	struct datum x = datum_tensor(&t);

	model_set_opset(m, "", 20);
	graph_add_input(m->main, "x", &type);
	word.name = "pattern";
	run(m, "RegexFullMatch", &word, &x, 1);
	word.name = "delimiter";
	run(m, "StringSplit", &word, &x, 2);
	run(m, "StringNormalizer", &words, &x, 1);
	model_free(m);
	return 0;
}
