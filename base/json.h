/* SPDX-License-Identifier: Apache-2.0 */
/* base/json.h -- a JSON writer: indented, keys in the order given. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum { JSON_DEPTH = 32 };

/* Start with a zeroed struct; TEXT holds the document. */
struct json {
	struct str text;
	int depth;
	bool comma[JSON_DEPTH]; /* the level has members already */
	char close[JSON_DEPTH]; /* ']' or '}' */
};

/* KEY is NULL inside an array and for the document itself. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end(struct json *j); /* closes the innermost object or array */

void json_string(struct json *j, const char *key, const char *value);
void json_stringn(struct json *j, const char *key, const char *s, size_t n);
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/* Shortest round-trip form; NaN and infinities become the strings "nan",
 * "inf" and "-inf", so that no reader takes them for a number. */
void json_double(struct json *j, const char *key, double value);

void json_release(struct json *j);

#endif
