/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_sketch.c -- calibration sketches.
 *
 * The input is a sketch without the digest at its end, which would keep every
 * change from being read.  What is read must be written as the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "quant/sketch.h"
#include "tests/fuzz/fuzz.h"

static void must_be_the_same(const struct sketch *s, struct bytes file)
{
	struct memory_sink out;
	struct err e;

	memory_sink_init(&out, NULL);
	if (!sketch_write(s, &out.sink, &e) || out.len != file.len ||
	    memcmp(out.buf.data, file.at, file.len))
		abort();
	memory_sink_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct budget budget = {.limit = (size_t)256 << 20};
	struct limits lim = limits_default;
	uint8_t *file = malloc(size + SHA256_BYTES);
	struct bytes bytes = {file, size + SHA256_BYTES};
	struct sha256 d;
	struct sketch s;
	struct err e;

	if (!file)
		abort();
	lim.memory = &budget;
	if (size)
		memcpy(file, data, size);
	sha256_init(&d);
	sha256_add(&d, file, size);
	sha256_finish(&d, file + size);
	if (sketch_read(&s, bytes, &lim, &e)) {
		must_be_the_same(&s, bytes);
		sketch_release(&s);
	} else if (e.code != ERR_FORMAT && e.code != ERR_LIMIT &&
		   e.code != ERR_UNSUPPORTED) {
		abort();
	}
	free(file);
	return 0;
}
