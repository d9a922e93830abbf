/* SPDX-License-Identifier: Apache-2.0 */
/* validate/policy.c -- see policy.h. */
#include "validate/policy.h"

#include <math.h>
#include <string.h>
#include <yaml.h>

#include "base/map.h"
#include "base/str.h"

enum { POLICY_BYTES = 64 * 1024 };

static const struct {
	const char *name;
	enum { ANY, FRACTION, NOT_NEGATIVE } range;
} criteria[CRITERIA] = {
	[ACCURACY_MIN] = {"accuracy.min", FRACTION},
	[ACCURACY_MAX_DROP] = {"accuracy.max_drop", FRACTION},
	[ACCURACY_MAX] = {"accuracy.max", NOT_NEGATIVE},
	[ACCURACY_MAX_RISE] = {"accuracy.max_rise", NOT_NEGATIVE},
	[SQNR_DB_MIN] = {"drift.sqnr_db.min", ANY},
	[SQNR_DB_MAX] = {"drift.sqnr_db.max", ANY},
	[COSINE_MIN] = {"drift.cosine.min", ANY},
	[COSINE_MAX] = {"drift.cosine.max", ANY},
	[RMSE_MIN] = {"drift.rmse.min", ANY},
	[RMSE_MAX] = {"drift.rmse.max", ANY},
	[MAX_ABS_MIN] = {"drift.max_abs.min", ANY},
	[MAX_ABS_MAX] = {"drift.max_abs.max", ANY},
	[P50_RATIO_MAX] = {"latency.p50_ratio.max", ANY},
	[SIZE_RATIO_MAX] = {"size.ratio.max", ANY},
	[PEAK_RATIO_MAX] = {"memory.peak_ratio.max", ANY},
};

const char *criterion_name(enum criterion c)
{
	return criteria[c].name;
}

void policy_for_fidelity(struct policy *p, const char *fidelity)
{
	bool exact = fidelity && !strcmp(fidelity, "exact");
	bool lossy = fidelity && !strcmp(fidelity, "lossy");
	enum criterion c = exact ? MAX_ABS_MAX : SQNR_DB_MIN;

	p->set[c] = true;
	p->limit[c] = exact ? 0 : lossy ? 20 : 100;
}

struct parser {
	yaml_document_t doc;
	struct policy *p;
	struct arena *arena;
	struct map seen; /* dotted paths: repeated keys */
	struct err *e;
};

static bool fail(struct parser *ps, const yaml_node_t *at, const char *path,
		 const char *what)
{
	return err_set(ps->e, ERR_FORMAT, "policy line %zu: '%s' %s",
		       (size_t)at->start_mark.line + 1, path, what);
}

static const char *scalar(const yaml_node_t *n)
{
	return n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value
					   : NULL;
}

static bool number(struct parser *ps, const yaml_node_t *n, const char *path,
		   double *x)
{
	const char *text = scalar(n);

	if (!text || !str_to_double(text, x) || !isfinite(*x))
		return fail(ps, n, path, "must be a number");
	return true;
}

static bool read_limit(struct parser *ps, const yaml_node_t *n,
		       const char *path, enum criterion c)
{
	if (!number(ps, n, path, &ps->p->limit[c]))
		return false;
	if (criteria[c].range == FRACTION &&
	    (ps->p->limit[c] < 0 || ps->p->limit[c] > 1))
		return fail(ps, n, path, "must be a fraction from 0 to 1");
	if (criteria[c].range == NOT_NEGATIVE && ps->p->limit[c] < 0)
		return fail(ps, n, path, "must not be negative");
	ps->p->set[c] = true;
	return true;
}

static bool read_metric(struct parser *ps, const yaml_node_t *n,
			const char *path)
{
	const char *text = scalar(n);

	if (!text || !metric_parse(text, &ps->p->metric, &ps->p->k))
		return fail(ps, n, path, "must be " METRIC_NAMES);
	return true;
}

static bool read_confidence(struct parser *ps, const yaml_node_t *n,
			    const char *path)
{
	if (!number(ps, n, path, &ps->p->confidence))
		return false;
	if (ps->p->confidence <= 0 || ps->p->confidence >= 1)
		return fail(ps, n, path, "must lie between 0 and 1");
	return true;
}

static bool read_allow(struct parser *ps, const yaml_node_t *n,
		       const char *path)
{
	yaml_node_item_t *item;
	struct policy *p = ps->p;

	if (n->type != YAML_SEQUENCE_NODE)
		return fail(ps, n, path, "must be a list of operators");
	p->allow = arena_array(ps->arena, const char *,
			       (size_t)(n->data.sequence.items.top -
					n->data.sequence.items.start) +
				       1);
	for (item = n->data.sequence.items.start;
	     item < n->data.sequence.items.top; item++) {
		const char *text = scalar(
			yaml_document_get_node(&ps->doc, *item));

		if (!text || !*text)
			return fail(ps, n, path, "must be a list of operators");
		p->allow[p->nallow++] = arena_strdup(ps->arena, text);
	}
	return true;
}

static bool read_schema(struct parser *ps, const yaml_node_t *n,
			const char *path)
{
	const char *text = scalar(n);

	if (!text || strcmp(text, "1"))
		return fail(ps, n, path, "must be 1");
	return true;
}

static bool is_section(const char *path)
{
	static const char *const sections[] = {
		"accuracy",	 "drift",
		"drift.sqnr_db", "drift.rmse",
		"drift.cosine",	 "drift.max_abs",
		"latency",	 "latency.p50_ratio",
		"size",		 "size.ratio",
		"memory",	 "memory.peak_ratio",
		"operators",
	};

	for (size_t i = 0; i < COUNT_OF(sections); i++)
		if (!strcmp(path, sections[i]))
			return true;
	return false;
}

static bool read_leaf(struct parser *ps, const yaml_node_t *n, const char *path)
{
	for (int c = 0; c < CRITERIA; c++)
		if (!strcmp(path, criteria[c].name))
			return read_limit(ps, n, path, (enum criterion)c);
	if (!strcmp(path, "schema"))
		return read_schema(ps, n, path);
	if (!strcmp(path, "accuracy.metric"))
		return read_metric(ps, n, path);
	if (!strcmp(path, "accuracy.confidence"))
		return read_confidence(ps, n, path);
	if (!strcmp(path, "accuracy.threshold"))
		return number(ps, n, path, &ps->p->threshold);
	if (!strcmp(path, "operators.allow"))
		return read_allow(ps, n, path);
	return fail(ps, n, path, "is no key of a policy");
}

static bool read_section(struct parser *ps, const yaml_node_t *n,
			 const char *path);

static bool read_pair(struct parser *ps, const yaml_node_pair_t *pair,
		      const char *path)
{
	const yaml_node_t *k = yaml_document_get_node(&ps->doc, pair->key);
	const yaml_node_t *v = yaml_document_get_node(&ps->doc, pair->value);
	const char *key = scalar(k), *full;

	if (!key)
		return fail(ps, k, path, "has a key that is no word");
	full = *path ? arena_printf(ps->arena, "%s.%s", path, key)
		     : arena_strdup(ps->arena, key);
	if (!map_add(&ps->seen, full, 1))
		return fail(ps, k, full, "is given twice");
	return is_section(full) ? read_section(ps, v, full)
				: read_leaf(ps, v, full);
}

/* Recursion ends with is_section(): three levels. */
static bool read_section(struct parser *ps, const yaml_node_t *n,
			 const char *path)
{
	if (n->type != YAML_MAPPING_NODE)
		return fail(ps, n, path, "must hold keys and values");
	if (*path && n->data.mapping.pairs.start == n->data.mapping.pairs.top)
		return fail(ps, n, path, "is empty");
	for (yaml_node_pair_t *pair = n->data.mapping.pairs.start;
	     pair < n->data.mapping.pairs.top; pair++)
		if (!read_pair(ps, pair, path))
			return false;
	return true;
}

/* The metric has a limit of its own kind, and none of the other. */
static bool check_metric(struct parser *ps)
{
	struct policy *p = ps->p;
	bool gain = p->set[ACCURACY_MIN] || p->set[ACCURACY_MAX_DROP];
	bool loss = p->set[ACCURACY_MAX] || p->set[ACCURACY_MAX_RISE];
	bool is_loss = metric_is_loss(p->metric);
	uint32_t x;

	if ((gain || loss) && p->metric == METRIC_NONE)
		return err_set(ps->e, ERR_FORMAT,
			       "policy: 'accuracy.metric' is missing");
	if (!map_get(&ps->seen, "accuracy", &x))
		return true;
	if (is_loss ? !loss || gain : !gain || loss)
		return err_set(ps->e, ERR_FORMAT,
			       is_loss ? "policy: 'accuracy' of a loss needs "
					 "max or max_rise, and nothing else"
				       : "policy: 'accuracy' needs min or "
					 "max_drop, and nothing else");
	if (!isnan(p->threshold) && p->metric != METRIC_F1 &&
	    p->metric != METRIC_F1_MICRO)
		return err_set(ps->e, ERR_FORMAT,
			       "policy: 'accuracy.threshold' needs f1");
	return true;
}

static bool check_whole(struct parser *ps)
{
	struct policy *p = ps->p;
	bool any = p->nallow || p->allow;
	uint32_t x;

	for (int c = 0; c < CRITERIA; c++)
		any = any || p->set[c];
	if (!map_get(&ps->seen, "schema", &x))
		return err_set(ps->e, ERR_FORMAT,
			       "policy: 'schema: 1' is missing");
	if (!any)
		return err_set(ps->e, ERR_FORMAT,
			       "policy: there is no criterion");
	return check_metric(ps);
}

bool policy_parse(struct policy *p, struct bytes text, struct arena *a,
		  struct err *e)
{
	struct parser ps = {.p = p, .arena = a, .e = e};
	struct arena scratch = {0};
	yaml_parser_t yaml;
	yaml_node_t *root;
	bool ok;

	*p = (struct policy){.threshold = NAN};
	if (text.len > POLICY_BYTES)
		return err_set(e, ERR_LIMIT, "policy has %zu bytes, limit %d",
			       text.len, POLICY_BYTES);
	if (!yaml_parser_initialize(&yaml))
		return err_set(e, ERR_MEMORY, "out of memory");
	yaml_parser_set_input_string(&yaml, text.at, text.len);
	if (!yaml_parser_load(&yaml, &ps.doc)) {
		err_set(e, ERR_FORMAT, "policy line %zu: %s",
			(size_t)yaml.problem_mark.line + 1,
			yaml.problem ? yaml.problem : "is no YAML");
		yaml_parser_delete(&yaml);
		return false;
	}
	ps.seen.arena = &scratch;
	root = yaml_document_get_root_node(&ps.doc);
	ok = root ? read_section(&ps, root, "") && check_whole(&ps)
		  : err_set(e, ERR_FORMAT, "policy: the file is empty");
	yaml_document_delete(&ps.doc);
	yaml_parser_delete(&yaml);
	arena_release(&scratch);
	return ok;
}
