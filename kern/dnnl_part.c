/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_part.c -- what primitives of oneDNN have in common. */
#include "config.h"

#ifdef HAVE_DNNL_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "kern/dnnl_part.h"

static bool reorder(const struct dnnl_lib *l, const dnnl_memory_desc_t *have,
		    dnnl_memory_t from, const dnnl_memory_desc_t *want,
		    dnnl_memory_t to)
{
	dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
	dnnl_primitive_desc_t pd = NULL;
	dnnl_primitive_t run = NULL;
	bool ok = !l->dnnl_reorder_primitive_desc_create(
			  &pd, have, l->engine, want, l->engine, NULL) &&
		  !l->dnnl_primitive_create(&run, pd) &&
		  !l->dnnl_primitive_execute(run, l->stream, 2, args);

	if (run)
		l->dnnl_primitive_destroy(run);
	if (pd)
		l->dnnl_primitive_desc_destroy(pd);
	return ok;
}

bool dnnl_part_fill(struct dnnl_part *p, const struct dnnl_lib *l,
		    const dnnl_memory_desc_t *have,
		    const dnnl_memory_desc_t *want, const void *data)
{
	dnnl_memory_t from = NULL;
	struct err e;
	bool ok;

	p->bytes = l->dnnl_memory_desc_get_size(want);
	if (!buf_alloc(&p->buf, p->bytes + 64, NULL, &e))
		die_oom();
	if (l->dnnl_memory_create(&p->memory, want, l->engine, p->buf.data))
		return false;
	if (l->dnnl_memory_desc_equal(have, want)) {
		memcpy(p->buf.data, data, p->bytes);
		return true;
	}
	ok = !l->dnnl_memory_create(&from, have, l->engine,
				    (void *)(uintptr_t)data) &&
	     reorder(l, have, from, want, p->memory);
	if (from)
		l->dnnl_memory_destroy(from);
	return ok;
}

void dnnl_part_release(struct dnnl_part *p, const struct dnnl_lib *l)
{
	if (p->memory)
		l->dnnl_memory_destroy(p->memory);
	buf_free(&p->buf);
}

static const struct {
	enum act_kind act;
	dnnl_alg_kind_t kind;
} kinds[] = {
	{ACT_RELU, dnnl_eltwise_relu},
	{ACT_LEAKY, dnnl_eltwise_relu},
	{ACT_CLIP, dnnl_eltwise_clip},
	{ACT_SIGMOID, dnnl_eltwise_logistic},
	{ACT_TANH, dnnl_eltwise_tanh},
	{ACT_SILU, dnnl_eltwise_swish},
	{ACT_HARD_SWISH, dnnl_eltwise_hardswish},
	{ACT_GELU, dnnl_eltwise_gelu_erf},
};

bool dnnl_part_append_act(const struct dnnl_lib *l, dnnl_post_ops_t ops,
			  const struct act *f)
{
	__typeof__(&dnnl_post_ops_append_eltwise) append =
		l->dnnl_post_ops_append_eltwise;

	if (f->kind == ACT_NONE)
		return true;
	if (f->kind == ACT_HARD_SIGMOID)
		return !append(ops, 1, dnnl_eltwise_linear, f->a, f->b) &&
		       !append(ops, 1, dnnl_eltwise_clip, 0, 1);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i].act == f->kind)
			return !append(ops, 1, kinds[i].kind, f->a, f->b);
	return false;
}

bool dnnl_part_append_round(const struct dnnl_lib *l, dnnl_post_ops_t ops)
{
	return !l->dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_round, 0,
						0);
}

bool dnnl_scratch_ask(const struct dnnl_lib *l, dnnl_primitive_attr_t attr)
{
	return !l->dnnl_primitive_attr_set_scratchpad_mode(
		attr, dnnl_scratchpad_mode_user);
}

bool dnnl_scratch_make(struct dnnl_scratch *s, const struct dnnl_lib *l,
		       const_dnnl_primitive_desc_t pd)
{
	const dnnl_memory_desc_t *md = l->dnnl_primitive_desc_query_md(
		pd, dnnl_query_scratchpad_md, 0);

	s->bytes = md ? l->dnnl_memory_desc_get_size(md) : 0;
	return !s->bytes || !l->dnnl_memory_create(&s->memory, md, l->engine,
						   DNNL_MEMORY_NONE);
}

bool dnnl_scratch_pass(const struct dnnl_scratch *s, const struct dnnl_lib *l,
		       void *memory, dnnl_exec_arg_t *args, int *n)
{
	if (!s->memory)
		return true;
	args[(*n)++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, s->memory};
	return !l->dnnl_memory_set_data_handle(s->memory, memory);
}

void dnnl_scratch_release(struct dnnl_scratch *s, const struct dnnl_lib *l)
{
	if (s->memory)
		l->dnnl_memory_destroy(s->memory);
}

bool dnnl_part_is_fast(const struct dnnl_lib *l, const_dnnl_primitive_desc_t pd)
{
	const char *name = NULL;

	/* "jit:...", "jit_1x1:...", "brgconv:..." against "ref", "gemm". */
	return !l->dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0,
					     &name) &&
	       name && (name[0] == 'j' || name[0] == 'b');
}

#endif
