/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_pack.c -- protobuf-c's append-only buffer onto a sink. */
#include "formats/onnx_build.h"

struct pack_buffer {
	ProtobufCBuffer base;
	struct sink *out;
	struct err *e;
	bool failed;
};

static void append(ProtobufCBuffer *self, size_t len, const uint8_t *data)
{
	struct pack_buffer *b = (struct pack_buffer *)self;

	if (!b->failed && len)
		b->failed = !sink_write(b->out, data, len, b->e);
}

bool onnx_pack(const ProtobufCMessage *m, struct sink *out, struct err *e)
{
	struct pack_buffer b = {.base.append = append, .out = out, .e = e};
	size_t bytes = protobuf_c_message_get_packed_size(m);

	if (bytes > INT32_MAX)
		return err_set(e, ERR_LIMIT,
			       "the message has %zu bytes, want at most %d: "
			       "store weights as external data",
			       bytes, INT32_MAX);
	protobuf_c_message_pack_to_buffer(m, &b.base);
	return !b.failed;
}
