/* SPDX-License-Identifier: Apache-2.0 */
/* validate/metric.h -- names of task metrics, and what they ask for. */
#ifndef VALIDATE_METRIC_H
#define VALIDATE_METRIC_H

#include "base/str.h"

enum metric {
	METRIC_NONE,
	METRIC_TOPK,	   /* "top1", "topk:K" */
	METRIC_AGREEMENT,  /* "agreement" */
	METRIC_F1,	   /* "f1": macro */
	METRIC_F1_MICRO,   /* "f1:micro" */
	METRIC_MSE,	   /* "mse" */
	METRIC_PERPLEXITY, /* "perplexity" */
};

/* What metric_parse() takes, for messages. */
#define METRIC_NAMES "top1, topk:K, agreement, f1, f1:micro, mse or perplexity"

/* *K is set for top-k, else 1; false for what is no metric. */
bool metric_parse(const char *text, enum metric *metric, int *k);
/* The name that metric_parse() reads back; not of METRIC_NONE. */
void metric_print(struct str *s, enum metric metric, int k);

/* Less is better: mse and perplexity, whose changes are relative. */
bool metric_is_loss(enum metric metric);

#endif
