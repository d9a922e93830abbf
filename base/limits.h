/* SPDX-License-Identifier: Apache-2.0 */
/* base/limits.h -- what a file may ask of us before it is refused. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include "base/buf.h"

/* A member of 0 means its default in limits_default. */
struct limits {
	struct budget *memory;	/* payload bytes, shared by a whole command */
	size_t file_bytes;	/* one serialised protobuf message: 2 GiB - 1 */
	size_t tensor_bytes;	/* one tensor, also one folded result */
	uint32_t message_depth; /* nested protobuf messages: 100 */
	uint32_t graph_depth;	/* nested subgraphs: 32 */
	uint32_t nodes;		/* of a model, inner graphs included: 1e6 */
	uint32_t fields;	/* protobuf fields of a skeleton */
	uint32_t functions;	/* model-local functions: 10,000 */
	uint32_t name_bytes;	/* one name: 64 KiB */
	uint32_t members;	/* of an archive: 10,000 */
	uint64_t steps;		/* iterations of a loop: 1e7 */
};

extern const struct limits limits_default;

/* L with its defaults filled in; NULL means all of them. */
struct limits limits_filled(const struct limits *l);

#endif
