/* SPDX-License-Identifier: Apache-2.0 */
/* base/str.h -- growable text. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Text under construction; TEXT is always terminated once anything was added.
 * A zeroed struct is an empty string.  Memory exhaustion ends the process. */
struct str {
	char *text;
	size_t len, cap;
};

void str_add(struct str *s, const char *text);
void str_addn(struct str *s, const char *bytes, size_t n);
void str_addc(struct str *s, char c);
void str_addf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Append TEXT with control bytes, quotes, backslashes and invalid UTF-8 written
 * as \n, \", \\, \xNN: what may be printed to a terminal or a log. */
void str_add_escaped(struct str *s, const char *bytes, size_t n);

/* Shortest decimal that reads back as X, the same in every locale; "nan",
 * "inf", "-inf". */
void str_add_double(struct str *s, double x);
void str_add_float(struct str *s, float x);

/* Bytes for people: "512 B", "12.3 KiB", "1.95 GiB". */
void str_add_bytes(struct str *s, double bytes);
/* Counts for people: "512", "12.3 k", "1.95 M", "41.1 G". */
void str_add_count(struct str *s, double count);

void str_release(struct str *s);

/* Parse all of TEXT as one number in the C locale; false if anything is left,
 * or if it does not fit. */
bool str_to_double(const char *text, double *x);
bool str_to_int(const char *text, long long *x);

/* Length of the well-formed, printable UTF-8 sequence at S (N bytes, N > 0);
 * 0 for a control character and for anything malformed. */
size_t str_printable(const char *s, size_t n);

bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);

#endif
