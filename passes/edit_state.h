/* SPDX-License-Identifier: Apache-2.0 */
/* passes/edit_state.h -- the inside of an edit: edit.c and engine.c only. */
#ifndef PASSES_EDIT_STATE_H
#define PASSES_EDIT_STATE_H

#include "passes/edit.h"

enum { EDIT_NODES = 64, EDIT_REPLACED = 32 };

struct edit {
	struct node *root; /* new nodes stand before it */
	const struct match *match;
	const char *rewrite;		/* "pass/rule" */
	struct node *fresh[EDIT_NODES]; /* not yet in the list, in order */
	struct value *old[EDIT_REPLACED], *new[EDIT_REPLACED];
	const struct node *source[EDIT_NODES];
	uint32_t nfresh, nreplaced, nsource;
	/* What edit_drop() restores. */
	struct arena_mark mark;
	uint32_t nvalues, nnodes, nsymbols, nkonst;
	struct value **konst;
	const void **payload; /* of edit_tensor(), in the model's arena */
	uint32_t npayload, payload_cap;
};

void edit_begin(struct edit *ed, struct node *root, const struct match *m,
		const char *rewrite);

/* Infer the new nodes and compare types; an error says what is wrong. */
MUST_USE bool edit_check(struct edit *ed, struct err *e);

/* After edit_check(): put the new nodes into the graph, move the readers,
 * remove what nothing needs. */
void edit_commit(struct edit *ed);

/* Undo everything since edit_begin(). */
void edit_drop(struct edit *ed);

/* Whether N is still part of its model. */
bool node_is_live(const struct node *n);

#endif
