/* SPDX-License-Identifier: Apache-2.0 */
/* tests/passes/check_structured.c -- channels that go together, and go.
 *
 * Graphs list their weights as inputs; they become random constants here.  In
 * every group, some channels get weights of zero: removing those must not
 * change one bit of the outputs.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/rng.h"
#include "base/str.h"
#include "exec/plan.h"
#include "formats/onnxtxt.h"
#include "ops/infer.h"
#include "ops/op.h"
#include "passes/channel_groups.h"
#include "passes/freeze.h"
#include "passes/prune_channels.h"
#include "quant/curvature.h"

static struct err e;

#define HEAD(opset) "<ir_version: 8, opset_import: [\"\" : " #opset "]>\n"

static void randomize(struct tensor *t, struct rng *rng)
{
	float *x = tensor_f32_mut(t);

	for (size_t i = 0; i < tensor_count(t); i++)
		x[i] = (float)rng_normal(rng);
}

/* All inputs but the first become constants, the floats random ones. */
static struct model *parse(const char *text)
{
	struct bytes b = {(const uint8_t *)text, strlen(text)};
	struct model *m = NULL;
	struct rng rng;

	rng_seed(&rng, 1);
	ck_assert_msg(onnxtxt_parse(&m, b, NULL, &e), "%s", e.msg);
	for (uint32_t i = 1; i < m->main->nin; i++) {
		struct value *v = m->main->in[i];
		struct tensor t;

		if (v->konst)
			continue;
		t = tensor_in_arena(&m->arena, v->type.dtype, &v->type.shape);
		randomize(&t, &rng);
		graph_set_const(m->main, v, &t);
	}
	hide_constant_inputs(m);
	op_bind_model(m);
	ck_assert_msg(infer_model(m, &e), "%s", e.msg);
	return m;
}

/* What M makes of random inputs, in OUT. */
static size_t outputs(const struct model *m, uint64_t seed, float *out,
		      size_t room)
{
	struct plan_opts o = {.engine = engine_find("reference")};
	const struct value *x = m->main->in[0];
	struct arena a = {0};
	struct tensor t = tensor_in_arena(&a, DTYPE_F32, &x->type.shape);
	struct datum d = datum_tensor(&t);
	const struct datum *in = &d;
	struct plan *p;
	struct rng rng;
	size_t n = 0;

	rng_seed(&rng, seed);
	randomize(&d.tensor, &rng);
	ck_assert_msg(plan_build(&p, m, &o, &e), "%s", e.msg);
	ck_assert_msg(plan_run(p, &in, NULL, &e), "%s", e.msg);
	for (uint32_t i = 0; i < plan_nout(p); i++) {
		const struct tensor *y = &plan_output(p, i)->tensor;

		ck_assert_uint_le(n + tensor_count(y), room);
		memcpy(out + n, tensor_f32(y), y->bytes);
		n += tensor_count(y);
	}
	plan_free(p);
	arena_release(&a);
	return n;
}

/* Units 1, 3, 5 ... of every group that can be pruned get zero weights. */
static void silence_odd_units(struct model *m)
{
	struct channels c;

	ck_assert_msg(channels_find(&c, m, &e), "%s", e.msg);
	for (const struct channel_cut *k = c.cut; k; k = k->next) {
		struct tensor *t =
			(struct tensor *)node_in(k->node, k->operand)->konst;
		size_t inner = 1;

		for (int32_t i = k->axis + 1; i < t->shape.rank; i++)
			inner *= (size_t)t->shape.dim[i];
		for (size_t i = 0; i < tensor_count(t); i++) {
			uint32_t atom = k->atom[i / inner % k->count], g, u = 0;

			if (atom == ATOM_FIXED)
				continue;
			g = c.group_of[c.unit[atom]];
			if (g == UINT32_MAX || c.group[g].why_not)
				continue;
			while (c.group[g].unit[u] != c.unit[atom])
				u++;
			if (u % 2)
				tensor_f32_mut(t)[i] = 0;
		}
	}
	channels_release(&c);
}

/* "a 4->2, b 4->4 residual stream" */
static void describe(struct str *s, const struct prune_channels_report *r)
{
	for (uint32_t i = 0; i < r->count; i++) {
		const struct pruned_group *g = &r->group[i];

		str_addf(s, "%s%s %u->%u", i ? ", " : "", g->label, g->before,
			 g->after);
		if (g->why_not)
			str_addf(s, " %s", g->why_not);
	}
}

/* ---- kinds of dependencies ---------------------------------------------- */

struct kind {
	const char *name, *text, *groups;
	bool residual, inexact;
};

/* A convolution that makes four channels, and one that reads them. */
#define X "(float[1,2,4,4] X, float[4,2,1,1] A, float[4] a"
#define C4 "P = Conv (X, A, a) "

static const struct kind kinds[] = {
	{"a chain with normalization and slopes",
	 HEAD(13) "g " X ", float[4] s, float[4] t, float[4] u, "
		  "float[4,1,1] k, float[3,4,3,3] B) "
		  "=> (float[1,3,2,2] Y) <float[4] v = {1, 2, 3, 4}> { " C4
		  "Q = BatchNormalization (P, s, t, u, v) R = PRelu (Q, k) "
		  "Y = Conv (R, B) }",
	 "P 4->2, Y 3->3 blocked by output 'Y'", false, false},
	{"a sum ties its operands",
	 HEAD(13) "g " X ", float[4,2,1,1] B, float[3,4,1,1] C) => "
		  "(float[1,3,4,4] Y) { " C4
		  "Q = Conv (X, B) S = Add (P, Q) Y = Conv (S, C) }",
	 "P + 1 more 4->2, Y 3->3 blocked by output 'Y'", true, false},
	{"a residual stream stays unless asked for",
	 HEAD(13) "g " X ", float[6,4,1,1] B, float[4,6,1,1] D, "
		  "float[3,4,1,1] C) => (float[1,3,4,4] Y) { " C4
		  "Q = Conv (P, B) R = Relu (Q) T = Conv (R, D) "
		  "S = Add (P, T) Y = Conv (S, C) }",
	 "P + 1 more 4->4 residual stream, Q 6->3, "
	 "Y 3->3 blocked by output 'Y'",
	 false, false},
	{"a sum of a value and its own function is none",
	 HEAD(13) "g " X ", float[3,4,1,1] C) => (float[1,3,4,4] Y) { " C4
		  "Q = Tanh (P) S = Add (P, Q) Y = Conv (S, C) }",
	 "P 4->2, Y 3->3 blocked by output 'Y'", false, false},
	{"parts of a concatenation are pruned apart",
	 HEAD(13) "g " X ", float[2,2,1,1] B, float[3,8,1,1] C) => "
		  "(float[1,3,4,4] Y) { " C4 "Q = Conv (X, B) "
		  "S = Concat <axis = 1> (P, X, Q) Y = Conv (S, C) }",
	 "P 4->2, Q 2->1, Y 3->3 blocked by output 'Y'", false, false},
	{"a sum with a concatenation that has fixed channels",
	 HEAD(13) "g " X ", float[4,4,1,1] C, float[2,2,1,1] B) => "
		  "(float[1,4,4,4] Y) { " C4 "Q = Conv (X, B) "
		  "S = Concat <axis = 1> (X, Q) T = Add (P, S) "
		  "Y = Conv (T, C) }",
	 "P 2->2 blocked by Add 'T', P + 1 more 2->1, "
	 "Y 4->4 blocked by output 'Y'",
	 true, false},
	{"a split with sizes",
	 HEAD(13) "g " X ", float[3,1,1,1] B, float[2,3,1,1] C) => "
		  "(float[1,3,4,4] Y, float[1,2,4,4] Z) "
		  "<int64[2] n = {1, 3}> { " C4
		  "Q, R = Split <axis = 1> (P, n) Y = Conv (Q, B) "
		  "Z = Conv (R, C) }",
	 "P 1->1 too few channels, P 3->2, Y 3->3 blocked by output 'Y', "
	 "Z 2->2 blocked by output 'Z'",
	 false, false},
	{"an even split gets sizes",
	 HEAD(11) "g (float[1,2,4,4] X, float[8,2,1,1] A, float[4,4,1,1] B) "
		  "=> (float[1,4,4,4] Y) { P = Conv (X, A) "
		  "Q, R = Split <axis = 1> (P) S = Sigmoid (R) "
		  "T = Mul (Q, S) Y = Conv (T, B) }",
	 "P 8->4, Y 4->4 blocked by output 'Y'", false, false},
	{"an even split of opset 18",
	 HEAD(18) "g (float[1,2,4,4] X, float[8,2,1,1] A, float[4,4,1,1] B, "
		  "float[3,4,1,1] C) => (float[1,4,4,4] Y, float[1,3,4,4] Z) "
		  "{ P = Conv (X, A) Q, R = Split <axis = 1, "
		  "num_outputs = 2> (P) Y = Conv (Q, B) Z = Conv (R, C) }",
	 "P 4->2, P 4->2, Y 4->4 blocked by output 'Y', "
	 "Z 3->3 blocked by output 'Z'",
	 false, false},
	{"a depthwise convolution",
	 HEAD(13) "g " X ", float[4,1,3,3] D, float[4] d, float[3,4,1,1] B) "
		  "=> (float[1,3,2,2] Y) { " C4
		  "Q = Conv <group = 4> (P, D, d) R = Clip (Q) "
		  "Y = Conv (R, B) }",
	 "P 4->2, Y 3->3 blocked by output 'Y'", false, false},
	{"a depthwise convolution with a multiplier",
	 HEAD(13) "g " X ", float[8,1,3,3] D, float[3,8,1,1] B) "
		  "=> (float[1,3,2,2] Y) { " C4
		  "Q = Conv <group = 4> (P, D) Y = Conv (Q, B) }",
	 "P 4->2, Y 3->3 blocked by output 'Y'", false, false},
	{"a grouped convolution keeps its groups even",
	 HEAD(13) "g (float[1,2,4,4] X, float[8,2,1,1] A, float[4,4,3,3] G, "
		  "float[4] d, float[3,4,1,1] B) => (float[1,3,2,2] Y) { "
		  "P = Conv (X, A) Q = Conv <group = 2> (P, G, d) "
		  "Y = Conv (Q, B) }",
	 "P 8->4, Q 4->2, Y 3->3 blocked by output 'Y'", false, false},
	{"a transposed convolution",
	 HEAD(13) "g " X ", float[4,6,2,2] T, float[6] t, float[3,6,1,1] B) "
		  "=> (float[1,3,8,8] Y) { " C4
		  "Q = ConvTranspose <strides = [2, 2]> (P, T, t) "
		  "Y = Conv (Q, B) }",
	 "P 4->2, Q 6->3, Y 3->3 blocked by output 'Y'", false, false},
	{"features of a flattened map",
	 HEAD(13) "g " X ", float[64,5] B) => (float[1,5] Y) { " C4
		  "Q = Flatten (P) Y = Gemm (Q, B) }",
	 "P 4->2, Y 5->5 blocked by output 'Y'", false, false},
	{"features of a reshaped map",
	 HEAD(13) "g " X ", float[64,5] B) => (float[1,5] Y) "
		  "<int64[2] n = {0, 64}> { " C4
		  "Q = Reshape (P, n) Y = MatMul (Q, B) }",
	 "P 4->2, Y 5->5 blocked by output 'Y'", false, false},
	{"a pooled map without its spatial axes",
	 HEAD(13) "g " X ", float[4,5] B) => (float[1,5] Y) { " C4
		  "Q = GlobalAveragePool (P) R = Flatten (Q) "
		  "Y = Gemm (R, B) }",
	 "P 4->2, Y 5->5 blocked by output 'Y'", false, false},
	{"a mean over space",
	 HEAD(13) "g " X ", float[5,4] B) => (float[1,5] Y) { " C4
		  "Q = ReduceMean <axes = [2, 3], keepdims = 0> (P) "
		  "Y = Gemm <transB = 1> (Q, B) }",
	 "P 4->2, Y 5->5 blocked by output 'Y'", false, false},
	{"squeeze and excite",
	 HEAD(13) "g " X ", float[2,4,1,1] B, float[4,2,1,1] D, "
		  "float[3,4,1,1] C) => (float[1,3,4,4] Y) { " C4
		  "Q = GlobalAveragePool (P) R = Conv (Q, B) S = Relu (R) "
		  "T = Conv (S, D) U = Sigmoid (T) V = Mul (P, U) "
		  "Y = Conv (V, C) }",
	 "P + 1 more 4->2, R 2->1, Y 3->3 blocked by output 'Y'", false, false},
	{"hidden units",
	 HEAD(13) "g (float[2,3,4] X, float[4,6] A, float[6] a, float[6,2] B) "
		  "=> (float[2,3,2] Y) { P = MatMul (X, A) Q = Add (P, a) "
		  "R = Relu (Q) Y = MatMul (R, B) }",
	 "P 6->3, Y 2->2 blocked by output 'Y'", false, false},
	{"heads of attention",
	 HEAD(13) "g (float[1,3,4] X, float[4,8] Q, float[4,8] K, "
		  "float[4,8] V, float[8,2] O) => (float[1,3,2] Y) "
		  "<int64[4] n = {0, -1, 4, 2}, int64[3] l = {0, -1, 8}> { "
		  "q = MatMul (X, Q) k = MatMul (X, K) v = MatMul (X, V) "
		  "q4 = Reshape (q, n) k4 = Reshape (k, n) "
		  "v4 = Reshape (v, n) "
		  "qt = Transpose <perm = [0, 2, 1, 3]> (q4) "
		  "kt = Transpose <perm = [0, 2, 3, 1]> (k4) "
		  "vt = Transpose <perm = [0, 2, 1, 3]> (v4) "
		  "s = MatMul (qt, kt) p = Softmax <axis = -1> (s) "
		  "z = MatMul (p, vt) zt = Transpose <perm = [0, 2, 1, 3]> (z) "
		  "f = Reshape (zt, l) Y = MatMul (f, O) }",
	 "q + 2 more 8->4, Y 2->2 blocked by output 'Y'", false, false},
	{"channels that are shuffled",
	 HEAD(13) "g " X ", float[3,4,1,1] B) => (float[1,3,4,4] Y) "
		  "<int64[5] n = {1, 2, 2, 4, 4}, int64[4] l = {1, 4, 4, 4}> "
		  "{ " C4 "Q = Reshape (P, n) "
		  "R = Transpose <perm = [0, 2, 1, 3, 4]> (Q) "
		  "S = Reshape (R, l) Y = Conv (S, B) }",
	 "P 4->2, Y 3->3 blocked by output 'Y'", false, false},
	{"a map that grows",
	 HEAD(13) "g " X ", float[3,4,1,1] B) => (float[1,3,8,8] Y) "
		  "<int64[4] n = {1, 4, 8, 8}> { " C4
		  "Q = Resize <mode = \"nearest\"> (P, , , n) "
		  "Y = Conv (Q, B) }",
	 "P 4->2, Y 3->3 blocked by output 'Y'", false, false},
	{"a piece of a padded map",
	 HEAD(13) "g " X ", float[3,4,1,1] B) => (float[1,3,2,4] Y) "
		  "<int64[8] n = {0, 0, 1, 0, 0, 0, 1, 0}, int64[1] s = {1}, "
		  "int64[1] t = {3}, int64[1] i = {2}> { " C4
		  "Q = Pad (P, n) R = Slice (Q, s, t, i) Y = Conv (R, B) }",
	 "P 4->2, Y 3->3 blocked by output 'Y'", false, false},
	{"a layer's statistics are those of what stays",
	 HEAD(17) "g (float[2,4] X, float[4,6] A, float[6] s, float[6] t, "
		  "float[6,2] B) => (float[2,2] Y) { P = MatMul (X, A) "
		  "Q = LayerNormalization (P, s, t) Y = MatMul (Q, B) }",
	 "P 6->3, Y 2->2 blocked by output 'Y'", false, true},
	{"layers that share a weight",
	 HEAD(13) "g (float[2,4] X, float[4,4] A, float[4,2] B) => "
		  "(float[2,2] Y) { P = MatMul (X, A) Q = Tanh (X) "
		  "R = MatMul (Q, A) S = Mul (P, R) Y = MatMul (S, B) }",
	 "P + 1 more 4->2, Y 2->2 blocked by output 'Y'", false, false},
	/* Near misses: nothing goes through these. */
	{"a sum over channels",
	 HEAD(13) "g " X ", float[3,4,1,1] B) => (float[1,3,4,4] Y) { " C4
		  "Q = Softmax <axis = 1> (P) Y = Conv (Q, B) }",
	 NULL, false, false},
	{"a piece of the channels",
	 HEAD(13) "g " X ", float[3,2,1,1] B) => (float[1,3,4,4] Y) "
		  "<int64[1] s = {0}, int64[1] t = {2}, int64[1] i = {1}> { " C4
		  "Q = Slice (P, s, t, i) Y = Conv (Q, B) }",
	 NULL, false, false},
	{"a sum with what cannot shrink",
	 HEAD(13) "g (float[1,4,4,4] X, float[4,4,1,1] A, float[3,4,1,1] B) "
		  "=> (float[1,3,4,4] Y) { P = Conv (X, A) Q = Add (P, X) "
		  "Y = Conv (Q, B) }",
	 NULL, true, false},
	{"dims that mix channels and space",
	 HEAD(13) "g " X ", float[3,8,1,1] B) => (float[1,3,4,2] Y) "
		  "<int64[4] n = {1, 8, 4, 2}> { " C4
		  "Q = Reshape (P, n) Y = Conv (Q, B) }",
	 NULL, false, false},
	{"an operator that nobody knows",
	 "<ir_version: 8, opset_import: [\"\" : 13, \"my\" : 1]>\n"
	 "g " X ", float[3,4,1,1] B) => (float[1,3,4,4] Y) { " C4
	 "Q = my.Mix (P) Y = Conv (P, B) }",
	 NULL, false, false},
	{"a branch that reads it",
	 HEAD(13) "g " X ", float[3,4,1,1] B) => (float[1,3,4,4] Y, "
		  "float[1,4,4,4] Z) <bool c = {1}> { " C4
		  "Z = If (c) <then_branch = t () => (float[1,4,4,4] T) "
		  "{ T = Identity (P) }, else_branch = f () => "
		  "(float[1,4,4,4] F) { F = Neg (P) }> Y = Conv (P, B) }",
	 NULL, false, false},
};

START_TEST(channels_go_with_what_depends_on_them)
{
	const struct kind *k = &kinds[_i];
	struct prune_channels_opts o = {.share = 0.5, .residual = k->residual};
	struct prune_channels_report r;
	struct model *m = parse(k->text);
	struct str found = {0};
	float before[512], after[512];
	size_t n = 0;
	bool ok;

	silence_odd_units(m);
	if (k->groups)
		n = outputs(m, 2, before, 512);
	ok = prune_channels(m, &o, &r, &e);
	if (!k->groups) {
		ck_assert_msg(!ok, "%s", k->name);
		ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
		model_free(m);
		return;
	}
	ck_assert_msg(ok, "%s: %s", k->name, e.msg);
	describe(&found, &r);
	ck_assert_msg(!strcmp(found.text, k->groups), "%s: %s", k->name,
		      found.text);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
	ck_assert_uint_lt(r.parameters_after, r.parameters_before);
	ck_assert_uint_eq(outputs(m, 2, after, 512), n);
	for (size_t i = 0; i < n && !k->inexact; i++)
		ck_assert_msg(after[i] == before[i],
			      "%s: output %zu: %g, "
			      "not %g",
			      k->name, i, (double)after[i], (double)before[i]);
	prune_channels_report_release(&r);
	str_release(&found);
	model_free(m);
}
END_TEST

/* ---- how many ----------------------------------------------------------- */

static const char wide[] = HEAD(
	13) "g (float[4,3] X, float[3,20] A, float[20] a, float[20,2] B) "
	    "=> (float[4,2] Y) { P = Gemm (X, A, a) Q = Relu (P) "
	    "Y = Gemm (Q, B) }";

static uint32_t left_of_20(double share, uint32_t round_to)
{
	struct prune_channels_opts o = {.share = share, .round_to = round_to};
	struct prune_channels_report r;
	struct model *m = parse(wide);
	uint32_t left = 20;

	if (prune_channels(m, &o, &r, &e)) {
		left = r.group[0].after;
		prune_channels_report_release(&r);
	} else {
		ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
	}
	model_free(m);
	return left;
}

START_TEST(what_stays_is_a_multiple)
{
	ck_assert_uint_eq(left_of_20(0.25, 1), 15);
	ck_assert_uint_eq(left_of_20(0.25, 8), 16);
	ck_assert_uint_eq(left_of_20(0.7, 1), 6);
	ck_assert_uint_eq(left_of_20(0.04, 1), 20);
	ck_assert_uint_eq(left_of_20(0.1, 16), 20);
	ck_assert_uint_eq(left_of_20(0.999, 1), 1);
}
END_TEST

/* ---- repair ------------------------------------------------------------- */

/* Twelve hidden units of rank three: nine of them are not needed. */
static const char low_rank[] = HEAD(
	13) "g (float[8,3] X, float[3,12] A, float[12] a, "
	    "float[12,2] B) => (float[8,2] Y) { P = Gemm (X, A, a) "
	    "Y = Gemm (P, B) }";

enum { BATCHES = 16, ROWS = 8 };

static void sample(struct datum *in, struct arena *a, const struct model *m,
		   uint64_t seed)
{
	struct rng rng;

	rng_seed(&rng, seed);
	for (int b = 0; b < BATCHES; b++) {
		struct tensor t = tensor_in_arena(a, DTYPE_F32,
						  &m->main->in[0]->type.shape);

		in[b] = datum_tensor(&t);
		randomize(&in[b].tensor, &rng);
	}
}

/* Prune half with data; the error it leaves, relative to the outputs. */
static double error_of(const char *text, bool no_repair, bool data,
		       uint32_t *repaired)
{
	struct arena a = {0};
	struct datum in[BATCHES];
	struct prune_samples s = {.in = in, .batches = BATCHES};
	struct prune_channels_opts o = {.share = 0.5,
					.no_repair = no_repair,
					.samples = data ? &s : NULL};
	struct prune_channels_report r;
	struct model *m = parse(text);
	float before[512], after[512];
	double error = 0, sum = 0;
	size_t n;

	sample(in, &a, m, 3);
	n = outputs(m, 2, before, 512);
	ck_assert_msg(prune_channels(m, &o, &r, &e), "%s", e.msg);
	ck_assert_msg(model_verify(m, &e), "%s", e.msg);
	ck_assert_uint_eq(outputs(m, 2, after, 512), n);
	for (size_t i = 0; i < n; i++) {
		error += pow((double)after[i] - (double)before[i], 2);
		sum += (double)before[i] * (double)before[i];
	}
	*repaired = r.repaired;
	prune_channels_report_release(&r);
	model_free(m);
	arena_release(&a);
	return sqrt(error / sum);
}

START_TEST(layers_that_read_channels_make_up_for_them)
{
	uint32_t repaired;
	double with = error_of(low_rank, false, true, &repaired), without;

	ck_assert_uint_eq(repaired, 1);
	without = error_of(low_rank, true, true, &repaired);
	ck_assert_uint_eq(repaired, 0);
	ck_assert_msg(with < 0.1 && with < without / 4, "%g, %g", with,
		      without);
	/* By weight, without data, there is nothing to repair with. */
	ck_assert_double_gt(error_of(low_rank, false, false, &repaired), 0.1);
	ck_assert_uint_eq(repaired, 0);
}
END_TEST

/* The second branch makes up for what the first one lost. */
static const char two_branches[] = HEAD(
	13) "g (float[8,3] X, float[3,4] A, float[4,2] B, float[3,2] C, "
	    "float[2] c) => (float[8,2] Y) { P = Gemm (X, A) "
	    "Q = Gemm (P, B) R = Gemm (X, C, c) Y = Add (Q, R) }";

START_TEST(a_sum_is_restored_by_its_last_operand)
{
	uint32_t repaired;
	double with = error_of(two_branches, false, true, &repaired);

	ck_assert_uint_ge(repaired, 1);
	ck_assert_double_lt(with,
			    error_of(two_branches, true, true, &repaired));
}
END_TEST

/* Sums of a layer's inputs and its targets with a cut at 0, by hand. */
static void add_by_hand(double *s, const float *x, const float *want,
			const double *w, const double *b)
{
	for (int k = 0; k < ROWS; k++)
		for (int r = 0; r < 2; r++) {
			double y = b[r], t = (double)want[k * 2 + r];

			for (int i = 0; i < 3; i++)
				y += w[r * 3 + i] * (double)x[k * 3 + i];
			if (t < 0)
				t = y < 0 ? y : 0;
			for (int i = 0; i < 4; i++)
				s[r * 4 + i] += t *
						(i < 3 ? (double)x[k * 3 + i]
						       : 1) /
						ROWS;
		}
}

START_TEST(targets_that_are_cut_off_follow_the_outputs)
{
	enum { WIDTH = 3 + 1 + 2 };
	static const double w[] = {1, -1, 0.5, 0.25, 1, -2}, b[] = {0.5, -0.5};
	struct model *m = parse(
		HEAD(13) "g (float[8,3] X, float[3,2] A, float[2] a) => "
			 "(float[8,2] Y) { Y = Gemm (X, A, a) }");
	struct shape sx = SHAPE(ROWS, 3), sy = SHAPE(ROWS, 2);
	struct tensor x = tensor_in_arena(&m->arena, DTYPE_F32, &sx);
	struct tensor y = tensor_in_arena(&m->arena, DTYPE_F32, &sy);
	struct layer_data d = {.in = &x,
			       .batches = 1,
			       .want = &y,
			       .cuts = true,
			       .low = 0,
			       .high = INFINITY};
	double s[WIDTH * WIDTH], hand[2 * 4] = {0};
	struct layer l;
	struct rng rng;

	rng_seed(&rng, 5);
	randomize(&x, &rng);
	randomize(&y, &rng);
	ck_assert(layer_of(&l, m->main->first));
	ck_assert_uint_eq(curvature_width(&l, &d), WIDTH);
	ck_assert_msg(curvature_joint(&l, &d, s, NULL, &e), "%s", e.msg);
	ck_assert_double_eq_tol(s[3 * WIDTH + 3], 1, 1e-12);
	ck_assert_msg(curvature_aim(&l, &d, w, b, s, NULL, &e), "%s", e.msg);
	add_by_hand(hand, tensor_f32(&x), tensor_f32(&y), w, b);
	for (int r = 0; r < 2; r++)
		for (int i = 0; i < 4; i++)
			ck_assert_double_eq_tol(s[(4 + r) * WIDTH + i],
						hand[r * 4 + i], 1e-6);
	model_free(m);
}
END_TEST

START_TEST(threads_do_not_change_a_bit)
{
	float one[512], three[512];
	size_t n = 0;

	for (int k = 0; k < 2; k++) {
		struct arena a = {0};
		struct datum in[BATCHES];
		struct prune_samples s = {.in = in, .batches = BATCHES};
		struct prune_channels_opts o = {.share = 0.5, .samples = &s};
		struct prune_channels_report r;
		struct model *m = parse(wide);

		m->main->in[0]->type.shape.dim[0] = 4;
		sample(in, &a, m, 3);
		parallel_set_threads(k ? 3 : 1);
		ck_assert_msg(prune_channels(m, &o, &r, &e), "%s", e.msg);
		ck_assert(r.group[0].by_loss);
		n = outputs(m, 2, k ? three : one, 512);
		prune_channels_report_release(&r);
		model_free(m);
		arena_release(&a);
	}
	parallel_set_threads(0);
	ck_assert(!memcmp(one, three, n * sizeof(*one)));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("structured");
	TCase *t = tcase_create("structured");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, channels_go_with_what_depends_on_them, 0,
			    COUNT_OF(kinds));
	tcase_add_test(t, what_stays_is_a_multiple);
	tcase_add_test(t, layers_that_read_channels_make_up_for_them);
	tcase_add_test(t, a_sum_is_restored_by_its_last_operand);
	tcase_add_test(t, targets_that_are_cut_off_follow_the_outputs);
	tcase_add_test(t, threads_do_not_change_a_bit);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
