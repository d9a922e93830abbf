/* SPDX-License-Identifier: Apache-2.0 */
/* validate/report_json.c -- a report for machines. */
#include "validate/ledger.h"
#include "validate/report.h"

static void put_gates(struct json *j, const struct report *r)
{
	json_array(j, "gates");
	for (uint32_t i = 0; i < r->ngate; i++) {
		const struct gate *g = &r->gate[i];

		json_object(j, NULL);
		json_string(j, "name", g->name);
		json_string(j, "found", g->found);
		json_string(j, "wanted", g->wanted);
		json_string(j, "verdict", verdict_name(g->verdict));
		json_end(j);
	}
	json_end(j);
}

static void put_drift(struct json *j, const char *key,
		      const struct value_drift *v, uint32_t n)
{
	json_array(j, key);
	for (uint32_t i = 0; i < n; i++) {
		const struct drift *d = &v[i].drift;

		json_object(j, NULL);
		if (v[i].node) {
			json_string(j, "node", v[i].node);
			json_string(j, "operator", v[i].type);
		}
		json_string(j, "name", v[i].name);
		json_double(j, "max_abs", d->max_abs);
		json_double(j, "rmse", drift_rmse(d));
		json_double(j, "sqnr_db", drift_sqnr_db(d));
		json_double(j, "cosine", drift_cosine(d));
		json_int(j, "max_ulp", (int64_t)d->max_ulp);
		json_int(j, "nonfinite", (int64_t)d->nonfinite);
		json_end(j);
	}
	json_end(j);
}

static void put_accuracy(struct json *j, const struct report *r)
{
	const struct accuracy *a = &r->accuracy;
	struct str metric = {0};

	if (a->metric == METRIC_NONE)
		return;
	metric_print(&metric, a->metric, a->k);
	json_object(j, "accuracy");
	json_string(j, "metric", metric.text);
	json_int(j, "samples", (int64_t)a->samples);
	json_double(j, "reference", accuracy_of(a, REFERENCE));
	json_double(j, "candidate", accuracy_of(a, CANDIDATE));
	json_double(j, "change", accuracy_change(a));
	if (a->metric == METRIC_TOPK || a->metric == METRIC_AGREEMENT) {
		json_int(j, "lost", (int64_t)a->lost);
		json_int(j, "gained", (int64_t)a->gained);
	}
	json_array(j, "interval");
	json_double(j, NULL, r->accuracy_interval.lo);
	json_double(j, NULL, r->accuracy_interval.hi);
	json_end(j);
	json_end(j);
	str_release(&metric);
}

static void put_quantiles(struct json *j, const char *key,
			  const struct quantiles *q)
{
	json_object(j, key);
	json_double(j, "p50", q->p50 * 1e3);
	json_double(j, "p90", q->p90 * 1e3);
	json_double(j, "p99", q->p99 * 1e3);
	json_double(j, "min", q->min * 1e3);
	json_end(j);
}

static const char *latency_gate(const struct report *r)
{
	for (uint32_t i = 0; i < r->ngate; i++)
		if (r->gate[i].name == criterion_name(P50_RATIO_MAX))
			return verdict_name(r->gate[i].verdict);
	return NULL;
}

static void put_latency(struct json *j, const struct report *r)
{
	const struct latency *l = &r->latency;
	const char *verdict = latency_gate(r);

	if (!r->has_latency)
		return;
	json_object(j, "latency");
	put_quantiles(j, "reference_ms", &l->side[REFERENCE]);
	put_quantiles(j, "candidate_ms", &l->side[CANDIDATE]);
	json_int(j, "pairs", (int64_t)l->pairs);
	json_double(j, "ratio", l->ratio);
	json_array(j, "interval");
	json_double(j, NULL, l->interval.lo);
	json_double(j, NULL, l->interval.hi);
	json_end(j);
	json_double(j, "noise", l->noise);
	if (verdict)
		json_string(j, "verdict", verdict);
	else
		json_null(j, "verdict");
	json_end(j);
}

static void put_bytes(struct json *j, const char *key, const uint64_t *bytes)
{
	json_object(j, key);
	json_int(j, "reference_bytes", (int64_t)bytes[REFERENCE]);
	json_int(j, "candidate_bytes", (int64_t)bytes[CANDIDATE]);
	json_end(j);
}

void report_json(struct json *j, const struct report *r)
{
	json_object(j, NULL);
	json_int(j, "schema", 1);
	json_string(j, "verdict", verdict_name(r->verdict));
	json_string(j, "reference", r->path[REFERENCE]);
	json_string(j, "candidate", r->path[CANDIDATE]);
	json_int(j, "samples", (int64_t)r->samples);
	put_gates(j, r);
	put_drift(j, "outputs", r->output, r->noutput);
	if (r->nlayer) {
		put_drift(j, "layers", r->layer, r->nlayer);
		json_int(j, "unmatched", r->unmatched);
	}
	if (r->ledger)
		ledger_json(j, r->ledger);
	put_accuracy(j, r);
	put_latency(j, r);
	put_bytes(j, "size", r->size_bytes);
	if (r->has_memory)
		put_bytes(j, "memory", r->peak_bytes);
	json_object(j, "environment");
	json_string(j, "cpu", r->environment.cpu);
	json_string(j, "engine", r->environment.engine);
	json_int(j, "threads", r->environment.threads);
	json_string(j, "blas", r->environment.blas);
	json_end(j);
	json_end(j);
}
