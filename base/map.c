/* SPDX-License-Identifier: Apache-2.0 */
/* base/map.c -- names to numbers: open addressing, linear probing.
 *
 * Names come from untrusted files, so the hash is keyed: SipHash-1-3 (Aumasson,
 * Bernstein 2012; fewer rounds as in most hash tables) under a key drawn from
 * the address of the table, which a file cannot know.  Nothing iterates over a
 * map, so no result depends on the key.
 */
#include "base/map.h"

#include <string.h>

struct map_slot {
	const char *key; /* NULL: free */
	uint32_t hash, value;
};

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static uint32_t hash(const struct map_slot *table, const char *key)
{
	uint64_t k0 = (uint64_t)(uintptr_t)table;
	uint64_t k1 = k0 * 0x9e3779b97f4a7c15u;
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
			 k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
	size_t len = strlen(key), left = len;

	for (;;) {
		uint64_t word = 0;

		memcpy(&word, key, left < 8 ? left : 8);
		if (left < 8)
			word |= (uint64_t)len << 56;
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
		if (left < 8)
			break;
		key += 8;
		left -= 8;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return (uint32_t)((v[0] ^ v[1] ^ v[2] ^ v[3]) >> 16);
}

/* The slot of KEY, or the free slot where it belongs. */
static struct map_slot *find(const struct map *m, const char *key, uint32_t h)
{
	uint32_t mask = m->cap - 1, i = h & mask;

	while (m->slot[i].key &&
	       (m->slot[i].hash != h || strcmp(m->slot[i].key, key) != 0))
		i = (i + 1) & mask;
	return &m->slot[i];
}

/* Keep the table at most half full. */
static void make_room(struct map *m)
{
	struct map old = *m;

	if (m->count < m->cap / 2)
		return;
	m->cap = m->cap ? m->cap * 2 : 16;
	m->slot = arena_array(m->arena, struct map_slot, m->cap);
	for (uint32_t i = 0; i < old.cap; i++) {
		struct map_slot s = old.slot[i];

		if (!s.key)
			continue;
		s.hash = hash(m->slot, s.key);
		*find(m, s.key, s.hash) = s;
	}
}

bool map_add(struct map *m, const char *key, uint32_t value)
{
	struct map_slot *s;
	uint32_t h;

	make_room(m);
	h = hash(m->slot, key);
	s = find(m, key, h);
	if (s->key)
		return false;
	*s = (struct map_slot){key, h, value};
	m->count++;
	return true;
}

void map_set(struct map *m, const char *key, uint32_t value)
{
	if (!map_add(m, key, value))
		find(m, key, hash(m->slot, key))->value = value;
}

bool map_get(const struct map *m, const char *key, uint32_t *value)
{
	const struct map_slot *s;

	if (m->count == 0)
		return false;
	s = find(m, key, hash(m->slot, key));
	if (!s->key)
		return false;
	*value = s->value;
	return true;
}
