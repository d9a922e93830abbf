/* SPDX-License-Identifier: Apache-2.0 */
/* image/bmp_rle.c -- run-length encoded BMP; see bmp.h.
 *
 * Two bytes are a run: a number and a colour (of 4 bits: two that alternate).
 * After a number of 0 comes 0 (end of the row), 1 (end of the image), 2 (a
 * jump), or how many colours follow as they are, padded to an even byte.
 * Pixels that are jumped over have colour 0; runs beyond a row are cut.
 */
#include "image/bmp.h"

struct unpacker {
	const struct bmp *bmp;
	struct bytes left;
	uint8_t *index;
	size_t x, y;
};

static bool take(struct unpacker *u, unsigned *out, struct err *e)
{
	*out = 0;
	if (!u->left.len)
		return err_set(e, ERR_FORMAT, "BMP: the file is cut off");
	*out = *u->left.at++;
	u->left.len--;
	return true;
}

static void put(struct unpacker *u, unsigned color)
{
	if (u->x < u->bmp->width && u->y < u->bmp->height)
		u->index[u->y * u->bmp->width + u->x++] = (uint8_t)color;
}

static void run(struct unpacker *u, unsigned count, unsigned colors)
{
	bool narrow = u->bmp->bits == 4;

	for (unsigned i = 0; i < count; i++)
		put(u, !narrow ? colors : i % 2 ? colors & 15 : colors >> 4);
}

static bool as_they_are(struct unpacker *u, unsigned count, struct err *e)
{
	bool narrow = u->bmp->bits == 4;
	unsigned bytes = narrow ? (count + 1) / 2 : count, colors;

	for (unsigned i = 0; i < bytes; i++) {
		if (!take(u, &colors, e))
			return false;
		run(u, narrow && i * 2 + 1 < count ? 2 : 1, colors);
	}
	return !(bytes % 2) || take(u, &colors, e);
}

static bool escape(struct unpacker *u, bool *ended, struct err *e)
{
	unsigned code, dx, dy;

	if (!take(u, &code, e))
		return false;
	switch (code) {
	case 0:
		u->x = 0;
		u->y++;
		return true;
	case 1:
		*ended = true;
		return true;
	case 2:
		if (!take(u, &dx, e) || !take(u, &dy, e))
			return false;
		u->x += dx;
		u->y += dy;
		return true;
	default:
		return as_they_are(u, code, e);
	}
}

bool bmp_unpack(const struct bmp *b, uint8_t *index, struct err *e)
{
	struct unpacker u = {.bmp = b, .left = b->pixels, .index = index};
	bool ended = false;

	while (!ended && u.y < b->height) {
		unsigned count, colors;

		if (!take(&u, &count, e))
			return false;
		if (!count) {
			if (!escape(&u, &ended, e))
				return false;
			continue;
		}
		if (!take(&u, &colors, e))
			return false;
		run(&u, count, colors);
	}
	return true;
}
