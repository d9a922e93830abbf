/* SPDX-License-Identifier: Apache-2.0 */
/* ops/macs.c -- multiply-accumulates, one formula per family. */
#include "ops/macs.h"

#include <string.h>

/* The node at hand. */
struct call {
	const struct node *n;
	const struct type *const *in, *const *out;
};

/* A product of dims under construction; BAD once it is not known. */
struct product {
	uint64_t x;
	bool bad;
};

static void times(struct product *p, int64_t dim)
{
	if (dim < 0 || p->bad ||
	    (dim != 0 && p->x > (uint64_t)INT64_MAX / (uint64_t)dim))
		p->bad = true;
	else
		p->x *= (uint64_t)dim;
}

static const struct shape *operand(const struct call *c, uint32_t i)
{
	const struct type *t = i < c->n->nin ? c->in[i] : NULL;

	return t && t->kind == TYPE_TENSOR && t->shape.rank >= 0 ? &t->shape
								 : NULL;
}

static const struct shape *result(const struct call *c)
{
	const struct type *t = c->n->nout ? c->out[0] : NULL;

	return t && t->kind == TYPE_TENSOR && t->shape.rank >= 0 ? &t->shape
								 : NULL;
}

/* Multiply by the dims of S from FIRST on. */
static void times_shape(struct product *p, const struct shape *s, int first)
{
	if (!s) {
		p->bad = true;
		return;
	}
	for (int i = first; i < s->rank; i++)
		times(p, s->dim[i]);
}

static bool finish(const struct product *p, uint64_t *macs)
{
	*macs = p->x;
	return !p->bad;
}

/* |OVER| * |w| / w[0], operand W being the weights. */
static bool convolution(const struct call *c, const struct shape *over,
			uint32_t w, uint64_t *macs)
{
	struct product p = {1, false};

	times_shape(&p, over, 0);
	times_shape(&p, operand(c, w), 1);
	return finish(&p, macs);
}

static bool conv(const struct call *c, uint64_t *macs)
{
	return convolution(c, result(c), 1, macs);
}

static bool qlinear_conv(const struct call *c, uint64_t *macs)
{
	return convolution(c, result(c), 3, macs);
}

static bool conv_transpose(const struct call *c, uint64_t *macs)
{
	return convolution(c, operand(c, 0), 1, macs);
}

/* K is the last dim of A, or the one before if A is transposed. */
static bool matrix_product(const struct call *c, bool trans, uint64_t *macs)
{
	const struct shape *a = operand(c, 0);
	struct product p = {1, false};

	times_shape(&p, result(c), 0);
	if (!a || a->rank < (trans ? 2 : 1))
		return false;
	times(&p, a->dim[a->rank - (trans ? 2 : 1)]);
	return finish(&p, macs);
}

static bool matmul(const struct call *c, uint64_t *macs)
{
	return matrix_product(c, false, macs);
}

static bool gemm(const struct call *c, uint64_t *macs)
{
	return matrix_product(c, node_int(c->n, "transA", 0) != 0, macs);
}

/* Block-quantized weights: K is an attribute. */
static bool matmul_nbits(const struct call *c, uint64_t *macs)
{
	struct product p = {1, false};

	times_shape(&p, result(c), 0);
	times(&p, node_int(c->n, "K", -1));
	return finish(&p, macs);
}

/* X is [steps, batch, I] or, with layout 1, [batch, steps, I]. */
static bool recurrent(const struct call *c, uint64_t *macs)
{
	const struct shape *x = operand(c, 0);
	struct product w = {1, false}, r = {1, false}, runs = {1, false};

	if (!x || x->rank != 3)
		return false;
	times_shape(&w, operand(c, 1), 0);
	times_shape(&r, operand(c, 2), 0);
	times(&runs, x->dim[0]);
	times(&runs, x->dim[1]);
	if (w.bad || r.bad)
		return false;
	times(&runs, (int64_t)(w.x + r.x));
	return finish(&runs, macs);
}

/* Labels of one term of an Einsum equation: letters, '.' for the ellipsis. */
static bool einsum_term(const struct shape *s, const char *term, size_t n,
			int64_t dim[256], int64_t spread[MAX_RANK])
{
	int letters = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		letters += term[i] != '.' && term[i] != ' ';
	for (size_t i = 0; i < n; i++) {
		unsigned char label = (unsigned char)term[i];

		if (label == ' ')
			continue;
		if (label != '.') {
			if (at >= s->rank)
				return false;
			if (dim[label] < 2)
				dim[label] = s->dim[at];
			at++;
			continue;
		}
		/* Right-aligned, so counted from the end. */
		for (int k = s->rank - letters; k > 0; k--, at++)
			if (spread[k - 1] < 2)
				spread[k - 1] = s->dim[at];
		i += 2;
	}
	return true;
}

static bool einsum(const struct call *c, uint64_t *macs)
{
	const char *term = node_string(c->n, "equation", "");
	int64_t dim[256], spread[MAX_RANK];
	struct product p = {1, false};

	for (int i = 0; i < 256; i++)
		dim[i] = 1;
	for (int i = 0; i < MAX_RANK; i++)
		spread[i] = 1;
	for (uint32_t i = 0; i < c->n->nin; i++) {
		size_t n = strcspn(term, ",-");
		const struct shape *s = operand(c, i);

		if (!s || !einsum_term(s, term, n, dim, spread))
			return false;
		term += n + (term[n] == ',');
	}
	for (int i = 0; i < 256; i++)
		times(&p, dim[i]);
	for (int i = 0; i < MAX_RANK; i++)
		times(&p, spread[i]);
	times(&p, (int64_t)c->n->nin - 1);
	return finish(&p, macs);
}

/* ONNX Attention-23: Q, K, V of rank 4 [batch, heads, L, D] or of rank 3
 * [batch, L, heads * D]; operand 4 is the cache of keys. */
static bool attention(const struct call *c, uint64_t *macs)
{
	const struct shape *q = operand(c, 0), *k = operand(c, 1);
	const struct shape *v = operand(c, 2), *past = operand(c, 4);
	int64_t heads = node_int(c->n, "q_num_heads", 0);
	int64_t kv_heads = node_int(c->n, "kv_num_heads", heads);
	struct product p = {1, false};
	int64_t keys, width, value_width;

	if (!q || !k || !v || q->rank != k->rank || q->rank < 3 || q->rank > 4)
		return false;
	keys = k->dim[q->rank - 2];
	if (past && past->rank == 4) {
		if (keys < 0 || past->dim[2] < 0)
			return false;
		keys += past->dim[2];
	}
	times(&p, q->dim[0]);
	times(&p, q->dim[q->rank - 2]);
	times(&p, keys);
	width = q->dim[q->rank - 1];
	value_width = v->dim[q->rank - 1];
	if (q->rank == 4) {
		times(&p, q->dim[1]);
	} else {
		if (kv_heads <= 0)
			return false;
		value_width = value_width / kv_heads * heads;
	}
	if (width < 0 || value_width < 0)
		return false;
	times(&p, width + value_width);
	return finish(&p, macs);
}

static const struct {
	const char *domain, *type;
	bool (*count)(const struct call *c, uint64_t *macs);
} formulas[] = {
	{"", "Attention", attention},
	{"", "Conv", conv},
	{"", "ConvInteger", conv},
	{"", "ConvTranspose", conv_transpose},
	{"", "DeformConv", conv},
	{"", "Einsum", einsum},
	{"", "GRU", recurrent},
	{"", "Gemm", gemm},
	{"", "LSTM", recurrent},
	{"", "MatMul", matmul},
	{"mlopt", "Linear", matmul},
	{"mlopt", "QLinearConvAdd", qlinear_conv},
	{"", "MatMulInteger", matmul},
	{"", "QLinearConv", qlinear_conv},
	{"", "QLinearMatMul", matmul},
	{"", "RNN", recurrent},
	{"com.microsoft", "FusedConv", conv},
	{"com.microsoft", "FusedGemm", gemm},
	{"com.microsoft", "FusedMatMul", gemm},
	{"com.microsoft", "MatMulIntegerToFloat", matmul},
	{"com.microsoft", "MatMulNBits", matmul_nbits},
	{"com.microsoft", "QGemm", gemm},
};

bool op_macs(const struct node *n, const struct type *const *in,
	     const struct type *const *out, uint64_t *macs)
{
	const struct call c = {n, in, out};

	*macs = 0;
	for (size_t i = 0; i < COUNT_OF(formulas); i++)
		if (node_is(n, formulas[i].domain, formulas[i].type))
			return formulas[i].count(&c, macs);
	return n->op != NULL;
}

bool node_macs(const struct node *n, uint64_t *macs)
{
	/* Formulas look at the first five operands and at one result; only
	 * Einsum takes more, where more than these is unheard of. */
	enum { OPERANDS = 32 };
	const struct type *in[OPERANDS] = {NULL}, *out[1] = {NULL};

	for (uint32_t i = 0; i < n->nin && i < OPERANDS; i++)
		in[i] = node_in(n, i) ? &node_in(n, i)->type : NULL;
	if (n->nout && node_out(n, 0))
		out[0] = &node_out(n, 0)->type;
	if (n->nin > OPERANDS && node_is(n, "", "Einsum"))
		return false;
	return op_macs(n, in, out, macs);
}
