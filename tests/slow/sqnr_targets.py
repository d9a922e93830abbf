#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Static int8 with no other option, against ONNX Runtime's static int8.

usage: sqnr_targets.py SHARED MLOPT [MODEL...]

Both quantize the same file with the same samples; ONNX Runtime with each of
its calibration methods, QDQ, per channel.  ONNX Runtime executes all results
on samples that were not calibrated with.  Prints the signal to noise ratio of
each output and exits 1 where ours is below the best of theirs; the ratio of
several outputs is the mean of their decibels.  Needs numpy, onnx, onnxruntime
and PIL.
"""
import concurrent.futures, contextlib, glob, logging, os, subprocess, sys, tempfile, wave

import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from PIL import Image

import judge

SHARED, MLOPT = sys.argv[1:3]
MODELS = SHARED + '/data/models/%s/model.onnx'
DATASETS = SHARED + '/data/datasets/'
METHODS = ('MinMax', 'Percentile', 'Entropy')


# ---- samples: a dictionary of arrays, samples along the first axis ---------

def images(pattern, width, height, mean, scale, bgr=False, count=None):
    paths = sorted(glob.glob(DATASETS + pattern, recursive=True))
    paths = [p for p in paths if p.endswith(('.jpg', '.jpeg', '.png'))]
    paths = paths[::max(1, len(paths) // count)] if count else paths
    for path in paths:
        x = np.asarray(Image.open(path).convert('RGB').resize((width, height), Image.BILINEAR), np.float32)
        x = x[:, :, ::-1] if bgr else x
        yield ((x - np.float32(mean)) * np.float32(scale)).transpose(2, 0, 1)


def vit():
    mean, std = np.array([0.4914, 0.4822, 0.4465]), np.array([0.2470, 0.2435, 0.2616])
    return {'input': np.stack([*images('cifar10-test-2000/*/*', 32, 32, 255 * mean, 1 / (255 * std), count=200)])}


def yolox():
    return {'images': np.stack([*images('coco-40/*', 416, 416, 0, 1, bgr=True, count=16)])}


def ultraface():
    return {'input': np.stack([*images('faces-24/*', 320, 240, 127, 1 / 128)])}


def ppocr():
    """Each photograph, and the same upside down."""
    x = np.stack([*images('rapidocr-images/*', 192, 48, 127.5, 1 / 127.5)])
    return {'x': np.stack([x, x[:, :, ::-1, ::-1]], 1).reshape(-1, *x.shape[1:])}


def magika():
    """Both ends of every file, stripped, padded with token 256."""
    rows = []
    for path in sorted(glob.glob(DATASETS + 'magika-basic-files/*/*')):
        with open(path, 'rb') as f:
            text = f.read()
        row = np.full(2048, 256, np.int32)
        begin, end = text[:4096].lstrip()[:1024], text[-4096:].rstrip()[-1024:]
        row[:len(begin)] = [*begin]
        row[2048 - len(end):] = [*end]
        rows.append(row)
    return {'bytes': np.stack(rows)}


def silero():
    """Steps of a minute of speech, each with the state that the last left."""
    with wave.open(DATASETS + 'silero-audio/tests/data/test.wav') as f:
        x = np.frombuffer(f.readframes(f.getnframes()), np.int16).astype(np.float32) / 32768
    run = judge.session(MODELS % 'silero-vad').run
    state, before, steps = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32), []
    for i in range(0, len(x) - 511, 512):
        step = {'input': np.concatenate([before, x[i:i + 512]])[None], 'state': state, 'sr': np.array(16000)}
        steps.append(step)
        state, before = run(None, step)[1], x[i + 448:i + 512]
    return {k: np.stack([s[k] for s in steps[::8]]) for k in ('input', 'state')}


PLAN = {'vit-cifar-pgd': vit, 'yolox-nano': yolox, 'ultraface-rfb-320': ultraface,
        'silero-vad': silero, 'ppocr-cls': ppocr, 'magika-v3.3': magika}


def float_model(name, folder):
    """silero-vad decides at run time, in If, which ONNX Runtime's quantizer
    does not look into: both get its branch for this rate and shape."""
    if name != 'silero-vad':
        return MODELS % name
    model = onnx.load(MODELS % name)
    rate, = [i for i in model.graph.input if i.name == 'sr']
    model.graph.input.remove(rate)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(16000), 'sr'))
    for value, shape in zip(model.graph.input, ([1, 576], [2, 1, 128])):
        for dim, n in zip(value.type.tensor_type.shape.dim, shape):
            dim.dim_value = n
    onnx.save(model, folder + '/wide.onnx')
    subprocess.run([MLOPT, 'optimize', folder + '/wide.onnx', '-o', folder + '/float.onnx'], check=True)
    return folder + '/float.onnx'


def feeds(session, x, index):
    """One sample a run, as the model's inputs want it."""
    for i in index:
        yield {v.name: x[v.name][i:i + 1] if len(v.shape) == x[v.name].ndim else x[v.name][i]
               for v in session.get_inputs()}


# ---- quantizing and judging ------------------------------------------------

class Reader(CalibrationDataReader):
    def __init__(self, samples):
        self.samples = samples

    def get_next(self):
        return next(self.samples, None)


def theirs(path, x, index, method, out):
    """Where ONNX Runtime's quantizer wrote its model, or why it did not."""
    logging.disable(logging.CRITICAL)
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(None):
            ready, newer = folder + '/ready.onnx', folder + '/newer.onnx'
            # Its scales by channel need opset 13 but do not ask for it.
            subprocess.run([MLOPT, 'convert', path, '-o', newer, '--opset', '17'], check=True)
            quant_pre_process(newer, ready, skip_symbolic_shape=True)
            given = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
            quantize_static(ready, out, Reader(feeds(given, x, index)), quant_format=QuantFormat.QDQ, per_channel=True,
                            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                            calibrate_method=CalibrationMethod[method])
        return out, None
    except Exception as e:  # whatever it trips over
        return None, f'{type(e).__name__}: {e}'.split('\n')[0][:100]


def ours(path, x, index, folder, out):
    np.savez(folder + '/data.npz', **{k: v[index] for k, v in x.items()})
    subprocess.run([MLOPT, 'quantize', path, '-o', out, '--data', folder + '/data.npz'], check=True)


def outputs(path, x, index):
    session = judge.session(path)
    runs = [session.run(None, f) for f in feeds(session, x, index)]
    return [np.concatenate([r[i].ravel() for r in runs]).astype(np.float64) for i in range(len(runs[0]))]


def decibels(reference, found):
    return [10 * np.log10((a * a).sum() / max(((a - b) ** 2).sum(), 1e-300)) for a, b in zip(reference, found)]


def measure(name, pool, folder):
    """Whether ours is as good."""
    path, x = float_model(name, folder), PLAN[name]()
    every = np.arange(len(next(iter(x.values()))))
    calibration, judged = every[::2], every[1::2]
    reference = outputs(path, x, judged)
    made = {m: pool.submit(theirs, path, x, calibration, m, f'{folder}/{m}.onnx') for m in METHODS}
    ours(path, x, calibration, folder, folder + '/ours.onnx')
    mine = decibels(reference, outputs(folder + '/ours.onnx', x, judged))
    best, told = -np.inf, []
    for method, future in made.items():
        out, why = future.result()
        if not out:
            told.append(f'{method} failed ({why})')
            continue
        try:
            d = decibels(reference, outputs(out, x, judged))
        except Exception as e:
            told.append(f'{method} wrote what it cannot run ({str(e)[:100]})')
            continue
        told.append(f'{method} ' + '/'.join(f'{v:.1f}' for v in d))
        best = max(best, float(np.mean(d)))
    holds = float(np.mean(mine)) >= best
    print(f'{"ok  " if holds else "MISS"} {name}, {len(judged)} samples: ' +
          '/'.join(f'{v:.1f}' for v in mine) + ' dB; ONNX Runtime: ' + ', '.join(told), flush=True)
    return holds


def main():
    missed = 0
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for name in sys.argv[3:] or PLAN:
            with tempfile.TemporaryDirectory() as folder:
                missed += not measure(name, pool, folder)
    print(f'{missed} missed')
    return missed > 0


if __name__ == '__main__':
    sys.exit(main())
