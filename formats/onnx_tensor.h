/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_tensor.h -- run-time values as protobuf messages. */
#ifndef FORMATS_ONNX_TENSOR_H
#define FORMATS_ONNX_TENSOR_H

#include "formats/format.h"

/* As format.write_tensors; such a file holds one value, so COUNT must be 1
 * (ERR_UNSUPPORTED). */
MUST_USE bool onnx_write_datum(struct sink *out, const struct named_tensor *t,
			       size_t count, struct err *e);

#endif
