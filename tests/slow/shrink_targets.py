#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What shrinking real models may cost: measured with ONNX Runtime, and held.

usage: shrink_targets.py SHARED MLOPT [MODEL...]

SHARED holds data/models and data/datasets; MLOPT is the program.  Needs numpy,
onnx and onnxruntime.  Calibrates on every tenth sample, judges on all of them.
Prints a line for each criterion and exits 1 if one does not hold.
"""
import collections, gzip, json, os, subprocess, sys, tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import judge

SHARED, MLOPT = sys.argv[1:3]
MODELS = SHARED + '/data/models/%s/model.onnx'
DATASETS = SHARED + '/data/datasets/'
failures = 0

CIFAR = ['--data', DATASETS + 'cifar10-test-2000', '--scale', '0.00392156862745098',
         '--mean', '0.4914,0.4822,0.4465', '--std', '0.2470,0.2435,0.2616']
MNIST = ['--data', DATASETS + 'mnist-5000/images-idx3-ubyte.gz']

Method = collections.namedtuple('Method', 'name command loss sqnr weights file')
INT8 = Method('int8', 'quantize', 0.3, 26, 0.27, 0.36)
LOG8 = Method('log 8-bit', 'quantize --scheme log --bits 8', 0.3, None, None, None)


def sqrt2(loss):
    return Method('log 4-bit sqrt2', 'quantize --scheme log --bits 4 --base sqrt2', loss, None, 0.15, None)


BASE2 = Method('log 4-bit base 2', 'quantize --scheme log --bits 4 --base 2', 0.2, None, None, None)


def auto(bits, loss, sqnr):
    return Method(f'auto {bits}-bit', f'quantize --scheme auto --bits {bits}', loss, sqnr, 0.15, None)


def target(file):
    return Method('top-1 drop <= 0.5', 'quantize --target top1_drop<=0.5 --minimize size --labels folders', 0.5, None, None, file)


HALF = Method('50 % zeros', 'prune --sparsity 0.5', 1.0, 15, None, None)
TWO_FOUR = Method('2:4', 'prune --pattern 2:4', 2.0, 12, None, None)

PLAN = {
    'mnist-8': (MNIST, [INT8, LOG8, sqrt2(None), BASE2._replace(loss=None), TWO_FOUR._replace(sqnr=None)]),
    'cifar-resnet20': (CIFAR, [INT8, LOG8, sqrt2(0.4), BASE2, auto(4, 0.1, 26), auto(3, 0.2, 20), target(0.12), HALF, TWO_FOUR]),
    'cifar-mobilenetv2': (CIFAR, [INT8, LOG8, sqrt2(1.0), auto(4, 0.3, 23), auto(3, 3.0, 17), target(0.17), HALF, TWO_FOUR]),
}


def mlopt(*arguments):
    subprocess.run([MLOPT, *map(str, arguments)], check=True)


def hold(what, found, holds, wanted):
    """One line; remembers a miss.  HOLDS None: reported only."""
    global failures
    print(f'{"    " if holds is None else "ok  " if holds else "MISS"} {what}: {found} {wanted}', flush=True)
    failures += holds is False


def at_most(what, found, most, unit=''):
    hold(what, f'{found:.3g}{unit}', None if most is None else found <= most, '' if most is None else f'(at most {most})')


def labels_of(name):
    if name == 'mnist-8':
        return np.frombuffer(gzip.open(DATASETS + 'mnist-5000/labels-idx1-ubyte.gz').read(), np.uint8, offset=8)
    root = DATASETS + 'cifar10-test-2000/'
    folders = sorted(d for d in os.listdir(root) if os.path.isdir(root + d))
    return np.concatenate([np.full(sum(f.endswith('.jpg') for f in os.listdir(root + d)), i) for i, d in enumerate(folders)])


def inputs_of(model, options, folder):
    """The samples as the model gets them: what an identity returns."""
    given = [i for i in model.graph.input if i.name not in {t.name for t in model.graph.initializer}][0]
    out = helper.make_tensor_value_info('out', TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node('Identity', [given.name], ['out'])], 'same', [given], [out])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8), folder + '/same.onnx')
    return given.name, ours(folder + '/same.onnx', options, folder)


def ours(path, options, folder):
    mlopt('run', path, *options, '-o', folder + '/out.npz')
    with np.load(folder + '/out.npz') as z:
        return z[z.files[0]]


def onnx_runtime(path, name, x):
    runner = judge.session(path)
    step = runner.get_inputs()[0].shape[0]
    step = step if isinstance(step, int) else 100
    return np.concatenate([runner.run(None, {name: x[i:i + step]})[0] for i in range(0, len(x), step)])


def net_loss(reference, candidate, labels):
    a, b = reference.argmax(1) == labels, candidate.argmax(1) == labels
    return 100 * ((a & ~b).sum() - (~a & b).sum()) / len(labels)


def output_step(model, reference):
    """The step of the output's quantizer, or of 256 levels over its range."""
    made = {o: n for n in model.graph.node for o in n.output}[model.graph.output[0].name]
    if made.op_type == 'DequantizeLinear':
        scale = [t for t in model.graph.initializer if t.name == made.input[1]]
        return float(numpy_helper.to_array(scale[0]))
    return float(reference.max() - reference.min()) / 255


def agree(what, path, a, b):
    step = output_step(onnx.load(path), a)
    close = (np.abs(a - b) <= step * 1.001).mean()
    hold(what + ', elements within one step of ONNX Runtime', f'{100 * close:.3f} %', bool(close >= 0.999), '(at least 99.9)')
    same = (a.argmax(1) == b.argmax(1)).mean()
    hold(what + ', same top-1 as ONNX Runtime', f'{100 * same:.2f} %', bool(same >= 0.995), '(at least 99.5)')


def exactly_two_of_four(path, report):
    """Each full group of four weights of a pruned layer's rows has two zeros."""
    model = onnx.load(path)
    init = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    for node in model.graph.node:
        done = [l for l in report['layers'] if l['name'] in (node.name, node.output[0])]
        if not done or 'dense' in done[0]:
            continue
        w = init[node.input[1]]
        transposed = node.op_type == 'MatMul' or node.op_type == 'Gemm' and not any(a.name == 'transB' and a.i for a in node.attribute)
        w = (w.T if transposed else w).reshape(w.shape[1] if transposed else w.shape[0], -1)
        w = w[:, :w.shape[1] // 4 * 4].reshape(-1, 4)
        if not ((w == 0).sum(1) == 2).all():
            return False
    return True


def judge_method(name, method, options, reference, labels, x, input_name, folder):
    what, path = f'{name}, {method.name}', f'{folder}/{method.name.replace(" ", "_").replace("<=", "").replace(":", "_")}.onnx'
    command, *more = method.command.split()
    mlopt(command, MODELS % name, '-o', path, *more, *options, '--samples', '::10', f'--json={path}.json')
    report = json.load(open(path + '.json'))
    onnx.checker.check_model(path, full_check=True)
    candidate = onnx_runtime(path, input_name, x)
    at_most(what + ', net loss', net_loss(reference, candidate, labels), method.loss, ' points')
    noise = ((reference - candidate).astype(np.float64) ** 2).sum()
    sqnr = 10 * np.log10((reference.astype(np.float64) ** 2).sum() / noise)
    hold(what + ', SQNR', f'{sqnr:.1f} dB', None if method.sqnr is None else bool(sqnr >= method.sqnr), f'(at least {method.sqnr})' if method.sqnr else '')
    if 'weight_ratio' in report:
        at_most(what + ', weight bytes', report['weight_ratio'], method.weights, 'x')
        hold(what + ', bits', f'{report["logical_bits"]:.3g} in {report["carried_bits"]:.3g}', None, '')
    before = os.path.getsize(MODELS % name)
    at_most(what + ', file', os.path.getsize(path) / before, method.file if before > 200000 else None, 'x')
    if method.name == '2:4':
        hold(what + ', two zeros in every four', '', exactly_two_of_four(path, report), '')
    agree(what, path, candidate, ours(path, options, folder))
    return path


def same_bytes(what, a, b):
    hold(what, '', open(a, 'rb').read() == open(b, 'rb').read(), '')


def judge_shards(name, options, folder):
    part = [*options, '--samples', '::10']
    mlopt('calibrate', MODELS % name, *part, '-o', folder + '/whole')
    parts = [f'{folder}/part{i}' for i in range(7)]
    for i, p in enumerate(parts):
        mlopt('calibrate', MODELS % name, *part, '--shard', f'{i}/7', '--threads', 1 + i % 2, '-o', p)
    mlopt('merge', *parts[::-1], '-o', folder + '/merged')
    same_bytes(f'{name}, sketches of 1 and 7 shards are the same', folder + '/whole', folder + '/merged')


def judge_threads(name, method, options, folder):
    command, *more = method.command.split()
    for threads in (1, 2):
        mlopt(command, MODELS % name, '-o', f'{folder}/t{threads}.onnx', *more, *options, '--samples', '::10', '--threads', threads)
    same_bytes(f'{name}, {method.name}: the same model with 1 and 2 threads', folder + '/t1.onnx', folder + '/t2.onnx')


def judge_pruned_int8(name, options, reference, labels, x, input_name, pruned, folder):
    """2:4, then int8: zeros stay."""
    path = folder + '/sparse-int8.onnx'
    mlopt('quantize', pruned, '-o', path, *options, '--samples', '::10')
    candidate = onnx_runtime(path, input_name, x)
    at_most(f'{name}, 2:4 and int8, net loss', net_loss(reference, candidate, labels), None, ' points')

    def zeros(p, dtype):
        arrays = [numpy_helper.to_array(t) for t in onnx.load(p).graph.initializer if t.data_type == dtype]
        return sum(int((a == 0).sum()) for a in arrays if a.ndim > 1)
    before, after = zeros(pruned, TensorProto.FLOAT), zeros(path, TensorProto.INT8)
    hold(f'{name}, 2:4 and int8, zeros', f'{before} -> {after}', after >= before, '')


def main():
    for name in sys.argv[3:] or PLAN:
        options, methods = PLAN[name]
        with tempfile.TemporaryDirectory() as folder:
            labels = labels_of(name)
            input_name, x = inputs_of(onnx.load(MODELS % name), options, folder)
            reference = onnx_runtime(MODELS % name, input_name, x)
            accuracy = 100 * (reference.argmax(1) == labels).mean()
            hold(f'{name}, accuracy of the reference', f'{accuracy:.2f} %', bool(accuracy > 80), '')
            for m in methods:
                path = judge_method(name, m, options, reference, labels, x, input_name, folder)
                if m.name == '2:4':
                    judge_pruned_int8(name, options, reference, labels, x, input_name, path, folder)
            judge_shards(name, options, folder)
            for m in (INT8, sqrt2(None), TWO_FOUR):
                judge_threads(name, m, options, folder)
    print(f'{failures} missed')
    return failures > 0


if __name__ == '__main__':
    sys.exit(main())
