/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_attention.c -- Attention and RotaryEmbedding in older operators.
 *
 *     Y = softmax(softcap(sqrt(s) Q  sqrt(s) K^T) + mask) V
 *
 * for each head.  Three-dimensional operands hold the heads side by side.  A
 * row whose keys are all masked gives zeros.
 *
 * Source: ONNX Attention-23 and RotaryEmbedding-23.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "passes/opset_recipe.h"
#include "passes/opset_row.h"

/* What decides how Attention is written down. */
struct heads {
	bool packed;	      /* Q, K and V have three dims */
	int64_t q, kv;	      /* numbers of heads; DIM_UNKNOWN if not packed */
	int64_t size, v_size; /* elements of a head */
};

static bool refuse_heads(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "has heads whose number or size is not known");
}

static bool know_heads(const struct node *n, struct heads *h, struct err *e)
{
	const struct value *q = node_in(n, 0), *k = node_in(n, 1);
	const struct value *v = node_in(n, 2);
	int32_t last = opset_rank(q) - 1;

	if (last < 2 || last > 3 || opset_rank(k) != last + 1 ||
	    opset_rank(v) != last + 1 || opset_dtype(q) == DTYPE_NONE)
		return refuse_heads(e);
	h->packed = last == 2;
	h->q = h->packed ? node_int(n, "q_num_heads", 0) : opset_dim(q, 1);
	h->kv = h->packed ? node_int(n, "kv_num_heads", 0) : opset_dim(k, 1);
	h->size = opset_dim(q, last);
	h->v_size = opset_dim(v, last);
	if (h->q < 1 || h->kv < 1 || h->q % h->kv || h->size < 1)
		return refuse_heads(e);
	if (h->packed) {
		h->size /= h->q;
		h->v_size = h->v_size < 0 ? DIM_UNKNOWN : h->v_size / h->kv;
	}
	if (h->q != h->kv && h->v_size < 1)
		return refuse_heads(e);
	return true;
}

/* A shorter mask would be filled up with -infinity. */
static bool mask_fits(const struct node *n, struct err *e)
{
	const struct value *mask = node_in(n, 3), *k = node_in(n, 1);
	int32_t rank = opset_rank(mask);
	int64_t keys = opset_dim(k, opset_rank(k) - 2);
	int64_t past = node_in(n, 4) ? opset_dim(node_in(n, 4), 2) : 0;
	int64_t width;

	if (!mask)
		return true;
	width = opset_dim(mask, rank - 1);
	if (opset_dtype(mask) == DTYPE_NONE || rank < 1 ||
	    (width >= 0 && keys >= 0 && past >= 0 && width != keys + past))
		return err_set(e, ERR_UNSUPPORTED,
			       "has a mask that may not fit its keys");
	return true;
}

/* q, k and v with dims [batch, heads, length, size], and the state. */
static void write_operands(struct str *t, const struct node *n,
			   const struct heads *h)
{
	if (h->packed)
		str_add(t, "qr = Reshape(X0, %0);"
			   "q = Transpose<perm=[0, 2, 1, 3]>(qr);"
			   "kr = Reshape(X1, %1);"
			   "k = Transpose<perm=[0, 2, 1, 3]>(kr);"
			   "vr = Reshape(X2, %1);"
			   "v = Transpose<perm=[0, 2, 1, 3]>(vr);");
	else
		str_add(t, "q = X0; k = X1; v = X2;");
	if (node_in(n, 4))
		str_add(t, "kp = Concat<axis=2>(X4, k);"
			   "vp = Concat<axis=2>(X5, v);");
	else
		str_add(t, "kp = k; vp = v;");
	str_add(t, "Y1 = Identity(kp); Y2 = Identity(vp);");
	if (h->q != h->kv)
		str_add(t, "ku = Unsqueeze(kp, [2]); ke = Expand(ku, %2);"
			   "kg = Reshape(ke, %3);"
			   "vu = Unsqueeze(vp, [2]); ve = Expand(vu, %2);"
			   "vg = Reshape(ve, %4);");
	else
		str_add(t, "kg = kp; vg = vp;");
}

static void write_causal(struct str *t, const struct node *n)
{
	str_add(t, "qs = Shape(q); ql = Gather(qs, 2i);"
		   "ps = Shape(kp); pl = Gather(ps, 2i);"
		   "qi = Range(0i, ql, 1i); ki = Range(0i, pl, 1i);");
	if (node_in(n, 4))
		str_add(t, "os = Shape(X4); ol = Gather(os, 2i);"
			   "at = Add(qi, ol);");
	else
		str_add(t, "at = qi;");
	str_add(t, "ac = Unsqueeze(at, [1]); see = LessOrEqual(ki, ac);"
		   "cb = Where(see, 0, %6); zc = Add(zm, cb);");
}

static void write_scores(struct str *t, const struct node *n)
{
	int64_t mode = node_int(n, "qk_matmul_output_mode", 0);
	const struct value *mask = node_in(n, 3);

	str_add(t, "qm = Mul(q, %5); kt = Transpose<perm=[0, 1, 3, 2]>(kg);"
		   "km = Mul(kt, %5); zr = MatMul(qm, km);");
	if (mode == 0)
		str_add(t, "Y3 = Identity(zr);");
	if (node_float(n, "softcap", 0) > 0)
		str_add(t, "zd = Div(zr, $softcap=0); zt = Tanh(zd);"
			   "zs = Mul(zt, $softcap=0);");
	else
		str_add(t, "zs = zr;");
	if (mode == 1)
		str_add(t, "Y3 = Identity(zs);");
	if (!mask)
		str_add(t, "zm = zs;");
	else if (opset_dtype(mask) == DTYPE_BOOL)
		str_add(t, "mb = Where(X3, 0, %6); zm = Add(zs, mb);");
	else
		str_add(t, "zm = Add(zs, X3);");
	if (node_int(n, "is_causal", 0))
		write_causal(t, n);
	else
		str_add(t, "zc = zm;");
	if (mode == 2)
		str_add(t, "Y3 = Identity(zc);");
}

static void write_result(struct str *t, const struct node *n,
			 const struct heads *h)
{
	enum dtype own = opset_dtype(node_in(n, 0));
	bool cast = node_int(n, "softmax_precision", own) != (int64_t)own;

	str_add(t, cast ? "zp = Cast<to=%0>(zc); pp = Softmax<axis=-1>(zp);"
			  "pc = Cast<to=@X0>(pp);"
			: "pc = Softmax<axis=-1>(zc);");
	if (node_in(n, 3) || node_int(n, "is_causal", 0))
		str_add(t, "zx = ReduceMax(zc, [-1]);"
			   "no = IsInf<detect_positive=0>(zx);"
			   "p = Where(no, 0, pc);");
	else
		str_add(t, "p = pc;");
	if (node_int(n, "qk_matmul_output_mode", 0) == 3)
		str_add(t, "Y3 = Identity(p);");
	str_add(t, h->packed ? "y = MatMul(p, vg);"
			       "yt = Transpose<perm=[0, 2, 1, 3]>(y);"
			       "Y0 = Reshape(yt, [0, 0, -1])"
			     : "Y0 = MatMul(p, vg)");
}

static bool attention(struct node *n, struct err *e)
{
	enum dtype t = opset_dtype(node_in(n, 0));
	struct recipe_args args = {.i = {node_int(n, "softmax_precision", t)}};
	struct str text = {0};
	struct heads h = {.packed = false};
	double scale;
	bool ok;

	if (!know_heads(n, &h, e) || !mask_fits(n, e))
		return false;
	scale = node_attr(n, "scale") ? (double)node_float(n, "scale", 1)
				      : 1 / sqrt((double)h.size);
	args.v[0] = opset_int_list(n, (int64_t[]){0, 0, h.q, -1}, 4);
	args.v[1] = opset_int_list(n, (int64_t[]){0, 0, h.kv, -1}, 4);
	args.v[2] = opset_int_list(n, (int64_t[]){1, 1, h.q / h.kv, 1, 1}, 5);
	args.v[3] = opset_int_list(n, (int64_t[]){0, h.q, -1, h.size}, 4);
	args.v[4] = opset_int_list(n, (int64_t[]){0, h.q, -1, h.v_size}, 4);
	args.v[5] = opset_scalar(n, t, sqrt(scale));
	args.v[6] = opset_scalar(n, t, -INFINITY);
	write_operands(&text, n, &h);
	write_scores(&text, n);
	write_result(&text, n, &h);
	ok = opset_recipe(n, text.text, &args, e);
	str_release(&text);
	return ok;
}

/* ---- RotaryEmbedding ---------------------------------------------------- */

/* The parts that are turned, x1 and x2, and what is left, from a. */
static void write_parts(struct str *t, bool part, bool interleaved)
{
	str_add(t, part ? "x = Slice(a, [0], %1, [3]);"
			  "rest = Slice(a, %1, [4611686018427387904], [3]);"
			: "x = a;");
	str_add(t, interleaved ? "x1 = Slice(x, [0], %1, [3], [2]);"
				 "x2 = Slice(x, [1], %1, [3], [2]);"
			       : "x1 = Slice(x, [0], %2, [3]);"
				 "x2 = Slice(x, %2, %1, [3]);");
	str_add(t, "c1 = Mul(c, x1); s2 = Mul(s, x2); re = Sub(c1, s2);"
		   "s1 = Mul(s, x1); c2 = Mul(c, x2); im = Add(s1, c2);");
	str_add(t, interleaved ? "ru = Unsqueeze(re, [4]);"
				 "iu = Unsqueeze(im, [4]);"
				 "ri = Concat<axis=4>(ru, iu);"
				 "r = Reshape(ri, %3);"
			       : "r = Concat<axis=3>(re, im);");
	str_add(t, part ? "o = Concat<axis=3>(r, rest);" : "o = r;");
}

static bool rotary(struct node *n, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	int64_t heads = node_int(n, "num_heads", 0), size, turned;
	struct recipe_args args = {.v = {NULL}};
	struct str t = {0};
	bool ok;

	size = opset_dim(node_in(n, 0), rank - 1);
	if (rank < 3 || rank > 4 || size < 1 || (rank == 3 && heads < 1))
		return refuse_heads(e);
	if (rank == 3)
		size /= heads;
	turned = node_int(n, "rotary_embedding_dim", 0);
	turned = turned ? turned : size;
	args.v[0] = opset_int_list(n, (int64_t[]){0, 0, heads, -1}, 4);
	args.v[1] = opset_int_list(n, &turned, 1);
	args.v[2] = opset_int_list(n, (int64_t[]){turned / 2}, 1);
	args.v[3] = opset_int_list(n, (int64_t[]){0, 0, 0, turned}, 4);
	str_add(&t, rank == 3 ? "a = Reshape(X0, %0);"
			      : "a = Transpose<perm=[0, 2, 1, 3]>(X0);");
	str_add(&t, node_in(n, 3) ? "cg = Gather(X1, X3); sg = Gather(X2, X3);"
				  : "cg = X1; sg = X2;");
	str_add(&t, "c = Unsqueeze(cg, [2]); s = Unsqueeze(sg, [2]);");
	write_parts(&t, turned != size, node_int(n, "interleaved", 0) != 0);
	str_add(&t, rank == 3 ? "sh = Shape(X0); Y0 = Reshape(o, sh)"
			      : "Y0 = Transpose<perm=[0, 2, 1, 3]>(o)");
	ok = opset_recipe(n, t.text, &args, e);
	str_release(&t);
	return ok;
}

/* ---- CenterCropPad ------------------------------------------------------ */

/* Before and after each axis: what Pad adds or, where negative, takes. */
static bool center_pads(const struct node *n, struct shape *pads, struct err *e)
{
	int32_t rank = opset_rank(node_in(n, 0));
	uint32_t count, naxes;
	const int64_t *to = opset_ints(n, 1, &count);
	const int64_t *axes = node_ints(n, "axes", &naxes);

	if (!to)
		return opset_not_constant("shape", e);
	*pads = (struct shape){.rank = 2 * rank};
	for (uint32_t i = 0; i < count; i++) {
		int64_t axis = axes && i < naxes ? axes[i] : i, dim, half;

		axis += axis < 0 ? rank : 0;
		dim = axis < 0 || axis >= rank
			      ? DIM_UNKNOWN
			      : opset_dim(node_in(n, 0), (int32_t)axis);
		if (dim < 0 || to[i] < 0 || 2 * rank > MAX_RANK)
			return err_set(e, ERR_UNSUPPORTED,
				       "centers in an extent that is not "
				       "known");
		half = to[i] > dim ? (to[i] - dim) / 2 : -((dim - to[i]) / 2);
		pads->dim[axis] = half;
		pads->dim[axis + rank] = to[i] - dim - half;
	}
	return true;
}

static bool center_crop_pad(struct node *n, struct err *e)
{
	struct recipe_args args = {.v = {NULL}};
	struct shape pads;

	if (!center_pads(n, &pads, e))
		return false;
	args.v[0] = opset_int_list(n, pads.dim, (size_t)pads.rank);
	return opset_recipe(n, "Y0 = Pad(X0, %0)", &args, e);
}

const struct opset_row opset_attentions[] = {
	{"CenterCropPad", 18, NULL, center_crop_pad, NULL},
	{"Attention", 23, NULL, attention, NULL},
	{"RotaryEmbedding", 23, NULL, rotary, NULL},
	{0}};
