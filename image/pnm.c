/* SPDX-License-Identifier: Apache-2.0 */
/* image/pnm.c -- PBM, PGM, PPM, plain and raw, and PAM; see image.h.
 *
 * Samples 0..maxval become 0..255, rounded.  Only the first image of a file is
 * read.  Source: the netpbm manual, pbm(5), pgm(5), ppm(5), pam(5).
 */
#include <stdio.h>
#include <string.h>

#include "image/image.h"

struct pnm {
	struct bytes left;
	size_t width, height, depth;
	unsigned most; /* maxval */
	bool plain, bits;
};

static bool bad(struct err *e, const char *what)
{
	return err_set(e, ERR_FORMAT, "PNM: %s", what);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_line(struct pnm *p)
{
	while (p->left.len && *p->left.at != '\n') {
		p->left.at++;
		p->left.len--;
	}
}

/* Blanks and comments. */
static void skip_blanks(struct pnm *p)
{
	while (p->left.len && (is_blank(*p->left.at) || *p->left.at == '#')) {
		if (*p->left.at == '#') {
			skip_line(p);
			continue;
		}
		p->left.at++;
		p->left.len--;
	}
}

static bool number(struct pnm *p, size_t *out, struct err *e)
{
	size_t digits = 0;

	skip_blanks(p);
	*out = 0;
	while (p->left.len && *p->left.at >= '0' && *p->left.at <= '9') {
		if (++digits > 9)
			return bad(e, "a number of more than 9 digits");
		*out = *out * 10 + (size_t)(*p->left.at - '0');
		p->left.at++;
		p->left.len--;
	}
	if (!digits)
		return bad(e, p->left.len ? "a number is missing"
					  : "the file is cut off");
	return true;
}

/* ---- headers ------------------------------------------------------------- */

static bool check_header(const struct pnm *p, size_t most, struct err *e)
{
	if (!most || most > 65535)
		return err_set(e, ERR_FORMAT, "PNM: the greatest sample is %zu",
			       most);
	if (!p->depth || p->depth > 4)
		return err_set(e, ERR_UNSUPPORTED,
			       "PNM: pixels of %zu channels", p->depth);
	return true;
}

static bool read_header(struct pnm *p, char kind, struct err *e)
{
	size_t most = 1;

	p->plain = kind <= '3';
	p->bits = kind == '1' || kind == '4';
	p->depth = kind == '3' || kind == '6' ? 3 : 1;
	if (!number(p, &p->width, e) || !number(p, &p->height, e) ||
	    (!p->bits && !number(p, &most, e)))
		return false;
	/* One blank, then the samples. */
	if (!p->plain && (!p->left.len || !is_blank(*p->left.at)))
		return bad(e, "the header does not end with a blank");
	if (!p->plain) {
		p->left.at++;
		p->left.len--;
	}
	p->most = (unsigned)most;
	return check_header(p, most, e);
}

/* The next line of PAM's header begins with WORD, which is taken. */
static bool word(struct pnm *p, const char *text)
{
	size_t n = strlen(text);

	if (p->left.len <= n || memcmp(p->left.at, text, n) ||
	    !is_blank(p->left.at[n]))
		return false;
	p->left.at += n;
	p->left.len -= n;
	return true;
}

static bool read_pam_header(struct pnm *p, struct err *e)
{
	size_t most = 0;

	for (;;) {
		skip_blanks(p);
		if (word(p, "ENDHDR"))
			break;
		if (word(p, "WIDTH")	? !number(p, &p->width, e)
		    : word(p, "HEIGHT") ? !number(p, &p->height, e)
		    : word(p, "DEPTH")	? !number(p, &p->depth, e)
		    : word(p, "MAXVAL") ? !number(p, &most, e)
					: false)
			return false;
		if (!p->left.len)
			return bad(e, "the header has no end");
		skip_line(p);
	}
	skip_line(p);
	if (p->left.len) {
		p->left.at++;
		p->left.len--;
	}
	p->most = (unsigned)most;
	return check_header(p, most, e);
}

/* ---- samples ------------------------------------------------------------- */

static bool plain_sample(struct pnm *p, size_t *x, struct err *e)
{
	if (!p->bits)
		return number(p, x, e);
	/* Digits of bits need no blanks between them. */
	skip_blanks(p);
	if (!p->left.len)
		return bad(e, "the file is cut off");
	*x = (size_t)*p->left.at++ - '0';
	p->left.len--;
	return true;
}

static bool raw_sample(struct pnm *p, size_t *x, struct err *e)
{
	size_t bytes = p->most > 255 ? 2 : 1;

	if (p->left.len < bytes)
		return bad(e, "the file is cut off");
	*x = bytes == 2 ? (size_t)p->left.at[0] << 8 | p->left.at[1]
			: p->left.at[0];
	p->left.at += bytes;
	p->left.len -= bytes;
	return true;
}

/* A byte for each sample; channels beyond those of OUT are alpha. */
static bool read_samples(struct pnm *p, struct image *out, struct err *e)
{
	size_t n = p->width * p->height;
	uint8_t *to = out->pixels.data;

	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < p->depth; c++) {
			size_t x = 0;

			if (p->plain ? !plain_sample(p, &x, e)
				     : !raw_sample(p, &x, e))
				return false;
			if (x > p->most)
				return bad(e, "a sample beyond the greatest");
			if (p->bits) /* 1 is black */
				x = 1 - x;
			if (c < out->channels)
				*to++ = (uint8_t)((x * 255 + p->most / 2) /
						  p->most);
		}
	return true;
}

/* Raw PBM: 8 pixels in a byte, rows padded. */
static bool read_bits(struct pnm *p, struct image *out, struct err *e)
{
	size_t stride = (p->width + 7) / 8;
	uint8_t *to = out->pixels.data;

	if (p->left.len / stride < p->height)
		return bad(e, "the file is cut off");
	for (size_t y = 0; y < p->height; y++)
		for (size_t x = 0; x < p->width; x++) {
			uint8_t b = p->left.at[y * stride + x / 8];

			*to++ = b >> (7 - x % 8) & 1 ? 0 : 255;
		}
	return true;
}

bool pnm_probe(struct bytes head)
{
	return head.len >= 3 && head.at[0] == 'P' && head.at[1] >= '1' &&
	       head.at[1] <= '7' && (is_blank(head.at[2]) || head.at[2] == '#');
}

bool pnm_decode(struct image *out, struct bytes file, struct budget *budget,
		struct err *e)
{
	struct pnm p = {.left = {file.at + 2, file.len - 2}};
	char kind = (char)file.at[1];
	bool ok;

	if (kind == '7' ? !read_pam_header(&p, e) : !read_header(&p, kind, e))
		return false;
	if (!image_alloc(out, p.width, p.height, p.depth < 3 ? 1 : 3, budget,
			 e))
		return false;
	ok = p.bits && !p.plain ? read_bits(&p, out, e)
				: read_samples(&p, out, e);
	if (!ok)
		image_free(out);
	return ok;
}
