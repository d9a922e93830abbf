/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product_lines.c -- matrix products of codes: operands, sizes, lines. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ops/op.h"
#include "ops/product_u8.h"

static const struct {
	const char *type;
	struct qroles roles;
} products[] = {
	{"QLinearMatMul", {0, 1, 2, 3, 4, 5, 6, 7, NO_ROLE}},
	{"QGemm", {0, 1, 2, 3, 4, 5, 7, 8, 6}},
	{"MatMulIntegerToFloat", {0, 2, 4, 1, 3, 5, NO_ROLE, NO_ROLE, 6}},
};

static const struct qroles *roles_of(const struct call *c)
{
	size_t i = 0;

	while (strcmp(c->node->type, products[i].type))
		i++;
	return &products[i].roles;
}

static bool turned(const struct call *c)
{
	return node_int(c->node, "transB", 0) != 0;
}

static size_t columns(const struct call *c, const struct qroles *r)
{
	return (size_t)call_in(c, r->w)->shape.dim[turned(c) ? 0 : 1];
}

bool product_lines_accepts(const struct call *c)
{
	const struct qroles *r = roles_of(c);
	const struct tensor *x = call_in(c, r->x), *w = call_in(c, r->w);
	const struct tensor *bias = call_in(c, r->bias);
	const struct tensor *y = call_out(c, 0);
	struct qscales q;

	if (w->shape.rank != 2 || !w->data || x->shape.rank < 2 ||
	    node_int(c->node, "transA", 0) ||
	    node_float(c->node, "alpha", 1) != 1)
		return false;
	if (bias && (!bias->data || tensor_count(bias) != columns(c, r)))
		return false;
	return qscales_make(&q, c, r, columns(c, r)) &&
	       (q.ys || (y && y->dtype == DTYPE_F32));
}

/* The bias is in units of sums, or of float results. */
static void fill(struct product_lines *l, const struct tensor *bias)
{
	size_t down = l->turned ? 1 : l->n, right = l->turned ? l->k : 1;

	for (size_t j = 0; j < l->n; j++) {
		double b = bias ? tensor_double(bias, j) : 0;
		int64_t sum = 0;

		for (size_t i = 0; i < l->k; i++)
			sum += (int8_t)(l->w[i * down + j * right] ^
					l->q.wflip);
		sum *= -l->q.xzero;
		if (bias && bias->dtype == DTYPE_I32)
			sum += (int64_t)b;
		else
			l->shift[j] = (float)b;
		l->bias[j] = (int32_t)(uint32_t)sum;
		l->scale[j] = qscales_multiplier(&l->q, j);
	}
}

void product_lines_make(struct product_lines *l, const struct call *c,
			bool as_panels)
{
	const struct qroles *r = roles_of(c);
	const struct tensor *x = call_in(c, r->x);
	size_t room;

	l->n = columns(c, r);
	l->k = (size_t)x->shape.dim[x->shape.rank - 1];
	l->m = l->k ? tensor_count(x) / l->k : 0;
	l->turned = turned(c);
	l->w = call_in(c, r->w)->data;
	qscales_make(&l->q, c, r, l->n);
	if (!as_panels)
		l->q.xzero -= l->q.xflip;
	room = as_panels ? u8s8_panels(l->n) * U8S8_PANEL : l->n;
	l->bias = calloc(room, sizeof(*l->bias));
	l->scale = calloc(room, sizeof(*l->scale));
	l->shift = calloc(room, sizeof(*l->shift));
	if (room && (!l->bias || !l->scale || !l->shift))
		die_oom();
	fill(l, call_in(c, r->bias));
}

void product_lines_release(struct product_lines *l)
{
	free(l->bias);
	free(l->scale);
	free(l->shift);
}
