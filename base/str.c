/* SPDX-License-Identifier: Apache-2.0 */
/* base/str.c -- growable text. */
#include "base/str.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Room for N more bytes and the terminator. */
static void reserve(struct str *s, size_t n)
{
	size_t want, cap;
	char *text;

	if (n >= SIZE_MAX / 2 - s->len)
		die_oom();
	want = s->len + n + 1;
	if (want <= s->cap)
		return;
	cap = s->cap < 32 ? 64 : s->cap * 2;
	if (cap < want)
		cap = want;
	text = realloc(s->text, cap);
	if (!text)
		die_oom();
	s->text = text;
	s->cap = cap;
}

void str_addn(struct str *s, const char *bytes, size_t n)
{
	reserve(s, n);
	if (n != 0)
		memcpy(s->text + s->len, bytes, n);
	s->len += n;
	s->text[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_addn(s, text, strlen(text));
}

void str_addc(struct str *s, char c)
{
	str_addn(s, &c, 1);
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		bug("str_addf: bad format '%s'", fmt);
	reserve(s, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(s->text + s->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

/* Unicode 15, table 3-7: well-formed byte sequences. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

size_t str_printable(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = utf8_length(u, n);

	if (len == 1 && (u[0] < 0x20 || u[0] == 0x7f))
		return 0;
	if (len == 2 && u[0] == 0xc2 && u[1] < 0xa0)
		return 0; /* C1 controls */
	if (len == 3 && u[0] == 0xe2 &&
	    ((u[1] == 0x80 && (u[2] >= 0xa8 && u[2] <= 0xae)) ||
	     (u[1] == 0x81 && (u[2] >= 0xa6 && u[2] <= 0xa9))))
		return 0; /* line separators and bidirectional overrides */
	return len;
}

void str_add_escaped(struct str *s, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = str_printable(bytes + i, n - i);

		if (len == 0 && bytes[i] == '\n') {
			str_add(s, "\\n");
		} else if (len == 0 && bytes[i] == '\t') {
			str_add(s, "\\t");
		} else if (len == 0) {
			str_addf(s, "\\x%02x",
				 (unsigned)(unsigned char)bytes[i]);
		} else if (bytes[i] == '"' || bytes[i] == '\\') {
			str_addc(s, '\\');
			str_addc(s, bytes[i]);
		} else {
			str_addn(s, bytes + i, len);
		}
		i += len ? len : 1;
	}
}

/* The C locale for this thread until leave(); glibc allocates nothing here. */
static locale_t enter_c_locale(void)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	if (!c)
		die_oom();
	return uselocale(c);
}

static void leave_c_locale(locale_t old)
{
	locale_t c = uselocale(old);

	if (c != LC_GLOBAL_LOCALE)
		freelocale(c);
}

static bool add_special(struct str *s, double x)
{
	if (isnan(x))
		str_add(s, "nan");
	else if (isinf(x))
		str_add(s, x < 0 ? "-inf" : "inf");
	else
		return false;
	return true;
}

/*
 * %g drops trailing zeros, so the first precision that reads back exactly is
 * the shortest; every decimal of DBL_DIG digits survives a normal double, so
 * fewer digits need no trial except among the subnormals.
 */
void str_add_double(struct str *s, double x)
{
	char text[40];
	int digits = fabs(x) < DBL_MIN ? 1 : DBL_DIG;
	locale_t old;

	if (add_special(s, x))
		return;
	old = enter_c_locale();
	for (; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	leave_c_locale(old);
	str_add(s, text);
}

void str_add_float(struct str *s, float x)
{
	char text[40];
	int digits = fabsf(x) < FLT_MIN ? 1 : FLT_DIG;
	locale_t old;

	if (add_special(s, (double)x))
		return;
	old = enter_c_locale();
	for (; digits <= 9; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, (double)x);
		if (strtof(text, NULL) == x)
			break;
	}
	leave_c_locale(old);
	str_add(s, text);
}

/* Three significant digits of X, then UNIT. */
static void add_scaled(struct str *s, double x, const char *unit)
{
	int places = x < 9.995 ? 2 : x < 99.95 ? 1 : 0;
	locale_t old = enter_c_locale();

	str_addf(s, "%.*f %s", places, x, unit);
	leave_c_locale(old);
}

void str_add_bytes(struct str *s, double bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t u = 0;

	if (!(bytes >= 1024)) {
		str_addf(s, "%.0f B", bytes);
		return;
	}
	for (bytes /= 1024; bytes >= 1023.5 && u + 1 < COUNT_OF(units); u++)
		bytes /= 1024;
	add_scaled(s, bytes, units[u]);
}

void str_add_count(struct str *s, double count)
{
	static const char *const units[] = {"k", "M", "G", "T", "P"};
	size_t u = 0;

	if (!(count >= 1000)) {
		str_addf(s, "%.0f", count);
		return;
	}
	for (count /= 1000; count >= 999.5 && u + 1 < COUNT_OF(units); u++)
		count /= 1000;
	add_scaled(s, count, units[u]);
}

void str_release(struct str *s)
{
	free(s->text);
	*s = (struct str){0};
}

bool str_to_double(const char *text, double *x)
{
	locale_t old;
	char *end;

	if (*text == '\0' || strchr(" \t\n\v\f\r", *text))
		return false;
	old = enter_c_locale();
	errno = 0;
	*x = strtod(text, &end);
	leave_c_locale(old);
	/* ERANGE also reports results that are merely subnormal. */
	return *end == '\0' && !(errno == ERANGE && isinf(*x));
}

bool str_to_int(const char *text, long long *x)
{
	char *end;

	if (*text == '\0' || strchr(" \t\n\v\f\r", *text))
		return false;
	errno = 0;
	*x = strtoll(text, &end, 10);
	return end != text && *end == '\0' && errno == 0;
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);

	return n >= m && memcmp(text + n - m, suffix, m) == 0;
}
