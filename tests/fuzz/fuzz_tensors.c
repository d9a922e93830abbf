/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_tensors.c -- .npy, .npz and IDX files.
 *
 * Whatever can be read is written as .npz, and read back as the same shapes
 * and bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "tests/fuzz/fuzz.h"

static bool read_as(struct tensor_set *set, const char *format,
		    struct bytes file, struct budget *budget)
{
	struct limits given = {.memory = budget, .tensor_bytes = 1 << 26};
	struct limits lim = limits_filled(&given);
	struct input in = {.bytes = file, .fd = -1, .dir = -1};
	struct err e;

	*set = (struct tensor_set){.budget = budget};
	set->input = (struct input){.fd = -1, .dir = -1};
	if (format_find(format)->read_tensors(set, &in, &lim, &e)) {
		/* The bytes are the fuzzer's, not a map of ours. */
		set->input = (struct input){.fd = -1, .dir = -1};
		return true;
	}
	tensor_set_release(set);
	return false;
}

/* Strings are rows of pointers, and may lose zeros at their ends. */
static void compare(const struct tensor *a, const struct tensor *b)
{
	if (a->dtype != b->dtype || !shape_equal(&a->shape, &b->shape))
		abort();
	if (a->dtype != DTYPE_STRING && a->bytes &&
	    (a->bytes != b->bytes || memcmp(a->data, b->data, a->bytes) != 0))
		abort();
}

static void round_trip(const struct tensor_set *set, struct budget *budget)
{
	struct memory_sink out;
	struct tensor_set again;
	struct err e;

	memory_sink_init(&out, NULL);
	if (format_find("npz")->write_tensors(&out.sink, set->at, set->count,
					      &e)) {
		if (!read_as(&again, "npz",
			     (struct bytes){out.buf.data, out.len}, budget) ||
		    again.count != set->count)
			abort();
		for (uint32_t i = 0; i < set->count; i++)
			compare(&set->at[i].datum.tensor,
				&again.at[i].datum.tensor);
		tensor_set_release(&again);
	} else if (e.code != ERR_UNSUPPORTED) {
		abort();
	}
	memory_sink_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = {"npy", "npz", "idx"};
	struct budget budget = {.limit = (size_t)256 << 20};
	struct bytes file = {data, size};
	struct tensor_set set;

	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		if (!read_as(&set, formats[i], file, &budget))
			continue;
		round_trip(&set, &budget);
		tensor_set_release(&set);
	}
	if (budget.used)
		abort();
	return 0;
}
