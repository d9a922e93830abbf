/* SPDX-License-Identifier: Apache-2.0 */
/* kern/dnnl_lib.h -- oneDNN's functions, found when they are first needed. */
#ifndef KERN_DNNL_LIB_H
#define KERN_DNNL_LIB_H

#include <dnnl.h>

/* Every function that is used, with its own type. */
#define DNNL_FUNCTIONS(F)                             \
	F(dnnl_engine_create)                         \
	F(dnnl_stream_create)                         \
	F(dnnl_memory_desc_init_by_tag)               \
	F(dnnl_memory_desc_equal)                     \
	F(dnnl_memory_desc_get_size)                  \
	F(dnnl_memory_create)                         \
	F(dnnl_memory_destroy)                        \
	F(dnnl_memory_set_data_handle)                \
	F(dnnl_dilated_convolution_forward_desc_init) \
	F(dnnl_matmul_desc_init)                      \
	F(dnnl_primitive_attr_create)                 \
	F(dnnl_primitive_attr_destroy)                \
	F(dnnl_primitive_attr_set_output_scales)      \
	F(dnnl_primitive_attr_set_zero_points)        \
	F(dnnl_primitive_attr_set_post_ops)           \
	F(dnnl_primitive_attr_set_scratchpad_mode)    \
	F(dnnl_post_ops_create)                       \
	F(dnnl_post_ops_destroy)                      \
	F(dnnl_post_ops_append_eltwise)               \
	F(dnnl_post_ops_append_sum)                   \
	F(dnnl_post_ops_append_sum_v3)                \
	F(dnnl_primitive_desc_create)                 \
	F(dnnl_primitive_desc_destroy)                \
	F(dnnl_primitive_desc_query)                  \
	F(dnnl_primitive_desc_query_md)               \
	F(dnnl_reorder_primitive_desc_create)         \
	F(dnnl_primitive_create)                      \
	F(dnnl_primitive_destroy)                     \
	F(dnnl_primitive_execute)

struct dnnl_lib {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
#define F(name) __typeof__(&name) name;
	DNNL_FUNCTIONS(F)
#undef F
};

/* NULL where the library is not installed or lacks a function. */
const struct dnnl_lib *dnnl_lib(void);

#endif
