/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_check.c -- mlopt check on arbitrary bytes.
 *
 * Behind every error that can be gone on behind, nothing may crash; and what
 * does not load must have a finding that says so.
 */
#include <stdlib.h>

#include "check/check.h"
#include "formats/onnx.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "tests/fuzz/fuzz.h"

static struct model *read_with(struct bytes file, struct findings *found,
			       struct budget *budget)
{
	struct limits lim = {.memory = budget};
	struct input in = {.bytes = file, .fd = -1, .dir = -1};
	struct model *m;
	struct err e;

	return onnx_read_model(&m, &in, &lim, found, &e) ? m : NULL;
}

/* Errors, and warnings that stand for one. */
static bool has_errors(const struct findings *f)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (f->at[i].severity == SEVERITY_ERROR ||
		    f->at[i].rule == RULE_UNSUPPORTED ||
		    f->at[i].rule == RULE_QUANT_SCALE)
			return true;
	return false;
}

static bool loads(struct bytes file)
{
	struct budget budget = {.limit = (size_t)256 << 20};
	struct model *m = read_with(file, NULL, &budget);
	struct err e;
	bool ok;

	if (!m)
		return false;
	op_bind_model(m);
	ok = infer_model(m, &e);
	model_free(m);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes file = {data, size};
	struct budget budget = {.limit = (size_t)256 << 20};
	struct findings found = {.count = 0};
	struct model *m = read_with(file, &found, &budget);
	struct err e;

	if (!m) {
		findings_release(&found);
		return 0;
	}
	if (!check_model(&found, m, &e))
		abort();
	if (!has_errors(&found) && !loads(file))
		abort();
	findings_release(&found);
	model_free(m);
	return 0;
}
