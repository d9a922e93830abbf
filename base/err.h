/* SPDX-License-Identifier: Apache-2.0 */
/* base/err.h -- one error, carried by value, described once, where it happened. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "base/compiler.h"

enum err_code {
	ERR_NONE,
	ERR_USAGE,	 /* the command line is wrong: exit 2 */
	ERR_FORMAT,	 /* the bytes are not a valid file: exit 3 */
	ERR_SHAPE,	 /* shapes do not satisfy the operator: exit 3 */
	ERR_TYPE,	 /* element types do not satisfy the operator: exit 3 */
	ERR_UNSUPPORTED, /* valid, but we do not implement it: exit 4 */
	ERR_LIMIT,	 /* a size from a file exceeds a limit: exit 5 */
	ERR_IO,		 /* the operating system said no: exit 6 */
	ERR_MEMORY,	 /* an allocation failed: exit 7 */
	ERR_GATE,	 /* what was to hold does not: exit 1 */
};

struct err {
	enum err_code code;
	char msg[480];
};

/*
 * Record a failure and return false, so that a function ends with
 *     return err_set(e, ERR_SHAPE, "W has rank %d, want 4", rank);
 * Message style: no capital, no full stop, no newline, subject in 'quotes'.
 * Bytes that came from a file and are not printable are escaped (\xNN), so a
 * message is always one line.
 */
bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* The same with ": <strerror(errno)>" appended; the code is ERR_IO, or
 * ERR_MEMORY when errno is ENOMEM. */
bool err_errno(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Prepend "<context>: " to the message of E, keep its code, return false. */
bool err_context(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A broken invariant: print it, remove temporaries and exit with status 8. */
void bug(const char *fmt, ...) NORETURN PRINTF_LIKE(1, 2);

/* Memory is exhausted: say so, remove temporaries and exit with status 7 (5 if
 * the user limited it). */
void die_oom(void) NORETURN;

/*
 * What bug() and die_oom() run before they exit (base/output.h removes the
 * temporaries of unfinished outputs).  Set once, at start.
 */
void err_at_death(void (*clean_up)(void));

/* The user limited our memory: from now on its exhaustion is a limit that was
 * reached (exit 5), not a failure of the machine.  Set once, at start. */
void err_limit_memory(void);
bool err_memory_is_limited(void);

#endif
