/* SPDX-License-Identifier: Apache-2.0 */
/* kern/cpu.c -- what the processor at hand can do. */
#include "kern/cpu.h"

#if defined(__x86_64__) || defined(__i386__)

static unsigned features(void)
{
	unsigned found = 0;

	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		found |= CPU_AVX2;
	if (__builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		found |= CPU_AVX512;
	if ((found & CPU_AVX512) && __builtin_cpu_supports("avx512vnni"))
		found |= CPU_VNNI;
	if ((found & CPU_AVX512) && __builtin_cpu_supports("avx512vbmi"))
		found |= CPU_VBMI;
	return found;
}

#else

static unsigned features(void)
{
	return 0;
}

#endif

/* Written by tests alone. */
static unsigned forgotten;

unsigned cpu_features(void)
{
	return features() & ~forgotten;
}

void cpu_forget(unsigned unwanted)
{
	forgotten = unwanted;
}

bool cpu_has(unsigned needs)
{
	return !(needs & ~cpu_features());
}
