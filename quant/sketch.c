/* SPDX-License-Identifier: Apache-2.0 */
/* quant/sketch.c -- sketches in memory. */
#include "quant/sketch.h"

#include <string.h>

bool sketch_init(struct sketch *s, const uint8_t model[SHA256_BYTES],
		 const char *const *name, uint32_t count, struct err *e)
{
	*s = (struct sketch){.count = count};
	memcpy(s->model, model, SHA256_BYTES);
	s->index.arena = &s->arena;
	if (!buf_array(&s->storage, count, sizeof(*s->tensor), NULL, e))
		return false;
	s->tensor = (struct sketch_tensor *)(void *)s->storage.data;
	for (uint32_t i = 0; i < count; i++) {
		struct sketch_tensor *t = &s->tensor[i];

		t->name = arena_strdup(&s->arena, name[i]);
		histogram_init(&t->histogram, &s->arena);
		if (!map_add(&s->index, t->name, i))
			bug("two calibrated tensors called '%s'", t->name);
	}
	return true;
}

void sketch_release(struct sketch *s)
{
	buf_free(&s->storage);
	arena_release(&s->arena);
	*s = (struct sketch){0};
}

const struct histogram *sketch_find(const struct sketch *s, const char *name)
{
	uint32_t i;

	if (!map_get(&s->index, name, &i))
		return NULL;
	return &s->tensor[i].histogram;
}

/* SUM += MORE, as little-endian integers modulo 2^256. */
static void add_digest(uint8_t *sum, const uint8_t *more)
{
	unsigned carry = 0;

	for (int i = 0; i < SHA256_BYTES; i++) {
		carry += (unsigned)sum[i] + more[i];
		sum[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

void sketch_count_sample(struct sketch *s, const uint8_t digest[SHA256_BYTES])
{
	add_digest(s->data, digest);
	s->samples++;
}

static bool same_tensors(const struct sketch *a, const struct sketch *b,
			 struct err *e)
{
	if (a->count != b->count)
		return err_set(e, ERR_FORMAT,
			       "one sketch has %u tensors, the other %u",
			       a->count, b->count);
	for (uint32_t i = 0; i < a->count; i++)
		if (strcmp(a->tensor[i].name, b->tensor[i].name))
			return err_set(e, ERR_FORMAT,
				       "tensor %u is called '%s' in one sketch "
				       "and '%s' in the other",
				       i, a->tensor[i].name, b->tensor[i].name);
	return true;
}

bool sketch_is_of(const struct sketch *s, const struct sketch *from,
		  struct err *e)
{
	if (memcmp(s->model, from->model, SHA256_BYTES)) {
		char a[SHA256_HEX], b[SHA256_HEX];

		sha256_hex(s->model, a);
		sha256_hex(from->model, b);
		return err_set(e, ERR_FORMAT,
			       "sketch of another model: %.12s, not %.12s", b,
			       a);
	}
	return same_tensors(s, from, e);
}

bool sketch_merge(struct sketch *s, const struct sketch *from, struct err *e)
{
	if (!sketch_is_of(s, from, e))
		return false;
	for (uint32_t i = 0; i < s->count; i++)
		if (!histogram_merge(&s->tensor[i].histogram,
				     &from->tensor[i].histogram, e))
			return err_context(e, "'%s'", s->tensor[i].name);
	add_digest(s->data, from->data);
	s->samples += from->samples;
	return true;
}
