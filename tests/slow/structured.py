#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whole channels removed from real models, judged by ONNX and ONNX Runtime.

usage: structured.py SHARED MLOPT [MODEL...]

Every SHARED/data/models/NAME/model.onnx loses 20 % of the channels of its
groups, without data and with random data, or is refused by name (exit 4).
What comes out must pass onnx.checker with shape inference, keep names, types
and shapes of inputs and outputs, run in ONNX Runtime with outputs of the
original's shapes, and, where the original's are finite, finite; have fewer
parameters; and be the same bytes for one and two threads.  The two CIFAR
models then lose 25 % with every tenth test image, within a bound on accuracy
and time (of the faster of two runs); other shares are reported only.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime as ort

import judge
import shrink_targets as targets

SHARED, MLOPT = sys.argv[1:3]
# Groups of channels that these models have, and none can be pruned.
REFUSED = set("""dtln-1 dtln-2 gpt2-past-toy imputer-tree-adult kws-micro-qdq
kws-micro-qoperator lr-mnist-sklearn lstm-loop-tiny magika-v3.3
mnist-8-dynquant mobilenetv2-qdq-int8 nnsplit-byte-lstm scan-lstm silero-vad
xgb-classifier""".split())
NET_LOSS = {"cifar-resnet20": 1.5, "cifar-mobilenetv2": 0.9}
SECONDS = 10

ort.set_default_logger_severity(4)


def prune(path, out, *more):
    return subprocess.run(
        [MLOPT, "prune", path, "-o", out, "--pattern", "structured", "--no-provenance", *more],
        capture_output=True, text=True)


def interface(model):
    def types(values):
        return [(v.name, v.type.SerializeToString()) for v in values]
    weights = {t.name for t in model.graph.initializer}
    inputs = [v for v in model.graph.input if v.name not in weights]
    return types(inputs), types(model.graph.output)


def made_up(session):
    """One input for each, open dims 1, or larger where 1 does not run."""
    for size in (1, 64, 256, 4096):
        rng = np.random.default_rng(0)
        feed = {}
        for i, meta in enumerate(session.get_inputs()):
            shape = [d if isinstance(d, int) else size if k else 1 for k, d in enumerate(meta.shape)]
            if "float" in meta.type:
                x = rng.standard_normal(shape)
            else:
                x = rng.integers(0, 2, shape)
            kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32,
                     "tensor(bool)": np.bool_, "tensor(double)": np.float64, "tensor(uint8)": np.uint8}
            feed[meta.name] = x.astype(kinds[meta.type])
        try:
            session.run(None, feed)
            return feed
        except Exception:
            continue
    return None


def same_outputs(what, original, pruned):
    a, b = judge.session(original), judge.session(pruned)
    feed = made_up(a)
    if feed is None:
        targets.hold(what + ", made-up inputs", "none that the original takes", None, "")
        return
    for meta, x, y in zip(a.get_outputs(), a.run(None, feed), b.run(None, feed)):
        if isinstance(x, np.ndarray):
            holds = x.shape == y.shape and x.dtype == y.dtype
            if x.dtype.kind == "f" and np.isfinite(x).all():
                holds = holds and bool(np.isfinite(y).all())
            targets.hold(f"{what}, output {meta.name!r}", f"{y.shape}", holds, f"(of {x.shape})")


def judge_pruned(what, original, path, report):
    before, after = onnx.load(original), onnx.load(path)
    try:
        onnx.checker.check_model(path, full_check=True)
        fault = ""
    except Exception as e:  # what the original has, too, is not ours
        fault = str(e).splitlines()[0]
        try:
            onnx.checker.check_model(original, full_check=True)
        except Exception:
            fault = ""
    targets.hold(what + ", valid", fault, not fault, "")
    targets.hold(what + ", interface", "", interface(before) == interface(after), "")
    r = json.load(open(report))
    pruned = [g for g in r["groups"] if "kept" not in g]
    targets.hold(what + ", channels",
                 f"{sum(g['before'] for g in pruned)} -> {sum(g['after'] for g in pruned)}, "
                 f"{len(pruned)} of {len(r['groups'])} groups, {r['repaired']} layers repaired",
                 all(g["after"] < g["before"] for g in pruned) and len(pruned) > 0, "")
    targets.hold(what + ", parameters", f"{r['parameters_before']} -> {r['parameters_after']}",
                 r["parameters_after"] < r["parameters_before"], "")
    same_outputs(what, original, path)


def judge_model(name, original, folder):
    for how, more in (("by weight", []), ("random data", ["--data", "random:2"])):
        what, path = f"{name}, {how}", f"{folder}/{how[:2]}.onnx"
        done = prune(original, path, "--sparsity", "0.2", f"--json={path}.json", *more)
        if name in REFUSED:
            message = done.stderr.strip().splitlines()
            targets.hold(what + ", refused", message[-1][-150:] if message else "", done.returncode == 4, "")
            continue
        if done.returncode:
            targets.hold(what, done.stderr.strip()[-150:], None if more else False, "")
            continue
        judge_pruned(what, original, path, path + ".json")
        prune(original, path + ".again", "--sparsity", "0.2", "--threads", "1", *more)
        targets.same_bytes(what + ", the same with one thread", path, path + ".again")


def judge_accuracy(name, folder):
    original = targets.MODELS % name
    labels = targets.labels_of(name)
    input_name, x = targets.inputs_of(onnx.load(original), targets.CIFAR, folder)
    reference = targets.onnx_runtime(original, input_name, x)
    plans = [("25 %", ["--sparsity", "0.25"], NET_LOSS[name]),
             ("25 %, multiples of 8", ["--sparsity", "0.25", "--round-to", "8"], None),
             ("50 %", ["--sparsity", "0.5"], None),
             ("25 %, all groups", ["--sparsity", "0.25", "--groups", "all"], None)]
    for title, more, bound in plans:
        what, path = f"{name}, {title}", folder + "/pruned.onnx"
        seconds = []
        for _ in range(2 if bound else 1):
            start = time.monotonic()
            done = prune(original, path, *more, *targets.CIFAR, "--samples", "::10", f"--json={path}.json")
            seconds.append(time.monotonic() - start)
        if done.returncode:
            targets.hold(what, done.stderr.strip(), False, "")
            continue
        judge_pruned(what, original, path, path + ".json")
        candidate = targets.onnx_runtime(path, input_name, x)
        targets.at_most(what + ", net loss", targets.net_loss(reference, candidate, labels), bound, " points")
        noise = ((reference - candidate).astype(np.float64) ** 2).sum()
        sqnr = 10 * np.log10((reference.astype(np.float64) ** 2).sum() / noise)
        targets.hold(what + ", SQNR", f"{sqnr:.1f} dB", None, "")
        targets.at_most(what + ", time", min(seconds), SECONDS if bound else None, " s")
        targets.agree(what, path, candidate, targets.ours(path, targets.CIFAR, folder))


def main():
    names = sys.argv[3:] or sorted(os.listdir(SHARED + "/data/models"))
    for name in names:
        files = sorted(glob.glob(f"{SHARED}/data/models/{name}/*.onnx"))
        with tempfile.TemporaryDirectory() as folder:
            for f in files[:1]:
                judge_model(name, f, folder)
            if name in NET_LOSS:
                judge_accuracy(name, folder)
    print(f"{targets.failures} missed")
    return targets.failures > 0


if __name__ == "__main__":
    sys.exit(main())
