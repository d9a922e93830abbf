/* SPDX-License-Identifier: Apache-2.0 */
/* ops/ml_attr.h -- what the operators of ai.onnx.ml have in common.
 *
 * Their parameters are lists in attributes, where an empty list counts as none,
 * and they take rows of features.
 */
#ifndef OPS_ML_ATTR_H
#define OPS_ML_ATTR_H

#include "ops/op.h"

#define ML_NUMBERS (TYPE_BIT(F32) | TYPE_BIT(F64) | TYPES_INDEX)
#define ML_LABELS (TYPE_BIT(STRING) | TYPES_I64)

/* The list NAME of kind KIND, or NULL if it is absent or empty. */
const struct attr *ml_list(const struct node *n, const char *name,
			   enum attr_kind kind);

/* Numbers from a list of floats or ints or a tensor. */
struct ml_numbers {
	const struct attr *list;
	const struct tensor *tensor;
	size_t count; /* 0: none */
	bool given;   /* maybe empty */
	bool is_double;
};

/* The list of floats NAME or the tensor NAME_as_tensor of floating type;
 * ERR_FORMAT if both are there. */
MUST_USE bool ml_floats(const struct node *n, const char *name,
			struct ml_numbers *x, struct err *e);
/* A rank 1 (or 0) tensor of the element types TYPES in attribute NAME; COUNT 0
 * if it is absent. */
MUST_USE bool ml_tensor(const struct node *n, const char *name, uint32_t types,
			struct ml_numbers *x, struct err *e);
double ml_number(const struct ml_numbers *x, size_t i);

/* Labels of classes: one and only one of two lists. */
struct ml_labels {
	const int64_t *ints;
	const struct text *texts;
	size_t count;
};

MUST_USE bool ml_labels_of(const struct node *n, const char *ints,
			   const char *texts, struct ml_labels *l,
			   struct err *e);
enum dtype ml_labels_dtype(const struct ml_labels *l);
/* Element I of Y, a result of that type, becomes label K. */
void ml_label_set(const struct ml_labels *l, struct tensor *y, size_t i,
		  size_t k);
/* The same for a binary decision of a model without two labels of its own:
 * 0 and 1, as numbers or texts. */
void ml_label_binary(const struct ml_labels *l, struct tensor *y, size_t i,
		     bool positive);

/*
 * A matrix of rows of features; a vector counts as one row.  ERR_SHAPE for
 * other ranks.  With unknown rank both are DIM_UNKNOWN.
 */
MUST_USE bool ml_matrix(const struct shape *x, int64_t *rows, int64_t *cols,
			struct err *e);

/* Result I is [ROWS, COLS]. */
void ml_set_matrix(struct infer *c, uint32_t i, enum dtype t, int64_t rows,
		   int64_t cols);

/* Row R of X, COLS features. */
void ml_load_row(const struct tensor *x, size_t r, size_t cols, double *row);
/* Each feature rounded to float. */
void ml_round_row(double *row, size_t cols);

/*
 * Scratch memory of a loop over the rows of operand 0: for each thread the
 * features of one row and EXTRA doubles behind them.
 */
size_t ml_row_scratch(const struct call *c, size_t extra);
/* Inside of the job: that of this thread. */
double *ml_row_memory(void *scratch, size_t cols, size_t extra);

#endif
