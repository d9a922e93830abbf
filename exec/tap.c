/* SPDX-License-Identifier: Apache-2.0 */
/* exec/tap.c -- what a literal plan tells about results while it runs. */
#include "exec/plan_impl.h"
#include "ops/reorder.h"

/* D, which lies in layout L, row-major in *ROWS; HOLD keeps it. */
static bool to_rows(struct plan *p, const struct datum *d, enum tensor_layout l,
		    struct hold *hold, struct datum *rows, struct err *e)
{
	const struct tensor *t = &d->tensor;
	void *data;

	*rows = *d;
	if (!shape_bytes(&t->shape, t->dtype, &rows->tensor.bytes, e) ||
	    !hold_alloc(hold, rows->tensor.bytes, p->budget, &data, e))
		return false;
	reorder_tensor(&t->shape, t->dtype, l, t->data, LAYOUT_ROWS, data);
	rows->tensor.data = data;
	return true;
}

static bool tell(struct plan *p, const struct value *v, enum tensor_layout l,
		 const struct datum *d, struct err *e)
{
	struct hold hold = {0};
	struct datum rows;
	bool ok;

	if (l == LAYOUT_ROWS)
		return p->tap->saw(p->tap, v, d, e);
	ok = to_rows(p, d, l, &hold, &rows, e) &&
	     p->tap->saw(p->tap, v, &rows, e);
	hold_release(&hold);
	return ok;
}

bool plan_tell_tap(struct plan *p, const struct action *a, struct err *e)
{
	const struct node *n = a->call.node;

	for (uint32_t i = 0; i < n->nout; i++) {
		const struct value *out = n->out[i];

		/* Reorders make values that the caller never saw. */
		if (out && out->id < p->ntapped && p->tapped[out->id] &&
		    !tell(p, p->tapped[out->id], plan_layout_of(p, out),
			  a->out[i], e))
			return false;
	}
	return true;
}
