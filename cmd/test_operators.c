/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/test_operators.c -- see test_operators.h. */
#include "cmd/test_operators.h"

static void json_ulps(struct json *j, const struct ulp_counts *u)
{
	json_object(j, "ulp");
	json_int(j, "elements", (int64_t)u->total);
	json_int(j, "p99", (int64_t)ulp_counts_quantile(u, 0.99));
	json_int(j, "max", (int64_t)u->max);
	json_end(j);
}

static void json_dims(struct json *j, const struct op_record *r)
{
	json_object(j, "dims");
	json_int(j, "known", (int64_t)r->known);
	json_int(j, "named", (int64_t)r->named);
	json_int(j, "unknown", (int64_t)r->unknown);
	json_end(j);
}

void test_operators_json(struct json *j, const struct op_tally *t)
{
	json_array(j, "operators");
	for (size_t i = 0; i < t->count; i++) {
		const struct op_record *r = &t->at[i];

		json_object(j, NULL);
		json_string(j, "operator", r->op->type);
		json_string(j, "domain", r->op->domain);
		json_int(j, "since", r->op->since);
		json_int(j, "cases", (int64_t)r->cases);
		json_int(j, "passed", (int64_t)r->passed);
		if (r->ulp.total)
			json_ulps(j, &r->ulp);
		if (r->known + r->named + r->unknown)
			json_dims(j, r);
		json_end(j);
	}
	json_end(j);
}
