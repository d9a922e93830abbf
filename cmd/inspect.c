/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/inspect.c -- mlopt inspect: what a model is.
 *
 * Inputs and outputs are shown as the file declares them.  Costs need numbers,
 * so dimensions that are still open when they are computed get some, and the
 * report says which.
 */
#include "cmd/inspect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/fix_dims.h"
#include "cmd/table.h"
#include "formats/format.h"
#include "formats/onnxtxt.h"
#include "ops/macs.h"
#include "ops/op.h"

static const struct opt opts[] = {
	OPT(struct inspect_opts, deep, 0, NULL,
	    "check types and every weight; tables of operators, nodes, "
	    "weights"),
	OPT(struct inspect_opts, dim, 0, "NAME=N",
	    "compute costs for dimension NAME being N instead of 1"),
	OPT(struct inspect_opts, text, 0, NULL,
	    "print the model in ONNX's text syntax instead, without its large "
	    "tensors"),
	OPT_LAST,
};

enum { LISTED_ELEMENTS = 16 }; /* of a tensor in a listing, at most */

void tally_name(const struct tally *t, struct str *name)
{
	if (*t->domain)
		str_addf(name, "%s.", t->domain);
	str_add(name, t->type);
}

static struct tally *find_tally(struct tallies *t, const struct node *n)
{
	const char *key = arena_printf(&t->arena, "%s:%s", n->domain, n->type);
	uint32_t i;

	t->index.arena = &t->arena;
	if (map_get(&t->index, key, &i))
		return &t->at[i];
	if (t->count == t->cap) {
		struct tally *old = t->at;

		t->cap = t->cap ? 2 * t->cap : 32;
		t->at = arena_array(&t->arena, struct tally, t->cap);
		if (t->count)
			memcpy(t->at, old, t->count * sizeof(*old));
	}
	map_add(&t->index, key, t->count);
	t->at[t->count] = (struct tally){.domain = n->domain, .type = n->type};
	return &t->at[t->count++];
}

static bool in_function(const struct node *n)
{
	const struct graph *g = n->graph;

	while (g->owner)
		g = g->owner->graph;
	return g != g->model->main;
}

/* Bytes of the constants that N is the first to read; SEEN by value id. */
static size_t own_weights(const struct node *n, bool *seen)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < n->nin; i++) {
		const struct value *v = node_in(n, i);

		if (!v || !v->konst || seen[v->id])
			continue;
		seen[v->id] = true;
		bytes += dtype_bytes(v->konst->dtype, tensor_count(v->konst));
	}
	return bytes;
}

static int by_nodes(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	if (x->nodes != y->nodes)
		return x->nodes < y->nodes ? 1 : -1;
	return strcmp(x->type, y->type);
}

void tally_model(struct tallies *t, const struct model *m)
{
	struct arena scratch = {0};
	bool *seen = arena_array(&scratch, bool, m->nvalues);

	*t = (struct tallies){.count = 0};
	for (const struct node *n = model_first(m); n; n = model_next(n)) {
		struct tally *x;
		uint64_t macs;

		if (in_function(n))
			break; /* functions come last */
		x = find_tally(t, n);
		x->nodes++;
		x->weight_bytes += own_weights(n, seen);
		if (node_macs(n, &macs))
			x->macs += macs;
		else
			x->uncounted++;
		t->nodes++;
	}
	arena_release(&scratch);
	if (t->count)
		qsort(t->at, t->count, sizeof(*t->at), by_nodes);
}

void tallies_release(struct tallies *t)
{
	arena_release(&t->arena);
	*t = (struct tallies){.count = 0};
}

static void add_ends_row(struct table *t, const char *role, const char *name,
			 const struct type *type, const struct model *m)
{
	struct str s = {0};

	type_print(&s, type, &m->symbols);
	table_text(t, role);
	table_text(t, name);
	table_text(t, s.text);
	str_release(&s);
}

static void json_ends(struct json *j, const char *name, const struct type *type,
		      const struct model *m)
{
	struct str s = {0};

	json_object(j, NULL);
	json_string(j, "name", name);
	type_print(&s, type, &m->symbols);
	json_string(j, "type", s.text);
	if (type->kind == TYPE_TENSOR && type->shape.rank >= 0) {
		json_array(j, "shape");
		for (int i = 0; i < type->shape.rank; i++) {
			int64_t d = type->shape.dim[i];

			s.len = 0;
			symbol_print(&s, &m->symbols, d);
			if (d >= 0)
				json_int(j, NULL, d);
			else if (d == DIM_UNKNOWN)
				json_null(j, NULL);
			else
				json_string(j, NULL, s.text);
		}
		json_end(j);
	}
	json_end(j);
	str_release(&s);
}

static void report_ends(const struct model *m, struct str *text, struct json *j)
{
	const struct graph *g = m->main;
	struct table t = {.no_titles = true};

	table_column(&t, "", TABLE_LEFT);
	table_column(&t, "", TABLE_LEFT);
	table_column(&t, "", TABLE_LEFT);
	json_array(j, "inputs");
	for (uint32_t i = 0; i < g->nin; i++) {
		if (!value_is_fed(g->in[i]))
			continue;
		json_ends(j, g->in[i]->name, &g->in[i]->type, m);
		add_ends_row(&t, "input", g->in[i]->name, &g->in[i]->type, m);
	}
	json_end(j);
	json_array(j, "outputs");
	for (uint32_t i = 0; i < g->nout; i++) {
		const struct port *p = &g->out[i];
		const struct type *type = p->type.kind == TYPE_UNKNOWN
						  ? &p->read.value->type
						  : &p->type;

		json_ends(j, p->name, type, m);
		add_ends_row(&t, "output", p->name, type, m);
	}
	json_end(j);
	table_print(&t, text);
	table_release(&t);
}

static size_t file_bytes(const struct model *m)
{
	size_t bytes = 0;

	for (const struct input *in = m->inputs; in; in = in->next)
		bytes += in->bytes.len;
	return bytes;
}

static void report_head(const struct model *m, const char *path,
			struct str *text, struct json *j)
{
	json_string(j, "model", path);
	json_int(j, "file_bytes", (int64_t)file_bytes(m));
	json_int(j, "ir_version", m->ir_version);
	json_object(j, "opsets");
	str_add_escaped(text, path, strlen(path));
	str_addf(text, ": ONNX, IR version %" PRId64, m->ir_version);
	for (uint32_t i = 0; i < m->nopset; i++) {
		const char *domain = *m->opset[i].domain ? m->opset[i].domain
							 : "ai.onnx";

		json_int(j, domain, m->opset[i].version);
		str_add(text, ", ");
		str_add_escaped(text, domain, strlen(domain));
		str_addf(text, " %" PRId64, m->opset[i].version);
	}
	json_end(j);
	str_add(text, ", ");
	str_add_bytes(text, (double)file_bytes(m));
	str_addc(text, '\n');
}

static void report_operators(const struct tallies *t, const struct model *m,
			     bool table, struct str *text, struct json *j)
{
	struct table out = {0};

	json_int(j, "nodes", t->nodes);
	json_int(j, "functions", m->nfunction);
	json_object(j, "operators");
	table_column(&out, "operator", TABLE_LEFT);
	table_column(&out, "nodes", TABLE_RIGHT);
	for (uint32_t i = 0; i < t->count; i++) {
		struct str name = {0};

		tally_name(&t->at[i], &name);
		json_int(j, name.text, t->at[i].nodes);
		table_text(&out, name.text);
		table_int(&out, t->at[i].nodes);
		str_release(&name);
	}
	json_end(j);
	if (table && t->count) {
		str_addc(text, '\n');
		table_print(&out, text);
	}
	table_release(&out);
}

/* OTHERS is what open dimensions but the first were taken as; 0: none is. */
static void report_cost(const struct cost *c, int others, uint32_t nodes,
			struct str *text, struct json *j)
{
	json_int(j, "first_open_dim_taken_as", others ? 1 : 0);
	json_int(j, "other_open_dims_taken_as", others);
	json_int(j, "parameters", (int64_t)c->parameters);
	json_int(j, "macs", (int64_t)c->macs);
	json_int(j, "weight_bytes", (int64_t)c->weight_bytes);
	json_int(j, "peak_activation_bytes", (int64_t)c->peak_bytes);
	json_int(j, "nodes_not_counted", c->uncounted);
	json_int(j, "values_not_sized", c->unsized);
	str_addf(text, "\n%" PRIu32 " nodes, ", nodes);
	str_add_count(text, (double)c->parameters);
	str_add(text, " parameters in ");
	str_add_bytes(text, (double)c->weight_bytes);
	str_add(text, "\n");
	str_add_count(text, (double)c->macs);
	str_add(text, c->uncounted ? " multiply-accumulates or more"
				   : " multiply-accumulates");
	str_add(text, ", at most ");
	str_add_bytes(text, (double)c->peak_bytes);
	str_add(text, " of activations alive");
	if (c->unsized)
		str_add(text, " or more");
	if (others == 1)
		str_add(text, ",\nwhere every open dimension is 1");
	else if (others)
		str_addf(text,
			 ",\nwhere the first dimension is 1 and other open "
			 "ones are %d",
			 others);
	str_addc(text, '\n');
}

/* Is some input's dimension open? */
static bool has_open_dims(const struct model *m)
{
	for (uint32_t i = 0; i < m->main->nin; i++) {
		const struct type *t = &m->main->in[i]->type;

		if (value_is_fed(m->main->in[i]) && t->kind == TYPE_TENSOR &&
		    !shape_is_known(&t->shape))
			return true;
	}
	return false;
}

/*
 * A copy of M with closed dims, bound and inferred.  A batch of 1 will do, but
 * an image of one pixel is smaller than some kernels: then larger ones are
 * tried.  Without DEEP an inference that fails is only warned of.
 */
static bool close_dims(struct model **out, const struct model *m,
		       const struct inspect_opts *o, const char *path,
		       int *others, struct err *e)
{
	static const int sizes[] = {1, 32, 224};
	bool open = has_open_dims(m);
	struct err first = {.code = ERR_NONE};

	for (size_t i = 0; i < COUNT_OF(sizes) && (i == 0 || open); i++) {
		*others = sizes[i];
		*out = model_clone(m);
		model_close_dims(*out, 1, *others);
		op_bind_model(*out);
		if (infer_model(*out, e))
			return true;
		if (i == 0)
			first = *e;
		model_free(*out);
	}
	*e = first;
	if (o->deep)
		return false;
	cmd_warn(&o->common, "%s: costs are incomplete: %s", path, e->msg);
	*others = 1;
	*out = model_clone(m);
	model_close_dims(*out, 1, 1);
	op_bind_model(*out);
	(void)!infer_model(*out, e);
	return true;
}

static bool inspect(struct model *m, const struct inspect_opts *o,
		    const char *path, struct str *text, struct json *j,
		    struct err *e)
{
	struct model *closed;
	struct tallies t;
	struct cost cost;
	bool ok;
	int others;

	if (!fix_dims(m, &o->dim, e))
		return false;
	report_head(m, path, text, j);
	report_ends(m, text, j);
	if (!close_dims(&closed, m, o, path, &others, e))
		return false;
	e->code = ERR_NONE;
	model_cost(closed, &cost);
	tally_model(&t, closed);
	report_operators(&t, m, !o->deep, text, j);
	if (!has_open_dims(m))
		others = 0;
	report_cost(&cost, others, t.nodes, text, j);
	ok = !o->deep || inspect_deep(closed, &t, &o->common, text, j, e);
	tallies_release(&t);
	model_free(closed);
	return ok;
}

/* All of M for a reader, in place of the tables. */
static bool list_model(const struct model *m, struct str *text, struct err *e)
{
	struct onnxtxt_opts o = {.elide = LISTED_ELEMENTS};
	struct memory_sink out;
	bool ok;

	memory_sink_init(&out, NULL);
	ok = onnxtxt_print(&out.sink, m, &o, e);
	text->len = 0;
	if (ok)
		str_addn(text, (const char *)out.buf.data, out.len);
	memory_sink_release(&out);
	return ok;
}

static int run(struct common_opts *common, int argc, char **argv, struct err *e)
{
	const struct inspect_opts *o = (struct inspect_opts *)common;
	struct model *m;
	struct str text = {0};
	struct json j = {0};
	bool ok;

	(void)argc;
	if (!format_read_model(&m, argv[0], &common->limits, e))
		return CMD_FAILED;
	for (uint32_t i = 0; i < m->nwarning; i++)
		cmd_warn(common, "%s: %s", argv[0], m->warning[i]);
	cmd_json_begin(&j);
	ok = inspect(m, o, argv[0], &text, &j, e) &&
	     (!o->text || list_model(m, &text, e));
	model_free(m);
	if (!ok) {
		str_release(&text);
		json_release(&j);
		err_context(e, "'%s'", argv[0]);
		return CMD_FAILED;
	}
	json_end(&j);
	return cmd_report(common, &text, &j, e) ? EXIT_OK : CMD_FAILED;
}

const struct cmd cmd_rows_inspect[] = {
	CMD(struct inspect_opts, "inspect", "MODEL", "tell what a model is",
	    opts, NULL, run, 1, 1, OUTPUT_REPORT),
	{0},
};
