/* SPDX-License-Identifier: Apache-2.0 */
/* ops/optional.c -- Optional and what looks into it. */
#include "ops/inner.h"

/* ---- Optional ----------------------------------------------------------- */

static bool infer_optional(struct infer *c, struct err *e)
{
	const struct attr *a = node_attr(c->node, "type");
	const struct type *elem = NULL;

	if (infer_has(c, 0))
		elem = arena_memdup(&c->model->arena, c->in[0],
				    sizeof(*c->in[0]));
	else if (a && a->kind == ATTR_TYPE)
		elem = a->u.types;
	else
		return err_set(e, ERR_FORMAT,
			       "has neither an operand nor attribute 'type'");
	infer_set_type(c, 0,
		       &(struct type){.kind = TYPE_OPTIONAL, .elem = elem});
	return true;
}

static bool run_optional(const struct call *c, struct err *e)
{
	struct datum *y = c->out[0];

	if (!y)
		return true;
	y->item = NULL;
	y->count = 0;
	if (!c->nin || !c->in[0])
		return true;
	if (!inner_datums(c, 1, &y->item, e))
		return false;
	y->count = 1;
	return datum_copy(c->services, &y->item[0], c->in[0], e);
}

/* ---- OptionalGetElement ------------------------------------------------- */

static bool infer_get(struct infer *c, struct err *e)
{
	const struct type *t = c->in[0];

	(void)e;
	if (t->kind == TYPE_OPTIONAL)
		t = t->elem;
	if (t)
		infer_set_type(c, 0, t);
	return true;
}

static bool run_get(const struct call *c, struct err *e)
{
	const struct datum *x = c->in[0];

	if (x->type.kind == TYPE_OPTIONAL) {
		if (x->count == 0)
			return err_set(e, ERR_SHAPE, "the optional is empty");
		x = &x->item[0];
	}
	return inner_give(c, 0, x, e);
}

/* ---- OptionalHasElement ------------------------------------------------- */

static bool infer_has_element(struct infer *c, struct err *e)
{
	const struct shape scalar = {.rank = 0};

	(void)e;
	infer_set(c, 0, DTYPE_BOOL, &scalar);
	return true;
}

static bool run_has_element(const struct call *c, struct err *e)
{
	const struct datum *x = c->nin ? c->in[0] : NULL;

	(void)e;
	if (call_out(c, 0))
		*(bool *)tensor_mut(call_out(c, 0)) =
			x && (x->type.kind != TYPE_OPTIONAL || x->count > 0);
	return true;
}

static const struct kernel optional_kernels[] = {
	{.name = "optional", .engine = "reference", .run = run_optional}, {0}};
static const struct kernel get_kernels[] = {
	{.name = "optional-get", .engine = "reference", .run = run_get}, {0}};
static const struct kernel has_kernels[] = {
	{.name = "optional-has", .engine = "reference", .run = run_has_element},
	{0}};

#define ANY(name, set, more)                              \
	{                                                 \
		name, NULL, set, PARAM_CONTAINER | (more) \
	}

#define OPTIONAL_ROW(opset, set)                                      \
	{                                                             \
		.domain = "", .type = "Optional", .since = opset,     \
		.in = PARAMS(ANY("input", set, PARAM_OPTIONAL)),      \
		.out = PARAMS(IN("output", NULL, 0)),                 \
		.attrs = ATTRS(ATTR("type", TYPE, NULL)),             \
		.infer = infer_optional, .kernels = optional_kernels, \
	}

#define GET(opset, set)                                                      \
	{                                                                    \
		.domain = "", .type = "OptionalGetElement", .since = opset,  \
		.traits = OP_DATA_SHAPE, .in = PARAMS(ANY("input", set, 0)), \
		.out = PARAMS(ANY("output", set, 0)), .infer = infer_get,    \
		.kernels = get_kernels,                                      \
	}

#define HAS(opset, set, more)                                               \
	{                                                                   \
		.domain = "", .type = "OptionalHasElement", .since = opset, \
		.in = PARAMS(ANY("input", set, more)),                      \
		.out = PARAMS(IN("output", "B", TYPES_BOOL)),               \
		.infer = infer_has_element, .kernels = has_kernels,         \
	}

const struct op op_rows_optional[] = {OPTIONAL_ROW(15, TYPES_ALL_1),
				      OPTIONAL_ROW(28, TYPES_ANY),
				      GET(15, TYPES_ALL_1),
				      GET(18, TYPES_ALL_1),
				      GET(28, TYPES_ANY),
				      HAS(15, TYPES_ALL_1, 0),
				      HAS(18, TYPES_ALL_1, PARAM_OPTIONAL),
				      HAS(28, TYPES_ANY, PARAM_OPTIONAL),
				      {0}};
