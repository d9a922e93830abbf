#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All ways to shrink labelled models beside ONNX Runtime's quantizer.

usage: methods.py SHARED TESTDATA MLOPT SVG [MODEL...]

SHARED holds data/models and data/datasets, TESTDATA the digits models.  Prints
a table in Markdown, a row for each method: net loss in points, SQNR of the
logits on samples not calibrated with, size of the file, seconds it took.  SVG
is written: decibels over size, a panel for each model.  ONNX Runtime executes
all models.  Needs numpy, onnx, onnxruntime and PIL.
"""
import collections, contextlib, glob, html, logging, math, os, subprocess, sys, tempfile, time

import numpy as np
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

import judge

SHARED, TESTDATA, MLOPT, SVG = sys.argv[1:5]
Found = collections.namedtuple('Found', 'loss sqnr size seconds')

OURS = {
    'int8': 'quantize',
    'int8, to nearest': 'quantize --no-feedback',
    'int8, dynamic': 'quantize --activations dynamic',
    '8 bits, weights': 'quantize --activations float',
    '8 bits, logarithmic': 'quantize --scheme log --bits 8',
    '4 bits, auto': 'quantize --scheme auto --bits 4',
    '3 bits, auto': 'quantize --scheme auto --bits 3 --carrier packed',
    '4 bits, blocks of 32': 'quantize --bits 4 --block 32',
    'float16': 'quantize --to float16',
    '50 % zeros': 'prune --sparsity 0.5',
    '2:4': 'prune --pattern 2:4',
    '25 % fewer channels': 'prune --pattern structured --sparsity 0.25',
}
THEIRS = ['MinMax', 'Percentile', 'Entropy', 'dynamic']


# ---- models: path, inputs, labels, numbers of the calibration samples -------

def cifar(name):
    paths = sorted(glob.glob(SHARED + '/data/datasets/cifar10-test-2000/*/*.jpg'))
    x = np.stack([np.asarray(Image.open(p), np.float32) for p in paths]) / 255
    x = (x - np.float32([0.4914, 0.4822, 0.4465])) / np.float32([0.2470, 0.2435, 0.2616])
    classes = sorted({os.path.dirname(p) for p in paths})
    labels = np.array([classes.index(os.path.dirname(p)) for p in paths])
    given = judge.session(f'{SHARED}/data/models/{name}/model.onnx').get_inputs()[0].name
    return f'{SHARED}/data/models/{name}/model.onnx', {given: x.transpose(0, 3, 1, 2).copy()}, labels, np.arange(0, len(x), 10)


def arrays(path, first, second):
    """The samples of FIRST are for calibration."""
    a, b = np.load(first), np.load(second)
    x = {k: np.concatenate([a[k], b[k]]) for k in a.files if k != 'label'}
    count = len(next(iter(a.values())))
    # Nothing is judged on those: their labels do not matter.
    return path, x, np.concatenate([np.full(count, -1), b['label']]), np.arange(count)


def digits(name):
    return arrays(f'{TESTDATA}/{name}.onnx', TESTDATA + '/digits-calibration.npz', TESTDATA + '/digits-test.npz')


def agnews(name):
    folder = SHARED + '/data/datasets/agnews-test-2000/agnews'
    return arrays(f'{SHARED}/data/models/{name}/model.onnx', folder + '-calibration.npz', folder + '.npz')


MODELS = {'cifar-resnet20': cifar, 'cifar-mobilenetv2': cifar, 'agnews-encoder': agnews,
          'digits-cnn': digits, 'digits-transformer': digits, 'digits-gru': digits}


# ---- making and judging -----------------------------------------------------

class Reader(CalibrationDataReader):
    def __init__(self, x, index):
        self.feeds = iter([{k: v[i:i + 1] for k, v in x.items()} for i in index])

    def get_next(self):
        return next(self.feeds, None)


def ours(path, x, index, command, out):
    with tempfile.TemporaryDirectory() as folder:
        np.savez(folder + '/data.npz', **{k: v[index] for k, v in x.items()})
        verb, *more = command.split()
        data = [] if '--to' in more or 'dynamic' in more else ['--data', folder + '/data.npz']
        started = time.monotonic()
        subprocess.run([MLOPT, verb, path, '-o', out, *more, *data], check=True, capture_output=True)
        return time.monotonic() - started


def theirs(path, x, index, method, out):
    started = time.monotonic()
    ready, newer = out + '.ready', out + '.newer'
    # Its scales by channel need opset 13 but do not ask for it.
    subprocess.run([MLOPT, 'convert', path, '-o', newer, '--opset', '17'], check=True)
    quant_pre_process(newer, ready, skip_symbolic_shape=True)
    if method == 'dynamic':
        quantize_dynamic(ready, out, per_channel=True, weight_type=QuantType.QInt8)
    else:
        quantize_static(ready, out, Reader(x, index), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod[method])
    return time.monotonic() - started


def scores(path, x):
    runner = judge.session(path)
    given = runner.get_inputs()
    count, fixed = len(next(iter(x.values()))), given[0].shape[0]
    step = fixed if isinstance(fixed, int) else 50
    return np.concatenate([runner.run(None, {v.name: x[v.name][i:i + step] for v in given})[0] for i in range(0, count, step)]).astype(np.float64)


def try_one(make, path, x, index, how, labels, reference):
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(None):
        try:
            seconds = make(path, x, index, how, folder + '/out.onnx')
            got = scores(folder + '/out.onnx', x)
        except subprocess.CalledProcessError:
            return 'refused'
        except Exception:  # whatever it trips over
            return 'broken'
        size = os.path.getsize(folder + '/out.onnx') / os.path.getsize(path)
    judged = np.setdiff1d(np.arange(len(labels)), index)
    right, still = reference.argmax(1) == labels, got.argmax(1) == labels
    noise = ((reference - got)[judged] ** 2).sum()
    loss = 100 * (right[judged].mean() - still[judged].mean())
    return Found(loss, 10 * math.log10((reference[judged] ** 2).sum() / max(noise, 1e-30)), size, seconds)


def measure(name):
    path, x, labels, index = MODELS[name](name)
    reference = scores(path, x)
    found = {w: try_one(ours, path, x, index, c, labels, reference) for w, c in OURS.items()}
    for m in THEIRS:
        found['ONNX Runtime, ' + m] = try_one(theirs, path, x, index, m, labels, reference)
    judged = np.setdiff1d(np.arange(len(labels)), index)
    return 100 * (reference.argmax(1) == labels)[judged].mean(), found


# ---- table and plot ---------------------------------------------------------

def cell(f):
    return f if isinstance(f, str) else f'{f.loss + 0:.2f}, {f.sqnr:.1f} dB, {f.size:.2f}x, {f.seconds:.1f} s'


def table(results):
    print('| | ' + ' | '.join(f'{n} ({top:.2f})' for n, (top, _) in results.items()) + ' |')
    print('|---' * (len(results) + 1) + '|')
    for what in [*OURS, *('ONNX Runtime, ' + m for m in THEIRS)]:
        print(f'| {what} | ' + ' | '.join(cell(found[what]) for _, found in results.values()) + ' |')


def panel(name, found, left, top):
    """Decibels (0 to 85) over size (0.1 to 1.2, logarithmic, larger at the edge), 260 by 200."""
    def place(f):
        return left + 260 * (1 + math.log10(min(max(f.size, 0.1), 1.2))) / 1.08, top + 200 * (1 - min(max(f.sqnr, 0), 85) / 85)
    yield f'<text x="{left}" y="{top - 8}" font-weight="bold">{html.escape(name)}</text>'
    yield f'<rect x="{left}" y="{top}" width="260" height="200" fill="none" stroke="#888"/>'
    for d in (20, 40, 60, 80):
        y = top + 200 * (1 - d / 85)
        yield f'<path d="M{left} {y:.1f}h260" stroke="#ddd"/><text x="{left - 4}" y="{y + 3:.1f}" text-anchor="end">{d} dB</text>'
    for size in (0.1, 0.25, 0.5, 1):
        yield f'<text x="{left + 260 * (1 + math.log10(size)) / 1.08:.1f}" y="{top + 213}" text-anchor="middle">{size}x</text>'
    made = sorted([(place(f), what, f) for what, f in found.items() if not isinstance(f, str)], key=lambda m: m[0][1])
    free = {True: 0, False: 0}  # of labels on either side, from here down
    for (x, y), what, f in made:
        theirs, before = what.startswith('ONNX'), x > left + 170
        colour = 'fill="none" stroke="#c33" stroke-width="1.5"' if theirs else 'fill="#27a"'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" {colour}><title>{html.escape(what)}: {cell(f)}</title></circle>'
        if theirs:
            continue
        text = max(y + 3, free[before])
        free[before] = text + 8
        anchor = f'x="{x - 6:.1f}" text-anchor="end"' if before else f'x="{x + 6:.1f}"'
        yield f'<text {anchor} y="{text:.1f}" fill="#246" font-size="8">{html.escape(what)}</text>'


def plot(results):
    rows = (len(results) + 2) // 3
    width, height = 3 * 320 + 20, rows * 250 + 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="9">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             '<text x="45" y="14">SQNR of the logits over size of the file; filled: mlopt, rings: ONNX Runtime\'s quantizer</text>']
    for i, (name, (_, found)) in enumerate(results.items()):
        parts += panel(name, found, 45 + i % 3 * 320, 45 + i // 3 * 250)
    with open(SVG, 'w') as f:
        f.write('\n'.join([*parts, '</svg>', '']))


if __name__ == '__main__':
    measured = {n: measure(n) for n in sys.argv[5:] or MODELS}
    table(measured)
    plot(measured)
