/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_onnxtxt.c -- ONNX's text syntax.
 *
 * What parses must satisfy the invariants of graph.h, and must be printed as
 * text that parses and prints the same.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/onnxtxt.h"
#include "tests/fuzz/fuzz.h"

static void print(struct memory_sink *out, const struct model *m)
{
	struct err e;

	memory_sink_init(out, NULL);
	if (!model_verify(m, &e) || !onnxtxt_print(&out->sink, m, NULL, &e))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct budget budget = {.limit = (size_t)256 << 20};
	struct limits lim = {.memory = &budget};
	struct memory_sink first, second;
	struct model *m, *again;
	struct bytes text = {data, size};
	struct err e;

	if (!onnxtxt_parse(&m, text, &lim, &e))
		return 0;
	print(&first, m);
	text = (struct bytes){first.buf.data, first.len};
	if (!onnxtxt_parse(&again, text, &lim, &e))
		abort();
	print(&second, again);
	if (first.len != second.len ||
	    memcmp(first.buf.data, second.buf.data, first.len) != 0)
		abort();
	memory_sink_release(&first);
	memory_sink_release(&second);
	model_free(again);
	model_free(m);
	return 0;
}
