/* SPDX-License-Identifier: Apache-2.0 */
/* ops/lookup.c -- mlopt's own Lookup: any function of 8-bit codes.
 *
 *     Y = TABLE[X]
 *
 * where a signed code counts as the unsigned one of the same bits.  Plans make
 * it of what lies between DequantizeLinear and QuantizeLinear
 * (exec/lower_table.c); models never contain it.
 */
#include "base/parallel.h"
#include "kern/lookup.h"
#include "ops/ewise_f32.h"
#include "ops/op.h"

enum { GRAIN = 65536 }; /* codes worth a thread */

struct lookup {
	struct job job;
	const uint8_t *table, *x;
	uint8_t *y;
};

static bool infer_lookup(struct infer *c, struct err *e)
{
	const struct shape *t = infer_shape(c, 1);

	if (t->rank != 1 || t->dim[0] != 256)
		return err_set(e, ERR_SHAPE, "the table has not 256 entries");
	infer_set(c, 0, infer_dtype(c, 1), infer_shape(c, 0));
	return true;
}

static bool run_ref(const struct call *c, struct err *e)
{
	const struct tensor *x = call_in(c, 0);
	const uint8_t *in = x->data, *table = call_in(c, 1)->data;
	uint8_t *y = tensor_mut(call_out(c, 0));

	(void)e;
	for (size_t i = 0; i < tensor_count(x); i++)
		y[i] = table[in[i]];
	return true;
}

static void run_codes(struct job *self, size_t begin, size_t end)
{
	const struct lookup *l = (const struct lookup *)self;

	kern_lookup_u8(l->table, l->x + begin, l->y + begin, end - begin);
}

static bool run_fast(const struct call *c, struct err *e)
{
	struct lookup l = {.job.run = run_codes,
			   .table = call_in(c, 1)->data,
			   .x = call_in(c, 0)->data,
			   .y = tensor_mut(call_out(c, 0))};

	(void)e;
	parallel_for(&l.job, tensor_count(call_in(c, 0)), GRAIN);
	return true;
}

static const struct kernel kernels[] = {
	{"lookup-ref", "reference", .run = run_ref},
	{"lookup-u8-simd", "blas", .layouts = unary_f32_layouts,
	 .run = run_fast, .in_place = 1},
	{.name = NULL},
};

const struct op op_rows_lookup[] = {
	{.domain = "mlopt",
	 .type = "Lookup",
	 .since = 1,
	 .in = PARAMS(IN("X", "T", TYPES_BYTES),
		      IN("table", "T2", TYPES_BYTES)),
	 .out = PARAMS(IN("Y", "T2", TYPES_BYTES)),
	 .infer = infer_lookup,
	 .kernels = kernels},
	{0}};
