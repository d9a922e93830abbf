/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/compare.c -- mlopt compare: validation reports side by side, and the
 * candidate to ship.
 */
#include <math.h>

#include "base/input.h"
#include "cmd/cmd.h"
#include "cmd/table.h"
#include "validate/summary.h"

struct compare_opts {
	struct common_opts common;
	const char *by;
	bool pick;
};

static const struct opt opts[] = {
	OPT(struct compare_opts, by, 0, "WHAT",
	    "the best is least in size (default) or latency, or has most "
	    "accuracy"),
	OPT(struct compare_opts, pick, 0, NULL,
	    "print only the path of the best candidate that passed"),
	OPT_LAST,
};

static const struct compare_opts defaults = {.by = "size"};

static bool read_reports(struct summary *s, int n, char **path, struct arena *a,
			 struct err *e)
{
	for (int i = 0; i < n; i++) {
		struct input in;
		bool ok;

		if (!input_open(&in, path[i], NULL, e))
			return false;
		ok = summary_parse(&s[i], in.bytes, a, e);
		input_close(&in);
		if (!ok)
			return err_context(e, "'%s'", path[i]);
	}
	return true;
}

/* Fractions in percent, losses as they are; the change in points, or the rise
 * in percent. */
static void add_accuracy(struct table *t, const struct summary *s)
{
	double to = s->accuracy[CANDIDATE], from = s->accuracy[REFERENCE];

	if (isnan(to))
		table_empty(t);
	else if (s->is_loss)
		table_textf(t, "%.6g", to);
	else
		table_textf(t, "%.2f %%", 100 * to);
	if (isnan(to - from))
		table_empty(t);
	else if (s->is_loss)
		table_textf(t, "%+.4g %%", 100 * (to / from - 1) + 0.0);
	else
		table_textf(t, "%+.2f", 100 * (to - from) + 0.0);
}

static void add_row(struct table *t, const struct summary *s, bool best)
{
	table_text(t, best ? "*" : "");
	table_text(t, s->candidate);
	table_text(t, verdict_name(s->verdict));
	add_accuracy(t, s);
	if (isfinite(s->sqnr_db))
		table_textf(t, "%.1f dB", s->sqnr_db);
	else
		table_text(t, isnan(s->sqnr_db) ? "-" : "exact");
	if (isnan(s->latency_ratio)) {
		table_empty(t);
		table_empty(t);
	} else {
		table_textf(t, "%.3f ms", s->latency_ms[CANDIDATE]);
		table_textf(t, "%.2fx", s->latency_ratio);
	}
	table_bytes(t, s->size_bytes[CANDIDATE]);
	table_textf(t, "%.3fx",
		    s->size_bytes[CANDIDATE] / s->size_bytes[REFERENCE]);
}

static void add_table(struct str *out, const struct summary *s, int n, int best)
{
	struct table t = {0};

	table_column(&t, "", TABLE_LEFT);
	table_column(&t, "candidate", TABLE_LEFT);
	table_column(&t, "verdict", TABLE_LEFT);
	table_column(&t, s->metric ? s->metric : "accuracy", TABLE_RIGHT);
	table_column(&t, "points", TABLE_RIGHT);
	table_column(&t, "sqnr", TABLE_RIGHT);
	table_column(&t, "latency", TABLE_RIGHT);
	table_column(&t, "ratio", TABLE_RIGHT);
	table_column(&t, "size", TABLE_RIGHT);
	table_column(&t, "ratio", TABLE_RIGHT);
	for (int i = 0; i < n; i++)
		add_row(&t, &s[i], i == best);
	table_print(&t, out);
	table_release(&t);
	if (best < 0)
		str_add(out, "\nno candidate passed\n");
	else
		str_addf(out, "\nbest: %s\n", s[best].candidate);
}

static void add_json(struct json *j, const struct summary *s, int n, int best)
{
	cmd_json_begin(j);
	if (best < 0)
		json_null(j, "best");
	else
		json_string(j, "best", s[best].candidate);
	json_array(j, "candidates");
	for (int i = 0; i < n; i++) {
		json_object(j, NULL);
		json_string(j, "candidate", s[i].candidate);
		json_string(j, "reference", s[i].reference);
		json_string(j, "verdict", verdict_name(s[i].verdict));
		json_double(j, "accuracy", s[i].accuracy[CANDIDATE]);
		json_double(j, "reference_accuracy", s[i].accuracy[REFERENCE]);
		json_double(j, "sqnr_db", s[i].sqnr_db);
		json_double(j, "p50_ms", s[i].latency_ms[CANDIDATE]);
		json_double(j, "p50_ratio", s[i].latency_ratio);
		json_double(j, "bytes", s[i].size_bytes[CANDIDATE]);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	static const char *const choices[] = {"size", "latency", "accuracy",
					      NULL};
	const struct compare_opts *o = (struct compare_opts *)common;
	int by = cmd_choice("option '--by'", o->by, choices, e), best = -1;
	struct arena a = {0};
	struct summary *s = arena_array(&a, struct summary, (size_t)argc);
	struct str text = {0};
	struct json json = {.depth = 0};
	bool ok = by >= 0 && read_reports(s, argc, argv, &a, e);

	if (ok) {
		best = summary_choose(s, argc, (enum preference)by);
		if (o->pick && best >= 0)
			str_addf(&text, "%s\n", s[best].candidate);
		else if (!o->pick)
			add_table(&text, s, argc, best);
		add_json(&json, s, argc, best);
		ok = cmd_report(common, &text, &json, e);
	}
	arena_release(&a);
	if (!ok)
		return CMD_FAILED;
	return best < 0 ? EXIT_GATE : EXIT_OK;
}

const struct cmd cmd_rows_compare[] = {
	CMD(struct compare_opts, "compare", "REPORT...",
	    "set validation reports side by side and pick the best", opts,
	    &defaults.common, run, 1, -1, OUTPUT_REPORT),
	{0},
};
