/* SPDX-License-Identifier: Apache-2.0 */
/* formats/npy.h -- NumPy arrays (.npy 1.0, 2.0 and 3.0), one or in archives.
 *
 * Read: bool, integers, float16/32/64, complex64/128, byte strings (S) and
 * UTF-32 strings (U, as UTF-8); either byte order, C or Fortran order.
 * Objects, structures, times and raw bytes are refused.
 * Written: little endian, C order, version 1.0; types that NumPy lacks are
 * widened exactly: bfloat16 and smaller floats to float32, 2- and 4-bit
 * integers to 8 bits.
 * Source: numpy/lib/format.py.
 */
#ifndef FORMATS_NPY_H
#define FORMATS_NPY_H

#include "base/str.h"
#include "formats/format.h"

/*
 * The array in FILE, as *OUT.  Its data points into FILE where it can, else
 * into storage of SET.
 */
MUST_USE bool npy_parse(struct tensor *out, struct bytes file,
			struct tensor_set *set, const struct limits *lim,
			struct err *e);

/* An array ready to be written: HEAD, then BODY. */
struct npy_image {
	struct str head;
	struct bytes body;
	struct buf converted; /* BODY, if T's data could not serve */
};

/* ERR_UNSUPPORTED: strings that are not UTF-8 or hold a NUL byte. */
MUST_USE bool npy_image_init(struct npy_image *x, const struct tensor *t,
			     struct err *e);
void npy_image_release(struct npy_image *x);

/* Call VISIT for every tensor inside the datum of T: the tensor itself, the
 * items NAME.0, NAME.1 ... of a sequence, NAME.keys and NAME.values.0 ... of a
 * map. */
struct tensor_visitor {
	bool (*visit)(struct tensor_visitor *self, const char *name,
		      const struct tensor *t, struct err *e);
};
MUST_USE bool named_tensor_visit(const struct named_tensor *t,
				 struct tensor_visitor *v, struct err *e);

#endif
