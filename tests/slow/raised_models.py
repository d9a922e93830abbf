#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Raising the opset of real models, judged by ONNX and ONNX Runtime.

usage: raised_models.py SHARED MLOPT [MODEL...]

Each SHARED/data/models/NAME/model.onnx with an opset of 7 to 20 is converted to
opset 21.  The result must pass onnx.checker with shape inference if the original does,
keep the interface, and give in ONNX Runtime the outputs of the original.
"""
import os
import subprocess
import sys
import tempfile

import onnx

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import optimized_models as om  # noqa: E402


def opset(model):
    return next((o.version for o in model.opset_import
                 if o.domain in ("", "ai.onnx")), 0)


def check(mlopt, folder, work):
    source = os.path.join(folder, "model.onnx")
    old = onnx.load(source)
    if not 7 <= opset(old) < 21:
        return None
    path = os.path.join(work, "raised.onnx")
    run = subprocess.run([mlopt, "convert", source, "-o", path, "--opset=21"],
                         capture_output=True, text=True)
    if run.returncode == 4:
        print(f"{os.path.basename(folder)}: refused: {run.stderr.strip()}")
        return []
    if run.returncode == 3 and not om.is_valid(old):
        print(f"{os.path.basename(folder)}: invalid")
        return []
    if run.returncode:
        return [run.stderr.strip()]
    new = onnx.load(path)
    problems = []
    try:
        onnx.checker.check_model(new, full_check=True)
    except Exception as e:
        if om.is_valid(old):
            problems.append(f"checker: {e}")
    if opset(new) != 21:
        problems.append(f"opset {opset(new)}")
    if om.interface(old) != om.interface(new):
        problems.append("another interface")
    a, b = om.session(source), om.session(path)
    feed = om.recorded_inputs(folder, a.get_inputs()) or om.made_up_inputs(
        a.get_inputs())
    worst = ""
    for o, w, g in zip(a.get_outputs(), a.run(None, feed), b.run(None, feed)):
        ok, text = om.agree(w, g)
        worst = worst or text
        if not ok:
            problems.append(f"output '{o.name}': {text}")
    print(f"{os.path.basename(folder)}: opset {opset(old)} -> 21, {worst}")
    return problems


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    models = os.path.join(sys.argv[1], "data", "models")
    mlopt = os.path.abspath(sys.argv[2])
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        for name in sys.argv[3:] or sorted(os.listdir(models)):
            folder = os.path.join(models, name)
            if not os.path.exists(os.path.join(folder, "model.onnx")):
                continue
            try:
                problems = check(mlopt, folder, work)
            except Exception as e:
                problems = [f"{type(e).__name__}: {e}"]
            for p in problems or []:
                failed += 1
                print(f"FAIL: {name}: {p}")
    print(f"{failed} problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
