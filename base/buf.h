/* SPDX-License-Identifier: Apache-2.0 */
/* base/buf.h -- counted storage whose size comes from a file or a shape. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A view of bytes that somebody else owns; no alignment promise. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

/* How much may be allocated in total; LIMIT 0 means no limit. */
struct budget {
	size_t limit, used, peak;
};

/* Owned storage, aligned to BUF_ALIGN; DATA is NULL when BYTES is 0. */
struct buf {
	uint8_t *data;
	size_t bytes;
	struct budget *budget; /* counted against; may be NULL */
};

enum { BUF_ALIGN = 64 };

/*
 * BYTES of uninitialised storage in *OUT, counted against BUDGET (may be
 * NULL); free with buf_free().  Fails with ERR_LIMIT when the budget is
 * exhausted and ERR_MEMORY when the system has no more.
 */
MUST_USE bool buf_alloc(struct buf *out, size_t bytes, struct budget *budget,
			struct err *e);

/* COUNT * SIZE bytes, with the product checked (ERR_LIMIT). */
MUST_USE bool buf_array(struct buf *out, size_t count, size_t size,
			struct budget *budget, struct err *e);

/* Grow or shrink, keeping the content. */
MUST_USE bool buf_resize(struct buf *b, size_t bytes, struct err *e);

void buf_free(struct buf *b);

#endif
