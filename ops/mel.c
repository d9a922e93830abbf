/* SPDX-License-Identifier: Apache-2.0 */
/* ops/mel.c -- MelWeightMatrix: triangles that are even on the mel scale.
 *
 *     mel(f) = 2595 log10(1 + f / 700)
 *
 * M + 2 points from the lower edge on, (upper - lower) / (M + 2) mel apart, are
 * rounded down to bins b = (n + 1) f / rate of a transform of length n.
 * Column i of the result [n / 2 + 1, M] rises from 0 at b[i] to 1 at b[i + 1]
 * and falls to 0 at b[i + 2]; where b[i] = b[i + 1] it starts at 1.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "graph/element.h"
#include "ops/op.h"

enum { BINS, LENGTH, RATE, LOWER, UPPER };

static bool result_type(const struct node *n, enum dtype *t, struct err *e)
{
	int64_t code = attr_int(n, "output_datatype");

	*t = dtype_from_onnx(code);
	return (*t != DTYPE_NONE && (TYPES_NUMERIC >> *t & 1)) ||
	       err_set(e, ERR_FORMAT,
		       "output_datatype is %" PRId64 ", want a numeric type",
		       code);
}

static bool not_negative(const char *name, int64_t x, struct err *e)
{
	return x >= 0 || err_set(e, ERR_SHAPE,
				 "%s is %" PRId64 ", want 0 or more", name, x);
}

static bool infer_mel(struct infer *c, struct err *e)
{
	struct shape y = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN);
	enum dtype t;
	int64_t n;

	if (!result_type(c->node, &t, e))
		return false;
	if (infer_scalar_int(c, LENGTH, &n)) {
		if (!not_negative("dft_length", n, e))
			return false;
		y.dim[0] = n / 2 + 1;
	}
	if (infer_scalar_int(c, BINS, &n)) {
		if (!not_negative("num_mel_bins", n, e))
			return false;
		y.dim[1] = n;
	}
	infer_set(c, 0, t, &y);
	return true;
}

struct mel {
	struct tensor *y;
	double low, step; /* mel */
	double length, rate;
	size_t columns;
};

static double to_mel(double f)
{
	return 2595 * log1p(f / 700) / M_LN10;
}

/* The bin of point I. */
static bool point(const struct mel *m, size_t i, int64_t *bin, struct err *e)
{
	double f = 700 * expm1(((double)i * m->step + m->low) / 2595 * M_LN10);
	double b = floor((m->length + 1) * f / m->rate);
	int64_t rows = m->y->shape.dim[0];

	if (!(b >= 0) || b >= (double)rows)
		return err_set(
			e, ERR_SHAPE,
			"point %zu is at bin %g, want one below %" PRId64, i, b,
			rows);
	*bin = (int64_t)b;
	return true;
}

static void put(const struct mel *m, int64_t row, size_t column, double x)
{
	element_set_double(m->y->dtype, tensor_mut(m->y),
			   (size_t)row * m->columns + column, x);
}

static void triangle(const struct mel *m, size_t i, const int64_t *b)
{
	double up = (double)(b[1] - b[0]), down = (double)(b[2] - b[1]);

	if (up == 0)
		put(m, b[1], i, 1);
	for (int64_t k = b[0]; up > 0 && k <= b[1]; k++)
		put(m, k, i, (double)(k - b[0]) / up);
	for (int64_t k = b[1]; k < b[2]; k++)
		put(m, k, i, (double)(b[2] - k) / down);
}

static bool run_mel(const struct call *c, struct err *e)
{
	struct mel m = {.y = call_out(c, 0),
			.length = tensor_double(call_in(c, LENGTH), 0),
			.rate = tensor_double(call_in(c, RATE), 0)};
	int64_t b[3];

	m.columns = (size_t)m.y->shape.dim[1];
	m.low = to_mel(tensor_double(call_in(c, LOWER), 0));
	m.step = (to_mel(tensor_double(call_in(c, UPPER), 0)) - m.low) /
		 (double)(m.columns + 2);
	if (m.y->bytes)
		memset(tensor_mut(m.y), 0, m.y->bytes);
	for (size_t i = 0; i < m.columns; i++) {
		for (size_t k = 0; k < 3; k++)
			if (!point(&m, i + k, &b[k], e))
				return false;
		if (b[0] > b[1] || b[1] > b[2])
			return err_set(e, ERR_SHAPE,
				       "the upper edge is below the lower");
		triangle(&m, i, b);
	}
	return true;
}

static const struct kernel kernels[] = {
	{.name = "mel", .engine = "reference", .run = run_mel}, {0}};

const struct op op_rows_mel[] = {
	{.domain = "",
	 .type = "MelWeightMatrix",
	 .since = 17,
	 .in = PARAMS(IN("num_mel_bins", "T1", TYPES_INDEX),
		      IN("dft_length", "T1", TYPES_INDEX),
		      IN("sample_rate", "T1", TYPES_INDEX),
		      IN("lower_edge_hertz", "T2", TYPES_FLOAT),
		      IN("upper_edge_hertz", "T2", TYPES_FLOAT)),
	 .out = PARAMS(IN("output", "T3", TYPES_NUMERIC)),
	 .attrs = ATTRS(ATTR("output_datatype", INT, "1")),
	 .infer = infer_mel,
	 .kernels = kernels},
	{0}};
