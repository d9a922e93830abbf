/* SPDX-License-Identifier: Apache-2.0 */
/* kern/move_strided.c -- loop nests of moves.
 *
 * Dimensions that lie next to each other on both sides are merged first, so
 * most nests end as rows of memcpy.  What remains is walked as tiles of the
 * last dimension and the one along which the input is contiguous: a transpose
 * then touches every cache line once.
 */
#include "kern/move.h"

#include <string.h>

#include "base/compiler.h"
#include "base/parallel.h"
#include "kern/turn.h"

enum { TILE = 32 };

#define SIZE 1
#define NAME(f) f##_1
#include "kern/move_tmpl.h"
#define SIZE 2
#define NAME(f) f##_2
#include "kern/move_tmpl.h"
#define SIZE 4
#define NAME(f) f##_4
#include "kern/move_tmpl.h"
#define SIZE 8
#define NAME(f) f##_8
#include "kern/move_tmpl.h"
#define SIZE 16
#define NAME(f) f##_16
#include "kern/move_tmpl.h"

/* ---- simplification ----------------------------------------------------- */

static void drop_ones(struct strided *s)
{
	int n = 0;

	for (int k = 0; k < s->rank; k++) {
		if (s->dim[k] == 1)
			continue;
		s->dim[n] = s->dim[k];
		s->in[n] = s->in[k];
		s->out[n++] = s->out[k];
	}
	s->rank = n;
}

static void merge_neighbours(struct strided *s)
{
	int n = 0;

	for (int k = 1; k < s->rank; k++) {
		ptrdiff_t d = (ptrdiff_t)s->dim[k];

		if (s->in[n] == s->in[k] * d && s->out[n] == s->out[k] * d) {
			s->dim[n] *= s->dim[k];
		} else {
			n++;
			s->dim[n] = s->dim[k];
		}
		s->in[n] = s->in[k];
		s->out[n] = s->out[k];
	}
	if (s->rank > 0)
		s->rank = n + 1;
}

/* At least two dimensions, the second last being the one along which the
 * input is contiguous, if the last is not. */
static void arrange(struct strided *s)
{
	int at;

	while (s->rank < 2) {
		s->dim[s->rank] = 1;
		s->in[s->rank] = s->out[s->rank] = 1;
		s->rank++;
		if (s->rank == 2) { /* the row is the last one */
			size_t d = s->dim[0];
			ptrdiff_t in = s->in[0], out = s->out[0];

			s->dim[0] = s->dim[1];
			s->in[0] = s->in[1];
			s->out[0] = s->out[1];
			s->dim[1] = d;
			s->in[1] = in;
			s->out[1] = out;
		}
	}
	for (at = s->rank - 1; at >= 0 && s->in[at] != 1; at--)
		;
	if (at < 0 || at >= s->rank - 2)
		return;
	for (int to = s->rank - 2; at < to; at++) {
		size_t d = s->dim[at];
		ptrdiff_t in = s->in[at], out = s->out[at];

		s->dim[at] = s->dim[at + 1];
		s->in[at] = s->in[at + 1];
		s->out[at] = s->out[at + 1];
		s->dim[at + 1] = d;
		s->in[at + 1] = in;
		s->out[at + 1] = out;
	}
}

/* ---- the walk ----------------------------------------------------------- */

/* One item is up to ROWS steps of the second last dimension under one index
 * of the outer ones.  Steps are in bytes. */
struct walk {
	struct job job;
	const struct strided *s;
	size_t size, rows, blocks;
	const char *in;
	char *out;
};

static void move_tile(size_t size, const size_t n[2], const ptrdiff_t is[2],
		      const ptrdiff_t os[2], const char *in, char *out)
{
	if (size == 4 && is[0] == 4 && os[1] == 4) {
		kern_turn_32(in, is[1], out, os[0], n[0], n[1]);
		return;
	}
	if (size == 4 && is[1] == 4 && os[0] == 4) {
		kern_turn_32(in, is[0], out, os[1], n[1], n[0]);
		return;
	}
	switch (size) {
	case 1:
		move2_1(n, is, os, in, out);
		break;
	case 2:
		move2_2(n, is, os, in, out);
		break;
	case 4:
		move2_4(n, is, os, in, out);
		break;
	case 8:
		move2_8(n, is, os, in, out);
		break;
	default:
		move2_16(n, is, os, in, out);
		break;
	}
}

static void move_rows(const struct walk *w, size_t count, const char *in,
		      char *out)
{
	const struct strided *s = w->s;
	int r = s->rank;
	ptrdiff_t size = (ptrdiff_t)w->size;
	const ptrdiff_t is[2] = {s->in[r - 2] * size, s->in[r - 1] * size};
	const ptrdiff_t os[2] = {s->out[r - 2] * size, s->out[r - 1] * size};
	size_t cols = s->dim[r - 1];

	if (is[1] == size && os[1] == size && cols * w->size >= 16) {
		for (size_t i = 0; i < count; i++)
			memcpy(out + (ptrdiff_t)i * os[0],
			       in + (ptrdiff_t)i * is[0], cols * w->size);
		return;
	}
	for (size_t j = 0; j < cols; j += TILE) {
		const size_t n[2] = {count, cols - j < TILE ? cols - j : TILE};
		const size_t turned[2] = {n[1], n[0]};
		const char *from = in + (ptrdiff_t)j * is[1];
		char *to = out + (ptrdiff_t)j * os[1];

		/* The inner loop is the longer one. */
		if (n[1] < 8 && n[0] > n[1])
			move_tile(w->size, turned,
				  (const ptrdiff_t[]){is[1], is[0]},
				  (const ptrdiff_t[]){os[1], os[0]}, from, to);
		else
			move_tile(w->size, n, is, os, from, to);
	}
}

static void walk_run(struct job *self, size_t begin, size_t end)
{
	const struct walk *w = (const struct walk *)self;
	const struct strided *s = w->s;
	int outer = s->rank - 2;
	size_t index[KERN_RANK], rest = begin / w->blocks;
	size_t block = begin % w->blocks, height = s->dim[outer];
	ptrdiff_t in = (ptrdiff_t)s->in_at, out = (ptrdiff_t)s->out_at;

	for (int k = outer - 1; k >= 0; k--) {
		index[k] = rest % s->dim[k];
		rest /= s->dim[k];
		in += (ptrdiff_t)index[k] * s->in[k];
		out += (ptrdiff_t)index[k] * s->out[k];
	}
	for (size_t i = begin; i < end; i++) {
		size_t row = block * w->rows;
		size_t n = height - row < w->rows ? height - row : w->rows;
		ptrdiff_t at = (ptrdiff_t)row, size = (ptrdiff_t)w->size;

		move_rows(w, n, w->in + (in + at * s->in[outer]) * size,
			  w->out + (out + at * s->out[outer]) * size);
		if (++block < w->blocks)
			continue;
		block = 0;
		for (int k = outer - 1; k >= 0; k--) {
			in += s->in[k];
			out += s->out[k];
			if (++index[k] < s->dim[k])
				break;
			in -= (ptrdiff_t)s->dim[k] * s->in[k];
			out -= (ptrdiff_t)s->dim[k] * s->out[k];
			index[k] = 0;
		}
	}
}

/* Packed elements: one by one, since neighbours share a byte. */
static void move_packed(unsigned bits, const struct strided *s, size_t count,
			const void *in, void *out)
{
	size_t index[KERN_RANK] = {0};
	ptrdiff_t from = (ptrdiff_t)s->in_at, to = (ptrdiff_t)s->out_at;

	for (size_t i = 0; i < count; i++) {
		kern_move_block(bits, in, (size_t)from, out, (size_t)to, 1);
		for (int k = s->rank - 1; k >= 0; k--) {
			from += s->in[k];
			to += s->out[k];
			if (++index[k] < s->dim[k])
				break;
			from -= (ptrdiff_t)s->dim[k] * s->in[k];
			to -= (ptrdiff_t)s->dim[k] * s->out[k];
			index[k] = 0;
		}
	}
}

void kern_move_strided(unsigned bits, const struct strided *s, const void *in,
		       void *out)
{
	struct strided t = *s;
	struct walk w = {.job = {walk_run}, .s = &t, .in = in, .out = out};
	size_t items = 1, row;

	for (int k = 0; k < t.rank; k++)
		items *= t.dim[k];
	if (!items)
		return;
	drop_ones(&t);
	merge_neighbours(&t);
	if (bits < 8) {
		move_packed(bits, &t, items, in, out);
		return;
	}
	arrange(&t);
	w.size = bits / 8;
	row = t.dim[t.rank - 1] * w.size;
	w.rows = t.in[t.rank - 1] == 1	    ? 16384 / row + 1
		 : t.dim[t.rank - 1] < TILE ? TILE * TILE / t.dim[t.rank - 1]
					    : TILE;
	w.blocks = (t.dim[t.rank - 2] + w.rows - 1) / w.rows;
	items = w.blocks;
	for (int k = 0; k < t.rank - 2; k++)
		items *= t.dim[k];
	parallel_for(&w.job, items, 65536 / (row * w.rows) + 1);
}

void kern_move_map(unsigned bits, const void *in, size_t in_at,
		   const size_t *map, void *out, size_t out_at, size_t count)
{
	const char *from = (const char *)in + in_at * (bits / 8);
	char *to = (char *)out + out_at * (bits / 8);

	switch (bits) {
	case 8:
		map_1(from, map, to, count);
		break;
	case 16:
		map_2(from, map, to, count);
		break;
	case 32:
		map_4(from, map, to, count);
		break;
	case 64:
		map_8(from, map, to, count);
		break;
	case 128:
		map_16(from, map, to, count);
		break;
	default:
		for (size_t i = 0; i < count; i++)
			kern_move_block(bits, in, in_at + map[i], out,
					out_at + i, 1);
	}
}
