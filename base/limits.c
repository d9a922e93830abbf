/* SPDX-License-Identifier: Apache-2.0 */
/* base/limits.c -- the defaults, all of which the manual documents. */
#include "base/limits.h"

const struct limits limits_default = {
	.memory = NULL,
	.file_bytes = INT32_MAX, /* protobuf's own bound on one message */
	.tensor_bytes = (size_t)1 << 36,
	.message_depth = 100, /* protobuf's default recursion limit */
	.graph_depth = 32,
	.nodes = 1000000,
	.fields = 50000000,
	.functions = 10000,
	.name_bytes = 64 * 1024,
	.members = 10000,
	.steps = 10000000,
};

struct limits limits_filled(const struct limits *l)
{
	const struct limits *d = &limits_default;
	struct limits x = l ? *l : *d;

#define FILL(member) x.member = x.member ? x.member : d->member
	FILL(file_bytes);
	FILL(tensor_bytes);
	FILL(message_depth);
	FILL(graph_depth);
	FILL(nodes);
	FILL(fields);
	FILL(functions);
	FILL(name_bytes);
	FILL(members);
	FILL(steps);
#undef FILL
	return x;
}
