/* SPDX-License-Identifier: Apache-2.0 */
/* ops/rnn.c -- RNN, GRU and LSTM; see ops/recurrent.h.
 *
 *     RNN   h = f(W x + R h + b)
 *     GRU   z = f(Wz x + Rz h + bz),  r = f(Wr x + Rr h + br)
 *           g = g(Wh x + Rh (r * h) + bh), or with linear_before_reset
 *               g(Wh x + wbh + r * (Rh h + rbh))
 *           h = (1 - z) * g + z * h
 *     LSTM  i = f(Wi x + Ri h + bi + Pi * c)
 *           f = f(Wf x + Rf h + bf + Pf * c), or 1 - i with input_forget
 *           g = g(Wc x + Rc h + bc),  c = f * c + i * g
 *           o = f(Wo x + Ro h + bo + Po * c),  h = o * h(c)
 */
#include "ops/op.h"

#include "ops/recurrent.h"
#include "ops/recurrent_f32.h"

static void rnn_cell(const struct recurrent *r, size_t dir, const double *x,
		     double *h, double *c, double *work)
{
	(void)c;
	recurrent_gate(r, dir, 0, x, h, work);
	for (size_t i = 0; i < r->hidden; i++)
		h[i] = recurrent_curve(r, dir, 0, work[i]);
}

static void gru_cell(const struct recurrent *r, size_t dir, const double *x,
		     double *h, double *c, double *work)
{
	size_t n = r->hidden;
	double *z = work, *reset = z + n, *g = reset + n, *u = g + n;

	(void)c;
	recurrent_gate(r, dir, 0, x, h, z);
	recurrent_gate(r, dir, 1, x, h, reset);
	recurrent_gate(r, dir, 2, x, NULL, g);
	for (size_t i = 0; i < n; i++) {
		z[i] = recurrent_curve(r, dir, 0, z[i]);
		reset[i] = recurrent_curve(r, dir, 0, reset[i]);
		u[n + i] = reset[i] * h[i];
	}
	recurrent_gate(r, dir, 2, NULL, r->linear_before_reset ? h : u + n, u);
	for (size_t i = 0; i < n; i++) {
		g[i] += r->linear_before_reset ? reset[i] * u[i] : u[i];
		g[i] = recurrent_curve(r, dir, 1, g[i]);
		h[i] = (1 - z[i]) * g[i] + z[i] * h[i];
	}
}

void recurrent_lstm_cell(const struct recurrent *r, size_t dir, const double *x,
			 double *h, double *c, double *work)
{
	size_t n = r->hidden;
	double *in = work, *out = in + n, *forget = out + n, *g = forget + n;
	const double *p = r->p ? r->p + 3 * dir * n : NULL;

	for (size_t gate = 0; gate < 4; gate++)
		recurrent_gate(r, dir, gate, x, h, work + gate * n);
	for (size_t i = 0; i < n; i++) {
		if (p) {
			in[i] += p[i] * c[i];
			forget[i] += p[2 * n + i] * c[i];
		}
		in[i] = recurrent_curve(r, dir, 0, in[i]);
		forget[i] = r->input_forget
				    ? 1 - in[i]
				    : recurrent_curve(r, dir, 0, forget[i]);
		g[i] = recurrent_curve(r, dir, 1, g[i]);
		c[i] = forget[i] * c[i] + in[i] * g[i];
		if (p)
			out[i] += p[n + i] * c[i];
		out[i] = recurrent_curve(r, dir, 0, out[i]);
		h[i] = out[i] * curve_at(&r->curve[dir][2], c[i]);
	}
}

static bool infer_rnn(struct infer *c, struct err *e)
{
	return recurrent_infer(c, 1, 1, e);
}

static bool infer_gru(struct infer *c, struct err *e)
{
	return recurrent_infer(c, 3, 2, e);
}

static bool infer_lstm(struct infer *c, struct err *e)
{
	return recurrent_infer(c, 4, 3, e);
}

static bool run_rnn(const struct call *c, struct err *e)
{
	static const char *const defaults[] = {"Tanh"};
	struct recurrent r = {.gates = 1, .ncurves = 1, .cell = rnn_cell};

	return recurrent_run(&r, c, defaults, e);
}

static bool run_gru(const struct call *c, struct err *e)
{
	static const char *const defaults[] = {"Sigmoid", "Tanh"};
	struct recurrent r = {.gates = 3, .ncurves = 2, .cell = gru_cell};

	return recurrent_run(&r, c, defaults, e);
}

static bool run_lstm(const struct call *c, struct err *e)
{
	static const char *const defaults[] = {"Sigmoid", "Tanh", "Tanh"};
	struct recurrent r = {
		.gates = 4, .ncurves = 3, .cell = recurrent_lstm_cell};

	return recurrent_run(&r, c, defaults, e);
}

static const struct kernel rnn_kernels[] = {
	{"rnn-ref", "reference", .scratch = recurrent_scratch, .run = run_rnn},
	RECURRENT_F32_KERNEL(rnn),
	{.name = NULL},
};

static const struct kernel gru_kernels[] = {
	{"gru-ref", "reference", .scratch = recurrent_scratch, .run = run_gru},
	RECURRENT_F32_KERNEL(gru),
	{.name = NULL},
};

static const struct kernel lstm_kernels[] = {
	{"lstm-ref", "reference", .scratch = recurrent_scratch,
	 .run = run_lstm},
	RECURRENT_F32_KERNEL(lstm),
	{.name = NULL},
};

static const struct param gru_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{"W", "T", TYPES_IEEE, 0},
	{"R", "T", TYPES_IEEE, 0},
	{"B", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"sequence_lens", NULL, TYPE_BIT(I32), PARAM_OPTIONAL},
	{"initial_h", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{NULL},
};

static const struct param gru_1_out[] = {
	{"Y", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"Y_h", "T", TYPES_IEEE, 0},
	{NULL},
};

static const struct attr_spec gru_1_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "foward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"output_sequence", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param gru_3_out[] = {
	{"Y", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"Y_h", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec gru_3_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"linear_before_reset", ATTR_INT, false, "0"},
	{"output_sequence", ATTR_INT, false, "0"},
	{NULL},
};

static const struct attr_spec gru_7_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"linear_before_reset", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param gru_14_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{"W", "T", TYPES_FLOAT, 0},
	{"R", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{"sequence_lens", NULL, TYPE_BIT(I32), PARAM_OPTIONAL},
	{"initial_h", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct param gru_14_out[] = {
	{"Y", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{"Y_h", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec gru_14_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"layout", ATTR_INT, false, "0"},
	{"linear_before_reset", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param lstm_1_in[] = {
	{"X", "T", TYPES_IEEE, 0},
	{"W", "T", TYPES_IEEE, 0},
	{"R", "T", TYPES_IEEE, 0},
	{"B", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"sequence_lens", NULL, TYPE_BIT(I32), PARAM_OPTIONAL},
	{"initial_h", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"initial_c", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"P", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{NULL},
};

static const struct param lstm_1_out[] = {
	{"Y", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"Y_h", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{"Y_c", "T", TYPES_IEEE, PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec lstm_1_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"input_forget", ATTR_INT, false, "0"},
	{"output_sequence", ATTR_INT, false, "0"},
	{NULL},
};

static const struct attr_spec lstm_7_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"input_forget", ATTR_INT, false, "0"},
	{NULL},
};

static const struct param lstm_14_in[] = {
	{"X", "T", TYPES_FLOAT, 0},
	{"W", "T", TYPES_FLOAT, 0},
	{"R", "T", TYPES_FLOAT, 0},
	{"B", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{"sequence_lens", NULL, TYPE_BIT(I32), PARAM_OPTIONAL},
	{"initial_h", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{"initial_c", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{"P", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct param lstm_14_out[] = {
	{"Y", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{"Y_h", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{"Y_c", "T", TYPES_FLOAT, PARAM_OPTIONAL},
	{NULL},
};

static const struct attr_spec lstm_14_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"input_forget", ATTR_INT, false, "0"},
	{"layout", ATTR_INT, false, "0"},
	{NULL},
};

static const struct attr_spec rnn_1_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"output_sequence", ATTR_INT, false, "0"},
	{NULL},
};

static const struct attr_spec rnn_7_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{NULL},
};

static const struct attr_spec rnn_14_attrs[] = {
	{"activation_alpha", ATTR_FLOATS, false, NULL},
	{"activation_beta", ATTR_FLOATS, false, NULL},
	{"activations", ATTR_STRINGS, false, NULL},
	{"clip", ATTR_FLOAT, false, NULL},
	{"direction", ATTR_STRING, false, "forward"},
	{"hidden_size", ATTR_INT, false, NULL},
	{"layout", ATTR_INT, false, "0"},
	{NULL},
};

const struct op op_rows_rnn[] = {
	{"", "GRU", 1, 0, gru_1_in, gru_1_out, gru_1_attrs, infer_gru,
	 gru_kernels},
	{"", "GRU", 3, 0, gru_1_in, gru_3_out, gru_3_attrs, infer_gru,
	 gru_kernels},
	{"", "GRU", 7, 0, gru_1_in, gru_3_out, gru_7_attrs, infer_gru,
	 gru_kernels},
	{"", "GRU", 14, 0, gru_14_in, gru_14_out, gru_14_attrs, infer_gru,
	 gru_kernels},
	{"", "LSTM", 1, 0, lstm_1_in, lstm_1_out, lstm_1_attrs, infer_lstm,
	 lstm_kernels},
	{"", "LSTM", 7, 0, lstm_1_in, lstm_1_out, lstm_7_attrs, infer_lstm,
	 lstm_kernels},
	{"", "LSTM", 14, 0, lstm_14_in, lstm_14_out, lstm_14_attrs, infer_lstm,
	 lstm_kernels},
	{"", "RNN", 1, 0, gru_1_in, gru_3_out, rnn_1_attrs, infer_rnn,
	 rnn_kernels},
	{"", "RNN", 7, 0, gru_1_in, gru_3_out, rnn_7_attrs, infer_rnn,
	 rnn_kernels},
	{"", "RNN", 14, 0, gru_14_in, gru_14_out, rnn_14_attrs, infer_rnn,
	 rnn_kernels},
	{.type = NULL},
};
