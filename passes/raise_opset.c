/* SPDX-License-Identifier: Apache-2.0 */
/* passes/raise_opset.c -- see raise_opset.h. */
#include "passes/raise_opset.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "ops/op.h"
#include "passes/freeze.h"
#include "passes/raise_rows.h"

static const struct raise_row *const tables[] = {raise_operands,
						 raise_meanings};

/* The first IR version that an opset came with (ONNX's Versioning.md). */
static const struct {
	int opset, ir;
} ir_versions[] = {{1, 3},  {9, 4},  {10, 5}, {11, 6},
		   {12, 7}, {15, 8}, {19, 9}, {21, 10}};

/* ---- what adapters use -------------------------------------------------- */

void raise_set_operand(struct node *n, uint32_t i, struct value *v)
{
	struct use *grown;

	if (i < n->nin) {
		use_set(&n->in[i], v);
		return;
	}
	grown = arena_array(&n->graph->model->arena, struct use, i + 1);
	for (uint32_t k = 0; k <= i; k++) {
		struct value *old = node_in(n, k);

		grown[k].user = n;
		grown[k].graph = n->graph;
		if (k < n->nin)
			use_set(&n->in[k], NULL);
		use_set(&grown[k], k == i ? v : old);
	}
	n->in = grown;
	n->nin = i + 1;
}

void raise_ints_operand(struct node *n, const char *name, uint32_t i)
{
	uint32_t count;
	const int64_t *x = node_ints(n, name, &count);

	if (!node_attr(n, name))
		return;
	raise_set_operand(n, i, graph_const_ints(n->graph, x, count));
	node_drop_attr(n, name);
}

struct node *raise_insert(struct node *n, const struct node_spec *spec)
{
	struct arena *a = &n->graph->model->arena;
	struct node *new = node_new(n->graph, spec);
	struct source *s = arena_new(a, struct source);

	*s = (struct source){node_label(n, a), "raise-opset", NULL};
	new->sources = n->sources ? n->sources : s;
	node_insert_before(new, n);
	return new;
}

/* ---- which nodes, which rows -------------------------------------------- */

/* Function bodies bring their own opsets. */
static bool governed(const struct node *n)
{
	const struct graph *g = n->graph;

	if (n->domain[0] && strcmp(n->domain, "ai.onnx") != 0)
		return false;
	while (g->outer)
		g = g->outer;
	return g == n->graph->model->main;
}

/* R.from is what its source says of operators; it has no older ones. */
static bool row_applies(const struct raise_row *r, const struct node *n,
			int64_t from, int64_t to)
{
	return r->to > from && r->to <= to && !strcmp(r->type, n->type);
}

/* Operators that mean the same from opset 7 (Scan, Scatter: 9) to 21, whether
 * or not they can be executed here. */
static const char *const unchanged[] = {
	"If",
	"Loop",
	"Scan",
	"LSTM",
	"GRU",
	"RNN",
	"LRN",
	"InstanceNormalization",
	"ConvTranspose",
	"MaxRoiPool",
	"MaxUnpool",
	"Multinomial",
	"RandomNormal",
	"RandomNormalLike",
	"RandomUniform",
	"RandomUniformLike",
	"Bernoulli",
	"Einsum",
	"Det",
	"STFT",
	"Col2Im",
	"DeformConv",
	"HannWindow",
	"HammingWindow",
	"BlackmanWindow",
	"MelWeightMatrix",
	"StringNormalizer",
	"StringConcat",
	"StringSplit",
	"RegexFullMatch",
	"TfIdfVectorizer",
	"SequenceAt",
	"SequenceConstruct",
	"SequenceEmpty",
	"SequenceErase",
	"SequenceInsert",
	"SequenceLength",
	"SequenceMap",
	"SplitToSequence",
	"ConcatFromSequence",
	"Optional",
	"OptionalGetElement",
	"OptionalHasElement",
	"BitShift",
	"BitwiseAnd",
	"BitwiseNot",
	"BitwiseOr",
	"BitwiseXor",
	"AffineGrid",
	"GlobalLpPool",
	"LpNormalization",
	"MeanVarianceNormalization",
	"DynamicQuantizeLinear",
	"ImageDecoder",
	"NegativeLogLikelihoodLoss",
	"SoftmaxCrossEntropyLoss",
};

static bool is_unchanged(const struct node *n)
{
	for (size_t i = 0; i < COUNT_OF(unchanged); i++)
		if (!strcmp(n->type, unchanged[i]))
			return true;
	return false;
}

/* Whether some row says what became of operators like N. */
static bool has_row(const struct node *n)
{
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct raise_row *r = tables[t]; r->type; r++)
			if (!strcmp(r->type, n->type))
				return true;
	return false;
}

static const char *reason_against(const struct node *n, int64_t from,
				  int64_t to)
{
	if (!n->op && !is_unchanged(n) && !has_row(n))
		return "is not known";
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct raise_row *r = tables[t]; r->type; r++) {
			const char *why = NULL;

			if (row_applies(r, n, from, to) && r->refuses)
				why = r->refuses(n);
			if (why)
				return why;
		}
	return NULL;
}

/* Every node that stands in the way, in one message. */
static bool nothing_against(struct model *m, int64_t from, int64_t to,
			    struct err *e)
{
	struct arena a = {0};
	struct str text = {0};
	bool ok = true;

	for (struct node *n = model_first(m); n; n = model_next(n)) {
		const char *why = governed(n) ? reason_against(n, from, to)
					      : NULL;

		if (!why)
			continue;
		str_addf(&text, "%s'%s' (%s) %s", ok ? "" : "; ",
			 node_label(n, &a), n->type, why);
		ok = false;
	}
	if (!ok)
		err_set(e, ERR_UNSUPPORTED,
			"opset %" PRId64 " cannot become %" PRId64 ": %s", from,
			to, text.text);
	str_release(&text);
	arena_release(&a);
	return ok;
}

/* What makes an operator of opset VERSION from one of VERSION - 1. */
static const struct raise_row *find_row(const struct node *n, int64_t version)
{
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct raise_row *r = tables[t]; r->type; r++)
			if (r->adapt && row_applies(r, n, version - 1, version))
				return r;
	return NULL;
}

static bool adapt_to(struct model *m, int64_t version, struct err *e)
{
	struct node *next;

	for (struct node *n = model_first(m); n; n = next) {
		const struct raise_row *r = governed(n) ? find_row(n, version)
							: NULL;

		next = model_next(n);
		if (r && !r->adapt(n, e))
			return false;
	}
	return true;
}

static void raise_ir(struct model *m, int64_t opset)
{
	int64_t ir = m->ir_version;

	for (size_t i = 0; i < COUNT_OF(ir_versions); i++)
		if (ir_versions[i].opset <= opset && ir_versions[i].ir > ir)
			ir = ir_versions[i].ir;
	m->ir_version = ir;
	if (ir >= 4)
		hide_constant_inputs(m);
}

bool raise_opset(struct model *m, int64_t version, struct err *e)
{
	int64_t from = model_opset(m, "");

	if (from < 0 || from >= version)
		return true;
	if (from < OPSET_FIRST)
		return err_set(e, ERR_UNSUPPORTED,
			       "the model has opset %" PRId64
			       ", want %d or newer to raise it",
			       from, OPSET_FIRST);
	if (version > OPSET_DEFAULT)
		return err_set(e, ERR_UNSUPPORTED,
			       "cannot raise the opset to %" PRId64
			       ", want %d at most",
			       version, OPSET_DEFAULT);
	if (!nothing_against(m, from, version, e))
		return false;
	for (int64_t v = from + 1; v <= version; v++)
		if (!adapt_to(m, v, e))
			return false;
	model_set_opset(m, "", version);
	raise_ir(m, version);
	op_bind_model(m);
	if (!infer_model(m, e))
		return err_context(e, "raised to opset %" PRId64, version);
	return true;
}
