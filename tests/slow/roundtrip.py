#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every ONNX file below DIR, read and written by us, still says the same.

usage: roundtrip.py REWRITE DIR      (REWRITE: the program of rewrite.c)

What Python's protobuf sees in the original and in our copy is compared
message by message, unknown fields included; a copy of the copy must have the
same bytes.  Repeated messages are compared as multisets, because we sort
nodes that are out of order.  Files that we refuse are listed with the reason;
the exit status is 1 only for differences.
"""

import collections
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tempfile

import onnx
from google.protobuf.unknown_fields import UnknownFieldSet


def scalar(x):
    if isinstance(x, float):
        return struct.pack("<d", x)
    if isinstance(x, bytes) and len(x) > 64:
        return hashlib.sha256(x).digest()
    return x


def unknown(fields):
    out = []
    for f in fields:
        data = f.data
        if isinstance(data, UnknownFieldSet):
            data = unknown(data)
        out.append((f.field_number, f.wire_type, scalar(data)))
    return tuple(sorted(out, key=repr))


def digest(m):
    """A hash of M that does not depend on the order of its submessages."""
    parts = []
    for field, value in m.ListFields():
        if field.message_type is None:
            if isinstance(value, (str, bytes, int, float, bool)):
                parts.append((field.number, scalar(value)))
            else:
                parts.append((field.number, tuple(map(scalar, value))))
        elif hasattr(value, "ListFields"):
            parts.append((field.number, digest(value)))
        else:
            parts.append((field.number, tuple(sorted(map(digest, value)))))
    parts.append(unknown(UnknownFieldSet(m)))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def parse(path, kinds):
    with open(path, "rb") as f:
        data = f.read()
    for kind in kinds:
        m = kind()
        try:
            m.ParseFromString(data)
        except Exception:
            continue
        if data and (kind is not onnx.ModelProto or m.HasField("graph")):
            return m
    return None


def mark_shadowed(before, after):
    """Optimizers append Constants whose names are taken; the last of a name
    counts and the reader renames the others.  They get one name here."""
    last = {o: i for i, n in enumerate(before.graph.node) for o in n.output}
    names = set(last)
    for i, n in enumerate(before.graph.node):
        if n.op_type == "Constant" and last[n.output[0]] != i:
            n.output[0] = "(shadowed)"
    for n in after.graph.node:
        if n.op_type == "Constant" and n.output[0] not in names:
            n.output[0] = "(shadowed)"


def find_difference(a, b, where=""):
    """The first field in which messages A and B differ, for the report."""
    fields = {f.number: f for f, _ in a.ListFields() + b.ListFields()}
    for f in fields.values():
        x, y = getattr(a, f.name), getattr(b, f.name)
        here = f"{where}.{f.name}"
        if f.message_type is None:
            if repr(x) != repr(y) or a.HasField(f.name) != b.HasField(f.name) \
                    if not hasattr(x, "append") else list(x) != list(y):
                return f"{here}: {str(x)[:80]!r} became {str(y)[:80]!r}"
        elif hasattr(x, "ListFields"):
            if digest(x) != digest(y):
                return find_difference(x, y, here)
        else:
            left = collections.Counter(map(digest, x))
            right = collections.Counter(map(digest, y))
            if left != right:
                lost = [i for i in x if not right[digest(i)]]
                new = [i for i in y if not left[digest(i)]]
                if lost and new:
                    return find_difference(lost[0], new[0], here)
                return f"{here}: {len(x)} became {len(y)}"
    return f"{where}: unknown fields"


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    rewrite = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)

    def run(source, target):
        rewrite.stdin.write(f"{source}\t{target}\n")
        rewrite.stdin.flush()
        return rewrite.stdout.readline().rstrip("\n")

    values = [onnx.TensorProto, onnx.SequenceProto, onnx.OptionalProto]
    same = refused = wrong = 0
    scratch = tempfile.mkdtemp()
    for folder, _, names in sorted(os.walk(sys.argv[2])):
        for name in sorted(names):
            source = os.path.join(folder, name)
            if not name.endswith((".onnx", ".pb")):
                continue
            kinds = [onnx.ModelProto] if name.endswith(".onnx") else values
            before = parse(source, kinds)
            out = tempfile.mkdtemp(dir=scratch)
            first, second = os.path.join(out, "a"), os.path.join(out, "b")
            os.mkdir(first)
            os.mkdir(second)
            first, second = os.path.join(first, name), os.path.join(second, name)
            answer = run(source, first)
            if answer != "ok":
                if before is not None:
                    refused += 1
                    print(f"refused: {answer}")
                continue
            if before is None:
                print(f"{source}: accepted, but protobuf cannot parse it")
                wrong += 1
                continue
            after = type(before)()
            with open(first, "rb") as f:
                after.ParseFromString(f.read())
            if kinds == [onnx.ModelProto]:
                mark_shadowed(before, after)
            again = run(first, second)
            if digest(before) != digest(after):
                # A .pb file may parse as several kinds; ours is the judge.
                wrong += 1
                print(f"{source}: {find_difference(before, after)}")
            elif again != "ok" or \
                    open(first, "rb").read() != open(second, "rb").read():
                wrong += 1
                print(f"{source}: the second copy differs {again}")
            else:
                same += 1
            shutil.rmtree(out)
    shutil.rmtree(scratch)
    print(f"{same} the same, {refused} refused, {wrong} different")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
