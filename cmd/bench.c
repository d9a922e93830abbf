/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/bench.c -- mlopt bench: how long one run of a model takes. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/parallel.h"
#include "cmd/load.h"
#include "cmd/table.h"

struct bench_opts {
	struct common_opts common;
	double seconds;
	int batch;
	struct opt_list dim;
	struct data_opts data;
};

static const struct opt opts[] = {
	OPT(struct bench_opts, seconds, 's', "S",
	    "measure for S seconds (default 3)"),
	OPT(struct bench_opts, batch, 0, "N",
	    "samples in one run, if the model leaves that open (default 1)"),
	OPT(struct bench_opts, dim, 0, "NAME=N",
	    "make N of dimension NAME everywhere; may be repeated"),
	OPT_GROUP(struct bench_opts, data, data_options, "data"),
	OPT_LAST,
};

static const struct bench_opts defaults = {.seconds = 3, .batch = 1};

enum { WARM_UP = 3, LEAST_RUNS = 7, MOST_RUNS = 100000 };

struct bench {
	double load_seconds;
	double *time; /* seconds of each run, sorted in the end */
	size_t runs;
	uint64_t macs;
	size_t peak_bytes;
};

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The smallest time that at least a share of Q of all runs stayed within. */
static double quantile(const struct bench *b, double q)
{
	size_t i = (size_t)(q * (double)b->runs);

	return b->time[i < b->runs ? i : b->runs - 1];
}

static bool measure(struct bench *b, const struct loaded *l, double seconds,
		    struct err *e)
{
	double start, end;

	for (int i = 0; i < WARM_UP; i++)
		if (!plan_run(l->plan, l->batch.in, NULL, e))
			return false;
	end = clock_seconds() + seconds;
	do {
		start = clock_seconds();
		if (!plan_run(l->plan, l->batch.in, NULL, e))
			return false;
		b->time[b->runs++] = clock_seconds() - start;
	} while (b->runs < LEAST_RUNS ||
		 (b->runs < MOST_RUNS && clock_seconds() < end));
	qsort(b->time, b->runs, sizeof(*b->time), by_time);
	return true;
}

static bool bench_model(struct bench *b, const struct bench_opts *o,
			const struct plan_opts *po, const char *path,
			struct err *e)
{
	struct loaded l;
	const struct step *steps;
	size_t nstep;
	struct load_feed feed = {&o->dim, &o->data, o->batch};
	bool ok = load_sampled(&l, &o->common, po, path, &feed, e);

	b->load_seconds = l.seconds;
	ok = ok && measure(b, &l, o->seconds, e);
	if (ok) {
		steps = plan_steps(l.plan, &nstep);
		for (size_t i = 0; i < nstep; i++)
			b->macs += steps[i].macs;
		b->peak_bytes = plan_bytes(l.plan);
	}
	load_release(&l);
	return ok;
}

static void report(const struct bench *b, const char *path, const char *engine,
		   struct str *text, struct json *j)
{
	double p50 = quantile(b, 0.5);
	double gflops = 2e-9 * (double)b->macs / p50;
	struct table t = {0};

	cmd_json_begin(j);
	json_string(j, "model", path);
	json_string(j, "engine", engine);
	json_int(j, "threads", parallel_threads());
	json_double(j, "load_ms", 1e3 * b->load_seconds);
	json_double(j, "min_ms", 1e3 * b->time[0]);
	json_double(j, "p50_ms", 1e3 * p50);
	json_double(j, "p90_ms", 1e3 * quantile(b, 0.9));
	json_double(j, "p99_ms", 1e3 * quantile(b, 0.99));
	json_int(j, "runs", (int64_t)b->runs);
	json_int(j, "macs", (int64_t)b->macs);
	json_double(j, "gflops", gflops);
	json_int(j, "peak_bytes", (int64_t)b->peak_bytes);
	json_end(j);
	table_column(&t, "p50", TABLE_RIGHT);
	table_column(&t, "p90", TABLE_RIGHT);
	table_column(&t, "p99", TABLE_RIGHT);
	table_column(&t, "fastest", TABLE_RIGHT);
	table_column(&t, "runs", TABLE_RIGHT);
	table_column(&t, "GFLOP/s", TABLE_RIGHT);
	table_column(&t, "memory", TABLE_RIGHT);
	table_column(&t, "load", TABLE_RIGHT);
	table_column(&t, "engine", TABLE_LEFT);
	table_textf(&t, "%.3f ms", 1e3 * p50);
	table_textf(&t, "%.3f ms", 1e3 * quantile(b, 0.9));
	table_textf(&t, "%.3f ms", 1e3 * quantile(b, 0.99));
	table_textf(&t, "%.3f ms", 1e3 * b->time[0]);
	table_int(&t, (int64_t)b->runs);
	table_textf(&t, "%.1f", gflops);
	table_bytes(&t, (double)b->peak_bytes);
	table_textf(&t, "%.1f ms", 1e3 * b->load_seconds);
	table_text(&t, engine);
	table_print(&t, text);
	table_release(&t);
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const struct bench_opts *o = (struct bench_opts *)common;
	struct plan_opts po;
	struct bench b = {.runs = 0};
	struct buf times = {.bytes = 0};
	struct str text = {0};
	struct json json = {.depth = 0};
	int status = CMD_FAILED;

	(void)argc;
	if (!load_plan_opts(&po, common, e))
		return CMD_FAILED;
	if (!(o->seconds >= 0) || o->batch < 1) {
		err_set(e, ERR_USAGE,
			"'--seconds' and '--batch' want positive "
			"numbers");
		return CMD_FAILED;
	}
	if (buf_array(&times, MOST_RUNS + 1, sizeof(*b.time), NULL, e)) {
		b.time = (double *)times.data;
		if (bench_model(&b, o, &po, argv[0], e)) {
			report(&b, argv[0], po.engine->name, &text, &json);
			if (cmd_report(common, &text, &json, e))
				status = EXIT_OK;
		}
	}
	buf_free(&times);
	return status;
}

const struct cmd cmd_rows_bench[] = {
	CMD(struct bench_opts, "bench", "MODEL", "measure how long a run takes",
	    opts, &defaults.common, run, 1, 1, OUTPUT_REPORT),
	{0},
};
