#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real models give the outputs that they should, on every engine.

usage: models.py SHARED MLOPT

Each model runs through `mlopt test` on the cases beside it.  Models without
stored outputs get cases whose outputs ONNX Runtime computes here.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

MODELS = """mnist-8 samplenet-cifar10 super-resolution-10 ultraface-rfb-320
ppocr-cls yolox-nano vit-cifar-pgd agnews-encoder magika-v3.3 kws-micro-fp32
kws-micro-qdq kws-micro-qoperator mobilenetv2-qdq-int8""".split()
WITHOUT_OUTPUTS = "cifar-resnet20 cifar-mobilenetv2 squeezenet-winml-10c".split()
# Cases that stored outputs of fused integer arithmetic fit: the reference
# engine takes Q and DQ literally, and ONNX Runtime without its optimizations
# differs from test_data_set_0 of this model in 429 of 1000 elements.
LITERAL = {("mobilenetv2-qdq-int8", "reference"): "ort130_set_0"}
DIGITS = "digits-cnn digits-transformer digits-gru".split()


def map_of(pairs):
    """A MapProto with string keys; onnx.numpy_helper makes none."""
    proto = onnx.MapProto(key_type=onnx.TensorProto.STRING)
    proto.string_keys.extend(k.encode() for k in pairs)
    proto.values.elem_type = onnx.SequenceProto.TENSOR
    proto.values.tensor_values.extend(
        numpy_helper.from_array(np.asarray(v, np.float32)) for v in pairs.values()
    )
    return proto


def save(value, path):
    if isinstance(value, list):
        proto = onnx.SequenceProto(elem_type=onnx.SequenceProto.MAP)
        proto.map_values.extend(map_of(x) for x in value)
    else:
        proto = numpy_helper.from_array(value)
    with open(path, "wb") as f:
        f.write(proto.SerializeToString())


def sample(meta, seed):
    shape = [d if isinstance(d, int) and d > 0 else 3 for d in meta.shape]
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape).astype(np.float32)


def make_case(model, folder, inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    )
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"]
    )
    feeds = {
        m.name: inputs[i] if inputs else sample(m, i)
        for i, m in enumerate(session.get_inputs())
    }
    case = os.path.join(folder, "ort_set_0")
    os.makedirs(case)
    os.symlink(os.path.abspath(model), os.path.join(folder, "model.onnx"))
    for i, x in enumerate(feeds.values()):
        save(x, f"{case}/input_{i}.pb")
    for i, y in enumerate(session.run(None, feeds)):
        save(y, f"{case}/output_{i}.pb")


def run_tests(mlopt, engine, path):
    done = subprocess.run(
        [mlopt, "test", "--engine", engine, path],
        capture_output=True,
        text=True,
    )
    lines = (done.stdout + done.stderr).strip().splitlines()
    good = done.returncode == 0 and " 0 failed, 0 unsupported" in lines[-1]
    return good, lines


def main():
    shared, mlopt = sys.argv[1], os.path.abspath(sys.argv[2])
    models = f"{shared}/data/models"
    here = os.path.dirname(os.path.abspath(__file__))
    listed = subprocess.run(
        [mlopt, "list", "engines", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    engines = [
        x["engine"] for x in json.loads(listed.stdout)["engines"] if x["available"]
    ]
    bad = 0
    with tempfile.TemporaryDirectory() as work:
        paths = {name: f"{models}/{name}" for name in MODELS}
        for name in WITHOUT_OUTPUTS:
            inputs = None
            stored = f"{models}/{name}/ort130_set_0/input_0.pb"
            if os.path.exists(stored):
                inputs = [numpy_helper.to_array(onnx.load_tensor(stored))]
            paths[name] = f"{work}/{name}"
            make_case(f"{models}/{name}/model.onnx", paths[name], inputs)
        for name in DIGITS:
            paths[name] = f"{work}/{name}"
            make_case(f"{here}/../../testdata/{name}.onnx", paths[name], None)
        for name, path in sorted(paths.items()):
            for engine in engines:
                cases = os.path.join(path, LITERAL.get((name, engine), ""))
                good, lines = run_tests(mlopt, engine, cases)
                print(f"{name:24} {engine:10} {lines[-1]}", flush=True)
                if not good:
                    bad += 1
                    print("\n".join(f"    {x}" for x in lines[:-1]))
    print(f"{bad} runs of {len(paths) * len(engines)} are bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
