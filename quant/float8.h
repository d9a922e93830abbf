/* SPDX-License-Identifier: Apache-2.0 */
/* quant/float8.h -- what the schemes of 8-bit floats share. */
#ifndef QUANT_FLOAT8_H
#define QUANT_FLOAT8_H

#include "quant/scheme.h"

/* The magnitudes of B->scheme->dtype: its codes from 0 up to the greatest
 * finite number. */
void float8_fill(struct codebook *b);

#endif
