#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The product of quantize's options on the digits models, held by ONNX Runtime.

usage: quantize_options.py TESTDATA MLOPT [--every=N] [MODEL...]

Each combination either makes a model that passes onnx.checker and runs in ONNX
Runtime near the original, or is refused with status 2 or 4 and a message.
Prints what does neither, and a summary.  --every=N tries every N-th only,
which meets all pairs of options if N is no multiple of 2, 3 or 7.  Needs
numpy, onnx, onnxruntime.
"""
import collections, itertools, os, subprocess, sys, tempfile

import numpy as np
import onnx

import judge

TESTDATA, MLOPT = sys.argv[1:3]
EVERY = ([int(a[8:]) for a in sys.argv[3:] if a.startswith('--every=')] or [1])[0]
MODELS = [a for a in sys.argv[3:] if not a.startswith('--')] or ['digits-cnn', 'digits-gru', 'digits-transformer']

CODES = [
    [f'--scheme linear --bits {b}' for b in (8, 4, 3, 2)] + [f'--scheme log --bits {b}' for b in (8, 5, 4, 3)]
    + [f'--scheme log --base 2 --bits {b}' for b in (5, 4)]
    + ['--scheme auto --bits 4', '--scheme auto --bits 8', '--scheme float8e4m3fn', '--scheme float8e5m2'],
    [f'--activations {a}' for a in ('float', 'int8', 'int16', 'dynamic')],
    ['', '--format qoperator'],
    ['', '--block 32', '--granularity tensor'],
    ['', '--carrier int8', '--carrier lut'],
    ['--no-feedback', '--keep-first', '--keep-last --ranges percentile'],
]
TYPES = [
    ['--to float16', '--to bfloat16'],
    [''] + [f'--activations {a}' for a in ('float', 'float16', 'bfloat16', 'int8')],
    ['', '--format qdq'],
]


def combinations():
    for options in (CODES, TYPES):
        for words in itertools.product(*options):
            yield ' '.join(w for w in words if w).split()


def near(path, x, reference, options):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    if options[:2] == ['--to', 'bfloat16'] and options[-1] == 'bfloat16':
        return True  # which ONNX Runtime does not compute on CPUs
    got = judge.session(path).run(None, {'image': x})[0]
    noise = ((got.astype(np.float64) - reference) ** 2).sum()
    # Two bits lose much; a broken operator loses everything.
    least = 0 if '2' in options or '3' in options else 3
    return bool(noise < (reference ** 2).sum() / 10 ** (least / 10))


def outcome(source, options, folder, x, reference):
    made = subprocess.run([MLOPT, 'quantize', source, '--sketch', folder + '/sketch', '-o', folder + '/out.onnx', *options],
                          capture_output=True, text=True)
    if made.returncode in (2, 4):
        return 'refused' if made.stderr else 'refused without a word'
    if made.returncode:
        return f'status {made.returncode}: {made.stderr.strip()}'
    try:
        return 'works' if near(folder + '/out.onnx', x, reference, options) else 'far off'
    except Exception as why:
        return 'broken: ' + ' '.join(str(why).split())[:200]


def walk(name, folder):
    source = os.path.join(TESTDATA, name + '.onnx')
    x = np.load(os.path.join(TESTDATA, 'digits-test.npz'))['image'][:64]
    reference = judge.session(source).run(None, {'image': x})[0].astype(np.float64)
    counts = collections.Counter()
    subprocess.run([MLOPT, 'calibrate', source, '--data', os.path.join(TESTDATA, 'digits-calibration.npz'),
                    '-o', folder + '/sketch'], check=True)
    for options in itertools.islice(combinations(), 0, None, EVERY):
        found = outcome(source, options, folder, x, reference)
        counts[found.split(':')[0]] += 1
        if found not in ('works', 'refused'):
            print(f'MISS {name} {" ".join(options)}: {found}', flush=True)
    print(name, dict(counts), flush=True)
    return set(counts) <= {'works', 'refused'}


if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(not all([walk(m, folder) for m in MODELS]))
