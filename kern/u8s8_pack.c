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

#if HAVE_X86

/* Four rows of 16 columns; the instructions are part of x86-64 itself. */
static inline void interleave(const uint8_t *x, size_t down, uint8_t flip,
			      uint8_t *out)
{
	__m128i f = _mm_set1_epi8((char)flip), row[4], lo, hi;
	__m128i *to = (__m128i *)out;

	for (int i = 0; i < 4; i++)
		row[i] = _mm_xor_si128(
			f, _mm_loadu_si128(
				   (const __m128i *)(x + (size_t)i * down)));
	lo = _mm_unpacklo_epi8(row[0], row[1]);
	hi = _mm_unpacklo_epi8(row[2], row[3]);
	_mm_storeu_si128(to, _mm_unpacklo_epi16(lo, hi));
	_mm_storeu_si128(to + 1, _mm_unpackhi_epi16(lo, hi));
	lo = _mm_unpackhi_epi8(row[0], row[1]);
	hi = _mm_unpackhi_epi8(row[2], row[3]);
	_mm_storeu_si128(to + 2, _mm_unpacklo_epi16(lo, hi));
	_mm_storeu_si128(to + 3, _mm_unpackhi_epi16(lo, hi));
}

#else

static inline void interleave(const uint8_t *x, size_t down, uint8_t flip,
			      uint8_t *out)
{
	for (size_t i = 0; i < U8S8_PANEL; i++)
		for (size_t k = 0; k < 4; k++)
			out[4 * i + k] = x[k * down + i] ^ flip;
}

#endif

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
