/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/shrink.c -- what calibrate, quantize and prune begin with. */
#include "cmd/shrink.h"

#include <string.h>

#include "cmd/load.h"
#include "exec/hold.h"
#include "passes/freeze.h"
#include "passes/optimize.h"
#include "passes/opset_convert.h"

enum { LEAST_OPSET = 13 };

bool shrink_raise(struct model *m, int64_t opset, struct err *e)
{
	return raise_opset(m, opset, e);
}

bool shrink_load(struct model **out, const struct common_opts *c,
		 const char *path, struct err *e)
{
	struct schedule s;
	struct model *m;

	if (!load_model(&m, c, path, e))
		return false;
	freeze_inputs(m);
	schedule_level(&s, LEVEL_DEFAULT);
	if (!shrink_raise(m, LEAST_OPSET, e) ||
	    !optimize(m, &s, UINT64_MAX, e)) {
		model_free(m);
		return err_context(e, "%s", path);
	}
	*out = m;
	return true;
}

bool shrink_plan_opts(struct plan_opts *o, const struct common_opts *c,
		      struct err *e)
{
	if (!load_plan_opts(o, c, e))
		return false;
	/* Between levels that are nearly as good rounding decides. */
	if (!c->engine)
		o->engine = engine_find("blas");
	return true;
}

/* ---- calibration -------------------------------------------------------- */

struct shown {
	struct calibrate_progress progress;
	struct progress line;
};

static void show(struct calibrate_progress *self, size_t done, size_t of)
{
	struct shown *s = (struct shown *)self;

	(void)of;
	progress_step(&s->line, done);
}

bool shrink_calibrate(struct sketch *s, const struct model *m,
		      struct dataset *d, bool (*wanted)(const struct value *v),
		      const struct common_opts *c, struct err *e)
{
	struct shown shown = {.progress.at = show};
	struct plan_opts po;
	struct calibrate_opts o = {.limits = &c->limits,
				   .wanted = wanted,
				   .progress = &shown.progress};
	bool ok;

	if (!shrink_plan_opts(&po, c, e))
		return false;
	o.engine = po.engine;
	progress_begin(&shown.line, c, "calibrating", dataset_count(d));
	ok = calibrate_model(s, m, d, &o, e);
	progress_end(&shown.line);
	return ok;
}

/* ---- samples for the solver --------------------------------------------- */

static size_t samples_to_hold(const struct model *m, size_t most, size_t count)
{
	const size_t most_bytes = (size_t)1 << 30;
	size_t each = prefix_sample_bytes(m), n = most;

	if (each && n > most_bytes / each)
		n = most_bytes / each;
	if (n > count)
		n = count;
	return n ? n : 1;
}

static bool read_items(struct shrink_samples *s, uint32_t nin,
		       const size_t *first, struct dataset *d, struct err *e)
{
	size_t each = dataset_batch_limit(d), total = dataset_count(d);

	if (each == SIZE_MAX)
		each = 1;
	for (size_t i = 0; i < s->count; i++) {
		size_t n = total - first[i] < each ? total - first[i] : each;
		struct batch b;

		if (!dataset_read(d, first[i], n, &b, e))
			return false;
		for (uint32_t k = 0; k < nin; k++)
			if (!hold_copy(&s->hold, &s->in[i * nin + k], b.in[k],
				       NULL, e))
				return false;
	}
	return true;
}

uint32_t shrink_fed_inputs(const struct model *m)
{
	uint32_t nin = 0;

	for (uint32_t i = 0; i < m->main->nin; i++)
		nin += value_is_fed(m->main->in[i]);
	return nin;
}

bool shrink_samples_at(struct shrink_samples *s, const struct model *m,
		       struct dataset *d, const size_t *first, uint32_t items,
		       const struct common_opts *c, struct err *e)
{
	uint32_t nin = shrink_fed_inputs(m);
	struct plan_opts po;

	*s = (struct shrink_samples){.count = items};
	if (!shrink_plan_opts(&po, c, e))
		return false;
	s->engine = po.engine;
	s->in = arena_array(&s->arena, struct datum, (size_t)items * nin);
	if (read_items(s, nin, first, d, e))
		return true;
	shrink_samples_release(s);
	return false;
}

/* May item I join item FIRST? */
static bool is_like(const struct shrink_samples *s, uint32_t nin,
		    uint32_t first, uint32_t i)
{
	for (uint32_t k = 0; k < nin; k++) {
		const struct tensor *a = &s->in[first * nin + k].tensor;
		const struct tensor *b = &s->in[i * nin + k].tensor;

		if (a->dtype != b->dtype || a->dtype == DTYPE_STRING ||
		    dtype_info[a->dtype].bits < 8 || a->shape.rank < 1 ||
		    a->shape.dim[0] != 1 || !shape_equal(&a->shape, &b->shape))
			return false;
	}
	return true;
}

static bool join(struct shrink_samples *s, uint32_t nin, uint32_t first,
		 uint32_t n, struct datum *to, struct err *e)
{
	for (uint32_t k = 0; k < nin; k++) {
		const struct datum *from = &s->in[first * nin + k];
		size_t each = from->tensor.bytes;
		void *data;

		to[k] = *from;
		if (n == 1)
			continue;
		if (!hold_alloc(&s->hold, n * each, NULL, &data, e))
			return false;
		for (uint32_t i = 0; i < n; i++)
			memcpy((uint8_t *)data + i * each,
			       s->in[(first + i) * nin + k].tensor.data, each);
		to[k].tensor.data = data;
		to[k].tensor.bytes = n * each;
		to[k].tensor.shape.dim[0] = n;
		to[k].type.shape.dim[0] = n;
	}
	return true;
}

bool shrink_samples_stack(struct shrink_samples *s, uint32_t nin, uint32_t most,
			  struct err *e)
{
	struct datum *in = arena_array(&s->arena, struct datum,
				       (size_t)s->count * nin);
	uint32_t items = 0;

	for (uint32_t i = 0, n; i < s->count; i += n, items++) {
		for (n = 1; n < most && i + n < s->count; n++)
			if (!is_like(s, nin, i, i + n))
				break;
		if (!join(s, nin, i, n, &in[(size_t)items * nin], e))
			return false;
	}
	s->in = in;
	s->count = items;
	return true;
}

bool shrink_samples(struct shrink_samples *s, const struct model *m,
		    struct dataset *d, size_t most, const struct common_opts *c,
		    struct err *e)
{
	size_t each = dataset_batch_limit(d), total = dataset_count(d);
	struct arena a = {0};
	size_t items, *first;
	bool ok;

	if (each == SIZE_MAX)
		each = 1;
	items = (samples_to_hold(m, most, total) + each - 1) / each;
	first = arena_array(&a, size_t, items);
	for (size_t i = 0; i < items; i++)
		first[i] = i * total / items;
	ok = shrink_samples_at(s, m, d, first, (uint32_t)items, c, e);
	arena_release(&a);
	return ok;
}

void shrink_samples_release(struct shrink_samples *s)
{
	hold_release(&s->hold);
	arena_release(&s->arena);
	*s = (struct shrink_samples){.count = 0};
}

bool shrink_prefix(struct prefix *p, struct model *m, struct dataset *d,
		   size_t most, const struct common_opts *c, struct err *e)
{
	struct shrink_samples s;
	bool ok;

	if (!shrink_samples(&s, m, d, most, c, e))
		return false;
	ok = prefix_begin(p, m, s.in, s.count, s.engine, &c->limits, e);
	shrink_samples_release(&s);
	return ok;
}
