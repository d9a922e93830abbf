/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/run.c -- mlopt run: the outputs of a model for a dataset.
 *
 * Samples go through in batches.  An output whose first dimension is that of
 * the batch is collected along it; of any other output the runs are stacked.
 * As labels, the inputs are collected, too, so that the file is a dataset.
 */
#include <inttypes.h>
#include <string.h>

#include "cmd/data_options.h"
#include "cmd/load.h"
#include "cmd/progress.h"
#include "exec/hold.h"
#include "exec/session.h"
#include "formats/format.h"

struct run_opts {
	struct common_opts common;
	struct data_opts data;
	int batch;
	bool literal, as_labels;
};

static const struct opt opts[] = {
	OPT(struct run_opts, batch, 0, "N",
	    "samples in one run, if the model leaves that open (default 16)"),
	OPT(struct run_opts, literal, 0, NULL,
	    "run nodes as written, also with a fast engine"),
	OPT(struct run_opts, as_labels, 0, NULL,
	    "write inputs and outputs: a dataset whose labels are the outputs"),
	OPT_GROUP(struct run_opts, data, data_options, "data"),
	OPT_LAST,
};

static const struct run_opts defaults = {.batch = 16};

/* One output, or input, of all runs so far. */
struct collected {
	const char *name;
	enum dtype dtype;
	struct shape shape; /* of one run; the first dim without the batch */
	bool by_sample;	    /* collected along the first dim */
	bool skipped;	    /* not a tensor */
	int64_t rows;	    /* samples, or runs */
	size_t bytes;
	struct buf buf;
};

struct runner {
	const struct run_opts *o;
	struct model *model;
	struct dataset *data;
	struct session *session;
	struct collected *out;
	uint32_t nout;
	struct collected *in; /* as labels; by input of a batch */
	uint32_t nin;
	struct hold texts; /* outputs of strings */
	struct arena arena;
};

/* ---- collecting --------------------------------------------------------- */

static void begin(struct collected *c, const struct common_opts *o,
		  const struct datum *d, int64_t fed_rows)
{
	const struct tensor *t = &d->tensor;

	c->skipped = d->type.kind != TYPE_TENSOR;
	if (c->skipped) {
		cmd_warn(o, "output '%s' is no tensor: left out", c->name);
		return;
	}
	c->dtype = t->dtype;
	c->shape = t->shape;
	c->by_sample = t->shape.rank > 0 && t->shape.dim[0] == fed_rows;
}

static bool same_item(const struct collected *c, const struct tensor *t)
{
	if (t->dtype != c->dtype || t->shape.rank != c->shape.rank)
		return false;
	for (int32_t i = c->by_sample ? 1 : 0; i < t->shape.rank; i++)
		if (t->shape.dim[i] != c->shape.dim[i])
			return false;
	return true;
}

static bool add(struct collected *c, const struct tensor *t, size_t samples,
		struct err *e)
{
	size_t bytes = t->bytes;

	if (!same_item(c, t))
		return err_set(e, ERR_SHAPE,
			       "output '%s' changes its shape from run to run",
			       c->name);
	if (c->by_sample && t->shape.dim[0])
		bytes = bytes / (size_t)t->shape.dim[0] * samples;
	if (c->bytes + bytes > c->buf.bytes &&
	    !buf_resize(&c->buf, 2 * (c->bytes + bytes), e))
		return false;
	if (bytes)
		memcpy(c->buf.data + c->bytes, t->data, bytes);
	c->bytes += bytes;
	c->rows += c->by_sample ? (int64_t)samples : 1;
	return true;
}

static bool collect_inputs(struct runner *r, const struct batch *b, bool first,
			   struct err *e)
{
	for (uint32_t i = 0; i < r->nin; i++) {
		struct collected *c = &r->in[i];
		const struct datum *d = b->in[i];

		if (!d) {
			c->skipped = true;
			continue;
		}
		if (first && d->type.kind == TYPE_TENSOR)
			begin(c, &r->o->common, d, (int64_t)b->count);
		if (!c->by_sample)
			return err_set(e, ERR_UNSUPPORTED,
				       "input '%s' has no axis of samples: "
				       "'--as-labels' cannot collect it",
				       c->name);
		if (!add(c, &d->tensor, b->count, e))
			return false;
	}
	return true;
}

/* Labels are of samples. */
static bool check_labels(const struct runner *r, struct err *e)
{
	for (uint32_t i = 0; r->in && i < r->nout; i++) {
		if (!r->out[i].skipped && !r->out[i].by_sample)
			return err_set(e, ERR_UNSUPPORTED,
				       "output '%s' has no axis of samples: it "
				       "cannot be a label",
				       r->out[i].name);
		for (uint32_t k = 0; k < r->nin; k++)
			if (!strcmp(r->in[k].name, r->out[i].name))
				return err_set(e, ERR_UNSUPPORTED,
					       "'%s' is an input and an "
					       "output: '--as-labels' cannot "
					       "write both",
					       r->in[k].name);
	}
	return true;
}

/* The first dimension of the first input that data fed; -1: none. */
static int64_t rows_fed(const struct batch *b)
{
	for (uint32_t i = 0; i < b->nin; i++)
		if (b->in[i])
			return b->in[i]->tensor.shape.rank
				       ? b->in[i]->tensor.shape.dim[0]
				       : -1;
	return -1;
}

static bool collect(struct runner *r, const struct batch *b, bool first,
		    struct err *e)
{
	const struct plan *p = session_plan(r->session);
	int64_t rows = rows_fed(b);

	for (uint32_t i = 0; i < r->nout; i++) {
		const struct datum *d = plan_output(p, i);
		struct datum texts;

		if (first)
			begin(&r->out[i], &r->o->common, d, rows);
		if (d->tensor.dtype == DTYPE_STRING && !r->out[i].skipped) {
			/* The next run overwrites their characters. */
			if (!hold_copy(&r->texts, &texts, d,
				       r->o->common.limits.memory, e))
				return false;
			d = &texts;
		}
		if (!r->out[i].skipped &&
		    !add(&r->out[i], &d->tensor, b->count, e))
			return false;
	}
	return true;
}

static struct tensor whole(const struct collected *c)
{
	struct tensor t = {.dtype = c->dtype,
			   .shape = c->shape,
			   .data = c->buf.data,
			   .bytes = c->bytes};

	if (c->by_sample) {
		t.shape.dim[0] = c->rows;
	} else if (c->rows > 1 && t.shape.rank < MAX_RANK) {
		memmove(t.shape.dim + 1, t.shape.dim,
			(size_t)t.shape.rank * sizeof(*t.shape.dim));
		t.shape.dim[0] = c->rows;
		t.shape.rank++;
	}
	return t;
}

/* ---- the command -------------------------------------------------------- */

static void name_inputs(struct runner *r)
{
	const struct graph *g = r->model->main;

	r->in = arena_array(&r->arena, struct collected, g->nin);
	for (uint32_t i = 0; i < g->nin; i++)
		if (value_is_fed(g->in[i])) {
			r->in[r->nin].name = g->in[i]->name;
			r->in[r->nin++].buf.budget = r->o->common.limits.memory;
		}
}

static bool open_all(struct runner *r, const char *path, struct err *e)
{
	const struct common_opts *c = &r->o->common;
	struct plan_opts po;

	if (!load_plan_opts(&po, c, e) || !load_model(&r->model, c, path, e) ||
	    !data_options_open(&r->data, r->model, &r->o->data, NULL, c, e))
		return false;
	po.literal = r->o->literal;
	r->session = session_open(r->model, &po);
	if (r->o->as_labels)
		name_inputs(r);
	r->nout = r->model->main->nout;
	r->out = arena_array(&r->arena, struct collected, r->nout);
	for (uint32_t i = 0; i < r->nout; i++) {
		r->out[i].name = r->model->main->out[i].name;
		r->out[i].buf.budget = c->limits.memory;
	}
	return true;
}

static bool run_all(struct runner *r, struct err *e)
{
	size_t count = dataset_count(r->data), step = (size_t)r->o->batch;
	struct progress bar;
	bool ok = true;

	if (step > dataset_batch_limit(r->data))
		step = dataset_batch_limit(r->data);
	progress_begin(&bar, &r->o->common, "running", count);
	for (size_t i = 0; ok && i < count; i += step) {
		struct batch b;

		ok = dataset_read(r->data, i,
				  count - i < step ? count - i : step, &b, e) &&
		     session_run(r->session, b.in, NULL, e) &&
		     collect(r, &b, i == 0, e) &&
		     collect_inputs(r, &b, i == 0, e) && check_labels(r, e);
		progress_step(&bar, i + step);
	}
	progress_end(&bar);
	return ok;
}

/* Append those of C[0..N) that are there. */
static size_t name_tensors(struct named_tensor *t, const struct collected *c,
			   uint32_t n)
{
	size_t count = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct tensor x;

		if (c[i].skipped)
			continue;
		x = whole(&c[i]);
		t[count].name = c[i].name;
		t[count++].datum = datum_tensor(&x);
	}
	return count;
}

static bool write_all(struct runner *r, struct err *e)
{
	struct named_tensor *t = arena_array(&r->arena, struct named_tensor,
					     r->nin + r->nout);
	size_t count = name_tensors(t, r->in, r->nin);

	count += name_tensors(t + count, r->out, r->nout);
	return format_write_tensors(r->o->common.output, t, count, e);
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	struct runner r = {.o = (struct run_opts *)common};
	bool ok;

	(void)argc;
	if (r.o->batch < 1) {
		err_set(e, ERR_USAGE, "'--batch' is %d, want 1 or more",
			r.o->batch);
		return CMD_FAILED;
	}
	ok = open_all(&r, argv[0], e) && run_all(&r, e) && write_all(&r, e);
	for (uint32_t i = 0; i < r.nout; i++)
		buf_free(&r.out[i].buf);
	for (uint32_t i = 0; i < r.nin; i++)
		buf_free(&r.in[i].buf);
	hold_release(&r.texts);
	session_free(r.session);
	dataset_close(r.data);
	model_free(r.model);
	arena_release(&r.arena);
	return ok ? EXIT_OK : CMD_FAILED;
}

const struct cmd cmd_rows_run[] = {
	CMD(struct run_opts, "run", "MODEL --data D -o OUT.npz",
	    "compute the outputs of a model for a dataset", opts,
	    &defaults.common, run, 1, 1, OUTPUT_REQUIRED),
	{0},
};
