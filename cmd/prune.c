/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/prune.c -- mlopt prune: weights that become zero, channels that go. */
#include <string.h>

#include "cmd/data_options.h"
#include "cmd/load.h"
#include "cmd/provenance.h"
#include "cmd/prune_structured.h"
#include "cmd/shrink.h"
#include "cmd/table.h"
#include "formats/format.h"
#include "passes/freeze.h"
#include "passes/optimize.h"
#include "passes/prune.h"

struct prune_cmd_opts {
	struct common_opts common;
	double sparsity;
	const char *pattern, *groups;
	int round_to;
	bool first, depthwise, no_refit;
	struct data_opts data;
};

static const struct opt opts[] = {
	OPT(struct prune_cmd_opts, sparsity, 's', "F",
	    "share of weights or channels to drop; with 2:4 it is 0.5"),
	OPT(struct prune_cmd_opts, pattern, 0, "P",
	    "unstructured, 2:4 or structured (unstructured)"),
	OPT(struct prune_cmd_opts, groups, 0, "G",
	    "structured: channels of the inner groups, or of all (inner)"),
	OPT(struct prune_cmd_opts, round_to, 0, "N",
	    "structured: a multiple of N channels stays (1)"),
	OPT(struct prune_cmd_opts, first, 0, NULL, "prune the first layer too"),
	OPT(struct prune_cmd_opts, depthwise, 0, NULL,
	    "prune depthwise convolutions too"),
	OPT(struct prune_cmd_opts, no_refit, 0, NULL,
	    "do not refit layers to their outputs in the original"),
	OPT_GROUP(struct prune_cmd_opts, data, data_options,
		  "data (for repair of the weights that stay)"),
	OPT_LAST,
};

static const struct prune_cmd_opts defaults = {.sparsity = -1,
					       .pattern = "unstructured",
					       .groups = "inner",
					       .round_to = 1};

enum { UNSTRUCTURED, TWO_OF_FOUR, STRUCTURED };

static int pattern_of(const struct prune_cmd_opts *o, struct err *e)
{
	static const char *const patterns[] = {"unstructured", "2:4",
					       "structured", NULL};

	return cmd_choice("option '--pattern'", o->pattern, patterns, e);
}

static bool parse(struct prune_opts *p, const struct prune_cmd_opts *o,
		  int pattern, struct err *e)
{
	*p = (struct prune_opts){.first = o->first,
				 .depthwise = o->depthwise,
				 .no_refit = o->no_refit,
				 .limits = &o->common.limits};
	if (pattern == TWO_OF_FOUR) {
		p->sparsity = (struct sparsity){.keep = 2, .group = 4};
		if (o->sparsity >= 0 && o->sparsity != 0.5)
			return err_set(e, ERR_USAGE,
				       "'--pattern 2:4' has sparsity 0.5, "
				       "not %g",
				       o->sparsity);
		return true;
	}
	if (o->sparsity < 0 || o->sparsity > 1)
		return err_set(e, ERR_USAGE,
			       "option '--sparsity' wants a share from 0 to 1");
	p->sparsity.share = o->sparsity;
	return true;
}

static void put_layer(struct table *t, struct json *j,
		      const struct pruned_layer *l)
{
	json_object(j, NULL);
	json_string(j, "name", l->label);
	json_string(j, "operator", l->type);
	json_int(j, "weights", (int64_t)l->weights);
	json_int(j, "zeros", (int64_t)l->zeros);
	if (l->why_not)
		json_string(j, "dense", l->why_not);
	if (l->refit_db > 0)
		json_double(j, "refit_db", l->refit_db);
	json_end(j);
	table_text(t, l->label);
	table_text(t, l->type);
	table_int(t, (int64_t)l->weights);
	if (l->why_not)
		table_textf(t, "dense: %s", l->why_not);
	else
		table_textf(t, "%.1f %%",
			    100 * (double)l->zeros / (double)l->weights);
	if (l->refit_db > 0)
		table_textf(t, "%+.1f dB", l->refit_db);
	else
		table_text(t, "");
}

static bool report(const struct prune_report *r, const struct common_opts *c,
		   struct err *e)
{
	struct table t = {.ncolumns = 0};
	struct str text = {0};
	struct json j = {.depth = 0};
	size_t weights = 0, zeros = 0;

	table_column(&t, "layer", TABLE_LEFT);
	table_column(&t, "operator", TABLE_LEFT);
	table_column(&t, "weights", TABLE_RIGHT);
	table_column(&t, "zeros", TABLE_RIGHT);
	table_column(&t, "refit", TABLE_RIGHT);
	cmd_json_begin(&j);
	json_array(&j, "layers");
	for (uint32_t i = 0; i < r->count; i++) {
		put_layer(&t, &j, &r->layer[i]);
		weights += r->layer[i].weights;
		zeros += r->layer[i].zeros;
	}
	json_end(&j);
	json_int(&j, "weights", (int64_t)weights);
	json_int(&j, "zeros", (int64_t)zeros);
	json_end(&j);
	if (c->verbose) {
		table_print(&t, &text);
		str_addf(&text, "%zu of %zu weights are zero\n", zeros,
			 weights);
	}
	table_release(&t);
	return cmd_report(c, &text, &j, e);
}

/* Weights that only constants stand before are weights; what is refitted has a
 * bias of its own, which BatchNormalization becomes. */
static bool fold(struct model *m, bool refit, struct err *e)
{
	struct schedule s;

	freeze_inputs(m);
	if (refit) {
		schedule_level(&s, LEVEL_DEFAULT);
		return optimize(m, &s, UINT64_MAX, e);
	}
	schedule_level(&s, 1);
	return schedule_choose(&s, "fold-constants,drop-dead", e) &&
	       optimize(m, &s, UINT64_MAX, e);
}

static bool prune(struct model *m, const struct prune_cmd_opts *o,
		  const struct prune_opts *p, struct err *e)
{
	const struct common_opts *c = &o->common;
	struct write_opts w = {.external = EXTERNAL_AS_IS};
	struct dataset *d = NULL;
	struct prefix prefix = {.model = NULL};
	struct prune_report r = {.count = 0};
	bool ok = true;

	if (o->data.data)
		ok = data_options_open(&d, m, &o->data, NULL, c, e) &&
		     shrink_prefix(&prefix, m, d, SHRINK_SAMPLES, c, e);
	ok = ok && prune_model(m, p, o->data.data ? &prefix : NULL, &r, e);
	if (ok)
		provenance_add(m, c);
	ok = ok && format_write_model(c->output, m, &w, e) && report(&r, c, e);
	prune_report_release(&r);
	prefix_end(&prefix);
	dataset_close(d);
	return ok;
}

static bool parse_structured(struct prune_channels_opts *p,
			     const struct prune_cmd_opts *o, struct err *e)
{
	static const char *const groups[] = {"inner", "all", NULL};
	int which = cmd_choice("option '--groups'", o->groups, groups, e);

	if (which < 0)
		return false;
	if (o->sparsity < 0 || o->sparsity >= 1)
		return err_set(e, ERR_USAGE,
			       "option '--sparsity' wants a share from 0 to "
			       "below 1");
	if (o->round_to < 1)
		return err_set(e, ERR_USAGE,
			       "option '--round-to' wants a number of "
			       "channels");
	*p = (struct prune_channels_opts){.share = o->sparsity,
					  .round_to = (uint32_t)o->round_to,
					  .residual = which == 1,
					  .limits = &o->common.limits};
	return true;
}

static int run_structured(const struct prune_cmd_opts *o, const char *path,
			  struct err *e)
{
	struct prune_channels_opts p;

	return parse_structured(&p, o, e) && prune_structured(&o->common, path,
							      &o->data, &p, e)
		       ? EXIT_OK
		       : CMD_FAILED;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const struct prune_cmd_opts *o = (struct prune_cmd_opts *)common;
	int pattern = pattern_of(o, e);
	struct prune_opts p;
	struct model *m;
	bool ok;

	(void)argc;
	if (pattern < 0)
		return CMD_FAILED;
	if (pattern == STRUCTURED)
		return run_structured(o, argv[0], e);
	if (!parse(&p, o, pattern, e) || !load_model(&m, common, argv[0], e))
		return CMD_FAILED;
	ok = (fold(m, o->data.data && !o->no_refit, e) && prune(m, o, &p, e)) ||
	     err_context(e, "%s", argv[0]);
	model_free(m);
	return ok ? EXIT_OK : CMD_FAILED;
}

extern const struct cmd cmd_rows_prune[];
const struct cmd cmd_rows_prune[] = {
	CMD(struct prune_cmd_opts, "prune", "MODEL -o OUT --sparsity F",
	    "drop weights or whole channels", opts, &defaults.common, run, 1, 1,
	    OUTPUT_REQUIRED),
	{0},
};
