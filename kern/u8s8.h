/* SPDX-License-Identifier: Apache-2.0 */
/* kern/u8s8.h -- sums of products of bytes, exact in 32 bits.
 *
 * The inner dimension runs in GROUPS of 4 bytes, as AVX-512 VNNI multiplies
 * them.  A PANEL holds 16 columns: for each group 16 times 4 bytes.  ROWS are
 * GROUPS * 4 bytes each.  Unused bytes of the last group are zero in both.
 * All instruction sets give the same sums.
 */
#ifndef KERN_U8S8_H
#define KERN_U8S8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { U8S8_PANEL = 16 };

size_t u8s8_groups(size_t k);
size_t u8s8_panels(size_t n);
size_t u8s8_panel_bytes(size_t k);

/*
 * Panels of the K x N matrix X, whose element (i, j) is X[i * DOWN + j *
 * RIGHT]; FLIP is XORed to every byte (0x80: between signed and unsigned).
 */
void kern_u8s8_pack(const uint8_t *x, size_t down, size_t right, size_t k,
		    size_t n, uint8_t flip, uint8_t *panels);

/* Rows of the M x K matrix X, element (i, j) at X[i * K + j]. */
void kern_u8s8_rows(const uint8_t *x, size_t m, size_t k, uint8_t flip,
		    uint8_t *rows);

/*
 * SUM[i * LD + j] = sum over k of ROWS[i, k] * PANELS[k, j], i < M, j < 16 *
 * NPANELS.  UNSIGNED_PANELS: panels are unsigned and rows signed, else the
 * other way round.
 */
struct u8s8 {
	size_t m, groups, npanels, ld;
	bool unsigned_panels;
};

void kern_u8s8_sums(const struct u8s8 *g, const uint8_t *rows,
		    const uint8_t *panels, int32_t *sum);

/*
 * Y[i] = saturate(round(float(SUM[i] + BIAS) * SCALE) + ZERO), ties to even,
 * between LO and HI (all three as stored in a byte of either sign).
 */
struct requant_u8 {
	float scale;
	int32_t bias, zero, lo, hi;
};

void kern_requant_u8(const struct requant_u8 *r, const int32_t *sum, uint8_t *y,
		     size_t n);

/* The same with a bias and scale for each element; BIAS may be NULL. */
void kern_requant_row_u8(const struct requant_u8 *r, const float *scale,
			 const int32_t *bias, const int32_t *sum, uint8_t *y,
			 size_t n);

/* Y[i] = float(SUM[i] + BIAS[i]) * SCALE[i] + SHIFT[i], as floats. */
void kern_scale_row_f32(const float *scale, const int32_t *bias,
			const float *shift, const int32_t *sum, float *y,
			size_t n);

/* Sums that are integers held exactly as floats. */
void kern_requant_f32_u8(const struct requant_u8 *r, const float *sum,
			 uint8_t *y, size_t n);

#endif
