/* SPDX-License-Identifier: Apache-2.0 */
/* base/err.c -- errors by value, and the two ways this program dies.
 *
 * Two variables are shared by the process, both written once by main():
 * what to clean up before dying, and whether the user limited our memory.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static void (*at_death)(void);
static bool memory_limited;

/* Copy TEXT to OUT, a message of CAP bytes, escaping what would not print. */
static size_t escape(char *out, size_t cap, const char *text)
{
	size_t len = 0, left = strlen(text);

	while (left != 0) {
		size_t n = str_printable(text, left);

		if (len + (n ? n : 4) >= cap)
			break;
		if (n != 0) {
			memcpy(out + len, text, n);
			len += n;
		} else {
			snprintf(out + len, 5, "\\x%02x",
				 (unsigned)(unsigned char)*text);
			len += 4;
			n = 1;
		}
		text += n;
		left -= n;
	}
	out[len] = '\0';
	return len;
}

static void set(struct err *e, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
static void set(struct err *e, const char *fmt, va_list ap)
{
	char raw[2 * sizeof(e->msg)];

	vsnprintf(raw, sizeof(raw), fmt, ap);
	escape(e->msg, sizeof(e->msg), raw);
}

bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	set(e, fmt, ap);
	va_end(ap);
	return false;
}

bool err_errno(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	size_t len;
	va_list ap;

	e->code = saved == ENOMEM ? ERR_MEMORY : ERR_IO;
	va_start(ap, fmt);
	set(e, fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof(e->msg) - len, ": %s", strerror(saved));
	errno = saved;
	return false;
}

bool err_context(struct err *e, const char *fmt, ...)
{
	char old[sizeof(e->msg)];
	size_t len;
	va_list ap;

	memcpy(old, e->msg, sizeof(old));
	va_start(ap, fmt);
	set(e, fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	if (len + 2 < sizeof(e->msg)) {
		memcpy(e->msg + len, ": ", 2);
		escape(e->msg + len + 2, sizeof(e->msg) - len - 2, old);
	}
	return false;
}

static void die(int status) NORETURN;
static void die(int status)
{
	if (at_death)
		at_death();
	_exit(status);
}

void bug(const char *fmt, ...)
{
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	set(&e, fmt, ap);
	va_end(ap);
	dprintf(STDERR_FILENO, "mlopt: bug: %s\n", e.msg);
	die(8);
}

void die_oom(void)
{
	static const char limited[] =
		"mlopt: the memory allowed by --max-memory is exhausted\n";
	static const char empty[] = "mlopt: out of memory\n";
	ssize_t ignored;

	if (memory_limited)
		ignored = write(STDERR_FILENO, limited, sizeof(limited) - 1);
	else
		ignored = write(STDERR_FILENO, empty, sizeof(empty) - 1);
	(void)ignored;
	die(memory_limited ? 5 : 7);
}

void err_at_death(void (*clean_up)(void))
{
	at_death = clean_up;
}

void err_limit_memory(void)
{
	memory_limited = true;
}

bool err_memory_is_limited(void)
{
	return memory_limited;
}
