# SPDX-License-Identifier: Apache-2.0
# tests/slow/check_models.py -- mlopt check beside onnx.checker.
#
# usage: python3 check_models.py SHARED MLOPT
#                                (needs the packages onnx and onnxruntime)
#
# Over all models in SHARED/data: what onnx.checker (with full_check) refuses
# must have an error here, or a reason in MILDER or ACCEPTED; what passes there
# and loads in ONNX Runtime must have no error here, or a reason in STRICTER.
# Reasons that nothing needs any more are failures.
import json
import os
import re
import subprocess
import sys

import onnx
import onnx.checker
import onnx.defs
import onnxruntime

FOLDERS = ("broken", "small-models", "models", "onnx-tests")
LARGEST = 200 << 20
BATCH = 200

# What the checker says; the rule here, of less than error severity; why.
MILDER = [
    ("Field 'shape' of 'type' is required", "missing-shape",
     "every runtime takes inputs and outputs of unknown rank"),
    ("Nodes in a graph must be topologically sorted", "unsorted-nodes",
     "nodes have one order that is right; mlopt sorts them"),
    ("Dimension of input 0 must be 1 instead of -1", "negative-dimension",
     "exporters write -1 for a dimension that they do not know"),
]

# Models (relative to SHARED/data) that the checker refuses, and why they are
# no error here.
ACCEPTED = {
    "small-models/ort_testdata/model_with_orig_ext_data.onnx":
        "the checker does not read external data",
    "small-models/ort_testdata/test_model_with_fullonnxdomain.onnx":
        "'ai.onnx' names the default domain as well as ''",
    "models/lr-mnist-sklearn/model.onnx":
        "'ai.onnx' names the default domain as well as ''",
    "models/lstm-loop-tiny/model.onnx":
        "a Loop may carry sequences: the checker's inference lags behind",
    "models/squeezenet-winml-10c/model.onnx":
        "models hold strings in Constant since before its schema allows it",
}

# Models that the checker passes and ONNX Runtime loads, and why they are
# an error here.
STRICTER = {
    "small-models/ort_testdata/transform/multinomial_float16.onnx":
        "opset 0: versions start at 1",
    "small-models/ort_testdata/transform/fusion/"
    "fuse-matmul-bn-only-transpose.onnx":
        "BatchNormalization has more scales than channels: it cannot run",
    "small-models/ort_testdata/transform/fusion/"
    "reshape_fusion_concat_subgraph_not_triggered.onnx":
        "the declared rank is not that of Reshape's shape",
}


def models(data):
    for folder in FOLDERS:
        for path, _, files in sorted(os.walk(os.path.join(data, folder))):
            for name in sorted(files):
                full = os.path.join(path, name)
                if name.endswith(".onnx") and \
                        os.path.getsize(full) <= LARGEST:
                    yield full


def checker_says(path):
    """None, or why onnx.checker refuses the model."""
    try:
        onnx.checker.check_model(path, full_check=True)
    except Exception as e:
        return f"{type(e).__name__}: {e}".replace("\n", " ")
    return None


def runtime_loads(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = \
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        onnxruntime.InferenceSession(path, options,
                                     providers=["CPUExecutionProvider"])
    except Exception:
        return False
    return True


def mlopt_says(mlopt, paths):
    found = {}
    for i in range(0, len(paths), BATCH):
        run = subprocess.run([mlopt, "check", "--json", *paths[i:i + BATCH]],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode not in (0, 3, 4, 5, 6):
            raise SystemExit(f"mlopt check ends with {run.returncode}: "
                             f"{run.stderr.decode()}")
        for m in json.loads(run.stdout)["models"]:
            found[m["model"]] = m["findings"]
    return found


def unknown_to_us(mlopt):
    """Operators of the standard that mlopt does not have."""
    rows = json.loads(subprocess.run(
        [mlopt, "list", "ops", "--json"], check=True,
        stdout=subprocess.PIPE).stdout)["ops"]
    known = {(r["domain"], r["operator"]) for r in rows}
    return {f"{s.domain}.{s.name}".lstrip(".")
            for s in onnx.defs.get_all_schemas_with_history()
            if (s.domain, s.name) not in known}


def milder(why, findings, used):
    for k, (text, rule, _) in enumerate(MILDER):
        if re.search(text, why) and any(f["rule"] == rule for f in findings):
            used.add(k)
            return True
    return False


def main(shared, mlopt):
    data = os.path.join(shared, "data")
    paths = list(models(data))
    ours = mlopt_says(mlopt, paths)
    missing = unknown_to_us(mlopt)
    used, complaints = set(), []
    refused = here = 0
    for path in paths:
        name = os.path.relpath(path, data)
        why = checker_says(path)
        every = [f for f in ours[path] if f["severity"] == "error"]
        errors = [f for f in every if f["rule"] != "unknown-operator" or
                  f["operator"] not in missing]
        refused += why is not None
        here += bool(every)
        if every and not errors:
            used.add(name)  # what the operator has to say is not known yet
        elif why and not errors:
            if name in ACCEPTED:
                used.add(name)
            elif not milder(why, ours[path], used):
                complaints.append(f"{name}: no error, but the checker says: "
                                  f"{why[:300]}")
        elif errors and not why and runtime_loads(path):
            if name in STRICTER:
                used.add(name)
            else:
                e = errors[0]
                complaints.append(f"{name}: {e['rule']} at {e['graph']} "
                                  f"{e['node']} ({e['operator']}): "
                                  f"{e['message']}")
    for reason in [*ACCEPTED, *STRICTER, *range(len(MILDER))]:
        if reason not in used:
            what = MILDER[reason][0] if isinstance(reason, int) else reason
            complaints.append(f"'{what}' is excused, but needs no excuse")
    print("\n".join(complaints))
    print(f"{len(paths)} models, {refused} refused by the checker, {here} "
          f"with errors here, {len(complaints)} complaints")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
