/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_image.c -- files of images, decoded and resized. */
#include <stdlib.h>

#include "image/image.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct budget budget = {.limit = (size_t)16 << 20};
	struct bytes file = {data, size};
	struct image x;
	struct err e;

	if (image_decode(&x, file, &budget, &e)) {
		if (image_cover(&x, 24, 17, &budget, &e) &&
		    (x.width != 24 || x.height != 17))
			abort();
		image_free(&x);
	}
	if (budget.used)
		abort();
	return 0;
}
