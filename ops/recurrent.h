/* SPDX-License-Identifier: Apache-2.0 */
/* ops/recurrent.h -- what RNN, GRU and LSTM share: shapes, activations, the
 * loop over time.
 *
 * A cell has GATES blocks of HIDDEN rows in W [dirs, gates * hidden, input]
 * and R [dirs, gates * hidden, hidden]; B holds the input biases of all gates
 * and then the recurrent ones.  With layout 1 the batch comes first in X, Y
 * and the states.  Quantized cells have W [dirs, input, gates * hidden] and R
 * [dirs, hidden, gates * hidden]; their hook turns them.
 */
#ifndef OPS_RECURRENT_H
#define OPS_RECURRENT_H

#include "base/parallel.h"
#include "ops/curve.h"
#include "ops/doubles.h"
#include "ops/infer.h"

enum { CELL_CURVES = 3 }; /* f, g, h */

struct recurrent;

/*
 * One step of one sequence: X [input] to the new state in H [hidden] (and C,
 * of LSTM), for direction DIR.  WORK has 6 * hidden doubles.
 */
typedef void cell_fn(const struct recurrent *r, size_t dir, const double *x,
		     double *h, double *c, double *work);

struct recurrent {
	struct job job;
	size_t gates;
	uint32_t ncurves; /* of one direction */
	cell_fn *cell;
	/* Replaces x, w, r once they are loaded; NULL: nothing to do. */
	bool (*load)(struct recurrent *r, struct doubles *d, struct err *e);
	size_t dirs, steps, batch, input, hidden;
	bool batch_first;
	const struct call *call;
	const double *x, *w, *r, *b, *h0, *c0, *p; /* b, h0, c0, p: or NULL */
	double *work;
	struct curve curve[2][CELL_CURVES];
	double clip; /* INFINITY: none */
	bool linear_before_reset, input_forget;
};

/* Shapes of all results for a cell of GATES gates and NCURVES activations. */
MUST_USE bool recurrent_infer(struct infer *c, int64_t gates, uint32_t ncurves,
			      struct err *e);

/* Whether the weights of N are stored turned: codes. */
bool recurrent_is_turned(const struct node *n);

size_t recurrent_scratch(const struct call *c);

/* gates, ncurves, cell and load are set; DEFAULTS are the activations'
 * names. */
MUST_USE bool recurrent_run(struct recurrent *r, const struct call *c,
			    const char *const *defaults, struct err *e);

/*
 * SUM[i] = bias + sum over input of W x + sum over hidden of R h, for the
 * rows of gate GATE.  What is NULL (X, H) is left out, with its bias.
 */
void recurrent_gate(const struct recurrent *r, size_t dir, size_t gate,
		    const double *x, const double *h, double *sum);

/* Curve K of direction DIR of the clipped number. */
double recurrent_curve(const struct recurrent *r, size_t dir, uint32_t k,
		       double x);

cell_fn recurrent_lstm_cell; /* 4 gates, 3 curves */

#endif
