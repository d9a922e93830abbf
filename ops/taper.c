/* SPDX-License-Identifier: Apache-2.0 */
/* ops/taper.c -- HannWindow, HammingWindow, BlackmanWindow.
 *
 *     w[t] = a - b cos(2 pi t / n) + c cos(4 pi t / n)
 *
 * n is the size, or one less if not periodic.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "ops/op.h"

struct taper {
	double a, b, c;
};

static struct taper taper_of(const struct node *n)
{
	const double hamming = 25.0 / 46.0;

	if (!strcmp(n->type, "HannWindow"))
		return (struct taper){0.5, 0.5, 0};
	if (!strcmp(n->type, "HammingWindow"))
		return (struct taper){hamming, 1 - hamming, 0};
	return (struct taper){0.42, 0.5, 0.08};
}

static bool result_type(const struct node *n, enum dtype *t, struct err *e)
{
	int64_t code = attr_int(n, "output_datatype");

	*t = dtype_from_onnx(code);
	return (*t != DTYPE_NONE && (TYPES_NUMERIC >> *t & 1)) ||
	       err_set(e, ERR_FORMAT,
		       "output_datatype is %" PRId64 ", want a numeric type",
		       code);
}

static bool infer_taper(struct infer *c, struct err *e)
{
	struct shape y = SHAPE(DIM_UNKNOWN);
	enum dtype t;
	int64_t size;

	if (!result_type(c->node, &t, e))
		return false;
	if (infer_scalar_int(c, 0, &size)) {
		if (size < 0)
			return err_set(e, ERR_SHAPE,
				       "the size is %" PRId64
				       ", want 0 or more",
				       size);
		y.dim[0] = size;
	}
	infer_set(c, 0, t, &y);
	return true;
}

static bool run_taper(const struct call *c, struct err *e)
{
	struct taper w = taper_of(c->node);
	struct tensor *y = call_out(c, 0);
	size_t count = tensor_count(y);
	bool periodic = attr_int(c->node, "periodic") != 0;
	double n = (double)count - (periodic ? 0 : 1);

	(void)e;
	for (size_t t = 0; t < count; t++) {
		/* One element that is not periodic lies at the top. */
		double x = n > 0 ? 2 * M_PI * (double)t / n : M_PI;

		element_set_double(y->dtype, tensor_mut(y), t,
				   w.a - w.b * cos(x) + w.c * cos(2 * x));
	}
	return true;
}

static const struct kernel kernels[] = {
	{.name = "taper", .engine = "reference", .run = run_taper}, {0}};

#define TAPER(name)                                               \
	{                                                         \
		.domain = "", .type = name, .since = 17,          \
		.in = PARAMS(IN("size", "T1", TYPES_INDEX)),      \
		.out = PARAMS(IN("output", "T2", TYPES_NUMERIC)), \
		.attrs = ATTRS(ATTR("output_datatype", INT, "1"), \
			       ATTR("periodic", INT, "1")),       \
		.infer = infer_taper, .kernels = kernels,         \
	}

const struct op op_rows_taper[] = {TAPER("BlackmanWindow"),
				   TAPER("HammingWindow"),
				   TAPER("HannWindow"),
				   {0}};
