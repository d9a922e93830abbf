/* SPDX-License-Identifier: Apache-2.0 */
/* ops/linear_f32.c -- mlopt's Linear by OpenBLAS. */
#include <string.h>

#include "base/parallel.h"
#include "kern/gemm.h"
#include "ops/act_of.h"
#include "ops/linear.h"
#include "ops/op.h"

enum { GRAIN = 16384 }; /* elements worth a thread */

/* What follows the product, row by row. */
struct finish {
	struct job job;
	struct act act;
	const float *bias;
	float *y;
	size_t n;
};

bool linear_blas_accepts(const struct call *c)
{
	struct act act;

	return act_of_fused(&act, c->node);
}

static void finish_rows(struct job *self, size_t begin, size_t end)
{
	const struct finish *f = (const struct finish *)self;

	for (size_t i = begin; i < end; i++)
		kern_epilogue_row_f32(&f->act, f->bias, NULL, f->y + i * f->n,
				      f->n);
}

bool linear_blas_run(const struct call *c, struct err *e)
{
	const struct tensor *b = call_in(c, LINEAR_B);
	const struct tensor *z = call_in(c, LINEAR_Z);
	struct tensor *y = call_out(c, 0);
	struct finish f = {.job.run = finish_rows,
			   .bias = b ? tensor_f32(b) : NULL,
			   .y = tensor_f32_mut(y)};
	struct linear_sizes l;
	struct gemm g;

	(void)e;
	linear_make(&l, c);
	if (!l.m || !l.n)
		return true;
	g = (struct gemm){.m = l.m,
			  .n = l.n,
			  .k = l.k,
			  .tb = l.transposed,
			  .lda = l.k,
			  .ldb = l.transposed ? l.k : l.n,
			  .ldy = l.n,
			  .alpha = 1,
			  .beta = z ? 1 : 0};
	/* The plan lets Y lie where Z did if nobody needs Z later. */
	if (z && z->data != y->data)
		memcpy(f.y, z->data, y->bytes);
	kern_gemm_f32(&g, call_f32(c, LINEAR_X), call_f32(c, LINEAR_W), f.y);
	act_of_fused(&f.act, c->node);
	f.n = l.n;
	if (b || f.act.kind != ACT_NONE)
		parallel_for(&f.job, l.m, GRAIN / l.n + 1);
	return true;
}
