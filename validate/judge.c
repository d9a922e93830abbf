/* SPDX-License-Identifier: Apache-2.0 */
/* validate/judge.c -- a policy held against measurements. */
#include <math.h>
#include <string.h>

#include "validate/report.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {"pass", "fail", "inconclusive"};

	return names[v];
}

static const char *number(struct report *r, const char *before, double x)
{
	struct str s = {0};
	const char *copy;

	str_add(&s, before);
	/* Six digits for people; the measured value itself is in the JSON. */
	if (isfinite(x))
		str_addf(&s, "%.6g", x);
	else
		str_add_double(&s, x);
	copy = arena_strdup(&r->arena, s.text);
	str_release(&s);
	return copy;
}

static void add_gate(struct report *r, struct gate g)
{
	r->gate[r->ngate++] = g;
	/* A failure outweighs doubt, doubt outweighs a pass. */
	if (g.verdict == VERDICT_FAIL || r->verdict == VERDICT_PASS)
		r->verdict = g.verdict;
}

static bool wants_minimum(enum criterion c)
{
	return c == ACCURACY_MIN || c == SQNR_DB_MIN || c == COSINE_MIN ||
	       c == RMSE_MIN || c == MAX_ABS_MIN;
}

/* Comparisons with NaN are false, so NaN never passes. */
static enum verdict within(enum criterion c, double found, double limit)
{
	bool ok = wants_minimum(c) ? found >= limit : found <= limit;

	return ok ? VERDICT_PASS : VERDICT_FAIL;
}

static double metric_of(const struct drift *d, enum criterion c)
{
	if (c <= SQNR_DB_MAX)
		return drift_sqnr_db(d);
	if (c <= COSINE_MAX)
		return drift_cosine(d);
	return c <= RMSE_MAX ? drift_rmse(d) : d->max_abs;
}

/* The output that is worst for criterion C; NaN is worst of all. */
static double worst_drift(const struct report *r, enum criterion c)
{
	double worst = NAN;

	for (uint32_t i = 0; i < r->noutput; i++) {
		double x = metric_of(&r->output[i].drift, c);

		if (isnan(x) || !r->output[i].drift.count)
			return NAN;
		if (!i || (wants_minimum(c) ? x < worst : x > worst))
			worst = x;
	}
	return worst;
}

static double ratio(const uint64_t *bytes)
{
	return bytes[REFERENCE]
		       ? (double)bytes[CANDIDATE] / (double)bytes[REFERENCE]
		       : NAN;
}

static double found_for(const struct report *r, enum criterion c)
{
	switch (c) {
	case ACCURACY_MIN:
		return accuracy_of(&r->accuracy, CANDIDATE);
	case ACCURACY_MAX_DROP:
		return -accuracy_change(&r->accuracy);
	case ACCURACY_MAX:
		return accuracy_of(&r->accuracy, CANDIDATE);
	case ACCURACY_MAX_RISE:
		return accuracy_change(&r->accuracy);
	case P50_RATIO_MAX:
		return r->has_latency ? r->latency.ratio : NAN;
	case SIZE_RATIO_MAX:
		return ratio(r->size_bytes);
	case PEAK_RATIO_MAX:
		return r->has_memory ? ratio(r->peak_bytes) : NAN;
	default:
		return worst_drift(r, c);
	}
}

/* With a confidence, the paired interval of the change must prove it. */
static enum verdict change_verdict(const struct report *r,
				   const struct policy *p, enum criterion c,
				   double found)
{
	double limit = p->limit[c];
	double worst = c == ACCURACY_MAX_DROP ? -r->accuracy_interval.lo
					      : r->accuracy_interval.hi;

	if (!(p->confidence > 0) || !(found <= limit))
		return within(c, found, limit);
	return worst <= limit ? VERDICT_PASS : VERDICT_INCONCLUSIVE;
}

/* A criterion speaks of the metric that was measured, gain or loss. */
static bool measures(const struct report *r, enum criterion c)
{
	bool is_loss = metric_is_loss(r->accuracy.metric);

	if (c == ACCURACY_MIN || c == ACCURACY_MAX_DROP)
		return !is_loss;
	return is_loss || (c != ACCURACY_MAX && c != ACCURACY_MAX_RISE);
}

static void judge_number(struct report *r, const struct policy *p,
			 enum criterion c)
{
	double limit = p->limit[c];
	double found = measures(r, c) ? found_for(r, c) : NAN;
	struct gate g = {
		.name = criterion_name(c),
		.found = number(r, "", found + 0.0), /* -0 prints as 0 */
		.wanted = number(r, wants_minimum(c) ? ">= " : "<= ", limit),
		.verdict = within(c, found, limit),
	};

	if (c == ACCURACY_MAX_DROP || c == ACCURACY_MAX_RISE)
		g.verdict = change_verdict(r, p, c, found);
	if (c == P50_RATIO_MAX && r->has_latency)
		g.verdict = latency_verdict(&r->latency, limit);
	if (c == P50_RATIO_MAX && r->has_latency && !r->latency_confirmed &&
	    g.verdict == VERDICT_FAIL && !isnan(found))
		g.verdict = VERDICT_INCONCLUSIVE;
	add_gate(r, g);
}

static void judge_finite(struct report *r)
{
	size_t bad = 0;

	for (uint32_t i = 0; i < r->noutput; i++)
		bad += r->output[i].drift.nonfinite;
	add_gate(r, (struct gate){
			    .name = "finite",
			    .found = arena_printf(&r->arena, "%zu non-finite",
						  bad),
			    .wanted = "as in the reference",
			    .verdict = bad ? VERDICT_FAIL : VERDICT_PASS,
		    });
}

static bool allowed(const struct policy *p, const char *op)
{
	for (uint32_t i = 0; i < p->nallow; i++)
		if (!strcmp(p->allow[i], op))
			return true;
	return false;
}

static void judge_operators(struct report *r, const struct policy *p)
{
	struct str others = {0};

	for (uint32_t i = 0; i < r->nop; i++)
		if (!allowed(p, r->op[i]))
			str_addf(&others, "%s%s", others.len ? ", " : "",
				 r->op[i]);
	add_gate(r, (struct gate){
			    .name = "operators.allow",
			    .found = others.len ? arena_strdup(&r->arena,
							       others.text)
						: "all allowed",
			    .wanted = arena_printf(&r->arena,
						   "only %u listed operators",
						   (unsigned)p->nallow),
			    .verdict = others.len ? VERDICT_FAIL : VERDICT_PASS,
		    });
	str_release(&others);
}

void report_judge(struct report *r, const struct policy *p)
{
	r->gate = arena_array(&r->arena, struct gate, CRITERIA + 2);
	r->ngate = 0;
	r->verdict = VERDICT_PASS;
	r->accuracy_interval = accuracy_interval(
		&r->accuracy, p->confidence > 0 ? p->confidence : 0.95);
	judge_finite(r);
	for (int c = 0; c < CRITERIA; c++)
		if (p->set[c])
			judge_number(r, p, (enum criterion)c);
	if (p->allow)
		judge_operators(r, p);
}
