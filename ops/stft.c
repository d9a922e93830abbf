/* SPDX-License-Identifier: Apache-2.0 */
/* ops/stft.c -- STFT: Fourier transforms of frames of a signal.
 *
 * Signal [B, L, 1 or 2], or [B, L] as exporters leave it; frames of n numbers
 * every s, each times the window:
 *
 *     y[b, f, k] = sum over t < n of window[t] x[b, f s + t]
 *                  exp(-2 pi i k t / n)
 *
 * for (L - n) / s + 1 frames and k < n, or k <= n / 2 if onesided, which is the
 * default and wants a real signal.  n is frame_length, or the window's, or L.
 */
#include <inttypes.h>

#include "base/parallel.h"
#include "graph/element.h"
#include "kern/fourier.h"
#include "ops/axes.h"
#include "ops/op.h"

enum { SIGNAL, STEP, WINDOW, LENGTH };

static int64_t parts_of(const struct shape *x)
{
	return x->rank == 3 ? x->dim[2] : 1;
}

static bool check_shapes(const struct node *n, const struct shape *x,
			 const struct shape *w, struct err *e)
{
	int64_t parts = parts_of(x);

	if (x->rank != 2 && x->rank != 3)
		return err_set(e, ERR_SHAPE,
			       "the signal has rank %d, want 3 (real: or 2)",
			       x->rank);
	if (parts >= 0 && parts != 1 && parts != 2)
		return err_set(e, ERR_SHAPE,
			       "the signal's last axis is %" PRId64
			       ", want 1 (real) or 2 (complex)",
			       parts);
	if (parts == 2 && attr_int(n, "onesided"))
		return err_set(e, ERR_SHAPE,
			       "a onesided transform wants a real signal");
	return !w || w->rank == 1 || w->rank < 0 ||
	       err_set(e, ERR_SHAPE, "the window has rank %d, want 1", w->rank);
}

/* The length of a frame from what is known: negative if that is not. */
static bool frame_length(const struct shape *x, const struct shape *w,
			 const int64_t *given, int64_t *n, struct err *e)
{
	int64_t window = w && w->rank == 1 ? w->dim[0] : DIM_UNKNOWN;

	*n = given ? *given : w ? window : x->dim[1];
	if ((given || *n >= 0) && *n < 1)
		return err_set(e, ERR_SHAPE,
			       "a frame has length %" PRId64 ", want 1 or more",
			       *n);
	if (given && window >= 0 && window != *n)
		return err_set(e, ERR_SHAPE,
			       "the window has length %" PRId64
			       ", a frame %" PRId64,
			       window, *n);
	return true;
}

static bool count_frames(int64_t length, int64_t n, int64_t step,
			 int64_t *frames, struct err *e)
{
	*frames = 0;
	if (step < 1)
		return err_set(e, ERR_SHAPE,
			       "frame_step is %" PRId64 ", want 1 or more",
			       step);
	if (length < n)
		return err_set(e, ERR_SHAPE,
			       "the signal has length %" PRId64
			       ", a frame %" PRId64,
			       length, n);
	*frames = (length - n) / step + 1;
	return true;
}

static bool infer_stft(struct infer *c, struct err *e)
{
	const struct shape *x = infer_shape(c, SIGNAL);
	const struct shape *w = infer_has(c, WINDOW) ? infer_shape(c, WINDOW)
						     : NULL;
	struct shape y = SHAPE(DIM_UNKNOWN, DIM_UNKNOWN, DIM_UNKNOWN, 2);
	bool onesided = attr_int(c->node, "onesided") != 0, known = true;
	int64_t given, step, n = DIM_UNKNOWN;

	if (x->rank >= 0) {
		if (!check_shapes(c->node, x, w, e))
			return false;
		y.dim[0] = x->dim[0];
		if (infer_has(c, LENGTH))
			known = infer_scalar_int(c, LENGTH, &given);
		if (known &&
		    !frame_length(x, w, infer_has(c, LENGTH) ? &given : NULL,
				  &n, e))
			return false;
		if (n >= 0)
			y.dim[2] = onesided ? n / 2 + 1 : n;
		if (n >= 0 && x->dim[1] >= 0 &&
		    infer_scalar_int(c, STEP, &step) &&
		    !count_frames(x->dim[1], n, step, &y.dim[1], e))
			return false;
	}
	infer_set(c, 0, infer_dtype(c, SIGNAL), &y);
	return true;
}

/* ---- numbers ------------------------------------------------------------- */

/* Items are frames of all signals. */
struct stft {
	struct job job;
	struct fourier fourier;
	const struct tensor *x, *window;
	struct tensor *y;
	size_t length, parts, step, frames, bins;
	double *work;
	size_t work_each;
};

static void load_frame(const struct stft *s, size_t item, double *z)
{
	size_t from = item / s->frames * s->length + item % s->frames * s->step;

	for (size_t t = 0; t < s->fourier.n; t++) {
		double w = s->window ? tensor_double(s->window, t) : 1;
		size_t at = (from + t) * s->parts;

		z[2 * t] = w * tensor_double(s->x, at);
		z[2 * t + 1] = s->parts > 1 ? w * tensor_double(s->x, at + 1)
					    : 0;
	}
}

static void transform(struct job *job, size_t begin, size_t end)
{
	const struct stft *s = (const struct stft *)job;
	double *z = s->work + (size_t)parallel_index() * s->work_each;

	for (size_t item = begin; item < end; item++) {
		load_frame(s, item, z);
		fourier_run(&s->fourier, z, z + 2 * s->fourier.n);
		element_store(s->y->dtype, tensor_mut(s->y), item * 2 * s->bins,
			      2 * s->bins, z);
	}
}

static bool transform_all(struct stft *s, size_t items, struct err *e)
{
	struct buf work = {0};

	s->work_each = 2 * s->fourier.n + s->fourier.work;
	if (!buf_array(&work, s->work_each * (size_t)parallel_threads(),
		       sizeof(double), NULL, e))
		return false;
	s->work = (double *)(void *)work.data;
	parallel_for(&s->job, items, 1 + 4096 / s->work_each);
	buf_free(&work);
	return true;
}

static bool run_stft(const struct call *c, struct err *e)
{
	struct stft s = {.job.run = transform,
			 .x = call_in(c, SIGNAL),
			 .window = call_in(c, WINDOW),
			 .y = call_out(c, 0)};
	const struct tensor *length = call_in(c, LENGTH);
	const struct shape *x = &s.x->shape;
	const struct shape *w = s.window ? &s.window->shape : NULL;
	int64_t given = length ? tensor_int(length, 0) : 0, n, frames;
	int64_t step = tensor_int(call_in(c, STEP), 0);
	bool ok;

	if (!check_shapes(c->node, x, w, e) ||
	    !frame_length(x, w, length ? &given : NULL, &n, e) ||
	    !count_frames(x->dim[1], n, step, &frames, e))
		return false;
	s.length = (size_t)x->dim[1];
	s.parts = (size_t)parts_of(x);
	s.step = (size_t)step;
	s.frames = (size_t)frames;
	s.bins = (size_t)s.y->shape.dim[2];
	if (!fourier_init(&s.fourier, (size_t)n, false, e))
		return false;
	ok = transform_all(&s, (size_t)x->dim[0] * s.frames, e);
	fourier_release(&s.fourier);
	return ok;
}

static const struct kernel kernels[] = {
	{.name = "stft", .engine = "reference", .run = run_stft}, {0}};

const struct op op_rows_stft[] = {
	{.domain = "",
	 .type = "STFT",
	 .since = 17,
	 .in = PARAMS(IN("signal", "T1", TYPES_FLOAT),
		      IN("frame_step", "T2", TYPES_INDEX),
		      OPTIONAL("window", "T1", TYPES_FLOAT),
		      OPTIONAL("frame_length", "T2", TYPES_INDEX)),
	 .out = PARAMS(IN("output", "T1", TYPES_FLOAT)),
	 .attrs = ATTRS(ATTR("onesided", INT, "1")),
	 .infer = infer_stft,
	 .kernels = kernels},
	{0}};
