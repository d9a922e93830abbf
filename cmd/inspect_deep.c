/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/inspect_deep.c -- mlopt inspect --deep: operators, nodes, weights. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cmd/inspect.h"
#include "cmd/table.h"
#include "graph/element.h"
#include "ops/macs.h"

static void table_share(struct table *t, uint64_t part, uint64_t whole)
{
	if (part)
		table_textf(t, "%.1f %%", 100.0 * (double)part / (double)whole);
	else
		table_empty(t);
}

static void table_macs(struct table *t, bool known, uint64_t macs)
{
	if (!known)
		table_text(t, "?");
	else if (macs)
		table_count(t, (double)macs);
	else
		table_empty(t);
}

static void table_bytes_or_none(struct table *t, size_t bytes)
{
	if (bytes)
		table_bytes(t, (double)bytes);
	else
		table_empty(t);
}

static void report_operators(const struct tallies *t, struct str *text,
			     struct json *j)
{
	uint64_t macs = 0;
	struct table out = {0};

	for (uint32_t i = 0; i < t->count; i++)
		macs += t->at[i].macs;
	table_column(&out, "operator", TABLE_LEFT);
	table_column(&out, "nodes", TABLE_RIGHT);
	table_column(&out, "MACs", TABLE_RIGHT);
	table_column(&out, "share", TABLE_RIGHT);
	table_column(&out, "weights", TABLE_RIGHT);
	json_array(j, "by_operator");
	for (uint32_t i = 0; i < t->count; i++) {
		const struct tally *x = &t->at[i];
		struct str name = {0};

		tally_name(x, &name);
		table_text(&out, name.text);
		table_int(&out, x->nodes);
		table_macs(&out, !x->uncounted, x->macs);
		table_share(&out, x->macs, macs);
		table_bytes_or_none(&out, x->weight_bytes);
		json_object(j, NULL);
		json_string(j, "operator", name.text);
		json_int(j, "nodes", x->nodes);
		json_int(j, "macs", (int64_t)x->macs);
		json_int(j, "weight_bytes", (int64_t)x->weight_bytes);
		json_end(j);
		str_release(&name);
	}
	json_end(j);
	str_addc(text, '\n');
	table_print(&out, text);
	table_release(&out);
}

static void report_node(const struct node *n, const struct model *m,
			struct arena *a, struct table *out, struct json *j)
{
	const struct value *y = n->nout ? node_out(n, 0) : NULL;
	const char *label = node_label(n, a);
	struct str type = {0};
	uint64_t macs;
	bool known = node_macs(n, &macs);
	int depth = 0;

	for (const struct graph *g = n->graph; g->owner; g = g->owner->graph)
		depth++;
	if (y)
		type_print(&type, &y->type, &m->symbols);
	table_textf(out, "%*s%s", 2 * depth, "", label);
	table_text(out, n->type);
	table_text(out, type.text ? type.text : "-");
	table_macs(out, known, macs);
	json_object(j, NULL);
	json_string(j, "node", label);
	json_string(j, "operator", n->type);
	json_string(j, "domain", n->domain);
	json_int(j, "depth", depth);
	json_string(j, "type", type.text ? type.text : "");
	if (known)
		json_int(j, "macs", (int64_t)macs);
	else
		json_null(j, "macs");
	json_end(j);
	str_release(&type);
}

static void report_nodes(const struct model *m, uint32_t count,
			 struct str *text, struct json *j)
{
	const struct node *n = model_first(m);
	struct arena a = {0};
	struct table out = {0};

	table_column(&out, "node", TABLE_LEFT);
	table_column(&out, "operator", TABLE_LEFT);
	table_column(&out, "first result", TABLE_LEFT);
	table_column(&out, "MACs", TABLE_RIGHT);
	json_array(j, "by_node");
	for (; count; count--, n = model_next(n))
		report_node(n, m, &a, &out, j);
	json_end(j);
	str_addc(text, '\n');
	table_print(&out, text);
	table_release(&out);
	arena_release(&a);
}

/* Of the finite elements, but for the last counts. */
struct statistics {
	double min, max, sum, squares;
	size_t finite, zeros, other;
};

static void add_block(struct statistics *s, const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(x[i])) {
			s->other++;
			continue;
		}
		if (s->finite == 0 || x[i] < s->min)
			s->min = x[i];
		if (s->finite == 0 || x[i] > s->max)
			s->max = x[i];
		s->finite++;
		s->zeros += x[i] == 0;
		s->sum += x[i];
		s->squares += x[i] * x[i];
	}
}

static struct statistics measure(const struct tensor *t)
{
	enum { BLOCK = 1024 };
	size_t count = tensor_count(t);
	struct statistics s = {0};
	double block[BLOCK];

	for (size_t i = 0; i < count; i += BLOCK) {
		size_t n = count - i < BLOCK ? count - i : BLOCK;

		element_load(t->dtype, t->data, i, n, block);
		add_block(&s, block, n);
	}
	return s;
}

static void table_number(struct table *t, double x)
{
	table_textf(t, "%.4g", x);
}

static void report_numbers(const struct statistics *s, struct table *out,
			   struct json *j)
{
	double mean, deviation, variance;

	if (s->finite == 0) {
		for (int i = 0; i < 5; i++)
			table_empty(out);
		return;
	}
	mean = s->sum / (double)s->finite;
	variance = s->squares / (double)s->finite - mean * mean;
	deviation = variance > 0 ? sqrt(variance) : 0;
	table_number(out, s->min);
	table_number(out, s->max);
	table_number(out, mean);
	table_number(out, deviation);
	table_share(out, s->zeros, s->finite);
	json_double(j, "min", s->min);
	json_double(j, "max", s->max);
	json_double(j, "mean", mean);
	json_double(j, "deviation", deviation);
	json_double(j, "zeros", (double)s->zeros / (double)s->finite);
	json_int(j, "not_finite", (int64_t)s->other);
}

static void report_weight(const struct value *v, const struct common_opts *c,
			  struct table *out, struct json *j)
{
	const struct tensor *t = v->konst;
	enum dtype_class class = dtype_info[t->dtype].class;
	struct type type = type_tensor(t->dtype, &t->shape);
	struct statistics s = {0};
	struct str text = {0};

	if (class != CLASS_STRING && class != CLASS_COMPLEX)
		s = measure(t);
	if (s.other)
		cmd_warn(c, "weight '%s': %zu of %zu elements are not finite",
			 v->name, s.other, tensor_count(t));
	type_print(&text, &type, NULL);
	table_text(out, v->name);
	table_text(out, text.text);
	json_object(j, NULL);
	json_string(j, "weight", v->name);
	json_string(j, "type", text.text);
	json_int(j, "bytes", (int64_t)dtype_bytes(t->dtype, tensor_count(t)));
	report_numbers(&s, out, j);
	json_end(j);
	str_release(&text);
}

static void report_weights(const struct model *m, const struct common_opts *c,
			   struct str *text, struct json *j)
{
	const struct graph *g = m->main;
	struct table out = {0};

	table_column(&out, "weight", TABLE_LEFT);
	table_column(&out, "type", TABLE_LEFT);
	table_column(&out, "min", TABLE_RIGHT);
	table_column(&out, "max", TABLE_RIGHT);
	table_column(&out, "mean", TABLE_RIGHT);
	table_column(&out, "deviation", TABLE_RIGHT);
	table_column(&out, "zeros", TABLE_RIGHT);
	json_array(j, "weights");
	for (uint32_t i = 0; i < g->nkonst; i++)
		if (g->konst[i]->konst)
			report_weight(g->konst[i], c, &out, j);
	json_end(j);
	if (out.ncells) {
		str_addc(text, '\n');
		table_print(&out, text);
	}
	table_release(&out);
}

bool inspect_deep(const struct model *m, const struct tallies *t,
		  const struct common_opts *c, struct str *text, struct json *j,
		  struct err *e)
{
	if (!model_verify(m, e))
		return false;
	report_operators(t, text, j);
	report_nodes(m, t->nodes, text, j);
	report_weights(m, c, text, j);
	return true;
}
