/* SPDX-License-Identifier: Apache-2.0 */
/* passes/pattern_term.h -- parsed patterns: shared by parser and matcher. */
#ifndef PASSES_PATTERN_TERM_H
#define PASSES_PATTERN_TERM_H

#include "passes/pattern.h"

enum { TERM_KIDS = 8, TERM_OPS = 8, SWAPS_MAX = 12 };

enum term_kind { TERM_NODE, TERM_VALUE };

struct term {
	enum term_kind kind;
	const char *name;	  /* capture, NULL if anonymous */
	const char *domain;	  /* TERM_NODE */
	const char *op[TERM_OPS]; /* TERM_NODE: alternatives; "*": any */
	int nops;
	uint32_t result;	   /* TERM_NODE: which result the operand is */
	bool konst, optional;	   /* TERM_VALUE */
	bool shared;		   /* TERM_NODE: "&" */
	bool rest;		   /* TERM_NODE: ends with "..." */
	int swap;		   /* TERM_NODE: number of its "~", or -1 */
	int depth;		   /* nodes above it */
	int nkids, kid[TERM_KIDS]; /* TERM_NODE: operand terms */
};

struct pattern {
	int nterms, nswaps;
	struct term term[MATCH_MAX]; /* term[0] is the root */
};

#endif
