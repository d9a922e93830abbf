/* SPDX-License-Identifier: Apache-2.0 */
/* base/compiler.h -- the only place compiler extensions are named. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#if defined(__GNUC__)
#define MUST_USE __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
/* Compile one function for CPU features beyond the baseline: TARGET("avx2"). */
#define TARGET(isa) __attribute__((target(isa)))
/* For bodies whose constant arguments must reach their loops. */
#define ALWAYS_INLINE __attribute__((always_inline))
/* After a typedef of a scalar: a vector of BYTES of them. */
#define VECTOR_OF(bytes) __attribute__((vector_size(bytes)))
#else
#define MUST_USE
#define NORETURN
#define PRINTF_LIKE(f, a)
#define TARGET(isa)
#define ALWAYS_INLINE
#endif

/* Before a loop of at most 16 rounds: write all of them out. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL
#endif

/* *OUT = A + B (- , *) in the type of *OUT; true if it did not fit. */
#define ADD_OVERFLOWS(a, b, out) __builtin_add_overflow(a, b, out)
#define SUB_OVERFLOWS(a, b, out) __builtin_sub_overflow(a, b, out)
#define MUL_OVERFLOWS(a, b, out) __builtin_mul_overflow(a, b, out)

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#endif
