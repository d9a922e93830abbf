/* SPDX-License-Identifier: Apache-2.0 */
/* kern/lookup.c -- functions of bytes, as tables. */
#include "kern/lookup.h"

#include "kern/vec.h"

static void lookup_plain(const uint8_t *table, const uint8_t *x, uint8_t *y,
			 size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = table[x[i]];
}

#if HAVE_X86

#define VBMI TARGET("avx512f,avx512bw,avx512vl,avx512vbmi")

/* Two registers are a table of 128 bytes, which VPERMI2B looks up by the low 7
 * bits of an index. */
VBMI static inline __m512i lookup_64(const __m512i *t, __m512i x)
{
	__m512i low = _mm512_permutex2var_epi8(t[0], x, t[1]);
	__m512i high = _mm512_permutex2var_epi8(t[2], x, t[3]);

	return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
}

VBMI static void lookup_vbmi(const uint8_t *table, const uint8_t *x, uint8_t *y,
			     size_t n)
{
	__m512i t[4];
	__mmask64 rest;
	size_t i = 0;

	for (int k = 0; k < 4; k++)
		t[k] = _mm512_loadu_si512(table + 64 * k);
	for (; i + 64 <= n; i += 64)
		_mm512_storeu_si512(y + i,
				    lookup_64(t, _mm512_loadu_si512(x + i)));
	if (i == n)
		return;
	rest = ~(__mmask64)0 >> (64 - (n - i));
	_mm512_mask_storeu_epi8(
		y + i, rest,
		lookup_64(t, _mm512_maskz_loadu_epi8(rest, x + i)));
}

#endif

void kern_lookup_u8(const uint8_t *table, const uint8_t *x, uint8_t *y,
		    size_t n)
{
#if HAVE_X86
	if (cpu_has(CPU_VBMI)) {
		lookup_vbmi(table, x, y, n);
		return;
	}
#endif
	lookup_plain(table, x, y, n);
}
