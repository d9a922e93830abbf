/* SPDX-License-Identifier: Apache-2.0 */
/* kern/vec.h -- vector types for the templates (isa_base.h), and dispatch. */
#ifndef KERN_VEC_H
#define KERN_VEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "kern/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_X86 1
#else
#define HAVE_X86 0
#endif

typedef float vf4 VECTOR_OF(16);
typedef int32_t vi4 VECTOR_OF(16);
typedef uint8_t vb4 VECTOR_OF(4);
typedef uint8_t vb8 VECTOR_OF(8);
typedef uint8_t vb16 VECTOR_OF(16);
typedef uint32_t vu4 VECTOR_OF(16);
typedef uint32_t vu8 VECTOR_OF(32);
typedef uint32_t vu16 VECTOR_OF(64);
typedef float vf8 VECTOR_OF(32);
typedef int32_t vi8 VECTOR_OF(32);
typedef float vf16 VECTOR_OF(64);
typedef int32_t vi16 VECTOR_OF(64);

static inline vf4 v_select4(vi4 mask, vf4 a, vf4 b)
{
	return (vf4)((mask & (vi4)a) | (~mask & (vi4)b));
}

/* Elements I, J, K, L of A and B together. */
#define V_SHUFFLE4(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)

/* N < 4 elements. */
static inline vf4 v_load_part4(const float *p, size_t n)
{
	vf4 v = {0};

	for (size_t i = 0; i < 4; i++)
		v[i] = i < n ? p[i] : 0;
	return v;
}

static inline void v_store_part4(float *p, vf4 v, size_t n)
{
	for (size_t i = 0; i < 4; i++)
		if (i < n)
			p[i] = v[i];
}

/* Call F of the best instruction set at hand. */
#if HAVE_X86
#define DISPATCH(f, ...)                               \
	(cpu_has(CPU_AVX512) ? f##_avx512(__VA_ARGS__) \
	 : cpu_has(CPU_AVX2) ? f##_avx2(__VA_ARGS__)   \
			     : f##_base(__VA_ARGS__))
#else
#define DISPATCH(f, ...) f##_base(__VA_ARGS__)
#endif

#endif
