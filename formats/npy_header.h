/* SPDX-License-Identifier: Apache-2.0 */
/* formats/npy_header.h -- the header of a NumPy array. */
#ifndef FORMATS_NPY_HEADER_H
#define FORMATS_NPY_HEADER_H

#include "base/buf.h"
#include "graph/tensor.h"

enum { NPY_MAGIC_BYTES = 6 };

extern const char npy_magic[];

/* What the header says. */
struct npy_header {
	char order, kind; /* '<' '>' '=' '|' and 'f' 'i' ... */
	size_t item_bytes;
	bool fortran;
	struct shape shape;
	bool has_descr, has_fortran, has_shape;
};

/* Split FILE into its header and the payload behind it. */
MUST_USE bool npy_header_parse(struct bytes file, struct npy_header *h,
			       struct bytes *payload, struct err *e);

#endif
