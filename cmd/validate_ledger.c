/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/validate_ledger.c -- see validate_ledger.h. */
#include "cmd/validate_ledger.h"

#include <math.h>
#include <string.h>

#include "cmd/load.h"
#include "cmd/table.h"
#include "passes/freeze.h"
#include "passes/optimize.h"

enum { MOST_LAYERS = 10 };

/* ---- measuring ---------------------------------------------------------- */

static bool prepare(struct model **m, const char *path,
		    const struct common_opts *c, struct err *e)
{
	struct common_opts quiet = *c; /* warnings were printed before */
	struct schedule s;

	quiet.quiet = true;
	if (!load_model(m, &quiet, path, e))
		return false;
	freeze_inputs(*m);
	schedule_level(&s, LEVEL_DEFAULT);
	return optimize(*m, &s, UINT64_MAX, e) || err_context(e, "%s", path);
}

bool validate_ledger(struct ledger *l, const char *const path[2],
		     const struct data_opts *d, const struct compare_opts *o,
		     const struct common_opts *c, struct arena *a,
		     struct err *e)
{
	struct model *m[2] = {NULL, NULL};
	struct dataset *data = NULL;
	bool ok = prepare(&m[REFERENCE], path[REFERENCE], c, e) &&
		  prepare(&m[CANDIDATE], path[CANDIDATE], c, e) &&
		  data_options_open(&data, m[REFERENCE], d, NULL, c, e);

	ok = ok && ledger_measure(l, (const struct model *const[2]){m[0], m[1]},
				  data, o, a, e);
	dataset_close(data);
	model_free(m[REFERENCE]);
	model_free(m[CANDIDATE]);
	return ok;
}

/* ---- for people --------------------------------------------------------- */

static const char *describe(const struct ledger *l, enum ledger_cause c)
{
	static const char *const text[] = {
		[CAUSE_WEIGHTS] = "weights as integers",
		[CAUSE_LOGARITHMS] = "weights in tables of levels",
		[CAUSE_PRUNING] = "pruned weights",
		[CAUSE_FLOATS] = "other constants",
		[CAUSE_ACTIVATIONS] = "activations as integers",
		[CAUSE_REST] = "rest: order of float operations",
	};

	if (c == CAUSE_REST && l->changed)
		return "rest: channels that are gone";
	if (c == CAUSE_REST && l->integer)
		return "rest: integer operators";
	return text[c];
}

static void add_numbers(struct table *t, const struct ledger_entry *x)
{
	if (isfinite(x->sqnr_db))
		table_textf(t, "%.1f dB", x->sqnr_db);
	else
		table_text(t, isnan(x->sqnr_db) ? "nan" : "exact");
	table_textf(t, "%.1f %%", 100 * x->share + 0.0);
}

static void add_causes(struct str *out, const struct ledger *l)
{
	struct table t = {0};

	table_column(&t, "drift from", TABLE_LEFT);
	table_column(&t, "places", TABLE_RIGHT);
	table_column(&t, "sqnr without", TABLE_RIGHT);
	table_column(&t, "share", TABLE_RIGHT);
	for (int c = 0; c < LEDGER_CAUSES; c++) {
		if (!l->cause[c].places && c != CAUSE_REST)
			continue;
		table_text(&t, describe(l, (enum ledger_cause)c));
		if (l->cause[c].places)
			table_int(&t, l->cause[c].places);
		else
			table_empty(&t);
		add_numbers(&t, &l->cause[c]);
	}
	table_print(&t, out);
	table_release(&t);
}

static void add_layers(struct str *out, const struct ledger *l, bool verbose)
{
	uint32_t shown = verbose || l->nplaces < MOST_LAYERS ? l->nplaces
							     : MOST_LAYERS;
	struct table t = {0};

	table_column(&t, verbose ? "layer" : "layer, most first", TABLE_LEFT);
	table_column(&t, "operator", TABLE_LEFT);
	table_column(&t, "its", TABLE_LEFT);
	table_column(&t, "sqnr without", TABLE_RIGHT);
	table_column(&t, "share", TABLE_RIGHT);
	for (uint32_t i = 0; i < shown; i++) {
		table_text(&t, l->place[i].node);
		table_text(&t, l->place[i].type);
		table_text(&t, ledger_cause_name(l->place[i].cause));
		add_numbers(&t, &l->place[i]);
	}
	str_addc(out, '\n');
	table_print(&t, out);
	table_release(&t);
}

static void add_advice(struct str *out, const struct ledger *l)
{
	const struct ledger_entry *x = l->place;

	if (!l->nplaces || !(x->share > 0)) {
		str_add(out, "no single change pays\n");
		return;
	}
	str_add(out, "what pays most: ");
	str_add(out, x->cause == CAUSE_ACTIVATIONS ? "the result of '"
						   : "the weights of '");
	str_add_escaped(out, x->node, strlen(x->node));
	str_addf(out, "' as float, %.1f -> %.1f dB\n", l->sqnr_db, x->sqnr_db);
}

void ledger_summary(struct str *out, const struct ledger *l)
{
	str_addf(out, "%.1f dB on %zu samples\n", l->sqnr_db, l->samples);
	add_causes(out, l);
	add_advice(out, l);
}

void ledger_table(struct str *out, const struct ledger *l, bool verbose)
{
	str_addf(out, "\nledger: %.1f dB on %zu samples; undone one by one\n",
		 l->sqnr_db, l->samples);
	add_causes(out, l);
	if (l->nplaces)
		add_layers(out, l, verbose);
	add_advice(out, l);
}
