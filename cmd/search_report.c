/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/search_report.c -- what each layer got, and why. */
#include <math.h>

#include "cmd/search.h"
#include "cmd/table.h"
#include "validate/goal.h"

static double decibels(double noise)
{
	return -10 * log10(noise);
}

/* The next smaller form of layer I that was considered; its own if none. */
static uint32_t next_form(const struct search *s, uint32_t i, uint32_t k)
{
	const double *bytes = s->sensitivity.bytes + (size_t)i * SEARCH_FORMS;
	uint32_t best = k;

	for (uint32_t x = 0; x < SEARCH_FORMS; x++)
		if (bytes[x] < bytes[k] &&
		    (best == k || bytes[x] > bytes[best]))
			best = x;
	return best;
}

static const char *why(const struct search *s, uint32_t i)
{
	const struct sensitive_layer *l = &s->sensitivity.layer[i];

	if (l->why_not)
		return l->why_not;
	if (l->fixed)
		return "an override says so";
	if (l->same_as != i)
		return "has the weight of a layer before";
	return NULL;
}

static void put_choice(const struct search *s, struct table *t, struct json *j,
		       uint32_t i)
{
	const double *noise = s->sensitivity.noise + (size_t)i * SEARCH_FORMS;
	uint32_t k = s->best->form[i], next = next_form(s, i, k);

	json_string(j, "form", search_forms[k].name);
	json_double(j, "sqnr_alone_db", decibels(noise[k]));
	table_text(t, search_forms[k].name);
	table_textf(t, "%.1f", decibels(noise[k]));
	if (next == k) {
		table_text(t, "the smallest form");
		return;
	}
	json_string(j, "next_form", search_forms[next].name);
	json_double(j, "next_sqnr_alone_db", decibels(noise[next]));
	table_textf(t, "%s: %.1f dB", search_forms[next].name,
		    decibels(noise[next]));
}

static void put_layer(const struct search *s, struct table *t, struct json *j,
		      const struct quantized_layer *l, uint32_t i)
{
	const char *reason = why(s, i);

	json_object(j, NULL);
	json_string(j, "name", l->label);
	json_string(j, "operator", l->type);
	json_int(j, "weights", (int64_t)l->weights);
	json_int(j, "logical_bits", l->logical_bits);
	json_double(j, "carried_bits", l->carried_bits);
	json_int(j, "bytes", (int64_t)l->bytes);
	table_text(t, l->label);
	table_text(t, l->type);
	table_int(t, (int64_t)l->weights);
	table_int(t, (int64_t)l->bytes);
	if (reason) {
		json_string(j, "why", reason);
		table_textf(t, "%d bits", l->logical_bits);
		table_text(t, "");
		table_text(t, reason);
	} else {
		put_choice(s, t, j, i);
	}
	json_end(j);
}

static void put_goals(const struct search *s, struct str *text, struct json *j)
{
	const struct policy *p = &s->policy;
	const struct judged *x = &s->best->judged;

	json_array(j, "target");
	for (int c = 0; c < CRITERIA; c++) {
		double factor, offset;
		const char *name;

		if (!p->set[c])
			continue;
		name = goal_name(p, (enum criterion)c, &factor, &offset);
		json_object(j, NULL);
		json_string(j, "name", name);
		json_double(j, "limit", factor * p->limit[c] + offset);
		json_end(j);
		str_addf(text, "%s %.6g: ", name,
			 factor * p->limit[c] + offset);
	}
	json_end(j);
	json_double(j, "sqnr_db", decibels(x->noise));
	str_addf(text, "%.1f dB", decibels(x->noise));
	if (!isnan(x->expected.drop)) {
		json_double(j, "expected_drop", x->expected.drop);
		json_double(j, "expected_drop_error", x->expected.error);
		str_addf(text, ", a drop of %.2f +- %.2f points expected",
			 100 * x->expected.drop, 100 * x->expected.error);
	}
	if (!isnan(x->counted)) {
		json_double(j, "counted_change", x->counted);
		str_addf(text, ", a change of %+.4g counted", x->counted);
	}
	json_int(j, "held_out", s->held.held);
	str_addf(text, " on %u samples held out\n", s->held.held);
}

static void put_trials(const struct search *s, struct json *j)
{
	json_array(j, "trials");
	for (uint32_t i = 0; i < s->ntrials; i++) {
		const struct search_trial *t = &s->trial[i];

		json_object(j, NULL);
		json_bool(j, "holds", t->judged.holds);
		json_double(j, "sqnr_db", decibels(t->judged.noise));
		json_double(j, "expected_drop", t->judged.expected.drop);
		json_double(j, "counted_change", t->judged.counted);
		json_int(j, "bytes", (int64_t)t->bytes);
		json_end(j);
	}
	json_end(j);
}

bool search_report(const struct search *s, const struct quantize_report *r,
		   const uint64_t files[2], struct err *e)
{
	const struct common_opts *c = &s->o->common;
	double ratio = (double)files[1] / (double)files[0];
	struct table t = {.ncolumns = 0};
	struct str text = {0};
	struct json j = {.depth = 0};

	table_column(&t, "layer", TABLE_LEFT);
	table_column(&t, "operator", TABLE_LEFT);
	table_column(&t, "weights", TABLE_RIGHT);
	table_column(&t, "bytes", TABLE_RIGHT);
	table_column(&t, "form", TABLE_LEFT);
	table_column(&t, "alone, dB", TABLE_RIGHT);
	table_column(&t, "why not less", TABLE_LEFT);
	cmd_json_begin(&j);
	json_array(&j, "layers");
	for (uint32_t i = 0; i < r->count; i++)
		put_layer(s, &t, &j, &r->layer[i], i);
	json_end(&j);
	table_print(&t, &text);
	put_goals(s, &text, &j);
	put_trials(s, &j);
	json_int(&j, "file_bytes", (int64_t)files[1]);
	json_double(&j, "file_ratio", ratio);
	str_add(&text, "file ");
	str_add_bytes(&text, (double)files[0]);
	str_add(&text, " -> ");
	str_add_bytes(&text, (double)files[1]);
	str_addf(&text, " (%.3fx) after %u trials\n", ratio, s->ntrials);
	json_end(&j);
	table_release(&t);
	return cmd_report(c, &text, &j, e);
}
