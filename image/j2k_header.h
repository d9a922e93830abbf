/* SPDX-License-Identifier: Apache-2.0 */
/* image/j2k_header.h -- sizes in a JPEG 2000 file, before OpenJPEG sees it.
 *
 * OpenJPEG allocates for every tile and component that a header names, some
 * kilobytes each, before anything could refuse them.
 */
#ifndef IMAGE_J2K_HEADER_H
#define IMAGE_J2K_HEADER_H

#include "image/image.h"

struct j2k_header {
	bool boxed; /* a JP2 file, not a bare codestream */
	size_t width, height;
	size_t components, tiles;
	size_t columns; /* of the palette; 0: none */
};

/* ERR_FORMAT if there is no codestream with a size. */
MUST_USE bool j2k_read_header(struct j2k_header *h, struct bytes file,
			      struct err *e);

#endif
