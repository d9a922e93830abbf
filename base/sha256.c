/* SPDX-License-Identifier: Apache-2.0 */
/* base/sha256.c -- SHA-256 by nettle, which uses the CPU's own instructions
 * where it has them. */
#include "base/sha256.h"

#include <nettle/sha2.h>
#include <string.h>

/* The library's macro of the same name. */
#undef sha256_init

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct sha256),
	       "room for nettle's state");

static struct sha256_ctx *context(struct sha256 *s)
{
	return (struct sha256_ctx *)s->context;
}

void sha256_init(struct sha256 *s)
{
	nettle_sha256_init(context(s));
}

void sha256_add(struct sha256 *s, const void *data, size_t bytes)
{
	/* An empty tensor may have no address. */
	if (bytes)
		nettle_sha256_update(context(s), bytes, data);
}

void sha256_add_u64(struct sha256 *s, uint64_t x)
{
	uint8_t le[8];

	for (int i = 0; i < 8; i++)
		le[i] = (uint8_t)(x >> 8 * i);
	sha256_add(s, le, sizeof(le));
}

void sha256_add_text(struct sha256 *s, const char *text)
{
	sha256_add(s, text, strlen(text) + 1);
}

void sha256_finish(struct sha256 *s, uint8_t digest[SHA256_BYTES])
{
	nettle_sha256_digest(context(s), SHA256_BYTES, digest);
}

void sha256_hex(const uint8_t digest[SHA256_BYTES], char hex[SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < SHA256_BYTES; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * SHA256_BYTES] = '\0';
}
