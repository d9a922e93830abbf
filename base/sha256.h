/* SPDX-License-Identifier: Apache-2.0 */
/* base/sha256.h -- SHA-256 (FIPS 180-4): names for contents. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX = 2 * SHA256_BYTES + 1 };

struct sha256 {
	uint64_t context[16]; /* nettle's, whose header renames functions */
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t bytes);
/* Numbers go in as little-endian bytes, texts with their terminator. */
void sha256_add_u64(struct sha256 *s, uint64_t x);
void sha256_add_text(struct sha256 *s, const char *text);
/* The digest; S must be initialised again before more is added. */
void sha256_finish(struct sha256 *s, uint8_t digest[SHA256_BYTES]);

/* Lower-case hexadecimal, terminated. */
void sha256_hex(const uint8_t digest[SHA256_BYTES], char hex[SHA256_HEX]);

#endif
