/* SPDX-License-Identifier: Apache-2.0 */
/* ops/regex_class.c -- see regex_class.h. */
#include "ops/regex_class.h"

#include <string.h>

bool re2_error(const struct re2 *p, enum err_code code, const char *what,
	       struct err *e)
{
	return err_set(e, code, "'pattern': %s at byte %zu", what,
		       (size_t)(p->at - p->begin));
}

bool re2_sees(const struct re2 *p, char c)
{
	return p->at < p->end && *p->at == c;
}

bool re2_begins(const struct re2 *p, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(p->end - p->at) >= n && memcmp(p->at, text, n) == 0;
}

uint32_t re2_take(struct re2 *p)
{
	unsigned char c = (unsigned char)*p->at++;
	uint32_t x = c;

	if (c < 0x80)
		return x;
	x = c & (c < 0xe0 ? 0x1f : c < 0xf0 ? 0x0f : 0x07);
	while (p->at < p->end && (*p->at & 0xc0) == 0x80)
		x = x << 6 | (uint32_t)(*p->at++ & 0x3f);
	return x;
}

static bool is_alnum(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

void re2_literal(struct re2 *p, uint32_t c)
{
	if (is_alnum(c))
		str_addc(p->out, (char)c);
	else
		str_addf(p->out, "\\x{%x}", (unsigned)c);
}

/* ---- escapes ------------------------------------------------------------- */

static int hex_digit(const struct re2 *p)
{
	char c = p->at < p->end ? *p->at : 0;

	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* \x7F, \x{10FFFF}; the x is taken. */
static bool hexadecimal(struct re2 *p, uint32_t *c, struct err *e)
{
	bool braces = re2_sees(p, '{');
	int n = 0;

	p->at += braces;
	*c = 0;
	for (int d; (braces || n < 2) && (d = hex_digit(p)) >= 0; n++) {
		*c = *c << 4 | (uint32_t)d;
		if (*c > 0x10ffff)
			return re2_error(p, ERR_FORMAT,
					 "a character beyond 10FFFF", e);
		p->at++;
	}
	if (braces ? !n || !re2_sees(p, '}') : n < 2)
		return re2_error(p, ERR_FORMAT, "a bad \\x", e);
	p->at += braces;
	/* RE2 lets them pass, and no text in UTF-8 has them. */
	if (*c >= 0xd800 && *c <= 0xdfff)
		return re2_error(p, ERR_FORMAT, "a surrogate", e);
	return true;
}

/* Up to three digits; D is the first, and is taken. */
static uint32_t octal(struct re2 *p, uint32_t d)
{
	uint32_t c = d - '0';

	for (int n = 1; n < 3 && p->at < p->end; n++) {
		if (*p->at < '0' || *p->at > '7')
			break;
		c = c * 8 + (uint32_t)(*p->at++ - '0');
	}
	return c;
}

bool re2_escaped(struct re2 *p, uint32_t *c, struct err *e)
{
	static const char letters[] = "a\af\fn\nr\rt\tv\v";
	const char *found;

	if (p->at == p->end)
		return re2_error(p, ERR_FORMAT, "a backslash at the end", e);
	*c = re2_take(p);
	if (*c == 'x')
		return hexadecimal(p, c, e);
	for (found = letters; *found; found += 2)
		if (*c == (unsigned char)*found) {
			*c = (unsigned char)found[1];
			return true;
		}
	if (*c == '0' || (*c >= '1' && *c <= '7' && p->at < p->end &&
			  *p->at >= '0' && *p->at <= '7')) {
		*c = octal(p, *c);
		return true;
	}
	if (*c < 0x80 && !is_alnum(*c))
		return true;
	p->at--;
	if (*c >= '1' && *c <= '9')
		return re2_error(p, ERR_FORMAT,
				 "a backreference, which RE2 does not have,",
				 e);
	if (*c == 'C')
		return re2_error(p, ERR_UNSUPPORTED, "\\C (any byte)", e);
	return re2_error(p, ERR_FORMAT, "an escape that RE2 does not have,", e);
}

/* ---- named classes ------------------------------------------------------- */

/* RE2's \d, \s (which has no vertical tab), \w and POSIX classes are ASCII's:
 * first and last characters of their ranges. */
static const struct {
	const char *name, *ranges;
} ascii_classes[] = {
	{"alnum", "09AZaz"},
	{"alpha", "AZaz"},
	{"ascii", "\1\x7f"},
	{"blank", "\t\t  "},
	{"cntrl", "\1\x1f\x7f\x7f"},
	{"digit", "09"},
	{"graph", "!~"},
	{"lower", "az"},
	{"print", " ~"},
	{"punct", "!/:@[`{~"},
	{"space", "\t\r  "},
	{"upper", "AZ"},
	{"word", "09AZ__az"},
	{"xdigit", "09AFaf"},
	{"d", "09"},
	{"s", "\t\n\f\r  "},
	{"w", "09AZ__az"},
};

/* Bits of the characters in RANGES. */
static void fill_ascii(bool *in, const char *ranges)
{
	/* A range cannot say that it begins with 0. */
	in[0] = *ranges == 1;
	for (; *ranges; ranges += 2)
		for (int c = ranges[0]; c <= ranges[1]; c++)
			in[c] = true;
}

/* What does not depend on case holds both cases; beyond ASCII, the long s and
 * the Kelvin sign are letters s and k in another guise. */
static void write_ascii(struct re2 *p, const char *ranges, bool inverse)
{
	bool in[128] = {false}, both = false;
	int from = 0;

	fill_ascii(in, ranges);
	for (int c = 'a'; p->caseless && c <= 'z'; c++)
		in[c] = in[c - 32] = in[c] || in[c - 32];
	both = p->caseless && in['k'] && in['s'];
	for (int c = 0; c < 128; c++) {
		if (in[c] == inverse)
			continue;
		from = c;
		while (c + 1 < 128 && in[c + 1] != inverse)
			c++;
		str_addf(p->out, "\\x{%x}-\\x{%x}", (unsigned)from,
			 (unsigned)c);
	}
	if (inverse && both)
		str_add(p->out, "\\x{80}-\\x{17e}\\x{180}-\\x{2129}"
				"\\x{212b}-\\x{10ffff}");
	else if (inverse)
		str_add(p->out, "\\x{80}-\\x{10ffff}");
	else if (both)
		str_add(p->out, "\\x{17f}\\x{212a}");
}

/* The class called NAME (N bytes); false if there is none. */
static bool write_class(struct re2 *p, const char *name, size_t n, bool inverse)
{
	for (size_t i = 0; i < COUNT_OF(ascii_classes); i++) {
		const char *have = ascii_classes[i].name;

		if (strlen(have) == n && memcmp(have, name, n) == 0) {
			write_ascii(p, ascii_classes[i].ranges, inverse);
			return true;
		}
	}
	return false;
}

static bool is_category(const char *name, size_t n)
{
	static const char list[] = " Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn "
				   "N Nd Nl No P Pc Pd Pe Pf Pi Po Ps "
				   "S Sc Sk Sm So Z Zl Zp Zs Any ";
	char key[8];

	if (n > 3)
		return false;
	key[0] = ' ';
	memcpy(key + 1, name, n);
	memcpy(key + 1 + n, " ", 2);
	return strstr(list, key) != NULL;
}

/* A general category or a script; RE2's C lacks what is not assigned. */
static bool write_property(struct re2 *p, const char *name, size_t n,
			   bool inverse)
{
	char key[64] = "";

	memcpy(key, name, n);
	if (p->caseless && (n > 2 || is_category(name, n)))
		return re2_folded(p, key, inverse);
	if (n == 1 && *name == 'C')
		str_add(p->out, inverse ? "\\P{C}\\p{Cn}"
					: "\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}");
	else
		str_addf(p->out, "\\%c{%s%s}", inverse ? 'P' : 'p',
			 is_category(name, n) ? "" : "sc:", key);
	return true;
}

/* \pN, \p{Greek}, \p{^Greek}; at the p. */
static bool property(struct re2 *p, struct err *e)
{
	bool inverse = *p->at++ == 'P';
	const char *name;
	size_t n;

	if (!re2_begins(p, "{")) {
		name = p->at;
		if (p->at < p->end)
			re2_take(p);
		n = (size_t)(p->at - name);
	} else {
		name = ++p->at;
		while (p->at < p->end && *p->at != '}')
			p->at++;
		n = (size_t)(p->at - name);
		if (p->at == p->end)
			return re2_error(p, ERR_FORMAT, "a \\p without }", e);
		p->at++;
		if (n && *name == '^') {
			inverse = !inverse;
			name++;
			n--;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (!is_alnum((unsigned char)name[i]) && name[i] != '_')
			n = 0;
	if (!n || n > 60 || !write_property(p, name, n, inverse))
		return re2_error(p, ERR_FORMAT,
				 "the name of no class of characters", e);
	return true;
}

bool re2_named_class(struct re2 *p, bool *is_class, struct err *e)
{
	char lower;

	*is_class = p->end - p->at >= 2 && strchr("dDsSwWpP", p->at[1]) &&
		    p->at[1];
	if (!*is_class)
		return true;
	p->at++;
	if (*p->at == 'p' || *p->at == 'P')
		return property(p, e);
	lower = (char)(*p->at | 0x20);
	(void)write_class(p, &lower, 1, *p->at != lower);
	p->at++;
	return true;
}

/* ---- brackets ------------------------------------------------------------ */

/* [:alpha:], if it is one. */
static bool posix_class(struct re2 *p, bool *is_class, struct err *e)
{
	const char *name = p->at + 2, *end = NULL;
	bool inverse;

	if (re2_begins(p, "[:"))
		end = memmem(name, (size_t)(p->end - name), ":]", 2);
	*is_class = end != NULL;
	if (!end)
		return true;
	inverse = *name == '^';
	name += inverse;
	/* \d, \s and \w have names of one letter. */
	if (end - name < 2 ||
	    !write_class(p, name, (size_t)(end - name), inverse))
		return re2_error(p, ERR_FORMAT,
				 "the name of no class of characters", e);
	p->at = end + 2;
	return true;
}

static bool class_character(struct re2 *p, uint32_t *c, struct err *e)
{
	if (p->at == p->end)
		return re2_error(p, ERR_FORMAT, "a class without ]", e);
	*c = re2_take(p);
	return *c != '\\' || re2_escaped(p, c, e);
}

static bool class_range(struct re2 *p, struct err *e)
{
	uint32_t lo, hi;

	if (!class_character(p, &lo, e))
		return false;
	re2_literal(p, lo);
	if (p->end - p->at < 2 || p->at[0] != '-' || p->at[1] == ']')
		return true;
	p->at++;
	if (!class_character(p, &hi, e))
		return false;
	if (hi < lo)
		return re2_error(p, ERR_FORMAT,
				 "a range whose end is below its start", e);
	str_addc(p->out, '-');
	re2_literal(p, hi);
	return true;
}

bool re2_class(struct re2 *p, struct err *e)
{
	bool first = true, named = false;

	p->at++;
	str_addc(p->out, '[');
	if (re2_sees(p, '^')) {
		p->at++;
		str_addc(p->out, '^');
	}
	for (; first || !re2_sees(p, ']'); first = false) {
		if (!posix_class(p, &named, e))
			return false;
		if (!named && re2_sees(p, '\\') &&
		    !re2_named_class(p, &named, e))
			return false;
		if (!named && !class_range(p, e))
			return false;
	}
	p->at++;
	str_addc(p->out, ']');
	return true;
}
