/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/datum_text.h -- results as text, and texts that agree. */
#ifndef TESTS_OPS_DATUM_TEXT_H
#define TESTS_OPS_DATUM_TEXT_H

#include "base/str.h"
#include "graph/tensor.h"

/*
 * Tensors: type and elements, "float[2] 1 2.5"; strings quoted, complex numbers
 * as real and imaginary part.  Containers: "seq [ float[1] 1 ; float[1] 2 ]",
 * "optional [ ]", "map [ 1: 0.5 ; 2: 0.25 ]" (a value of one element without
 * its type).
 */
void datum_text(struct str *s, const struct datum *d);

/*
 * Word by word the same, or numbers that differ by at most 2e-6 of the wanted
 * one or 1e-7.  A wanted text that ends in "..." tells the type alone.
 */
bool datum_text_agrees(const char *got, const char *want);

#endif
