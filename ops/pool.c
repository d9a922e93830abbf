/* SPDX-License-Identifier: Apache-2.0 */
/* ops/pool.c -- MaxPool, AveragePool, LpPool, their Global forms, and
 * com.microsoft's NhwcMaxPool.
 *
 * Padding takes no part in a maximum or a norm; an average divides by the
 * taps inside the input or, with count_include_pad, inside its padding too.
 * A NaN in a window is its maximum.
 */
#include "ops/op.h"

#include <string.h>

#include "ops/channels.h"
#include "ops/pool_loop.h"
#include "ops/pool_f32.h"

static bool run_max(const struct call *c, struct err *e)
{
	struct shape x = channels_first_shape(c->node, &call_in(c, 0)->shape);
	struct pool p = {.f = pool_max, .indices = call_out(c, 1)};

	if (!window_make(&p.window, c->node, &x, NULL, NULL, e))
		return false;
	p.column_major = node_int(c->node, "storage_order", 0) != 0;
	pool_run(&p, c);
	return true;
}

static bool run_average(const struct call *c, struct err *e)
{
	struct pool p = {.f = pool_average};

	if (!window_make(&p.window, c->node, &call_in(c, 0)->shape, NULL, NULL,
			 e))
		return false;
	p.count_padding = node_int(c->node, "count_include_pad", 0) != 0;
	pool_run(&p, c);
	return true;
}

/* The exponent was a float at first. */
static double exponent(const struct node *n)
{
	return n->op->since < 2 ? attr_float(n, "p") : (double)attr_int(n, "p");
}

static bool run_norm(const struct call *c, struct err *e)
{
	struct pool p = {.f = pool_norm, .p = exponent(c->node)};

	if (!window_make(&p.window, c->node, &call_in(c, 0)->shape, NULL, NULL,
			 e))
		return false;
	pool_run(&p, c);
	return true;
}

static bool run_global(const struct call *c, struct err *e)
{
	struct pool p = {.f = pool_average};
	const char *type = c->node->type;

	(void)e;
	if (strcmp(type, "GlobalMaxPool") == 0) {
		p.f = pool_max;
	} else if (strcmp(type, "GlobalLpPool") == 0) {
		p.f = pool_norm;
		p.p = exponent(c->node);
	}
	window_global(&p.window, &call_in(c, 0)->shape);
	pool_run(&p, c);
	return true;
}

static bool infer_pool(struct infer *c, struct err *e)
{
	struct shape x = channels_first_shape(c->node, infer_shape(c, 0));
	struct shape y = x;
	struct window w;

	if (x.rank >= 0) {
		if (!window_make(&w, c->node, &x, NULL, &c->model->symbols, e))
			return false;
		for (int32_t i = 0; i < w.rank; i++)
			y.dim[i + 2] = w.out[i];
	}
	y = channels_last_shape(c->node, &y);
	infer_set(c, 0, infer_dtype(c, 0), &y);
	if (c->node->nout > 1)
		infer_set(c, 1, DTYPE_I64, &y);
	return true;
}

static bool check_exponent(const struct node *n, struct err *e)
{
	if (exponent(n) > 0)
		return true;
	return err_set(e, ERR_FORMAT, "p is %g, want more than 0", exponent(n));
}

static bool infer_norm(struct infer *c, struct err *e)
{
	return check_exponent(c->node, e) && infer_pool(c, e);
}

static bool infer_global(struct infer *c, struct err *e)
{
	struct shape y = *infer_shape(c, 0);

	if (y.rank >= 0 && y.rank < 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3 or more",
			       y.rank);
	for (int32_t i = 2; i < y.rank; i++)
		y.dim[i] = 1;
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool infer_global_norm(struct infer *c, struct err *e)
{
	return check_exponent(c->node, e) && infer_global(c, e);
}

static const struct kernel max_kernels[] = {
	{"max-pool-ref", "reference", .scratch = pool_scratch, .run = run_max},
	POOL_PLANE_KERNEL,
	{.name = NULL},
};

static const struct kernel average_kernels[] = {
	{"average-pool-ref", "reference", .scratch = pool_scratch,
	 .run = run_average},
	POOL_PLANE_KERNEL,
	{.name = NULL},
};

static const struct kernel norm_kernels[] = {
	{"lp-pool-ref", "reference", .scratch = pool_scratch, .run = run_norm},
	{.name = NULL},
};

static const struct kernel global_kernels[] = {
	{"global-pool-ref", "reference", .scratch = pool_scratch,
	 .run = run_global},
	POOL_GLOBAL_KERNEL,
	{.name = NULL},
};

static const struct param average_pool_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct param average_pool_1_out[] = {
	{"Y", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec average_pool_1_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct attr_spec average_pool_7_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"count_include_pad", ATTR_INT, false, "0"},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct attr_spec average_pool_10_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"ceil_mode", ATTR_INT, false, "0"},
	{"count_include_pad", ATTR_INT, false, "0"},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param average_pool_19_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct param average_pool_19_out[] = {
	{"Y", "T", TYPES_FLOAT, 0},
	{NULL},
};

static const struct attr_spec average_pool_19_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"ceil_mode", ATTR_INT, false, "0"},
	{"count_include_pad", ATTR_INT, false, "0"},
	{"dilations", ATTR_INTS, false, NULL},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct attr_spec global_lp_pool_1_attrs[] = {
	{"p", ATTR_FLOAT, false, "2"},
	{NULL},
};

static const struct attr_spec global_lp_pool_2_attrs[] = {
	{"p", ATTR_INT, false, "2"},
	{NULL},
};

static const struct attr_spec lp_pool_1_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"kernel_shape", ATTR_INTS, false, NULL},
	{"p", ATTR_FLOAT, false, "2"},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct attr_spec lp_pool_2_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"p", ATTR_INT, false, "2"},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct attr_spec lp_pool_18_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"ceil_mode", ATTR_INT, false, "0"},
	{"dilations", ATTR_INTS, false, NULL},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"p", ATTR_INT, false, "2"},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param max_pool_8_out[] = {
	{"Y", "T", TYPES_IEEE, 0},
	{"Indices", NULL, TYPE_BIT(I64), PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec max_pool_8_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"storage_order", ATTR_INT, false, "0"},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param max_pool_10_in[] = {
	{"X", "T", TYPES_FLOAT | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct param max_pool_10_out[] = {
	{"Y", "T", TYPES_FLOAT | TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"Indices", NULL, TYPE_BIT(I64), PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec max_pool_10_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"ceil_mode", ATTR_INT, false, "0"},
	{"dilations", ATTR_INTS, false, NULL},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"storage_order", ATTR_INT, false, "0"},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct kernel nhwc_max_kernels[] = {
	{"nhwc-max-pool-ref", "reference", .scratch = pool_scratch,
	 .run = run_max},
	{.name = NULL},
};

const struct op op_rows_pool[] = {
	{"", "AveragePool", 1, 0, average_pool_1_in, average_pool_1_out,
	 average_pool_1_attrs, infer_pool, average_kernels},
	{"", "AveragePool", 7, 0, average_pool_1_in, average_pool_1_out,
	 average_pool_7_attrs, infer_pool, average_kernels},
	{"", "AveragePool", 10, 0, average_pool_1_in, average_pool_1_out,
	 average_pool_10_attrs, infer_pool, average_kernels},
	{"", "AveragePool", 19, 0, average_pool_19_in, average_pool_19_out,
	 average_pool_19_attrs, infer_pool, average_kernels},
	{"", "GlobalAveragePool", 1, 0, average_pool_19_in, average_pool_19_out,
	 NULL, infer_global, global_kernels},
	{"", "GlobalLpPool", 1, 0, average_pool_1_in, average_pool_1_out,
	 global_lp_pool_1_attrs, infer_global_norm, global_kernels},
	{"", "GlobalLpPool", 2, 0, average_pool_19_in, average_pool_19_out,
	 global_lp_pool_2_attrs, infer_global_norm, global_kernels},
	{"", "GlobalMaxPool", 1, 0, average_pool_19_in, average_pool_19_out,
	 NULL, infer_global, global_kernels},
	{"", "LpPool", 1, 0, average_pool_1_in, average_pool_1_out,
	 lp_pool_1_attrs, infer_norm, norm_kernels},
	{"", "LpPool", 2, 0, average_pool_1_in, average_pool_1_out,
	 lp_pool_2_attrs, infer_norm, norm_kernels},
	{"", "LpPool", 18, 0, average_pool_19_in, average_pool_19_out,
	 lp_pool_18_attrs, infer_norm, norm_kernels},
	{"", "MaxPool", 1, 0, average_pool_1_in, average_pool_1_out,
	 average_pool_1_attrs, infer_pool, max_kernels},
	{"", "MaxPool", 8, 0, average_pool_1_in, max_pool_8_out,
	 max_pool_8_attrs, infer_pool, max_kernels},
	{"", "MaxPool", 10, 0, max_pool_10_in, max_pool_10_out,
	 max_pool_10_attrs, infer_pool, max_kernels},
	{.domain = "com.microsoft",
	 .type = "NhwcMaxPool",
	 .since = 1,
	 .in = PARAMS(IN("x", "T", TYPES_BYTES)),
	 .out = PARAMS(IN("y", "T", TYPES_BYTES)),
	 .attrs = ATTRS(ATTR("auto_pad", STRING, "NOTSET"),
			ATTR("ceil_mode", INT, "0"),
			ATTR("dilations", INTS, NULL),
			ATTR_REQUIRED("kernel_shape", INTS),
			ATTR("pads", INTS, NULL), ATTR("strides", INTS, NULL)),
	 .infer = infer_pool,
	 .kernels = nhwc_max_kernels},
	{.type = NULL},
};
