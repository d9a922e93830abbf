/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_sensitivity.h -- what each layer in each form does alone. */
#ifndef PASSES_QUANTIZE_SENSITIVITY_H
#define PASSES_QUANTIZE_SENSITIVITY_H

#include "passes/quantize.h"

/* Measures a model whose layer LAYER is in form FORM and all others float.
 * Embed it first. */
struct sensitivity_probe {
	/* Is there anything to measure?  Else *NOISE is set. */
	bool (*wants)(struct sensitivity_probe *self, uint32_t layer,
		      uint32_t form, double *noise);
	bool (*measure)(struct sensitivity_probe *self, const struct model *m,
			uint32_t layer, uint32_t form, double *noise,
			struct err *e);
};

struct sensitive_layer {
	const char *label, *type;
	const char *why_not; /* it stays float; NULL: it does not */
	size_t weights;
	struct quantize_form form; /* by options and overrides */
	bool fixed;		   /* an override gives it that form */
	uint32_t same_as; /* the first layer with its weight; its own number */
};

struct sensitivity {
	struct arena arena;
	uint32_t layers, forms;
	struct sensitive_layer *layer;
	double *noise, *bytes; /* [layers][forms] */
};

/* The layers of M, and their bytes in each of the NFORMS FORMS; noise is 0. */
MUST_USE bool sensitivity_init(struct sensitivity *s, struct model *m,
			       const struct quantize_opts *o,
			       const struct quantize_form *form,
			       uint32_t nforms, struct err *e);
void sensitivity_release(struct sensitivity *s);

/*
 * Fill the noise of all layers that are neither fixed nor float.  M is as it
 * was afterwards; PREFIX stands before its first node.
 */
MUST_USE bool sensitivity_measure(struct sensitivity *s, struct model *m,
				  const struct quantize_opts *o,
				  const struct quantize_form *form,
				  struct prefix *prefix,
				  struct sensitivity_probe *probe,
				  struct err *e);

#endif
