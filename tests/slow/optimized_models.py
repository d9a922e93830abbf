#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What mlopt optimize makes of real models, judged by ONNX and ONNX Runtime.

usage: optimized_models.py SHARED MLOPT [MODEL...]

Each SHARED/data/models/NAME/model.onnx is optimized at levels 1, 2 and 3, and twice.
The result must be the same bytes both times, pass onnx.checker with shape
inference, keep the interface, hold no Identity, Dropout, BatchNormalization
behind a convolution nor an operator on constants alone, and give in ONNX
Runtime (its own optimizations off) the outputs of the original: relative
error 1e-4 and 100 dB, on the recorded inputs or made-up ones.
"""
import collections
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime as ort

NAMES = """ultraface-rfb-320 mnist-8 samplenet-cifar10 squeezenet-winml-10c
mobilenetv2-qdq-int8 super-resolution-10 ppocr-cls yolox-nano vit-cifar-pgd
agnews-encoder magika-v3.3 cifar-resnet20 cifar-mobilenetv2 kws-micro-fp32
kws-micro-qdq kws-micro-qoperator""".split()

ort.set_default_logger_severity(3)


def session(path):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 2
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def load_pb(path):
    with open(path, "rb") as f:
        data = f.read()
    t = onnx.TensorProto()
    t.ParseFromString(data)
    return t.name, onnx.numpy_helper.to_array(t)


def recorded_inputs(folder, inputs):
    sets = sorted(glob.glob(os.path.join(folder, "*_set_*")))
    if not sets:
        return None
    feed = {}
    files = sorted(glob.glob(os.path.join(sets[0], "input_*.pb")),
                   key=lambda f: int(f.rsplit("_", 1)[1][:-3]))
    for i, path in enumerate(files):
        name, array = load_pb(path)
        names = [x.name for x in inputs]
        feed[name if name in names else names[i]] = array
    return feed


def made_up_inputs(inputs):
    rng = np.random.default_rng(1)
    feed = {}
    for x in inputs:
        shape = [d if isinstance(d, int) and d > 0 else 1 for d in x.shape]
        if "float" in x.type or "double" in x.type:
            kind = np.float64 if "double" in x.type else np.float32
            feed[x.name] = rng.standard_normal(shape).astype(kind)
        elif "uint8" in x.type:
            feed[x.name] = rng.integers(0, 255, shape, np.uint8)
        elif "int8" in x.type:
            feed[x.name] = rng.integers(-128, 127, shape, np.int8)
        else:
            kind = np.int32 if "int32" in x.type else np.int64
            feed[x.name] = np.ones(shape, kind)
    return feed


def interface(model):
    constants = {t.name for t in model.graph.initializer}
    ins = [x.SerializeToString() for x in model.graph.input
           if x.name not in constants]
    outs = [x.name for x in model.graph.output]
    return ins, outs


def constant_expressions(model):
    known = {t.name for t in model.graph.initializer}
    found = []
    outputs = {x.name for x in model.graph.output}
    for n in model.graph.node:
        if n.op_type == "Constant":
            if n.output[0] not in outputs:
                found.append(n.op_type)
            known.update(n.output)
        elif (n.op_type not in ("DequantizeLinear",) and n.input and
              all(x in known for x in n.input if x)):
            found.append(n.op_type)
    return found


def leftovers(model, level):
    made_by = {o: n for n in model.graph.node for o in n.output}
    readers = collections.Counter(x for n in model.graph.node for x in n.input)
    outputs = {x.name for x in model.graph.output}
    left = constant_expressions(model)
    for n in model.graph.node:
        if n.op_type == "Dropout":
            left.append(n.op_type)
        if n.op_type == "Identity" and n.output[0] not in outputs:
            left.append(n.op_type)
        if n.op_type == "BatchNormalization" and level > 1:
            d = made_by.get(n.input[0])
            if (d is not None and readers[n.input[0]] == 1 and
                    n.input[0] not in outputs and
                    d.op_type in ("Conv", "ConvTranspose", "Gemm")):
                left.append(n.op_type)
    return left


def agree(want, got):
    if isinstance(want, list):  # sequences, and sequences of maps
        return (len(want) == len(got) and
                all(agree(w, g)[0] for w, g in zip(want, got))), "sequence"
    if isinstance(want, dict):
        return (want.keys() == got.keys() and
                agree(np.array(list(want.values()), np.float32),
                      np.array([got[k] for k in want], np.float32))[0]), "map"
    if want.dtype != got.dtype or want.shape != got.shape:
        return False, f"{got.dtype}{got.shape}, want {want.dtype}{want.shape}"
    if want.dtype.kind not in "f":
        return bool((want == got).all()), "other integers"
    w, g = want.astype(np.float64), got.astype(np.float64)
    noise = float(((w - g) ** 2).sum())
    signal = float((w ** 2).sum())
    sqnr = 10 * np.log10(signal / noise) if noise else np.inf
    near = np.abs(w - g) <= 1e-4 * np.abs(w) + 1e-5 * np.abs(w).max(initial=0)
    return bool(near.all()) and sqnr >= 100, f"{sqnr:.1f} dB"


def is_valid(model):
    try:
        onnx.checker.check_model(model, full_check=True)
        return True
    except Exception:
        return False


def check(mlopt, folder, level, work):
    source = os.path.join(folder, "model.onnx")
    paths = [os.path.join(work, f"{i}.onnx") for i in range(2)]
    for path in paths:
        subprocess.run([mlopt, "optimize", source, "-o", path, f"-O{level}"],
                       check=True)
    with open(paths[0], "rb") as a, open(paths[1], "rb") as b:
        if a.read() != b.read():
            return ["not the same bytes twice"], 0, 0
    old, new = onnx.load(source), onnx.load(paths[0])
    problems = []
    valid = is_valid(old)  # what was invalid before may stay so
    try:
        onnx.checker.check_model(new, full_check=True)
    except Exception as e:
        if valid:
            problems.append(f"checker: {e}")
    if interface(old) != interface(new):
        problems.append("another interface")
    left = leftovers(new, level)
    if left:
        problems.append("left over: " + ", ".join(left))
    a, b = session(source), session(paths[0])
    feed = recorded_inputs(folder, a.get_inputs()) or made_up_inputs(a.get_inputs())
    worst = ""
    for name, w, g in zip([o.name for o in a.get_outputs()], a.run(None, feed),
                          b.run(None, feed)):
        ok, text = agree(w, g)
        worst = worst or text
        if not ok:
            problems.append(f"output '{name}': {text}")
    print(f"{os.path.basename(folder)} -O{level}: {len(old.graph.node)} -> "
          f"{len(new.graph.node)} nodes, {worst or 'equal'}"
          f"{'' if valid else ' (invalid before)'}")
    return problems, len(old.graph.node), len(new.graph.node)


def compare_with_twin(mlopt, models):
    """What the simplified twin computes costs no more nodes than there.

    The twin ends before the decoding of boxes, which the original holds: so
    the nodes that lead to the scores and to the raw boxes are counted, and
    both values must be the twin's.
    """
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "ultraface.onnx")
        subprocess.run([mlopt, "optimize", os.path.join(
            models, "ultraface-rfb-320", "model.onnx"), "-o", path], check=True)
        model = onnx.load(path)
        raw = [n.output[0] for n in model.graph.node
               if n.op_type == "Concat" and len(n.input) == 4]
        made_by = {o: n for n in model.graph.node for o in n.output}
        seen, todo = set(), ["scores", raw[-1]]
        while todo:
            n = made_by.get(todo.pop())
            if n is not None and n.output[0] not in seen:
                seen.add(n.output[0])
                todo.extend(n.input)
        del model.graph.output[:]
        for name in ("scores", raw[-1]):
            model.graph.output.append(onnx.ValueInfoProto(name=name))
        onnx.save(model, path)
        twin = os.path.join(models, "ultraface-rfb-320-simplified", "model.onnx")
        most = len(onnx.load(twin).graph.node)
        print(f"ultraface-rfb-320: {len(seen)} nodes do what its simplified twin "
              f"does in {most}; {len(made_by) - len(seen)} more decode boxes")
        problems = [] if len(seen) <= most else [f"{len(seen)} nodes, want {most}"]
        a, b = session(twin), session(path)
        feed = made_up_inputs(a.get_inputs())
        for w, g in zip(a.run(None, feed), b.run(None, feed)):
            ok, text = agree(w, g)
            if not ok:
                problems.append(f"differs from the twin: {text}")
        return problems


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    models = os.path.join(sys.argv[1], "data", "models")
    mlopt = os.path.abspath(sys.argv[2])
    names = sys.argv[3:] or NAMES
    failed, nodes = 0, {}
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            for level in (1, 2, 3):
                try:
                    problems, _, new = check(
                        mlopt, os.path.join(models, name), level, work)
                    nodes[name] = new
                except Exception as e:
                    problems = [f"{type(e).__name__}: {e}"]
                for p in problems:
                    failed += 1
                    print(f"FAIL: {name} -O{level}: {p}")
    if "ultraface-rfb-320" in nodes:
        problems = compare_with_twin(mlopt, models)
        failed += len(problems)
        for p in problems:
            print(f"FAIL: ultraface-rfb-320: {p}")
    print(f"{failed} problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
