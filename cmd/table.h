/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/table.h -- aligned text tables.
 *
 *	struct table t = {0};
 *
 *	table_column(&t, "operator", TABLE_LEFT);
 *	table_column(&t, "nodes", TABLE_RIGHT);
 *	table_text(&t, "Conv");		cells fill rows from left to right
 *	table_int(&t, 53);
 *	table_print(&t, &text);
 *	table_release(&t);
 */
#ifndef CMD_TABLE_H
#define CMD_TABLE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum table_align { TABLE_LEFT, TABLE_RIGHT };

enum { TABLE_COLUMNS = 24 };

struct table {
	struct arena arena;
	int ncolumns;
	const char *title[TABLE_COLUMNS];
	enum table_align align[TABLE_COLUMNS];
	const char **cell; /* row by row */
	size_t ncells, cap;
	int max_width; /* longer cells lose their middle; 0: 60 columns */
	bool no_titles;
};

/* Columns come before cells. */
void table_column(struct table *t, const char *title, enum table_align align);

/* The next cell.  Bytes that do not print are escaped. */
void table_text(struct table *t, const char *text);
void table_textf(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void table_int(struct table *t, int64_t x);
void table_bytes(struct table *t, double bytes); /* "1.95 GiB" */
void table_count(struct table *t, double count); /* "41.1 M" */
void table_empty(struct table *t);		 /* "-" */

/* Append to OUT; rows end in no blanks. */
void table_print(const struct table *t, struct str *out);

void table_release(struct table *t);

/* Columns that TEXT (valid UTF-8) takes on a terminal. */
size_t table_width(const char *text);

#endif
