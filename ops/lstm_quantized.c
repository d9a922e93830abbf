/* SPDX-License-Identifier: Apache-2.0 */
/* ops/lstm_quantized.c -- com.microsoft's DynamicQuantizeLSTM.
 *
 * An LSTM (ops/rnn.c) whose weights are codes, with a scale and zero point for
 * each direction or for each of its 4 * hidden columns, and whose X and h are
 * quantized to uint8 (ops/dynamic_quantize.h) before every product: X once and
 * as a whole, up to the longest sequence, h at every step for each sequence.
 * (ONNX Runtime takes h of as many sequences together as one thread works on;
 * this is its result with a thread for each.)  Products of codes with their
 * zero points taken away, times both scales, are products of real numbers.
 */
#include "ops/op.h"

#include <inttypes.h>

#include "graph/element.h"
#include "ops/dynamic_quantize.h"
#include "ops/recurrent.h"

enum { X, W, R, LENS = 4, W_SCALE = 8, W_ZERO, R_SCALE, R_ZERO };

/* Scale or zero point for row ROW of ROWS of direction DIR. */
static double per_row(const struct tensor *t, size_t dir, size_t row,
		      size_t rows)
{
	return tensor_double(t, t->shape.rank == 2 ? dir * rows + row : dir);
}

/* Operand WHICH, [dirs, inner, rows], as real numbers [dirs, rows, inner]. */
static double *turn(const struct recurrent *r, struct doubles *d,
		    const double *codes, uint32_t which, uint32_t scale,
		    size_t inner)
{
	const struct call *c = r->call;
	size_t rows = r->gates * r->hidden;
	double *out = doubles_take(d, c, tensor_count(call_in(c, which)));

	for (size_t dir = 0; dir < r->dirs; dir++)
		for (size_t row = 0; row < rows; row++) {
			double s = per_row(call_in(c, scale), dir, row, rows);
			double z = per_row(call_in(c, scale + 1), dir, row,
					   rows);

			for (size_t k = 0; k < inner; k++)
				out[(dir * rows + row) * inner + k] =
					(codes[(dir * inner + k) * rows + row] -
					 z) *
					s;
		}
	return out;
}

/* Elements of X up to the end of the longest sequence. */
static size_t used_inputs(const struct recurrent *r)
{
	const struct tensor *lens = call_in(r->call, LENS);
	size_t longest = lens ? 0 : r->steps;

	for (size_t i = 0; i < r->batch && lens; i++)
		if ((size_t)tensor_int(lens, i) > longest)
			longest = (size_t)tensor_int(lens, i);
	return longest * r->batch * r->input;
}

static bool load(struct recurrent *r, struct doubles *d, struct err *e)
{
	const float *x = call_f32(r->call, X);
	size_t n = used_inputs(r);
	double *out = doubles_take(d, r->call, n), zero;
	float scale;

	if (!dynamic_range(x, n, &scale, &zero, e))
		return err_context(e, "X");
	for (size_t i = 0; i < n; i++)
		out[i] = (dynamic_code(x[i], scale, zero) - zero) *
			 (double)scale;
	r->x = out;
	r->w = turn(r, d, r->w, W, W_SCALE, r->input);
	r->r = turn(r, d, r->r, R, R_SCALE, r->hidden);
	return true;
}

/* H becomes what its codes say; states that are not finite stay so. */
static void quantize_state(double *h, size_t n)
{
	float low = 0, high = 0, scale;
	double zero;
	struct err ignored;

	for (size_t i = 0; i < n; i++) {
		low = (float)h[i] < low ? (float)h[i] : low;
		high = (float)h[i] > high ? (float)h[i] : high;
	}
	if (!dynamic_range((const float[]){low, high}, 2, &scale, &zero,
			   &ignored))
		return;
	for (size_t i = 0; i < n; i++)
		h[i] = (dynamic_code((float)h[i], scale, zero) - zero) *
		       (double)scale;
}

static void cell(const struct recurrent *r, size_t dir, const double *x,
		 double *h, double *c, double *work)
{
	quantize_state(h, r->hidden);
	recurrent_lstm_cell(r, dir, x, h, c, work);
}

/* A number for each direction, or for each row of W in each. */
static bool check_scale(const struct infer *c, uint32_t i, int64_t dirs,
			int64_t rows, struct err *e)
{
	const struct shape *s = infer_shape(c, i);
	const char *name = c->node->op->in[i].name;

	if (s->rank < 0)
		return true;
	if (s->rank != 1 && s->rank != 2)
		return err_set(e, ERR_SHAPE, "'%s' has rank %d, want 1 or 2",
			       name, s->rank);
	if (dirs >= 0 && s->dim[0] >= 0 && s->dim[0] != dirs)
		return err_set(e, ERR_SHAPE,
			       "'%s' has dim %" PRId64
			       " at axis 0, want %" PRId64,
			       name, s->dim[0], dirs);
	if (s->rank == 2 && rows >= 0 && s->dim[1] >= 0 && s->dim[1] != rows)
		return err_set(e, ERR_SHAPE,
			       "'%s' has dim %" PRId64
			       " at axis 1, want %" PRId64,
			       name, s->dim[1], rows);
	return true;
}

static bool infer_lstm(struct infer *c, struct err *e)
{
	const struct shape *w = infer_shape(c, W);
	int64_t dirs = w->rank == 3 ? w->dim[0] : DIM_UNKNOWN;
	int64_t rows = w->rank == 3 ? w->dim[2] : DIM_UNKNOWN;

	for (uint32_t i = W_SCALE; i <= R_ZERO; i++)
		if (!check_scale(c, i, dirs, rows, e))
			return false;
	return recurrent_infer(c, 4, 3, e);
}

static size_t scratch(const struct call *c)
{
	return recurrent_scratch(c) + doubles_of(count_in(c, X)) +
	       doubles_of(count_in(c, W)) + doubles_of(count_in(c, R));
}

static bool run_lstm(const struct call *c, struct err *e)
{
	static const char *const defaults[] = {"Sigmoid", "Tanh", "Tanh"};
	struct recurrent r = {
		.gates = 4, .ncurves = 3, .cell = cell, .load = load};

	return recurrent_run(&r, c, defaults, e);
}

static const struct kernel kernels[] = {{.name = "lstm-quantized-ref",
					 .engine = "reference",
					 .scratch = scratch,
					 .run = run_lstm},
					{0}};

const struct op op_rows_lstm_quantized[] = {
	{.domain = "com.microsoft",
	 .type = "DynamicQuantizeLSTM",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPE_BIT(F32)), IN("W", "T2", TYPES_BYTES),
		      IN("R", "T2", TYPES_BYTES),
		      OPTIONAL("B", "T", TYPE_BIT(F32)),
		      OPTIONAL("sequence_lens", "T1", TYPE_BIT(I32)),
		      OPTIONAL("initial_h", "T", TYPE_BIT(F32)),
		      OPTIONAL("initial_c", "T", TYPE_BIT(F32)),
		      OPTIONAL("P", "T", TYPE_BIT(F32)),
		      IN("W_scale", "T", TYPE_BIT(F32)),
		      IN("W_zero_point", "T2", TYPES_BYTES),
		      IN("R_scale", "T", TYPE_BIT(F32)),
		      IN("R_zero_point", "T2", TYPES_BYTES)),
	 .out = PARAMS(OPTIONAL("Y", "T", TYPE_BIT(F32)),
		       OPTIONAL("Y_h", "T", TYPE_BIT(F32)),
		       OPTIONAL("Y_c", "T", TYPE_BIT(F32))),
	 .attrs = ATTRS(ATTR("activation_alpha", FLOATS, NULL),
			ATTR("activation_beta", FLOATS, NULL),
			ATTR("activations", STRINGS, NULL),
			ATTR("clip", FLOAT, NULL),
			ATTR("direction", STRING, "forward"),
			ATTR("hidden_size", INT, NULL),
			ATTR("input_forget", INT, "0")),
	 .infer = infer_lstm,
	 .kernels = kernels},
	{0}};
