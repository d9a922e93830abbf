/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/validate.c -- mlopt validate: is the candidate as good as the reference?
 */
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/input.h"
#include "base/output.h"
#include "cmd/data_options.h"
#include "cmd/load.h"
#include "cmd/progress.h"
#include "cmd/validate_ledger.h"
#include "cmd/validate_table.h"
#include "validate/compare.h"

struct validate_opts {
	struct common_opts common;
	struct data_opts data;
	const char *labels, *policy, *metric, *accuracy_output, *junit;
	bool per_layer, ledger, no_latency;
	int batch;
	double seconds, threshold;
};

static const struct opt opts[] = {
	OPT_GROUP(struct validate_opts, data, data_options, "data"),
	OPT(struct validate_opts, labels, 0, "L",
	    "array of D, file with one array, or \"folders\""),
	OPT(struct validate_opts, policy, 'p', "FILE",
	    "what must hold (YAML); without it, drift alone is judged"),
	OPT(struct validate_opts, metric, 0, "M",
	    "top1, topk:K, agreement, f1, f1:micro, mse, perplexity"),
	OPT(struct validate_opts, threshold, 0, "F",
	    "f1 with a label for each score: those above F (0.5)"),
	OPT(struct validate_opts, accuracy_output, 0, "NAME",
	    "the output that holds the scores (default: the first)"),
	OPT(struct validate_opts, per_layer, 0, NULL,
	    "compare intermediate values, too"),
	OPT(struct validate_opts, ledger, 0, NULL,
	    "what drift comes from: undo one change at a time"),
	OPT(struct validate_opts, junit, 0, "FILE",
	    "write the gates as JUnit XML"),
	OPT(struct validate_opts, batch, 0, "N",
	    "samples a run (default 32, or what the models fix)"),
	OPT(struct validate_opts, seconds, 0, "S",
	    "measure latency for S seconds (default 1)"),
	OPT(struct validate_opts, no_latency, 0, NULL,
	    "do not measure latency"),
	OPT_LAST,
};

static const struct validate_opts defaults = {.seconds = 1, .threshold = 0.5};

/* Everything that one run holds. */
struct validation {
	const struct validate_opts *o;
	struct policy policy;
	struct report report;
	struct ledger ledger;
	struct model *model[2];
	struct dataset *data;
	struct arena arena;
};

/* ---- the policy --------------------------------------------------------- */

static bool read_policy(struct validation *v, struct err *e)
{
	struct input in;
	bool ok;

	if (!v->o->policy)
		return true;
	if (!input_open(&in, v->o->policy, NULL, e))
		return false;
	ok = policy_parse(&v->policy, in.bytes, &v->arena, e) ||
	     err_context(e, "'%s'", v->o->policy);
	input_close(&in);
	return ok;
}

/* --metric reports; in a policy, the metric is the policy's. */
static bool choose_metric(struct validation *v, struct err *e)
{
	enum metric metric;
	int k;

	if (!v->o->metric) {
		if (v->policy.metric == METRIC_NONE && v->o->labels) {
			v->policy.metric = METRIC_TOPK;
			v->policy.k = 1;
		}
		return true;
	}
	if (!metric_parse(v->o->metric, &metric, &k))
		return err_set(e, ERR_USAGE,
			       "option '--metric' wants " METRIC_NAMES
			       ", not '%s'",
			       v->o->metric);
	if (v->policy.metric != METRIC_NONE &&
	    (v->policy.metric != metric || v->policy.k != k))
		return err_set(e, ERR_USAGE,
			       "option '--metric' contradicts the policy");
	v->policy.metric = metric;
	v->policy.k = k;
	return true;
}

static void default_policy(struct validation *v)
{
	if (isnan(v->policy.threshold))
		v->policy.threshold = v->o->threshold;
	if (v->o->policy)
		return;
	policy_for_fidelity(&v->policy, model_property(v->model[CANDIDATE],
						       "mlopt.fidelity"));
}

/* ---- files -------------------------------------------------------------- */

static bool same_bytes(const struct input *a, const struct input *b)
{
	return a->bytes.len == b->bytes.len &&
	       !memcmp(a->bytes.at, b->bytes.at, a->bytes.len);
}

/* The model file and every file that its weights lie in. */
static uint64_t file_bytes(const struct model *m)
{
	uint64_t bytes = 0;

	for (const struct input *in = m->inputs; in; in = in->next)
		bytes += in->bytes.len;
	return bytes;
}

static bool load_models(struct validation *v, char **argv, struct err *e)
{
	for (int side = REFERENCE; side <= CANDIDATE; side++) {
		v->report.path[side] = argv[side];
		if (!load_model(&v->model[side], &v->o->common, argv[side], e))
			return false;
		v->report.size_bytes[side] = file_bytes(v->model[side]);
	}
	return true;
}

static bool is_same_model(const struct validation *v)
{
	const struct input *a = v->model[REFERENCE]->inputs;
	const struct input *b = v->model[CANDIDATE]->inputs;

	for (; a && b; a = a->next, b = b->next)
		if (!same_bytes(a, b))
			return false;
	return !a && !b;
}

/* ---- measuring ---------------------------------------------------------- */

struct drawn {
	struct progress_sink sink; /* first */
	struct progress bar;
	const struct common_opts *common;
};

static void draw(struct progress_sink *self, const char *what, size_t done,
		 size_t total)
{
	struct drawn *d = (struct drawn *)self;

	if (!done) {
		progress_end(&d->bar);
		progress_begin(&d->bar, d->common, what, total);
	}
	progress_step(&d->bar, done);
}

static bool measure(struct validation *v, struct err *e)
{
	struct drawn d = {.sink = {draw}, .common = &v->o->common};
	struct compare_opts o = {
		.metric = v->policy.metric,
		.k = v->policy.k,
		.threshold = v->policy.threshold,
		.output = v->o->accuracy_output,
		.batch = (size_t)v->o->batch,
		.per_layer = v->o->per_layer,
		.latency = !v->o->no_latency || v->policy.set[P50_RATIO_MAX],
		.memory = true,
		.same_model = is_same_model(v),
		.seconds = v->o->seconds,
		.latency_limit = v->policy.limit[P50_RATIO_MAX],
		.progress = &d.sink,
	};
	const struct model *const model[2] = {v->model[REFERENCE],
					      v->model[CANDIDATE]};
	bool ok;

	if (!load_plan_opts(&o.plan, &v->o->common, e) ||
	    !data_options_open(&v->data, v->model[REFERENCE], &v->o->data,
			       v->o->labels, &v->o->common, e))
		return false;
	ok = compare_models(&v->report, model, v->data, &o, e);
	if (ok && v->o->ledger) {
		ok = validate_ledger(&v->ledger, v->report.path, &v->o->data,
				     &o, &v->o->common, &v->arena, e);
		v->report.ledger = &v->ledger;
	}
	progress_end(&d.bar);
	return ok;
}

/* ---- reporting ---------------------------------------------------------- */

static bool write_junit(const struct validation *v, struct err *e)
{
	struct output out = {0};
	struct str s = {0};
	bool ok;

	if (!v->o->junit)
		return true;
	report_junit(&s, &v->report);
	ok = output_begin(&out, v->o->junit, e);
	if (ok && !sink_write(&out.sink, s.text, s.len, e)) {
		output_abort(&out);
		ok = false;
	}
	ok = ok && output_commit(&out, e);
	str_release(&s);
	return ok;
}

static bool write_report(struct validation *v, struct err *e)
{
	struct str text = {0};
	struct json json = {.depth = 0};

	if (!write_junit(v, e))
		return false;
	report_json(&json, &v->report);
	validate_table(&text, &v->report, v->o->common.verbose);
	return cmd_report(&v->o->common, &text, &json, e);
}

static bool validate(struct validation *v, char **argv, struct err *e)
{
	if (v->o->batch < 0 || !(v->o->seconds >= 0))
		return err_set(e, ERR_USAGE,
			       "'--batch' and '--seconds' want positive "
			       "numbers");
	v->policy.threshold = NAN;
	if (!read_policy(v, e) || !choose_metric(v, e) ||
	    !load_models(v, argv, e))
		return false;
	default_policy(v);
	if (!measure(v, e))
		return false;
	report_judge(&v->report, &v->policy);
	return write_report(v, e);
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	static const int status[] = {
		[VERDICT_PASS] = EXIT_OK,
		[VERDICT_FAIL] = EXIT_GATE,
		[VERDICT_INCONCLUSIVE] = EXIT_INCONCLUSIVE,
	};
	struct validation v = {.o = (struct validate_opts *)common};
	bool ok;

	(void)argc;
	ok = validate(&v, argv, e);
	dataset_close(v.data);
	model_free(v.model[REFERENCE]);
	model_free(v.model[CANDIDATE]);
	arena_release(&v.report.arena);
	arena_release(&v.arena);
	return ok ? status[v.report.verdict] : CMD_FAILED;
}

const struct cmd cmd_rows_validate[] = {
	CMD(struct validate_opts, "validate", "REFERENCE CANDIDATE --data D",
	    "judge a candidate against its reference", opts, &defaults.common,
	    run, 2, 2, OUTPUT_REPORT),
	{0},
};
