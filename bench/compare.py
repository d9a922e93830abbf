#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Latency of mlopt beside its peers, model by model.

usage: compare.py MLOPT [--engine E] [--threads 1,2] [--rounds N]
                  [--seconds S] [--peers onnxruntime,openvino] [--markdown F]
                  MODEL...

Rounds alternate: every program runs a model for S seconds, then the next one.
A ratio is the peer's median time over ours, of the same round; the table has
the median of all rounds and the 95 % interval of that median by bootstrap.
Slower than 1.00 is what the peer wins.
"""

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Peer:
    """A model in a peer's process that waits to be told to run."""

    def __init__(self, name, model, threads):
        self.child = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "peer.py"), name, model,
             str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        line = self.child.stdout.readline().split()
        self.load_ms = float(line[1]) if line[:1] == ["ready"] else None

    def p50(self, seconds):
        if self.load_ms is None:
            return None
        self.child.stdin.write(f"{seconds}\n")
        self.child.stdin.flush()
        times = self.child.stdout.readline().split()
        return statistics.median(map(float, times)) if times else None

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def ours(args, model, threads):
    """Our figures of one round, or what mlopt said."""
    command = [args.mlopt, "bench", "--json", f"--seconds={args.seconds}",
               f"--threads={threads}", model]
    if args.engine:
        command.append(f"--engine={args.engine}")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout), ""


def interval(ratios):
    """Median of RATIOS and its 95 % bootstrap interval."""
    rng = random.Random(1)
    medians = sorted(
        statistics.median(rng.choices(ratios, k=len(ratios)))
        for _ in range(2000))
    return statistics.median(ratios), medians[50], medians[1949]


def measure(args, model, threads):
    peers = {p: Peer(p, model, threads) for p in args.peers}
    rounds, why = [], ""
    for _ in range(args.rounds):
        mine, why = ours(args, model, threads)
        if not mine:
            break
        rounds.append((mine, {p: x.p50(args.seconds)
                              for p, x in peers.items()}))
    for x in peers.values():
        x.end()
    return rounds, why


def peak_gflops(threads):
    """Float multiplications and additions of numpy's best large product."""
    code = ("import numpy as np,time\n"
            "a=np.ones((1024,1024),np.float32);b=a.copy();best=9\n"
            "for _ in range(30):\n"
            " t=time.perf_counter();a@b;best=min(best,time.perf_counter()-t)\n"
            "print(2*1024**3/best/1e9)")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env=dict(os.environ, OPENBLAS_NUM_THREADS=str(threads)))
    return float(done.stdout)


def row(name, rounds, peers, peak):
    p50 = statistics.median(m["p50_ms"] for m, _ in rounds)
    gflops = statistics.median(m["gflops"] for m, _ in rounds)
    cells, ratios = [name, f"{p50:.2f}"], {}
    for p in peers:
        pairs = [(x[p], m["p50_ms"]) for m, x in rounds if x[p]]
        if not pairs:
            cells += ["-", "-", "-"]
            continue
        ratios[p], low, high = interval([a / b for a, b in pairs])
        cells += [f"{statistics.median(a for a, _ in pairs):.2f}",
                  f"{ratios[p]:.2f}", f"{low:.2f}..{high:.2f}"]
    return cells + [f"{gflops:.1f}", f"{100 * gflops / peak:.0f} %"], ratios


def show(head, rows, markdown):
    if markdown:
        rule = ["---"] + ["---:"] * (len(head) - 1)
        return "\n".join("| " + " | ".join(r) + " |"
                         for r in [head, rule] + rows)
    width = [max(len(r[i]) for r in [head] + rows) for i in range(len(head))]
    return "\n".join(
        "  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                  for i, (c, w) in enumerate(zip(r, width)))
        for r in [head] + rows)


def geomean(values):
    return math.exp(statistics.mean(map(math.log, values)))


def cpu():
    with open("/proc/cpuinfo") as f:
        text = f.read()
    name = text.split("model name", 1)[1].split("\n")[0].strip("\t :")
    flags = text.split("\nflags", 1)[1].split("\n")[0].split()
    known = "avx2 avx512f avx512_vnni avx512_bf16 amx_int8".split()
    return f"{name}; {' '.join(x for x in known if x in flags)}"


def label(path):
    """The file's name, or its folder's where files have all the same."""
    name = os.path.splitext(os.path.basename(path))[0]
    return (os.path.basename(os.path.dirname(os.path.abspath(path)))
            if name == "model" else name)


def suite(args, threads, markdown):
    peak = peak_gflops(threads)
    head = ["model", "mlopt ms"]
    for p in args.peers:
        head += [f"{p} ms", "ratio", "95 %"]
    head += ["GFLOP/s", "of peak"]
    rows, all_ratios = [], {p: [] for p in args.peers}
    for model in args.models:
        name = label(model)
        rounds, why = measure(args, model, threads)
        if not rounds:
            print(f"{name}: {why}", file=sys.stderr)
            continue
        cells, ratios = row(name, rounds, args.peers, peak)
        rows.append(cells)
        for p, r in ratios.items():
            all_ratios[p].append(r)
        print(f"{name} {threads}T: {' '.join(cells[1:])}", file=sys.stderr)
    lines = [f"{threads} thread{'s' * (threads > 1)}, measured float peak "
             f"{peak:.0f} GFLOP/s", "", show(head, rows, markdown), ""]
    for p, r in all_ratios.items():
        if r:
            lines.append(f"{p}: geometric mean {geomean(r):.2f}, "
                         f"least {min(r):.2f}, {len(r)} models")
    return "\n".join(lines)


def main():
    p = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split(
        "\n\n")[0])
    p.add_argument("mlopt")
    p.add_argument("--engine")
    p.add_argument("--threads", default="1,2")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=1)
    p.add_argument("--peers", default="onnxruntime")
    p.add_argument("--markdown")
    p.add_argument("models", nargs="+")
    args = p.parse_args()
    args.peers = args.peers.split(",")
    parts = [f"{cpu()}; {time.strftime('%Y-%m-%d')}; "
             f"engine {args.engine or 'default'}; {args.rounds} rounds of "
             f"{args.seconds:g} s"]
    for threads in map(int, args.threads.split(",")):
        parts.append(suite(args, threads, bool(args.markdown)))
    text = "\n\n".join(parts) + "\n"
    print(text)
    if args.markdown:
        with open(args.markdown, "w") as f:
            f.write("# Latency\n\n" + text)


if __name__ == "__main__":
    main()
