/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_conv.h -- convolutions by oneDNN, where it is installed.
 *
 * The library is loaded when it is first asked for: linking it would cost
 * every start of the program some milliseconds.
 */
#ifndef KERN_DNNL_CONV_H
#define KERN_DNNL_CONV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "kern/act.h"

/* Loads it; ERR_UNSUPPORTED says what is missing. */
bool dnnl_available(struct err *e);

enum dnnl_order { DNNL_ROWS, DNNL_LAST, DNNL_C8, DNNL_C16 };

/* Sums of codes: the convolution, rounded and clamped, times CONV_SCALE plus
 * (y - ZERO) * SCALE. */
struct dnnl_sum {
	float least, most, conv_scale, scale;
	int32_t zero;
};

struct dnnl_conv_spec {
	int64_t images, groups, c, m; /* channels of one group */
	int64_t in[2], out[2], kernel[2], stride[2], dilation[2], before[2];
	struct act act;		 /* after the sum, or ACT_NONE */
	bool adds;		 /* to what Y holds before */
	struct dnnl_sum sum;	 /* how, with codes */
	bool has_bias;		 /* float, or int32 with codes */
	bool codes;		 /* 8-bit operands and results */
	bool x_signed, y_signed; /* of the codes */
	int32_t x_zero, y_zero;	 /* zero points; weights have none */
	const float *multiplier; /* per output channel, with codes */
	bool blocked;  /* X and Y in blocks of 16 channels, else as it likes */
	bool winograd; /* fewer products (Winograd's), or not at all */
};

/* The same convolution. */
bool dnnl_conv_spec_equal(const struct dnnl_conv_spec *a,
			  const struct dnnl_conv_spec *b);

/* What the library would do for a spec, which costs about a millisecond. */
struct dnnl_desc;

/* NULL if it has nothing better than plain loops. */
struct dnnl_desc *dnnl_desc_make(const struct dnnl_conv_spec *s);
void dnnl_desc_free(struct dnnl_desc *d);

/* What it reads and writes. */
enum dnnl_order dnnl_desc_in(const struct dnnl_desc *d);
enum dnnl_order dnnl_desc_out(const struct dnnl_desc *d);

/* One that is ready to run. */
struct dnnl_conv;

/* WEIGHTS [groups m, c, kh, kw] are float or int8, BIAS [groups m] is read if
 * the spec has one; both are copied, at any alignment.  D may be freed.  NULL
 * if the library fails. */
struct dnnl_conv *dnnl_conv_make(const struct dnnl_desc *d, const void *weights,
				 const void *bias);
void dnnl_conv_free(struct dnnl_conv *v);
size_t dnnl_conv_bytes(const struct dnnl_conv *v); /* packed weights */

size_t dnnl_conv_scratch(const struct dnnl_conv *v); /* bytes */

/* Y may not lie where X does; SCRATCH is aligned to 64 bytes. */
bool dnnl_conv_run(const struct dnnl_conv *v, const void *x, void *y,
		   void *scratch);

#endif
