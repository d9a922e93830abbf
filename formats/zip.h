/* SPDX-License-Identifier: Apache-2.0 */
/* formats/zip.h -- zip archives in memory, with zip64.
 *
 * Read: members stored or deflated, in one disk, not encrypted.  Everything
 * is taken from the central directory and checked against the local headers;
 * members that overlap, have odd names or inflate beyond what deflate can do
 * are refused.  Source: PKWARE APPNOTE 6.3.10.
 */
#ifndef FORMATS_ZIP_H
#define FORMATS_ZIP_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/output.h"

struct zip_member {
	const char *name;
	struct bytes stored; /* as it lies in the archive */
	uint64_t bytes;	     /* inflated */
	uint32_t crc;
	bool deflated;
};

struct zip {
	struct zip_member *at; /* in the order of the directory */
	uint32_t count;
};

/* The directory of ARCHIVE; names go into A. */
MUST_USE bool zip_open(struct zip *z, struct bytes archive, struct arena *a,
		       const struct limits *lim, struct err *e);

/* Put the content of a deflated M into TO (M->bytes long), or check that of a
 * stored one (TO is ignored).  ERR_FORMAT if size or checksum is wrong. */
MUST_USE bool zip_extract(const struct zip_member *m, uint8_t *to,
			  struct err *e);

/* One archive under construction: members are stored, each starts at a
 * multiple of ZIP_ALIGN, all times are 1980-01-01. */
enum { ZIP_ALIGN = 64 };

struct zip_entry; /* what the directory will say */

struct zip_writer {
	struct sink *sink;
	struct arena arena;
	struct zip_entry *first, *last;
	uint64_t offset, count;
};

void zip_writer_init(struct zip_writer *w, struct sink *sink);
/* A member whose content is the COUNT pieces in order. */
MUST_USE bool zip_writer_add(struct zip_writer *w, const char *name,
			     const struct bytes *piece, size_t count,
			     struct err *e);
MUST_USE bool zip_writer_finish(struct zip_writer *w, struct err *e);
void zip_writer_release(struct zip_writer *w);

#endif
