/* SPDX-License-Identifier: Apache-2.0 */
/* ops/qlinear_pool.c -- com.microsoft's QLinearAveragePool and
 * QLinearGlobalAveragePool: averages of codes.
 *
 *     y = saturate(round(average((x - x_zero) * x_scale) / y_scale) + y_zero)
 */
#include "ops/op.h"

#include "ops/channels.h"
#include "ops/pool_f32.h"
#include "ops/pool_loop.h"
#include "ops/codes_u8.h"
#include "ops/qlinear.h"

static bool check(const struct infer *c, struct err *e)
{
	return qlinear_check(c, 1, e) && qlinear_check(c, 3, e);
}

static bool infer_average(struct infer *c, struct err *e)
{
	struct shape x = channels_first_shape(c->node, infer_shape(c, 0));
	struct shape y = x;
	struct window w;

	if (!check(c, e))
		return false;
	if (x.rank >= 0) {
		if (!window_make(&w, c->node, &x, NULL, &c->model->symbols, e))
			return false;
		for (int32_t i = 0; i < w.rank; i++)
			y.dim[i + 2] = w.out[i];
	}
	y = channels_last_shape(c->node, &y);
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool infer_global(struct infer *c, struct err *e)
{
	struct shape y = channels_first_shape(c->node, infer_shape(c, 0));

	if (!check(c, e))
		return false;
	if (y.rank >= 0 && y.rank < 3)
		return err_set(e, ERR_SHAPE, "X has rank %d, want 3 or more",
			       y.rank);
	for (int32_t i = 2; i < y.rank; i++)
		y.dim[i] = 1;
	y = channels_last_shape(c->node, &y);
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

static bool set_scales(struct pool *p, const struct call *c, struct err *e)
{
	p->quantized = true;
	p->x_zero = call_scalar(c, 2, 0);
	p->y_zero = call_scalar(c, 4, 0);
	return qlinear_scale(c, 1, &p->x_scale, e) &&
	       qlinear_scale(c, 3, &p->y_scale, e);
}

static bool run_average(const struct call *c, struct err *e)
{
	struct shape x = channels_first_shape(c->node, &call_in(c, 0)->shape);
	struct pool p = {.f = pool_average};

	p.count_padding = attr_int(c->node, "count_include_pad") != 0;
	p.count_all =
		true; /* as ONNX Runtime, where ceil_mode passes the end */
	if (!set_scales(&p, c, e) ||
	    !window_make(&p.window, c->node, &x, NULL, NULL, e))
		return false;
	pool_run(&p, c);
	return true;
}

static bool run_global(const struct call *c, struct err *e)
{
	struct shape x = channels_first_shape(c->node, &call_in(c, 0)->shape);
	struct pool p = {.f = pool_average};

	if (!set_scales(&p, c, e))
		return false;
	window_global(&p.window, &x);
	pool_run(&p, c);
	return true;
}

static const struct kernel average_kernels[] = {
	{"qlinear-average-pool-ref", "reference", .scratch = pool_scratch,
	 .run = run_average},
	POOL_PLANE_KERNEL,
	{.name = NULL},
};

static const struct kernel global_kernels[] = {
	{"qlinear-global-average-pool-ref", "reference",
	 .scratch = pool_scratch, .run = run_global},
	CODES_KERNEL("qlinear-mean-u8-simd", qmean, pool_lanes_layouts),
	{.name = NULL},
};

static const struct param qlinear_average_pool_1_in[] = {
	{"X", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"x_scale", NULL, TYPE_BIT(F32), 0},
	{"x_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{"y_scale", NULL, TYPE_BIT(F32), 0},
	{"y_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), PARAM_OPTIONAL},
	{NULL},
};

static const struct param qlinear_average_pool_1_out[] = {
	{"Y", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct attr_spec qlinear_average_pool_1_attrs[] = {
	{"auto_pad", ATTR_STRING, false, "NOTSET"},
	{"ceil_mode", ATTR_INT, false, "0"},
	{"channels_last", ATTR_INT, false, "0"},
	{"count_include_pad", ATTR_INT, false, "0"},
	{"kernel_shape", ATTR_INTS, true, NULL},
	{"pads", ATTR_INTS, false, NULL},
	{"strides", ATTR_INTS, false, NULL},
	{NULL},
};

static const struct param qlinear_global_average_pool_1_in[] = {
	{"X", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"x_scale", NULL, TYPE_BIT(F32), 0},
	{"x_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{"y_scale", NULL, TYPE_BIT(F32), 0},
	{"y_zero_point", "T", TYPE_BIT(I8) | TYPE_BIT(U8), 0},
	{NULL},
};

static const struct attr_spec qlinear_global_average_pool_1_attrs[] = {
	{"channels_last", ATTR_INT, false, "0"},
	{NULL},
};

const struct op op_rows_qlinear_pool[] = {
	{"com.microsoft", "QLinearAveragePool", 1, 0, qlinear_average_pool_1_in,
	 qlinear_average_pool_1_out, qlinear_average_pool_1_attrs,
	 infer_average, average_kernels},
	{"com.microsoft", "QLinearGlobalAveragePool", 1, 0,
	 qlinear_global_average_pool_1_in, qlinear_average_pool_1_out,
	 qlinear_global_average_pool_1_attrs, infer_global, global_kernels},
	{.type = NULL},
};
