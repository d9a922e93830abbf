/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_load.c -- loading, checking and writing back.
 *
 * A model that loads must satisfy the invariants of graph.h, must be written,
 * must load again and then be written as the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/onnx.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/inline_functions.h"
#include "tests/fuzz/fuzz.h"

static struct model *load(struct bytes file, struct budget *budget)
{
	struct limits lim = {.memory = budget};
	struct input in = {.bytes = file, .fd = -1, .dir = -1};
	struct model *m;
	struct err e;

	return onnx_read_model(&m, &in, &lim, NULL, &e) ? m : NULL;
}

static void write_to(struct memory_sink *out, const struct model *m)
{
	struct err e;

	memory_sink_init(out, NULL);
	if (!model_verify(m, &e) || !onnx_write_stream(&out->sink, m, &e))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct budget budget = {.limit = (size_t)256 << 20};
	struct model *m = load((struct bytes){data, size}, &budget), *again;
	struct memory_sink first, second;
	struct err e;

	if (!m)
		return 0;
	write_to(&first, m);
	again = load((struct bytes){first.buf.data, first.len}, &budget);
	if (!again)
		abort();
	write_to(&second, again);
	if (first.len != second.len ||
	    memcmp(first.buf.data, second.buf.data, first.len) != 0)
		abort();
	op_bind_model(m);
	if (!infer_model(m, &e) && e.code == ERR_NONE)
		abort();
	if (inline_functions(m, &limits_default, &e) && !model_verify(m, &e))
		abort();
	memory_sink_release(&first);
	memory_sink_release(&second);
	model_free(again);
	model_free(m);
	return 0;
}
