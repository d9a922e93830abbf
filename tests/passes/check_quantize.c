/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_quantize.c -- codes, places and zeros in small graphs. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "formats/onnxtxt.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/prune.h"
#include "passes/quantize.h"
#include "quant/calibrate.h"
#include "quant/layer.h"

static struct err e;

static struct model *parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct model *m = NULL;

	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s", e.msg);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	return m;
}

/* Ranges of M as if every value had been seen from LO to HI. */
static void see_all(struct sketch *s, const struct model *m, float lo, float hi)
{
	struct arena a = {0};
	const char **names = calibrated_names(m, &a), **seen;
	uint8_t digest[SHA256_BYTES] = {0};
	float x[2] = {lo, hi};
	uint32_t n = 0;

	seen = arena_array(&a, const char *, m->nvalues);
	for (uint32_t i = 0; i < m->nvalues; i++)
		if (names[i])
			seen[n++] = names[i];
	ck_assert(sketch_init(s, digest, seen, n, &e));
	for (uint32_t i = 0; i < n; i++)
		ck_assert(histogram_add(&s->tensor[i].histogram, x, 2, &e));
	/* Or the rounding of inputs would drown the outputs. */
	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(s->tensor[i].name, "Y"))
			ck_assert(histogram_add(&s->tensor[i].histogram,
						&(float){1000}, 1, &e));
	arena_release(&a);
}

static void quantize(struct model *m, const struct quantize_opts *o)
{
	struct quantize_report r;
	struct sketch s = {.count = 0};

	if (o->activations != ACTIVATIONS_FLOAT)
		see_all(&s, m, -1, 3);
	ck_assert_msg(quantize_model(m, o, s.count ? &s : NULL, NULL, &r, &e),
		      "%s", e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
	quantize_report_release(&r);
	if (s.count)
		sketch_release(&s);
}

static uint32_t count(const struct model *m, const char *type)
{
	uint32_t n = 0;

	for (struct node *at = model_first(m); at; at = model_next(at))
		n += node_is(at, "", type);
	return n;
}

/* The node of TYPE number I, in order. */
static struct node *find(const struct model *m, const char *type, uint32_t i)
{
	for (struct node *at = model_first(m); at; at = model_next(at))
		if (node_is(at, "", type) && !i--)
			return at;
	ck_abort_msg("no %s", type);
	return NULL;
}

static struct quantize_opts linear8(void)
{
	return (struct quantize_opts){.form.scheme = scheme_find("linear"),
				      .form.bits = 8,
				      .ranges = observer_find("minmax"),
				      .activations = ACTIVATIONS_INT8};
}

#define HEAD(opset) "<ir_version: 10, opset_import: [\"\" : " #opset "]>\n"

static const char gemm[] = HEAD(
	13) "g (float[1,2] X) => (float[1,3] Y)\n"
	    "<float[2,3] W = {1, 127, 0, -0.5, -254, 0},\n"
	    " float[3] b = {1, -2, 0.5}>\n"
	    "{ Y = Gemm (X, W, b) }\n";

START_TEST(gemm_has_codes_scales_and_bias_by_hand)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(gemm);
	const struct node *w, *b, *y;
	const struct tensor *codes, *scale, *bias;
	float sx;

	quantize(m, &o);
	y = find(m, "Gemm", 0);
	w = node_in(y, 1)->def;
	b = node_in(y, 2)->def;
	ck_assert(node_is(w, "", "DequantizeLinear"));
	ck_assert_int_eq(node_int(w, "axis", -1), 1);
	codes = node_in(w, 0)->konst;
	scale = node_in(w, 1)->konst;
	ck_assert_int_eq(codes->dtype, DTYPE_I8);
	ck_assert_int_eq(tensor_count(scale), 3);
	for (int c = 0; c < 2; c++)
		for (int r = 0; r < 2; r++) {
			static const double want[2][2] = {{1, 127},
							  {-0.5, -254}};
			double s = tensor_double(scale, (size_t)c);
			double got = s *
				     tensor_double(codes, (size_t)(3 * r + c));

			ck_assert_double_eq_tol(got, want[r][c], s / 2);
		}
	/* A channel of zeros. */
	ck_assert_double_eq(tensor_double(scale, 2), 1);
	ck_assert_int_eq(tensor_int(codes, 2), 0);
	/* X was seen from -1 to 3. */
	sx = (float)(4 / 255.0);
	bias = node_in(b, 0)->konst;
	ck_assert_int_eq(bias->dtype, DTYPE_I32);
	for (size_t c = 0; c < 3; c++) {
		static const double want[] = {1, -2, 0.5};
		double s = tensor_double(node_in(b, 1)->konst, c);

		ck_assert_double_eq(
			s,
			(double)(float)((double)sx * tensor_double(scale, c)));
		ck_assert_int_eq(tensor_int(bias, c),
				 (int64_t)nearbyint(want[c] / s));
	}
	ck_assert_str_eq(model_property(m, "mlopt.fidelity"), "lossy");
	model_free(m);
}
END_TEST

START_TEST(base_2_is_exact_in_int8)
{
	struct quantize_opts o = {.form.scheme = scheme_find("log"),
				  .form.bits = 4,
				  .form.steps = 1};
	struct model *m = parse(
		HEAD(13) "g (float[1,4] X) => (float[1,2] Y)\n"
			 "<float[4,2] W = {1, 0.5, -0.25, 0, 0.125, 8, "
			 "0, -4}>\n"
			 "{ Y = MatMul (X, W) }\n");
	static const int64_t want[] = {64, 4, -16, 0, 8, 64, 0, -32};
	const struct node *w;

	quantize(m, &o);
	w = node_in(find(m, "MatMul", 0), 1)->def;
	for (size_t i = 0; i < COUNT_OF(want); i++)
		ck_assert_int_eq(tensor_int(node_in(w, 0)->konst, i), want[i]);
	ck_assert_double_eq(tensor_double(node_in(w, 1)->konst, 0), 1 / 64.0);
	ck_assert_double_eq(tensor_double(node_in(w, 1)->konst, 1), 8 / 64.0);
	model_free(m);
}
END_TEST

START_TEST(five_bits_of_base_2_need_int16)
{
	struct quantize_opts o = {.form.scheme = scheme_find("log"),
				  .form.bits = 5,
				  .form.steps = 1};
	struct model *m = parse(HEAD(21) "g (float[1,2] X) => (float[1,1] Y)\n"
					 "<float[2,1] W = {1, 0.00006103515625}"
					 ">\n{ Y = MatMul (X, W) }\n");
	const struct tensor *codes;
	int64_t opset;

	ck_assert(quantize_opset(&o, NULL, &opset, &e));
	ck_assert_int_eq(opset, 21);
	quantize(m, &o);
	codes = node_in(node_in(find(m, "MatMul", 0), 1)->def, 0)->konst;
	ck_assert_int_eq(codes->dtype, DTYPE_I16);
	ck_assert_int_eq(tensor_int(codes, 0), 16384);
	ck_assert_int_eq(tensor_int(codes, 1), 1);
	model_free(m);
}
END_TEST

START_TEST(sqrt_2_looks_a_table_up)
{
	struct quantize_opts o = {.form.scheme = scheme_find("log"),
				  .form.bits = 4,
				  .form.steps = 2};
	struct model *m = parse(HEAD(21) "g (float[1,2] X) => (float[1,2] Y)\n"
					 "<float[2,2] W = {2, 1.41421356, -1, "
					 "0}>\n{ Y = MatMul (X, W) }\n");
	const struct node *mul, *gather, *cast;

	quantize(m, &o);
	mul = node_in(find(m, "MatMul", 0), 1)->def;
	gather = node_in(mul, 0)->def;
	cast = node_in(gather, 1)->def;
	ck_assert(node_is(mul, "", "Mul"));
	ck_assert(node_is(gather, "", "Gather"));
	ck_assert(node_is(cast, "", "Cast"));
	ck_assert_int_eq(node_in(cast, 0)->konst->dtype, DTYPE_U4);
	ck_assert_int_eq(tensor_count(node_in(gather, 0)->konst), 16);
	/* Column 0 is 2, -1: the greatest level and two octaves' half below. */
	ck_assert_int_eq(tensor_int(node_in(cast, 0)->konst, 0), 14);
	ck_assert_int_eq(tensor_int(node_in(cast, 0)->konst, 2), 2);
	ck_assert_int_eq(tensor_int(node_in(cast, 0)->konst, 3), 7);
	ck_assert_double_eq(tensor_double(node_in(mul, 1)->konst, 0), 2);
	model_free(m);
}
END_TEST

START_TEST(a_chosen_base_adds_the_first_entry_of_its_kind)
{
	struct quantize_opts o = {.form.scheme = scheme_find("log"),
				  .form.bits = 4,
				  .form.choose = true};
	struct model *m = parse(
		HEAD(21) "g (float[1,4] X) => (float[1,2] Y)\n"
			 "<float[4,2] W = {7, 1, 6, 0.5, 5, 0.25, -3, "
			 "-0.015625}>\n{ Y = MatMul (X, W) }\n");
	const struct node *add, *gather;
	const struct tensor *kind;

	quantize(m, &o);
	add = find(m, "Add", 0);
	kind = node_in(node_in(add, 1)->def, 0)->konst;
	gather = find(m, "Gather", 0);
	/* Integers are linear (the first kind), powers of two base 2. */
	ck_assert_int_eq(kind->dtype, DTYPE_U8);
	ck_assert_int_eq(tensor_int(kind, 0), 0);
	ck_assert_int_eq(tensor_int(kind, 1), 16);
	ck_assert_int_eq(tensor_count(node_in(gather, 0)->konst), 64);
	model_free(m);
}
END_TEST

START_TEST(levels_that_are_no_integers_refuse_the_int8_carrier)
{
	struct quantize_opts o = {.form.scheme = scheme_find("log"),
				  .form.bits = 4,
				  .form.steps = 2,
				  .form.carrier = CARRIER_INTEGER};
	int64_t opset;

	ck_assert(!quantize_opset(&o, NULL, &opset, &e));
	ck_assert_int_eq(e.code, ERR_USAGE);
}
END_TEST

/* A residual block: Conv + Relu, Conv, Add + Relu, MaxPool, Conv, Sigmoid. */
static const char block[] = HEAD(
	13) "g (float[1,1,4,4] X) => (float[1,1,2,2] Y)\n"
	    "<float[1,1,1,1] V = {0.5}, float[1,1,1,1] W = {2}>\n"
	    "{\n"
	    "  a = Conv (X, V)\n"
	    "  r = Relu (a)\n"
	    "  c = Conv (r, W)\n"
	    "  s = Add (c, r)\n"
	    "  t = Relu (s)\n"
	    "  p = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (t)\n"
	    "  l = Conv (p, V)\n"
	    "  Y = Sigmoid (l)\n"
	    "}\n";

START_TEST(a_convolution_is_quantized_behind_its_relu)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(block);
	const struct node *relu, *conv, *pool;

	quantize(m, &o);
	/* X, r, c, t, p and l; no layer follows Y. */
	ck_assert_uint_eq(count(m, "QuantizeLinear"), 6);
	conv = find(m, "Conv", 0);
	relu = find(m, "Relu", 0);
	ck_assert_ptr_eq(node_in(relu, 0)->def, conv);
	ck_assert_str_eq(node_out(relu, 0)->uses->user->type, "QuantizeLinear");
	ck_assert_ptr_eq(node_in(find(m, "Relu", 1), 0)->def,
			 find(m, "Add", 0));
	/* MaxPool keeps its input's scale: the same constant. */
	pool = find(m, "MaxPool", 0);
	ck_assert_ptr_eq(node_in(node_in(pool, 0)->def, 1),
			 node_in(node_out(pool, 0)->uses->user, 1));
	ck_assert_str_eq(node_in(find(m, "Sigmoid", 0), 0)->def->type,
			 "DequantizeLinear");
	model_free(m);
}
END_TEST

START_TEST(inputs_of_concat_share_one_scale)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(
		HEAD(13) "g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
			 "<float[1,1,1,1] V = {0.5}, float[1,1,1,1] W = {2},\n"
			 " float[1,2,1,1] U = {1, 2}>\n"
			 "{\n"
			 "  a = Conv (X, V)\n"
			 "  b = Conv (X, W)\n"
			 "  c = Concat <axis = 1> (a, b)\n"
			 "  Y = Conv (c, U)\n"
			 "}\n");
	const struct node *concat;

	quantize(m, &o);
	concat = find(m, "Concat", 0);
	ck_assert_ptr_eq(node_in(node_in(concat, 0)->def, 1),
			 node_in(node_in(concat, 1)->def, 1));
	ck_assert_ptr_eq(node_in(node_in(concat, 0)->def, 1),
			 node_in(node_out(concat, 0)->uses->user, 1));
	model_free(m);
}
END_TEST

START_TEST(concat_of_very_different_ranges_stays_float)
{
	struct quantize_opts o = linear8();
	struct quantize_report r;
	struct model *m = parse(
		HEAD(13) "g (float[1,1,4,4] X) => (float[1,1,4,4] Y)\n"
			 "<float[1,1,1,1] V = {0.5}, float[1,1,1,1] W = {2},\n"
			 " float[1,2,1,1] U = {1, 2}>\n"
			 "{\n"
			 "  a = Conv (X, V)\n"
			 "  b = Conv (X, W)\n"
			 "  c = Concat <axis = 1> (a, b)\n"
			 "  Y = Conv (c, U)\n"
			 "}\n");
	struct sketch s;
	const struct node *concat;

	see_all(&s, m, -1, 1);
	for (uint32_t i = 0; i < s.count; i++)
		if (!strcmp(s.tensor[i].name, "b"))
			ck_assert(histogram_add(&s.tensor[i].histogram,
						&(float){100}, 1, &e));
	ck_assert(quantize_model(m, &o, &s, NULL, &r, &e));
	concat = find(m, "Concat", 0);
	ck_assert_ptr_ne(node_in(node_in(concat, 0)->def, 1),
			 node_in(node_in(concat, 1)->def, 1));
	quantize_report_release(&r);
	sketch_release(&s);
	model_free(m);
}
END_TEST

START_TEST(normalizations_and_their_sums_stay_float)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(
		HEAD(17) "g (float[1,2] X) => (float[1,2] Y)\n"
			 "<float[2,2] W = {1, 2, 3, 4}, float[2] s = {1, 1}>\n"
			 "{\n"
			 "  n = LayerNormalization (X, s)\n"
			 "  p = MatMul (n, W)\n"
			 "  Y = Add (X, p)\n"
			 "}\n");

	quantize(m, &o);
	/* Only the input of MatMul. */
	ck_assert_uint_eq(count(m, "QuantizeLinear"), 1);
	ck_assert_str_eq(node_in(find(m, "Add", 0), 1)->def->type, "MatMul");
	model_free(m);
}
END_TEST

START_TEST(a_value_that_was_nan_stays_float)
{
	struct quantize_opts o = linear8();
	struct quantize_report r;
	struct model *m = parse(gemm);
	struct sketch s;

	see_all(&s, m, -1, 1);
	ck_assert(histogram_add(&s.tensor[0].histogram, &(float){NAN}, 1, &e));
	ck_assert(quantize_model(m, &o, &s, NULL, &r, &e));
	ck_assert_uint_eq(count(m, "QuantizeLinear"), 0);
	ck_assert_uint_eq(count(m, "DequantizeLinear"), 1);
	quantize_report_release(&r);
	sketch_release(&s);
	model_free(m);
}
END_TEST

START_TEST(a_large_bias_raises_the_scale)
{
	struct quantize_opts o = linear8();
	struct model *m = parse(
		HEAD(13) "g (float[1,1] X) => (float[1,1] Y)\n"
			 "<float[1,1] W = {0.000001}, float[1] b = "
			 "{100000}>\n{ Y = Gemm (X, W, b) }\n");
	const struct node *b;
	double code;

	quantize(m, &o);
	b = node_in(find(m, "Gemm", 0), 2)->def;
	code = tensor_double(node_in(b, 0)->konst, 0);
	ck_assert_double_gt(code, 2.1e9);
	ck_assert_double_eq_tol(code * tensor_double(node_in(b, 1)->konst, 0),
				100000, 1);
	model_free(m);
}
END_TEST

START_TEST(refuses_a_model_without_layers)
{
	struct quantize_opts o = {.form.scheme = scheme_find("linear"),
				  .form.bits = 8};
	struct quantize_report r;
	struct model *m = parse(HEAD(13) "g (float[2] X) => (float[2] Y)\n"
					 "{ Y = Relu (X) }\n");

	ck_assert(!quantize_model(m, &o, NULL, NULL, &r, &e));
	ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	model_free(m);
}
END_TEST

/* ---- layers ------------------------------------------------------------- */

START_TEST(columns_are_what_a_convolution_multiplies)
{
	struct model *m = parse(
		HEAD(13) "g (float[1,2,3,3] X) => (float[1,2,2,2] Y)\n"
			 "<float[2,1,2,2] W = {1, 2, 3, 4, 5, 6, 7, 8}>\n"
			 "{ Y = Conv <group = 2, pads = [1, 0, 0, 0], strides "
			 "= [2, 1]> (X, W) }\n");
	static const float x[] = {1,  2,  3,  4,  5,  6,  7,  8,  9,
				  10, 20, 30, 40, 50, 60, 70, 80, 90};
	/* Position (0, 1) of group 1: rows -1 and 0, columns 1 and 2. */
	static const double top[] = {0, 0, 20, 30};
	/* Position (1, 0) of group 0: rows 1 and 2, columns 0 and 1. */
	static const double low[] = {4, 5, 7, 8};
	struct shape s = SHAPE(1, 2, 3, 3);
	struct layer l;
	struct patches p;
	double column[4], w[4];

	ck_assert(layer_of(&l, find(m, "Conv", 0)));
	ck_assert_uint_eq(l.groups, 2);
	ck_assert_uint_eq(l.rows, 1);
	ck_assert_uint_eq(l.columns, 4);
	ck_assert(l.depthwise);
	ck_assert(layer_patches(&l, &s, &p, &e));
	ck_assert_uint_eq(p.positions, 4);
	layer_columns(&l, &p, 1, x, 0, 1, column);
	ck_assert_mem_eq(column, top, sizeof(top));
	layer_columns(&l, &p, 0, x, 0, 2, column);
	ck_assert_mem_eq(column, low, sizeof(low));
	layer_get_rows(&l, 1, w);
	ck_assert_double_eq(w[0], 5);
	model_free(m);
}
END_TEST

START_TEST(transposed_convolutions_have_channels_on_axis_1)
{
	struct model *m = parse(
		HEAD(13) "g (float[1,2,2,2] X) => (float[1,3,3,3] Y)\n"
			 "<float[2,3,2,2] W = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "
			 "10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, "
			 "23}>\n{ Y = ConvTranspose (X, W) }\n");
	static const double row1[] = {4, 5, 6, 7, 16, 17, 18, 19};
	struct layer l;
	double w[24];

	ck_assert(layer_of(&l, find(m, "ConvTranspose", 0)));
	ck_assert_int_eq(l.axis, 1);
	ck_assert_uint_eq(l.columns, 8);
	layer_get_rows(&l, 0, w);
	ck_assert_mem_eq(w + 8, row1, sizeof(row1));
	model_free(m);
}
END_TEST

START_TEST(same_padding_is_what_onnx_says)
{
	struct model *m = parse(
		HEAD(13) "g (float[1,1,4] X) => (float[1,1,2] Y)\n"
			 "<float[1,1,3] W = {1, 2, 3}>\n"
			 "{ Y = Conv <auto_pad = \"SAME_LOWER\", strides = "
			 "[2]> (X, W) }\n");
	struct shape s = SHAPE(1, 1, 4);
	struct layer l;
	struct patches p;

	ck_assert(layer_of(&l, find(m, "Conv", 0)));
	ck_assert(layer_patches(&l, &s, &p, &e));
	ck_assert_uint_eq(p.out[0], 2);
	ck_assert_int_eq(p.begin[0], 1);
	node_set_string(find(m, "Conv", 0), "auto_pad", "SAME_UPPER");
	ck_assert(layer_patches(&l, &s, &p, &e));
	ck_assert_int_eq(p.begin[0], 0);
	model_free(m);
}
END_TEST

/* ---- pruning ------------------------------------------------------------ */

START_TEST(the_first_layer_stays_dense_unless_asked)
{
	struct prune_opts o = {.sparsity = {.share = 0.5}};
	struct prune_report r;
	struct model *m = parse(
		HEAD(13) "g (float[1,2] X) => (float[1,2] Y)\n"
			 "<float[2,2] V = {1, 2, 3, 4}, float[2,2] W = {1, 2, "
			 "3, 4}>\n"
			 "{ a = MatMul (X, V)\n Y = MatMul (a, W) }\n");

	ck_assert(prune_model(m, &o, NULL, &r, &e));
	ck_assert_uint_eq(r.count, 2);
	ck_assert_ptr_nonnull(r.layer[0].why_not);
	ck_assert_uint_eq(r.layer[1].zeros, 2);
	prune_report_release(&r);
	o.first = true;
	ck_assert(prune_model(m, &o, NULL, &r, &e));
	ck_assert_uint_eq(r.layer[0].zeros, 2);
	prune_report_release(&r);
	model_free(m);
}
END_TEST

/* ---- blocks and embeddings ----------------------------------------------- */

/* BEFORE, COUNT numbers of which those from HALF on are ten times larger,
 * BEHIND. */
static struct model *parse_numbers(const char *before, int count, int half,
				   const char *behind)
{
	struct str s = {0};
	struct model *m;

	str_add(&s, before);
	for (int i = 0; i < count; i++)
		str_addf(&s, "%s%d", i ? ", " : "",
			 (i % 7 - 3) * (i < half ? 1 : 10));
	str_add(&s, behind);
	m = parse(s.text);
	str_release(&s);
	return m;
}

static struct quantize_opts blocks_of_16(void)
{
	return (struct quantize_opts){.form.scheme = scheme_find("linear"),
				      .form.bits = 3,
				      .form.block = 16};
}

/* DequantizeLinear W along AXIS: half of the numbers in steps of 1, half in
 * steps of 10. */
static void check_two_blocks(const struct node *w, int64_t axis)
{
	const struct tensor *scale = node_in(w, 1)->konst;

	ck_assert_int_eq(node_int(w, "axis", -1), axis);
	ck_assert_int_eq(node_int(w, "block_size", -1), 16);
	ck_assert_int_eq(tensor_count(scale), 2);
	ck_assert_int_eq(scale->shape.rank, 2);
	ck_assert_int_eq(scale->shape.dim[axis], 2);
	ck_assert_double_eq(tensor_double(scale, 0), 1);
	ck_assert_double_eq(tensor_double(scale, 1), 10);
}

START_TEST(each_block_of_inputs_has_a_scale)
{
	struct quantize_opts o = blocks_of_16();
	struct model *m = parse_numbers(
		HEAD(21) "g (float[1,30] X) => (float[1,1] Y)\n"
			 "<float[30,1] W = {",
		30, 16, "}>\n{ Y = MatMul (X, W) }\n");
	int64_t opset;

	ck_assert(quantize_opset(&o, NULL, &opset, &e));
	ck_assert_int_eq(opset, 21);
	quantize(m, &o);
	check_two_blocks(node_in(find(m, "MatMul", 0), 1)->def, 0);
	model_free(m);
}
END_TEST

START_TEST(blocks_lie_along_axis_1_of_transposed_weights)
{
	struct quantize_opts o = blocks_of_16();
	struct model *m = parse_numbers(
		HEAD(21) "g (float[1,32] X) => (float[1,1] Y)\n"
			 "<float[1,32] W = {",
		32, 16, "}>\n{ Y = Gemm <transB = 1> (X, W) }\n");

	quantize(m, &o);
	check_two_blocks(node_in(find(m, "Gemm", 0), 1)->def, 1);
	model_free(m);
}
END_TEST

START_TEST(a_window_has_no_blocks)
{
	struct quantize_opts o = blocks_of_16();
	struct model *m = parse_numbers(
		HEAD(21) "g (float[1,8,4,4] X) => (float[1,1,3,3] Y)\n"
			 "<float[1,8,2,2] W = {",
		32, 16, "}>\n{ Y = Conv (X, W) }\n");
	const struct node *w;

	quantize(m, &o);
	w = node_in(find(m, "Conv", 0), 1)->def;
	ck_assert_int_eq(node_int(w, "block_size", 0), 0);
	ck_assert_int_eq(tensor_count(node_in(w, 1)->konst), 1);
	model_free(m);
}
END_TEST

START_TEST(an_embedding_has_a_scale_for_each_entry)
{
	struct quantize_opts o = linear8();
	struct model *m = parse_numbers(
		HEAD(13) "g (int64[2] I) => (float[2,512] Y)\n"
			 "<float[2,512] W = {",
		1024, 512, "}>\n{ Y = Gather (W, I) }\n");
	const struct node *w;

	quantize(m, &o);
	w = node_in(find(m, "Gather", 0), 0)->def;
	ck_assert_int_eq(node_int(w, "axis", -1), 0);
	ck_assert_int_eq(tensor_count(node_in(w, 1)->konst), 2);
	ck_assert_int_eq(count(m, "QuantizeLinear"), 0);
	model_free(m);
}
END_TEST

START_TEST(a_small_table_is_no_embedding)
{
	struct layer l;
	struct model *m = parse_numbers(
		HEAD(13) "g (int64[2] I) => (float[2,511] Y)\n"
			 "<float[2,511] W = {",
		1022, 511, "}>\n{ Y = Gather (W, I) }\n");

	ck_assert(!layer_of(&l, find(m, "Gather", 0)));
	model_free(m);
}
END_TEST

START_TEST(both_directions_of_a_recurrent_operator_share_scales)
{
	struct quantize_opts o = linear8();
	struct model *m = parse_numbers(
		HEAD(13) "g (float[1,1,48] X, float[2,12,4] R)\n"
			 " => (float[1,2,1,4] Y)\n"
			 "<float[2,12,48] W = {",
		1152, 7,
		"}>\n"
		"{ Y = GRU <hidden_size = 4, direction = \"bidirectional\"> "
		"(X, W, R) }\n");
	struct layer l[LAYERS_MOST];
	const struct tensor *w, *codes, *scale;
	const struct node *dq;

	ck_assert_uint_eq(layers_of(l, find(m, "GRU", 0)), 1);
	w = l[0].weight->konst;
	quantize(m, &o);
	dq = node_in(find(m, "GRU", 0), 1)->def;
	ck_assert_int_eq(node_int(dq, "axis", -1), 1);
	codes = node_in(dq, 0)->konst;
	scale = node_in(dq, 1)->konst;
	ck_assert_int_eq(tensor_count(scale), 12);
	for (size_t i = 0; i < tensor_count(w); i++) {
		double s = tensor_double(scale, i / 48 % 12);

		ck_assert_double_eq_tol(tensor_double(codes, i) * s,
					tensor_double(w, i), s / 2 + 1e-6);
	}
	ck_assert_int_eq(count(m, "QuantizeLinear"), 0);
	model_free(m);
}
END_TEST

START_TEST(packed_codes_are_digits_of_numbers)
{
	struct quantize_opts o = {.form.scheme = scheme_find("linear"),
				  .form.bits = 3,
				  .form.carrier = CARRIER_PACKED};
	struct model *m = parse_numbers(
		HEAD(13) "g (float[1,23] X) => (float[1,1] Y)\n"
			 "<float[23,1] W = {",
		23, 7, "}>\n{ Y = MatMul (X, W) }\n");
	const struct node *slice = NULL;
	const struct tensor *words;
	int64_t opset, x;

	ck_assert(quantize_opset(&o, NULL, &opset, &e));
	ck_assert_int_eq(opset, 13);
	quantize(m, &o);
	words = node_in(find(m, "Div", 0), 0)->konst;
	slice = find(m, "Slice", 0);
	/* 7^22 < 2^63 < 7^23. */
	ck_assert_int_eq(tensor_count(words), 2);
	ck_assert_int_eq(tensor_int(node_in(slice, 2)->konst, 0), 23);
	ck_assert_int_eq(tensor_int(node_in(find(m, "Mod", 0), 1)->konst, 0),
			 7);
	/* -3, -2 ... 3, which a scale of 10 rounds to 0, then -30 ... 30. */
	x = tensor_int(words, 0);
	for (int k = 0; k < 22; k++, x /= 7)
		ck_assert_int_eq(x % 7, k < 7 ? 3 : k % 7);
	ck_assert_int_eq(x, 0);
	ck_assert_int_eq(tensor_int(words, 1), 22 % 7);
	model_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("quantize");
	TCase *t = tcase_create("quantize");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, gemm_has_codes_scales_and_bias_by_hand);
	tcase_add_test(t, base_2_is_exact_in_int8);
	tcase_add_test(t, five_bits_of_base_2_need_int16);
	tcase_add_test(t, sqrt_2_looks_a_table_up);
	tcase_add_test(t, a_chosen_base_adds_the_first_entry_of_its_kind);
	tcase_add_test(t, levels_that_are_no_integers_refuse_the_int8_carrier);
	tcase_add_test(t, a_convolution_is_quantized_behind_its_relu);
	tcase_add_test(t, inputs_of_concat_share_one_scale);
	tcase_add_test(t, concat_of_very_different_ranges_stays_float);
	tcase_add_test(t, normalizations_and_their_sums_stay_float);
	tcase_add_test(t, a_value_that_was_nan_stays_float);
	tcase_add_test(t, a_large_bias_raises_the_scale);
	tcase_add_test(t, refuses_a_model_without_layers);
	tcase_add_test(t, columns_are_what_a_convolution_multiplies);
	tcase_add_test(t, transposed_convolutions_have_channels_on_axis_1);
	tcase_add_test(t, same_padding_is_what_onnx_says);
	tcase_add_test(t, the_first_layer_stays_dense_unless_asked);
	tcase_add_test(t, each_block_of_inputs_has_a_scale);
	tcase_add_test(t, blocks_lie_along_axis_1_of_transposed_weights);
	tcase_add_test(t, a_window_has_no_blocks);
	tcase_add_test(t, an_embedding_has_a_scale_for_each_entry);
	tcase_add_test(t, a_small_table_is_no_embedding);
	tcase_add_test(t, both_directions_of_a_recurrent_operator_share_scales);
	tcase_add_test(t, packed_codes_are_digits_of_numbers);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
