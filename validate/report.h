/* SPDX-License-Identifier: Apache-2.0 */
/* validate/report.h -- what was measured of two models, and the verdict. */
#ifndef VALIDATE_REPORT_H
#define VALIDATE_REPORT_H

#include "base/json.h"
#include "graph/graph.h"
#include "validate/accuracy.h"
#include "validate/drift.h"
#include "validate/latency.h"
#include "validate/policy.h"

enum side { REFERENCE, CANDIDATE };

/* One criterion and how it went. */
struct gate {
	const char *name;   /* "accuracy.max_drop" */
	const char *found;  /* as printed: "0.0025" */
	const char *wanted; /* ">= 26", "<= 0.36", "one of 12 operators" */
	enum verdict verdict;
};

/* Drift of one value: an output, or a layer's result. */
struct value_drift {
	const char *name; /* of the output or value */
	const char *node; /* label of the reference's node; NULL: an output */
	const char *type; /* its operator */
	struct drift drift;
};

struct environment {
	const char *cpu, *engine, *blas;
	int threads;
};

struct ledger; /* validate/ledger.h */

struct report {
	struct arena arena; /* strings and arrays of the report */
	const char *path[2];
	size_t samples;
	struct value_drift *output, *layer;
	uint32_t noutput, nlayer;
	uint32_t unmatched; /* values of the reference not in the candidate */
	struct accuracy accuracy;
	struct interval accuracy_interval; /* of the change */
	bool has_latency, has_memory;
	struct latency latency;
	bool latency_confirmed; /* a second measurement was bad, too */
	uint64_t size_bytes[2]; /* files, external data included */
	uint64_t peak_bytes[2]; /* weights, activations, scratch, packed */
	const char **op;	/* operators of the candidate, sorted */
	uint32_t nop;
	struct gate *gate;
	uint32_t ngate;
	enum verdict verdict; /* the worst of the gates */
	struct environment environment;
	const struct ledger *ledger; /* NULL: not asked for */
};

/*
 * Fill gates and verdict from the measurements.  A criterion whose
 * measurement is missing or no number fails.  There is always a gate
 * "finite": no element may be finite in one model and not in the other.
 */
void report_judge(struct report *r, const struct policy *p);

/* "pass", "fail", "inconclusive". */
const char *verdict_name(enum verdict v);

/* The machine form, "schema": 1; members in mlopt-validate(1). */
void report_json(struct json *j, const struct report *r);

/* JUnit XML: one test case a gate; inconclusive is an error, fail a failure. */
void report_junit(struct str *s, const struct report *r);

#endif
