/* SPDX-License-Identifier: Apache-2.0 */
/* ops/infer_call.c -- one node against its schema, then its own inference. */
#include "ops/infer.h"

#include <string.h>

#include "base/str.h"
#include "ops/op.h"

static const char *const kind_names[] = {
	[ATTR_NONE] = "none",
	[ATTR_FLOAT] = "float",
	[ATTR_INT] = "int",
	[ATTR_STRING] = "string",
	[ATTR_TENSOR] = "tensor",
	[ATTR_GRAPH] = "graph",
	[ATTR_FLOATS] = "floats",
	[ATTR_INTS] = "ints",
	[ATTR_STRINGS] = "strings",
	[ATTR_TENSORS] = "tensors",
	[ATTR_GRAPHS] = "graphs",
	[ATTR_SPARSE] = "sparse tensor",
	[ATTR_SPARSES] = "sparse tensors",
	[ATTR_TYPE] = "type",
	[ATTR_TYPES] = "types",
};

static const char *kind_name(enum attr_kind k)
{
	return (size_t)k < COUNT_OF(kind_names) ? kind_names[k] : "unknown";
}

/* ---- attributes --------------------------------------------------------- */

static const struct attr_spec *spec_of(const struct op *op, const char *name)
{
	for (const struct attr_spec *s = op->attrs; s && s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

/* The error becomes a finding about VALUE, or ends the call. */
static bool go_on(const struct infer *c, enum rule_id rule, const char *value,
		  struct err *e)
{
	return findings_take(c->found, rule,
			     &(struct where){.node = c->node, .value = value},
			     e);
}

static bool check_attr(const struct infer *c, const struct attr *a,
		       struct err *e)
{
	const struct op *op = c->node->op;
	const struct attr_spec *s = spec_of(op, a->name);

	if (!s && op->traits & OP_ANY_ATTRS && !c->found)
		return true;
	if (!s) {
		err_set(e, ERR_UNSUPPORTED,
			"attribute '%s' is not known in %s-%d", a->name,
			op->type, op->since);
		return go_on(c, RULE_UNKNOWN_ATTRIBUTE, a->name, e);
	}
	if (a->ref || a->kind == s->kind)
		return true;
	err_set(e, ERR_TYPE, "attribute '%s' is of type %s, want %s", a->name,
		kind_name(a->kind), kind_name(s->kind));
	return go_on(c, RULE_ATTRIBUTE_KIND, a->name, e);
}

static bool check_attrs(const struct infer *c, struct err *e)
{
	const struct node *n = c->node;

	for (uint32_t i = 0; i < n->nattr; i++)
		if (!check_attr(c, &n->attr[i], e))
			return false;
	for (const struct attr_spec *s = n->op->attrs; s && s->name; s++) {
		if (!s->required || node_attr(n, s->name))
			continue;
		err_set(e, ERR_FORMAT, "attribute '%s' is missing", s->name);
		if (!go_on(c, RULE_MISSING_ATTRIBUTE, s->name, e))
			return false;
	}
	return true;
}

/* ---- operands ----------------------------------------------------------- */

/* The formal parameter of actual I; the last one repeats if variadic. */
static const struct param *param_of(const struct param *p, uint32_t i)
{
	for (uint32_t k = 0; p[k].name; k++)
		if (k == i || (k < i && p[k].flags & PARAM_VARIADIC))
			return &p[k];
	return NULL;
}

static bool check_count(const struct op *op, const char *what, uint32_t n,
			uint32_t min, uint32_t max, struct err *e)
{
	if (n >= min && n <= max)
		return true;
	if (max == UINT32_MAX)
		return err_set(e, ERR_FORMAT,
			       "has %u %s, %s-%d wants at least %u", n, what,
			       op->type, op->since, min);
	return err_set(e, ERR_FORMAT, "has %u %s, %s-%d wants %u to %u", n,
		       what, op->type, op->since, min, max);
}

static bool refuse_type(const struct param *p, const struct type *t,
			const struct symbols *sy, struct err *e)
{
	struct str found = {0}, wanted = {0};

	type_print(&found, t, sy);
	for (int k = DTYPE_NONE + 1; k < DTYPE_COUNT; k++)
		if (p->types >> k & 1)
			str_addf(&wanted, "%s%s", wanted.len ? ", " : "",
				 dtype_info[k].text);
	err_set(e, ERR_TYPE, "'%s' has type %s, want a tensor of %s", p->name,
		found.text ? found.text : "?", wanted.text ? wanted.text : "?");
	str_release(&found);
	str_release(&wanted);
	return false;
}

static bool type_fits(const struct param *p, const struct type *t)
{
	if (!p->types || t->kind == TYPE_UNKNOWN)
		return true;
	if (t->kind != TYPE_TENSOR)
		return p->flags & PARAM_CONTAINER;
	return t->dtype == DTYPE_NONE || p->types >> t->dtype & 1;
}

/* What the type variables of a schema stand for in one call. */
struct vars {
	const struct param *first[16]; /* the parameter that decided it */
	enum dtype dtype[16];
	uint32_t count;
};

static enum dtype var_find(const struct vars *v, const struct param *p,
			   const struct param **first)
{
	for (uint32_t i = 0; p->var && i < v->count; i++)
		if (strcmp(v->first[i]->var, p->var) == 0) {
			*first = v->first[i];
			return v->dtype[i];
		}
	return DTYPE_NONE;
}

static bool var_bind(struct vars *v, const struct param *p, enum dtype t,
		     struct err *e)
{
	const struct param *first = NULL;
	enum dtype known = var_find(v, p, &first);

	if (!p->var || t == DTYPE_NONE || known == t)
		return true;
	if (known != DTYPE_NONE)
		return err_set(e, ERR_TYPE,
			       "'%s' has element type %s, want %s as '%s' has",
			       p->name, dtype_info[t].text,
			       dtype_info[known].text, first->name);
	if (v->count == COUNT_OF(v->first))
		bug("too many type variables");
	v->first[v->count] = p;
	v->dtype[v->count++] = t;
	return true;
}

static bool check_operand(const struct infer *c, uint32_t i, struct vars *v,
			  struct err *e)
{
	const struct param *p = param_of(c->node->op->in, i);
	const struct value *value;

	if (!p) /* too many, which has been said */
		return true;
	if (!c->in[i]) {
		if ((p->flags & PARAM_OPTIONAL) && !(p->flags & PARAM_VARIADIC))
			return true;
		err_set(e, ERR_FORMAT, "operand %u '%s' is missing", i,
			p->name);
		return go_on(c, RULE_MISSING_OPERAND, p->name, e);
	}
	if (type_fits(p, c->in[i])
		    ? c->in[i]->kind != TYPE_TENSOR ||
			      var_bind(v, p, c->in[i]->dtype, e)
		    : refuse_type(p, c->in[i], &c->model->symbols, e))
		return true;
	value = node_in(c->node, i);
	return go_on(c, RULE_OPERAND_TYPE, value ? value->name : NULL, e);
}

static bool check_operands(const struct infer *c, struct vars *v, struct err *e)
{
	const struct node *n = c->node;
	const struct op *op = n->op;

	if (!check_count(op, "operands", n->nin, op_min_in(op), op_max_in(op),
			 e) &&
	    !go_on(c, RULE_OPERAND_COUNT, NULL, e))
		return false;
	for (uint32_t i = 0; i < n->nin; i++)
		if (!check_operand(c, i, v, e))
			return false;
	return true;
}

/* ---- results ------------------------------------------------------------ */

static enum dtype only_type(uint32_t types)
{
	for (int t = DTYPE_NONE + 1; t < DTYPE_COUNT; t++)
		if (types == UINT32_C(1) << t)
			return (enum dtype)t;
	return DTYPE_NONE;
}

/* Element types that infer() left open follow from the schema. */
static bool finish_results(struct infer *c, const struct vars *v, struct err *e)
{
	const struct param *first;

	for (uint32_t i = 0; i < c->node->nout; i++) {
		const struct param *p = param_of(c->node->op->out, i);
		struct type *t = &c->out[i];

		if (!p || !p->types || p->flags & PARAM_CONTAINER)
			continue;
		if (t->kind == TYPE_UNKNOWN) {
			t->kind = TYPE_TENSOR;
			t->dtype = DTYPE_NONE;
			t->shape.rank = RANK_UNKNOWN;
		}
		if (t->kind == TYPE_TENSOR && t->dtype == DTYPE_NONE)
			t->dtype = var_find(v, p, &first);
		if (t->kind == TYPE_TENSOR && t->dtype == DTYPE_NONE)
			t->dtype = only_type(p->types);
		if (!type_fits(p, t) &&
		    !refuse_type(p, t, &c->model->symbols, e) &&
		    !go_on(c, RULE_RESULT_TYPE, p->name, e))
			return false;
	}
	return true;
}

/* The part of the checks that an operator makes itself: only where the node
 * is what its schema says. */
static bool infer_own(struct infer *c, struct err *e)
{
	const struct node *n = c->node;

	if (!n->op->infer)
		return true;
	for (uint32_t i = 0; c->found && i < n->nattr; i++)
		if (n->attr[i].ref)
			return true; /* its value is that of a call */
	if (c->found && findings_blame(c->found, n))
		return true;
	return n->op->infer(c, e);
}

bool infer_call(struct infer *c, struct err *e)
{
	const struct op *op = c->node->op;
	struct vars v = {.count = 0};

	if (!check_attrs(c, e) || !check_operands(c, &v, e))
		return false;
	if (!check_count(op, "results", c->node->nout, op_min_out(op),
			 op_max_out(op), e) &&
	    !go_on(c, RULE_RESULT_COUNT, NULL, e))
		return false;
	if (!infer_own(c, e))
		return false;
	return finish_results(c, &v, e);
}
