/* SPDX-License-Identifier: Apache-2.0 */
/* validate/goal.c -- see goal.h. */
#include "validate/goal.h"

#include <math.h>
#include <string.h>

static const struct goal {
	const char *name;
	bool at_least;
	enum criterion criterion;
	enum metric metric;
	double factor, offset; /* goal = factor * limit + offset */
	double most;	       /* of the limit */
} goals[] = {
	{"top1_drop", false, ACCURACY_MAX_DROP, METRIC_TOPK, 100, 0, 1},
	{"f1_drop", false, ACCURACY_MAX_DROP, METRIC_F1, 100, 0, 1},
	{"agreement", true, ACCURACY_MIN, METRIC_AGREEMENT, 100, 0, 1},
	{"mse_ratio", false, ACCURACY_MAX_RISE, METRIC_MSE, 1, 1, INFINITY},
	{"perplexity_ratio", false, ACCURACY_MAX_RISE, METRIC_PERPLEXITY, 1, 1,
	 INFINITY},
	{"sqnr_db", true, SQNR_DB_MIN, METRIC_NONE, 1, 0, INFINITY},
	{"cosine", true, COSINE_MIN, METRIC_NONE, 1, 0, 1},
	{"rmse", false, RMSE_MAX, METRIC_NONE, 1, 0, INFINITY},
	{"max_abs", false, MAX_ABS_MAX, METRIC_NONE, 1, 0, INFINITY},
};

const char *goal_name(const struct policy *p, enum criterion c, double *factor,
		      double *offset)
{
	for (size_t i = 0; i < COUNT_OF(goals); i++) {
		const struct goal *g = &goals[i];

		if (g->criterion != c ||
		    (g->metric != METRIC_NONE &&
		     (g->metric != p->metric || p->k != 1)))
			continue;
		*factor = g->factor;
		*offset = g->offset;
		return g->name;
	}
	*factor = 1;
	*offset = 0;
	return criterion_name(c);
}

static bool set_goal(struct policy *p, const struct goal *g, double x,
		     const char *part, struct err *e)
{
	double limit = (x - g->offset) / g->factor;

	if (!(limit <= g->most) || (g->criterion != SQNR_DB_MIN && limit < 0))
		return err_set(e, ERR_USAGE, "'%s' can never or always hold",
			       part);
	if (p->set[g->criterion])
		return err_set(e, ERR_USAGE, "'%s' is wanted twice", part);
	if (g->metric != METRIC_NONE && p->metric != METRIC_NONE)
		return err_set(e, ERR_USAGE,
			       "'%s' is a second metric, want one", part);
	if (g->metric != METRIC_NONE)
		p->metric = g->metric;
	p->set[g->criterion] = true;
	p->limit[g->criterion] = limit;
	return true;
}

/* NAME<=NUMBER or NAME>=NUMBER, in PART. */
static bool parse_part(struct policy *p, char *part, struct err *e)
{
	char *relation = strpbrk(part, "<>");
	size_t n = relation ? (size_t)(relation - part) : 0;
	double x;

	for (size_t i = 0; n && i < COUNT_OF(goals); i++) {
		const struct goal *g = &goals[i];

		if (strlen(g->name) != n || strncmp(g->name, part, n))
			continue;
		if (!str_starts(relation, g->at_least ? ">=" : "<=") ||
		    !str_to_double(relation + 2, &x) || !isfinite(x))
			return err_set(e, ERR_USAGE,
				       "'%s' must be %s%s and a number", part,
				       g->name, g->at_least ? ">=" : "<=");
		return set_goal(p, g, x, part, e);
	}
	return err_set(e, ERR_USAGE,
		       "'%s' is no target: want top1_drop<=, f1_drop<=, "
		       "agreement>=, mse_ratio<=, perplexity_ratio<=, "
		       "sqnr_db>=, cosine>=, rmse<= or max_abs<=",
		       part);
}

bool goal_parse(struct policy *p, const char *text, struct err *e)
{
	struct arena a = {0};
	char *part = arena_strdup(&a, text), *end;
	bool ok = true;

	*p = (struct policy){.threshold = NAN, .k = 1};
	for (; ok && part; part = end) {
		end = strchr(part, ',');
		if (end)
			*end++ = '\0';
		part += strspn(part, " ");
		ok = parse_part(p, part, e);
	}
	arena_release(&a);
	return ok;
}
