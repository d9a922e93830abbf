/* SPDX-License-Identifier: Apache-2.0 */
/* kern/u8s8_pack.c -- bytes in the order of kern/u8s8.h. */
#include <string.h>

#include "kern/u8s8.h"
#include "kern/vec.h"

size_t u8s8_groups(size_t k)
{
	return (k + 3) / 4;
}

size_t u8s8_panels(size_t n)
{
	return (n + U8S8_PANEL - 1) / U8S8_PANEL;
}

size_t u8s8_panel_bytes(size_t k)
{
	return u8s8_groups(k) * 4 * U8S8_PANEL;
}

/* COUNT <= 16 neighbouring bytes, one in every fourth byte of OUT. */
static inline void spread(const uint8_t *x, size_t count, uint8_t flip,
			  uint8_t *out)
{
	for (size_t i = 0; i < count; i++)
		out[4 * i] = x[i] ^ flip;
}

/* A whole row of every lane: four bytes, least significant first. */
static inline void interleave(const uint8_t *x, size_t down, uint8_t flip,
			      uint8_t *out)
{
	for (size_t i = 0; i < U8S8_PANEL; i += 4) {
		vb4 r0, r1, r2, r3;
		vi4 group;

		memcpy(&r0, x + i, 4);
		memcpy(&r1, x + down + i, 4);
		memcpy(&r2, x + 2 * down + i, 4);
		memcpy(&r3, x + 3 * down + i, 4);
		group = __builtin_convertvector(r0 ^ flip, vi4) |
			__builtin_convertvector(r1 ^ flip, vi4) << 8 |
			__builtin_convertvector(r2 ^ flip, vi4) << 16 |
			__builtin_convertvector(r3 ^ flip, vi4) << 24;
		memcpy(out + 4 * i, &group, sizeof(group));
	}
}

/* One panel of neighbouring columns: four rows interleave into one group. */
static void pack_panel(const uint8_t *x, size_t down, size_t k, size_t count,
		       uint8_t flip, uint8_t *panel)
{
	const size_t bytes = 4 * U8S8_PANEL;

	for (; k >= 4 && count == U8S8_PANEL;
	     k -= 4, x += 4 * down, panel += bytes)
		interleave(x, down, flip, panel);
	memset(panel, 0, u8s8_groups(k) * bytes);
	for (size_t i = 0; i < k; i++, x += down)
		spread(x, count, flip, panel + i / 4 * bytes + i % 4);
}

static void pack_scattered(const uint8_t *x, size_t down, size_t right,
			   size_t k, size_t count, uint8_t flip, uint8_t *panel)
{
	memset(panel, 0, u8s8_panel_bytes(k));
	for (size_t j = 0; j < count; j++)
		for (size_t i = 0; i < k; i++)
			panel[i / 4 * 4 * U8S8_PANEL + j * 4 + i % 4] =
				x[i * down + j * right] ^ flip;
}

void kern_u8s8_pack(const uint8_t *x, size_t down, size_t right, size_t k,
		    size_t n, uint8_t flip, uint8_t *panels)
{
	for (size_t j = 0; j < n; j += U8S8_PANEL) {
		size_t count = n - j < U8S8_PANEL ? n - j : U8S8_PANEL;

		if (right == 1)
			pack_panel(x + j, down, k, count, flip, panels);
		else
			pack_scattered(x + j * right, down, right, k, count,
				       flip, panels);
		panels += u8s8_panel_bytes(k);
	}
}

void kern_u8s8_rows(const uint8_t *x, size_t m, size_t k, uint8_t flip,
		    uint8_t *rows)
{
	size_t width = u8s8_groups(k) * 4;

	for (size_t i = 0; i < m; i++, x += k, rows += width) {
		for (size_t j = 0; j < k; j++)
			rows[j] = x[j] ^ flip;
		memset(rows + k, 0, width - k);
	}
}
