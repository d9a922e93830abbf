/* SPDX-License-Identifier: Apache-2.0 */
/* ops/isnan.c -- IsNaN and IsInf. */
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "ops/axes.h"
#include "ops/op.h"

static bool infer_bool(struct infer *c, struct err *e)
{
	(void)e;
	infer_set(c, 0, DTYPE_BOOL, infer_shape(c, 0));
	return true;
}

struct test_job {
	struct job job;
	const struct tensor *x;
	bool *out;
	bool nan, positive, negative;
};

static void test_run(struct job *self, size_t begin, size_t end)
{
	const struct test_job *j = (const struct test_job *)self;

	for (size_t i = begin; i < end; i++) {
		double x = tensor_double(j->x, i);

		j->out[i] = j->nan ? isnan(x)
				   : (j->positive && x == INFINITY) ||
					     (j->negative && x == -INFINITY);
	}
}

static bool run_test(const struct call *c, struct err *e)
{
	struct test_job j = {.job = {test_run}, .x = call_in(c, 0)};

	(void)e;
	if (!call_out(c, 0))
		return true;
	j.out = tensor_mut(call_out(c, 0));
	j.nan = strcmp(c->node->type, "IsNaN") == 0;
	if (!j.nan) {
		j.positive = attr_int(c->node, "detect_positive");
		j.negative = attr_int(c->node, "detect_negative");
	}
	parallel_for(&j.job, tensor_count(j.x), 4096);
	return true;
}

static const struct kernel kernels[] = {
	{.name = "float-test", .engine = "reference", .run = run_test}, {0}};

#define TEST(name, opset, set, attributes)                                     \
	{                                                                      \
		.domain = "", .type = name, .since = opset,                    \
		.traits = OP_ELEMENTWISE, .in = PARAMS(IN("X", "T1", set)),    \
		.out = PARAMS(IN("Y", "T2", TYPES_BOOL)), .attrs = attributes, \
		.infer = infer_bool, .kernels = kernels,                       \
	}
#define SIGNS                                    \
	ATTRS(ATTR("detect_negative", INT, "1"), \
	      ATTR("detect_positive", INT, "1"))

const struct op op_rows_isnan[] = {
	TEST("IsNaN", 9, TYPES_IEEE, NULL),
	TEST("IsNaN", 13, TYPES_FLOAT, NULL),
	TEST("IsNaN", 20, TYPES_FLOAT | TYPES_FLOAT8, NULL),
	TEST("IsInf", 10, TYPE_BIT(F32) | TYPE_BIT(F64), SIGNS),
	TEST("IsInf", 20, TYPES_FLOAT | TYPES_FLOAT8, SIGNS),
	{0}};
