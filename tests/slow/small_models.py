#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small models of other projects' tests: none crashes, most simply work.

usage: small_models.py SHARED MLOPT [--write]

Every model loads and is inferred (`mlopt inspect`), is optimized with --check,
and gives what ONNX Runtime gives on inputs made up here, where that runs it.
What does not is listed in small_models.tsv: model, step, what mlopt says or
why; a line that is no longer true is an error too.  --write makes the list
anew and keeps the reasons of lines that stay: read it before it is committed.
"""

import collections
import concurrent.futures
import json
import os
import multiprocessing
import pickle
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = "inspect optimize run".split()
# An error of a kind that mlopt reports; anything else is a crash.
REPORTED = (0, 1, 3, 4, 5, 6)
SECONDS = 60
PEER_SECONDS = 60


# ---- ONNX Runtime, in a child of its own: some models crash it --------------

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
        names = [a.name for a in session.get_outputs()]
        pickle.dump((feeds, dict(zip(names, results))), f)


def peer_ran(model, out):
    """Whether a child that runs the model in ONNX Runtime ends well."""
    child = os.fork()
    if child == 0:
        signal.alarm(PEER_SECONDS)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            run_peer(model, out)
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def peer_case(model, folder):
    """A case folder with ONNX Runtime's results; None where it has none."""
    from onnx import numpy_helper

    pickled = os.path.join(folder, "results")
    if not peer_ran(model, pickled):
        return None
    with open(pickled, "rb") as f:
        feeds, results = pickle.load(f)
    case = os.path.join(folder, "peer_set_0")
    os.mkdir(case)
    try:
        for what, values in (("input", feeds), ("output", results)):
            for i, (name, x) in enumerate(values.items()):
                if x is None:
                    continue
                proto = (numpy_helper.from_list(x, name)
                         if isinstance(x, list)
                         else numpy_helper.from_array(x, name))
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


def beside(model, folder):
    """The model in a folder of its own, with the files that it may need."""
    os.mkdir(folder)
    here = os.path.dirname(model)
    for name in os.listdir(here):
        path = os.path.join(here, name)
        if path == model or (os.path.isfile(path) and
                             not name.endswith((".onnx", ".pb"))):
            os.symlink(path, os.path.join(folder, name))
    return os.path.join(folder, os.path.basename(model))


def run_step(folder, mlopt):
    args = [mlopt, "test", folder, "--json", "--rtol=1e-3", "--atol=1e-4"]
    _, why, report = mlopt_says(args)
    if not report:
        return False, why
    case = json.loads(report)["cases"][0]
    return case["result"] in ("passed", "random"), case.get("why", "")


def try_model(task):
    model, mlopt = task
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        case = os.path.join(folder, "case")
        link = beside(model, case)
        found["inspect"] = mlopt_says([mlopt, "inspect", link])[:2]
        found["run"] = None, "ONNX Runtime does not run it"
        if peer_case(link, case):
            found["run"] = run_step(case, mlopt)
        # With what ONNX Runtime was fed, where it ran.
        found["optimize"] = mlopt_says(
            [mlopt, "optimize", "--check", link, "-o", folder + "/o.onnx"])[:2]
    return model, {k: (ok, why.replace(link, "MODEL"))
                   for k, (ok, why) in found.items()}


# ---- the list ---------------------------------------------------------------

LIST = os.path.join(HERE, "small_models.tsv")
# How the reason of a line starts that is not true on every machine.
SOME = "on some CPUs "
HEAD = "# Small models that do not: model, step, reason; tabs between.\n"


def read_list():
    listed = {}
    with open(LIST) as f:
        for line in f:
            if not line.startswith("#") and line.strip():
                model, step, reason = line.rstrip("\n").split("\t")
                listed[model, step] = reason
    return listed


def write_list(failures):
    listed = read_list()
    with open(LIST, "w") as f:
        f.write(HEAD)
        for key, why in sorted(failures.items()):
            f.write("\t".join(key) + f"\t{listed.get(key, why)}\n")


def judge(failures, crashes):
    """Complaints: crashes, failures not listed, lines that are not true."""
    listed = read_list()
    bad = ["\t".join(x) for x in crashes]
    bad += ["\t".join(key) + f"\t{why}" for key, why in failures.items()
            if key not in listed]
    bad += [f"{name}: {step} is listed, but does not fail"
            for (name, step), why in listed.items()
            if (name, step) not in failures and not why.startswith(SOME)]
    return bad


def main(shared, mlopt, write):
    import onnxruntime  # before the workers are forked

    del onnxruntime
    root = os.path.join(os.path.abspath(shared), "data/small-models")
    started, failures, crashes = time.time(), {}, []
    models = sorted(os.path.join(d, f) for d, _, files in os.walk(root)
                    for f in files if f.endswith(".onnx"))
    count = collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(
            2, multiprocessing.get_context("fork")) as pool:
        for model, found in pool.map(
                try_model, [(m, os.path.abspath(mlopt)) for m in models]):
            name = os.path.relpath(model, root)
            for step, (worked, why) in found.items():
                count[step, worked] += 1
                if why.startswith("CRASH"):
                    crashes.append((name, step, why))
                elif worked is False:
                    failures[name, step] = why
    if write:
        write_list(failures)
    bad = judge(failures, crashes)
    print("\n".join(bad))
    for step in STEPS:
        print(f"{step}: {count[step, True]} work, {count[step, False]} do not, "
              f"{count[step, None]} have nothing to compare with")
    print(f"{len(models)} models, {len(bad)} complaints, "
          f"{time.time() - started:.0f} s")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:] == ["--write"]))
