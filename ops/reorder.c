/* SPDX-License-Identifier: Apache-2.0 */
/* ops/reorder.c -- mlopt's own Reorder: the same tensor in another layout.
 *
 * Plans insert it between kernels that want different layouts; models never
 * contain it.  Attributes "from" and "to" are enum tensor_layout.
 */
#include "ops/reorder.h"

#include "base/parallel.h"
#include "kern/reorder.h"
#include "ops/axes.h"
#include "ops/op.h"

struct reorder {
	struct job job;
	struct order from, to;
	size_t size, channels, pixels, in_step, out_step; /* of one image */
	const char *x;
	char *y;
};

static struct order order_of(enum tensor_layout l, size_t channels,
			     size_t pixels)
{
	struct order o = {layout_block(l), pixels, 1};

	if (l == LAYOUT_LAST) {
		o.cstep = 1;
		o.pstep = channels;
	}
	return o;
}

static bool fits(const struct tensor *t, int64_t layout)
{
	struct err ignored;
	size_t bytes;

	return layout >= 0 && layout < LAYOUT_COUNT &&
	       layout_bytes(&t->shape, t->dtype, (enum tensor_layout)layout,
			    &bytes, &ignored) &&
	       bytes == t->bytes;
}

static bool accepts(const struct call *c)
{
	const struct tensor *x = call_in(c, 0), *y = call_out(c, 0);
	unsigned bits = dtype_info[x->dtype].bits;

	return (bits == 8 || bits == 32) && x->shape.rank >= 3 &&
	       fits(x, attr_int(c->node, "from")) &&
	       fits(y, attr_int(c->node, "to"));
}

static void run_images(struct job *self, size_t begin, size_t end)
{
	const struct reorder *r = (const struct reorder *)self;

	for (size_t i = begin; i < end; i++)
		kern_reorder(r->size, r->channels, r->pixels, &r->from,
			     r->x + i * r->in_step, &r->to,
			     r->y + i * r->out_step);
}

static size_t image_bytes(const struct reorder *r, enum tensor_layout l)
{
	size_t block = layout_block(l), channels = r->channels;

	if (block)
		channels = (channels + block - 1) / block * block;
	return channels * r->pixels * r->size;
}

void reorder_tensor(const struct shape *s, enum dtype t,
		    enum tensor_layout from, const void *x,
		    enum tensor_layout to, void *y)
{
	struct reorder r = {
		.job.run = run_images,
		.size = dtype_info[t].bits / 8,
		.channels = (size_t)s->dim[1],
		.pixels = shape_span(s, 2, s->rank),
		.x = x,
		.y = y,
	};

	if (!r.channels)
		return;
	r.from = order_of(from, r.channels, r.pixels);
	r.to = order_of(to, r.channels, r.pixels);
	r.in_step = image_bytes(&r, from);
	r.out_step = image_bytes(&r, to);
	parallel_for(&r.job, (size_t)s->dim[0], 1);
}

static bool run(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);

	(void)e;
	reorder_tensor(&x->shape, x->dtype,
		       (enum tensor_layout)attr_int(c->node, "from"), x->data,
		       (enum tensor_layout)attr_int(c->node, "to"),
		       tensor_mut(call_out(c, 0)));
	return true;
}

static const struct kernel kernels[] = {
	{"reorder", "reference", .accepts = accepts, .run = run},
	{.name = NULL},
};

static const struct param in[] = {
	{"x", "T", TYPES_ANY, 0},
	{NULL},
};

static const struct param out[] = {
	{"y", "T", TYPES_ANY, 0},
	{NULL},
};

static const struct attr_spec attrs[] = {
	{"from", ATTR_INT, true, "0"},
	{"to", ATTR_INT, true, "0"},
	{NULL},
};

const struct op op_rows_reorder[] = {
	{"mlopt", "Reorder", 1, 0, in, out, attrs, infer_same_as_first,
	 kernels},
	{.type = NULL},
};
