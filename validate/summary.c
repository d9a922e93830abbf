/* SPDX-License-Identifier: Apache-2.0 */
/* validate/summary.c -- see summary.h. */
#include "validate/summary.h"

#include <cJSON.h>
#include <math.h>
#include <string.h>

enum { REPORT_BYTES = 256 << 20 };

static const cJSON *member(const cJSON *object, const char *key)
{
	return object ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

/* Numbers, and the strings that stand for what JSON cannot write. */
static double number_at(const cJSON *object, const char *key)
{
	const cJSON *x = member(object, key);
	const char *text = cJSON_GetStringValue(x);

	if (cJSON_IsNumber(x))
		return x->valuedouble;
	if (text && !strcmp(text, "inf"))
		return INFINITY;
	if (text && !strcmp(text, "-inf"))
		return -INFINITY;
	return NAN;
}

static const char *text_at(const cJSON *object, const char *key,
			   struct arena *a)
{
	const cJSON *x = member(object, key);

	return cJSON_IsString(x) ? arena_strdup(a, x->valuestring) : NULL;
}

static bool read_verdict(struct summary *s, const cJSON *root, struct arena *a,
			 struct err *e)
{
	const char *text = text_at(root, "verdict", a);

	for (int v = VERDICT_PASS; v <= VERDICT_INCONCLUSIVE; v++)
		if (text && !strcmp(text, verdict_name((enum verdict)v))) {
			s->verdict = (enum verdict)v;
			return true;
		}
	return err_set(e, ERR_FORMAT, "the report has no verdict");
}

static double worst_sqnr(const cJSON *outputs)
{
	double worst = NAN;
	const cJSON *x;

	cJSON_ArrayForEach(x, outputs)
	{
		double db = number_at(x, "sqnr_db");

		if (isnan(db))
			return NAN;
		worst = isnan(worst) || db < worst ? db : worst;
	}
	return worst;
}

static bool read_members(struct summary *s, const cJSON *root, struct arena *a,
			 struct err *e)
{
	enum metric metric;
	const cJSON *x;
	int k;

	if (!cJSON_IsObject(root) || number_at(root, "schema") != 1)
		return err_set(e, ERR_FORMAT,
			       "not a validation report of schema 1");
	s->candidate = text_at(root, "candidate", a);
	s->reference = text_at(root, "reference", a);
	if (!s->candidate || !s->reference)
		return err_set(e, ERR_FORMAT, "the report names no models");
	x = member(root, "accuracy");
	s->metric = text_at(x, "metric", a);
	if (s->metric && metric_parse(s->metric, &metric, &k))
		s->is_loss = metric_is_loss(metric);
	s->accuracy[REFERENCE] = number_at(x, "reference");
	s->accuracy[CANDIDATE] = number_at(x, "candidate");
	s->sqnr_db = worst_sqnr(member(root, "outputs"));
	x = member(root, "latency");
	s->latency_ratio = number_at(x, "ratio");
	s->latency_ms[REFERENCE] = number_at(member(x, "reference_ms"), "p50");
	s->latency_ms[CANDIDATE] = number_at(member(x, "candidate_ms"), "p50");
	x = member(root, "size");
	s->size_bytes[REFERENCE] = number_at(x, "reference_bytes");
	s->size_bytes[CANDIDATE] = number_at(x, "candidate_bytes");
	return read_verdict(s, root, a, e);
}

bool summary_parse(struct summary *s, struct bytes json, struct arena *a,
		   struct err *e)
{
	cJSON *root;
	bool ok;

	*s = (struct summary){0};
	if (json.len > REPORT_BYTES)
		return err_set(e, ERR_LIMIT,
			       "the report has %zu bytes, limit %d", json.len,
			       REPORT_BYTES);
	root = cJSON_ParseWithLength((const char *)json.at, json.len);
	if (!root)
		return err_set(e, ERR_FORMAT, "the report is no JSON");
	ok = read_members(s, root, a, e);
	cJSON_Delete(root);
	return ok;
}

/* Less is better; NaN is worst. */
static double cost(const struct summary *s, enum preference by)
{
	double x = by == PREFER_SIZE	  ? s->size_bytes[CANDIDATE]
		   : by == PREFER_LATENCY ? s->latency_ms[CANDIDATE]
		   : s->is_loss		  ? s->accuracy[CANDIDATE]
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
