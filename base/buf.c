/* SPDX-License-Identifier: Apache-2.0 */
/* base/buf.c -- counted storage whose size comes from a file or a shape. */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Count BYTES more against the budget. */
static bool charge(struct budget *b, size_t bytes, struct err *e)
{
	if (!b)
		return true;
	if (bytes > SIZE_MAX - b->used ||
	    (b->limit != 0 && b->used + bytes > b->limit))
		return err_set(e, ERR_LIMIT,
			       "%zu bytes more would exceed the memory limit "
			       "of %zu bytes (%zu in use)",
			       bytes, b->limit, b->used);
	b->used += bytes;
	if (b->used > b->peak)
		b->peak = b->used;
	return true;
}

static void refund(struct budget *b, size_t bytes)
{
	if (b)
		b->used -= bytes;
}

/* Large storage lies on huge pages, where the system has them: one page fault
 * for 2 MiB, and fewer misses when it is read. */
static const size_t huge = (size_t)2 << 20;

static uint8_t *allocate(size_t bytes, struct err *e)
{
	size_t align = bytes >= huge ? huge : BUF_ALIGN;
	void *p = NULL;

	if (bytes > SIZE_MAX / 2 || posix_memalign(&p, align, bytes) != 0) {
		err_set(e, err_memory_is_limited() ? ERR_LIMIT : ERR_MEMORY,
			"cannot allocate %zu bytes", bytes);
		return NULL;
	}
#ifdef MADV_HUGEPAGE
	/* Only whole pages: the rest would be memory that nobody asked for. */
	if (align == huge)
		madvise(p, bytes / huge * huge, MADV_HUGEPAGE);
#endif
	return p;
}

bool buf_alloc(struct buf *out, size_t bytes, struct budget *budget,
	       struct err *e)
{
	*out = (struct buf){NULL, 0, budget};
	if (bytes == 0)
		return true;
	if (!charge(budget, bytes, e))
		return false;
	out->data = allocate(bytes, e);
	if (!out->data) {
		refund(budget, bytes);
		return false;
	}
	out->bytes = bytes;
	return true;
}

bool buf_array(struct buf *out, size_t count, size_t size,
	       struct budget *budget, struct err *e)
{
	*out = (struct buf){NULL, 0, budget};
	if (size != 0 && count > SIZE_MAX / 2 / size)
		return err_set(e, ERR_LIMIT,
			       "%zu elements of %zu bytes do not fit in memory",
			       count, size);
	return buf_alloc(out, count * size, budget, e);
}

bool buf_resize(struct buf *b, size_t bytes, struct err *e)
{
	struct buf grown;

	if (bytes == b->bytes)
		return true;
	if (!buf_alloc(&grown, bytes, b->budget, e))
		return false;
	if (bytes != 0 && b->bytes != 0)
		memcpy(grown.data, b->data,
		       bytes < b->bytes ? bytes : b->bytes);
	buf_free(b);
	*b = grown;
	return true;
}

void buf_free(struct buf *b)
{
	refund(b->budget, b->bytes);
	free(b->data);
	b->data = NULL;
	b->bytes = 0;
}
