/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/quantize.c -- mlopt quantize: few bits for weights and activations. */
#include <string.h>
#include <sys/stat.h>

#include "base/input.h"
#include "cmd/data_options.h"
#include "cmd/load.h"
#include "cmd/provenance.h"
#include "cmd/quantize.h"
#include "cmd/quantize_report.h"
#include "cmd/search.h"
#include "cmd/shrink.h"
#include "cmd/validate_ledger.h"
#include "formats/format.h"
#include "passes/quantize.h"
#include "quant/coding.h"

enum { LEAST_BLOCK = 16 };

#define ROW(member, arg, help) \
	OPT(struct quantize_cmd_opts, member, 0, arg, help)

static const struct opt opts[] = {
	ROW(sketch, "S", "ranges from this sketch (mlopt calibrate)"),
	ROW(to, "TYPE",
	    "float16 or bfloat16 instead of few bits, for all that fits"),
	ROW(scheme, "NAME",
	    "linear or log levels of weights, or auto: each channel its own, or "
	    "float8e4m3fn or float8e5m2 (linear)"),
	OPT(struct quantize_cmd_opts, bits, 'b', "B",
	    "bits of a weight: linear 2 to 8, log 3 to 8 (8)"),
	ROW(base, "B",
	    "of log levels: 2, sqrt2, 2^(1/4), 2^(1/8), 2^(1/16), or auto: each "
	    "channel its own, or linear"),
	ROW(ranges, "R", "of activations: minmax, percentile, kl or mse (mse)"),
	ROW(granularity, "G", "a scale for each channel or tensor (channel)"),
	ROW(block, "N",
	    "a scale for every N inputs of a channel: 16, 32 ... 4096"),
	ROW(activations, "A",
	    "int8, int16, dynamic or float (linear: int8; others and blocks: "
	    "float); with "
	    "--to, its "
	    "TYPE or float (bfloat16: float)"),
	ROW(carrier, "C",
	    "codes as int8 (exact integers), lut (a table), or packed (a table, "
	    "digits of large numbers) (what fits)"),
	ROW(format, "F",
	    "qdq: float operators around quantizers, or qoperator: QLinearConv "
	    "and the like (qdq)"),
	ROW(no_feedback, NULL, "round to nearest, repair nothing"),
	ROW(overrides, "FILE", "what single layers are to become (YAML)"),
	ROW(write_overrides, "FILE", "write what each layer became, to reuse"),
	ROW(target, "T",
	    "search: the least bits for which T holds, such as top1_drop<=0.5 "
	    "or sqnr_db>=25"),
	ROW(policy, "FILE", "the same for the gates of a policy (YAML)"),
	ROW(minimize, "WHAT", "size, the only one"),
	ROW(state, "FILE", "what a search measured, to go on from there"),
	ROW(labels, "L", "of a target: array of D, file, or \"folders\""),
	ROW(keep, "LAYER", "leave this layer float; may be repeated"),
	ROW(keep_first, NULL, "leave the first layer float"),
	ROW(keep_last, NULL, "leave the last layer float"),
	ROW(ledger, NULL,
	    "say what the error comes from, and which change would pay most"),
	OPT_GROUP(struct quantize_cmd_opts, data, data_options, "data"),
	OPT_LAST,
};

/* Strings stay NULL, so that --to knows what was asked for. */
static const struct quantize_cmd_opts defaults = {.bits = QUANTIZE_NO_BITS};

/* ---- options ------------------------------------------------------------ */

static bool parse_base(struct quantize_opts *q, const char *base, struct err *e)
{
	static const char *const names[] = {
		"2", "sqrt2", "2^(1/4)", "2^(1/8)", "2^(1/16)", "auto", NULL};
	static const int steps[] = {1, 2, 4, 8, 16, 0};
	int i;

	if (!base)
		return true;
	if (!q->form.scheme->steps)
		return err_set(e, ERR_USAGE,
			       "'--base' is for '--scheme log', not '%s'",
			       q->form.scheme->name);
	i = cmd_choice("option '--base'", base, names, e);
	if (i < 0)
		return false;
	q->form.steps = steps[i];
	q->form.choose = !steps[i];
	return true;
}

static bool parse_scheme(struct quantize_opts *q,
			 const struct quantize_cmd_opts *o, struct err *e)
{
	const char *names[10] = {NULL};
	int n = 0;

	for (const struct scheme *s = scheme_next(NULL); s && n < 8;
	     s = scheme_next(s))
		names[n++] = s->name;
	names[n] = "auto";
	if (cmd_choice("option '--scheme'", o->scheme, names, e) < 0)
		return false;
	/* Levels that channels choose are logarithmic or linear. */
	q->form.choose = !strcmp(o->scheme, "auto");
	q->form.scheme = scheme_find(q->form.choose ? "log" : o->scheme);
	if (q->form.choose && o->base)
		return err_set(e, ERR_USAGE,
			       "'--base' is for '--scheme log', not 'auto'");
	names[n] = NULL;
	n = 0;
	for (const struct observer *r = observer_next(NULL); r && n < 8;
	     r = observer_next(r))
		names[n++] = r->name;
	names[n] = NULL;
	if (cmd_choice("option '--ranges'", o->ranges, names, e) < 0)
		return false;
	q->ranges = observer_find(o->ranges);
	return parse_base(q, o->base, e);
}

/* In the order of enum activations. */
static const char *const activation_names[] = {"float", "int8", "int16",
					       "dynamic", NULL};

static bool parse_form(struct quantize_opts *q,
		       const struct quantize_cmd_opts *o, struct err *e)
{
	static const char *const grains[] = {"channel", "tensor", NULL};
	static const char *const carriers[] = {"int8", "lut", "packed", NULL};
	static const char *const formats[] = {"qdq", "qoperator", NULL};
	int i = cmd_choice("option '--granularity'", o->granularity, grains, e);

	if (i < 0 || cmd_choice("option '--format'", o->format, formats, e) < 0)
		return false;
	q->per_tensor = i == 1;
	q->operators = !strcmp(o->format, "qoperator");
	q->form.block = (uint32_t)o->block;
	q->activations = ACTIVATIONS_INT8;
	if (q->form.scheme->steps || q->form.block ||
	    q->form.scheme->dtype != DTYPE_NONE)
		q->activations = ACTIVATIONS_FLOAT;
	if (o->activations) {
		i = cmd_choice("option '--activations'", o->activations,
			       activation_names, e);
		if (i < 0)
			return false;
		q->activations = (enum activations)i;
	}
	if (o->carrier) {
		i = cmd_choice("option '--carrier'", o->carrier, carriers, e);
		if (i < 0)
			return false;
		q->form.carrier = (enum carrier)(CARRIER_INTEGER + i);
	}
	return true;
}

static bool check_block(const struct quantize_opts *q,
			const struct quantize_cmd_opts *o, struct err *e)
{
	if (!o->block)
		return true;
	if (o->block < LEAST_BLOCK || o->block > CODING_PANEL ||
	    (o->block & (o->block - 1)))
		return err_set(e, ERR_USAGE,
			       "option '--block' is %d, want a power of two "
			       "from %d to %d",
			       o->block, LEAST_BLOCK, CODING_PANEL);
	if (q->per_tensor)
		return err_set(e, ERR_USAGE,
			       "'--block' and '--granularity=tensor' exclude "
			       "each other");
	if (q->activations != ACTIVATIONS_FLOAT)
		return err_set(e, ERR_USAGE,
			       "'--block' needs '--activations=float': integer "
			       "products have one scale for each channel");
	return true;
}

static void fill_in(struct quantize_cmd_opts *o)
{
	o->scheme = o->scheme ? o->scheme : "linear";
	o->ranges = o->ranges ? o->ranges : "mse";
	o->granularity = o->granularity ? o->granularity : "channel";
	o->format = o->format ? o->format : "qdq";
	o->bits = o->bits != QUANTIZE_NO_BITS ? o->bits : 8;
}

static bool parse(struct quantize_opts *q, struct quantize_cmd_opts *o,
		  struct err *e)
{
	fill_in(o);
	*q = (struct quantize_opts){.form.bits = o->bits,
				    .keep_first = o->keep_first,
				    .keep_last = o->keep_last,
				    .keep = o->keep.at,
				    .nkeep = (uint32_t)o->keep.count,
				    .limits = &o->common.limits};
	if (o->no_feedback || !o->data.data)
		q->form.method = METHOD_NEAREST;
	if (!parse_scheme(q, o, e) || !parse_form(q, o, e))
		return false;
	if (o->data.data && o->sketch)
		return err_set(e, ERR_USAGE,
			       "'--data' and '--sketch' exclude each other");
	if (o->ledger && (!o->data.data || !strcmp(o->common.output, "-")))
		return err_set(e, ERR_USAGE,
			       "'--ledger' needs '--data', and a file to read "
			       "again");
	if (!check_block(q, o, e))
		return false;
	if (q->operators && q->activations != ACTIVATIONS_INT8)
		return err_set(e, ERR_USAGE,
			       "'--format=qoperator' needs "
			       "'--activations=int8'");
	if (activations_have_ranges(q) && !o->data.data && !o->sketch)
		return err_set(e, ERR_USAGE,
			       "%s activations need '--data' or "
			       "'--sketch'",
			       activation_names[q->activations]);
	return true;
}

/* ---- the work ----------------------------------------------------------- */

bool quantize_read_sketch(struct sketch *s, const char *path,
			  const struct model *m, const struct common_opts *c,
			  struct err *e)
{
	uint8_t digest[SHA256_BYTES];

	if (!sketch_read_file(s, path, &c->limits, e))
		return false;
	model_digest(m, digest);
	if (!memcmp(digest, s->model, SHA256_BYTES))
		return true;
	return err_set(e, ERR_FORMAT, "%s: sketch of another model", path);
}

static uint64_t bytes_read(const struct model *m)
{
	uint64_t bytes = 0;

	for (const struct input *in = m->inputs; in; in = in->next)
		bytes += in->bytes.len;
	return bytes;
}

/* What was written, against what was read from PATH. */
static bool measure_ledger(struct ledger *l, const char *path,
			   const struct quantize_cmd_opts *o, struct arena *a,
			   struct err *e)
{
	const char *const paths[2] = {path, o->common.output};
	struct compare_opts c = {.batch = 0};

	return load_plan_opts(&c.plan, &o->common, e) &&
	       validate_ledger(l, paths, &o->data, &c, &o->common, a, e);
}

static bool print(const struct quantize_report *r, const char *path,
		  const struct quantize_cmd_opts *o, struct err *e)
{
	struct arena a = {0};
	struct ledger l;
	bool ok = (!o->ledger || measure_ledger(&l, path, o, &a, e)) &&
		  quantize_print(r, o->ledger ? &l : NULL, &o->common, e);

	arena_release(&a);
	return ok;
}

static bool report(const struct search *x, const struct quantize_report *r,
		   const struct model *m, const char *path,
		   const struct quantize_cmd_opts *o, struct err *e)
{
	const struct common_opts *c = &o->common;
	uint64_t files[2] = {bytes_read(m), 0};
	struct stat st;

	if (!x->best)
		return print(r, path, o, e);
	if (!stat(c->output, &st))
		files[1] = (uint64_t)st.st_size;
	return search_report(x, r, files, e);
}

/* The forms that X chose, in place of those in Q. */
static bool use_choice(const struct search *x, struct quantize_opts *q,
		       struct arena *a, struct err *e)
{
	if (!x->best)
		return err_set(e, ERR_GATE,
			       "the target is out of reach: nothing that was "
			       "tried keeps it");
	q->layer_form = search_layer_forms(x, x->best, a);
	return true;
}

/* What error feedback needs: all that a prefix may have, or QUANTIZE_DRAWS
 * columns for each that 8-bit layers are solved for together.  3 samples are
 * worth 35.3 dB on cifar-resnet20, 24 35.7, 200 35.8: so no more than 64. */
static size_t samples_for(const struct model *m, const struct quantize_opts *q)
{
	enum { LEAST = 32, MOST = 64 };
	size_t n;

	if (q->form.bits < 8 || q->overrides || q->layer_form)
		return SHRINK_SAMPLES;
	n = prefix_samples(m, QUANTIZE_DRAWS, QUANTIZE_PANEL);
	return n < LEAST ? LEAST : n > MOST ? MOST : n;
}

static bool quantize(struct model *m, const struct quantize_cmd_opts *o,
		     struct quantize_opts *q, const struct policy *target,
		     int64_t opset, const char *path, struct err *e)
{
	const struct common_opts *c = &o->common;
	struct write_opts w = {.external = EXTERNAL_AS_IS};
	bool repair = o->data.data && (!o->no_feedback || q->overrides);
	struct sketch s = {.count = 0};
	struct prefix p = {.model = NULL};
	struct dataset *d = NULL;
	struct quantize_report r = {.count = 0};
	struct search x = {.best = NULL};
	struct arena a = {0};
	bool ok = true;

	if (o->data.data)
		ok = data_options_open(&d, m, &o->data, o->labels, c, e);
	if (ok && o->sketch)
		ok = quantize_read_sketch(&s, o->sketch, m, c, e);
	/* Only now: the sketch is of the model before. */
	ok = ok && shrink_raise(m, opset, e);
	if (ok && !o->sketch && activations_have_ranges(q))
		ok = shrink_calibrate(&s, m, d, quantize_wants_range, c, e);
	if (ok && target)
		ok = search_run(&x, m, d, s.count ? &s : NULL, q, o, target,
				e) &&
		     use_choice(&x, q, &a, e);
	if (ok && repair)
		ok = shrink_prefix(&p, m, d, samples_for(m, q), c, e);
	ok = ok && quantize_model(m, q, s.count ? &s : NULL, repair ? &p : NULL,
				  &r, e);
	if (ok)
		provenance_add(m, c);
	ok = ok && format_write_model(c->output, m, &w, e) &&
	     quantize_write_overrides(&r, o->write_overrides, e) &&
	     report(&x, &r, m, path, o, e);
	search_release(&x);
	arena_release(&a);
	quantize_report_release(&r);
	prefix_end(&p);
	sketch_release(&s);
	dataset_close(d);
	return ok;
}

static bool read_overrides(struct quantize_overrides *x,
			   struct quantize_opts *q,
			   const struct quantize_cmd_opts *o, struct err *e)
{
	struct input in;
	bool ok;

	if (!o->overrides)
		return true;
	if (!input_open(&in, o->overrides, NULL, e))
		return false;
	ok = overrides_parse(x, in.bytes, e) ||
	     err_context(e, "%s", o->overrides);
	input_close(&in);
	q->overrides = x;
	return ok;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	struct quantize_cmd_opts *o = (struct quantize_cmd_opts *)common;
	struct quantize_overrides overrides = {.count = 0};
	struct quantize_opts q;
	struct policy target;
	struct model *m;
	int64_t opset;
	bool ok, search;

	(void)argc;
	if (o->to)
		return quantize_to(o, argv[0], e) ? EXIT_OK : CMD_FAILED;
	if (!search_parse(&target, o, &search, e))
		return CMD_FAILED;
	o->scheme = search ? "auto" : o->scheme;
	if (!parse(&q, o, e) || !quantize_opset(&q, NULL, &opset, e) ||
	    !read_overrides(&overrides, &q, o, e) ||
	    !shrink_load(&m, common, argv[0], e)) {
		overrides_release(&overrides);
		return CMD_FAILED;
	}
	ok = (quantize_opset(&q, m, &opset, e) &&
	      quantize(m, o, &q, search ? &target : NULL,
		       search ? SEARCH_OPSET : opset, argv[0], e)) ||
	     err_context(e, "%s", argv[0]);
	model_free(m);
	overrides_release(&overrides);
	return ok ? EXIT_OK : CMD_FAILED;
}

extern const struct cmd cmd_rows_quantize[];
const struct cmd cmd_rows_quantize[] = {
	CMD(struct quantize_cmd_opts, "quantize",
	    "MODEL -o OUT [--data D | --sketch S]",
	    "store weights and activations in few bits", opts, &defaults.common,
	    run, 1, 1, OUTPUT_REQUIRED),
	{0},
};
