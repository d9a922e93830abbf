/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/prune_structured.c -- mlopt prune --pattern structured. */
#include "cmd/prune_structured.h"

#include "cmd/load.h"
#include "cmd/provenance.h"
#include "cmd/shrink.h"
#include "cmd/table.h"
#include "formats/format.h"
#include "passes/freeze.h"
#include "passes/optimize.h"

static void put_group(struct table *t, struct json *j,
		      const struct pruned_group *g)
{
	const char *how = g->by_loss ? "loss" : "weight";

	json_object(j, NULL);
	json_string(j, "name", g->label);
	json_int(j, "before", g->before);
	json_int(j, "after", g->after);
	json_string(j, g->why_not ? "kept" : "chosen_by",
		    g->why_not ? g->why_not : how);
	json_end(j);
	table_text(t, g->label);
	table_int(t, g->before);
	table_int(t, g->after);
	if (g->why_not)
		table_textf(t, "kept: %s", g->why_not);
	else
		table_textf(t, "by %s", how);
}

static void put_totals(struct str *text, struct json *j,
		       const struct prune_channels_report *r, bool data)
{
	json_int(j, "macs_before", (int64_t)r->macs_before);
	json_int(j, "macs_after", (int64_t)r->macs_after);
	json_int(j, "parameters_before", (int64_t)r->parameters_before);
	json_int(j, "parameters_after", (int64_t)r->parameters_after);
	json_int(j, "repaired", r->repaired);
	str_addf(text, "%u of %u groups pruned, %u layers repaired%s\n",
		 r->pruned, r->count, r->repaired,
		 data ? "" : " (no data: chosen by weight)");
	str_add(text, "MACs ");
	str_add_count(text, (double)r->macs_before);
	str_add(text, " -> ");
	str_add_count(text, (double)r->macs_after);
	str_add(text, ", parameters ");
	str_add_count(text, (double)r->parameters_before);
	str_add(text, " -> ");
	str_add_count(text, (double)r->parameters_after);
	str_addc(text, '\n');
}

static bool report(const struct prune_channels_report *r, bool data,
		   const struct common_opts *c, struct err *e)
{
	struct table t = {.ncolumns = 0};
	struct str text = {0}, totals = {0};
	struct json j = {.depth = 0};

	table_column(&t, "group", TABLE_LEFT);
	table_column(&t, "channels", TABLE_RIGHT);
	table_column(&t, "after", TABLE_RIGHT);
	table_column(&t, "how", TABLE_LEFT);
	cmd_json_begin(&j);
	json_array(&j, "groups");
	for (uint32_t i = 0; i < r->count; i++)
		put_group(&t, &j, &r->group[i]);
	json_end(&j);
	put_totals(&totals, &j, r, data);
	json_end(&j);
	if (c->verbose) {
		table_print(&t, &text);
		str_add(&text, totals.text);
	}
	str_release(&totals);
	table_release(&t);
	return cmd_report(c, &text, &j, e);
}

/* What is folded together is pruned, and repaired, as one. */
static bool prepare(struct model *m, struct err *e)
{
	struct schedule s;

	freeze_inputs(m);
	schedule_level(&s, LEVEL_DEFAULT);
	return optimize(m, &s, UINT64_MAX, e);
}

static bool prune_and_write(struct model *m, const struct common_opts *c,
			    const struct prune_channels_opts *p, struct err *e)
{
	struct write_opts w = {.external = EXTERNAL_AS_IS};
	struct prune_channels_report r;
	bool ok;

	if (!prune_channels(m, p, &r, e))
		return false;
	provenance_add(m, c);
	ok = format_write_model(c->output, m, &w, e) &&
	     report(&r, p->samples != NULL, c, e);
	prune_channels_report_release(&r);
	return ok;
}

static bool with_data(struct model *m, const struct common_opts *c,
		      const struct data_opts *o, struct prune_channels_opts *p,
		      struct err *e)
{
	struct shrink_samples samples = {.count = 0};
	struct prune_samples s;
	struct dataset *d = NULL;
	bool ok = data_options_open(&d, m, o, NULL, c, e) &&
		  shrink_samples(&samples, m, d, SHRINK_SAMPLES, c, e);

	s = (struct prune_samples){samples.in, samples.count, samples.engine};
	p->samples = &s;
	ok = ok && prune_and_write(m, c, p, e);
	p->samples = NULL;
	shrink_samples_release(&samples);
	dataset_close(d);
	return ok;
}

bool prune_structured(const struct common_opts *c, const char *path,
		      const struct data_opts *d, struct prune_channels_opts *p,
		      struct err *e)
{
	struct model *m;
	bool ok;

	if (!load_model(&m, c, path, e))
		return false;
	ok = prepare(m, e) &&
	     (d->data ? with_data(m, c, d, p, e) : prune_and_write(m, c, p, e));
	model_free(m);
	return ok || err_context(e, "%s", path);
}
