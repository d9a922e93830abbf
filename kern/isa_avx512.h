/* SPDX-License-Identifier: Apache-2.0 */
/* kern/isa_avx512.h -- see isa_base.h; needs CPU_AVX512. */
#define NAME(f) f##_avx512
#define ISA TARGET("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#define LANES 16
#define VF vf16
#define VI vi16
#define VB vb16
#define V_FMA(a, b, c) \
	((VF)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define V_MAX(a, b) ((VF)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define V_MIN(a, b) ((VF)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define V_FIRST(n) ((__mmask16)((1u << (n)) - 1))
#define V_LOAD_PART(p, n) ((VF)_mm512_maskz_loadu_ps(V_FIRST(n), p))
#define V_STORE_PART(p, v, n) _mm512_mask_storeu_ps(p, V_FIRST(n), (__m512)(v))
