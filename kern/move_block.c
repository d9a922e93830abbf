/* SPDX-License-Identifier: Apache-2.0 */
/* kern/move_block.c -- runs of neighbouring elements. */
#include "kern/move.h"

#include <stdint.h>
#include <string.h>

#include "base/parallel.h"

/* At most 6 bits that start at bit AT of DATA. */
static unsigned get_bits(const uint8_t *data, size_t at, unsigned width)
{
	size_t byte = at / 8;
	unsigned shift = at % 8, x = data[byte];

	if (shift + width > 8)
		x |= (unsigned)data[byte + 1] << 8;
	return x >> shift & ((1u << width) - 1);
}

static void set_bits(uint8_t *data, size_t at, unsigned width, unsigned x)
{
	size_t byte = at / 8;
	unsigned shift = at % 8, mask = ((1u << width) - 1) << shift;

	x <<= shift;
	data[byte] = (uint8_t)((data[byte] & ~mask) | x);
	if (shift + width > 8)
		data[byte + 1] = (uint8_t)((data[byte + 1] & ~(mask >> 8)) |
					   x >> 8);
}

void kern_move_block(unsigned bits, const void *in, size_t in_at, void *out,
		     size_t out_at, size_t count)
{
	size_t size = bits / 8;

	if (bits >= 8) {
		if (count)
			memcpy((uint8_t *)out + out_at * size,
			       (const uint8_t *)in + in_at * size,
			       count * size);
		return;
	}
	if (in_at * bits % 8 == 0 && out_at * bits % 8 == 0) {
		size_t whole = count * bits / 8;

		memcpy((uint8_t *)out + out_at * bits / 8,
		       (const uint8_t *)in + in_at * bits / 8, whole);
		for (size_t i = whole * 8 / bits; i < count; i++)
			set_bits(out, (out_at + i) * bits, bits,
				 get_bits(in, (in_at + i) * bits, bits));
		return;
	}
	for (size_t i = 0; i < count; i++)
		set_bits(out, (out_at + i) * bits, bits,
			 get_bits(in, (in_at + i) * bits, bits));
}

void kern_move_fill(unsigned bits, const void *value, size_t value_at,
		    void *out, size_t at, size_t count)
{
	size_t size = bits / 8, done = 1;
	uint8_t *to = (uint8_t *)out + at * size;

	if (!count)
		return;
	if (bits < 8) {
		unsigned x = get_bits(value, value_at * bits, bits);

		for (size_t i = 0; i < count; i++)
			set_bits(out, (at + i) * bits, bits, x);
		return;
	}
	memcpy(to, (const uint8_t *)value + value_at * size, size);
	while (done < count) { /* double what is filled */
		size_t n = done < count - done ? done : count - done;

		memcpy(to + done * size, to, n * size);
		done += n;
	}
}

struct rows_job {
	struct job job;
	unsigned bits;
	const void *in;
	void *out;
	size_t extent, inner, count;
	const size_t *index;
};

static void rows_run(struct job *self, size_t begin, size_t end)
{
	const struct rows_job *r = (const struct rows_job *)self;

	for (size_t k = begin; k < end; k++)
		kern_move_block(
			r->bits, r->in,
			(k / r->count * r->extent + r->index[k % r->count]) *
				r->inner,
			r->out, k * r->inner, r->inner);
}

void kern_move_rows(unsigned bits, const void *in, size_t outer, size_t extent,
		    size_t inner, const size_t *index, size_t count, void *out)
{
	struct rows_job r = {
		.job = {rows_run},
		.bits = bits,
		.in = in,
		.out = out,
		.extent = extent,
		.inner = inner,
		.count = count,
		.index = index,
	};
	size_t rows = outer * count, bytes = inner * bits / 8;

	/* Rows of packed types share bytes. */
	if (bits < 8)
		rows_run(&r.job, 0, rows);
	else
		parallel_for(&r.job, rows, 65536 / (bytes ? bytes : 1) + 1);
}
