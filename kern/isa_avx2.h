/* SPDX-License-Identifier: Apache-2.0 */
/* kern/isa_avx2.h -- see isa_base.h; needs CPU_AVX2. */
#define NAME(f) f##_avx2
#define ISA TARGET("avx2,fma")
#define LANES 8
#define VF vf8
#define VI vi8
#define VB vb8
#define V_FMA(a, b, c) \
	((VF)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define V_MAX(a, b) ((VF)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define V_MIN(a, b) ((VF)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define V_FIRST(n) ((__m256i)((VI){0, 1, 2, 3, 4, 5, 6, 7} < (int32_t)(n)))
#define V_LOAD_PART(p, n) ((VF)_mm256_maskload_ps(p, V_FIRST(n)))
#define V_STORE_PART(p, v, n) _mm256_maskstore_ps(p, V_FIRST(n), (__m256)(v))
