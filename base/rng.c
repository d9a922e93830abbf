/* SPDX-License-Identifier: Apache-2.0 */
/* base/rng.c -- xoshiro256++ and what is drawn from it. */
#include "base/rng.h"

#include <math.h>

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

/* splitmix64 (Steele, Lea, Flood 2014). */
void rng_seed(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15u;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		r->s[i] = z ^ z >> 31;
	}
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotate(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

double rng_uniform(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

/* The polar method (Marsaglia, Bray 1964); the second variate is dropped, so
 * that the state is the four words alone. */
double rng_normal(struct rng *r)
{
	double u, v, s;

	do {
		u = 2 * rng_uniform(r) - 1;
		v = 2 * rng_uniform(r) - 1;
		s = u * u + v * v;
	} while (s >= 1 || s <= 0);
	return u * sqrt(-2 * log(s) / s);
}

/* Draws from the incomplete last copy of [0, n) are rejected. */
uint64_t rng_below(struct rng *r, uint64_t n)
{
	uint64_t reject = -n % n; /* 2^64 mod n */
	uint64_t x;

	do
		x = rng_next(r);
	while (x < reject);
	return x % n;
}
