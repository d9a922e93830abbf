/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena.h -- region allocation: allocate many, free once. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/compiler.h"

struct arena_block;

struct arena {
	struct arena_block *top;
};

struct arena_mark {
	struct arena_block *block;
	size_t used;
};

/*
 * Zeroed storage that lives until arena_release(), or until the arena is
 * rewound past it.  Never NULL: the process exits when memory is exhausted,
 * because nothing sized by an arena is sized by an input file (those sizes
 * go through buf_alloc(), which can fail).
 */
void *arena_alloc(struct arena *a, size_t count, size_t size, size_t align);

#define arena_new(a, T) ((T *)arena_alloc((a), 1, sizeof(T), _Alignof(T)))
#define arena_array(a, T, n) \
	((T *)arena_alloc((a), (n), sizeof(T), _Alignof(T)))

char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
void *arena_memdup(struct arena *a, const void *p, size_t bytes);

/* Undo: all that was allocated after arena_mark() is gone after
 * arena_rewind(). */
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark m);

/* Bytes of all blocks, for reports. */
size_t arena_bytes(const struct arena *a);

/* Free every block; A is then empty and usable again. */
void arena_release(struct arena *a);

#endif
