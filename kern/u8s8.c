/* SPDX-License-Identifier: Apache-2.0 */
/* kern/u8s8.c -- sums of products of bytes, for three instruction sets. */
#include "kern/u8s8.h"

#include <string.h>

#include "kern/vec.h"

/* ---- plain C ------------------------------------------------------------ */

#define NAME(f) f##_plain
#define ISA
#define VS struct sums1
#define VS_LANES 1
#define PANEL_VECTORS 16
#define TILE_ROWS 1
#define TILE_PANELS 1

struct sums1 {
	int32_t x;
};

static inline struct sums1 zero_plain(void)
{
	return (struct sums1){0};
}

static inline void store_plain(int32_t *p, struct sums1 v)
{
	*p = v.x;
}

static inline struct sums1 dot_plain(struct sums1 acc, const uint8_t *p,
				     const uint8_t *row, bool is_unsigned)
{
	uint32_t sum = (uint32_t)acc.x;

	for (int i = 0; i < 4; i++)
		sum += (uint32_t)(is_unsigned ? p[i] * (int8_t)row[i]
					      : (int8_t)p[i] * row[i]);
	return (struct sums1){(int32_t)sum};
}

#include "kern/u8s8_tmpl.h"
#undef NAME
#undef ISA
#undef VS
#undef VS_LANES
#undef PANEL_VECTORS
#undef TILE_ROWS
#undef TILE_PANELS

#if HAVE_X86

/* ---- AVX2 --------------------------------------------------------------- */

/* Bytes become 16-bit numbers, even and odd ones apart: VPMADDUBSW would
 * saturate their sums. */
#define NAME(f) f##_avx2
#define ISA TARGET("avx2")
#define VS __m256i
#define VS_LANES 8
#define PANEL_VECTORS 2
#define TILE_ROWS 4
#define TILE_PANELS 1

ISA static inline __m256i zero_avx2(void)
{
	return _mm256_setzero_si256();
}

ISA static inline void store_avx2(int32_t *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)p, v);
}

ISA static inline __m256i even_avx2(__m256i x, bool is_unsigned)
{
	return is_unsigned ? _mm256_and_si256(x, _mm256_set1_epi16(0xff))
			   : _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8);
}

ISA static inline __m256i odd_avx2(__m256i x, bool is_unsigned)
{
	return is_unsigned ? _mm256_srli_epi16(x, 8) : _mm256_srai_epi16(x, 8);
}

ISA static inline __m256i dot_avx2(__m256i acc, const uint8_t *p,
				   const uint8_t *row, bool is_unsigned)
{
	__m256i x = _mm256_loadu_si256((const __m256i *)p), w;
	int32_t four;

	memcpy(&four, row, sizeof(four));
	w = _mm256_set1_epi32(four);
	acc = _mm256_add_epi32(acc,
			       _mm256_madd_epi16(even_avx2(x, is_unsigned),
						 even_avx2(w, !is_unsigned)));
	return _mm256_add_epi32(acc,
				_mm256_madd_epi16(odd_avx2(x, is_unsigned),
						  odd_avx2(w, !is_unsigned)));
}

#include "kern/u8s8_tmpl.h"
#undef NAME
#undef ISA
#undef VS
#undef VS_LANES
#undef PANEL_VECTORS
#undef TILE_ROWS
#undef TILE_PANELS

/* ---- AVX-512 VNNI ------------------------------------------------------- */

#define NAME(f) f##_vnni
#define ISA TARGET("avx512f,avx512bw,avx512vl,avx512vnni")
#define VS __m512i
#define VS_LANES 16
#define PANEL_VECTORS 1
#define TILE_ROWS 4
#define TILE_PANELS 4

ISA static inline __m512i zero_vnni(void)
{
	return _mm512_setzero_si512();
}

ISA static inline void store_vnni(int32_t *p, __m512i v)
{
	_mm512_storeu_si512(p, v);
}

ISA static inline __m512i dot_vnni(__m512i acc, const uint8_t *p,
				   const uint8_t *row, bool is_unsigned)
{
	__m512i x = _mm512_loadu_si512(p);
	int32_t four;

	memcpy(&four, row, sizeof(four));
	return is_unsigned
		       ? _mm512_dpbusd_epi32(acc, x, _mm512_set1_epi32(four))
		       : _mm512_dpbusd_epi32(acc, _mm512_set1_epi32(four), x);
}

#include "kern/u8s8_tmpl.h"

#endif

void kern_u8s8_sums(const struct u8s8 *g, const uint8_t *rows,
		    const uint8_t *panels, int32_t *sum)
{
#if HAVE_X86
	if (cpu_has(CPU_VNNI)) {
		sums_vnni(g, rows, panels, sum);
		return;
	}
	if (cpu_has(CPU_AVX2)) {
		sums_avx2(g, rows, panels, sum);
		return;
	}
#endif
	sums_plain(g, rows, panels, sum);
}
