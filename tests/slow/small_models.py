#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small models of other projects' tests: none crashes, most simply work.

usage: small_models.py SHARED MLOPT

Every model loads and is inferred (`mlopt inspect`), is optimized with --check,
and gives what ONNX Runtime gives on inputs made up here, where that runs it.
What does not is listed in small_models.tsv: model, step, reason; a line that is
no longer true is an error too.
"""

import collections
import concurrent.futures
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = "inspect optimize run".split()
# An error of a kind that mlopt reports; anything else is a crash.
REPORTED = (0, 1, 3, 4, 5, 6)
SECONDS = 10


# ---- ONNX Runtime, in a process of its own: some models crash it -------------

def made_up(arg, rng):
    """An input of ARG's type: small numbers, open dims 2."""
    import numpy as np

    kinds = {
        "tensor(float)": np.float32, "tensor(double)": np.float64,
        "tensor(float16)": np.float16, "tensor(int64)": np.int64,
        "tensor(int32)": np.int32, "tensor(int16)": np.int16,
        "tensor(int8)": np.int8, "tensor(uint8)": np.uint8,
        "tensor(uint16)": np.uint16, "tensor(uint32)": np.uint32,
        "tensor(uint64)": np.uint64, "tensor(bool)": np.bool_,
    }
    shape = [d if isinstance(d, int) and d > 0 else 2 for d in arg.shape]
    if arg.type == "tensor(string)":
        return np.array(["a"] * int(np.prod(shape)), object).reshape(shape)
    kind = kinds[arg.type]
    if np.issubdtype(kind, np.floating):
        return rng.standard_normal(shape).astype(kind)
    return rng.integers(0, 2, shape).astype(kind)


def run_peer(model, out):
    """What ONNX Runtime gives, pickled: (feeds, outputs)."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    feeds = {a.name: made_up(a, rng) for a in session.get_inputs()}
    results = session.run(None, feeds)
    with open(out, "wb") as f:
        pickle.dump((list(feeds.values()), results), f)


def peer_case(model, folder):
    """A case folder with ONNX Runtime's results; None where it has none."""
    from onnx import numpy_helper

    pickled = os.path.join(folder, "results")
    done = subprocess.run(
        [sys.executable, __file__, "--peer", model, pickled],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
    if done.returncode:
        return None
    with open(pickled, "rb") as f:
        feeds, results = pickle.load(f)
    case = os.path.join(folder, "peer_set_0")
    os.mkdir(case)
    try:
        for what, values in (("input", feeds), ("output", results)):
            for i, x in enumerate(values):
                if x is None:
                    continue
                proto = (numpy_helper.from_list(x) if isinstance(x, list)
                         else numpy_helper.from_array(x))
                with open(f"{case}/{what}_{i}.pb", "wb") as f:
                    f.write(proto.SerializeToString())
    except (TypeError, ValueError, KeyError):
        return None  # maps and the like have no case files here
    return case


# ---- one model --------------------------------------------------------------

def last_line(text):
    lines = [x for x in text.splitlines()
             if x and not x.startswith("mlopt: warning")]
    return lines[-1] if lines else ""


def mlopt_says(args):
    """(worked, why not), and what it printed."""
    try:
        done = subprocess.run(
            args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return False, f"takes more than {SECONDS} s", ""
    if done.returncode not in REPORTED:
        why = f"CRASH: status {done.returncode}: {done.stderr[-200:]}"
        return False, why, ""
    return done.returncode == 0, last_line(done.stderr), done.stdout


def run_step(model, folder, mlopt):
    if not peer_case(model, folder):
        return None, "ONNX Runtime does not run it"
    args = [mlopt, "test", folder, "--json", "--rtol=1e-3", "--atol=1e-4"]
    os.symlink(model, os.path.join(folder, "model.onnx"))
    _, why, report = mlopt_says(args)
    if not report:
        return False, why
    case = json.loads(report)["cases"][0]
    return case["result"] in ("passed", "random"), case.get("why", "")


def try_model(task):
    model, mlopt = task
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        found["inspect"] = mlopt_says([mlopt, "inspect", model])[:2]
        found["optimize"] = mlopt_says(
            [mlopt, "optimize", "--check", model, "-o", folder + "/o.onnx"])[:2]
        case = os.path.join(folder, "case")
        os.mkdir(case)
        try:
            found["run"] = run_step(model, case, mlopt)
        except subprocess.TimeoutExpired:
            found["run"] = None, "ONNX Runtime takes too long"
    return model, found


def read_list():
    listed = {}
    with open(os.path.join(HERE, "small_models.tsv")) as f:
        for line in f:
            if not line.startswith("#") and line.strip():
                model, step, reason = line.rstrip("\n").split("\t")
                listed[model, step] = reason
    return listed


def main(shared, mlopt):
    root = os.path.join(os.path.abspath(shared), "data/small-models")
    started, listed, bad = time.time(), read_list(), []
    models = sorted(os.path.join(d, f) for d, _, files in os.walk(root)
                    for f in files if f.endswith(".onnx"))
    count = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for model, found in pool.map(
                try_model, [(m, os.path.abspath(mlopt)) for m in models]):
            name = os.path.relpath(model, root)
            for step, (worked, why) in found.items():
                known = listed.pop((name, step), None)
                count[step, worked] += 1
                if why.startswith("CRASH"):
                    bad.append(f"{name}\t{step}\t{why}")
                elif worked is False and known is None:
                    bad.append(f"{name}\t{step}\t{why}")
                elif worked is not False and known is not None:
                    bad.append(f"{name}: {step} works, but is listed")
    bad += [f"{name}: {step} is listed, but there is no such model or step"
            for name, step in listed]
    print("\n".join(bad))
    for step in STEPS:
        print(f"{step}: {count[step, True]} work, {count[step, False]} do not, "
              f"{count[step, None]} have nothing to compare with")
    print(f"{len(models)} models, {len(bad)} complaints, "
          f"{time.time() - started:.0f} s")
    return bool(bad)


if __name__ == "__main__":
    if sys.argv[1] == "--peer":
        run_peer(sys.argv[2], sys.argv[3])
        sys.exit(0)
    sys.exit(main(sys.argv[1], sys.argv[2]))
