/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_scan.c -- the pre-scan and the unpacking behind it.
 *
 * What the scan lets through must unpack, and pack into as many bytes as
 * protobuf-c says it has.
 */
#include <stdlib.h>

#include "formats/onnx_build.h"
#include "tests/fuzz/fuzz.h"

static void try_as(struct bytes file, const ProtobufCMessageDescriptor *root)
{
	struct budget budget = {.limit = (size_t)256 << 20};
	struct limits lim = {.memory = &budget};
	struct model *m = model_new(&budget);
	struct onnx_store store = {.model = m, .arena = &m->arena};
	struct memory_sink out;
	ProtobufCMessage *message;
	struct err e;

	memory_sink_init(&out, NULL);
	if (onnx_unpack(&message, file, root, &store, &lim, &e)) {
		if (!onnx_pack(message, &out.sink, &e) ||
		    out.len != protobuf_c_message_get_packed_size(message))
			abort();
	} else if (e.code != ERR_FORMAT && e.code != ERR_LIMIT) {
		abort();
	}
	memory_sink_release(&out);
	model_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes file = {data, size};

	try_as(file, &onnx__model_proto__descriptor);
	try_as(file, &onnx__tensor_proto__descriptor);
	return 0;
}
