/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_assign.c -- see quantize_assign.h. */
#include "passes/quantize_assign.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

struct step {
	uint32_t layer, form;
	double noise, price; /* more noise; the same for a byte */
	bool found;
};

static double noise_of(const struct assignment *a, uint32_t i, uint32_t k)
{
	return a->noise[(size_t)i * a->forms + k];
}

static double bytes_of(const struct assignment *a, uint32_t i, uint32_t k)
{
	return a->bytes[(size_t)i * a->forms + k];
}

/* The cheapest step of layer I to a smaller form that costs at most ROOM. */
static void try_layer(const struct assignment *a, uint32_t i, double room,
		      struct step *best)
{
	uint32_t now = a->form[i];

	for (uint32_t k = 0; k < a->forms; k++) {
		double saved = bytes_of(a, i, now) - bytes_of(a, i, k);
		double more = noise_of(a, i, k) - noise_of(a, i, now);
		double price = more / saved;

		if (!(saved > 0) || !isfinite(more) || more > room)
			continue;
		if (best->found && !(price < best->price))
			continue;
		*best = (struct step){i, k, more, price, true};
	}
}

static double start(struct assignment *a)
{
	double sum = 0;

	for (uint32_t i = 0; i < a->layers; i++) {
		uint32_t k = 0;

		while (k + 1 < a->forms && !isfinite(noise_of(a, i, k)))
			k++;
		a->form[i] = k;
		sum += noise_of(a, i, k);
	}
	return sum;
}

double assign_forms(struct assignment *a, double budget)
{
	double sum = start(a);

	for (;;) {
		struct step best = {.found = false};

		for (uint32_t i = 0; i < a->layers; i++)
			try_layer(a, i, budget - sum, &best);
		if (!best.found)
			return sum;
		a->form[best.layer] = best.form;
		sum += best.noise;
	}
}

double assignment_bytes(const struct assignment *a)
{
	double sum = 0;

	for (uint32_t i = 0; i < a->layers; i++)
		sum += bytes_of(a, i, a->form[i]);
	return sum;
}
