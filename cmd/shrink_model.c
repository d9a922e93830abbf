/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/shrink_model.c -- mlopt shrink: prune and quantize in every way that is
 * known to be good, measure, and keep what nothing else beats.
 *
 * Candidates are made by the commands optimize, prune and quantize as a person
 * would call them, so each can be made again by hand.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/data_options.h"
#include "cmd/load.h"
#include "cmd/options.h"
#include "cmd/shrink_front.h"
#include "cmd/table.h"
#include "validate/compare.h"

struct shrink_opts {
	struct common_opts common;
	const char *labels, *target, *calibration;
	bool no_latency;
	double seconds;
	struct data_opts data;
};

static const struct opt opts[] = {
	OPT_GROUP(struct shrink_opts, data, data_options, "data"),
	OPT(struct shrink_opts, labels, 0, "L",
	    "array of D, file with one array, or \"folders\""),
	OPT(struct shrink_opts, target, 0, "T",
	    "what must hold: top1_drop<=0.5,size<=0.3,sqnr_db>=20,latency<=1"),
	OPT(struct shrink_opts, calibration, 0, "RANGE",
	    "samples of D to calibrate with (200, evenly spread)"),
	OPT(struct shrink_opts, no_latency, 0, NULL, "do not measure latency"),
	OPT(struct shrink_opts, seconds, 0, "S",
	    "measure each latency for S seconds (default 0.5)"),
	OPT_LAST,
};

static const struct shrink_opts defaults = {.seconds = 0.5};

enum { CALIBRATION = 200, WORDS = 40 };

/* Shares of channels that go, and what is quantized how. */
static const struct pruning {
	const char *name, *share; /* NULL: optimized only */
} prunings[] = {{"", NULL}, {"pruned12-", "0.125"}, {"pruned25-", "0.25"}};

static const struct quantizing {
	const char *name;
	const char *words[6]; /* none: not quantized */
} quantizings[] = {
	{"float", {NULL}},
	{"int8", {"--bits=8", NULL}},
	{"auto4-int8", {"--scheme=auto", "--bits=4", "--activations=int8"}},
	{"auto4", {"--scheme=auto", "--bits=4", NULL}},
	{"auto3", {"--scheme=auto", "--bits=3", NULL}},
};

enum {
	CANDIDATES = COUNT_OF(prunings) * COUNT_OF(quantizings),
};

struct shrinking {
	const struct shrink_opts *o;
	const char *path, *dir;
	const char *range; /* of the calibration samples */
	struct shrink_target target;
	struct model *model;
	struct dataset *data;
	uint64_t bytes;	  /* of the original's files */
	double reference; /* accuracy */
	size_t samples;
	struct shrunk at[CANDIDATES];
	struct arena arena;
};

/* ---- candidates --------------------------------------------------------- */

struct words {
	char *at[WORDS + 1];
	int count;
};

static void add_word(struct shrinking *s, struct words *w, const char *text)
{
	w->at[w->count++] = arena_strdup(&s->arena, text);
}

static void add_option(struct shrinking *s, struct words *w, const char *name,
		       const char *value)
{
	if (value)
		w->at[w->count++] = arena_printf(&s->arena, "--%s=%s", name,
						 value);
}

static void add_data(struct shrinking *s, struct words *w)
{
	const struct data_opts *d = &s->o->data;

	add_option(s, w, "data", d->data);
	add_option(s, w, "samples", s->range);
	add_option(s, w, "scale", d->scale);
	add_option(s, w, "mean", d->mean);
	add_option(s, w, "std", d->std);
	add_option(s, w, "size", d->size);
	add_option(s, w, "color", d->color);
	add_option(s, w, "layout", d->layout);
}

/* What is common stays as it is, but for what the words say and reports. */
static void take_common(struct common_opts *c, const struct common_opts *from,
			const struct cmd *cmd)
{
	const char *output = c->output;

	*c = *from;
	c->output = output;
	c->cmd = cmd;
	c->json = NULL;
	c->verbose = false;
	c->quiet = true;
}

static bool call(struct shrinking *s, const char *name, struct words *w,
		 struct err *e)
{
	const struct cmd *cmd = cmd_find(name);
	struct common_opts *c = calloc(1, cmd->opts_bytes);
	bool help, ok;
	int n;

	if (!c)
		die_oom();
	if (cmd->defaults)
		memcpy(c, cmd->defaults, cmd->opts_bytes);
	ok = options_parse(cmd, c, w->count, w->at, &n, &help, e);
	if (ok) {
		take_common(c, &s->o->common, cmd);
		ok = cmd->run(c, n, w->at, e) == EXIT_OK;
	}
	options_release(cmd, c);
	free(c);
	return ok;
}

static bool make_float(struct shrinking *s, const struct pruning *p,
		       const char *to, struct err *e)
{
	struct words w = {.count = 0};

	add_word(s, &w, s->path);
	add_option(s, &w, "output", to);
	if (!p->share)
		return call(s, "optimize", &w, e);
	add_word(s, &w, "--pattern=structured");
	add_option(s, &w, "sparsity", p->share);
	add_data(s, &w);
	return call(s, "prune", &w, e);
}

static bool make_quantized(struct shrinking *s, const struct quantizing *q,
			   const char *from, const char *to, struct err *e)
{
	struct words w = {.count = 0};

	add_word(s, &w, from);
	add_option(s, &w, "output", to);
	for (size_t i = 0; i < COUNT_OF(q->words) && q->words[i]; i++)
		add_word(s, &w, q->words[i]);
	add_data(s, &w);
	return call(s, "quantize", &w, e);
}

/* ---- measuring ---------------------------------------------------------- */

static uint64_t file_bytes(const struct model *m)
{
	uint64_t bytes = 0;

	for (const struct input *in = m->inputs; in; in = in->next)
		bytes += in->bytes.len;
	return bytes;
}

static void take_measurements(struct shrinking *s, struct shrunk *c,
			      const struct report *r)
{
	c->size = (double)c->bytes / (double)s->bytes;
	c->sqnr_db = INFINITY;
	for (uint32_t i = 0; i < r->noutput; i++)
		c->sqnr_db = fmin(c->sqnr_db,
				  drift_sqnr_db(&r->output[i].drift));
	c->latency = r->has_latency ? r->latency.ratio : NAN;
	c->accuracy = c->drop = NAN;
	s->samples = r->samples;
	if (r->accuracy.metric == METRIC_NONE)
		return;
	s->reference = accuracy_of(&r->accuracy, REFERENCE);
	c->accuracy = accuracy_of(&r->accuracy, CANDIDATE);
	c->drop = -100 * accuracy_change(&r->accuracy) + 0.0;
}

static bool measure(struct shrinking *s, struct shrunk *c, struct err *e)
{
	struct report r = {.path = {s->path, c->path}};
	struct compare_opts o = {
		.metric = s->o->labels ? METRIC_TOPK : METRIC_NONE,
		.k = 1,
		.latency = !s->o->no_latency,
		.seconds = s->o->seconds,
	};
	struct model *m;
	bool ok;

	if (!load_plan_opts(&o.plan, &s->o->common, e) ||
	    !load_model(&m, &s->o->common, c->path, e))
		return false;
	c->bytes = file_bytes(m);
	ok = compare_models(&r, (const struct model *const[2]){s->model, m},
			    s->data, &o, e);
	if (ok)
		take_measurements(s, c, &r);
	arena_release(&r.arena);
	model_free(m);
	return ok;
}

/* What cannot be made is a line of the table: only usage and files end it. */
static bool refuse(struct shrinking *s, struct shrunk *c, struct err *e)
{
	if (e->code != ERR_UNSUPPORTED)
		return false;
	c->why_not = arena_strdup(&s->arena, e->msg);
	*e = (struct err){.code = ERR_NONE};
	return true;
}

static bool make_all(struct shrinking *s, struct err *e)
{
	for (size_t p = 0; p < COUNT_OF(prunings); p++) {
		struct shrunk *row = &s->at[p * COUNT_OF(quantizings)];

		for (size_t q = 0; q < COUNT_OF(quantizings); q++) {
			struct shrunk *c = &row[q];
			bool ok;

			c->name = arena_printf(&s->arena, "%s%s",
					       prunings[p].name,
					       quantizings[q].name);
			c->path = arena_printf(&s->arena, "%s/%s.onnx", s->dir,
					       c->name);
			c->why_not = row->why_not;
			if (c->why_not)
				continue;
			ok = q ? make_quantized(s, &quantizings[q], row->path,
						c->path, e)
			       : make_float(s, &prunings[p], c->path, e);
			if (!(ok && measure(s, c, e)) && !refuse(s, c, e))
				return false;
		}
	}
	return true;
}

/* ---- reporting ---------------------------------------------------------- */

static void add_row(struct table *t, const struct shrunk *c)
{
	table_text(t, c->name);
	if (c->why_not) {
		for (int i = 0; i < 4; i++)
			table_empty(t);
		table_textf(t, "not made: %s", c->why_not);
		return;
	}
	table_textf(t, "%.3fx", c->size);
	if (isnan(c->accuracy))
		table_empty(t);
	else
		table_textf(t, "%.2f %% (%+.2f)", 100 * c->accuracy,
			    0.0 - c->drop);
	if (isinf(c->sqnr_db))
		table_text(t, "exact");
	else
		table_textf(t, "%.1f dB", c->sqnr_db);
	if (isnan(c->latency))
		table_empty(t);
	else
		table_textf(t, "%.3fx", c->latency);
	table_text(t, c->on_front ? "kept" : c->holds ? "beaten" : "too far");
}

static void put_row(struct json *j, const struct shrunk *c)
{
	json_object(j, NULL);
	json_string(j, "name", c->name);
	if (c->why_not) {
		json_string(j, "why_not", c->why_not);
		json_end(j);
		return;
	}
	json_int(j, "bytes", (int64_t)c->bytes);
	json_double(j, "size_ratio", c->size);
	json_double(j, "accuracy", c->accuracy);
	json_double(j, "drop_points", c->drop);
	json_double(j, "sqnr_db", c->sqnr_db);
	json_double(j, "latency_ratio", c->latency);
	json_bool(j, "holds", c->holds);
	json_bool(j, "on_front", c->on_front);
	if (c->on_front)
		json_string(j, "path", c->path);
	json_end(j);
}

static bool report(struct shrinking *s, size_t kept, struct err *e)
{
	struct table t = {.ncolumns = 0};
	struct str text = {0};
	struct json j = {.depth = 0};

	table_column(&t, "candidate", TABLE_LEFT);
	table_column(&t, "file size", TABLE_RIGHT);
	table_column(&t, "top-1 (points)", TABLE_RIGHT);
	table_column(&t, "sqnr", TABLE_RIGHT);
	table_column(&t, "latency", TABLE_RIGHT);
	table_column(&t, "verdict", TABLE_LEFT);
	json_object(&j, NULL);
	json_int(&j, "schema", 1);
	json_string(&j, "reference", s->path);
	json_int(&j, "samples", (int64_t)s->samples);
	json_int(&j, "reference_bytes", (int64_t)s->bytes);
	json_double(&j, "reference_accuracy", s->reference);
	json_array(&j, "candidates");
	for (size_t i = 0; i < CANDIDATES; i++) {
		add_row(&t, &s->at[i]);
		put_row(&j, &s->at[i]);
	}
	json_end(&j);
	json_end(&j);
	table_print(&t, &text);
	str_addf(&text, "%zu kept in %s; %zu samples\n", kept, s->dir,
		 s->samples);
	table_release(&t);
	return cmd_report(&s->o->common, &text, &j, e);
}

/* ---- the command -------------------------------------------------------- */

static void remove_others(const struct shrinking *s, bool all)
{
	for (size_t i = 0; i < CANDIDATES; i++)
		if (s->at[i].path && (all || !s->at[i].on_front))
			unlink(s->at[i].path);
}

static bool choose_samples(struct shrinking *s, struct err *e)
{
	const struct data_opts *d = &s->o->data;
	size_t step;

	if (!data_options_open(&s->data, s->model, d, s->o->labels,
			       &s->o->common, e))
		return false;
	step = dataset_count(s->data) / CALIBRATION;
	s->range = s->o->calibration ? s->o->calibration : d->samples;
	if (!s->range && step > 1)
		s->range = arena_printf(&s->arena, "::%zu", step);
	return true;
}

static bool check_usage(const struct shrinking *s, struct err *e)
{
	if (!isnan(s->target.most_drop) && !s->o->labels)
		return err_set(e, ERR_USAGE, "top1_drop needs '--labels'");
	if (!isnan(s->target.most_latency) && s->o->no_latency)
		return err_set(e, ERR_USAGE,
			       "a limit of latency and '--no-latency' exclude "
			       "each other");
	return s->o->seconds >= 0 ||
	       err_set(e, ERR_USAGE, "'--seconds' wants a positive number");
}

static bool shrink(struct shrinking *s, size_t *kept, struct err *e)
{
	if (!shrink_target_parse(&s->target, s->o->target, e) ||
	    !check_usage(s, e) ||
	    !load_model(&s->model, &s->o->common, s->path, e) ||
	    !choose_samples(s, e))
		return false;
	s->bytes = file_bytes(s->model);
	if (mkdir(s->dir, 0777) && errno != EEXIST)
		return err_errno(e, "cannot make '%s'", s->dir);
	if (!make_all(s, e)) {
		remove_others(s, true);
		return false;
	}
	*kept = shrink_front(s->at, CANDIDATES, &s->target);
	remove_others(s, false);
	return report(s, *kept, e);
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	struct shrinking s = {.o = (struct shrink_opts *)common,
			      .path = argv[0],
			      .dir = common->output,
			      .reference = NAN};
	size_t kept = 0;
	bool ok = shrink(&s, &kept, e);

	(void)argc;
	dataset_close(s.data);
	model_free(s.model);
	arena_release(&s.arena);
	if (!ok)
		return CMD_FAILED;
	return kept ? EXIT_OK : EXIT_GATE;
}

extern const struct cmd cmd_rows_shrink_model[];
const struct cmd cmd_rows_shrink_model[] = {
	CMD(struct shrink_opts, "shrink", "MODEL --data D -o DIR",
	    "prune and quantize; keep the best candidates", opts,
	    &defaults.common, run, 1, 1, OUTPUT_REQUIRED),
	{0},
};
