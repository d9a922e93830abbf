/* SPDX-License-Identifier: Apache-2.0 */
/* formats/zip.c -- reading zip archives; see zip.h. */
#include "formats/zip.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/map.h"

enum {
	END_BYTES = 22,
	END64_BYTES = 56,
	LOCATOR_BYTES = 20,
	CENTRAL_BYTES = 46,
	LOCAL_BYTES = 30,
	COMMENT_MAX = 65535,
	RATIO_MAX = 1032, /* deflate: 258 bytes for two bits */
	STORED = 0,
	DEFLATED = 8,
	FLAG_ENCRYPTED = 1,
};

static const char bad_directory[] = "the archive's directory is damaged";

/* Little-endian numbers; the caller has checked the bounds. */
static uint32_t get16(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

static uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* Where the central directory lies. */
struct directory {
	uint64_t at, bytes, count;
};

/* The end record: the last one whose comment reaches the end of the file. */
static const uint8_t *find_end(struct bytes z)
{
	size_t most = z.len < END_BYTES + COMMENT_MAX ? z.len
						      : END_BYTES + COMMENT_MAX;

	for (size_t back = END_BYTES; back <= most; back++) {
		const uint8_t *p = z.at + z.len - back;

		if (get32(p) == 0x06054b50 && get16(p + 20) + END_BYTES == back)
			return p;
	}
	return NULL;
}

/* The zip64 end record, for which END has a locator in front of it. */
static bool read_end64(struct bytes z, const uint8_t *end, struct directory *d,
		       struct err *e)
{
	const uint8_t *p = end - LOCATOR_BYTES;
	uint64_t at;

	if (end - z.at < LOCATOR_BYTES || get32(p) != 0x07064b50)
		return true; /* none */
	at = get64(p + 8);
	if (z.len < END64_BYTES || at > z.len - END64_BYTES ||
	    get32(z.at + at) != 0x06064b50 || get32(p + 4) != 0)
		return err_set(e, ERR_FORMAT, "%s (zip64 end record)",
			       bad_directory);
	d->count = get64(z.at + at + 32);
	d->bytes = get64(z.at + at + 40);
	d->at = get64(z.at + at + 48);
	return true;
}

static bool find_directory(struct bytes z, struct directory *d,
			   const struct limits *lim, struct err *e)
{
	const uint8_t *end = find_end(z);

	if (!end)
		return err_set(e, ERR_FORMAT,
			       "the archive has no directory (is it cut "
			       "off?)");
	if (get16(end + 4) != 0 || get16(end + 6) != 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "the archive spans several disks");
	d->count = get16(end + 10);
	d->bytes = get32(end + 12);
	d->at = get32(end + 16);
	if (!read_end64(z, end, d, e))
		return false;
	if (d->at > z.len || d->bytes > z.len - d->at)
		return err_set(e, ERR_FORMAT, "%s (its place)", bad_directory);
	if (d->count > lim->members)
		return err_set(e, ERR_LIMIT,
			       "the archive has %" PRIu64
			       " members, the limit is %u",
			       d->count, (unsigned)lim->members);
	if (d->count > d->bytes / CENTRAL_BYTES)
		return err_set(e, ERR_FORMAT, "%s (its length)", bad_directory);
	return true;
}

/* A central entry while it is read. */
struct entry {
	uint64_t stored_bytes, bytes, local;
	uint32_t flags, method, crc;
	struct bytes name, extra;
};

/* Sizes that do not fit 32 bits are in the extra field 1. */
static bool read_extra64(struct entry *x, struct err *e)
{
	const uint8_t *p = x->extra.at, *end = p + x->extra.len;
	uint64_t *slot[] = {&x->bytes, &x->stored_bytes, &x->local};

	for (; end - p >= 4; p += 4 + get16(p + 2)) {
		const uint8_t *at = p + 4;
		uint32_t left = get16(p + 2);

		if (left > (size_t)(end - at))
			break;
		if (get16(p) != 1)
			continue;
		for (size_t i = 0; i < COUNT_OF(slot); i++) {
			if (*slot[i] != UINT32_MAX)
				continue;
			if (left < 8)
				return err_set(e, ERR_FORMAT,
					       "%s (zip64 sizes)",
					       bad_directory);
			*slot[i] = get64(at);
			at += 8;
			left -= 8;
		}
		return true;
	}
	return true;
}

/* The entry at *AT of the directory that ends at END. */
static bool read_central(const uint8_t **at, const uint8_t *end,
			 struct entry *x, struct err *e)
{
	const uint8_t *p = *at;
	size_t name, extra, comment;

	if (end - p < CENTRAL_BYTES || get32(p) != 0x02014b50)
		return err_set(e, ERR_FORMAT, "%s (an entry)", bad_directory);
	name = get16(p + 28);
	extra = get16(p + 30);
	comment = get16(p + 32);
	if (name + extra + comment > (size_t)(end - p) - CENTRAL_BYTES)
		return err_set(e, ERR_FORMAT, "%s (a name)", bad_directory);
	*x = (struct entry){
		.flags = get16(p + 8),
		.method = get16(p + 10),
		.crc = get32(p + 16),
		.stored_bytes = get32(p + 20),
		.bytes = get32(p + 24),
		.local = get32(p + 42),
		.name = {p + CENTRAL_BYTES, name},
		.extra = {p + CENTRAL_BYTES + name, extra},
	};
	*at = p + CENTRAL_BYTES + name + extra + comment;
	return read_extra64(x, e);
}

/* Names are only labels here, but none may look like a way out. */
static bool name_is_sound(struct bytes name)
{
	const char *s = (const char *)name.at, *end = s + name.len;

	if (!name.len || memchr(s, '\0', name.len))
		return false;
	while (s < end) {
		size_t n = 0;

		while (s + n < end && s[n] != '/' && s[n] != '\\')
			n++;
		if (n == 2 && s[0] == '.' && s[1] == '.')
			return false;
		s += n + 1;
	}
	return true;
}

/* The data of X, behind its local header, before the directory D. */
static bool find_data(struct bytes z, const struct directory *d,
		      const struct entry *x, struct zip_member *m,
		      struct err *e)
{
	const uint8_t *p = z.at + x->local;
	uint64_t at;

	if (x->local > d->at || d->at - x->local < LOCAL_BYTES ||
	    get32(p) != 0x04034b50)
		return err_set(e, ERR_FORMAT, "member '%s' has no local header",
			       m->name);
	at = x->local + LOCAL_BYTES + get16(p + 26) + get16(p + 28);
	if (at > d->at || d->at - at < x->stored_bytes)
		return err_set(e, ERR_FORMAT,
			       "member '%s' reaches into the directory",
			       m->name);
	if (get16(p + 26) != x->name.len ||
	    memcmp(p + LOCAL_BYTES, x->name.at, x->name.len) ||
	    get16(p + 8) != x->method)
		return err_set(e, ERR_FORMAT,
			       "member '%s' has another local header", m->name);
	m->stored = (struct bytes){z.at + at, x->stored_bytes};
	return true;
}

static bool make_member(struct bytes z, const struct directory *d,
			const struct entry *x, struct zip_member *m,
			struct err *e)
{
	*m = (struct zip_member){.name = m->name,
				 .bytes = x->bytes,
				 .crc = x->crc,
				 .deflated = x->method == DEFLATED};
	if (!name_is_sound(x->name))
		return err_set(e, ERR_FORMAT, "member name '%s' is not allowed",
			       m->name);
	if (x->flags & FLAG_ENCRYPTED)
		return err_set(e, ERR_UNSUPPORTED, "member '%s' is encrypted",
			       m->name);
	if (x->method != STORED && x->method != DEFLATED)
		return err_set(e, ERR_UNSUPPORTED,
			       "member '%s' is compressed by method %u, read "
			       "are 0 (stored) and 8 (deflated)",
			       m->name, (unsigned)x->method);
	if (!m->deflated && x->bytes != x->stored_bytes)
		return err_set(e, ERR_FORMAT,
			       "member '%s' is stored, but %" PRIu64
			       " bytes became %" PRIu64,
			       m->name, x->bytes, x->stored_bytes);
	if (m->deflated && x->bytes / RATIO_MAX > x->stored_bytes)
		return err_set(e, ERR_LIMIT,
			       "member '%s' claims %" PRIu64
			       " bytes of %" PRIu64
			       ", more than deflate's %d : 1",
			       m->name, x->bytes, x->stored_bytes, RATIO_MAX);
	return find_data(z, d, x, m, e);
}

static int by_place(const void *a, const void *b)
{
	const struct zip_member *const *x = a, *const *y = b;

	return ((*x)->stored.at > (*y)->stored.at) -
	       ((*x)->stored.at < (*y)->stored.at);
}

static bool refuse_overlaps(const struct zip *z, struct arena *a, struct err *e)
{
	const struct zip_member **m = arena_array(a, const struct zip_member *,
						  z->count);

	for (uint32_t i = 0; i < z->count; i++)
		m[i] = &z->at[i];
	if (z->count)
		qsort(m, z->count, sizeof(*m), by_place);
	for (uint32_t i = 1; i < z->count; i++)
		/* A header lies between the data of two members. */
		if ((size_t)(m[i]->stored.at - m[i - 1]->stored.at) <
		    m[i - 1]->stored.len + LOCAL_BYTES)
			return err_set(e, ERR_FORMAT,
				       "members '%s' and '%s' overlap",
				       m[i - 1]->name, m[i]->name);
	return true;
}

bool zip_open(struct zip *z, struct bytes archive, struct arena *a,
	      const struct limits *lim, struct err *e)
{
	struct directory d = {0};
	struct map names = {.arena = a};
	const uint8_t *at, *end;

	*z = (struct zip){0};
	if (archive.len < END_BYTES)
		return err_set(e, ERR_FORMAT, "%zu bytes are no archive",
			       archive.len);
	if (!find_directory(archive, &d, lim, e))
		return false;
	at = archive.at + d.at;
	end = at + d.bytes;
	z->at = arena_array(a, struct zip_member, d.count);
	for (; z->count < d.count; z->count++) {
		struct zip_member *m = &z->at[z->count];
		struct entry x;

		if (!read_central(&at, end, &x, e))
			return false;
		m->name = arena_strndup(a, (const char *)x.name.at, x.name.len);
		if (!make_member(archive, &d, &x, m, e))
			return false;
		if (!map_add(&names, m->name, 0))
			return err_set(e, ERR_FORMAT,
				       "member '%s' is there twice", m->name);
	}
	return refuse_overlaps(z, a, e);
}

/* ---- contents ----------------------------------------------------------- */

static uint32_t checksum(const uint8_t *at, size_t n)
{
	return (uint32_t)crc32_z(0, at, n);
}

/* All of M into TO; zlib's counters hold 32 bits, so it goes in steps. */
static bool inflate_member(const struct zip_member *m, uint8_t *to,
			   struct err *e)
{
	const size_t step = 1 << 30;
	size_t in = m->stored.len, out = m->bytes;
	z_stream s = {.next_in = (uint8_t *)(uintptr_t)m->stored.at,
		      .next_out = to};
	uint8_t spare;
	int status;

	if (!m->bytes)
		s.next_out = &spare;
	if (inflateInit2(&s, -MAX_WBITS) != Z_OK)
		return err_set(e, ERR_MEMORY, "zlib has no memory");
	do {
		if (!s.avail_in) {
			s.avail_in = (uInt)(in < step ? in : step);
			in -= s.avail_in;
		}
		if (!s.avail_out) {
			s.avail_out = (uInt)(out < step ? out : step);
			out -= s.avail_out;
		}
		/* Without progress it is Z_BUF_ERROR. */
		status = inflate(&s, Z_NO_FLUSH);
	} while (status == Z_OK);
	inflateEnd(&s);
	if (status != Z_STREAM_END || out || s.avail_out)
		return err_set(e, ERR_FORMAT,
			       "member '%s' does not inflate to %" PRIu64
			       " bytes",
			       m->name, m->bytes);
	return true;
}

bool zip_extract(const struct zip_member *m, uint8_t *to, struct err *e)
{
	const uint8_t *at = m->deflated ? to : m->stored.at;

	if (m->deflated && !inflate_member(m, to, e))
		return false;
	if (checksum(at, m->bytes) != m->crc)
		return err_set(e, ERR_FORMAT,
			       "member '%s' has a wrong checksum", m->name);
	return true;
}
