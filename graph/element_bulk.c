/* SPDX-License-Identifier: Apache-2.0 */
/* graph/element_bulk.c -- runs of elements; see element.h.
 *
 * One loop for each type that whole networks are made of, the accessors of
 * element.c for the others.
 */
#include "graph/element.h"

#include <math.h>
#include <string.h>

static void load_f32(const char *p, size_t n, double *out)
{
	float x;

	for (size_t k = 0; k < n; k++) {
		memcpy(&x, p + k * sizeof(x), sizeof(x));
		out[k] = x;
	}
}

static void load_i32(const char *p, size_t n, double *out)
{
	int32_t x;

	for (size_t k = 0; k < n; k++) {
		memcpy(&x, p + k * sizeof(x), sizeof(x));
		out[k] = x;
	}
}

void element_load(enum dtype t, const void *data, size_t i, size_t n,
		  double *out)
{
	const uint8_t *u8 = data;
	const int8_t *i8 = data;

	if (!n) /* DATA may be NULL */
		return;
	switch (t) {
	case DTYPE_F32:
		load_f32((const char *)data + i * sizeof(float), n, out);
		break;
	case DTYPE_F64:
		memcpy(out, (const char *)data + i * sizeof(double),
		       n * sizeof(double));
		break;
	case DTYPE_U8:
		for (size_t k = 0; k < n; k++)
			out[k] = u8[i + k];
		break;
	case DTYPE_I8:
		for (size_t k = 0; k < n; k++)
			out[k] = i8[i + k];
		break;
	case DTYPE_BOOL:
		for (size_t k = 0; k < n; k++)
			out[k] = u8[i + k] != 0;
		break;
	case DTYPE_I32:
		load_i32((const char *)data + i * sizeof(int32_t), n, out);
		break;
	default:
		for (size_t k = 0; k < n; k++)
			out[k] = element_double(t, data, i + k);
	}
}

static void store_f32(char *p, size_t n, const double *x)
{
	float f;

	for (size_t k = 0; k < n; k++) {
		f = (float)x[k];
		memcpy(p + k * sizeof(f), &f, sizeof(f));
	}
}

/* To nearest even, clamped to [LO, LO + 255]; NaN becomes 0. */
static void store_8(uint8_t *p, size_t n, const double *x, double lo)
{
	for (size_t k = 0; k < n; k++) {
		double r = isnan(x[k]) ? 0 : nearbyint(x[k]);

		r = r < lo ? lo : r > lo + 255 ? lo + 255 : r;
		p[k] = (uint8_t)(int)r;
	}
}

void element_store(enum dtype t, void *data, size_t i, size_t n,
		   const double *x)
{
	if (!n)
		return;
	switch (t) {
	case DTYPE_F32:
		store_f32((char *)data + i * sizeof(float), n, x);
		break;
	case DTYPE_F64:
		memcpy((char *)data + i * sizeof(double), x,
		       n * sizeof(double));
		break;
	case DTYPE_U8:
		store_8((uint8_t *)data + i, n, x, 0);
		break;
	case DTYPE_I8:
		store_8((uint8_t *)data + i, n, x, -128);
		break;
	default:
		for (size_t k = 0; k < n; k++)
			element_set_double(t, data, i + k, x[k]);
	}
}

void element_load_ints(enum dtype t, const void *data, size_t i, size_t n,
		       int64_t *out)
{
	const uint8_t *u8 = data;
	const char *p = (const char *)data + i * sizeof(int32_t);
	int32_t x;

	switch (t) {
	case DTYPE_I64:
	case DTYPE_U64:
		memcpy(out, (const char *)data + i * sizeof(*out),
		       n * sizeof(*out));
		break;
	case DTYPE_I32:
		for (size_t k = 0; k < n; k++) {
			memcpy(&x, p + k * sizeof(x), sizeof(x));
			out[k] = x;
		}
		break;
	case DTYPE_U8:
		for (size_t k = 0; k < n; k++)
			out[k] = u8[i + k];
		break;
	case DTYPE_BOOL:
		for (size_t k = 0; k < n; k++)
			out[k] = u8[i + k] != 0;
		break;
	default:
		for (size_t k = 0; k < n; k++)
			out[k] = element_int(t, data, i + k);
	}
}

void element_store_ints(enum dtype t, void *data, size_t i, size_t n,
			const int64_t *x)
{
	uint8_t *u8 = data;
	char *p = (char *)data + i * sizeof(uint32_t);
	uint32_t low;

	switch (t) {
	case DTYPE_I64:
	case DTYPE_U64:
		memcpy((char *)data + i * sizeof(*x), x, n * sizeof(*x));
		break;
	case DTYPE_I32:
	case DTYPE_U32:
		for (size_t k = 0; k < n; k++) {
			low = (uint32_t)x[k];
			memcpy(p + k * sizeof(low), &low, sizeof(low));
		}
		break;
	case DTYPE_U8:
		for (size_t k = 0; k < n; k++)
			u8[i + k] = (uint8_t)x[k];
		break;
	case DTYPE_BOOL:
		for (size_t k = 0; k < n; k++)
			u8[i + k] = x[k] != 0;
		break;
	default:
		for (size_t k = 0; k < n; k++)
			element_set_int(t, data, i + k, x[k]);
	}
}
