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
/* After a typedef of a scalar: a vector of BYTES of them. */
#define VECTOR_OF(bytes) __attribute__((vector_size(bytes)))
#else
#define MUST_USE
#define NORETURN
#define PRINTF_LIKE(f, a)
#define TARGET(isa)
#endif

/* *OUT = A + B (- , *) in the type of *OUT; true if it did not fit. */
#define ADD_OVERFLOWS(a, b, out) __builtin_add_overflow(a, b, out)
#define SUB_OVERFLOWS(a, b, out) __builtin_sub_overflow(a, b, out)
#define MUL_OVERFLOWS(a, b, out) __builtin_mul_overflow(a, b, out)

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#endif
