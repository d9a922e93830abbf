/* SPDX-License-Identifier: Apache-2.0 */
/* check/opsets.c -- what a model says it needs, and what it needs. */
#include <inttypes.h>
#include <string.h>

#include "base/map.h"
#include "check/check.h"
#include "formats/onnx.h"
#include "ops/op.h"

/* ---- imports ------------------------------------------------------------- */

/* The version that F (NULL: the model) imports of DOMAIN; 0: none. */
static int64_t imported(const struct model *m, const struct function *f,
			const char *domain)
{
	const struct opset *set = f ? f->opset : m->opset;
	uint32_t n = f ? f->nopset : m->nopset;

	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(plain_domain(set[i].domain), domain))
			return set[i].version;
	return 0;
}

/* Domains that the graphs of one function, or the main graph, use. */
struct used {
	struct map domains;
	const struct function *function;
};

static void use_domain(struct checker *c, struct used *u, const struct node *n)
{
	const struct model *m = c->model;
	const char *domain = plain_domain(n->domain);
	bool any = u->function ? u->function->nopset : m->nopset;

	if (!map_add(&u->domains, domain, 0) || !any ||
	    imported(m, u->function, domain))
		return;
	findings_add(c->found, RULE_MISSING_OPSET, &(struct where){.node = n},
		     "%s imports no opset of the domain '%s', which '%s' is of",
		     u->function ? "the function" : "the model", n->domain,
		     n->type);
}

static void note_unused(struct checker *c, const struct used *u)
{
	const struct model *m = c->model;
	const struct opset *set = u->function ? u->function->opset : m->opset;
	uint32_t n = u->function ? u->function->nopset : m->nopset, ignored;

	for (uint32_t i = 0; i < n; i++)
		if (!map_get(&u->domains, plain_domain(set[i].domain),
			     &ignored))
			findings_add(
				c->found, RULE_UNUSED_OPSET,
				&(struct where){
					.graph = u->function ? u->function->body
							     : m->main,
					.value = set[i].domain},
				"version %" PRId64
				" of the domain '%s' is imported, but no "
				"node uses it",
				set[i].version,
				set[i].domain[0] ? set[i].domain : "ai.onnx");
}

static void check_imports(struct checker *c)
{
	struct used u = {.domains.arena = &c->scratch};

	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct graph *g = c->graphs.at[i].graph;

		if (c->graphs.at[i].function != u.function) {
			note_unused(c, &u);
			u = (struct used){.domains.arena = &c->scratch};
			u.function = c->graphs.at[i].function;
		}
		for (const struct node *n = g->first; n; n = n->next)
			use_domain(c, &u, n);
	}
	note_unused(c, &u);
}

/* ---- IR versions --------------------------------------------------------- */

/* The IR version that came with an opset of the default domain. */
static int ir_of_opset(int64_t opset)
{
	static const unsigned char first_opset[] = {
		[3] = 1,  [4] = 9,   [5] = 10,	[6] = 11,  [7] = 12,  [8] = 15,
		[9] = 19, [10] = 21, [11] = 23, [12] = 24, [13] = 25, [14] = 28,
	};
	int ir = 3;

	while (ir + 1 < (int)COUNT_OF(first_opset) &&
	       opset >= first_opset[ir + 1])
		ir++;
	return ir;
}

static int ir_of_dtype(enum dtype t)
{
	static const struct {
		uint32_t types;
		int ir;
	} since[] = {
		{TYPES_FLOAT8, 9},
		{TYPE_BIT(I4) | TYPE_BIT(U4), 10},
		{TYPE_BIT(F4E2M1), 11},
		{TYPE_BIT(F8E8M0), 12},
		{TYPE_BIT(I2) | TYPE_BIT(U2), 13},
	};

	if (t != DTYPE_NONE && !(TYPES_ALL_25 >> t & 1))
		return 14; /* 6-bit floats */
	for (size_t i = 0; i < COUNT_OF(since); i++)
		if (since[i].types >> t & 1)
			return since[i].ir;
	return 1;
}

static void need_ir(struct checker *c, const struct where *at, int ir,
		    const char *what)
{
	if (c->model->ir_version < ir)
		findings_add(c->found, RULE_IR_FEATURE, at,
			     "%s came with IR version %d, the model's is "
			     "%" PRId64,
			     what, ir, c->model->ir_version);
}

static void need_types(struct checker *c, const struct graph *g,
		       const struct value *v)
{
	const struct where at = {.graph = g, .value = v->name};

	need_ir(c, &at, ir_of_dtype(v->type.dtype),
		dtype_info[v->type.dtype].text);
	if (v->type.kind == TYPE_OPTIONAL)
		need_ir(c, &at, 8, "the type optional");
}

static void check_ir(struct checker *c)
{
	const struct model *m = c->model;
	int64_t opset = imported(m, NULL, "");
	int wanted = ir_of_opset(opset);

	if (opset && opset <= NEWEST_OPSET && m->ir_version >= 1 &&
	    m->ir_version < wanted)
		findings_add(c->found, RULE_IR_OPSET, &(struct where){0},
			     "the IR version is %" PRId64 ", opset %" PRId64
			     " came with %d",
			     m->ir_version, opset, wanted);
	for (uint32_t i = 0; i < m->nfunction; i++) {
		const struct where at = {.graph = m->function[i].body};

		need_ir(c, &at, 8, "functions");
		if (m->function[i].overload && m->function[i].overload[0])
			need_ir(c, &at, 10, "overloads of functions");
	}
	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct graph *g = c->graphs.at[i].graph;

		for (uint32_t k = 0; k < g->nin; k++)
			need_types(c, g, g->in[k]);
		for (uint32_t k = 0; k < g->nkonst; k++)
			if (!g->konst[k]->is_input)
				need_types(c, g, g->konst[k]);
	}
}

/* ---- versions that there are --------------------------------------------- */

static void check_version(struct checker *c, const struct graph *g,
			  const struct opset *x)
{
	const struct where at = {.graph = g, .value = x->domain};

	if (x->version < 1)
		findings_add(c->found, RULE_OPSET_VERSION, &at,
			     "opset of domain '%s' is %" PRId64
			     ", want 1 or more",
			     x->domain, x->version);
	else if (!plain_domain(x->domain)[0] && x->version > NEWEST_OPSET)
		findings_add(c->found, RULE_OPSET_VERSION, &at,
			     "opset is %" PRId64 ", want at most %d",
			     x->version, NEWEST_OPSET);
}

/* Readers of messages say this about the model, those of text do not. */
static void check_versions(struct checker *c)
{
	const struct model *m = c->model;
	bool said = findings_has(c->found, RULE_OPSET_VERSION);

	for (uint32_t i = 0; i < m->nopset && !said; i++)
		check_version(c, NULL, &m->opset[i]);
	for (uint32_t i = 0; i < m->nfunction; i++)
		for (uint32_t k = 0; k < m->function[i].nopset; k++)
			check_version(c, m->function[i].body,
				      &m->function[i].opset[k]);
	if (m->ir_version > NEWEST_IR && !findings_has(c->found, RULE_NEWER_IR))
		findings_add(c->found, RULE_NEWER_IR, &(struct where){0},
			     "IR version %" PRId64 " is newer than %d",
			     m->ir_version, NEWEST_IR);
}

void check_opsets(struct checker *c)
{
	check_versions(c);
	check_imports(c);
	check_ir(c);
}
