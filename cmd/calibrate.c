/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/calibrate.c -- mlopt calibrate: what values a model's tensors take. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cmd/calibrate_diff.h"
#include "cmd/data_options.h"
#include "cmd/shrink.h"
#include "cmd/table.h"
#include "quant/observer.h"

struct calibrate_cmd_opts {
	struct common_opts common;
	struct data_opts data;
	bool diff;
	double max_psi;
};

static const struct opt opts[] = {
	OPT(struct calibrate_cmd_opts, diff, 0, NULL,
	    "instead: how far the data of a second sketch drifted from the "
	    "first's"),
	OPT(struct calibrate_cmd_opts, max_psi, 0, "F",
	    "with --diff: exit with 1 if a tensor drifted by more"),
	OPT_GROUP(struct calibrate_cmd_opts, data, data_options, "data"),
	OPT_LAST,
};

static const struct calibrate_cmd_opts defaults = {.max_psi = NAN};

static void put_titles(struct table *t)
{
	table_column(t, "tensor", TABLE_LEFT);
	table_column(t, "samples", TABLE_RIGHT);
	table_column(t, "min", TABLE_RIGHT);
	table_column(t, "max", TABLE_RIGHT);
	table_column(t, "mean", TABLE_RIGHT);
	table_column(t, "not finite", TABLE_RIGHT);
}

static void put_tensor(struct table *t, struct json *j,
		       const struct sketch_tensor *x)
{
	const struct histogram *h = &x->histogram;
	uint64_t odd = h->nan + h->minus_inf + h->plus_inf;
	struct range r = range_full(h);
	double min = h->count ? (double)h->min : r.lo;
	double max = h->count ? (double)h->max : r.hi;

	json_object(j, NULL);
	json_string(j, "name", x->name);
	json_int(j, "count", (int64_t)h->count);
	json_int(j, "not_finite", (int64_t)odd);
	json_double(j, "min", min);
	json_double(j, "max", max);
	json_double(j, "mean", histogram_mean(h));
	json_end(j);
	table_text(t, x->name);
	table_int(t, (int64_t)h->count);
	table_textf(t, "%.6g", min);
	table_textf(t, "%.6g", max);
	table_textf(t, "%.6g", histogram_mean(h));
	table_int(t, (int64_t)odd);
}

bool sketch_report(const struct sketch *s, const struct common_opts *c,
		   struct err *e)
{
	struct table t = {.ncolumns = 0};
	struct str text = {0};
	struct json j = {.depth = 0};
	char model[SHA256_HEX], data[SHA256_HEX];

	sha256_hex(s->model, model);
	sha256_hex(s->data, data);
	cmd_json_begin(&j);
	json_string(&j, "model", model);
	json_string(&j, "data", data);
	json_int(&j, "samples", (int64_t)s->samples);
	put_titles(&t);
	json_array(&j, "tensors");
	for (uint32_t i = 0; i < s->count; i++)
		put_tensor(&t, &j, &s->tensor[i]);
	json_end(&j);
	json_end(&j);
	if (c->verbose) {
		table_print(&t, &text);
		str_addf(&text,
			 "%" PRIu64 " samples, model %.12s, data %.12s\n",
			 s->samples, model, data);
	}
	table_release(&t);
	return cmd_report(c, &text, &j, e);
}

static bool warn_of_odd(const struct sketch *s, const struct common_opts *c)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct histogram *h = &s->tensor[i].histogram;

		if (h->nan)
			cmd_warn(c, "'%s' was NaN %" PRIu64 " times",
				 s->tensor[i].name, h->nan);
	}
	return true;
}

static int calibrate(const struct calibrate_cmd_opts *o, const char *path,
		     struct err *e)
{
	const struct common_opts *common = &o->common;
	struct model *m;
	struct dataset *d = NULL;
	struct sketch s = {.count = 0};
	bool ok;

	if (!shrink_load(&m, common, path, e))
		return CMD_FAILED;
	ok = data_options_open(&d, m, &o->data, NULL, common, e) &&
	     shrink_calibrate(&s, m, d, NULL, common, e) &&
	     warn_of_odd(&s, common) &&
	     sketch_write_file(&s, common->output, e) &&
	     sketch_report(&s, common, e);
	sketch_release(&s);
	dataset_close(d);
	model_free(m);
	return ok ? EXIT_OK : CMD_FAILED;
}

/* What does not go together; NULL: nothing. */
static const char *contradiction(const struct calibrate_cmd_opts *o, int argc)
{
	if (!o->diff)
		return argc != 1	    ? "wants one model"
		       : !o->common.output  ? "option '-o' is missing"
		       : !isnan(o->max_psi) ? "'--max-psi' goes with '--diff'"
					    : NULL;
	return argc != 2      ? "'--diff' wants two sketches"
	       : o->data.data ? "'--diff' takes no '--data'"
	       : o->max_psi < 0 || isinf(o->max_psi)
		       ? "'--max-psi' wants a number, not below 0"
		       : NULL;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const struct calibrate_cmd_opts *o =
		(const struct calibrate_cmd_opts *)common;
	const char *wrong = contradiction(o, argc);

	if (wrong) {
		err_set(e, ERR_USAGE, "calibrate: %s", wrong);
		return CMD_FAILED;
	}
	return o->diff ? calibrate_diff(common, argv, o->max_psi, e)
		       : calibrate(o, argv[0], e);
}

extern const struct cmd cmd_rows_calibrate[];
const struct cmd cmd_rows_calibrate[] = {
	CMD(struct calibrate_cmd_opts, "calibrate",
	    "MODEL --data D -o SKETCH | --diff OLD NEW",
	    "record what values a model's tensors take", opts, &defaults.common,
	    run, 1, 2, OUTPUT_OPTIONAL),
	{0},
};
