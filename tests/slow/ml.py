#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random models of ai.onnx.ml give what ONNX Runtime gives.

usage: ml.py MLOPT [SEED [COUNT]]

Linear models, support vector machines and ensembles of trees, with every
transform, label type and element type that ONNX Runtime takes.  Left out is
what it leaves to chance: elements of the result that it does not write, where
PROBIT meets a single score of two classes.
"""

import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

POST = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"]
BRANCHES = ["BRANCH_" + x for x in "LEQ LT GTE GT EQ NEQ".split()]
GRID = [-1.0, -0.5, 0.0, 0.25, 1.0, 2.0]


class Maker:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def pick(self, choices):
        return choices[self.rng.integers(len(choices))]

    def floats(self, n, scale=1.0):
        return [float(np.float32(x)) for x in self.rng.normal(size=n) * scale]

    def rows(self, cols, dtype, nan=False):
        n = int(self.rng.integers(1, 40))
        x = self.rng.normal(size=(n, cols)) * 2
        on_grid = self.rng.random(x.shape) < 0.5
        x[on_grid] = self.rng.choice(GRID, size=x.shape)[on_grid]
        x = x.astype(dtype)
        if nan and np.issubdtype(dtype, np.floating):
            x[self.rng.random(x.shape) < 0.1] = np.nan
        return x

    def labels(self, count, ints):
        if self.rng.random() < 0.5:
            return {"classlabels_strings": [f"c{i}" for i in range(count)]}
        return {ints: list(range(10, 10 + count))}

    def linear(self):
        classes, cols = int(self.rng.integers(1, 5)), int(self.rng.integers(1, 6))
        post = self.pick(POST[: 4 if classes == 1 else 5])
        weights = {
            "coefficients": self.floats(classes * cols, 0.1),
            "intercepts": self.floats(classes, 0.1),
            "post_transform": post,
        }
        if self.rng.random() < 0.3:
            x = self.rows(cols, np.float32)
            return "LinearRegressor", x, 1, dict(weights, targets=classes)
        dtype = self.pick([np.float32, np.float64, np.int64, np.int32])
        labels = self.labels(max(classes, 2), "classlabels_ints")
        return "LinearClassifier", self.rows(cols, dtype), 2, dict(weights, **labels)

    def svm(self):
        classes, cols = int(self.rng.integers(2, 6)), int(self.rng.integers(1, 5))
        vectors = [int(v) for v in self.rng.integers(1, 5, size=classes)]
        pairs = classes * (classes - 1) // 2
        proba = self.rng.random() < 0.5
        attrs = {
            "kernel_type": self.pick(["LINEAR", "POLY", "RBF", "SIGMOID"]),
            "kernel_params": [0.3, 0.2, float(self.rng.integers(1, 4))],
            "support_vectors": self.floats(sum(vectors) * cols),
            "rho": self.floats(pairs, 0.1),
        }
        if self.rng.random() < 0.2:
            attrs["coefficients"] = self.floats(sum(vectors))
            attrs.update(n_supports=sum(vectors), one_class=int(proba))
            return "SVMRegressor", self.rows(cols, np.float32), 1, attrs
        attrs["coefficients"] = self.floats((classes - 1) * sum(vectors))
        attrs["vectors_per_class"] = vectors
        attrs["post_transform"] = self.pick(POST[: 5 if proba or classes > 2 else 4])
        if proba:
            attrs["prob_a"] = [-abs(x) for x in self.floats(pairs)]
            attrs["prob_b"] = self.floats(pairs, 0.1)
        attrs.update(self.labels(classes, "classlabels_ints"))
        dtype = self.pick([np.float32, np.float64, np.int64, np.int32])
        return "SVMClassifier", self.rows(cols, dtype), 2, attrs

    def grow(self, nodes, depth, cols, modes):
        """Append a tree to NODES; its leaves have no feature."""
        at = len(nodes)
        nodes.append({"mode": "LEAF", "feature": 0, "value": 0.0, "kids": (0, 0)})
        if depth > 0 and self.rng.random() < 0.8:
            kids = [self.grow(nodes, depth - 1, cols, modes) for _ in range(2)]
            nodes[at] = {
                "mode": self.pick(modes),
                "feature": int(self.rng.integers(cols)),
                "value": float(self.pick(GRID)),
                "kids": kids,
            }
        return at

    def trees(self):
        cols, targets = int(self.rng.integers(1, 5)), int(self.rng.integers(2, 5))
        classifies = self.rng.random() < 0.6
        prefix = "class" if classifies else "target"
        ids = self.pick([[0], [1]]) if targets == 2 else list(range(targets))
        post = self.pick(POST[: 4 if targets == 2 else 5])
        every = "treeids nodeids featureids modes values truenodeids falsenodeids"
        attrs = {f"nodes_{x}": [] for x in every.split()}
        attrs.update({f"{prefix}_{x}": [] for x in "ids treeids nodeids weights".split()})
        attrs["nodes_missing_value_tracks_true"] = []
        modes = self.pick([BRANCHES, BRANCHES[:1]])
        sign = self.pick([abs, float])
        for tree in range(int(self.rng.integers(1, 8))):
            nodes = []
            self.grow(nodes, 4, cols, modes)
            for i, n in enumerate(nodes):
                attrs["nodes_treeids"].append(tree)
                attrs["nodes_nodeids"].append(i)
                attrs["nodes_featureids"].append(n["feature"])
                attrs["nodes_modes"].append(n["mode"])
                attrs["nodes_values"].append(n["value"])
                attrs["nodes_truenodeids"].append(n["kids"][0])
                attrs["nodes_falsenodeids"].append(n["kids"][1])
                attrs["nodes_missing_value_tracks_true"].append(
                    int(self.rng.integers(2))
                )
                for k in ids if n["mode"] == "LEAF" else []:
                    attrs[f"{prefix}_treeids"].append(tree)
                    attrs[f"{prefix}_nodeids"].append(i)
                    attrs[f"{prefix}_ids"].append(k)
                    attrs[f"{prefix}_weights"].append(sign(self.floats(1, 0.4)[0]))
        attrs["post_transform"] = post
        dtype = self.pick([np.float32, np.float64])
        x = self.rows(cols, dtype, nan=True)
        if classifies:
            attrs.update(self.labels(targets, "classlabels_int64s"))
            return "TreeEnsembleClassifier", x, 2, attrs
        attrs["n_targets"] = targets
        attrs["aggregate_function"] = self.pick(["SUM", "AVERAGE", "MIN", "MAX"])
        if self.rng.random() < 0.5:
            attrs["base_values"] = self.floats(targets)
        return "TreeEnsembleRegressor", x, 1, attrs


def write_case(folder, op, x, outputs, attrs):
    """False if ONNX Runtime refuses the model."""
    types = {"float32": 1, "float64": 11, "int64": 7, "int32": 6}
    names = ["Y", "Z"][:outputs]
    label = TensorProto.STRING if "classlabels_strings" in attrs else TensorProto.INT64
    kinds = [label, TensorProto.FLOAT][2 - outputs :]
    graph = helper.make_graph(
        [helper.make_node(op, ["X"], names, domain="ai.onnx.ml", **attrs)],
        "g",
        [helper.make_tensor_value_info("X", types[str(x.dtype)], x.shape)],
        [helper.make_tensor_value_info(n, k, None) for n, k in zip(names, kinds)],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    results = session.run(None, {"X": x})
    os.makedirs(f"{folder}/test_data_set_0")
    onnx.save(model, f"{folder}/model.onnx")
    for kind, values in (("input", [x]), ("output", results)):
        for i, value in enumerate(values):
            onnx.save_tensor(
                numpy_helper.from_array(value),
                f"{folder}/test_data_set_0/{kind}_{i}.pb",
            )


def main(mlopt, seed=1, count=300):
    maker = Maker(int(seed))
    with tempfile.TemporaryDirectory() as work:
        for i in range(int(count)):
            op, x, outputs, attrs = maker.pick([maker.linear, maker.svm, maker.trees])()
            name = f"{work}/{i}-{op}-{attrs.get('post_transform', '')}-{x.dtype}"
            write_case(name, op, x, outputs, attrs)
        # Its PROBIT loses digits to cancellation near 0.5.
        done = subprocess.run(
            [mlopt, "test", "--atol", "1e-3", work], capture_output=True, text=True
        )
    print((done.stdout + done.stderr).strip()[-2000:])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
