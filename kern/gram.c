/* SPDX-License-Identifier: Apache-2.0 */
/* kern/gram.c -- sums of products of columns, in tiles of 8 by 8. */
#include "kern/gram.h"

#include "base/compiler.h"
#include "kern/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { TILE = KERN_GRAM_TILE };

/* Rows ROW .. ROW_END - 1 and columns COLUMN .. COLUMN_END - 1 of H. */
static void part_plain(const double *x, size_t samples, size_t stride,
		       size_t row, size_t row_end, size_t column,
		       size_t column_end, double *h, size_t n)
{
	for (size_t i = row; i < row_end; i++)
		for (size_t j = column; j < column_end; j++) {
			double sum = h[i * n + j];

			for (size_t s = 0; s < samples; s++)
				sum += x[s * stride + i] * x[s * stride + j];
			h[i * n + j] = sum;
		}
}

void kern_gram_f64_plain(const double *x, size_t samples, size_t stride,
			 size_t first, size_t last, double *h, size_t n)
{
	part_plain(x, samples, stride, first, last, 0, last, h, n);
}

#if defined(__x86_64__)

/* 4 rows by 8 columns: 8 accumulators of 4 doubles. */
TARGET("avx2,fma")
static void half_tile_avx2(const double *x, size_t samples, size_t stride,
			   size_t row, size_t column, double *h, size_t n)
{
	__m256d sum[4][2];

	UNROLL
	for (int i = 0; i < 4; i++) {
		const double *from = h + (row + i) * n + column;

		sum[i][0] = _mm256_loadu_pd(from);
		sum[i][1] = _mm256_loadu_pd(from + 4);
	}
	for (size_t s = 0; s < samples; s++, x += stride) {
		__m256d a = _mm256_loadu_pd(x + column);
		__m256d b = _mm256_loadu_pd(x + column + 4);

		UNROLL
		for (int i = 0; i < 4; i++) {
			__m256d w = _mm256_broadcast_sd(x + row + i);

			sum[i][0] = _mm256_fmadd_pd(w, a, sum[i][0]);
			sum[i][1] = _mm256_fmadd_pd(w, b, sum[i][1]);
		}
	}
	UNROLL
	for (int i = 0; i < 4; i++) {
		double *to = h + (row + i) * n + column;

		_mm256_storeu_pd(to, sum[i][0]);
		_mm256_storeu_pd(to + 4, sum[i][1]);
	}
}

/* 8 rows by 24 columns: 24 accumulators of 8 doubles, so that sums and not
 * loads are what takes time. */
TARGET("avx512f")
static void wide_tile_avx512(const double *x, size_t samples, size_t stride,
			     size_t row, size_t column, double *h, size_t n)
{
	__m512d sum[TILE][3];

	UNROLL
	for (int i = 0; i < TILE; i++)
		UNROLL
	for (int k = 0; k < 3; k++)
		sum[i][k] = _mm512_loadu_pd(h + (row + i) * n + column +
					    TILE * k);
	for (size_t s = 0; s < samples; s++, x += stride) {
		__m512d a = _mm512_loadu_pd(x + column);
		__m512d b = _mm512_loadu_pd(x + column + TILE);
		__m512d c = _mm512_loadu_pd(x + column + TILE * 2);

		UNROLL
		for (int i = 0; i < TILE; i++) {
			__m512d w = _mm512_set1_pd(x[row + i]);

			sum[i][0] = _mm512_fmadd_pd(w, a, sum[i][0]);
			sum[i][1] = _mm512_fmadd_pd(w, b, sum[i][1]);
			sum[i][2] = _mm512_fmadd_pd(w, c, sum[i][2]);
		}
	}
	UNROLL
	for (int i = 0; i < TILE; i++)
		UNROLL
	for (int k = 0; k < 3; k++)
		_mm512_storeu_pd(h + (row + i) * n + column + TILE * k,
				 sum[i][k]);
}

/* 8 rows by 8 columns: 8 accumulators of 8 doubles. */
TARGET("avx512f")
static void tile_avx512(const double *x, size_t samples, size_t stride,
			size_t row, size_t column, double *h, size_t n)
{
	__m512d sum[TILE];

	UNROLL
	for (int i = 0; i < TILE; i++)
		sum[i] = _mm512_loadu_pd(h + (row + i) * n + column);
	for (size_t s = 0; s < samples; s++, x += stride) {
		__m512d a = _mm512_loadu_pd(x + column);

		UNROLL
		for (int i = 0; i < TILE; i++)
			sum[i] = _mm512_fmadd_pd(_mm512_set1_pd(x[row + i]), a,
						 sum[i]);
	}
	UNROLL
	for (int i = 0; i < TILE; i++)
		_mm512_storeu_pd(h + (row + i) * n + column, sum[i]);
}

static void tile_avx2(const double *x, size_t samples, size_t stride,
		      size_t row, size_t column, double *h, size_t n)
{
	half_tile_avx2(x, samples, stride, row, column, h, n);
	half_tile_avx2(x, samples, stride, row + 4, column, h, n);
}

typedef void tile_fn(const double *x, size_t samples, size_t stride, size_t row,
		     size_t column, double *h, size_t n);

/* WIDE makes three tiles beside each other; NULL: TILE does. */
static void gram_tiles(tile_fn *tile, tile_fn *wide, const double *x,
		       size_t samples, size_t stride, size_t first, size_t last,
		       double *h, size_t n)
{
	size_t whole = last / TILE * TILE, j = 0;

	/* Columns J stay in the nearest cache for all rows. */
	for (; wide && j + 3 * TILE <= last; j += 3 * TILE)
		for (size_t i = first; i + TILE <= last; i += TILE)
			wide(x, samples, stride, i, j, h, n);
	for (; j + TILE <= last; j += TILE)
		for (size_t i = first; i + TILE <= last; i += TILE)
			tile(x, samples, stride, i, j, h, n);
	if (whole < first)
		whole = first;
	part_plain(x, samples, stride, whole, last, 0, last, h, n);
	part_plain(x, samples, stride, first, whole, whole, last, h, n);
}

#endif

void kern_gram_f64(const double *x, size_t samples, size_t stride, size_t first,
		   size_t last, double *h, size_t n)
{
#if defined(__x86_64__)
	if (cpu_has(CPU_AVX512)) {
		gram_tiles(tile_avx512, wide_tile_avx512, x, samples, stride,
			   first, last, h, n);
		return;
	}
	if (cpu_has(CPU_AVX2)) {
		gram_tiles(tile_avx2, NULL, x, samples, stride, first, last, h,
			   n);
		return;
	}
#endif
	kern_gram_f64_plain(x, samples, stride, first, last, h, n);
}
