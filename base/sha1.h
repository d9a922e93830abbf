/* SPDX-License-Identifier: Apache-2.0 */
/* base/sha1.h -- SHA-1, for checksums that a file format prescribes; it keeps
 * nobody from forging.
 */
#ifndef BASE_SHA1_H
#define BASE_SHA1_H

#include <stddef.h>

enum { SHA1_HEX = 41 };

/* The digest of BYTES at DATA in lower-case hexadecimal, terminated. */
void sha1_hex(const void *data, size_t bytes, char hex[SHA1_HEX]);

#endif
