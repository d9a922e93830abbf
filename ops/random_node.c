/* SPDX-License-Identifier: Apache-2.0 */
/* ops/random_node.c -- see random.h. */
#include <math.h>
#include <string.h>

#include "ops/op.h"
#include "ops/random.h"

bool node_is_random(const struct node *n)
{
	const struct value *train;

	if (!n->op)
		return false;
	if (strcmp(n->type, "Dropout") || n->domain[0])
		return n->op->traits & OP_RANDOM;
	train = n->op->since < 12 ? NULL : node_in(n, 2);
	return train && (!train->konst || tensor_count(train->konst) == 0 ||
			 tensor_int(train->konst, 0));
}

void random_begin(struct rng *r, const struct call *c)
{
	const struct node *n = c->node;
	uint64_t seed;

	if (!attr_given(n, "seed")) {
		/* Odd, so that ids spread. */
		seed = c->services->seed ^
		       (n->id + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
	} else if (!strcmp(n->type, "Dropout")) {
		seed = (uint64_t)attr_int(n, "seed");
	} else {
		float x = attr_float(n, "seed");
		uint32_t bits;

		memcpy(&bits, &x, sizeof(bits));
		seed = bits;
	}
	rng_seed(r, seed);
}
