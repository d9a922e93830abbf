/* SPDX-License-Identifier: Apache-2.0 */
/* passes/channel_ties.h -- what one operator says about channels.
 *
 * How the files that know operators (channel_layers.c, channel_moves.c,
 * channel_shapes.c, channel_elements.c) tell channel_groups.c what they found.
 * Rows of atoms are never changed once they are set, and may be shared.
 */
#ifndef PASSES_CHANNEL_TIES_H
#define PASSES_CHANNEL_TIES_H

#include "passes/channel_groups.h"

/* Position i of A stays or goes with position i of B. */
struct tie_pair {
	const uint32_t *a, *b;
	size_t count;
	const struct node *by;
	struct tie_pair *next;
};

/* Something about the atoms of a row. */
struct tie_mark {
	const uint32_t *row;
	size_t count;
	const struct node *by; /* a block */
	const char *output;    /* a block by the output of this name */
	struct node *maker;    /* NULL: a part */
	struct tie_mark *next;
};

struct ties {
	struct channels *c;
	struct arena arena;
	struct tie_pair *join, **join_end;
	struct tie_pair *sum, **sum_end;
	struct tie_mark *block, **block_end;
	struct tie_mark *mark, **mark_end;
	struct channel_cut **cut_end;
	size_t positions; /* in all rows */
	bool over;	  /* there would be more than CHANNELS_MOST */
};

/* Rank and dims of a tensor; RANK_UNKNOWN for anything else. */
int32_t tie_rank(const struct value *v);
int64_t tie_dim(const struct value *v, int32_t axis);

/* The atoms of V along AXIS, or NULL. */
const uint32_t *tie_axis(const struct ties *t, const struct value *v,
			 int32_t axis);
/* V has the atoms ROW along AXIS; NULL: none. */
void tie_set(struct ties *t, struct value *v, int32_t axis,
	     const uint32_t *row);

/* Space for N atoms; NULL if that would be too many in all. */
uint32_t *tie_row(struct ties *t, size_t n);
/* N fresh atoms, or NULL. */
uint32_t *tie_fresh(struct ties *t, size_t n);
/* N makes the channels of ROW. */
void tie_make(struct ties *t, struct node *n, const uint32_t *row,
	      size_t count);
/* ROW does not share a group with other channels of its makers. */
void tie_part(struct ties *t, const uint32_t *row, size_t count);

/* Because of N.  A row that is NULL, or a fixed atom, blocks the other. */
void tie_join(struct ties *t, const struct node *n, const uint32_t *a,
	      const uint32_t *b, size_t count);
/* The same where N adds the two. */
void tie_sum(struct ties *t, const struct node *n, const uint32_t *a,
	     const uint32_t *b, size_t count);

/* N lets go of no position of ROW, which may be NULL ... */
void tie_block(struct ties *t, const struct node *n, const uint32_t *row,
	       size_t count);
/* ... of axis AXIS of operand I, of V, of any operand. */
void tie_block_axis(struct ties *t, const struct node *n, uint32_t i,
		    int32_t axis);
void tie_block_value(struct ties *t, const struct node *n,
		     const struct value *v);
void tie_block_all(struct ties *t, const struct node *n);
/* P shows its value to the outside. */
void tie_block_output(struct ties *t, const struct port *p);

/* Operand I of N, if given, loses what ROW loses along its axis AXIS of COUNT
 * positions: a constant is cut, anything else blocks ROW.  ROW may be NULL. */
void tie_cut(struct ties *t, struct node *n, uint32_t i, int32_t axis,
	     const uint32_t *row, size_t count);

/* How an operator of the default domain ties its operands and results, which
 * are tensors of known rank. */
struct tie_rule {
	const char *type;
	void (*tie)(struct ties *t, struct node *n);
};

/* Each ended by a NULL type. */
extern const struct tie_rule tie_layers[], tie_moves[], tie_shapes[],
	tie_elements[];

/* For operators without a rule that have OP_ELEMENTWISE. */
void tie_elementwise(struct ties *t, struct node *n);

#endif
