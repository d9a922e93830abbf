/* SPDX-License-Identifier: Apache-2.0 */
/* validate/metric.c -- see metric.h. */
#include "validate/metric.h"

#include <string.h>

static const struct {
	const char *name;
	enum metric metric;
} names[] = {
	{"top1", METRIC_TOPK}, {"agreement", METRIC_AGREEMENT},
	{"f1", METRIC_F1},     {"f1:micro", METRIC_F1_MICRO},
	{"mse", METRIC_MSE},   {"perplexity", METRIC_PERPLEXITY},
};

bool metric_parse(const char *text, enum metric *metric, int *k)
{
	long long n = 1;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!strcmp(text, names[i].name)) {
			*metric = names[i].metric;
			*k = 1;
			return true;
		}
	if (!str_starts(text, "topk:") || !str_to_int(text + 5, &n) || n < 1 ||
	    n > 1000000)
		return false;
	*metric = METRIC_TOPK;
	*k = (int)n;
	return true;
}

void metric_print(struct str *s, enum metric metric, int k)
{
	if (metric == METRIC_TOPK && k > 1) {
		str_addf(s, "topk:%d", k);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i].metric == metric)
			str_add(s, names[i].name);
}

bool metric_is_loss(enum metric metric)
{
	return metric == METRIC_MSE || metric == METRIC_PERPLEXITY;
}
