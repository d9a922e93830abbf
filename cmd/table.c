/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/table.c -- aligned text tables. */
#include "cmd/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { GAP = 2, MAX_WIDTH = 60 };

/* Code points that take two columns: East Asian Width W and F (UAX 11), by
 * block, which is all that aligning names needs. */
static const struct {
	uint32_t first, last;
} wide[] = {
	{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0xa4cf},
	{0xa960, 0xa97c},   {0xac00, 0xd7a3},	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},   {0xff00, 0xff60},	{0xffe0, 0xffe6},
	{0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* The code point at *S, which is moved behind it. */
static uint32_t next_code_point(const char **s)
{
	const unsigned char *u = (const unsigned char *)*s;
	int more = u[0] < 0x80 ? 0 : u[0] < 0xe0 ? 1 : u[0] < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? u[0] : u[0] & (0x3fu >> more);

	for (int i = 1; i <= more; i++)
		c = c << 6 | (u[i] & 0x3f);
	*s += more + 1;
	return c;
}

static size_t columns_of(uint32_t c)
{
	if (c >= 0x300 && c <= 0x36f)
		return 0; /* combining marks */
	for (size_t i = 0; i < COUNT_OF(wide); i++)
		if (c >= wide[i].first && c <= wide[i].last)
			return 2;
	return 1;
}

size_t table_width(const char *text)
{
	size_t width = 0;

	while (*text)
		width += columns_of(next_code_point(&text));
	return width;
}

void table_column(struct table *t, const char *title, enum table_align align)
{
	if (t->ncolumns == TABLE_COLUMNS || t->ncells != 0)
		bug("table_column: '%s' is too late or too many", title);
	t->title[t->ncolumns] = title;
	t->align[t->ncolumns++] = align;
}

static void add_cell(struct table *t, const char *text)
{
	if (t->ncells == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		t->cell = realloc(t->cell, t->cap * sizeof(*t->cell));
		if (!t->cell)
			die_oom();
	}
	t->cell[t->ncells++] = arena_strdup(&t->arena, text);
}

/* The first COLUMNS of TEXT when FROM_END is false, else the last. */
static const char *cut(const char *text, size_t columns, bool from_end)
{
	size_t skip = table_width(text), width = 0;

	skip = skip > columns ? skip - columns : 0;
	while (*text && width < (from_end ? skip : columns))
		width += columns_of(next_code_point(&text));
	return text;
}

void table_text(struct table *t, const char *text)
{
	size_t max = t->max_width ? (size_t)t->max_width : MAX_WIDTH;
	struct str clean = {0}, fit = {0};
	size_t n = strlen(text);

	str_add(&clean, "");
	for (size_t i = 0; i < n;) {
		size_t len = str_printable(text + i, n - i);

		if (len != 0)
			str_addn(&clean, text + i, len);
		else
			str_addf(&clean, "\\x%02x",
				 (unsigned)(unsigned char)text[i]);
		i += len ? len : 1;
	}
	if (table_width(clean.text) > max) {
		size_t head = (max - 1) / 2, tail = max - 1 - head;
		const char *end = cut(clean.text, head, false);

		str_addn(&fit, clean.text, (size_t)(end - clean.text));
		str_add(&fit, "\u2026");
		str_add(&fit, cut(clean.text, tail, true));
	}
	add_cell(t, fit.text ? fit.text : clean.text);
	str_release(&clean);
	str_release(&fit);
}

void table_textf(struct table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_text(t, text);
}

void table_int(struct table *t, int64_t x)
{
	table_textf(t, "%lld", (long long)x);
}

void table_bytes(struct table *t, double bytes)
{
	struct str s = {0};

	str_add_bytes(&s, bytes);
	table_text(t, s.text);
	str_release(&s);
}

void table_count(struct table *t, double count)
{
	struct str s = {0};

	str_add_count(&s, count);
	table_text(t, s.text);
	str_release(&s);
}

void table_empty(struct table *t)
{
	table_text(t, "-");
}

static void print_row(const struct table *t, const char *const *cell,
		      const size_t *width, struct str *out)
{
	size_t blanks = 0;

	for (int c = 0; c < t->ncolumns; c++) {
		size_t pad = width[c] - table_width(cell[c]);

		if (t->align[c] == TABLE_RIGHT) {
			blanks += pad;
			pad = 0;
		}
		if (*cell[c])
			for (; blanks != 0; blanks--)
				str_addc(out, ' ');
		str_add(out, cell[c]);
		blanks += pad + GAP;
	}
	str_addc(out, '\n');
}

void table_print(const struct table *t, struct str *out)
{
	size_t width[TABLE_COLUMNS] = {0};
	size_t columns = (size_t)t->ncolumns;

	if (columns == 0 || t->ncells % columns != 0)
		bug("table_print: %zu cells in %zu columns", t->ncells,
		    columns);
	for (size_t c = 0; c < columns && !t->no_titles; c++)
		width[c] = table_width(t->title[c]);
	for (size_t i = 0; i < t->ncells; i++) {
		size_t w = table_width(t->cell[i]);

		if (w > width[i % columns])
			width[i % columns] = w;
	}
	if (!t->no_titles)
		print_row(t, t->title, width, out);
	for (size_t i = 0; i < t->ncells; i += columns)
		print_row(t, t->cell + i, width, out);
}

void table_release(struct table *t)
{
	free(t->cell);
	arena_release(&t->arena);
	*t = (struct table){0};
}
