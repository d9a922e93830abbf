/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_groups.h -- which channels must go together.
 *
 * Removing a channel shortens an axis of a value, and with it axes of other
 * values and of constants.  Every position of an axis that may be shortened
 * has an *atom*.  The layers whose weights decide how many channels there are
 * make atoms (Conv, ConvTranspose, Gemm, MatMul, Gather from a table); other
 * operators hand on those of their operands, and join the atoms that have to
 * stay or go together: sums join the channels of their operands, Flatten all
 * positions of one channel.  Joined atoms are a *unit*.  Units that the same
 * layers make are alike, and form a *group*.
 *
 * An operator that nobody taught how to lose a position blocks the unit, and a
 * group with such a unit stays as it is; so do groups that reach an output.
 * Only the main graph is looked at: what an inner graph reads is blocked.
 */
#ifndef PASSES_CHANNEL_GROUPS_H
#define PASSES_CHANNEL_GROUPS_H

#include "graph/graph.h"

/* Of a position that must stay although others of its axis may go. */
#define ATOM_FIXED UINT32_MAX

/* Constant operand OPERAND of NODE loses positions along AXIS; ATOM[COUNT]
 * are the atoms of that axis. */
struct channel_cut {
	struct node *node;
	uint32_t operand;
	int32_t axis;
	const uint32_t *atom;
	uint32_t count;
	struct channel_cut *next;
};

struct channel_group {
	uint32_t *unit; /* the first atom of each unit, in order */
	uint32_t *size; /* positions of each unit in the first maker */
	uint32_t count;
	struct node **maker; /* layers that make the channels, in order */
	uint32_t makers;
	uint32_t channels; /* sum of SIZE */
	uint32_t width;	   /* each of SIZE; 0: they differ */
	/* Two layers' results are added: the channels outlive a block. */
	bool residual;
	const char *why_not; /* what blocks it: "Softmax 'p'"; NULL: nothing */
};

struct channels {
	struct arena arena;
	struct model *model;
	/* By value id and axis: the atoms of its positions; NULL for an axis
	 * that cannot be shortened, and for a value without any other. */
	const uint32_t ***axis;
	uint32_t nvalues;
	uint32_t *unit; /* by atom: the unit's first atom */
	uint32_t natoms;
	uint32_t *group_of; /* by first atom: index of GROUP, or UINT32_MAX */
	struct channel_cut *cut;
	struct channel_group *group;
	uint32_t ngroups;
};

/*
 * Find the groups of M, which is bound, inferred and must not change while C
 * is used, but for the contents of constants.  ERR_LIMIT beyond CHANNELS_MOST
 * positions.  Free with channels_release().
 */
MUST_USE bool channels_find(struct channels *c, struct model *m, struct err *e);
void channels_release(struct channels *c);

enum { CHANNELS_MOST = 1 << 24 };

/* The atoms of axis AXIS of V, or NULL. */
const uint32_t *channels_axis(const struct channels *c, const struct value *v,
			      int32_t axis);

#endif
