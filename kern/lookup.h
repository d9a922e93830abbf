/* SPDX-License-Identifier: Apache-2.0 */
/* kern/lookup.h -- functions of bytes, as tables. */
#ifndef KERN_LOOKUP_H
#define KERN_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

/* Y[i] = TABLE[X[i]], i < N; TABLE has 256 entries; Y may be X. */
void kern_lookup_u8(const uint8_t *table, const uint8_t *x, uint8_t *y,
		    size_t n);

#endif
