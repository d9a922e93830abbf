# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime as the judge of quantized models."""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper

onnxruntime.set_default_logger_severity(3)


def multiplies_exactly():
    """Without VNNI ONNX Runtime's products of uint8 and int8 saturate."""
    with open("/proc/cpuinfo") as f:
        flags = f.read().split()
    return "avx512_vnni" in flags or "avx_vnni" in flags


def write_zero_points(graph):
    init = {t.name: t for t in graph.initializer}
    for node in graph.node:
        for a in node.attribute:
            if a.type == onnx.AttributeProto.GRAPH:
                write_zero_points(a.g)
        codes = init.get(node.input[0]) if node.input else None
        if node.op_type == "DequantizeLinear" and len(node.input) == 2 \
                and codes is not None and codes.data_type == TensorProto.INT8:
            zero = np.zeros(list(init[node.input[1]].dims), np.int8)
            name = f"zero_point_of_{node.output[0]}"
            graph.initializer.append(numpy_helper.from_array(zero, name))
            node.input.append(name)


def with_zero_points(path):
    """The model, zero points written out: the mode that multiplies weights as
    uint8 forgets that they may be absent."""
    model = onnx.load(path)
    write_zero_points(model.graph)
    return model.SerializeToString()


def session(path, threads=1):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    if not multiplies_exactly():
        options.add_session_config_entry("session.x64quantprecision", "1")
        path = with_zero_points(path)
    return onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"])
