/* SPDX-License-Identifier: Apache-2.0 */
/* passes/fold_pad.c -- a Pad before a convolution or pool joins its pads.
 *
 * EXACT.  Pads must be constant, >= 0, on spatial axes only, and the
 * operator's own pads explicit.
 *  - Conv pads with 0: the Pad's value must be 0 and the weights finite.
 *  - AveragePool with pads counts them only if told so: existing pads are all
 *    0 or counted already; ceil_mode = 0, pads smaller than the kernel.
 *  - MaxPool ignores what it pads (-inf).  A Pad with c is the same only if
 *    every element is >= c and each window holds at least one: pads smaller
 *    than the kernel, dilations 1 (proof in passes/range.h).
 */
#include <string.h>

#include "ops/op.h"
#include "passes/constant.h"
#include "passes/range.h"

struct padding {
	int32_t spatial;	   /* axes behind batch and channel */
	int64_t pad[2 * MAX_RANK]; /* begins, then ends: as in "pads" */
	double value;
};

/* The elements that Pad N adds; false if they are not all spatial. */
static bool read_pad(const struct node *n, struct padding *p)
{
	int32_t rank = node_in(n, 0)->type.shape.rank;
	struct shape pads;

	*p = (struct padding){.value = node_float(n, "value", 0)};
	if (!n->op || n->op->since < 2 || node_in(n, 3) || rank < 3 ||
	    strcmp(node_string(n, "mode", "constant"), "constant") != 0 ||
	    !node_list(n, 1, "pads", &pads) || pads.rank != 2 * rank)
		return false;
	if (node_in(n, 2) && !const_scalar(node_in(n, 2), &p->value))
		return false;
	p->spatial = rank - 2;
	for (int32_t i = 0; i < 2 * rank; i++) {
		int32_t axis = i % rank, at = i < rank ? 0 : p->spatial;

		if (pads.dim[i] < 0 || (axis < 2 && pads.dim[i]))
			return false;
		if (axis >= 2)
			p->pad[at + axis - 2] = pads.dim[i];
	}
	return true;
}

/* The operator's own pads; they must be explicit. */
static bool own_pads(const struct node *n, int32_t spatial, int64_t *pad)
{
	const char *mode = node_string(n, "auto_pad", "NOTSET");
	struct shape own;

	memset(pad, 0, 2 * (size_t)spatial * sizeof(*pad));
	if (!strcmp(mode, "VALID"))
		return true;
	if (strcmp(mode, "NOTSET") != 0)
		return false;
	if (!node_list(n, 99, "pads", &own))
		return true;
	if (own.rank != 2 * spatial)
		return false;
	memcpy(pad, own.dim, 2 * (size_t)spatial * sizeof(*pad));
	return true;
}

static bool all_zero(const int64_t *x, int32_t n)
{
	for (int32_t i = 0; i < n; i++)
		if (x[i])
			return false;
	return true;
}

static bool into_conv(const struct match *m)
{
	struct padding p;
	int64_t own[2 * MAX_RANK];

	return m->root->op && read_pad(match_node(m, "p"), &p) &&
	       !(p.value > 0 || p.value < 0) &&
	       own_pads(m->root, p.spatial, own) &&
	       const_is_finite(match_const(m, "w"));
}

static void add_pads(int64_t *own, const struct padding *p)
{
	for (int32_t i = 0; i < 2 * p->spatial; i++)
		own[i] += p->pad[i];
}

/* Each window of pool N holds an element, PAD being all that is added; both
 * kinds of pool demand pads smaller than the kernel. */
static bool windows_hold_elements(const struct node *n, int32_t spatial,
				  const int64_t *pad)
{
	struct shape kernel, dilation;

	if (!node_list(n, 99, "kernel_shape", &kernel) ||
	    kernel.rank != spatial || node_int(n, "ceil_mode", 0))
		return false;
	if (node_list(n, 99, "dilations", &dilation))
		for (int32_t i = 0; i < dilation.rank; i++)
			if (dilation.dim[i] != 1)
				return false;
	for (int32_t i = 0; i < 2 * spatial; i++)
		if (pad[i] >= kernel.dim[i % spatial])
			return false;
	return true;
}

static bool into_average(const struct match *m)
{
	struct padding p;
	int64_t own[2 * MAX_RANK];

	if (!m->root->op || m->root->op->since < 7 ||
	    !read_pad(match_node(m, "p"), &p) || p.value > 0 || p.value < 0 ||
	    !own_pads(m->root, p.spatial, own) ||
	    (!all_zero(own, 2 * p.spatial) &&
	     !node_int(m->root, "count_include_pad", 0)))
		return false;
	add_pads(own, &p);
	return windows_hold_elements(m->root, p.spatial, own);
}

static bool into_max(const struct match *m)
{
	const struct value *x = match_value(m, "x");
	struct padding p;
	int64_t own[2 * MAX_RANK];

	if (!m->root->op || !one_result(m->root) ||
	    !read_pad(match_node(m, "p"), &p) ||
	    !own_pads(m->root, p.spatial, own))
		return false;
	add_pads(own, &p);
	if (!windows_hold_elements(m->root, p.spatial, own))
		return false;
	return range_of(x).lo >= p.value;
}

static bool build(struct edit *ed, const struct match *m, struct err *e)
{
	const struct node *old = m->root;
	struct value *in[3] = {match_value(m, "x"), node_in(old, 1),
			       node_in(old, 2)};
	struct padding p;
	int64_t own[2 * MAX_RANK];
	struct node *n;

	(void)e;
	if (!read_pad(match_node(m, "p"), &p) || !own_pads(old, p.spatial, own))
		return true;
	n = edit_copy(ed, old, in, old->nin);
	if (!strcmp(old->type, "AveragePool"))
		node_set_int(n, "count_include_pad", 1);
	add_pads(own, &p);
	node_drop_attr(n, "auto_pad");
	node_set_ints(n, "pads", own, 2 * (uint32_t)p.spatial);
	edit_replace(ed, old->out[0], n->out[0]);
	return true;
}

static const struct rule rules[] = {
	{"conv", "Conv(p:Pad(x, ...), #w, _?)", into_conv, build},
	{"average-pool", "AveragePool(p:Pad(x, ...))", into_average, build},
	{"max-pool", "MaxPool(p:Pad(x, ...))", into_max, build},
	{0}};

const struct pass pass_rows_fold_pad[] = {
	{.name = "fold-pad",
	 .summary = "join Pad to the convolution or pool behind it",
	 .fidelity = EXACT,
	 .rules = rules},
	{0}};
