/* SPDX-License-Identifier: Apache-2.0 */
/* ops/conv_dnnl.h -- Conv, FusedConv and QLinearConv by oneDNN. */
#ifndef OPS_CONV_DNNL_H
#define OPS_CONV_DNNL_H

#include "kern/cpu.h"
#include "ops/call.h"
#include "ops/qconv_u8.h"

bool conv_dnnl_accepts(const struct call *c);
enum tensor_layout conv_dnnl_layouts(const struct call *c,
				     enum tensor_layout *in,
				     enum tensor_layout *out);
bool conv_dnnl_prepare(struct call *c, struct err *e);
size_t conv_dnnl_scratch(const struct call *c);
bool conv_dnnl_run(const struct call *c, struct err *e);

#define CONV_DNNL_KERNEL                                                   \
	{                                                                  \
		"conv-f32-onednn", "onednn", .accepts = conv_dnnl_accepts, \
					     .layouts = conv_dnnl_layouts, \
					     .prepare = conv_dnnl_prepare, \
					     .packs = 1 << 1 | 1 << 2,     \
					     .scratch = conv_dnnl_scratch, \
					     .run = conv_dnnl_run,         \
					     .in_place = 4,                \
	}
/* Without VNNI the library adds pairs of products in 16 bits, which
 * saturate. */
#define QCONV_DNNL_KERNEL                                                \
	{                                                                \
		"qconv-onednn", "onednn",                                \
			.accepts = conv_dnnl_accepts, .needs = CPU_VNNI, \
			.layouts = conv_dnnl_layouts,                    \
			.prepare = conv_dnnl_prepare,                    \
			.scratch = conv_dnnl_scratch,                    \
			.packs = 1 << 3 | 1 << 8, .run = conv_dnnl_run,  \
	}
#define QCONV_ADD_DNNL_KERNEL                                                 \
	{                                                                     \
		"qconv-add-onednn", "onednn",                                 \
			.accepts = conv_dnnl_accepts, .needs = CPU_VNNI,      \
			.layouts = conv_dnnl_layouts,                         \
			.prepare = conv_dnnl_prepare, .run = conv_dnnl_run,   \
			.scratch = conv_dnnl_scratch, .in_place = QADD_Z + 1, \
	}

#endif
