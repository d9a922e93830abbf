/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena.c -- region allocation: a stack of blocks, newest on top. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct arena_block {
	struct arena_block *below;
	size_t size, used; /* bytes of DATA */
	_Alignas(max_align_t) unsigned char data[];
};

enum { BLOCK_MIN = 4096, BLOCK_MAX = 1 << 20 };

/* Offset of the next object of this alignment in B; DATA may itself be less
 * aligned than the object wants. */
static size_t aligned(const struct arena_block *b, size_t align)
{
	uintptr_t at = (uintptr_t)b->data + b->used;

	return b->used + (size_t)(-at & (align - 1));
}

static struct arena_block *push(struct arena *a, size_t bytes)
{
	size_t size = a->top ? a->top->size * 2 : BLOCK_MIN - sizeof(*a->top);
	struct arena_block *b;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (size < bytes)
		size = bytes;
	b = malloc(sizeof(*b) + size);
	if (!b)
		die_oom();
	b->below = a->top;
	b->size = size;
	b->used = 0;
	a->top = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t count, size_t size, size_t align)
{
	struct arena_block *b = a->top;
	size_t bytes, at;
	void *p;

	if (size != 0 && count > (SIZE_MAX / 4) / size)
		die_oom();
	bytes = count * size;
	at = b ? aligned(b, align) : 0;
	if (!b || at > b->size || b->size - at < bytes) {
		b = push(a, bytes + align);
		at = aligned(b, align);
	}
	p = b->data + at;
	b->used = at + bytes;
	memset(p, 0, bytes);
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1, 1, 1);

	if (n != 0)
		memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		bug("arena_printf: bad format '%s'", fmt);
	text = arena_alloc(a, (size_t)n + 1, 1, 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

void *arena_memdup(struct arena *a, const void *p, size_t bytes)
{
	void *copy = arena_alloc(a, bytes, 1, _Alignof(max_align_t));

	if (bytes != 0)
		memcpy(copy, p, bytes);
	return copy;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->top, a->top ? a->top->used : 0};
}

void arena_rewind(struct arena *a, struct arena_mark m)
{
	while (a->top != m.block) {
		struct arena_block *b = a->top;

		if (!b)
			bug("arena_rewind: the mark is of another arena");
		a->top = b->below;
		free(b);
	}
	if (a->top)
		a->top->used = m.used;
}

size_t arena_bytes(const struct arena *a)
{
	size_t bytes = 0;

	for (const struct arena_block *b = a->top; b; b = b->below)
		bytes += sizeof(*b) + b->size;
	return bytes;
}

void arena_release(struct arena *a)
{
	arena_rewind(a, (struct arena_mark){NULL, 0});
}
