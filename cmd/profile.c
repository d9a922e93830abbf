/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/profile.c -- mlopt profile: where the time of a run goes. */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "cmd/load.h"
#include "cmd/table.h"

struct profile_opts {
	struct common_opts common;
	int runs;
	int batch;
	struct opt_list dim;
	struct data_opts data;
	bool literal;
	bool by_operator;
};

static const struct opt opts[] = {
	OPT(struct profile_opts, runs, 0, "N",
	    "average over N runs (default 20)"),
	OPT(struct profile_opts, batch, 0, "N",
	    "samples in one run, if the model leaves that open (default 1)"),
	OPT(struct profile_opts, dim, 0, "NAME=N",
	    "make N of dimension NAME everywhere; may be repeated"),
	OPT(struct profile_opts, literal, 0, NULL,
	    "run nodes as written, also with a fast engine"),
	OPT(struct profile_opts, by_operator, 0, NULL,
	    "one line for each pair of operator and kernel"),
	OPT_GROUP(struct profile_opts, data, data_options, "data"),
	OPT_LAST,
};

static const struct profile_opts defaults = {.runs = 20, .batch = 1};

/* One line of the report. */
struct line {
	const char *label, *op, *kernel;
	double seconds; /* of one run */
	uint64_t macs;
	size_t bytes, steps;
};

struct profile {
	struct arena arena;
	struct line *line;
	size_t count;
	double total; /* seconds of one run */
};

static bool same_kind(const struct line *a, const struct step *s)
{
	return !strcmp(a->op, s->node->type) &&
	       !strcmp(a->kernel, s->kernel->name);
}

/* The line that step S belongs to; a new one unless kinds are joined. */
static struct line *line_of(struct profile *p, const struct step *s, bool join)
{
	struct line *l = p->line;

	while (l < p->line + p->count && !(join && same_kind(l, s)))
		l++;
	if (l == p->line + p->count) {
		p->count++;
		l->label = s->label;
		l->op = s->node->type;
		l->kernel = s->kernel->name;
	}
	return l;
}

static int by_seconds(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return (x->seconds < y->seconds) - (x->seconds > y->seconds);
}

static bool measure(struct profile *p, const struct loaded *l,
		    const struct profile_opts *o, struct err *e)
{
	const struct step *s;
	double *seconds;
	size_t n;

	s = plan_steps(l->plan, &n);
	seconds = arena_array(&p->arena, double, n);
	p->line = arena_array(&p->arena, struct line, n);
	plan_time_steps(l->plan, true);
	for (int i = -1; i < o->runs; i++) {
		if (!plan_run(l->plan, l->batch.in, NULL, e))
			return false;
		for (size_t k = 0; i >= 0 && k < n; k++)
			seconds[k] += s[k].seconds / o->runs;
	}
	for (size_t k = 0; k < n; k++) {
		struct line *x = line_of(p, &s[k], o->by_operator);

		x->seconds += seconds[k];
		x->macs += s[k].macs;
		x->bytes += s[k].out_bytes;
		x->steps++;
		p->total += seconds[k];
	}
	if (o->by_operator)
		qsort(p->line, p->count, sizeof(*p->line), by_seconds);
	return true;
}

static double gflops(const struct line *l)
{
	return l->seconds > 0 ? 2e-9 * (double)l->macs / l->seconds : 0;
}

static double share(const struct profile *p, const struct line *l)
{
	return p->total > 0 ? l->seconds / p->total : 0;
}

static void report_json(const struct profile *p, const char *path,
			const char *engine, struct json *j)
{
	cmd_json_begin(j);
	json_string(j, "model", path);
	json_string(j, "engine", engine);
	json_int(j, "threads", parallel_threads());
	json_double(j, "total_ms", 1e3 * p->total);
	json_array(j, "steps");
	for (size_t i = 0; i < p->count; i++) {
		const struct line *l = &p->line[i];

		json_object(j, NULL);
		json_string(j, "node", l->label);
		json_string(j, "operator", l->op);
		json_string(j, "kernel", l->kernel);
		json_int(j, "steps", (int64_t)l->steps);
		json_double(j, "ms", 1e3 * l->seconds);
		json_double(j, "share", share(p, l));
		json_int(j, "macs", (int64_t)l->macs);
		json_double(j, "gflops", gflops(l));
		json_int(j, "bytes", (int64_t)l->bytes);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static void report_table(const struct profile *p, const char *engine,
			 bool by_operator, struct str *text)
{
	struct table t = {0};

	table_column(&t, by_operator ? "steps" : "node",
		     by_operator ? TABLE_RIGHT : TABLE_LEFT);
	table_column(&t, "operator", TABLE_LEFT);
	table_column(&t, "kernel", TABLE_LEFT);
	table_column(&t, "ms", TABLE_RIGHT);
	table_column(&t, "share", TABLE_RIGHT);
	table_column(&t, "GFLOP/s", TABLE_RIGHT);
	table_column(&t, "result", TABLE_RIGHT);
	t.max_width = 40;
	for (size_t i = 0; i < p->count; i++) {
		const struct line *l = &p->line[i];

		if (by_operator)
			table_int(&t, (int64_t)l->steps);
		else
			table_text(&t, l->label);
		table_text(&t, l->op);
		table_text(&t, l->kernel);
		table_textf(&t, "%.4f", 1e3 * l->seconds);
		table_textf(&t, "%.1f %%", 100 * share(p, l));
		if (l->macs)
			table_textf(&t, "%.1f", gflops(l));
		else
			table_empty(&t);
		table_bytes(&t, (double)l->bytes);
	}
	table_print(&t, text);
	str_addf(text, "%zu lines, %.4f ms, engine %s\n", p->count,
		 1e3 * p->total, engine);
	table_release(&t);
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const struct profile_opts *o = (struct profile_opts *)common;
	struct plan_opts po;
	struct profile p = {.count = 0};
	struct load_feed feed = {&o->dim, &o->data, o->batch};
	struct loaded l;
	struct str text = {0};
	struct json json = {.depth = 0};
	int status = CMD_FAILED;

	(void)argc;
	if (!load_plan_opts(&po, common, e))
		return CMD_FAILED;
	if (o->runs < 1 || o->batch < 1) {
		err_set(e, ERR_USAGE,
			"'--runs' and '--batch' want positive numbers");
		return CMD_FAILED;
	}
	po.literal = o->literal;
	if (load_sampled(&l, common, &po, argv[0], &feed, e) &&
	    measure(&p, &l, o, e)) {
		report_json(&p, argv[0], po.engine->name, &json);
		report_table(&p, po.engine->name, o->by_operator, &text);
		if (cmd_report(common, &text, &json, e))
			status = EXIT_OK;
	}
	load_release(&l);
	arena_release(&p.arena);
	return status;
}

const struct cmd cmd_rows_profile[] = {
	CMD(struct profile_opts, "profile", "MODEL",
	    "show where the time of a run goes", opts, &defaults.common, run, 1,
	    1, OUTPUT_REPORT),
	{0},
};
