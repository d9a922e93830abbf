/* SPDX-License-Identifier: Apache-2.0 */
/* validate/summary.c -- see summary.h. */
#include "validate/summary.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { REPORT_BYTES = 256 << 20 };

/* Numbers, and the strings that stand for what JSON cannot write. */
static double number_at(const json_t *object, const char *key)
{
	const json_t *x = json_object_get(object, key);
	const char *text = json_string_value(x);

	if (json_is_number(x))
		return json_number_value(x);
	if (text && !strcmp(text, "inf"))
		return INFINITY;
	if (text && !strcmp(text, "-inf"))
		return -INFINITY;
	return NAN;
}

static const char *text_at(const json_t *object, const char *key,
			   struct arena *a)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? arena_strdup(a, text) : NULL;
}

static bool read_verdict(struct summary *s, const json_t *root, struct err *e)
{
	const char *text = json_string_value(json_object_get(root, "verdict"));

	for (int v = VERDICT_PASS; v <= VERDICT_INCONCLUSIVE; v++)
		if (text && !strcmp(text, verdict_name((enum verdict)v))) {
			s->verdict = (enum verdict)v;
			return true;
		}
	return err_set(e, ERR_FORMAT, "the report has no verdict");
}

static double worst_sqnr(const json_t *outputs)
{
	double worst = NAN;
	size_t i;
	const json_t *x;

	json_array_foreach(outputs, i, x)
	{
		double db = number_at(x, "sqnr_db");

		if (isnan(db))
			return NAN;
		worst = !i || db < worst ? db : worst;
	}
	return worst;
}

static bool read_members(struct summary *s, const json_t *root, struct arena *a,
			 struct err *e)
{
	const json_t *x;

	if (!json_is_object(root) || number_at(root, "schema") != 1)
		return err_set(e, ERR_FORMAT,
			       "not a validation report of schema 1");
	s->candidate = text_at(root, "candidate", a);
	s->reference = text_at(root, "reference", a);
	if (!s->candidate || !s->reference)
		return err_set(e, ERR_FORMAT, "the report names no models");
	x = json_object_get(root, "accuracy");
	s->metric = text_at(x, "metric", a);
	s->accuracy[REFERENCE] = number_at(x, "reference");
	s->accuracy[CANDIDATE] = number_at(x, "candidate");
	s->sqnr_db = worst_sqnr(json_object_get(root, "outputs"));
	x = json_object_get(root, "latency");
	s->latency_ratio = number_at(x, "ratio");
	s->latency_ms[REFERENCE] = number_at(json_object_get(x, "reference_ms"),
					     "p50");
	s->latency_ms[CANDIDATE] = number_at(json_object_get(x, "candidate_ms"),
					     "p50");
	x = json_object_get(root, "size");
	s->size_bytes[REFERENCE] = number_at(x, "reference_bytes");
	s->size_bytes[CANDIDATE] = number_at(x, "candidate_bytes");
	return read_verdict(s, root, e);
}

bool summary_parse(struct summary *s, struct bytes json, struct arena *a,
		   struct err *e)
{
	json_error_t error;
	json_t *root;
	bool ok;

	*s = (struct summary){0};
	if (json.len > REPORT_BYTES)
		return err_set(e, ERR_LIMIT,
			       "the report has %zu bytes, limit %d", json.len,
			       REPORT_BYTES);
	root = json_loadb((const char *)json.at, json.len,
			  JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return err_set(e, ERR_FORMAT, "no JSON, line %d: %s",
			       error.line, error.text);
	ok = read_members(s, root, a, e);
	json_decref(root);
	return ok;
}

/* Less is better; NaN is worst. */
static double cost(const struct summary *s, enum preference by)
{
	double x = by == PREFER_SIZE	  ? s->size_bytes[CANDIDATE]
		   : by == PREFER_LATENCY ? s->latency_ms[CANDIDATE]
					  : -s->accuracy[CANDIDATE];

	return isnan(x) ? INFINITY : x;
}

int summary_choose(const struct summary *s, int n, enum preference by)
{
	int best = -1;

	for (int i = 0; i < n; i++)
		if (s[i].verdict == VERDICT_PASS &&
		    (best < 0 || cost(&s[i], by) < cost(&s[best], by)))
			best = i;
	return best;
}
