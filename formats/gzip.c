/* SPDX-License-Identifier: Apache-2.0 */
/* formats/gzip.c -- see gzip.h; zlib checks the checksums. */
#include "formats/gzip.h"

#include <stdlib.h>
#include <zlib.h>

struct gzip {
	z_stream stream;
	size_t left; /* of the data, not yet given to zlib */
	bool ended;  /* a member is complete */
};

enum { GZIP_WRAPPER = 16, STEP = 1 << 30 };

bool gzip_probe(struct bytes head)
{
	return head.len >= 3 && head.at[0] == 0x1f && head.at[1] == 0x8b &&
	       head.at[2] == 8;
}

bool gzip_open(struct gzip **out, struct bytes data, struct err *e)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (!g)
		die_oom();
	g->stream.next_in = (uint8_t *)(uintptr_t)data.at;
	g->left = data.len;
	if (inflateInit2(&g->stream, GZIP_WRAPPER + MAX_WBITS) != Z_OK) {
		free(g);
		return err_set(e, ERR_MEMORY, "zlib has no memory");
	}
	*out = g;
	return true;
}

void gzip_close(struct gzip *g)
{
	if (g)
		inflateEnd(&g->stream);
	free(g);
}

/* Run zlib until stream.avail_out is filled; false at the end of the data. */
static bool run(struct gzip *g, struct err *e)
{
	z_stream *s = &g->stream;

	for (;;) {
		int status;

		if (!s->avail_in) {
			s->avail_in = (uInt)(g->left < STEP ? g->left : STEP);
			g->left -= s->avail_in;
		}
		/* Several members, one behind the other, are one file. */
		if (g->ended && s->avail_in && inflateReset(s) == Z_OK)
			g->ended = false;
		if (g->ended)
			return true;
		status = inflate(s, Z_NO_FLUSH);
		g->ended = status == Z_STREAM_END;
		if (status == Z_BUF_ERROR && s->avail_out)
			return err_set(e, ERR_FORMAT,
				       "the gzip data end too early");
		if (status == Z_BUF_ERROR || (status == Z_OK && !s->avail_out))
			return true;
		if (status != Z_OK && !g->ended)
			return err_set(e, ERR_FORMAT,
				       "the gzip data are damaged (%s)",
				       s->msg ? s->msg : "no dictionary");
	}
}

bool gzip_read(struct gzip *g, void *to, size_t n, struct err *e)
{
	z_stream *s = &g->stream;

	s->next_out = to;
	while (n) {
		uInt step = (uInt)(n < STEP ? n : STEP);

		s->avail_out = step;
		if (!run(g, e))
			return false;
		if (s->avail_out)
			return err_set(e, ERR_FORMAT,
				       "the gzip data hold %zu bytes less than "
				       "expected",
				       n - step + s->avail_out);
		n -= step;
	}
	return true;
}

bool gzip_finish(struct gzip *g, struct err *e)
{
	uint8_t more;

	g->stream.next_out = &more;
	g->stream.avail_out = 1;
	if (!run(g, e))
		return false;
	if (!g->stream.avail_out)
		return err_set(e, ERR_FORMAT,
			       "the gzip data hold more than expected");
	return true;
}
