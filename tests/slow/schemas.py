# SPDX-License-Identifier: Apache-2.0
# tests/slow/schemas.py -- our operator rows against the ONNX schemas.
#
# usage: python3 schemas.py MLOPT        (needs the onnx package)
#
# For every operator that `mlopt list ops --json` knows in a domain of the
# standard, each version that ONNX has is compared with the row that governs it:
# operands, results, attributes and defaults must be the same, and every element
# type must be there.  A row may cover several versions whose meaning is the
# same; it then allows the types of all of them.  What differs on purpose stands
# in EXPECTED.
import json
import subprocess
import sys

import onnx
import onnx.defs
import onnx.helper

# (operator, version): why the row differs from the standard's.
EXPECTED = {
    ("Concat", 1): "the default of axis stands in the text only",
    ("Split", 1): "the default of axis is 0 since version 2",
    ("Constant", 1): "models hold strings and indices in it",
    ("OptionalGetElement", 15): "takes what later versions take",
    ("OptionalHasElement", 15): "takes what later versions take",
    ("Upsample", 10): "deprecated: version 9 goes on",
    ("Scatter", 11): "deprecated: version 9 goes on",
    ("Affine", 1): "experimental, gone from the standard",
    ("Crop", 1): "experimental, gone from the standard",
    ("ImageScaler", 1): "experimental, gone from the standard",
    ("ParametricSoftplus", 1): "experimental, gone from the standard",
    ("Scale", 1): "experimental, gone from the standard",
    ("ScaledTanh", 1): "experimental, gone from the standard",
    ("LayerNormalization", 1): "what ONNX Runtime registers below 17",
    ("SimplifiedLayerNormalization", 1): "what ONNX Runtime registers",
}
DOMAINS = {"", "ai.onnx.ml"}


def element(text):
    """'tensor(float)' -> 'float'; None for containers."""
    if not text.startswith("tensor("):
        return None
    return text[len("tensor("):-1]


def schema_params(schema, params):
    types = {c.type_param_str: c.allowed_type_strs
             for c in schema.type_constraints}
    out = []
    for p in params:
        allowed = types.get(p.type_str, [p.type_str])
        option = p.option.name
        out.append({
            "types": sorted({element(t) for t in allowed} - {None}),
            "containers": any(element(t) is None for t in allowed),
            "optional": option == "Optional",
            "variadic": option == "Variadic",
        })
    return out


def default_text(attr):
    if not attr.default_value.type:
        return None
    value = onnx.helper.get_attribute_value(attr.default_value)
    return value.decode() if isinstance(value, bytes) else value


def defaults_equal(ours, theirs):
    if isinstance(theirs, list):
        return ours is None  # the operator knows
    if theirs is None or ours is None:
        return theirs is None and ours is None
    if isinstance(theirs, float):
        return abs(float(ours) - theirs) <= 1e-6 * abs(theirs)
    return str(theirs) == ours


def compare_params(what, ours, theirs, say):
    if len(ours) != len(theirs):
        say(f"{len(ours)} {what}, the standard has {len(theirs)}")
        return
    for k, (a, b) in enumerate(zip(ours, theirs)):
        if a["variadic"] != b["variadic"] or (
                a["optional"] != b["optional"] and not b["variadic"]):
            say(f"{what} {k} is optional={a['optional']} "
                f"variadic={a['variadic']}")
        less = set(b["types"]) - set(a["types"])
        if a["types"] and less:
            say(f"{what} {k}: lacks {sorted(less)}")


def compare(ours, schema, say):
    compare_params("operands", ours["inputs"],
                   schema_params(schema, schema.inputs), say)
    compare_params("results", ours["outputs"],
                   schema_params(schema, schema.outputs), say)
    mine = {a["name"]: a for a in ours["attributes"]}
    for name in mine.keys() - schema.attributes.keys():
        say(f"attribute {name} is not in the standard")
    for name, a in schema.attributes.items():
        if name not in mine:
            say(f"attribute {name} is missing")
            continue
        if mine[name]["type"] != int(a.type):
            say(f"attribute {name} has type {mine[name]['type']}, "
                f"the standard {int(a.type)}")
        if mine[name]["required"] != a.required:
            say(f"attribute {name}: required={mine[name]['required']}")
        if not defaults_equal(mine[name].get("default"), default_text(a)):
            say(f"attribute {name}: default {mine[name].get('default')!r}, "
                f"the standard {default_text(a)!r}")


def governing(versions, since):
    """The newest of VERSIONS that is not newer than SINCE."""
    return max((v for v in versions if v <= since), default=None)


def compare_excess(known, covered, complaints):
    """A row allows nothing that no version allows which it covers."""
    for key, schemas in covered.items():
        for what, side in (("inputs", "inputs"), ("outputs", "outputs")):
            for k, p in enumerate(known[key][what]):
                allowed = set()
                for s in schemas:
                    params = schema_params(s, getattr(s, side))
                    if k < len(params):
                        allowed |= set(params[k]["types"])
                more = set(p["types"]) - allowed
                if more and key[1:] not in EXPECTED:
                    complaints.append(f"{key[1]}-{key[2]}: {what} {k}: "
                                      f"allows {sorted(more)}")


def main(mlopt):
    rows = json.loads(subprocess.run(
        [mlopt, "list", "ops", "--json"], check=True,
        stdout=subprocess.PIPE).stdout)["ops"]
    known = {(r["domain"], r["operator"], r["since"]): r for r in rows}
    versions = {}
    for r in rows:
        versions.setdefault((r["domain"], r["operator"]), []).append(r["since"])
    seen, complaints, covered = set(), [], {}
    for s in onnx.defs.get_all_schemas_with_history():
        name, since = (s.domain, s.name), s.since_version
        seen.add((*name, since))
        if name not in versions or (s.name, since) in EXPECTED:
            continue

        def say(text):
            complaints.append(f"{name[1]}-{since}: {text}")

        row = governing(versions[name], since)
        if row is None:
            say("version is missing")
            continue
        covered.setdefault((*name, row), []).append(s)
        compare(known[(*name, row)], s, say)
    compare_excess(known, covered, complaints)
    for key in sorted(known.keys() - seen):
        if key[0] in DOMAINS and key[1:] not in EXPECTED:
            complaints.append(f"{key[1]}-{key[2]}: no such version")
    print("\n".join(sorted(complaints)))
    print(f"{len(known)} rows of {len(versions)} operators, "
          f"{len(complaints)} differences")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
