/* SPDX-License-Identifier: Apache-2.0 */
/* validate/target.c -- see target.h. */
#include "validate/target.h"

#include <math.h>

#include "base/str.h"

bool target_fits(const struct shape *output, int32_t n,
		 const struct tensor *target)
{
	const struct shape *t = &target->shape;
	int32_t i = 0, k = 0;

	for (;;) {
		while (i < n && output->dim[i] == 1)
			i++;
		while (k < t->rank && t->dim[k] == 1)
			k++;
		if (i == n || k == t->rank)
			return i == n && k == t->rank;
		if (output->dim[i++] != t->dim[k++])
			return false;
	}
}

bool target_fail(const struct tensor *output, const struct tensor *target,
		 const char *wanted, struct err *e)
{
	struct str found = {0}, want = {0};

	shape_print(&found, &target->shape, NULL);
	shape_print(&want, &output->shape, NULL);
	err_set(e, ERR_SHAPE,
		"labels of a sample have shape %s, want %s of outputs of "
		"shape %s",
		found.text, wanted, want.text);
	str_release(&found);
	str_release(&want);
	return false;
}

bool target_class(const struct tensor *target, size_t i, size_t classes,
		  int64_t *label, struct err *e)
{
	double x = tensor_double(target, i);

	if (x < 0 && x == floor(x)) {
		*label = -1;
		return true;
	}
	if (!(x >= 0) || x != floor(x))
		return err_set(e, ERR_FORMAT, "label %g is no class index", x);
	if (x >= (double)classes)
		return err_set(e, ERR_FORMAT,
			       "label %g is outside the %zu classes", x,
			       classes);
	*label = (int64_t)x;
	return true;
}
