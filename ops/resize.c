/* SPDX-License-Identifier: Apache-2.0 */
/* ops/resize.c -- Resize and Upsample: schemas and shapes. */
#include "ops/resize.h"

#include <math.h>

#include "graph/element.h"
#include "graph/symbol.h"
#include "ops/resize_run.h"

/* ---- inference ---------------------------------------------------------- */

/* Operand I if it is given and not known to be empty. */
static bool takes_part(const struct infer *c, uint32_t i)
{
	const struct shape *s;

	if (!i || !infer_has(c, i))
		return false;
	s = infer_shape(c, i);
	return !(s->rank == 1 && s->dim[0] == 0);
}

static const struct tensor *constant(const struct infer *c, uint32_t i)
{
	return takes_part(c, i) ? c->konst[i] : NULL;
}

/* An unknown or named extent under scale S, where the result is affine. */
static int64_t scaled_dim(struct symbols *sy, int64_t dim, double s)
{
	double inverse = 1 / s;

	if (s == floor(s) && s < 1e6)
		return dim_mul(sy, dim, (int64_t)s);
	/* Powers of two scale exactly in any arithmetic. */
	if (s == 0.5 || s == 0.25 || s == 0.125)
		return dim_div_floor(sy, dim, (int64_t)inverse);
	return DIM_UNKNOWN;
}

/* Named extents, with scales or sizes for all axes. */
static void open_dims(struct infer *c, const struct resize *r, struct shape *y)
{
	const struct shape *x = infer_shape(c, 0);
	const struct tensor *scales = constant(c, r->scales);
	bool all = !r->sizes || c->node->op->since < 18 ||
		   !attr_given(c->node, "axes");
	const float *list = NULL;
	struct shape sizes;
	uint32_t n = 0;

	if (!r->scales && c->node->op->since >= 7)
		n = attr_floats(c->node, "scales", &list);
	for (int32_t i = 0; i < x->rank; i++) {
		y->dim[i] = DIM_UNKNOWN;
		if (!all || r->coord == COORD_TF_CROP)
			continue;
		if (list && (uint32_t)i < n)
			y->dim[i] = scaled_dim(&c->model->symbols, x->dim[i],
					       (double)list[i]);
		if (scales && (size_t)i < tensor_count(scales))
			y->dim[i] = scaled_dim(
				&c->model->symbols, x->dim[i],
				tensor_double(scales, (size_t)i));
		if (takes_part(c, r->sizes) &&
		    infer_ints(c, r->sizes, &sizes) && i < sizes.rank &&
		    sizes.dim[i] > INT64_MIN / 2 && r->policy == POLICY_STRETCH)
			y->dim[i] = sizes.dim[i];
	}
}

/* Sizes from propagated contents, as a tensor. */
static const struct tensor *known_sizes(const struct infer *c,
					const struct resize *r,
					struct shape *list, struct tensor *t)
{
	if (!takes_part(c, r->sizes) || !infer_exact_ints(c, r->sizes, list))
		return NULL;
	*t = (struct tensor){.dtype = DTYPE_I64,
			     .data = list->dim,
			     .bytes = (size_t)list->rank * sizeof(int64_t)};
	t->shape = SHAPE(list->rank);
	return t;
}

static bool infer_resize(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, 0);
	const struct tensor *scales, *sizes, *roi;
	struct resize_axis axis[MAX_RANK];
	struct shape y = *x, list;
	struct tensor storage;
	struct resize r;
	bool known;

	if (!resize_decode(c->node, &r, e))
		return false;
	if (r.mode != RESIZE_NEAREST && infer_dtype(c, 0) != DTYPE_NONE &&
	    dtype_info[infer_dtype(c, 0)].class >= CLASS_STRING)
		return err_set(e, ERR_TYPE, "cannot interpolate %s",
			       dtype_info[infer_dtype(c, 0)].text);
	scales = constant(c, r.scales);
	sizes = known_sizes(c, &r, &list, &storage);
	roi = constant(c, r.roi);
	known = shape_is_known(x) && (!takes_part(c, r.scales) || scales) &&
		(!takes_part(c, r.sizes) || sizes) &&
		(r.coord != COORD_TF_CROP || roi);
	if (known) {
		if (!resize_axes(c->node, &r, x, scales, sizes, roi, axis, e))
			return false;
		for (int32_t i = 0; i < x->rank; i++)
			y.dim[i] = axis[i].out;
	} else if (x->rank >= 0) {
		open_dims(c, &r, &y);
	}
	infer_set(c, 0, infer_dtype(c, 0), &y);
	return true;
}

/* ---- schemas ------------------------------------------------------------ */

static const struct kernel kernels[] = {{.name = "resize",
					 .engine = "reference",
					 .scratch = resize_scratch,
					 .run = resize_run},
					{.name = "resize-f32",
					 .engine = "blas",
					 .accepts = resize_f32_accepts,
					 .scratch = resize_f32_scratch,
					 .run = resize_f32_run},
					{0}};

#define NEAREST ATTR("mode", STRING, "nearest")
#define ATTRS_11                                                               \
	NEAREST, ATTR("coordinate_transformation_mode", STRING, "half_pixel"), \
		ATTR("nearest_mode", STRING, "round_prefer_floor"),            \
		ATTR("cubic_coeff_a", FLOAT, "-0.75"),                         \
		ATTR("exclude_outside", INT, "0"),                             \
		ATTR("extrapolation_value", FLOAT, "0")
#define ATTRS_18                                                         \
	ATTRS_11, ATTR("antialias", INT, "0"), ATTR("axes", INTS, NULL), \
		ATTR("keep_aspect_ratio_policy", STRING, "stretch")

#define RESIZE(opset, set, attributes)                                  \
	{                                                               \
		.domain = "", .type = "Resize", .since = opset,         \
		.in = PARAMS(IN("X", "T1", set),                        \
			     OPTIONAL("roi", "T2", TYPES_IEEE),         \
			     OPTIONAL("scales", NULL, TYPE_BIT(F32)),   \
			     OPTIONAL("sizes", NULL, TYPES_I64)),       \
		.out = PARAMS(IN("Y", "T1", set)), .attrs = attributes, \
		.infer = infer_resize, .kernels = kernels,              \
	}

#define BY_SCALES(name, opset)                                   \
	{                                                        \
		.domain = "", .type = name, .since = opset,      \
		.in = PARAMS(IN("X", "T", TYPES_ALL_1),          \
			     IN("scales", NULL, TYPE_BIT(F32))), \
		.out = PARAMS(IN("Y", "T", TYPES_ALL_1)),        \
		.attrs = ATTRS(NEAREST), .infer = infer_resize,  \
		.kernels = kernels,                              \
	}

#define BY_ATTR(opset, set, attributes)                                \
	{                                                              \
		.domain = "", .type = "Upsample", .since = opset,      \
		.in = PARAMS(IN("X", "T", set)),                       \
		.out = PARAMS(IN("Y", "T", set)), .attrs = attributes, \
		.infer = infer_resize, .kernels = kernels,             \
	}

const struct op op_rows_resize[] = {
	BY_SCALES("Resize", 10),
	{.domain = "",
	 .type = "Resize",
	 .since = 11,
	 .in = PARAMS(IN("X", "T1", TYPES_ALL_1), IN("roi", "T2", TYPES_IEEE),
		      IN("scales", NULL, TYPE_BIT(F32)),
		      OPTIONAL("sizes", NULL, TYPES_I64)),
	 .out = PARAMS(IN("Y", "T1", TYPES_ALL_1)),
	 .attrs = ATTRS(ATTRS_11),
	 .infer = infer_resize,
	 .kernels = kernels},
	RESIZE(13, TYPES_ALL_13, ATTRS(ATTRS_11)),
	RESIZE(18, TYPES_ALL_13, ATTRS(ATTRS_18)),
	RESIZE(19, TYPES_ALL_13, ATTRS(ATTRS_18)),
	BY_ATTR(1, TYPES_IEEE | TYPES_INDEX | TYPES_BOOL,
		ATTRS(NEAREST, ATTR_REQUIRED("height_scale", FLOAT),
		      ATTR_REQUIRED("width_scale", FLOAT))),
	BY_ATTR(7, TYPES_ALL_1,
		ATTRS(NEAREST, ATTR_REQUIRED("scales", FLOATS))),
	BY_SCALES("Upsample", 9),
	{0}};
