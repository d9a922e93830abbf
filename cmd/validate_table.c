/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/validate_table.c -- see validate_table.h. */
#include "cmd/validate_table.h"

#include <math.h>
#include <stdlib.h>

#include "cmd/table.h"
#include "cmd/validate_ledger.h"

enum { WORST_LAYERS = 10 };

static void decibel(struct table *t, double x)
{
	if (isfinite(x))
		table_textf(t, "%.1f dB", x);
	else
		table_text(t, isnan(x) ? "nan" : "exact");
}

static void add_drift(struct table *t, const struct drift *d)
{
	table_textf(t, "%.2e", d->max_abs);
	table_textf(t, "%.2e", drift_rmse(d));
	decibel(t, drift_sqnr_db(d));
	table_textf(t, "%.6f", drift_cosine(d));
	table_int(t, (int64_t)d->max_ulp);
}

static void drift_columns(struct table *t)
{
	table_column(t, "max abs", TABLE_RIGHT);
	table_column(t, "rmse", TABLE_RIGHT);
	table_column(t, "sqnr", TABLE_RIGHT);
	table_column(t, "cosine", TABLE_RIGHT);
	table_column(t, "max ulp", TABLE_RIGHT);
}

static void add_outputs(struct str *out, const struct report *r)
{
	struct table t = {0};

	table_column(&t, "output", TABLE_LEFT);
	drift_columns(&t);
	for (uint32_t i = 0; i < r->noutput; i++) {
		table_text(&t, r->output[i].name);
		add_drift(&t, &r->output[i].drift);
	}
	str_addc(out, '\n');
	table_print(&t, out);
	table_release(&t);
}

static double sqnr_or_worst(const struct value_drift *v)
{
	double x = drift_sqnr_db(&v->drift);

	return isnan(x) ? -INFINITY : x;
}

static int by_sqnr(const void *a, const void *b)
{
	const struct value_drift *const *v = a, *const *w = b;
	double x = sqnr_or_worst(*v), y = sqnr_or_worst(*w);

	if (x != y)
		return x < y ? -1 : 1;
	return *v < *w ? -1 : *v > *w; /* the model's order */
}

static void add_layers(struct str *out, const struct report *r, bool verbose)
{
	struct arena a = {0};
	const struct value_drift **v = arena_array(
		&a, const struct value_drift *, r->nlayer);
	uint32_t shown = r->nlayer;
	struct table t = {0};

	for (uint32_t i = 0; i < r->nlayer; i++)
		v[i] = &r->layer[i];
	if (!verbose) {
		qsort(v, r->nlayer, sizeof(*v), by_sqnr);
		shown = shown < WORST_LAYERS ? shown : WORST_LAYERS;
	}
	table_column(&t, verbose ? "layer" : "layer, worst first", TABLE_LEFT);
	table_column(&t, "operator", TABLE_LEFT);
	drift_columns(&t);
	for (uint32_t i = 0; i < shown; i++) {
		table_text(&t, v[i]->node);
		table_text(&t, v[i]->type);
		add_drift(&t, &v[i]->drift);
	}
	str_addc(out, '\n');
	table_print(&t, out);
	str_addf(out, "%u values compared, %u of the reference not found\n",
		 (unsigned)r->nlayer, (unsigned)r->unmatched);
	table_release(&t);
	arena_release(&a);
}

/* A loss in its own unit, its change in percent. */
static void add_loss(struct table *t, const struct report *r)
{
	const struct accuracy *a = &r->accuracy;

	for (int side = REFERENCE; side <= CANDIDATE; side++)
		table_textf(t, "%.6g", accuracy_of(a, side));
	table_textf(t, "%+.4g %%", 100 * accuracy_change(a) + 0.0);
	table_textf(t, "%+.4g .. %+.4g; %zu samples",
		    100 * r->accuracy_interval.lo + 0.0,
		    100 * r->accuracy_interval.hi + 0.0, a->samples);
}

static void add_fraction(struct table *t, const struct report *r)
{
	const struct accuracy *a = &r->accuracy;
	struct interval i = r->accuracy_interval;

	for (int side = REFERENCE; side <= CANDIDATE; side++)
		table_textf(t, "%.2f %%", 100 * accuracy_of(a, side));
	table_textf(t, "%+.2f points", 100 * accuracy_change(a) + 0.0);
	if (a->metric == METRIC_TOPK || a->metric == METRIC_AGREEMENT)
		table_textf(t, "%+.2f .. %+.2f; %zu lost, %zu gained of %zu",
			    100 * i.lo, 100 * i.hi, a->lost, a->gained,
			    a->samples);
	else
		table_textf(t, "%+.2f .. %+.2f; %zu samples", 100 * i.lo + 0.0,
			    100 * i.hi + 0.0, a->samples);
}

static void add_accuracy(struct table *t, const struct report *r)
{
	const struct accuracy *a = &r->accuracy;
	struct str name = {0};

	if (a->metric == METRIC_NONE)
		return;
	metric_print(&name, a->metric, a->k);
	if (a->metric == METRIC_TOPK)
		table_textf(t, "top-%d accuracy", a->k);
	else
		table_text(t, name.text);
	str_release(&name);
	if (metric_is_loss(a->metric))
		add_loss(t, r);
	else
		add_fraction(t, r);
}

static void add_bytes(struct table *t, const char *what, const uint64_t *x)
{
	table_text(t, what);
	table_bytes(t, (double)x[REFERENCE]);
	table_bytes(t, (double)x[CANDIDATE]);
	table_textf(t, "%.3fx", (double)x[CANDIDATE] / (double)x[REFERENCE]);
	table_text(t, "");
}

static void add_latency(struct table *t, const struct report *r)
{
	const struct latency *l = &r->latency;

	table_text(t, "latency, median");
	table_textf(t, "%.3f ms", 1e3 * l->side[REFERENCE].p50);
	table_textf(t, "%.3f ms", 1e3 * l->side[CANDIDATE].p50);
	table_textf(t, "%.3fx", l->ratio);
	table_textf(t, "%.3f .. %.3f; %zu pairs, noise %.1f %%", l->interval.lo,
		    l->interval.hi, l->pairs, 100 * l->noise);
}

static void add_summary(struct str *out, const struct report *r)
{
	struct table t = {0};

	table_column(&t, "", TABLE_LEFT);
	table_column(&t, "reference", TABLE_RIGHT);
	table_column(&t, "candidate", TABLE_RIGHT);
	table_column(&t, "change", TABLE_RIGHT);
	table_column(&t, "95 % interval", TABLE_LEFT);
	add_accuracy(&t, r);
	if (r->has_latency)
		add_latency(&t, r);
	add_bytes(&t, "file size", r->size_bytes);
	if (r->has_memory)
		add_bytes(&t, "peak memory", r->peak_bytes);
	table_print(&t, out);
	table_release(&t);
}

static void add_gates(struct str *out, const struct report *r)
{
	struct table t = {0};

	table_column(&t, "gate", TABLE_LEFT);
	table_column(&t, "found", TABLE_RIGHT);
	table_column(&t, "wanted", TABLE_LEFT);
	table_column(&t, "verdict", TABLE_LEFT);
	for (uint32_t i = 0; i < r->ngate; i++) {
		table_text(&t, r->gate[i].name);
		table_text(&t, r->gate[i].found);
		table_text(&t, r->gate[i].wanted);
		table_text(&t, verdict_name(r->gate[i].verdict));
	}
	str_addc(out, '\n');
	table_print(&t, out);
	table_release(&t);
	str_addf(out, "\nverdict: %s (%zu samples, engine %s, %d thread%s)\n",
		 verdict_name(r->verdict), r->samples, r->environment.engine,
		 r->environment.threads,
		 r->environment.threads == 1 ? "" : "s");
}

void validate_table(struct str *out, const struct report *r, bool verbose)
{
	add_summary(out, r);
	add_outputs(out, r);
	if (r->nlayer)
		add_layers(out, r, verbose);
	if (r->ledger)
		ledger_table(out, r->ledger, verbose);
	add_gates(out, r);
}
