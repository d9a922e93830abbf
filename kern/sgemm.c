/* SPDX-License-Identifier: Apache-2.0 */
/* kern/sgemm.c -- matrix products with a packed right-hand side.
 *
 * Blocks of X_ROWS rows and X_COLUMNS columns of X are copied to where their
 * rows do not compete for the same sets of the cache, and stay in the second
 * level while all panels pass; X_COLUMNS rows of a panel stay in the first.
 */
#include "kern/sgemm.h"

#include <stdbool.h>
#include <string.h>

#include "base/parallel.h"
#include "kern/vec.h"

enum {
	LINE = 16, /* floats in a line of the cache */
	X_ROWS = 224,
	X_COLUMNS = 256,
	X_STRIDE = X_COLUMNS + LINE,
	FINISH = 4, /* panels between two visits to what they left */
	WORTH_A_THREAD = 1 << 19 /* products */
};

/* One tile: Y = START + X W over K columns of X. */
struct tile {
	size_t k, down, ldy;
	const float *x, *w;
	const float
		*ahead; /* to be fetched meanwhile, a line in STRIDE floats */
	size_t stride;
	const float *start;
	float *y;
};

/* A block of X times panels: Y [M, N] = START + X W. */
struct block {
	size_t m, n, k, npanels, panel_floats;
	size_t down, ldy; /* DOWN 0: the same for each row */
	const float *x, *panels, *start;
	const float *after; /* a panel that is needed next */
	float *y;
};

#include "kern/isa_base.h"
#define TILE_ROWS 6
#include "kern/lanes_tmpl.h"
#include "kern/sgemm_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/lanes_tmpl.h"
#include "kern/sgemm_tmpl.h"
#include "kern/isa_end.h"
#undef TILE_ROWS

#include "kern/isa_avx512.h"
#define TILE_ROWS 14
#include "kern/lanes_tmpl.h"
#include "kern/sgemm_tmpl.h"
#include "kern/isa_end.h"
#endif

size_t sgemm_panels(size_t n)
{
	return n / SGEMM_PANEL + (n % SGEMM_PANEL != 0);
}

/* ---- packing ------------------------------------------------------------ */

struct packing {
	struct job job;
	const char *w;
	size_t down, right, k, n;
	float *panels;
};

/* COLUMNS columns of one row, from W on. */
static void pack_row(const struct packing *p, const char *w, size_t columns,
		     float *to)
{
	if (p->right == 1) {
		memcpy(to, w, columns * sizeof(*to));
		return;
	}
	for (size_t c = 0; c < columns; c++)
		memcpy(to + c, w + c * p->right * sizeof(*to), sizeof(*to));
}

static void pack_panels(struct job *self, size_t begin, size_t end)
{
	const struct packing *p = (const struct packing *)self;

	for (size_t j = begin; j < end; j++) {
		float *to = p->panels + j * p->k * SGEMM_PANEL;
		const char *w = p->w + j * SGEMM_PANEL * p->right * sizeof(*to);
		size_t columns = p->n - j * SGEMM_PANEL;

		if (columns > SGEMM_PANEL)
			columns = SGEMM_PANEL;
		else
			memset(to, 0, p->k * SGEMM_PANEL * sizeof(*to));
		for (size_t i = 0; i < p->k; i++)
			pack_row(p, w + i * p->down * sizeof(*to), columns,
				 to + i * SGEMM_PANEL);
	}
}

void kern_sgemm_pack(const void *w, size_t down, size_t right, size_t k,
		     size_t n, float *panels)
{
	struct packing p = {.job.run = pack_panels,
			    .w = w,
			    .down = down,
			    .right = right,
			    .k = k,
			    .n = n,
			    .panels = panels};

	parallel_for(&p.job, sgemm_panels(n), 1);
}

/* ---- products ----------------------------------------------------------- */

/* Y is cut into MBLOCKS x NCHUNKS cells, each the work of one thread. */
struct product {
	struct job job;
	const struct sgemm *g;
	size_t mblocks, nchunks;
	float *scratch;
};

/* Floats of a thread's copy of X's block. */
static size_t block_floats(const struct sgemm *g)
{
	return (g->m < X_ROWS ? g->m : X_ROWS) * X_STRIDE;
}

static const float zeros[FINISH * SGEMM_PANEL];

static void copy_rows(const float *x, size_t ldx, size_t m, size_t k, float *to)
{
	for (size_t i = 0; i < m; i++)
		memcpy(to + i * X_STRIDE, x + i * ldx, k * sizeof(*to));
}

/* What the first columns of X are added to, in column AT of B. */
static void begin(const struct sgemm *g, struct block *b, size_t row, size_t at)
{
	if (g->z) {
		b->start = g->z + row * g->ldy + at;
		b->down = g->ldy;
	} else {
		b->start = g->bias ? g->bias + at : zeros;
		b->down = 0;
	}
}

/* What follows the last ones. */
static void finish(const struct sgemm *g, const struct block *b, size_t at)
{
	const float *bias = g->z && g->bias ? g->bias + at : NULL;

	if (!bias && g->act.kind == ACT_NONE)
		return;
	for (size_t i = 0; i < b->m; i++)
		kern_epilogue_row_f32(&g->act, bias, NULL, b->y + i * b->ldy,
				      b->n);
}

/* Part I of COUNT things in PARTS equal parts begins here. */
static size_t part(size_t count, size_t parts, size_t i)
{
	return count / parts * i + count % parts * i / parts;
}

/* B's block of X times panels FROM to TO, some at a time. */
static void run_panels(const struct sgemm *g, struct block *b, size_t row,
		       size_t k, size_t from, size_t to)
{
	const float *after = g->panels + from * b->panel_floats;

	if (k + b->k < g->k)
		after += (k + b->k) * SGEMM_PANEL;
	for (size_t p = from; p < to; p += FINISH) {
		size_t at = p * SGEMM_PANEL;

		b->npanels = to - p < FINISH ? to - p : FINISH;
		b->n = b->npanels * SGEMM_PANEL;
		if (b->n > g->n - at)
			b->n = g->n - at;
		b->panels = g->panels + p * b->panel_floats + k * SGEMM_PANEL;
		b->after = p + FINISH < to
				   ? b->panels + FINISH * b->panel_floats
				   : after;
		b->y = g->y + row * g->ldy + at;
		b->start = b->y;
		b->down = b->ldy;
		if (!k)
			begin(g, b, row, at);
		DISPATCH(block, b);
		if (k + b->k == g->k)
			finish(g, b, at);
	}
}

static void run_cell(const struct sgemm *g, size_t row, size_t end, size_t from,
		     size_t to, float *x)
{
	/* One row lies well as it is, and panels are read from end to end. */
	bool alone = end - row == 1;
	size_t kblocks = g->k && !alone ? (g->k - 1) / X_COLUMNS + 1 : 1;
	struct block b = {.m = end - row,
			  .panel_floats = g->k * SGEMM_PANEL,
			  .ldy = g->ldy,
			  .x = alone ? g->x + row * g->ldx : x};

	for (size_t i = 0; i < kblocks; i++) {
		size_t k = part(g->k, kblocks, i);

		b.k = part(g->k, kblocks, i + 1) - k;
		if (!alone)
			copy_rows(g->x + row * g->ldx + k, g->ldx, b.m, b.k, x);
		run_panels(g, &b, row, k, from, to);
	}
}

static void run_cells(struct job *self, size_t begin, size_t end)
{
	const struct product *p = (const struct product *)self;
	const struct sgemm *g = p->g;
	size_t npanels = sgemm_panels(g->n);
	float *x = p->scratch;

	if (x)
		x += (size_t)parallel_index() * block_floats(g);
	for (size_t c = begin; c < end; c++) {
		size_t i = c / p->nchunks, j = c % p->nchunks;

		run_cell(g, part(g->m, p->mblocks, i),
			 part(g->m, p->mblocks, i + 1),
			 part(npanels, p->nchunks, j),
			 part(npanels, p->nchunks, j + 1), x);
	}
}

/* As many cells as make equal work for all threads. */
static void cut(struct product *p, const struct sgemm *g)
{
	size_t threads = (size_t)parallel_threads();
	size_t npanels = sgemm_panels(g->n);

	p->mblocks = (g->m - 1) / X_ROWS + 1;
	p->nchunks = 1;
	if (g->m * g->n < WORTH_A_THREAD / (g->k + 1) + 1)
		return;
	if (p->mblocks % threads)
		p->nchunks = threads < npanels ? threads : npanels;
}

size_t sgemm_scratch_floats(const struct sgemm *g)
{
	return block_floats(g) * (size_t)parallel_threads();
}

void kern_sgemm(const struct sgemm *g, float *scratch)
{
	struct product p = {.job.run = run_cells, .g = g, .scratch = scratch};

	if (!g->m || !g->n)
		return;
	cut(&p, g);
	parallel_for(&p.job, p.mblocks * p.nchunks, 1);
}
