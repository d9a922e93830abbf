/* SPDX-License-Identifier: Apache-2.0 */
/* kern/u8s8_tmpl.h -- tiles of sums for one instruction set.
 *
 * TILE_ROWS rows times TILE_PANELS panels of sums stay in registers.  Before
 * it is included: NAME, ISA, VS (sums of VS_LANES columns), PANEL_VECTORS (VS
 * in a panel), and
 *     NAME(zero)(), NAME(store)(p, v)
 *     NAME(dot)(acc, panel bytes, 4 row bytes, panels are unsigned)
 */

ISA ALWAYS_INLINE static inline void NAME(tile)(const struct u8s8 *g,
						size_t rows_now,
						bool panel_is_unsigned,
						const uint8_t *rows,
						const uint8_t *panels,
						size_t panels_now, int32_t *sum)
{
	VS acc[TILE_ROWS][TILE_PANELS * PANEL_VECTORS];
	size_t width = g->groups * 4;
	size_t panel_bytes = width * U8S8_PANEL;

	UNROLL
	for (size_t i = 0; i < rows_now; i++) {
		UNROLL
		for (size_t j = 0; j < panels_now * PANEL_VECTORS; j++)
			acc[i][j] = NAME(zero)();
	}
	for (size_t k = 0; k < g->groups; k++) {
		UNROLL
		for (size_t j = 0; j < panels_now * PANEL_VECTORS; j++) {
			const uint8_t *p = panels +
					   j / PANEL_VECTORS * panel_bytes +
					   k * 4 * U8S8_PANEL +
					   j % PANEL_VECTORS * 4 * VS_LANES;

			UNROLL
			for (size_t i = 0; i < rows_now; i++)
				acc[i][j] = NAME(dot)(acc[i][j], p,
						      rows + i * width + k * 4,
						      panel_is_unsigned);
		}
	}
	UNROLL
	for (size_t i = 0; i < rows_now; i++) {
		UNROLL
		for (size_t j = 0; j < panels_now * PANEL_VECTORS; j++)
			NAME(store)(sum + i * g->ld + j * VS_LANES, acc[i][j]);
	}
}

/* Constants make the loops above unroll. */
ISA ALWAYS_INLINE static inline void NAME(tiles)(const struct u8s8 *g,
						 bool is_unsigned,
						 const uint8_t *rows,
						 const uint8_t *panels,
						 int32_t *sum)
{
	size_t width = g->groups * 4, j = 0, i;

	for (; j + TILE_PANELS <= g->npanels; j += TILE_PANELS) {
		const uint8_t *p = panels + j * width * U8S8_PANEL;
		int32_t *s = sum + j * U8S8_PANEL;

		for (i = 0; i + TILE_ROWS <= g->m; i += TILE_ROWS)
			NAME(tile)
		(g, TILE_ROWS, is_unsigned, rows + i * width, p, TILE_PANELS,
		 s + i * g->ld);
		for (; i < g->m; i++)
			NAME(tile)
		(g, 1, is_unsigned, rows + i * width, p, TILE_PANELS,
		 s + i * g->ld);
	}
	for (; j < g->npanels; j++) {
		const uint8_t *p = panels + j * width * U8S8_PANEL;
		int32_t *s = sum + j * U8S8_PANEL;

		for (i = 0; i + TILE_ROWS <= g->m; i += TILE_ROWS)
			NAME(tile)
		(g, TILE_ROWS, is_unsigned, rows + i * width, p, 1,
		 s + i * g->ld);
		for (; i < g->m; i++)
			NAME(tile)
		(g, 1, is_unsigned, rows + i * width, p, 1, s + i * g->ld);
	}
}

ISA static void NAME(sums)(const struct u8s8 *g, const uint8_t *rows,
			   const uint8_t *panels, int32_t *sum)
{
	if (g->unsigned_panels)
		NAME(tiles)(g, true, rows, panels, sum);
	else
		NAME(tiles)(g, false, rows, panels, sum);
}
