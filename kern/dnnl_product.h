/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_product.h -- matrix products of codes by oneDNN. */
#ifndef KERN_DNNL_PRODUCT_H
#define KERN_DNNL_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Y [m, n] = SCALE[j] * (X [m, k] W [k, n] + BIAS[j]), as floats, or rounded,
 * moved by Y_ZERO and saturated.  X has no zero point: BIAS makes up for it.
 */
struct dnnl_product_spec {
	int64_t m, n, k;
	bool turned; /* W is stored [n, k] */
	bool x_signed, y_signed;
	bool codes; /* Y is codes, else floats */
	int32_t y_zero;
	const float *scale, *bias; /* per column; read once */
	const int8_t *w;	   /* copied */
};

struct dnnl_product;

/* NULL where the library is not installed or has nothing better than plain
 * loops. */
struct dnnl_product *dnnl_product_make(const struct dnnl_product_spec *s);
void dnnl_product_free(struct dnnl_product *p);
size_t dnnl_product_bytes(const struct dnnl_product *p);

size_t dnnl_product_scratch(const struct dnnl_product *p); /* bytes */

/* Y may not lie where X does; SCRATCH is aligned to 64 bytes. */
bool dnnl_product_run(const struct dnnl_product *p, const void *x, void *y,
		      void *scratch);

#endif
