/* SPDX-License-Identifier: Apache-2.0 */
/* ops/paste_body.h -- the body of a function in place of a call of it. */
#ifndef OPS_PASTE_BODY_H
#define OPS_PASTE_BODY_H

#include "base/map.h"
#include "graph/graph.h"

/* What all pastes into one model share; the first three members start it. */
struct paste {
	struct model *model;
	uint64_t left;	      /* nodes that may still be made */
	uint64_t left_bytes;  /* of structure: a node may have a lot */
	struct arena scratch; /* released by the owner */
	struct map names;     /* of all values, once there is one paste */
	struct paste_slot *slot;
	uint32_t nslot, turn;
	uint32_t suffix; /* how many made a name unique */
};

/*
 * Put copies of the nodes of F before CALL, join them to the operands and
 * results of CALL, and remove CALL.  References to attributes become those of
 * CALL, or F's defaults, or nothing.  Results keep their names; other values
 * are called CALL/NAME, so that every name is the only one, or have none where
 * that would be long.  *FIRST is where to
 * go on: the first copied node, or what followed CALL.
 *
 * ERR_FORMAT if the call does not fit the function; ERR_LIMIT at too many
 * nodes.
 */
MUST_USE bool paste_body(struct paste *p, const struct function *f,
			 struct node *call, struct node **first, struct err *e);

#endif
