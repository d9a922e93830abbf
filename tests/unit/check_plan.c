/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_plan.c -- plans: what they compute and what they do. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parallel.h"
#include "base/str.h"
#include "exec/session.h"
#include "formats/format.h"
#include "kern/dnnl_conv.h"
#include "ops/op.h"

static struct err e;

static struct model *read_text(const char *body)
{
	char path[] = "/tmp/check_plan_XXXXXX.onnxtxt";
	int fd = mkstemps(path, 8);
	struct str s = {0};
	struct model *m;

	ck_assert_int_ge(fd, 0);
	str_addf(&s, "<ir_version: 8, opset_import: [\"\" : 17]>\n%s", body);
	ck_assert_int_eq(write(fd, s.text, s.len), (ssize_t)s.len);
	close(fd);
	ck_assert_msg(format_read_model(&m, path, &limits_default, &e), "%s",
		      e.msg);
	unlink(path);
	str_release(&s);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	return m;
}

/* x[i] = sin(i): something of both signs. */
static struct datum waves(float *x, const struct shape *s)
{
	struct tensor t = {.dtype = DTYPE_F32, .shape = *s, .data = x};

	t.bytes = tensor_count(&t) * sizeof(*x);
	for (size_t i = 0; i < tensor_count(&t); i++)
		x[i] = (float)sin((double)i);
	return datum_tensor(&t);
}

static struct plan *build(const struct model *m, const char *engine,
			  bool literal, const struct datum *in)
{
	struct plan_opts o = {.engine = engine_find(engine),
			      .literal = literal,
			      .inputs = in ? &in->type : NULL};
	struct plan *p;

	ck_assert_msg(plan_build(&p, m, &o, &e), "%s", e.msg);
	return p;
}

static const float *run(struct plan *p, const struct datum *in)
{
	ck_assert_msg(plan_run(p, &in, NULL, &e), "%s", e.msg);
	return tensor_f32(&plan_output(p, 0)->tensor);
}

static const char cnn[] =
	"cnn (float[N,3,9,9] x) => (float[N,4] y)\n"
	"<float[16,3,3,3] w, float[16] b, float[16,16,3,3] v, float[16,4] u> {"
	"  c = Conv <pads = [1,1,1,1]> (x, w, b)"
	"  r = Relu (c)"
	"  d = Conv <pads = [1,1,1,1]> (r, v)"
	"  a = Add (d, r)"
	"  s = Sigmoid (a)"
	"  p = GlobalAveragePool (s)"
	"  f = Flatten (p)"
	"  y = MatMul (f, u)"
	"}";

/* CNN with weights of all sizes; the text format would need them spelled
 * out. */
static struct model *cnn_model(void)
{
	struct str s = {0};
	const char *at = cnn;
	struct model *m;
	size_t counts[] = {16 * 27, 16, 16 * 144, 64}, next = 0;

	for (; *at; at++) {
		bool name = next < COUNT_OF(counts) && at > cnn + 50 &&
			    (*at == ',' || *at == '>') && at[-2] == ' ' &&
			    at[-3] == ']';

		if (name) {
			str_add(&s, " = {");
			for (size_t i = 0; i < counts[next]; i++)
				str_addf(&s, "%s%.3f", i ? "," : "",
					 0.2 * cos((double)(i + next)));
			str_add(&s, "}");
			next++;
		}
		str_addc(&s, *at);
	}
	ck_assert_uint_eq(next, COUNT_OF(counts));
	m = read_text(s.text);
	str_release(&s);
	return m;
}

START_TEST(engines_agree_with_the_reference)
{
	const char *engine = _i ? "onednn" : "blas";
	struct model *m = cnn_model();
	struct shape s = SHAPE(2, 3, 9, 9);
	float x[2 * 3 * 81];
	struct datum in = waves(x, &s);
	struct plan *want = build(m, "reference", false, &in), *got;
	const float *w = run(want, &in), *g;
	struct err why = {0};

	if (_i == 0 || dnnl_available(&why)) {
		got = build(m, engine, false, &in);
		g = run(got, &in);
		for (int i = 0; i < 8; i++)
			ck_assert_msg(fabsf(g[i] - w[i]) <= 1e-5f,
				      "%s: %g, want %g", engine, (double)g[i],
				      (double)w[i]);
		plan_free(got);
	}
	plan_free(want);
	model_free(m);
}
END_TEST

START_TEST(the_reference_has_the_same_bits_for_any_thread_count)
{
	struct model *m = cnn_model();
	struct shape s = SHAPE(2, 3, 9, 9);
	float x[2 * 3 * 81], first[8];
	struct datum in = waves(x, &s);
	int before = parallel_threads();

	for (int threads = 1; threads <= 3; threads++) {
		struct plan *p;

		parallel_set_threads(threads);
		p = build(m, "reference", false, &in);
		if (threads == 1)
			memcpy(first, run(p, &in), sizeof(first));
		else
			ck_assert(!memcmp(first, run(p, &in), sizeof(first)));
		plan_free(p);
	}
	parallel_set_threads(before);
	model_free(m);
}
END_TEST

START_TEST(what_follows_a_convolution_joins_it)
{
	struct model *m = cnn_model();
	struct shape s = SHAPE(1, 3, 9, 9);
	float x[3 * 81];
	struct datum in = waves(x, &s);
	struct plan *p = build(m, "blas", false, &in);
	size_t count;
	const struct step *step = plan_steps(p, &count);

	ck_assert_uint_eq(count, 5);
	ck_assert_str_eq(step[0].label, "c+r");
	ck_assert_str_eq(step[1].label, "d+a+s");
	plan_free(p);
	p = build(m, "blas", true, &in);
	plan_steps(p, &count);
	ck_assert_uint_eq(count, 8);
	plan_free(p);
	model_free(m);
}
END_TEST

/* Labels of the steps of BODY on engine blas, which agrees with the
 * reference; X has shape [2, 3, 4]. */
static void check_lowered(const char *body, const char *labels)
{
	struct model *m = read_text(body);
	struct shape s = SHAPE(2, 3, 4);
	float x[24];
	struct datum in = waves(x, &s);
	struct plan *want = build(m, "reference", false, &in);
	struct plan *got = build(m, "blas", false, &in);
	const float *w = run(want, &in), *g = run(got, &in);
	struct str seen = {0};
	size_t count, n = tensor_count(&plan_output(want, 0)->tensor);
	const struct step *step = plan_steps(got, &count);

	for (size_t i = 0; i < count; i++)
		str_addf(&seen, "%s%s", i ? " " : "", step[i].label);
	ck_assert_str_eq(seen.text, labels);
	for (size_t i = 0; i < n; i++)
		ck_assert_float_eq_tol(g[i], w[i], 1e-6f);
	str_release(&seen);
	plan_free(got);
	plan_free(want);
	model_free(m);
}

#define HEAD(result) "l (float[2,3,4] x) => (float[] " result ")\n"
#define WEIGHTS                                                         \
	"<float[4,2] w = {0.1,-0.2,0.3,0.4,-0.5,0.6,0.7,-0.8},"         \
	" float[2] b = {0.5,-1}, float r = {1.4142135}, float o = {1}," \
	" float h = {0.5}, float[1] e = {0.00001}, float t = {2},"      \
	" float[4] g = {1,2,-1,0.5}, float[4] k = {0.1,0,2,-1}> {"

START_TEST(what_follows_a_product_joins_it)
{
	check_lowered(HEAD("y") WEIGHTS " p = MatMul (x, w)"
					" a = Add (b, p)"
					" d = Div (a, r)"
					" f = Erf (d)"
					" q = Add (f, o)"
					" u = Mul (a, q)"
					" y = Mul (u, h) }",
		      "p+a+f+y");
	check_lowered(HEAD("y") WEIGHTS " p = MatMul (x, w)"
					" a = Add (p, b)"
					" n = Neg (a)"
					" q = MatMul (x, w)"
					" z = Add (n, q)"
					" y = Relu (z) }",
		      "p+a n q+z+y");
}
END_TEST

START_TEST(activations_and_norms_without_their_factors_are_found)
{
	/* Twice the Gelu: the half went into the layer behind. */
	check_lowered(HEAD("y") WEIGHTS " d = Div (x, r)"
					" f = Erf (d)"
					" q = Add (f, o)"
					" u = Mul (x, q)"
					" y = Neg (u) }",
		      "f u y");
	check_lowered(HEAD("y") WEIGHTS " m = ReduceMean <axes = [-1]> (x)"
					" d = Sub (x, m)"
					" s = Pow (d, t)"
					" v = ReduceMean <axes = [2]> (s)"
					" a = Add (v, e)"
					" q = Sqrt (a)"
					" n = Div (d, q)"
					" y = Neg (n) }",
		      "n y");
}
END_TEST

START_TEST(layer_normalization_written_out_is_one_step)
{
	check_lowered(HEAD("y") WEIGHTS " m = ReduceMean <axes = [-1]> (x)"
					" d = Sub (x, m)"
					" s = Pow (d, t)"
					" v = ReduceMean <axes = [2]> (s)"
					" a = Add (v, e)"
					" q = Sqrt (a)"
					" n = Div (d, q)"
					" i = Mul (n, g)"
					" y = Add (i, k) }",
		      "n+y");
}
END_TEST

START_TEST(normalization_that_stands_alone_is_one_step)
{
	check_lowered("n (float[2,3,4] x) => (float[2,3,4] y)\n"
		      "<float[3] s = {1,-2,3}, float[3] b = {0.5,0,-1},"
		      " float[3] m = {0.1,0.2,0.3}, float[3] v = {1,2,0.5}> {"
		      " a = Neg (x)"
		      " n = BatchNormalization (a, s, b, m, v)"
		      " y = Relu (n) }",
		      "a n+y");
	/* Statistics that are no constants. */
	check_lowered("n (float[2,3,4] x) => (float[2,3,4] y)\n"
		      "<float[3] s = {1,-2,3}, float[3] b = {0.5,0,-1}> {"
		      " m = ReduceMean <axes = [0,2], keepdims = 0> (x)"
		      " v = Exp (m)"
		      " n = BatchNormalization (x, s, b, m, v)"
		      " y = Relu (n) }",
		      "m v n y");
}
END_TEST

#define PADS                                                           \
	HEAD("y")                                                      \
	"<int64[6] p = {0,0,1,0,0,2}, int64[6] c = {0,1,0,0,0,0},"     \
	" float v = {1}, float[2,3,2] w = {0.1,-0.2,0.3,0.4,-0.5,0.6," \
	"0.1,0.2,0.3,-0.1,0.2,0.1}> {"

START_TEST(zeros_around_planes_join_the_window)
{
	check_lowered(PADS " q = Pad (x, p)"
			   " y = AveragePool <kernel_shape = [3]> (q) }",
		      "q+y");
	check_lowered(PADS " q = Pad (x, p)"
			   " y = AveragePool <kernel_shape = [3],"
			   "  pads = [1,0], count_include_pad = 1> (q) }",
		      "q+y");
	check_lowered(PADS " q = Pad (x, p)"
			   " y = Conv <pads = [1,0]> (q, w) }",
		      "q+y");
	/* Borders that do not count, windows of zeros alone, channels, ones,
	 * mirrors, another reader. */
	check_lowered(PADS " q = Pad (x, p)"
			   " y = AveragePool <kernel_shape = [3],"
			   "  pads = [1,0]> (q) }",
		      "q y");
	check_lowered(PADS " q = Pad (x, p)"
			   " y = AveragePool <kernel_shape = [2]> (q) }",
		      "q y");
	check_lowered(PADS " q = Pad (x, c)"
			   " y = AveragePool <kernel_shape = [3]> (q) }",
		      "q y");
	check_lowered(PADS " q = Pad (x, p, v)"
			   " y = AveragePool <kernel_shape = [3]> (q) }",
		      "q y");
	check_lowered(PADS " q = Pad <mode = \"reflect\"> (x, p)"
			   " y = Conv (q, w) }",
		      "q y");
	check_lowered(PADS " q = Pad (x, p)"
			   " r = Neg (q)"
			   " a = Conv (q, w)"
			   " b = Conv (r, w)"
			   " y = Mul (a, b) }",
		      "q r a b y");
}
END_TEST

START_TEST(what_only_looks_like_it_stays)
{
	/* erf of x / 2; the mean over another axis; a residual that is made
	 * later. */
	check_lowered(HEAD("y") WEIGHTS " d = Div (x, t)"
					" f = Erf (d)"
					" q = Add (f, o)"
					" u = Mul (x, q)"
					" y = Mul (u, h) }",
		      "d f q u y");
	check_lowered(HEAD("y") WEIGHTS " m = ReduceMean <axes = [1]> (x)"
					" d = Sub (x, m)"
					" s = Mul (d, d)"
					" v = ReduceMean <axes = [-1]> (s)"
					" a = Add (v, e)"
					" q = Sqrt (a)"
					" n = Div (d, q)"
					" y = Mul (n, g) }",
		      "m d s v a q n y");
	check_lowered(HEAD("y") WEIGHTS " p = MatMul (x, w)"
					" q = Neg (p)"
					" y = Add (p, q) }",
		      "p q y");
}
END_TEST

static const char quantized[] =
	"q (float[1,2,6,6] x) => (float[1,3] y)\n"
	"<float s = {0.01}, uint8 z = {128}, uint8 o = {0},"
	" int8[2,2,1,1] w = {90, -50, 30, 120}, int8 k = {0},"
	" int8[4,3] u = {100, -100, 3, 4, 5, -6, 7, 80, -9, 10, 11, -60}> {"
	"  xq = QuantizeLinear (x, s, z)"
	"  xd = DequantizeLinear (xq, s, z)"
	"  wd = DequantizeLinear (w, s, k)"
	"  c = Conv (xd, wd)"
	"  r = Relu (c)"
	"  rq = QuantizeLinear (r, s, o)"
	"  rd = DequantizeLinear (rq, s, o)"
	"  m = MaxPool <kernel_shape = [2,2], strides = [2,2]> (rd)"
	"  mq = QuantizeLinear (m, s, o)"
	"  md = DequantizeLinear (mq, s, o)"
	"  a = Add (md, md)"
	"  aq = QuantizeLinear (a, s, o)"
	"  ad = DequantizeLinear (aq, s, o)"
	"  h = Concat <axis = 1> (ad, md)"
	"  hq = QuantizeLinear (h, s, z)"
	"  hd = DequantizeLinear (hq, s, z)"
	"  g = GlobalAveragePool (hd)"
	"  gq = QuantizeLinear (g, s, o)"
	"  gd = DequantizeLinear (gq, s, o)"
	"  f = Flatten (gd)"
	"  fq = QuantizeLinear (f, s, o)"
	"  fd = DequantizeLinear (fq, s, o)"
	"  ud = DequantizeLinear (u, s, k)"
	"  p = MatMul (fd, ud)"
	"  pq = QuantizeLinear (p, s, z)"
	"  y = DequantizeLinear (pq, s, z)"
	"}";

START_TEST(integer_models_run_as_integers)
{
	struct model *m = read_text(quantized);
	struct shape s = SHAPE(1, 2, 6, 6);
	float x[72];
	struct datum in = waves(x, &s);
	struct plan *want = build(m, "reference", false, &in);
	struct plan *got = build(m, "blas", false, &in);
	size_t count;
	const struct step *step = plan_steps(got, &count);
	const float *w, *g;

	ck_assert_uint_eq(count, 9);
	ck_assert_str_eq(step[0].node->type, "QuantizeLinear");
	ck_assert_str_eq(step[count - 1].node->type, "DequantizeLinear");
	for (size_t i = 1; i + 1 < count; i++)
		ck_assert_msg(step[i].node->out[0]->type.dtype == DTYPE_U8,
			      "step '%s' (%s) makes no codes", step[i].label,
			      step[i].node->type);
	w = run(want, &in);
	g = run(got, &in);
	for (int i = 0; i < 3; i++)
		ck_assert_msg(fabsf(w[i] - g[i]) <= 0.0101f, "%g, want %g",
			      (double)g[i], (double)w[i]);
	plan_free(want);
	plan_free(got);
	model_free(m);
}
END_TEST

START_TEST(products_of_codes_may_have_float_results)
{
	struct model *m = read_text(
		"p (float[3,4] x) => (float[3,2] y, float[3,2] v)\n"
		"<float s = {0.02}, uint8 z = {128}, int8 k = {0},"
		" float[2] r = {0.1, 0.03}, int8[2] o = {0, 0},"
		" int8[2,4] w = {90, -50, 30, 120, 1, -2, 3, -100},"
		" int8[4,2] u = {1, 2, 3, 4, -5, -6, -70, 80},"
		" float[2] b = {0.5, -3}> {"
		"  xq = QuantizeLinear (x, s, z)"
		"  xd = DequantizeLinear (xq, s, z)"
		"  wd = DequantizeLinear <axis = 0> (w, r, o)"
		"  y = Gemm <transB = 1> (xd, wd, b)"
		"  ud = DequantizeLinear (u, s, k)"
		"  a = MatMul (xd, ud)"
		"  v = Add (b, a) }");
	struct shape s = SHAPE(3, 4);
	float x[12];
	struct datum in = waves(x, &s);
	struct plan *want = build(m, "reference", false, &in);
	struct plan *got = build(m, "blas", false, &in);
	size_t count;
	const struct step *step = plan_steps(got, &count);

	ck_assert_uint_eq(count, 3);
	for (size_t i = 1; i < count; i++)
		ck_assert_str_eq(step[i].node->type, "MatMulIntegerToFloat");
	run(want, &in);
	run(got, &in);
	for (uint32_t k = 0; k < 2; k++)
		for (int i = 0; i < 6; i++) {
			float w = tensor_f32(&plan_output(want, k)->tensor)[i];
			float g = tensor_f32(&plan_output(got, k)->tensor)[i];

			ck_assert_msg(fabsf(w - g) <= 1e-4f, "%g, want %g",
				      (double)g, (double)w);
		}
	plan_free(want);
	plan_free(got);
	model_free(m);
}
END_TEST

START_TEST(a_residual_of_codes_joins_its_convolution)
{
	struct model *m = read_text(
		"r (float[1,2,3,3] x) => (float[1,2,3,3] y)\n"
		"<float s = {0.01}, uint8 z = {128}, float c = {0.02},"
		" int8[2,2,1,1] w = {90, -50, 30, 120}, int8 k = {0}> {"
		"  xq = QuantizeLinear (x, s, z)"
		"  xd = DequantizeLinear (xq, s, z)"
		"  wd = DequantizeLinear (w, s, k)"
		"  p = Conv (xd, wd)"
		"  pq = QuantizeLinear (p, c, z)"
		"  pd = DequantizeLinear (pq, c, z)"
		"  a = Add (xd, pd)"
		"  aq = QuantizeLinear (a, s, z)"
		"  y = DequantizeLinear (aq, s, z) }");
	struct shape s = SHAPE(1, 2, 3, 3);
	float x[18];
	struct datum in = waves(x, &s);
	struct plan *want = build(m, "reference", false, &in);
	struct plan *got = build(m, "blas", false, &in);
	size_t count;
	const struct step *step = plan_steps(got, &count);
	const float *w = run(want, &in), *g = run(got, &in);

	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(step[1].node->type, "QLinearConvAdd");
	/* A sum on a tie may fall one step of the convolution elsewhere. */
	for (int i = 0; i < 18; i++)
		ck_assert_msg(fabsf(w[i] - g[i]) <= 0.0201f, "%g, want %g",
			      (double)g[i], (double)w[i]);
	plan_free(want);
	plan_free(got);
	model_free(m);
}
END_TEST

START_TEST(functions_between_codes_become_tables)
{
	struct model *m = read_text(
		"t (float[3,4] x) => (float[3,4] y)\n"
		"<float s = {0.02}, uint8 z = {128}, float r = {0.03},"
		" int8 k = {-10}, float t = {1.5}> {"
		"  xq = QuantizeLinear (x, s, z)"
		"  xd = DequantizeLinear (xq, s, z)"
		"  g = Sigmoid (xd)"
		"  c = Mul (t, g)"
		"  f = Mul (xd, c)"
		"  fq = QuantizeLinear (f, r, k)"
		"  y = DequantizeLinear (fq, r, k) }");
	struct shape s = SHAPE(3, 4);
	float x[12];
	struct datum in = waves(x, &s);
	struct plan *want = build(m, "reference", false, &in);
	struct plan *got = build(m, "blas", false, &in);
	const float *w = run(want, &in), *g = run(got, &in);
	size_t count;
	const struct step *step = plan_steps(got, &count);

	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(step[1].node->type, "Lookup");
	for (int i = 0; i < 12; i++)
		ck_assert_float_eq(w[i], g[i]);
	plan_free(want);
	plan_free(got);
	model_free(m);
}
END_TEST

START_TEST(shapes_that_depend_on_data_are_decided_at_run_time)
{
	struct model *m = read_text("nz (float[4] x) => (float[K] y) {"
				    "  i = NonZero (x)"
				    "  j = Transpose (i)"
				    "  g = GatherND (x, j)"
				    "  y = Neg (g)"
				    "}");
	struct shape s = SHAPE(4);
	float x[4];
	struct datum in = waves(x, &s);
	struct plan *p = build(m, "blas", false, NULL);

	x[2] = 0;
	ck_assert_float_eq(run(p, &in)[1], -x[3]);
	ck_assert_int_eq(plan_output(p, 0)->tensor.shape.dim[0], 2);
	x[0] = 5;
	ck_assert_float_eq(run(p, &in)[0], -5);
	ck_assert_int_eq(plan_output(p, 0)->tensor.shape.dim[0], 3);
	plan_free(p);
	model_free(m);
}
END_TEST

/* Layouts are for known shapes: no kernel may count on one without. */
START_TEST(channels_of_open_dims_move)
{
	struct model *m = read_text("t (float[1,2,K] x) => (float[1,K,2] y) {"
				    "  y = Transpose <perm = [0,2,1]> (x)"
				    "}");
	struct shape s = SHAPE(1, 2, 3);
	float x[6];
	struct datum in = waves(x, &s);
	struct err why = {0};
	struct plan *p;

	p = build(m, dnnl_available(&why) ? "onednn" : "blas", false, NULL);
	for (int i = 0; i < 6; i++)
		ck_assert_float_eq(run(p, &in)[i], x[i % 2 * 3 + i / 2]);
	plan_free(p);
	model_free(m);
}
END_TEST

struct names {
	struct tap tap;
	struct str seen;
};

static bool saw(struct tap *self, const struct value *v, const struct datum *d,
		struct err *err)
{
	(void)d;
	(void)err;
	str_addf(&((struct names *)self)->seen, "%s ", v->name);
	return true;
}

START_TEST(what_is_declared_of_such_shapes_is_not_believed)
{
	struct model *m = read_text(
		"g (int64[2] s, float[1] z) => (float[3,2] y) "
		"{ c = ConstantOfShape (s)  y = Add (c, z) }");
	const int64_t wanted[] = {1, 2};
	const float one = 1;
	struct tensor s = {.dtype = DTYPE_I64,
			   .shape = SHAPE(2),
			   .data = wanted,
			   .bytes = sizeof(wanted)};
	struct tensor z = {.dtype = DTYPE_F32,
			   .shape = SHAPE(1),
			   .data = &one,
			   .bytes = sizeof(one)};
	struct datum in[] = {datum_tensor(&s), datum_tensor(&z)};
	const struct datum *at[] = {&in[0], &in[1]};
	struct shape y = SHAPE(1, 2);
	struct plan *p = build(m, "reference", false, NULL);

	ck_assert_msg(plan_run(p, at, NULL, &e), "%s", e.msg);
	ck_assert(shape_equal(&plan_output(p, 0)->tensor.shape, &y));
	plan_free(p);
	model_free(m);
}
END_TEST

START_TEST(a_tap_sees_every_result_but_constants)
{
	struct model *m = read_text("t (float[2] x) => (float[2] y)\n"
				    "<float[2] a = {1, 2}> {"
				    "  b = Neg (a)"
				    "  c = Add (x, b)"
				    "  d = Abs (c)"
				    "  y = Sqrt (d)"
				    "}");
	struct shape s = SHAPE(2);
	float x[2];
	struct datum in = waves(x, &s);
	const struct datum *feed = &in;
	struct plan *p = build(m, "reference", true, &in);
	struct names n = {.tap.saw = saw};

	ck_assert_msg(plan_run(p, &feed, &n.tap, &e), "%s", e.msg);
	ck_assert_str_eq(n.seen.text, "c d y ");
	str_release(&n.seen);
	plan_free(p);
	model_free(m);
}
END_TEST

/* One element of each result. */
struct picks {
	struct tap tap;
	double x[16];
	size_t count;
};

static bool pick(struct tap *self, const struct value *v, const struct datum *d,
		 struct err *why)
{
	struct picks *p = (struct picks *)self;

	(void)v;
	(void)why;
	ck_assert_uint_lt(p->count, COUNT_OF(p->x));
	p->x[p->count++] = tensor_double(&d->tensor,
					 tensor_count(&d->tensor) * 2 / 3);
	return true;
}

START_TEST(a_tap_sees_rows_whatever_the_layout)
{
	struct model *m = cnn_model();
	struct shape s = SHAPE(2, 3, 9, 9);
	float x[2 * 3 * 81];
	struct datum in = waves(x, &s);
	const struct datum *feed = &in;
	struct picks got[2] = {{.tap.saw = pick}, {.tap.saw = pick}};
	struct err why = {0};

	for (int i = 0; i < (dnnl_available(&why) ? 2 : 1); i++) {
		struct plan *p = build(m, i ? "onednn" : "reference", true,
				       &in);

		ck_assert_msg(plan_run(p, &feed, &got[i].tap, &e), "%s", e.msg);
		plan_free(p);
		ck_assert_uint_eq(got[i].count, 8);
		for (int k = 0; k < 8; k++)
			ck_assert_double_eq_tol(got[i].x[k], got[0].x[k], 1e-5);
	}
	model_free(m);
}
END_TEST

START_TEST(every_unsupported_node_is_listed)
{
	struct model *m = read_text("u (float[2] x) => (float[2] y) {"
				    "  a = my.own.Foo (x)"
				    "  b = Neg (a)"
				    "  y = my.own.Bar (b)"
				    "}");
	struct plan_opts o = {.engine = NULL};
	struct plan *p;

	ck_assert(!plan_build(&p, m, &o, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	ck_assert_msg(strstr(e.msg, "2 nodes: 'a' (my.own.Foo), 'y' "
				    "(my.own.Bar)") != NULL,
		      "%s", e.msg);
	model_free(m);
}
END_TEST

START_TEST(a_session_plans_for_each_batch)
{
	struct model *m = cnn_model();
	struct plan_opts o = {.engine = NULL};
	struct session *s = session_open(m, &o);
	float x[4 * 3 * 81];

	for (int64_t batch = 4; batch >= 1; batch--) {
		struct shape shape = SHAPE(batch, 3, 9, 9);
		struct datum in = waves(x, &shape);
		const struct datum *feed = &in;
		const struct datum *y;

		ck_assert_msg(session_run(s, &feed, NULL, &e), "%s", e.msg);
		y = plan_output(session_plan(s), 0);
		ck_assert_int_eq(y->tensor.shape.dim[0], batch);
	}
	session_free(s);
	model_free(m);
}
END_TEST

START_TEST(a_wrong_input_is_named)
{
	struct model *m = cnn_model();
	struct shape s = SHAPE(1, 3, 9, 8);
	float x[3 * 72];
	struct datum in = waves(x, &s);
	struct plan_opts o = {.inputs = &in.type};
	struct plan *p;

	ck_assert(!plan_build(&p, m, &o, &e));
	ck_assert_int_eq(e.code, ERR_SHAPE);
	ck_assert_str_eq(e.msg, "input 'x' is float[1,3,9,8], want "
				"float[N,3,9,9]");
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plan");
	TCase *t = tcase_create("plans");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, engines_agree_with_the_reference, 0, 2);
	tcase_add_test(t, the_reference_has_the_same_bits_for_any_thread_count);
	tcase_add_test(t, what_follows_a_convolution_joins_it);
	tcase_add_test(t, what_follows_a_product_joins_it);
	tcase_add_test(t, layer_normalization_written_out_is_one_step);
	tcase_add_test(t,
		       activations_and_norms_without_their_factors_are_found);
	tcase_add_test(t, normalization_that_stands_alone_is_one_step);
	tcase_add_test(t, zeros_around_planes_join_the_window);
	tcase_add_test(t, what_only_looks_like_it_stays);
	tcase_add_test(t, integer_models_run_as_integers);
	tcase_add_test(t, functions_between_codes_become_tables);
	tcase_add_test(t, a_residual_of_codes_joins_its_convolution);
	tcase_add_test(t, products_of_codes_may_have_float_results);
	tcase_add_test(t, shapes_that_depend_on_data_are_decided_at_run_time);
	tcase_add_test(t, channels_of_open_dims_move);
	tcase_add_test(t, what_is_declared_of_such_shapes_is_not_believed);
	tcase_add_test(t, a_tap_sees_every_result_but_constants);
	tcase_add_test(t, a_tap_sees_rows_whatever_the_layout);
	tcase_add_test(t, every_unsupported_node_is_listed);
	tcase_add_test(t, a_session_plans_for_each_batch);
	tcase_add_test(t, a_wrong_input_is_named);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
