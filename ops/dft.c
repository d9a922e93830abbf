/* SPDX-License-Identifier: Apache-2.0 */
/* ops/dft.c -- DFT: Fourier transforms along one axis.
 *
 * The last axis has real numbers (1) or pairs (2).  With n = dft_length, or
 * the extent of the axis, the signal is cut or filled with zeros to n:
 *
 *     plain             n pairs, and n pairs come out; inverse: over n
 *     onesided          n real numbers, n / 2 + 1 pairs come out
 *     onesided inverse  n / 2 + 1 pairs, n real numbers come out; n is twice
 *                       the extent less 1 if no dft_length is given
 */
#include <inttypes.h>
#include <string.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "kern/fourier.h"
#include "ops/axes.h"
#include "ops/op.h"

enum { INPUT, LENGTH, AXIS };

struct form {
	bool inverse, onesided;
};

static bool parse(const struct node *n, struct form *f, struct err *e)
{
	int64_t inverse = attr_int(n, "inverse");
	int64_t onesided = attr_int(n, "onesided");

	*f = (struct form){inverse != 0, onesided != 0};
	if ((inverse | onesided) & ~INT64_C(1))
		return err_set(e, ERR_FORMAT,
			       "inverse is %" PRId64 ", onesided %" PRId64
			       ", want 0 or 1",
			       inverse, onesided);
	return true;
}

static bool check_signal(const struct shape *x, const struct form *f,
			 struct err *e)
{
	int64_t parts = x->rank > 0 ? x->dim[x->rank - 1] : DIM_UNKNOWN;

	if (x->rank < 2)
		return err_set(e, ERR_SHAPE,
			       "the input has rank %d, want 2 "
			       "or more",
			       x->rank);
	if (parts >= 0 && parts != 1 && parts != 2)
		return err_set(e, ERR_SHAPE,
			       "the input's last axis is %" PRId64
			       ", want 1 (real) or 2 (complex)",
			       parts);
	if (f->onesided && parts == (f->inverse ? 1 : 2))
		return err_set(e, ERR_SHAPE, "onesided %s wants a %s input",
			       f->inverse ? "and inverse" : "transform",
			       f->inverse ? "complex" : "real");
	return true;
}

static bool check_axis(int64_t given, int32_t rank, int32_t *axis,
		       struct err *e)
{
	if (!infer_axis(given, rank, axis, e))
		return false;
	return *axis != rank - 1 ||
	       err_set(e, ERR_SHAPE,
		       "axis %" PRId64 " is that of real and imaginary parts",
		       given);
}

/* The length of the transform along an axis of EXTENT. */
static bool transform_length(const struct form *f, const int64_t *given,
			     int64_t extent, int64_t *n, struct err *e)
{
	*n = given					 ? *given
	     : extent < 0 || !f->inverse || !f->onesided ? extent
							 : 2 * (extent - 1);
	if (!given && extent < 0) {
		*n = f->inverse && f->onesided ? DIM_UNKNOWN : extent;
		return true;
	}
	return *n >= 1 ||
	       err_set(e, ERR_SHAPE,
		       "the transform has length %" PRId64 ", want 1 or more",
		       *n);
}

static int64_t result_length(const struct form *f, int64_t n)
{
	if (!f->onesided || f->inverse)
		return n;
	return n < 0 ? DIM_UNKNOWN : n / 2 + 1;
}

static bool infer_length(struct infer *c, const struct form *f, int32_t axis,
			 struct shape *y, struct err *e)
{
	int64_t given, n;
	bool has = infer_has(c, LENGTH);

	if (has && !infer_scalar_int(c, LENGTH, &given)) {
		y->dim[axis] = DIM_UNKNOWN;
		return true;
	}
	if (!transform_length(f, has ? &given : NULL, y->dim[axis], &n, e))
		return false;
	y->dim[axis] = result_length(f, n);
	return true;
}

static bool infer_dft(struct infer *c, struct err *e)
{
	struct shape y = *infer_shape(c, INPUT);
	bool by_operand = c->node->op->since >= 20;
	int64_t given = by_operand ? -2 : attr_int(c->node, "axis");
	struct form f;
	int32_t axis;

	if (!parse(c->node, &f, e) || (y.rank >= 0 && !check_signal(&y, &f, e)))
		return false;
	if (y.rank >= 0) {
		if (by_operand && infer_has(c, AXIS) &&
		    !infer_scalar_int(c, AXIS, &given)) {
			for (int32_t i = 0; i + 1 < y.rank; i++)
				y.dim[i] = DIM_UNKNOWN;
		} else if (!check_axis(given, y.rank, &axis, e) ||
			   !infer_length(c, &f, axis, &y, e)) {
			return false;
		}
		y.dim[y.rank - 1] = f.inverse && f.onesided ? 1 : 2;
	}
	infer_set(c, 0, infer_dtype(c, INPUT), &y);
	return true;
}

/* ---- numbers ------------------------------------------------------------- */

/* Lines along the axis; of the input, [outer, extent, inner] of PARTS. */
struct dft {
	struct job job;
	struct form form;
	struct fourier fourier;
	const struct tensor *x;
	struct tensor *y;
	size_t extent, inner, parts; /* of the input */
	size_t out, out_parts;
	double *work;
	size_t work_each;
};

/* Bin K of a spectrum of n, of which half is given: the rest mirrors it. */
static void mirror(double *z, size_t n)
{
	z[1] = 0;
	if (n % 2 == 0)
		z[2 * (n / 2) + 1] = 0;
	for (size_t k = n / 2 + 1; k < n; k++) {
		z[2 * k] = z[2 * (n - k)];
		z[2 * k + 1] = -z[2 * (n - k) + 1];
	}
}

static void load_line(const struct dft *d, size_t line, double *z)
{
	size_t n = d->fourier.n, from = line / d->inner * d->extent;
	bool half = d->form.inverse && d->form.onesided;
	size_t count = half ? n / 2 + 1 : n;

	for (size_t k = 0; k < count; k++)
		for (size_t part = 0; part < 2; part++) {
			size_t at = ((from + k) * d->inner + line % d->inner) *
					    d->parts +
				    part;

			z[2 * k + part] = k < d->extent && part < d->parts
						  ? tensor_double(d->x, at)
						  : 0;
		}
	if (half)
		mirror(z, n);
}

static void transform(struct job *job, size_t begin, size_t end)
{
	const struct dft *d = (const struct dft *)job;
	double *z = d->work + (size_t)parallel_index() * d->work_each;
	double unit = d->form.inverse ? (double)d->fourier.n : 1;

	for (size_t line = begin; line < end; line++) {
		size_t from = line / d->inner * d->out;

		load_line(d, line, z);
		fourier_run(&d->fourier, z, z + 2 * d->fourier.n);
		for (size_t k = 0; k < d->out; k++)
			for (size_t part = 0; part < d->out_parts; part++)
				element_set_double(
					d->y->dtype, tensor_mut(d->y),
					((from + k) * d->inner +
					 line % d->inner) *
							d->out_parts +
						part,
					z[2 * k + part] / unit);
	}
}

static bool transform_all(struct dft *d, size_t lines, struct err *e)
{
	struct buf work = {0};

	d->work_each = 2 * d->fourier.n + d->fourier.work;
	if (!buf_array(&work, d->work_each * (size_t)parallel_threads(),
		       sizeof(double), NULL, e))
		return false;
	d->work = (double *)(void *)work.data;
	d->job.run = transform;
	parallel_for(&d->job, lines, 1 + 4096 / d->work_each);
	buf_free(&work);
	return true;
}

static bool run_dft(const struct call *c, struct err *e)
{
	struct dft d = {.x = call_in(c, INPUT), .y = call_out(c, 0)};
	const struct tensor *length = call_in(c, LENGTH);
	const struct tensor *axis_of = call_in(c, AXIS);
	const struct shape *s = &d.x->shape;
	int64_t given, n;
	int32_t axis;
	bool ok;

	if (!parse(c->node, &d.form, e) || !check_signal(s, &d.form, e))
		return false;
	given = c->node->op->since < 20 ? attr_int(c->node, "axis")
		: axis_of		? tensor_int(axis_of, 0)
					: -2;
	if (!check_axis(given, s->rank, &axis, e))
		return false;
	given = length ? tensor_int(length, 0) : 0;
	if (!transform_length(&d.form, length ? &given : NULL, s->dim[axis], &n,
			      e))
		return false;
	if (tensor_count(d.y) == 0)
		return true;
	d.extent = (size_t)s->dim[axis];
	d.inner = shape_span(s, axis + 1, s->rank - 1);
	d.parts = (size_t)s->dim[s->rank - 1];
	d.out = (size_t)d.y->shape.dim[axis];
	d.out_parts = (size_t)d.y->shape.dim[s->rank - 1];
	if (!fourier_init(&d.fourier, (size_t)n, d.form.inverse, e))
		return false;
	ok = transform_all(&d, shape_span(s, 0, axis) * d.inner, e);
	fourier_release(&d.fourier);
	return ok;
}

static const struct kernel kernels[] = {
	{.name = "dft", .engine = "reference", .run = run_dft}, {0}};

#define DFT(opset, operands, attributes)                                     \
	{                                                                    \
		.domain = "", .type = "DFT", .since = opset, .in = operands, \
		.out = PARAMS(IN("output", "T1", TYPES_FLOAT)),              \
		.attrs = attributes, .infer = infer_dft, .kernels = kernels, \
	}
#define OPERANDS                        \
	IN("input", "T1", TYPES_FLOAT), \
		OPTIONAL("dft_length", "T2", TYPES_INDEX)
#define ATTRIBUTES ATTR("inverse", INT, "0"), ATTR("onesided", INT, "0")

const struct op op_rows_dft[] = {
	DFT(17, PARAMS(OPERANDS), ATTRS(ATTR("axis", INT, "1"), ATTRIBUTES)),
	DFT(20, PARAMS(OPERANDS, OPTIONAL("axis", NULL, TYPES_I64)),
	    ATTRS(ATTRIBUTES)),
	{0}};
