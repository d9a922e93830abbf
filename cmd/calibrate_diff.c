/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/calibrate_diff.c -- see calibrate_diff.h. */
#include "cmd/calibrate_diff.h"

#include <math.h>

#include "cmd/table.h"
#include "quant/sketch_diff.h"

static void add_table(struct str *out, const struct sketch_drift *d, uint32_t n)
{
	struct table t = {.ncolumns = 0};

	table_column(&t, "tensor", TABLE_LEFT);
	table_column(&t, "psi", TABLE_RIGHT);
	table_column(&t, "ks", TABLE_RIGHT);
	table_column(&t, "values before", TABLE_RIGHT);
	table_column(&t, "values now", TABLE_RIGHT);
	for (uint32_t i = 0; i < n; i++) {
		table_text(&t, d[i].name);
		table_textf(&t, "%.4f", d[i].psi);
		table_textf(&t, "%.4f", d[i].ks);
		table_int(&t, (int64_t)d[i].count[0]);
		table_int(&t, (int64_t)d[i].count[1]);
	}
	table_print(&t, out);
	table_release(&t);
}

static void add_json(struct json *j, const struct sketch_drift *d, uint32_t n,
		     double max_psi, uint32_t over)
{
	cmd_json_begin(j);
	json_string(j, "verdict", over ? "fail" : "pass");
	if (isnan(max_psi))
		json_null(j, "max_psi");
	else
		json_double(j, "max_psi", max_psi);
	json_int(j, "over", over);
	json_array(j, "tensors");
	for (uint32_t i = 0; i < n; i++) {
		json_object(j, NULL);
		json_string(j, "name", d[i].name);
		json_double(j, "psi", d[i].psi);
		json_double(j, "ks", d[i].ks);
		json_int(j, "count", (int64_t)d[i].count[0]);
		json_int(j, "count_now", (int64_t)d[i].count[1]);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static bool report(const struct common_opts *c, const struct sketch_drift *d,
		   uint32_t n, double max_psi, uint32_t *over, struct err *e)
{
	struct json json = {.depth = 0};
	struct str text = {0};

	*over = 0;
	for (uint32_t i = 0; !isnan(max_psi) && i < n; i++)
		*over += !(d[i].psi <= max_psi);
	add_table(&text, d, n);
	if (!isnan(max_psi))
		str_addf(&text, "\n%u of %u tensors drifted by more than %g\n",
			 (unsigned)*over, (unsigned)n, max_psi);
	add_json(&json, d, n, max_psi, *over);
	return cmd_report(c, &text, &json, e);
}

int calibrate_diff(const struct common_opts *c, char **path, double max_psi,
		   struct err *e)
{
	struct sketch s[2] = {{.count = 0}, {.count = 0}};
	struct arena a = {0};
	struct sketch_drift *d;
	uint32_t over = 0;
	bool ok = sketch_read_file(&s[0], path[0], &c->limits, e) &&
		  sketch_read_file(&s[1], path[1], &c->limits, e);

	d = arena_array(&a, struct sketch_drift, s[0].count);
	if (ok && !sketch_diff(&s[0], &s[1], d, e))
		ok = err_context(e, "%s", path[1]);
	ok = ok && report(c, d, s[0].count, max_psi, &over, e);
	sketch_release(&s[0]);
	sketch_release(&s[1]);
	arena_release(&a);
	if (!ok)
		return CMD_FAILED;
	return over ? EXIT_GATE : EXIT_OK;
}
