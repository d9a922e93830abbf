/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize.h -- weights and activations with few bits, as plain ONNX.
 *
 * Weights become codes and scales: integers with DequantizeLinear where the
 * levels are integers times a scale, else codes that look up a table:
 *
 *     Cast(codes to int32) [+ table of the channel] -> Gather(levels)
 *         -> Mul(scale of the channel)
 *
 * where codes may be packed into larger numbers (passes/quantize_packed.c).
 *
 * Activations become uint8 or uint16 between QuantizeLinear and
 * DequantizeLinear.  A convolution's result is quantized behind the Relu or
 * Clip that follows it; what only moves numbers keeps its input's scale; inputs
 * of Concat share one; Softmax, normalisations and everything around attention
 * stay float.
 *
 * LOSSY.  The model should have been optimized before: a BatchNormalization
 * that is left keeps its convolution from being quantized as one.
 */
#ifndef PASSES_QUANTIZE_H
#define PASSES_QUANTIZE_H

#include "graph/graph.h"
#include "passes/quantize_overrides.h"
#include "quant/observer.h"
#include "quant/prefix.h"
#include "quant/scheme.h"
#include "quant/sketch.h"

/* What values of the model become. */
enum activations {
	ACTIVATIONS_FLOAT,
	ACTIVATIONS_INT8,    /* uint8 */
	ACTIVATIONS_INT16,   /* uint16 */
	ACTIVATIONS_DYNAMIC, /* uint8, each input's range as it comes */
};

/* Columns of inputs for each column of an 8-bit layer that suffice for error
 * feedback: few levels are worth a better estimate than many. */
enum { QUANTIZE_DRAWS = 4 };

/* Columns of an 8-bit layer between which errors are fed: more are as good. */
enum { QUANTIZE_PANEL = 512 };

struct quantize_opts {
	struct quantize_form form; /* of layers without one of their own */
	const struct quantize_overrides *overrides; /* or NULL */
	/* Of each layer in execution order, instead of both; or NULL. */
	const struct quantize_form *layer_form;
	const struct observer *ranges; /* of activations */
	bool per_tensor;
	enum activations activations;
	bool operators; /* QLinearConv and so on: not float between Q and DQ */
	bool keep_first, keep_last; /* leave that layer float */
	const char *const *keep;    /* and these, by label */
	uint32_t nkeep;
	const struct limits *limits; /* NULL: defaults */
};

struct quantized_layer {
	const char *label, *type;
	const char *why_not; /* NULL: quantized; else why it stays float */
	struct quantize_form form;
	uint32_t channels, linear_channels;
	size_t weights;
	int logical_bits; /* of a weight */
	double carried_bits;
	size_t float_bytes, bytes; /* of codes and scales */
};

struct quantize_report {
	struct arena arena;
	struct quantized_layer *layer;
	uint32_t count;
	uint32_t activations; /* values that became integers */
	enum dtype activation_type;
	size_t table_bytes; /* of look-up tables, once */
};

/* Activations become integers in ranges that calibration saw. */
static inline bool activations_have_ranges(const struct quantize_opts *o)
{
	return o->activations == ACTIVATIONS_INT8 ||
	       o->activations == ACTIVATIONS_INT16;
}

void quantize_report_release(struct quantize_report *r);

/*
 * Quantize M, bound and inferred, with opset >= quantize_opset().  SKETCH:
 * ranges of M's values by name; NULL: activations must stay float.  PREFIX
 * stands before M's first node with data, or is NULL: no error feedback.
 * Records what it did in M's metadata.  On failure M is unusable.
 */
MUST_USE bool quantize_model(struct model *m, const struct quantize_opts *o,
			     const struct sketch *sketch, struct prefix *prefix,
			     struct quantize_report *r, struct err *e);

/* Can quantize_model() need the range of V?  Not of what a Relu or Clip behind
 * an integer operator hides. */
bool quantize_wants_range(const struct value *v);

/* The opset that O's nodes need, and with M those that overrides of its layers
 * ask for; ERR_USAGE if O contradicts itself, or M has no layer that it names.
 */
MUST_USE bool quantize_opset(const struct quantize_opts *o, struct model *m,
			     int64_t *opset, struct err *e);

#endif
