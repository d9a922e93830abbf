/* SPDX-License-Identifier: Apache-2.0 */
/* kern/sgemm_tmpl.h -- body of sgemm.c for one instruction set (isa_base.h);
 * behind lanes_tmpl.h.
 *
 * A tile of up to TILE_ROWS rows and two vectors of Y stays in registers
 * while it sums over the rows of a panel.
 */

/* Of a product with one row. */
#define ROW_PANELS (LANES / 4)
#define ROW_VECTORS (SGEMM_PANEL / LANES)

/* ROWS is a constant wherever this is inlined. */
ISA ALWAYS_INLINE static inline void NAME(tile)(const struct tile *t,
						size_t rows)
{
	const float *w = t->w, *x = t->x;
	VF acc[TILE_ROWS][2];

	UNROLL
	for (size_t i = 0; i < rows; i++) {
		const float *start = t->start + i * t->down;

		acc[i][0] = NAME(load)(start);
		acc[i][1] = NAME(load)(start + LANES);
	}
	for (size_t k = 0; k < t->k; k++, w += SGEMM_PANEL) {
		VF w0 = NAME(load)(w), w1 = NAME(load)(w + LANES);

		__builtin_prefetch(t->ahead + k * t->stride, 0, 2);
		UNROLL
		for (size_t i = 0; i < rows; i++) {
			VF xi = NAME(all)(x[i * X_STRIDE + k]);

			acc[i][0] = V_FMA(xi, w0, acc[i][0]);
			acc[i][1] = V_FMA(xi, w1, acc[i][1]);
		}
	}
	UNROLL
	for (size_t i = 0; i < rows; i++) {
		NAME(store)(t->y + i * t->ldy, acc[i][0]);
		NAME(store)(t->y + i * t->ldy + LANES, acc[i][1]);
	}
}

#define TILE_OF(rows)                \
	case rows:                   \
		NAME(tile)(t, rows); \
		break;

ISA static void NAME(tile_of)(const struct tile *t, size_t rows)
{
	switch (rows) {
		TILE_OF(1)
		TILE_OF(2)
		TILE_OF(3)
		TILE_OF(4)
		TILE_OF(5)
		TILE_OF(6)
#if TILE_ROWS > 6
		TILE_OF(7)
		TILE_OF(8)
		TILE_OF(9)
		TILE_OF(10)
		TILE_OF(11)
		TILE_OF(12)
		TILE_OF(13)
		TILE_OF(14)
#endif
	}
}

#undef TILE_OF

/* A tile of the last panel, whose columns are not all there. */
ISA static void NAME(tile_edge)(const struct tile *t, size_t rows,
				size_t columns)
{
	float edge[TILE_ROWS * SGEMM_PANEL] = {0};
	struct tile inner = *t;

	for (size_t i = 0; i < rows; i++)
		memcpy(edge + i * SGEMM_PANEL, t->start + i * t->down,
		       columns * sizeof(*edge));
	inner.start = inner.y = edge;
	inner.down = inner.ldy = SGEMM_PANEL;
	NAME(tile_of)(&inner, rows);
	for (size_t i = 0; i < rows; i++)
		memcpy(t->y + i * t->ldy, edge + i * SGEMM_PANEL,
		       columns * sizeof(*edge));
}

/* One panel, all rows of a block. */
ISA static void NAME(panel)(const struct block *b, size_t p)
{
	const float *w = b->panels + p * b->panel_floats;
	const float *next = p + 1 < b->npanels ? w + b->panel_floats : b->after;
	size_t tiles = (b->m + TILE_ROWS - 1) / TILE_ROWS;
	size_t done = 0;

	for (size_t j = 0; j < SGEMM_PANEL; j += 2 * LANES) {
		size_t at = p * SGEMM_PANEL + j;

		for (size_t i = 0; i < tiles && at < b->n; i++, done++) {
			size_t from = b->m * i / tiles;
			size_t rows = b->m * (i + 1) / tiles - from;
			const struct tile t = {
				.k = b->k,
				.x = b->x + from * X_STRIDE,
				.w = w + j,
				/* Two tiles fetch all of the next panel, a
				 * lonely one every other line. */
				.ahead = next + done % 2 * b->k * LINE,
				.stride = tiles > 1 ? LINE : 2 * LINE,
				.start = b->start + from * b->down + at,
				.down = b->down,
				.y = b->y + from * b->ldy + at,
				.ldy = b->ldy};

			if (at + 2 * LANES <= b->n)
				NAME(tile_of)(&t, rows);
			else
				NAME(tile_edge)(&t, rows, b->n - at);
		}
	}
}

/* One row, PANELS panels at once, which come from memory side by side. */
ISA ALWAYS_INLINE static inline void NAME(row)(const struct block *b, size_t p,
					       size_t panels)
{
	const float *w = b->panels + p * b->panel_floats;
	float line[ROW_PANELS * SGEMM_PANEL] = {0};
	VF acc[ROW_PANELS][ROW_VECTORS];
	size_t at = p * SGEMM_PANEL, columns = panels * SGEMM_PANEL;

	if (columns > b->n - at)
		columns = b->n - at;
	memcpy(line, b->start + at, columns * sizeof(*line));
	UNROLL
	for (size_t i = 0; i < panels; i++)
		UNROLL
	for (size_t j = 0; j < ROW_VECTORS; j++)
		acc[i][j] = NAME(load)(line + i * SGEMM_PANEL + j * LANES);
	for (size_t k = 0; k < b->k; k++, w += SGEMM_PANEL) {
		VF x = NAME(all)(b->x[k]);

		UNROLL
		for (size_t i = 0; i < panels; i++)
			UNROLL
		for (size_t j = 0; j < ROW_VECTORS; j++)
			acc[i][j] = V_FMA(
				x,
				NAME(load)(w + i * b->panel_floats + j * LANES),
				acc[i][j]);
	}
	UNROLL
	for (size_t i = 0; i < panels; i++)
		UNROLL
	for (size_t j = 0; j < ROW_VECTORS; j++)
		NAME(store)(line + i * SGEMM_PANEL + j * LANES, acc[i][j]);
	memcpy(b->y + at, line, columns * sizeof(*line));
}

ISA static void NAME(rows)(const struct block *b)
{
	size_t p = 0;

	for (; p + ROW_PANELS <= b->npanels; p += ROW_PANELS)
		NAME(row)(b, p, ROW_PANELS);
	for (; p < b->npanels; p++)
		NAME(row)(b, p, 1);
}

ISA static void NAME(block)(const struct block *b)
{
	if (b->m == 1) {
		NAME(rows)(b);
		return;
	}
	for (size_t p = 0; p < b->npanels; p++)
		NAME(panel)(b, p);
}

#undef ROW_PANELS
#undef ROW_VECTORS
