/* SPDX-License-Identifier: Apache-2.0 */
/* image/bmp.c -- BMP; see image.h.
 *
 * Windows and OS/2 headers of every size; 1, 2, 4 and 8 bits with a palette
 * (run-length encoded too), 16, 24 and 32 bits with masks.  Channels of fewer
 * bits are stretched to 0..255, rounded.  JPEG and PNG inside are refused.
 * Source: Microsoft, "Bitmap Storage" and BITMAPV5HEADER.
 */
#include "image/bmp.h"

#include <inttypes.h>

enum compression { RGB, RLE8, RLE4, BITFIELDS, JPEG, PNG, ALPHABITFIELDS };

static uint32_t get(const uint8_t *p, size_t bytes)
{
	uint32_t x = 0;

	for (size_t i = bytes; i-- > 0;)
		x = x << 8 | p[i];
	return x;
}

static bool bad(struct err *e, const char *what)
{
	return err_set(e, ERR_FORMAT, "BMP: %s", what);
}

/* ---- headers ------------------------------------------------------------- */

static bool check_bits(const struct bmp *b, struct err *e)
{
	bool indexed = b->bits == 1 || b->bits == 2 || b->bits == 4 ||
		       b->bits == 8;

	if (b->compression == JPEG || b->compression == PNG)
		return err_set(e, ERR_UNSUPPORTED,
			       "BMP: a JPEG or PNG file inside");
	if (!indexed && b->bits != 16 && b->bits != 24 && b->bits != 32)
		return err_set(e, ERR_FORMAT, "BMP: pixels of %u bits",
			       b->bits);
	if (b->compression == RGB || (b->compression == RLE8 && b->bits == 8) ||
	    (b->compression == RLE4 && b->bits == 4) ||
	    ((b->compression == BITFIELDS ||
	      b->compression == ALPHABITFIELDS) &&
	     (b->bits == 16 || b->bits == 32)))
		return true;
	return err_set(e, ERR_FORMAT,
		       "BMP: compression %" PRIu32 " with pixels of %u bits",
		       b->compression, b->bits);
}

/* The header at byte 14, SIZE bytes, all there. */
static bool read_header(struct bmp *b, const uint8_t *h, uint32_t size,
			struct err *e)
{
	uint32_t height;

	if (size == 12) {
		b->width = get(h + 4, 2);
		b->height = get(h + 6, 2);
		b->bits = get(h + 10, 2);
		return check_bits(b, e);
	}
	height = get(h + 8, 4);
	b->top_down = height >> 31;
	b->width = get(h + 4, 4);
	b->height = b->top_down ? 0u - height : height;
	b->bits = get(h + 14, 2);
	b->compression = size >= 20 ? get(h + 16, 4) : (uint32_t)RGB;
	/* OS/2 2 has 64 bytes or fewer than 40, and its own numbers from 3. */
	if ((size < 40 || size == 64) && b->compression > RLE4)
		return err_set(e, ERR_UNSUPPORTED,
			       "BMP: compression %" PRIu32 " of OS/2",
			       b->compression);
	return b->width >> 31 ? bad(e, "a negative width") : check_bits(b, e);
}

/* A mask is one run of bits. */
static bool check_masks(const struct bmp *b, struct err *e)
{
	for (int c = 0; c < 3; c++) {
		uint32_t m = b->mask[c], low = m & (0u - m);

		if (m & (m + low))
			return bad(e, "a mask with a gap");
	}
	return true;
}

/* Masks lie in the header from byte 40 on, or follow one of 40 bytes. */
static bool read_masks(struct bmp *b, struct bytes file, uint32_t size,
		       size_t *at, struct err *e)
{
	const uint8_t *m = file.at + 14 + 40;
	size_t bytes = b->compression == ALPHABITFIELDS ? 16 : 12;

	if (b->compression != BITFIELDS && b->compression != ALPHABITFIELDS) {
		bool narrow = b->bits == 16;

		b->mask[0] = narrow ? 0x7c00 : 0xff0000;
		b->mask[1] = narrow ? 0x03e0 : 0x00ff00;
		b->mask[2] = narrow ? 0x001f : 0x0000ff;
		return true;
	}
	if (size < 52) {
		if (file.len - *at < bytes)
			return bad(e, "the file is cut off");
		m = file.at + *at;
		*at += bytes;
	}
	for (int c = 0; c < 3; c++)
		b->mask[c] = get(m + 4 * c, 4);
	return check_masks(b, e);
}

/* AT is the first byte after header and masks. */
static bool read_palette(struct bmp *b, struct bytes file, uint32_t size,
			 size_t at, struct err *e)
{
	size_t entry = size == 12 ? 3 : 4, most;

	if (b->bits > 8)
		return true;
	most = (size_t)1 << b->bits;
	b->colors = size >= 36 ? get(file.at + 14 + 32, 4) : 0;
	if (!b->colors || b->colors > most)
		b->colors = most;
	if (b->colors > (file.len - at) / entry)
		return bad(e, "the palette is cut off");
	for (size_t i = 0; i < b->colors; i++)
		for (size_t c = 0; c < 3; c++)
			b->palette[i][c] = file.at[at + i * entry + 2 - c];
	return true;
}

static bool read_parts(struct bmp *b, struct bytes file, struct err *e)
{
	uint32_t size, offset;
	size_t at;

	if (file.len < 26)
		return bad(e, "the header is cut off");
	offset = get(file.at + 10, 4);
	size = get(file.at + 14, 4);
	if ((size != 12 && size < 16) || size > 1024)
		return err_set(e, ERR_FORMAT,
			       "BMP: a header of %" PRIu32 " bytes", size);
	if (file.len - 14 < size)
		return bad(e, "the header is cut off");
	at = 14 + (size_t)size;
	if (!read_header(b, file.at + 14, size, e) ||
	    !read_masks(b, file, size, &at, e) ||
	    !read_palette(b, file, size, at, e))
		return false;
	if (offset > file.len)
		return bad(e, "the pixels are beyond the end of the file");
	b->pixels = (struct bytes){file.at + offset, file.len - offset};
	return true;
}

/* ---- pixels -------------------------------------------------------------- */

static bool put_index(const struct bmp *b, unsigned index, uint8_t *to,
		      struct err *e)
{
	if (index >= b->colors)
		return err_set(e, ERR_FORMAT,
			       "BMP: colour %u of a palette of %zu", index,
			       b->colors);
	for (int c = 0; c < 3; c++)
		to[c] = b->palette[index][c];
	return true;
}

/* The bits of MASK in X as 0..255. */
static uint8_t channel(uint32_t x, uint32_t mask)
{
	uint32_t low = mask & (0u - mask);
	uint64_t most;

	if (!mask)
		return 0;
	most = mask / low;
	return (uint8_t)(((uint64_t)((x & mask) / low) * 255 + most / 2) /
			 most);
}

static void put_masked(const struct bmp *b, uint32_t x, uint8_t *to)
{
	for (int c = 0; c < 3; c++)
		to[c] = channel(x, b->mask[c]);
}

static bool read_row(const struct bmp *b, const uint8_t *row, uint8_t *to,
		     struct err *e)
{
	for (size_t x = 0; x < b->width; x++, to += 3) {
		size_t bit = x * b->bits;

		if (b->bits > 8 && b->bits != 24)
			put_masked(b, get(row + bit / 8, b->bits / 8), to);
		else if (b->bits == 24)
			for (size_t c = 0; c < 3; c++)
				to[c] = row[x * 3 + 2 - c];
		else if (!put_index(b,
				    (unsigned)row[bit / 8] >>
						    (8 - b->bits - bit % 8) &
					    ((1u << b->bits) - 1),
				    to, e))
			return false;
	}
	return true;
}

static uint8_t *row_of(const struct bmp *b, struct image *out, size_t y)
{
	size_t row = b->top_down ? y : b->height - 1 - y;

	return out->pixels.data + row * b->width * 3;
}

static bool read_rows(const struct bmp *b, struct image *out, struct err *e)
{
	size_t stride = (b->width * b->bits + 31) / 32 * 4;

	/* What pads the last row may be missing. */
	if (b->pixels.len / stride < b->height - 1 ||
	    b->pixels.len - stride * (b->height - 1) <
		    (b->width * b->bits + 7) / 8)
		return bad(e, "the file is cut off");
	for (size_t y = 0; y < b->height; y++)
		if (!read_row(b, b->pixels.at + y * stride, row_of(b, out, y),
			      e))
			return false;
	return true;
}

static bool read_runs(const struct bmp *b, struct image *out,
		      struct budget *budget, struct err *e)
{
	size_t n = b->width * b->height;
	struct buf index;
	bool ok;

	if (!buf_alloc(&index, n, budget, e))
		return false;
	for (size_t i = 0; i < n; i++)
		index.data[i] = 0;
	ok = bmp_unpack(b, index.data, e);
	for (size_t y = 0; ok && y < b->height; y++)
		for (size_t x = 0; ok && x < b->width; x++)
			ok = put_index(b, index.data[y * b->width + x],
				       row_of(b, out, y) + 3 * x, e);
	buf_free(&index);
	return ok;
}

bool bmp_probe(struct bytes head)
{
	return head.len >= 2 && head.at[0] == 'B' && head.at[1] == 'M';
}

bool bmp_decode(struct image *out, struct bytes file, struct budget *budget,
		struct err *e)
{
	struct bmp b = {.bits = 0};
	bool ok;

	if (!read_parts(&b, file, e) ||
	    !image_alloc(out, b.width, b.height, 3, budget, e))
		return false;
	ok = b.compression == RLE8 || b.compression == RLE4
		     ? read_runs(&b, out, budget, e)
		     : read_rows(&b, out, e);
	if (!ok)
		image_free(out);
	return ok;
}
