/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_ml.h -- the same model in another version of ai.onnx.ml. */
#ifndef PASSES_OPSET_ML_H
#define PASSES_OPSET_ML_H

#include "graph/graph.h"

enum { OPSET_ML_FIRST = 1, OPSET_ML_LAST = 5 };

/*
 * Give M, bound and inferred, VERSION of the domain ai.onnx.ml; nothing
 * happens where it is not imported.  Inner graphs and functions are converted
 * too.  M is bound and inferred afterwards.
 *
 * Of the operators of the domain, LabelEncoder changed how it says its table
 * (2), and tables of tensors came for trees (3) and LabelEncoder (4); with 5,
 * TreeEnsemble took the place of TreeEnsembleClassifier and
 * TreeEnsembleRegressor.
 * Source: ONNX 1.23, Changelog-ml.md.
 *
 * ERR_UNSUPPORTED names nodes that VERSION cannot express, as many as fit; M
 * is unchanged then.
 */
MUST_USE bool convert_ml_opset(struct model *m, int64_t version, struct err *e);

#endif
