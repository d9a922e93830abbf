#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Opsets, there and back, judged by our executor, ONNX and ONNX Runtime.

usage: opset_round_trips.py SHARED MLOPT [--every=N] [PATTERN...]

Every model with recorded inputs and outputs in SHARED/data, and the small
models with outputs that ONNX Runtime computes here, is converted to opset 28
and from there back to its own, and to opset 7 and back, where the opset can
express it; else the reasons are counted.  Each result must have that opset,
keep the interface, pass onnx.checker where the original does, give what the
original gives in our executor (relative error 1e-5 if the original itself is
that near to the recorded outputs) and in ONNX Runtime where it has kernels for
both.  PATTERN: models whose path contains it, told one by one.  --every: all
of data/models, but every N-th only of tests and small models.
"""
import collections
import glob
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile

os.environ["ALLOW_RELEASED_ONNX_OPSET_ONLY"] = "0"

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402
from onnx import numpy_helper  # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import optimized_models as om  # noqa: E402

ort.set_default_logger_severity(4)
NEWEST, OLDEST = 28, 7
# What draws random numbers agrees with nothing, not even with itself.
RANDOM = ("bernoulli", "random", "multinomial", "training_dropout",
          "dropout_ratio", "bias_dropout")


def opset(model):
    return next((o.version for o in model.opset_import
                 if o.domain in ("", "ai.onnx")), 0)


def data_sets(folder):
    return sorted(d for d in glob.glob(os.path.join(folder, "*_set_*"))
                  if os.path.isdir(d))


def link_data_sets(folder, to):
    for d in data_sets(folder) if folder else []:
        os.makedirs(os.path.join(to, os.path.basename(d)))
        for f in os.listdir(d):
            os.symlink(os.path.abspath(os.path.join(d, f)),
                       os.path.join(to, os.path.basename(d), f))


def sources(data):
    """(model, folder of its data sets or None)."""
    for top in ("onnx-tests/node", "onnx-tests/node-1.23", "onnx-tests/simple",
                "onnx-tests/pytorch-converted", "onnx-tests/pytorch-operator",
                "models"):
        for model in sorted(glob.glob(f"{data}/{top}/*/model.onnx")):
            folder = os.path.dirname(model)
            yield model, folder if data_sets(folder) else None
    for model in sorted(glob.glob(f"{data}/small-models/**/*.onnx",
                                  recursive=True)):
        yield model, None


def session(path):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    try:
        return ort.InferenceSession(path, options,
                                    providers=["CPUExecutionProvider"])
    except Exception:
        return None


def save(array, path):
    with open(path, "wb") as f:
        f.write(numpy_helper.from_array(array).SerializeToString())


def feed_of(session_, folder):
    try:
        return (om.recorded_inputs(folder, session_.get_inputs())
                or om.made_up_inputs(session_.get_inputs()))
    except Exception:
        return None


def run(session_, feed):
    try:
        return session_.run(None, feed)
    except Exception:
        return None


def record(model, folder):
    """A data set in FOLDER with what ONNX Runtime makes of made-up inputs."""
    s = session(model)
    feed = s and feed_of(s, folder)
    outputs = feed and run(s, feed)
    if not outputs or not all(isinstance(y, np.ndarray) for y in outputs) or \
            any(contradicts(o, y) for o, y in zip(s.get_outputs(), outputs)):
        return None
    case = os.path.join(folder, "test_data_set_0")
    os.makedirs(case)
    for i, x in enumerate(s.get_inputs()):
        save(feed[x.name], f"{case}/input_{i}.pb")
    for i, y in enumerate(outputs):
        save(y, f"{case}/output_{i}.pb")
    return folder


def contradicts(declared, made):
    """Made-up inputs lead to a shape that the model says it does not have."""
    if not isinstance(made, np.ndarray):
        return False
    return len(declared.shape) == made.ndim and any(
        isinstance(d, int) and d != n
        for d, n in zip(declared.shape, made.shape))


def agree(want, got):
    """As optimized_models, but what is not finite must be the same."""
    if (isinstance(want, np.ndarray) and want.dtype.kind == "f"
            and want.shape == got.shape and want.dtype == got.dtype):
        same = ~np.isfinite(want) & ((want == got) |
                                     (np.isnan(want) & np.isnan(got)))
        want, got = np.where(same, 0, want), np.where(same, 0, got)
        if want.dtype == np.float16:  # rounds between the operators
            near = np.abs(want.astype(np.float64) - got)
            return bool((near <= 4e-3 * np.abs(want).max(initial=0)).all()), "far"
    return om.agree(want, got)


def reasons(stderr):
    """What stands against it, without the names."""
    lines = re.findall(r"'[^\n]*?' (\([^;\n]*)", stderr)
    return [re.sub(r"^\((\w+)\)", r"\1", x) for x in lines] or [
        re.sub(r"'[^']*'", "'...'", stderr.strip())[-150:]]


class Case:
    """One model; results are collected for main()."""

    def __init__(self, mlopt, work, number, model, folder):
        self.mlopt, self.model = mlopt, model
        self.work = os.path.join(work, str(number))
        self.folder = folder
        self.problems, self.refused, self.made = [], {}, []
        self.judged = collections.Counter()

    def copy_original(self):
        """The model and its data sets in one folder, for mlopt test."""
        own = os.path.join(self.work, "self")
        os.makedirs(own)
        if self.folder:
            link_data_sets(self.folder, own)
        else:
            self.folder = record(self.model, own)
        run_ = subprocess.run([self.mlopt, "convert", "--inline-data",
                               self.model, "-o",
                               os.path.join(own, "model.onnx")],
                              capture_output=True)
        if run_.returncode:  # not for us
            shutil.rmtree(own)
        return run_.returncode == 0

    def convert(self, source, to, name):
        """The path of SOURCE in opset TO, or None if that is refused."""
        out = os.path.join(self.work, name)
        os.makedirs(out)
        path = os.path.join(out, "model.onnx")
        run_ = subprocess.run([self.mlopt, "convert", source, "-o", path,
                               f"--opset={to}"], capture_output=True, text=True)
        if run_.returncode == 4:
            self.refused[name] = reasons(run_.stderr)
            return None
        if run_.returncode == 3 and "converted to" not in run_.stderr:
            self.judged["conversions of invalid models"] += 1
            return None
        if run_.returncode:
            self.problems.append(f"{name}: {run_.stderr.strip()[:400]}")
            return None
        link_data_sets(self.folder, out)
        self.made.append((name, path, to))
        return path

    def examine(self, name, path, to, old, valid):
        new = onnx.load(path, load_external_data=False)
        if opset(new) != to:
            self.problems.append(f"{name}: opset {opset(new)}, want {to}")
        if om.interface(old)[1] != om.interface(new)[1]:
            self.problems.append(f"{name}: another interface")
        if not valid:
            return
        try:
            onnx.checker.check_model(new, full_check=True)
            self.judged["checked"] += 1
        except Exception as e:
            self.problems.append(f"{name}: checker: {str(e).strip()[:300]}")

    def compare_in_ort(self):
        a = session(self.model)
        feed = a and feed_of(a, self.folder or self.work)
        want = feed and run(a, feed)
        if not want or any(contradicts(o, w)
                           for o, w in zip(a.get_outputs(), want)):
            return
        for name, path, _ in self.made:
            b = session(path)
            got = b and run(b, feed)
            if not got:
                self.judged["without kernels in ONNX Runtime"] += 1
                continue
            self.judged["run by ONNX Runtime"] += 1
            for o, w, g in zip(a.get_outputs(), want, got):
                ok, text = agree(w, g)
                if not ok:
                    self.problems.append(f"{name}: ONNX Runtime: output "
                                         f"'{o.name}': {text}")

    def go(self):
        os.makedirs(self.work)
        old = onnx.load(self.model, load_external_data=False)
        own = opset(old)
        if not 1 <= own <= NEWEST:
            return self
        if not self.copy_original():
            return self
        valid = om.is_valid(old)
        for there, back, to in (("new", "new-back", NEWEST),
                                ("old", "old-back", OLDEST)):
            path = self.convert(self.model, to, there) if to != own else None
            if path:
                self.convert(path, own, back)
        for name, path, to in self.made:
            self.examine(name, path, to, old, valid)
        if not any(x in self.model for x in RANDOM):
            self.compare_in_ort()
        return self


def go(case):
    try:
        return case.go()
    except Exception as e:
        case.problems.append(f"{type(e).__name__}: {e}")
        return case


def executed(mlopt, paths, rtol):
    """Folder: {result}, of one run over all of them."""
    run_ = subprocess.run([mlopt, "test", "-q", f"--rtol={rtol}", "--json",
                           *paths], capture_output=True, text=True)
    if not run_.stdout:
        raise RuntimeError(f"mlopt test: {run_.stderr}")
    cases = json.loads(run_.stdout)["cases"]
    results = collections.defaultdict(dict)
    for c in cases:
        results[os.path.dirname(c["case"])][os.path.basename(c["case"])] = c
    return results


def compare_in_ours(mlopt, work, cases):
    """Converted models pass as narrowly as their originals do."""
    fed = [c for c in cases if c.folder and c.made and
           not any(x in c.model for x in RANDOM)]
    near, far = (executed(mlopt, [work], r) for r in ("1e-5", "1e-3"))
    for c in fed:
        want = os.path.join(c.work, "self")
        for name, path, _ in c.made:
            at = os.path.dirname(path)
            for case in near.get(want, {}):
                results = near if near[want][case]["result"] == "passed" else far
                if results[want].get(case, {}).get("result") != "passed":
                    continue
                c.judged["run by mlopt"] += 1
                got = results[at].get(case, {"result": "missing"})
                if got["result"] != "passed":
                    c.problems.append(f"{name}: {case}: {got['result']} "
                                      f"{got.get('why', '')[:300]}")


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    mlopt = os.path.abspath(sys.argv[2])
    options = [a for a in sys.argv[3:] if a.startswith("--every=")]
    patterns = [a for a in sys.argv[3:] if a not in options]
    every = int(options[-1][len("--every="):]) if options else 1
    judged, counts = collections.Counter(), collections.Counter()
    refused = collections.defaultdict(collections.Counter)
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        cases = [Case(mlopt, work, i, model, folder) for i, (model, folder) in
                 enumerate(sources(os.path.join(sys.argv[1], "data")))
                 if "/data/models/" in model or i % every == 0
                 if not patterns or any(p in model for p in patterns)]
        with multiprocessing.Pool() as pool:
            cases = pool.map(go, cases, chunksize=8)
        try:
            compare_in_ours(mlopt, work, cases)
        except RuntimeError as e:
            failed += 1
            print(f"FAIL: {e}")
    for c in cases:
        judged += c.judged
        counts.update(name for name, _, _ in c.made)
        for name, why in c.refused.items():
            counts[name + " refused"] += 1
            refused[name].update(set(why))
            if patterns:
                print(f"{c.model}: {name}: {'; '.join(sorted(set(why)))}")
        for p in c.problems:
            failed += 1
            print(f"FAIL: {os.path.relpath(c.model, sys.argv[1])}: {p}")
    for name, why in sorted(refused.items()):
        for text, n in why.most_common(1000 if name.endswith("back") else 25):
            print(f"{name}: {n} models: {text}")
    print(f"{len(cases)} models: " +
          ", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    print(", ".join(f"{n} {k}" for k, n in sorted(judged.items())) +
          f"; {failed} problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
