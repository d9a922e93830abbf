/* SPDX-License-Identifier: Apache-2.0 */
/* ops/op.c -- the registry of operators, and how nodes are bound to its rows.
 *
 * Binding a model indexes the registry once by name, so that its cost is one
 * look-up per node.  A node that calls a function of its model stays unbound,
 * even where the function has the name of an operator.
 */
#include "ops/op.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"

#define ROW(name) extern const struct op op_rows_##name[];
#include "ops/registry.inc"
#undef ROW

#define ROW(name) op_rows_##name,
static const struct op *const tables[] = {
#include "ops/registry.inc"
	NULL};
#undef ROW

/* "domain:type" of the longest operator name that can be known. */
enum { KEY_BYTES = 128 };

static bool domains_equal(const char *a, const char *b)
{
	if (strcmp(a, "ai.onnx") == 0)
		a = "";
	if (strcmp(b, "ai.onnx") == 0)
		b = "";
	return strcmp(a, b) == 0;
}

static bool rows_are_versions(const struct op *a, const struct op *b)
{
	return b->type != NULL && strcmp(a->type, b->type) == 0 &&
	       strcmp(a->domain, b->domain) == 0;
}

/* The newest version in the group that starts at FIRST. */
static const struct op *pick_version(const struct op *first, int64_t opset)
{
	const struct op *found = NULL;

	for (const struct op *o = first; rows_are_versions(first, o); o++)
		if (o->since <= opset && (!found || o->since >= found->since))
			found = o;
	return found;
}

const struct op *op_find(const char *domain, const char *type, int64_t opset)
{
	for (size_t t = 0; tables[t]; t++)
		for (const struct op *o = tables[t]; o->type; o++)
			if (o->type[0] == type[0] &&
			    strcmp(o->type, type) == 0 &&
			    domains_equal(o->domain, domain))
				return pick_version(o, opset);
	return NULL;
}

static const struct op *first_row_from(size_t t)
{
	for (; tables[t]; t++)
		if (tables[t]->type)
			return tables[t];
	return NULL;
}

const struct op *op_next(const struct op *prev)
{
	if (!prev)
		return first_row_from(0);
	if (prev[1].type)
		return prev + 1;
	for (size_t t = 0; tables[t]; t++)
		for (const struct op *o = tables[t]; o->type; o++)
			if (o == prev)
				return first_row_from(t + 1);
	bug("op_next: row of '%s' is not registered", prev->type);
}

static uint32_t count_params(const struct param *p, bool required_only)
{
	uint32_t n = 0;

	for (uint32_t i = 0; p && p[i].name; i++)
		if (!required_only || !(p[i].flags & PARAM_OPTIONAL))
			n = i + 1;
	return n;
}

static uint32_t max_params(const struct param *p)
{
	uint32_t n = count_params(p, false);

	return n && p[n - 1].flags & PARAM_VARIADIC ? UINT32_MAX : n;
}

uint32_t op_min_in(const struct op *op)
{
	return count_params(op->in, true);
}

uint32_t op_max_in(const struct op *op)
{
	return max_params(op->in);
}

uint32_t op_min_out(const struct op *op)
{
	return count_params(op->out, true);
}

uint32_t op_max_out(const struct op *op)
{
	return max_params(op->out);
}

/* ---- binding ------------------------------------------------------------ */

/* The function in whose body G lies, or NULL for the main graph. */
static const struct function *function_of(const struct graph *g)
{
	const struct model *m = g->model;

	while (g->outer)
		g = g->outer;
	for (uint32_t i = 0; g != m->main && i < m->nfunction; i++)
		if (m->function[i].body == g)
			return &m->function[i];
	return NULL;
}

static int64_t opset_in(const struct model *m, const struct function *f,
			const char *domain)
{
	const struct opset *set = f ? f->opset : m->opset;
	uint32_t n = f ? f->nopset : m->nopset;

	for (uint32_t i = 0; i < n; i++)
		if (domains_equal(set[i].domain, domain))
			return set[i].version;
	return 0;
}

/* The version to bind a node of DOMAIN by: ONNX Runtime's own domain needs no
 * import there, and files lack it. */
static int64_t opset_to_bind(const struct model *m, const struct function *f,
			     const char *domain)
{
	int64_t version = opset_in(m, f, domain);

	return version == 0 && strcmp(domain, "com.microsoft") == 0 ? 1
								    : version;
}

int64_t op_opset(const struct node *n)
{
	return opset_in(n->graph->model, function_of(n->graph), n->domain);
}

static bool calls_function(const struct node *n)
{
	const struct model *m = n->graph->model;

	for (uint32_t i = 0; i < m->nfunction; i++)
		if (strcmp(m->function[i].name, n->type) == 0 &&
		    domains_equal(m->function[i].domain, n->domain))
			return true;
	return false;
}

void op_bind_node(struct node *n)
{
	int64_t version = opset_to_bind(n->graph->model, function_of(n->graph),
					n->domain);

	n->op = calls_function(n) ? NULL : op_find(n->domain, n->type, version);
}

/* The name under which operators and functions are indexed; false if it is
 * longer than any that is known. */
static bool make_key(char key[KEY_BYTES], const char *domain, const char *type)
{
	int n = strcmp(domain, "ai.onnx") == 0
			? snprintf(key, KEY_BYTES, ":%s", type)
			: snprintf(key, KEY_BYTES, "%s:%s", domain, type);

	return n >= 0 && n < KEY_BYTES;
}

struct index {
	struct arena arena;
	struct map functions; /* of the model, by name */
	struct map ops;	      /* name to entry of FIRST */
	const struct op **first;
};

static void index_ops(struct index *x)
{
	char key[KEY_BYTES];
	uint32_t rows = 0, n = 0;

	for (size_t t = 0; tables[t]; t++)
		for (const struct op *o = tables[t]; o->type; o++)
			rows++;
	x->first = arena_array(&x->arena, const struct op *, rows + 1);
	for (size_t t = 0; tables[t]; t++)
		for (const struct op *o = tables[t]; o->type; o++) {
			if (o > tables[t] && rows_are_versions(o - 1, o))
				continue;
			if (!make_key(key, o->domain, o->type))
				bug("operator name '%s' is too long", o->type);
			map_set(&x->ops, arena_strdup(&x->arena, key), n);
			x->first[n++] = o;
		}
}

static void index_functions(struct index *x, const struct model *m)
{
	char key[KEY_BYTES];

	for (uint32_t i = 0; i < m->nfunction; i++)
		if (make_key(key, m->function[i].domain, m->function[i].name))
			map_set(&x->functions, arena_strdup(&x->arena, key), i);
}

static const struct op *look_up(const struct index *x, const struct node *n,
				const struct function *in)
{
	char key[KEY_BYTES];
	uint32_t at;

	if (!make_key(key, n->domain, n->type) ||
	    map_get(&x->functions, key, &at) || !map_get(&x->ops, key, &at))
		return NULL;
	return pick_version(x->first[at],
			    opset_to_bind(n->graph->model, in, n->domain));
}

void op_bind_model(struct model *m)
{
	struct index x = {0};
	const struct graph *g = NULL;
	const struct function *f = NULL;

	x.functions.arena = x.ops.arena = &x.arena;
	index_ops(&x);
	index_functions(&x, m);
	for (struct node *n = model_first(m); n; n = model_next(n)) {
		if (n->graph != g) {
			g = n->graph;
			f = function_of(g);
		}
		n->op = look_up(&x, n, f);
	}
	arena_release(&x.arena);
}
