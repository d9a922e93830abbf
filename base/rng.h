/* SPDX-License-Identifier: Apache-2.0 */
/* base/rng.h -- seeded random numbers, the same on every machine. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256++ (Blackman, Vigna 2019), seeded by splitmix64. */
struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
double rng_uniform(struct rng *r);	       /* [0, 1), 53 bits */
double rng_normal(struct rng *r);	       /* mean 0, variance 1 */
uint64_t rng_below(struct rng *r, uint64_t n); /* [0, n), unbiased; n > 0 */

#endif
