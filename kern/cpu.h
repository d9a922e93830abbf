/* SPDX-License-Identifier: Apache-2.0 */
/* kern/cpu.h -- what the processor at hand can do. */
#ifndef KERN_CPU_H
#define KERN_CPU_H

#include <stdbool.h>

/* Sets of instructions that kernels are written for. */
enum cpu_feature {
	CPU_AVX2 = 1 << 0,   /* AVX2 and FMA */
	CPU_AVX512 = 1 << 1, /* AVX-512 F, BW, DQ, VL */
	CPU_VNNI = 1 << 2,   /* AVX-512 VNNI, and the above */
	CPU_VBMI = 1 << 3,   /* AVX-512 VBMI, and AVX-512 */
};

/* The features at hand, CPU_* bits. */
unsigned cpu_features(void);

/* The processor and the operating system have all of NEEDS. */
bool cpu_has(unsigned needs);

/* From now on the processor counts as one without UNWANTED (0: as it is), so
 * that tests reach the code for others.  Not while jobs run. */
void cpu_forget(unsigned unwanted);

#endif
