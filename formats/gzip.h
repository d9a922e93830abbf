/* SPDX-License-Identifier: Apache-2.0 */
/* formats/gzip.h -- gzip data, inflated piece by piece. */
#ifndef FORMATS_GZIP_H
#define FORMATS_GZIP_H

#include "base/buf.h"

/* Deflate cannot do better than 258 bytes for two bits. */
enum { GZIP_RATIO_MAX = 1032 };

struct gzip;

bool gzip_probe(struct bytes head);

/* Reads what is in DATA, which must outlive *OUT; gzip_close() frees it. */
MUST_USE bool gzip_open(struct gzip **out, struct bytes data, struct err *e);

/* The next N bytes; ERR_FORMAT if there are fewer or they are damaged. */
MUST_USE bool gzip_read(struct gzip *g, void *to, size_t n, struct err *e);

/* Nothing may be left, and the checksum must fit. */
MUST_USE bool gzip_finish(struct gzip *g, struct err *e);
void gzip_close(struct gzip *g);

#endif
