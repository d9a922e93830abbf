/* SPDX-License-Identifier: Apache-2.0 */
/* image/j2k_header.c -- see j2k_header.h.
 *
 * Source: ITU-T T.800, Annex A.5.1 (SIZ) and Annex I (boxes).
 */
#include "image/j2k_header.h"

#include <string.h>

static const uint8_t box_start[12] = {0,   0,	0,  12, 'j', 'P',
				      ' ', ' ', 13, 10, 135, 10};
static const uint8_t code_start[4] = {0xff, 0x4f, 0xff, 0x51};

static bool starts(struct bytes x, const uint8_t *with, size_t n)
{
	return x.len >= n && !memcmp(x.at, with, n);
}

/* Some write the signature in capitals, "jP" with other blanks; the one of
 * the standard is 6A 50 20 20. */
bool j2k_probe(struct bytes head)
{
	return starts(head, box_start, sizeof(box_start)) ||
	       starts(head, code_start, sizeof(code_start));
}

static uint32_t get(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static bool bad(struct err *e, const char *what)
{
	return err_set(e, ERR_FORMAT, "JPEG 2000: %s", what);
}

/* The next box of LEFT, which is taken: its content, with TYPE before it. */
static bool next_box(struct bytes *left, const uint8_t **type,
		     struct bytes *box)
{
	uint64_t size, head = 8;

	if (left->len < 8)
		return false;
	size = get(left->at);
	*type = left->at + 4;
	if (size == 1) { /* 64 bits follow */
		if (left->len < 16)
			return false;
		size = (uint64_t)get(left->at + 8) << 32 | get(left->at + 12);
		head = 16;
	}
	if (size == 0) /* to the end of the file */
		size = left->len;
	if (size < head || size > left->len)
		return false;
	*box = (struct bytes){left->at + head, (size_t)(size - head)};
	left->at += size;
	left->len -= (size_t)size;
	return true;
}

/* The most columns of any palette in the header box. */
static size_t palette_columns(struct bytes header)
{
	const uint8_t *type;
	struct bytes box;
	size_t most = 0;

	while (next_box(&header, &type, &box))
		if (!memcmp(type, "pclr", 4) && box.len >= 3 &&
		    box.at[2] > most)
			most = box.at[2];
	return most;
}

static size_t tiles(uint32_t end, uint32_t start, uint32_t size)
{
	return end > start ? ((size_t)end - start + size - 1) / size : 0;
}

static bool read_size(struct j2k_header *h, struct bytes code, struct err *e)
{
	const uint8_t *s = code.at + 4; /* Lsiz */
	uint32_t x1, y1, x0, y0, tw, th;

	if (code.len < 4 + 38 || !starts(code, code_start, sizeof(code_start)))
		return bad(e, "the codestream does not begin with its size");
	x1 = get(s + 4);
	y1 = get(s + 8);
	x0 = get(s + 12);
	y0 = get(s + 16);
	tw = get(s + 20);
	th = get(s + 24);
	if (x1 <= x0 || y1 <= y0 || !tw || !th)
		return bad(e, "the image or a tile is empty");
	h->width = x1 - x0;
	h->height = y1 - y0;
	h->components = (size_t)s[36] << 8 | s[37];
	h->tiles = tiles(x1, get(s + 28), tw);
	if (MUL_OVERFLOWS(h->tiles, tiles(y1, get(s + 32), th), &h->tiles))
		h->tiles = SIZE_MAX;
	return true;
}

bool j2k_read_header(struct j2k_header *h, struct bytes file, struct err *e)
{
	const uint8_t *type;
	struct bytes box;

	*h = (struct j2k_header){
		.boxed = !starts(file, code_start, sizeof(code_start))};
	if (!h->boxed)
		return read_size(h, file, e);
	while (next_box(&file, &type, &box)) {
		if (!memcmp(type, "jp2h", 4)) {
			size_t n = palette_columns(box);

			if (n > h->columns)
				h->columns = n;
		}
		if (!memcmp(type, "jp2c", 4))
			return read_size(h, box, e);
	}
	return bad(e, "there is no codestream");
}
