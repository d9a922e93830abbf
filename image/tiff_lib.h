/* SPDX-License-Identifier: Apache-2.0 */
/* image/tiff_lib.h -- libtiff's functions, loaded when they are first needed. */
#ifndef IMAGE_TIFF_LIB_H
#define IMAGE_TIFF_LIB_H

#include <tiffio.h>

#include "base/err.h"

/* Every function that is used, with its own type. */
#define TIFF_FUNCTIONS(F)                       \
	F(TIFFOpenOptionsAlloc)                 \
	F(TIFFOpenOptionsFree)                  \
	F(TIFFOpenOptionsSetErrorHandlerExtR)   \
	F(TIFFOpenOptionsSetMaxSingleMemAlloc)  \
	F(TIFFOpenOptionsSetWarningHandlerExtR) \
	F(TIFFClientOpenExt)                    \
	F(TIFFClose)                            \
	F(TIFFGetField)                         \
	F(TIFFRGBAImageOK)                      \
	F(TIFFReadRGBAImageOriented)            \
	F(TIFFSetField)

struct tiff_lib {
#define F(name) __typeof__(&name) name;
	TIFF_FUNCTIONS(F)
#undef F
};

/* NULL where it cannot be loaded: ERR_UNSUPPORTED. */
const struct tiff_lib *tiff_lib(struct err *e);

#endif
