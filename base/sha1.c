/* SPDX-License-Identifier: Apache-2.0 */
/* base/sha1.c -- SHA-1 as FIPS 180-4 writes it down. */
#include "base/sha1.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64 };

static uint32_t rotate(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

/* FIPS 180-4, 4.1.1 and 4.2.1: the function and the constant of round T. */
static uint32_t round_term(int t, const uint32_t v[5])
{
	uint32_t b = v[1], c = v[2], d = v[3];

	if (t < 20)
		return ((b & c) ^ (~b & d)) + 0x5a827999;
	if (t < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (t < 60)
		return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

static void mix(uint32_t state[5], const uint8_t *block)
{
	uint32_t w[80], v[5];

	for (int t = 0; t < 16; t++, block += 4)
		w[t] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
		       (uint32_t)block[2] << 8 | block[3];
	for (int t = 16; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	memcpy(v, state, sizeof(v));
	for (int t = 0; t < 80; t++) {
		uint32_t next = rotate(v[0], 5) + round_term(t, v) + v[4] +
				w[t];

		memmove(v + 1, v, 4 * sizeof(*v));
		v[2] = rotate(v[2], 30);
		v[0] = next;
	}
	for (int i = 0; i < 5; i++)
		state[i] += v[i];
}

void sha1_hex(const void *data, size_t bytes, char hex[SHA1_HEX])
{
	uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
			     0xc3d2e1f0};
	const uint8_t *at = data;
	uint8_t tail[2 * BLOCK] = {0};
	size_t left = bytes, end;

	for (; left >= BLOCK; left -= BLOCK, at += BLOCK)
		mix(state, at);
	if (left)
		memcpy(tail, at, left);
	tail[left] = 0x80;
	end = left + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
	for (int i = 0; i < 8; i++)
		tail[end - 1 - (size_t)i] = (uint8_t)((uint64_t)bytes * 8 >>
						      8 * i);
	mix(state, tail);
	if (end > BLOCK)
		mix(state, tail + BLOCK);
	for (int i = 0; i < 5; i++)
		snprintf(hex + 8 * i, 9, "%08x", (unsigned)state[i]);
}
