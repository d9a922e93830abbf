/* SPDX-License-Identifier: Apache-2.0 */
/* check/operators.c -- operators that are not known, or no longer wanted. */
#include <inttypes.h>
#include <string.h>

#include "check/check.h"
#include "graph/call_index.h"
#include "ops/op.h"

/* Deprecated by the standard (ONNX 1.23). */
static const struct {
	const char *domain, *type;
	int since;
	const char *instead;
} deprecated[] = {
	{"", "Upsample", 10, "Resize"},
	{"", "Scatter", 11, "ScatterElements"},
	{"ai.onnx.ml", "TreeEnsembleClassifier", 5, "TreeEnsemble"},
	{"ai.onnx.ml", "TreeEnsembleRegressor", 5, "TreeEnsemble"},
};

/* Experimental, gone with ONNX 1.5; models still have them. */
static const char *const experimental[] = {
	"ATen",
	"Affine",
	"ConstantFill",
	"Crop",
	"DynamicSlice",
	"GRUUnit",
	"GivenTensorFill",
	"ImageScaler",
	"ParametricSoftplus",
	"Scale",
	"ScaledTanh",
};

/* Names that ONNX Runtime has in the default domain without the standard, or
 * before it: versions that the standard does not have. */
static const struct {
	const char *type;
	int since; /* 0: never */
} borrowed[] = {
	{"LayerNormalization", 17},
	{"SimplifiedLayerNormalization", 0},
};

static bool was_experimental(const struct node *n)
{
	for (size_t i = 0; i < COUNT_OF(experimental); i++)
		if (node_is(n, "", experimental[i]))
			return true;
	return false;
}

/* GroupNormalization-18 is deprecated in favour of its own next version. */
static const int bad_group_norm = 18, good_group_norm = 21;

static bool is_standard(const char *domain)
{
	return !plain_domain(domain)[0] || !strcmp(domain, "ai.onnx.ml") ||
	       !strcmp(domain, "ai.onnx.preview") ||
	       !strcmp(domain, "ai.onnx.preview.training");
}

/* The oldest row of an operator, or NULL. */
static const struct op *oldest(const struct node *n)
{
	const struct op *op = op_find(n->domain, n->type, INT64_MAX);

	for (int64_t v = op ? op->since - 1 : 0; op && v > 0;) {
		const struct op *older = op_find(n->domain, n->type, v);

		if (!older)
			break;
		op = older;
		v = op->since - 1;
	}
	return op;
}

static void report_unknown(struct checker *c, const struct node *n,
			   int64_t opset)
{
	const struct where at = {.node = n};
	const struct op *op = oldest(n);
	const char *domain = n->domain[0] ? n->domain : "ai.onnx";

	if (!is_standard(n->domain) && !op)
		findings_add(c->found, RULE_CUSTOM_OPERATOR, &at,
			     "'%s' of the domain '%s' is not known, and no "
			     "function defines it",
			     n->type, domain);
	else if (was_experimental(n))
		return; /* said below */
	else if (op)
		findings_add(c->found, RULE_UNKNOWN_OPERATOR, &at,
			     "'%s' came with version %d of the domain '%s', "
			     "the model imports %" PRId64,
			     n->type, op->since, domain, opset);
	else
		findings_add(c->found, RULE_UNKNOWN_OPERATOR, &at,
			     "the domain '%s' has no operator '%s'", domain,
			     n->type);
}

static void check_borrowed(struct checker *c, const struct node *n,
			   int64_t opset)
{
	const struct where at = {.node = n};

	for (size_t i = 0; i < COUNT_OF(borrowed); i++) {
		int since = borrowed[i].since;

		if (!node_is(n, "", borrowed[i].type) ||
		    (since && opset >= since))
			continue;
		if (since)
			findings_add(c->found, RULE_UNKNOWN_OPERATOR, &at,
				     "'%s' came with version %d of the domain "
				     "'ai.onnx', the model imports %" PRId64
				     "; only ONNX Runtime has it before",
				     n->type, since, opset);
		else
			findings_add(c->found, RULE_UNKNOWN_OPERATOR, &at,
				     "the domain 'ai.onnx' has no operator "
				     "'%s'; only ONNX Runtime does",
				     n->type);
	}
}

static void check_deprecated(struct checker *c, const struct node *n,
			     int64_t opset)
{
	const struct where at = {.node = n};

	for (size_t i = 0; i < COUNT_OF(deprecated); i++)
		if (opset >= deprecated[i].since &&
		    node_is(n, deprecated[i].domain, deprecated[i].type))
			findings_add(c->found, RULE_DEPRECATED, &at,
				     "'%s' is deprecated since version %d, "
				     "want '%s'",
				     n->type, deprecated[i].since,
				     deprecated[i].instead);
	if (was_experimental(n))
		findings_add(c->found, RULE_DEPRECATED, &at,
			     "'%s' was experimental and has left the standard",
			     n->type);
	if (opset >= bad_group_norm && opset < good_group_norm &&
	    node_is(n, "", "GroupNormalization"))
		findings_add(c->found, RULE_DEPRECATED, &at,
			     "'%s' of version %d is deprecated, want that of "
			     "version %d",
			     n->type, bad_group_norm, good_group_norm);
}

void check_operators(struct checker *c)
{
	struct call_index calls;

	call_index_init(&calls, c->model, &c->scratch);
	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct graph *g = c->graphs.at[i].graph;

		for (const struct node *n = g->first; n; n = n->next) {
			int64_t opset;

			if (!n->type[0] ||
			    call_index_find(&calls, n, &c->scratch))
				continue;
			opset = op_opset(n);
			if (!opset)
				continue; /* the import is missing */
			if (!n->op)
				report_unknown(c, n, opset);
			check_borrowed(c, n, opset);
			check_deprecated(c, n, opset);
		}
	}
}
