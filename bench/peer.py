# SPDX-License-Identifier: Apache-2.0
"""One model in a peer, held ready: a child process of compare.py.

usage: peer.py onnxruntime|openvino MODEL THREADS

Prints "ready LOAD_MS", then for each line SECONDS on standard input the times
of the runs that fit into it, in ms, on one line.
"""

import sys
import time

import numpy as np

DTYPES = {"float": np.float32, "double": np.float64, "float16": np.float16,
          "int64": np.int64, "int32": np.int32, "int8": np.int8,
          "uint8": np.uint8, "bool": np.bool_}
LEAST_RUNS = 5


def made_up(name, shape, dtype):
    rng = np.random.default_rng(1)
    if "mask" in name:
        return np.ones(shape, dtype)
    if np.issubdtype(dtype, np.floating):
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, 2, shape).astype(dtype)


def onnxruntime_run(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"])
    feeds = {}
    for x in session.get_inputs():
        shape = [d if isinstance(d, int) else 1 for d in x.shape]
        feeds[x.name] = made_up(x.name, shape, DTYPES[x.type[7:-1]])
    return lambda: session.run(None, feeds)


def openvino_run(path, threads):
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    feeds = {}
    for x in model.inputs:
        shape = [d.get_length() if d.is_static else 1
                 for d in x.get_partial_shape()]
        feeds[x.get_any_name()] = made_up(
            x.get_any_name(), shape, x.get_element_type().to_dtype())
    model.reshape({k: list(v.shape) for k, v in feeds.items()})
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    return lambda: request.infer(feeds)


def main(peer, path, threads):
    started = time.perf_counter()
    run = {"onnxruntime": onnxruntime_run,
           "openvino": openvino_run}[peer](path, int(threads))
    load = time.perf_counter() - started
    for _ in range(3):
        run()
    print(f"ready {1e3 * load:.3f}", flush=True)
    for line in sys.stdin:
        times, end = [], time.perf_counter() + float(line)
        while len(times) < LEAST_RUNS or time.perf_counter() < end:
            started = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - started))
        print(" ".join(f"{t:.4f}" for t in times), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
