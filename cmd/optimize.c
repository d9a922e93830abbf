/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/optimize.c -- mlopt optimize: fewer nodes, the same model. */
#include <glob.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/load.h"
#include "cmd/provenance.h"
#include "cmd/table.h"
#include "data/cases.h"
#include "formats/format.h"
#include "ops/macs.h"
#include "passes/checked.h"
#include "passes/freeze.h"

struct optimize_opts {
	struct common_opts common;
	int level;
	const char *passes;
	long long budget;
	bool check;
	bool keep_overridable;
};

static const struct opt opts[] = {
	OPT(struct optimize_opts, level, 'O', "N",
	    "0 nothing, 1 exact rewrites, 2 rounding ones too, 3 newer "
	    "operators too (2)"),
	OPT(struct optimize_opts, passes, 0, "LIST",
	    "a,b: these passes alone; -c: not c; +d: d too"),
	OPT(struct optimize_opts, budget, 0, "N",
	    "apply at most N rewrites, to find the one that matters"),
	OPT(struct optimize_opts, check, 0, NULL,
	    "run both models on boundary inputs and drop rewrites that do "
	    "not hold"),
	OPT(struct optimize_opts, keep_overridable, 0, NULL,
	    "inputs with defaults stay inputs"),
	OPT_LAST,
};

static const struct optimize_opts defaults = {.level = LEVEL_DEFAULT,
					      .budget = -1};

/* What a model is made of. */
struct extent {
	uint64_t nodes, constants, bytes, macs;
	bool macs_known; /* no dimension of a contraction is open */
};

static void count_consts(const struct graph *g, struct extent *x)
{
	for (uint32_t i = 0; i < g->nkonst; i++) {
		x->constants++;
		x->bytes += g->konst[i]->konst->bytes;
	}
}

/* Weights that a caller could override are weights. */
static void count_defaults(const struct graph *g, struct extent *x)
{
	for (uint32_t i = 0; i < g->nin; i++)
		if (g->in[i]->fallback) {
			x->constants++;
			x->bytes += g->in[i]->fallback->bytes;
		}
}

static struct extent extent_of(const struct model *m)
{
	struct extent x = {.macs_known = true};

	count_consts(m->main, &x);
	count_defaults(m->main, &x);
	for (const struct node *n = model_first(m); n; n = model_next(n)) {
		const struct attr *value = node_attr(n, "value");
		struct graph *g = NULL;
		uint64_t macs = 0;

		x.nodes++;
		x.macs_known &= node_macs(n, &macs);
		x.macs += macs;
		while ((g = node_next_graph(n, g)))
			count_consts(g, &x);
		if (value && value->kind == ATTR_TENSOR)
			x.bytes += value->u.tensors->bytes;
	}
	return x;
}

static void put_extent(struct json *j, const char *key, const struct extent *x)
{
	json_object(j, key);
	json_int(j, "nodes", (int64_t)x->nodes);
	json_int(j, "constants", (int64_t)x->constants);
	json_int(j, "weight_bytes", (int64_t)x->bytes);
	if (x->macs_known)
		json_int(j, "macs", (int64_t)x->macs);
	else
		json_null(j, "macs");
	json_end(j);
}

static void put_passes(struct table *t, struct json *j,
		       const struct schedule *s)
{
	table_column(t, "pass", TABLE_LEFT);
	table_column(t, "fidelity", TABLE_LEFT);
	table_column(t, "rewrites", TABLE_RIGHT);
	json_array(j, "passes");
	for (int i = 0; i < s->count; i++) {
		const struct scheduled *p = &s->at[i];
		const char *fidelity = fidelity_name(p->pass->fidelity);

		json_object(j, NULL);
		json_string(j, "pass", p->pass->name);
		json_string(j, "fidelity", fidelity);
		json_int(j, "rewrites", (int64_t)p->applied);
		json_end(j);
		if (!p->applied)
			continue;
		table_text(t, p->pass->name);
		table_text(t, fidelity);
		table_int(t, (int64_t)p->applied);
	}
	json_end(j);
}

static bool report(const struct optimize_opts *o, const struct schedule *s,
		   const struct extent *before, const struct extent *after,
		   struct err *e)
{
	struct table t = {.ncolumns = 0};
	struct str text = {0};
	struct json j = {.depth = 0};

	cmd_json_begin(&j);
	put_extent(&j, "before", before);
	put_extent(&j, "after", after);
	put_passes(&t, &j, s);
	json_end(&j);
	if (o->common.verbose) {
		table_print(&t, &text);
		str_addf(&text, "nodes %" PRIu64 " -> %" PRIu64 ", weights ",
			 before->nodes, after->nodes);
		str_add_bytes(&text, (double)before->bytes);
		str_add(&text, " -> ");
		str_add_bytes(&text, (double)after->bytes);
		if (before->macs_known && after->macs_known) {
			str_add(&text, ", MACs ");
			str_add_count(&text, (double)before->macs);
			str_add(&text, " -> ");
			str_add_count(&text, (double)after->macs);
		}
		str_add(&text, "\n");
	}
	table_release(&t);
	return cmd_report(&o->common, &text, &j, e);
}

static void warn_refusals(const struct optimize_opts *o,
			  const struct schedule *s)
{
	for (int i = 0; i < s->count; i++)
		if (s->at[i].refused)
			cmd_note(&o->common,
				 "%s: %" PRIu64
				 " rewrites refused, the first: %s",
				 s->at[i].pass->name, s->at[i].refused,
				 s->at[i].refusal.msg);
	if (s->not_raised.code)
		cmd_note(&o->common, "fusions wait for a newer opset: %s",
			 s->not_raised.msg);
}

/* The recorded inputs beside the model, if there are any. */
struct captured {
	glob_t folders;
	struct case_data *data;
	const struct datum *const **in;
	uint32_t count;
	struct arena arena;
};

static void read_captured(struct captured *c, const struct model *m,
			  const char *path, const struct limits *lim)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? (int)(slash - path + 1) : 0;
	struct err e;

	*c = (struct captured){.count = 0};
	if (glob(arena_printf(&c->arena, "%.*s*_set_*", dir, path), 0, NULL,
		 &c->folders) != 0)
		return;
	c->data = arena_array(&c->arena, struct case_data, c->folders.gl_pathc);
	c->in = arena_array(&c->arena, const struct datum *const *,
			    c->folders.gl_pathc);
	for (size_t i = 0; i < c->folders.gl_pathc; i++) {
		struct case_data *d = &c->data[c->count];

		if (case_read(d, c->folders.gl_pathv[i], m, lim, &e))
			c->in[c->count++] = d->in;
		else
			case_release(d);
	}
}

static void release_captured(struct captured *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		case_release(&c->data[i]);
	globfree(&c->folders);
	arena_release(&c->arena);
}

static bool optimize_with_check(const struct optimize_opts *o,
				const struct model *m, struct model **out,
				struct schedule *s, uint64_t budget,
				const char *path, struct err *e)
{
	struct dropped d = {.count = 0};
	struct captured c;
	struct plan_opts po;
	struct check_opts co = {.limits = &o->common.limits};
	bool ok;

	if (!load_plan_opts(&po, &o->common, e))
		return false;
	read_captured(&c, m, path, &o->common.limits);
	if (o->common.engine)
		co.engine = po.engine;
	co.seed = (uint64_t)o->common.seed;
	co.captured = c.in;
	co.ncaptured = c.count;
	ok = optimize_checked(m, out, s, budget, &co, &d, e);
	for (size_t i = 0; i < d.count; i++)
		cmd_warn(&o->common, "left out %s: %s", d.rewrite[i], d.why[i]);
	release_captured(&c);
	arena_release(&d.arena);
	return ok;
}

static bool optimize_model(const struct optimize_opts *o,
			   const struct schedule *chosen, struct model *m,
			   const char *path, struct err *e)
{
	uint64_t budget = o->budget < 0 ? UINT64_MAX : (uint64_t)o->budget;
	struct schedule s = *chosen;
	struct write_opts w = {.external = EXTERNAL_AS_IS};
	struct extent before = extent_of(m), after;
	struct model *new = m;
	bool ok;

	if (!o->keep_overridable && s.count)
		freeze_inputs(m);
	ok = o->check ? optimize_with_check(o, m, &new, &s, budget, path, e)
		      : optimize(m, &s, budget, e);
	if (!ok)
		return err_context(e, "%s", path);
	after = extent_of(new);
	provenance_add(new, &o->common);
	ok = format_write_model(o->common.output, new, &w, e);
	if (ok)
		warn_refusals(o, &s);
	ok = ok && report(o, &s, &before, &after, e);
	if (new != m)
		model_free(new);
	return ok;
}

static bool optimize_file(const struct optimize_opts *o,
			  const struct schedule *chosen, const char *path,
			  struct err *e)
{
	struct model *m;
	bool ok;

	if (!load_model(&m, &o->common, path, e))
		return false;
	ok = optimize_model(o, chosen, m, path, e);
	model_free(m);
	return ok;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	struct optimize_opts *o = (struct optimize_opts *)common;
	struct schedule s;

	(void)argc;
	if (o->level < 0 || o->level > LEVEL_MAX) {
		err_set(e, ERR_USAGE, "level -O%d, want 0 to %d", o->level,
			LEVEL_MAX);
		return CMD_FAILED;
	}
	schedule_level(&s, o->level);
	if ((o->passes && !schedule_choose(&s, o->passes, e)) ||
	    !optimize_file(o, &s, argv[0], e))
		return CMD_FAILED;
	return EXIT_OK;
}

extern const struct cmd cmd_rows_optimize[];
const struct cmd cmd_rows_optimize[] = {
	CMD(struct optimize_opts, "optimize", "MODEL -o OUT",
	    "rewrite a model so that it does less work", opts, &defaults.common,
	    run, 1, 1, OUTPUT_REQUIRED),
	{0},
};
