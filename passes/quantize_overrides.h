/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_overrides.h -- what each layer is to become, read from YAML.
 *
 *     schema: 1
 *     overrides:
 *       - name: conv1             # one of name, pattern and operator
 *         exclude: true           # stays float
 *       - pattern: "^layer3[.]"   # PCRE2, found anywhere in the name
 *         scheme: auto            # as --scheme
 *         bits: 3
 *       - operator: Gemm
 *         scheme: log
 *         base: sqrt2
 *         dtype: uint8            # of the stored codes; float32: exclude
 *         carrier: lut            # int8, lut or packed
 *         block: 32               # 0: none
 *         method: nearest         # feedback or repair
 *
 * Entries apply in order, and each changes only what it gives.  A dtype
 * without bits gives as many bits as it has.  Unknown and repeated keys, values
 * of another kind, and names, patterns and operators that no layer has are
 * errors: an override that is misspelled must not be lost.
 */
#ifndef PASSES_QUANTIZE_OVERRIDES_H
#define PASSES_QUANTIZE_OVERRIDES_H

#include "base/buf.h"
#include "base/str.h"
#include "graph/graph.h"
#include "quant/scheme.h"

enum carrier {
	CARRIER_AUTO, /* integers where the levels allow, else a table */
	CARRIER_INTEGER,
	CARRIER_TABLE,
	CARRIER_PACKED, /* a table, and codes as digits of large numbers */
};

enum coding_method {
	METHOD_REPAIR,	 /* feedback, refined, and what came before made up */
	METHOD_FEEDBACK, /* error feedback alone */
	METHOD_NEAREST,
};

/* What the weights of a layer become. */
struct quantize_form {
	bool stay_float;
	const struct scheme *scheme;
	int bits;
	int steps;   /* log: levels per octave; 0: by bits */
	bool choose; /* log: each channel takes the base that suits it */
	/* Columns of a channel that share a scale, where they lie along one
	 * axis: a power of two; 0: all.  For integers, and float activations
	 * only. */
	uint32_t block;
	enum carrier carrier;
	enum dtype dtype; /* of codes; DTYPE_NONE: the narrowest */
	enum coding_method method;
};

bool form_equal(const struct quantize_form *a, const struct quantize_form *b);

struct override_rule;

struct quantize_overrides {
	struct override_rule *rule;
	uint32_t count;
	struct arena arena;
};

/* Parse TEXT (at most 1 MiB).  ERR_FORMAT gives the line; ERR_MEMORY. */
MUST_USE bool overrides_parse(struct quantize_overrides *o, struct bytes text,
			      struct err *e);
/* Zeroed ones, too. */
void overrides_release(struct quantize_overrides *o);

/* Change *F, the form of a layer called LABEL that is a TYPE, as O says;
 * ERR_LIMIT if a pattern takes too long. */
MUST_USE bool overrides_apply(const struct quantize_overrides *o,
			      const char *label, const char *type,
			      struct quantize_form *f, struct err *e);

/* ERR_USAGE naming the first entry that applies to none of the N layers. */
MUST_USE bool overrides_all_apply(const struct quantize_overrides *o,
				  const char *const *label,
				  const char *const *type, uint32_t n,
				  struct err *e);

/* An entry for the layer LABEL that gives F; overrides_begin() comes first. */
void overrides_begin(struct str *s);
void overrides_print(struct str *s, const char *label,
		     const struct quantize_form *f);

#endif
