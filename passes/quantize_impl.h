/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_impl.h -- what the files of quantize.h share. */
#ifndef PASSES_QUANTIZE_IMPL_H
#define PASSES_QUANTIZE_IMPL_H

#include "passes/layer_repair.h"
#include "passes/quantize.h"
#include "quant/calibrate.h"
#include "quant/coding.h"

enum { QUANTIZE_BOOKS = 6 };

/* How codes are stored. */
struct storage {
	bool table;
	enum dtype dtype; /* of codes, or of numbers that are made of them */
	uint32_t digits;  /* of each such number; 0: codes alone */
	double unit;	  /* integers: code = level * unit */
};

/* Constants that take digits apart. */
struct packed_values {
	struct value *powers, *radix, *flat, *zero;
};

/* What layers of one form have in common. */
struct levels {
	struct quantize_form form;
	struct codebook books[QUANTIZE_BOOKS];
	const struct codebook *book[QUANTIZE_BOOKS];
	uint32_t nbooks;
	struct storage storage;
	/* Of the main graph, once they are needed. */
	struct value *table;
	struct packed_values packed;
	struct levels *next;
};

/* One layer on its way. */
struct quantizing_layer {
	struct layer layer;
	const char *label;
	const char *why_not;   /* NULL: to be quantized */
	struct levels *levels; /* NULL: none */
	struct coding coding;
	bool coded; /* false: another layer has the same weight */
};

/* What happens to a value of the model. */
struct spot {
	bool quantized;
	uint32_t parent;      /* values with one scale are a tree; by id */
	struct affine affine; /* of a root */
};

struct quantizing {
	struct model *model;
	const struct quantize_opts *opts;
	const struct sketch *sketch;
	const char **name; /* calibrated_names(), by value id */
	struct prefix *prefix;
	struct repairs repairs;
	struct budget *budget;
	struct arena arena;
	struct levels *levels; /* all */
	struct quantizing_layer *layer;
	uint32_t nlayers;
	struct spot *place; /* by value id */
	uint32_t nplaces;
	struct quantize_report *report;
};

/* passes/quantize_books.c: codebooks and how their codes are stored, of
 * layers of form F; owned by Q. */
MUST_USE bool quantize_levels(struct quantizing *q,
			      const struct quantize_form *f,
			      struct levels **out, struct err *e);

/* passes/quantize_places.c: choose the values that become uint8, and their
 * scales. */
void quantize_places(struct quantizing *q);
/* The type of values that are quantized. */
enum dtype place_dtype(const struct quantizing *q);
/* The scale of V, or NULL if it stays float. */
const struct affine *place_of(const struct quantizing *q,
			      const struct value *v);

/* passes/quantize_readers.c: the Sigmoid or HardSigmoid f of MUL = x f(x), if
 * nothing else reads f; else NULL.  Is N such an f? */
const struct node *quantize_gate(const struct node *mul);
bool quantize_is_gate(const struct node *n);
/* The function that alone reads V: f, x f(x) or HardSwish; false: none. */
bool quantize_reader(const struct value *v, struct response *r);

/* passes/quantize_weights.c: the layers; codes for them. */
MUST_USE bool quantize_find_layers(struct quantizing *q, struct err *e);
MUST_USE bool quantize_weights(struct quantizing *q, struct err *e);
/* Does it make up for the layers before?  Needs a prefix. */
bool layer_repairs(const struct quantizing_layer *l);
/* The bias of L if it is to become int32, else NULL. */
const struct tensor *quantize_bias(const struct quantizing *q,
				   const struct quantizing_layer *l);

/* passes/quantize_carrier.c: the type that holds the first table entry of a
 * kind of levels. */
enum dtype kind_dtype(const struct levels *v);

/* passes/quantize_carrier.c: put codes in the place of a layer's weight. */
MUST_USE bool carry_weights(struct quantizing *q, struct quantizing_layer *l,
			    struct err *e);
/* The scale of the codes of fit number FIT of L's coding, as stored. */
double integer_scale(const struct quantizing_layer *l, uint32_t fit);
/* passes/quantize_packed.c: digits to base RADIX that fit int64. */
uint32_t packed_digits(uint32_t radix);
size_t packed_bytes(const struct levels *v, size_t count);
/* L's codes in the shape of its weight, out of numbers called NAME. */
MUST_USE bool packed_codes(const struct quantizing_layer *l, const char *name,
			   struct node *before, struct value **out,
			   struct err *e);
/* Bits that the file spends on a weight. */
double carried_bits(const struct levels *v);

/* passes/quantize_model.c: bytes of L's codes and scales, BLOCKS scales for a
 * channel. */
size_t quantized_bytes(const struct quantizing *q,
		       const struct quantizing_layer *l, uint32_t blocks);
/* Begin Q's repairs if a layer does. */
MUST_USE bool quantize_keep_reference(struct quantizing *q, struct err *e);

/* A constant of zeros in G, to be filled at *DATA. */
MUST_USE bool new_constant(struct graph *g, const char *name, enum dtype t,
			   const struct shape *s, struct value **v, void **data,
			   struct err *e);
/* A node with one result in the graph of BEFORE, in front of it. */
struct node *new_node(struct node *before, const char *type,
		      struct value *const *in, uint32_t nin);

/* passes/quantize_nodes.c: QuantizeLinear and DequantizeLinear around values,
 * and biases as int32. */
MUST_USE bool quantize_nodes(struct quantizing *q, struct err *e);

#endif
