/* SPDX-License-Identifier: Apache-2.0 */
/* ops/recurrent_infer.c -- shapes of recurrent operators. */
#include "ops/recurrent.h"

#include <inttypes.h>
#include <string.h>

#include "graph/element.h"

/* Operand I is left out, or a tensor of these dims (-1: any). */
static bool check_dims(const struct infer *c, uint32_t i, const char *name,
		       const struct shape *want, struct err *e)
{
	const struct shape *s = infer_shape(c, i);

	if (!infer_has(c, i) || s->rank < 0)
		return true;
	if (s->rank != want->rank)
		return err_set(e, ERR_SHAPE, "%s has rank %d, want %d", name,
			       s->rank, want->rank);
	for (int32_t k = 0; k < s->rank; k++)
		if (s->dim[k] >= 0 && want->dim[k] >= 0 &&
		    s->dim[k] != want->dim[k])
			return err_set(e, ERR_SHAPE,
				       "%s has dim %" PRId64
				       " at axis %d, want %" PRId64,
				       name, s->dim[k], k, want->dim[k]);
	return true;
}

static bool count_directions(const struct node *n, int64_t *dirs, struct err *e)
{
	const char *d = node_string(n, "direction", "forward");

	*dirs = strcmp(d, "bidirectional") == 0 ? 2 : 1;
	if (*dirs == 2 || strcmp(d, "forward") == 0 ||
	    strcmp(d, "reverse") == 0)
		return true;
	return err_set(e, ERR_FORMAT,
		       "direction is '%s', want forward, reverse or "
		       "bidirectional",
		       d);
}

static bool find_hidden(const struct infer *c, int64_t *hidden, struct err *e)
{
	const struct shape *r = infer_shape(c, 2);

	*hidden = r->rank == 3 ? r->dim[recurrent_is_turned(c->node) ? 1 : 2]
			       : DIM_UNKNOWN;
	if (node_attr(c->node, "hidden_size")) {
		*hidden = node_int(c->node, "hidden_size", 0);
		if (*hidden < 1 || *hidden > INT32_MAX)
			return err_set(e, ERR_SHAPE,
				       "hidden_size is %" PRId64
				       ", want 1 or more",
				       *hidden);
	}
	if (*hidden == 0)
		return err_set(e, ERR_SHAPE, "R has no hidden units");
	return true;
}

static bool check_activations(const struct node *n, int64_t dirs,
			      uint32_t ncurves, struct err *e)
{
	const struct attr *a = node_attr(n, "activations");
	struct curve curve;

	if (!a)
		return true;
	if (a->count != ncurves * (uint32_t)dirs)
		return err_set(e, ERR_FORMAT,
			       "activations has %u entries, want %u", a->count,
			       ncurves * (uint32_t)dirs);
	for (uint32_t i = 0; i < a->count; i++) {
		char name[32] = "";

		if (a->u.strings[i].len < sizeof(name))
			memcpy(name, a->u.strings[i].at, a->u.strings[i].len);
		if (!curve_find(&curve, name))
			return err_set(e, ERR_UNSUPPORTED, "activation '%.*s'",
				       (int)a->u.strings[i].len,
				       a->u.strings[i].at);
	}
	return true;
}

static void set_results(struct infer *c, int64_t dirs, int64_t steps,
			int64_t batch, int64_t hidden)
{
	bool first = node_int(c->node, "layout", 0) != 0;
	struct shape y = first ? SHAPE(batch, steps, dirs, hidden)
			       : SHAPE(steps, dirs, batch, hidden);
	struct shape h = first ? SHAPE(batch, dirs, hidden)
			       : SHAPE(dirs, batch, hidden);

	for (uint32_t i = 0; i < c->node->nout; i++)
		infer_set(c, i, infer_dtype(c, 0), i ? &h : &y);
}

bool recurrent_infer(struct infer *c, int64_t gates, uint32_t ncurves,
		     struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	bool first = node_int(c->node, "layout", 0) != 0;
	int64_t dirs, hidden, rows, steps = -1, batch = -1, input = -1;
	struct shape state, w, r, b, lens, p;

	if (x->rank >= 0 && x->rank != 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3", x->rank);
	if (x->rank == 3) {
		steps = x->dim[first ? 1 : 0];
		batch = x->dim[first ? 0 : 1];
		input = x->dim[2];
	}
	if (!count_directions(c->node, &dirs, e) ||
	    !find_hidden(c, &hidden, e) ||
	    !check_activations(c->node, dirs, ncurves, e))
		return false;
	rows = hidden > 0 ? gates * hidden : -1;
	state = first ? SHAPE(batch, dirs, hidden) : SHAPE(dirs, batch, hidden);
	w = SHAPE(dirs, rows, input);
	r = SHAPE(dirs, rows, hidden);
	if (recurrent_is_turned(c->node)) {
		w = SHAPE(dirs, input, rows);
		r = SHAPE(dirs, hidden, rows);
	}
	b = SHAPE(dirs, rows < 0 ? -1 : 2 * rows);
	lens = SHAPE(batch);
	p = SHAPE(dirs, hidden < 0 ? -1 : 3 * hidden);
	if (!check_dims(c, 1, "W", &w, e) || !check_dims(c, 2, "R", &r, e) ||
	    !check_dims(c, 3, "B", &b, e) ||
	    !check_dims(c, 4, "sequence_lens", &lens, e) ||
	    !check_dims(c, 5, "initial_h", &state, e) ||
	    !check_dims(c, 6, "initial_c", &state, e) ||
	    !check_dims(c, 7, "P", &p, e))
		return false;
	set_results(c, dirs, steps, batch, hidden);
	return true;
}
