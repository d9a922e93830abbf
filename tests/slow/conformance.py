#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ONNX's backend tests, at their own tolerance, on every engine.

usage: conformance.py SHARED MLOPT [--write]

Every case of the suites below passes, apart from those of conformance.tsv,
each with its result and the reason; a line of that file that is no longer true
is an error too.  The reference engine's run also compares inferred types and
shapes with those that come out, and what it says of each operator makes
docs/operators.md, which --write writes anew.
"""

import collections
import json
import os
import subprocess
import sys
import time

SUITES = "node node-1.23 simple pytorch-converted pytorch-operator".split()
HERE = os.path.dirname(os.path.abspath(__file__))
DOC = os.path.join(HERE, "../../docs/operators.md")
# The share of cases that may be listed, and how far off 99 of 100 float32
# elements of an operator may be.
MOST_LISTED = 0.01
MOST_ULP = 100
# The recorded results of these are decimals of four places.
DECIMALS = {"GridSample", "RoiAlign"}


def run_suite(mlopt, data, suite, engine):
    """The JSON report; its cases by "suite/name"."""
    args = [mlopt, "test", os.path.join(data, suite), "--json", "--rtol=1e-3",
            "--atol=1e-7", f"--engine={engine}"]
    if engine == "reference":
        args.append("--shapes")
    done = subprocess.run(args, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(args)}: ended with {done.returncode}")
    report = json.loads(done.stdout)
    report["cases"] = {
        os.path.relpath(os.path.dirname(c["case"]), data): c
        for c in report["cases"]
    }
    return report


def read_list():
    listed = {}
    with open(os.path.join(HERE, "conformance.tsv")) as f:
        for line in f:
            if not line.startswith("#") and line.strip():
                case, result, reason = line.rstrip("\n").split("\t")
                listed[case] = (result, reason)
    return listed


def check_cases(cases, listed, engine):
    """Complaints about one engine's results."""
    for name, case in sorted(cases.items()):
        found, why = case["result"], case.get("why", "")
        wanted = listed.get(name, ("passed", ""))[0]
        passes = ("passed", "random")
        if found == wanted or found in passes and wanted in passes:
            continue
        if wanted != "passed":
            yield f"{engine}: {name} is {found}, but listed as {wanted}"
        else:
            yield f"{engine}: {name}: {found}: {why}"


def engines(mlopt):
    rows = json.loads(subprocess.run(
        [mlopt, "list", "engines", "--json"], check=True,
        stdout=subprocess.PIPE).stdout)["engines"]
    return [r["engine"] for r in rows if r.get("available", True)]


# ---- the table of operators ------------------------------------------------

GROUPS = [
    ("f64 f32 f16 bf16", "double float float16 bfloat16"),
    ("i64..i8", "int64 int32 int16 int8"),
    ("u64..u8", "uint64 uint32 uint16 uint8"),
    ("i4 u4", "int4 uint4"),
    ("i2 u2", "int2 uint2"),
    ("f8", "float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz"),
    ("f8e8m0", "float8e8m0"),
    ("f6", "float6e2m3 float6e3m2"),
    ("f4", "float4e2m1"),
    ("complex", "complex64 complex128"),
    ("bool", "bool"),
    ("string", "string"),
]
SHORT = {"double": "f64", "float": "f32", "float16": "f16", "bfloat16": "bf16",
         "float8e4m3fn": "f8e4m3fn", "float8e5m2": "f8e5m2"}
ALL = 28


def types_text(types):
    """Whole groups by their short name, members of others one by one."""
    if len(types) == ALL:
        return "all"
    words = []
    for short, members in GROUPS:
        members = members.split()
        have = [m for m in members if m in types]
        if have == members:
            words.append(short)
        else:
            words += [SHORT.get(m, m.replace("uint", "u").replace("int", "i"))
                      for m in have]
    return " ".join(words) or "any"


def operator_rows(mlopt):
    rows = json.loads(subprocess.run(
        [mlopt, "list", "ops", "--json"], check=True,
        stdout=subprocess.PIPE).stdout)["ops"]
    ops = collections.OrderedDict()
    for r in rows:
        if r["domain"] != "mlopt":
            ops.setdefault((r["domain"], r["operator"]), []).append(r)
    return ops


class Record:
    """What the suites say of one operator."""

    def __init__(self):
        self.cases = self.passed = 0
        self.p99 = self.max = None
        self.dims = collections.Counter()

    def add(self, row):
        self.cases += row["cases"]
        self.passed += row["passed"]
        self.dims.update(row.get("dims", {}))
        if "ulp" in row:
            self.p99 = max(self.p99 or 0, row["ulp"]["p99"])
            self.max = max(self.max or 0, row["ulp"]["max"])


def records(reports):
    out = collections.defaultdict(Record)
    for report in reports:
        for row in report["operators"]:
            out[(row["domain"], row["operator"])].add(row)
    return out


def table(mlopt, reports):
    """docs/operators.md."""
    seen = records(reports)
    ops = operator_rows(mlopt)
    out = [
        "# Operators",
        "",
        "Written by `tests/slow/conformance.py` from the registry (`mlopt list "
        "ops --json`) and a run of ONNX's backend",
        "tests by the reference engine. *types*: element types of the newest "
        "version, all operands together; *cases*: ONNX's",
        "cases with the operator in them, inner graphs included, and how many "
        "pass; *ULP*: distance to the recorded float32",
        "results of models that hold nothing else, 99th percentile and "
        "maximum; *dims*: dimensions of results that inference",
        "knows, names, or leaves open while the first dimension of every "
        "operand is known by name only. Cases of our own,",
        "for every version of every operator, are in `testdata/ops`.",
    ]
    domains = sorted({d for d, _ in ops}, key=lambda d: (d != "", d))
    for domain in domains:
        names = sorted(n for d, n in ops if d == domain)
        versions = sum(len(ops[domain, n]) for n in names)
        out += ["", f"## {domain or 'ai.onnx'}", "",
                f"{len(names)} operators in {versions} rows.", "",
                "| operator | versions | types | engines | cases | ULP | dims |",
                "|---|---|---|---|---:|---:|---:|"]
        for name in names:
            rows, r = ops[domain, name], seen[domain, name]
            newest = rows[-1]
            types = {t for p in newest["inputs"] + newest["outputs"]
                     for t in p["types"]}
            made_by = sorted({e for row in rows for e in row["engines"]},
                             key=["reference", "blas", "onednn"].index)
            out.append("| {} | {} | {} | {} | {} | {} | {} |".format(
                name, " ".join(str(row["since"]) for row in rows),
                types_text(types), " ".join(made_by) or "refused",
                f"{r.passed}/{r.cases}" if r.cases else "-",
                "-" if r.p99 is None else f"{r.p99} / {r.max}",
                "{known} / {named} / {unknown}".format(
                    **{k: r.dims[k] for k in ("known", "named", "unknown")})
                if r.dims else "-"))
    return "\n".join(out) + "\n"


def check_ulps(reports):
    for (_, name), r in sorted(records(reports).items()):
        far = r.p99 is not None and r.p99 > MOST_ULP
        if far != (name in DECIMALS):
            yield f"{name}: 99th percentile {r.p99} ULP, want {MOST_ULP}"


def main(shared, mlopt, write):
    data = os.path.join(shared, "data/onnx-tests")
    listed, bad, started = read_list(), [], time.time()
    reference = []
    for engine in engines(mlopt):
        count, cases = collections.Counter(), {}
        for suite in SUITES:
            report = run_suite(mlopt, data, suite, engine)
            cases.update(report["cases"])
            if engine == "reference":
                reference.append(report)
        for case in cases.values():
            count[case["result"]] += 1
        bad += check_cases(cases, listed, engine)
        bad += [f"{engine}: {name} is listed, but is no case"
                for name in listed if name not in cases]
        if len(listed) > MOST_LISTED * len(cases):
            bad.append(f"{len(listed)} of {len(cases)} cases are listed")
        print(f"{engine}: {len(cases)} cases, " +
              ", ".join(f"{n} {what}" for what, n in sorted(count.items())))
    bad += check_ulps(reference)
    text = table(mlopt, reference)
    if write:
        with open(DOC, "w") as f:
            f.write(text)
    elif not os.path.exists(DOC) or open(DOC).read() != text:
        bad.append("docs/operators.md is stale: run this with --write")
    print("\n".join(bad))
    print(f"{len(bad)} complaints, {time.time() - started:.0f} s")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--write" in sys.argv))
