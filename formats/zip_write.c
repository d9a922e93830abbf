/* SPDX-License-Identifier: Apache-2.0 */
/* formats/zip_write.c -- writing zip archives; see zip.h. */
#include <string.h>
#include <zlib.h>

#include "base/str.h"
#include "formats/zip.h"

enum {
	LOCAL_BYTES = 30,
	EXTRA64_BYTES = 4 + 2 * 8,
	VERSION = 20,
	VERSION_64 = 45,
	UTF8_NAMES = 1 << 11,
	DATE_1980 = 1 << 5 | 1, /* 1 January */
	PADDING_ID = 0xd935,	/* as Android's zipalign */
	PADDING_LEAST = 4 + 2,
};

struct zip_entry {
	const char *name;
	uint64_t bytes, local;
	uint32_t crc;
	struct zip_entry *next;
};

static void put16(struct str *s, uint64_t x)
{
	str_addc(s, (char)(x & 255));
	str_addc(s, (char)(x >> 8 & 255));
}

static void put32(struct str *s, uint64_t x)
{
	put16(s, x);
	put16(s, x >> 16);
}

static void put64(struct str *s, uint64_t x)
{
	put32(s, x);
	put32(s, x >> 32);
}

/* X where 32 bits do, else the mark that sends readers to the zip64 field. */
static uint64_t low32(uint64_t x)
{
	return x < UINT32_MAX ? x : UINT32_MAX;
}

static bool emit(struct zip_writer *w, struct str *s, struct err *e)
{
	bool ok = sink_write(w->sink, s->text, s->len, e);

	w->offset += s->len;
	str_release(s);
	return ok;
}

void zip_writer_init(struct zip_writer *w, struct sink *sink)
{
	*w = (struct zip_writer){.sink = sink};
}

/* The fields that local and central headers share. */
static void put_common(struct str *s, const struct zip_entry *x, bool large)
{
	put16(s, large ? VERSION_64 : VERSION);
	put16(s, UTF8_NAMES);
	put16(s, 0); /* stored */
	put16(s, 0); /* midnight */
	put16(s, DATE_1980);
	put32(s, x->crc);
	put32(s, large ? UINT32_MAX : x->bytes);
	put32(s, large ? UINT32_MAX : x->bytes);
	put16(s, strlen(x->name));
}

static void put_local(struct str *s, const struct zip_entry *x)
{
	bool large = x->bytes >= UINT32_MAX;
	size_t extra = large ? EXTRA64_BYTES : 0;
	uint64_t data = x->local + LOCAL_BYTES + strlen(x->name) + extra;
	size_t padding = (size_t)(-data % ZIP_ALIGN);

	if (padding && padding < PADDING_LEAST)
		padding += ZIP_ALIGN;
	put32(s, 0x04034b50);
	put_common(s, x, large);
	put16(s, extra + padding);
	str_add(s, x->name);
	if (large) {
		put16(s, 1);
		put16(s, EXTRA64_BYTES - 4);
		put64(s, x->bytes);
		put64(s, x->bytes);
	}
	if (padding) {
		put16(s, PADDING_ID);
		put16(s, padding - 4);
		put16(s, ZIP_ALIGN);
		for (size_t i = PADDING_LEAST; i < padding; i++)
			str_addc(s, '\0');
	}
}

bool zip_writer_add(struct zip_writer *w, const char *name,
		    const struct bytes *piece, size_t count, struct err *e)
{
	struct zip_entry *x = arena_new(&w->arena, struct zip_entry);
	struct str head = {0};

	if (strlen(name) > UINT16_MAX)
		return err_set(e, ERR_UNSUPPORTED,
			       "a member name of %zu bytes does not fit an "
			       "archive",
			       strlen(name));
	x->name = arena_strdup(&w->arena, name);
	x->local = w->offset;
	for (size_t i = 0; i < count; i++) {
		if (!piece[i].len) /* crc32_z() takes NULL for a reset */
			continue;
		x->crc = (uint32_t)crc32_z(x->crc, piece[i].at, piece[i].len);
		x->bytes += piece[i].len;
	}
	*(w->last ? &w->last->next : &w->first) = x;
	w->last = x;
	w->count++;
	put_local(&head, x);
	if (!emit(w, &head, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!sink_write(w->sink, piece[i].at, piece[i].len, e))
			return false;
		w->offset += piece[i].len;
	}
	return true;
}

static void put_central(struct str *s, const struct zip_entry *x)
{
	bool large = x->bytes >= UINT32_MAX;
	bool far = x->local >= UINT32_MAX;

	put32(s, 0x02014b50);
	put16(s, VERSION_64); /* made by */
	put_common(s, x, large);
	put16(s, large || far ? 4 + (large ? 16u : 0u) + (far ? 8u : 0u) : 0);
	put16(s, 0);	       /* comment */
	put16(s, 0);	       /* disk */
	put16(s, 0);	       /* internal attributes */
	put32(s, 0600u << 16); /* external: rw------- */
	put32(s, low32(x->local));
	str_add(s, x->name);
	if (!large && !far)
		return;
	put16(s, 1);
	put16(s, (large ? 16u : 0u) + (far ? 8u : 0u));
	if (large) {
		put64(s, x->bytes);
		put64(s, x->bytes);
	}
	if (far)
		put64(s, x->local);
}

static void put_end64(struct str *s, const struct zip_writer *w, uint64_t at,
		      uint64_t bytes)
{
	put32(s, 0x06064b50);
	put64(s, 56 - 12);
	put16(s, VERSION_64);
	put16(s, VERSION_64);
	put32(s, 0);
	put32(s, 0);
	put64(s, w->count);
	put64(s, w->count);
	put64(s, bytes);
	put64(s, at);
	put32(s, 0x07064b50);
	put32(s, 0);
	put64(s, at + bytes);
	put32(s, 1);
}

bool zip_writer_finish(struct zip_writer *w, struct err *e)
{
	uint64_t at = w->offset, bytes;
	struct str s = {0};
	uint64_t count = w->count < UINT16_MAX ? w->count : UINT16_MAX;

	for (const struct zip_entry *x = w->first; x; x = x->next)
		put_central(&s, x);
	bytes = s.len;
	if (at >= UINT32_MAX || bytes >= UINT32_MAX || w->count >= UINT16_MAX)
		put_end64(&s, w, at, bytes);
	put32(&s, 0x06054b50);
	put16(&s, 0);
	put16(&s, 0);
	put16(&s, count);
	put16(&s, count);
	put32(&s, low32(bytes));
	put32(&s, low32(at));
	put16(&s, 0);
	return emit(w, &s, e);
}

void zip_writer_release(struct zip_writer *w)
{
	arena_release(&w->arena);
	*w = (struct zip_writer){0};
}
