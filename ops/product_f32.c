/* SPDX-License-Identifier: Apache-2.0 */
/* ops/product_f32.c -- matrix products of floats by OpenBLAS.
 *
 * A matrix on the right that is the same for the whole batch makes one
 * product of all rows; else the matrices of a batch are independent tasks.
 */
#include "ops/product_f32.h"

#include <string.h>

#include "base/parallel.h"
#include "kern/gemm.h"
#include "ops/act_of.h"
#include "ops/op.h"
#include "ops/product.h"

static bool all_f32(const struct call *c)
{
	for (uint32_t i = 0; i < c->nin; i++)
		if (c->in[i] && c->in[i]->type.dtype != DTYPE_F32)
			return false;
	return true;
}

static bool is_set(const struct node *n, const char *name)
{
	return node_int(n, name, 0) != 0;
}

/* ---- MatMul ------------------------------------------------------------- */

struct batch {
	struct job job;
	struct gemm g;
	struct product p;
	const float *a, *b;
	float *y;
	size_t a_step, b_step; /* elements of one matrix */
};

bool matmul_f32_accepts(const struct call *c)
{
	const struct node *n = c->node;

	return all_f32(c) && !is_set(n, "transBatchA") &&
	       !is_set(n, "transBatchB") && call_in(c, 0)->shape.rank >= 2 &&
	       call_in(c, 1)->shape.rank >= 2;
}

/* Which matrix of an operand with batch axes S belongs to matrix I of the
 * result. */
static size_t matrix_at(const struct shape *batch, const struct shape *s,
			size_t i)
{
	size_t at = 0, step = 1;

	for (int32_t k = 0; k < batch->rank; k++) {
		size_t dim = (size_t)batch->dim[batch->rank - 1 - k];
		int32_t axis = s->rank - 1 - k;

		if (axis < 0)
			break;
		if (s->dim[axis] != 1)
			at += i % dim * step;
		step *= (size_t)s->dim[axis];
		i /= dim;
	}
	return at;
}

static void run_matrices(struct job *self, size_t begin, size_t end)
{
	const struct batch *t = (const struct batch *)self;

	for (size_t i = begin; i < end; i++)
		kern_gemm_f32(
			&t->g,
			t->a + matrix_at(&t->p.batch, &t->p.a, i) * t->a_step,
			t->b + matrix_at(&t->p.batch, &t->p.b, i) * t->b_step,
			t->y + i * t->g.m * t->g.n);
}

static size_t count_of(const struct shape *s)
{
	size_t n = 1;

	for (int32_t i = 0; i < s->rank; i++)
		n *= (size_t)s->dim[i];
	return n;
}

/* The last two axes in the order of the product. */
static struct shape turned(const struct shape *s, bool swap)
{
	struct shape t = *s;

	if (swap) {
		t.dim[t.rank - 1] = s->dim[s->rank - 2];
		t.dim[t.rank - 2] = s->dim[s->rank - 1];
	}
	return t;
}

bool matmul_f32_run(const struct call *c, struct err *e)
{
	bool ta = is_set(c->node, "transA"), tb = is_set(c->node, "transB");
	struct shape a = turned(&call_in(c, 0)->shape, ta);
	struct shape b = turned(&call_in(c, 1)->shape, tb);
	struct batch t = {.job.run = run_matrices};
	struct tensor *y = call_out(c, 0);
	size_t count, work;

	(void)e;
	product_make(&t.p, &a, &b);
	/* Sums of nothing; and operands of no elements have no address. */
	if (t.p.k == 0 || tensor_count(y) == 0) {
		if (y->bytes)
			memset(tensor_mut(y), 0, y->bytes);
		return true;
	}
	t.g = (struct gemm){
		.m = t.p.m,
		.n = t.p.n,
		.k = t.p.k,
		.ta = ta,
		.tb = tb,
		.lda = ta ? t.p.m : t.p.k,
		.ldb = tb ? t.p.k : t.p.n,
		.ldy = t.p.n,
		.alpha = node_float(c->node, "alpha", 1),
	};
	t.a = tensor_f32(call_in(c, 0));
	t.b = tensor_f32(call_in(c, 1));
	t.y = tensor_f32_mut(y);
	t.a_step = t.p.m * t.p.k;
	t.b_step = t.p.k * t.p.n;
	count = count_of(&t.p.batch);
	if (!ta && count_of(&t.p.b) == 1 && count_of(&t.p.a) == count) {
		t.g.m *= count;
		count = count ? 1 : 0;
	}
	work = t.p.m * t.p.n * t.p.k;
	/* One large product uses all threads itself. */
	if (count == 1)
		run_matrices(&t.job, 0, 1);
	else
		parallel_for(&t.job, count,
			     work < 20000 ? 20000 / (work + 1) + 1 : 1);
	return true;
}

/* ---- Gemm --------------------------------------------------------------- */

bool gemm_f32_accepts(const struct call *c)
{
	struct act act;

	return all_f32(c) && act_of_fused(&act, c->node);
}

/* Y[i, j] = beta C[i, j], C broadcast. */
static void spread(const struct tensor *bias, float beta, float *y, size_t m,
		   size_t n)
{
	const struct shape *s = &bias->shape;
	size_t cols = s->rank ? (size_t)s->dim[s->rank - 1] : 1;
	size_t row_step = s->rank == 2 && s->dim[0] != 1 ? cols : 0;
	const float *x = tensor_f32(bias);

	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++)
			y[i * n + j] = beta *
				       x[i * row_step + (cols != 1 ? j : 0)];
}

/* C is one row as long as the result's. */
static bool is_row(const struct tensor *bias, size_t n)
{
	return tensor_count(bias) == n && bias->shape.rank >= 1 &&
	       (size_t)bias->shape.dim[bias->shape.rank - 1] == n;
}

bool gemm_f32_run(const struct call *c, struct err *e)
{
	const struct node *node = c->node;
	bool ta = is_set(node, "transA"), tb = is_set(node, "transB");
	struct shape a = turned(&call_in(c, 0)->shape, ta);
	const struct tensor *bias = call_in(c, 2);
	float *y = tensor_f32_mut(call_out(c, 0));
	float beta = node_float(node, "beta", 1);
	const float *row = NULL;
	struct act act;
	struct gemm g = {
		.m = (size_t)a.dim[0],
		.n = (size_t)call_out(c, 0)->shape.dim[1],
		.k = (size_t)a.dim[1],
		.ta = ta,
		.tb = tb,
		.alpha = node_float(node, "alpha", 1),
	};

	(void)e;
	act_of_fused(&act, node);
	g.lda = ta ? g.m : g.k;
	g.ldb = tb ? g.k : g.n;
	g.ldy = g.n;
	if (bias && beta == 1 && is_row(bias, g.n)) {
		row = tensor_f32(bias);
	} else if (bias) {
		spread(bias, beta, y, g.m, g.n);
		g.beta = 1;
	}
	kern_gemm_f32(&g, tensor_f32(call_in(c, 0)), tensor_f32(call_in(c, 1)),
		      y);
	if (row || act.kind != ACT_NONE)
		for (size_t i = 0; i < g.m; i++)
			kern_epilogue_row_f32(&act, row, NULL, y + i * g.n,
					      g.n);
	return true;
}
