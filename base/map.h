/* SPDX-License-Identifier: Apache-2.0 */
/* base/map.h -- names to numbers: the one hash table. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct map_slot;

/* Keys are borrowed and must outlive the map; storage comes from ARENA.
 * Start with { .arena = a }. */
struct map {
	struct arena *arena;
	struct map_slot *slot;
	uint32_t count, cap;
};

/* Put KEY -> VALUE; false, and nothing changes, if KEY is already there. */
bool map_add(struct map *m, const char *key, uint32_t value);

/* Put or overwrite. */
void map_set(struct map *m, const char *key, uint32_t value);

bool map_get(const struct map *m, const char *key, uint32_t *value);

#endif
