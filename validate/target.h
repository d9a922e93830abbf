/* SPDX-License-Identifier: Apache-2.0 */
/* validate/target.h -- the label of one sample beside an output.
 * Private to validate/.
 */
#ifndef VALIDATE_TARGET_H
#define VALIDATE_TARGET_H

#include "graph/tensor.h"

/* Are the dims of TARGET the first N of OUTPUT, dims of 1 left aside? */
bool target_fits(const struct shape *output, int32_t n,
		 const struct tensor *target);

/* ERR_SHAPE: "labels have shape ..., want WANTED of an output of shape ..." */
bool target_fail(const struct tensor *output, const struct tensor *target,
		 const char *wanted, struct err *e);

/* Element I as a class below CLASSES; -1 for any negative number.  ERR_FORMAT
 * for anything else. */
MUST_USE bool target_class(const struct tensor *target, size_t i,
			   size_t classes, int64_t *label, struct err *e);

#endif
