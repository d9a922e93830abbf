/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx.h -- the .onnx format: reading and writing models. */
#ifndef FORMATS_ONNX_H
#define FORMATS_ONNX_H

#include "formats/format.h"

/* The newest that formats/onnx.proto describes. */
enum { NEWEST_IR = 14, NEWEST_OPSET = 28 };

/* As format.read_model: IN is taken over on success and stays mapped, since
 * the constants of the model point into it. */
MUST_USE bool onnx_read_model(struct model **out, struct input *in,
			      const struct limits *lim, struct findings *found,
			      struct err *e);

/* As format.write_model. */
MUST_USE bool onnx_write_model(const char *path, const struct model *m,
			       const struct write_opts *o, struct err *e);

/* The whole model as one stream; external data stays where it is. */
MUST_USE bool onnx_write_stream(struct sink *out, const struct model *m,
				struct err *e);

#endif
