#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What shrinking text models may cost: measured with ONNX Runtime, and held.

usage: text_targets.py SHARED MLOPT

A language model is judged by its perplexity (exp of the mean cross entropy of
the next token, over all but the last position), a classifier by its net loss:
reference right and candidate wrong, minus the converse.  `mlopt validate` has
to find the same perplexities.  Prints a line for each criterion and exits 1 if
one does not hold.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx

import judge

Method = collections.namedtuple("Method", "options loss file")
WEIGHTS = "--activations float --bits "
# The loss in percent of perplexity, or in points of accuracy.
GPT = [Method("", 0.1, 0.30), Method(WEIGHTS + "8", 0.05, 0.30),
       Method(WEIGHTS + "4 --block 32", 0.25, 0.25),
       Method(WEIGHTS + "3 --block 32", 1.2, 0.25)]
ENCODER = [Method("", 0.15, 0.30), Method(WEIGHTS + "4 --block 32", 0.3, 0.25)]


def outputs(path, feeds):
    runner = judge.session(path, threads=2)
    count = len(next(iter(feeds.values())))
    return np.concatenate([
        runner.run(None, {k: v[i:i + 20] for k, v in feeds.items()})[0]
        for i in range(0, count, 20)])


def perplexity(logits, following):
    x = logits[:, :-1].astype(np.float64)
    top = x.max(-1, keepdims=True)
    entropy = np.log(np.exp(x - top).sum(-1)) + top[..., 0]
    entropy -= np.take_along_axis(x, following[:, :-1, None], -1)[..., 0]
    return np.exp(entropy.mean())


def rise(reference, candidate, following):
    was = perplexity(reference, following)
    return 100 * (perplexity(candidate, following) / was - 1)


def rise_by_validate(mlopt, model, candidate, feeds, following, scratch):
    """The same by mlopt; the last position of each window is left out."""
    labels = following.copy()
    labels[:, -1] = -1
    np.savez(scratch + "/labelled.npz", following=labels, **feeds)
    report = scratch + "/report.json"
    subprocess.run([mlopt, "validate", "-q", model, candidate, "--no-latency",
                    "--data", scratch + "/labelled.npz", "--labels",
                    "following", "--metric", "perplexity", "--json=" + report],
                   check=False)
    with open(report, encoding="utf-8") as f:
        return 100 * json.load(f)["accuracy"]["change"]


def net_loss(reference, candidate, labels):
    a, b = reference.argmax(1) == labels, candidate.argmax(1) == labels
    return 100 * ((a & ~b).sum() - (~a & b).sum()) / len(labels)


def judge_model(shared, mlopt, name, data, val, calibration, target, methods, loss,
          unit):
    """The number of criteria that NAME misses."""
    model = f"{shared}/data/models/{name}/model.onnx"
    folder = f"{shared}/data/datasets/{data}/"
    with np.load(folder + val) as z:
        labels = z[target]
        feeds = {k: z[k] for k in z.files if k != target}
    reference = outputs(model, feeds)
    missed = 0
    for m in methods:
        with tempfile.TemporaryDirectory() as scratch:
            path = scratch + "/m.onnx"
            subprocess.run([mlopt, "quantize", model, "-o", path, "--data",
                            folder + calibration, *m.options.split()],
                           check=True)
            onnx.checker.check_model(path, full_check=True)
            found = loss(reference, outputs(path, feeds), labels)
            ours = found if loss is not rise else rise_by_validate(
                mlopt, model, path, feeds, labels, scratch)
            size = os.path.getsize(path) / os.path.getsize(model)
        # Our integers and ORT's may differ by single steps.
        same = abs(ours - found) <= 0.02
        ok = found <= m.loss and size <= m.file and same
        missed += not ok
        print(f"{'ok  ' if ok else 'MISS'} {name} {m.options or 'int8'}: "
              f"{found:+.3f} {unit} (at most {m.loss}; mlopt {ours:+.3f}), "
              f"file {size:.3f}x (at most {m.file})", flush=True)
    return missed


def main():
    shared, mlopt = sys.argv[1:3]
    missed = judge_model(shared, mlopt, "shakespeare-gpt", "shakespeare-val",
                         "val.npz", "calibration.npz", "next_ids", GPT, rise,
                         "% of perplexity")
    missed += judge_model(shared, mlopt, "agnews-encoder", "agnews-test-2000",
                          "agnews.npz", "agnews-calibration.npz", "label",
                          ENCODER, net_loss, "points")
    print(f"{missed} missed")
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
