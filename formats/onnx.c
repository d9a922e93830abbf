/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx.c -- the row of ONNX models.
 *
 * There is no probe: every file that starts like a ModelProto could as well
 * be a TensorProto.
 */
#include "formats/onnx.h"

const struct format format_rows_onnx[] = {
	{
		.name = "onnx",
		.summary = "ONNX model, protobuf",
		.suffix = ".onnx",
		.read_model = onnx_read_model,
		.write_model = onnx_write_model,
	},
	{.name = NULL},
};
