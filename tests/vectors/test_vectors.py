"""Runs `hubbub-bench vectors` over the official vectors, and over files made from them: with one
digit changed in each kind of field, with faults in transit, in the sparse and digest forms."""

import copy
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile


def run(program, files):
    done = subprocess.run([program, "vectors", *map(str, files)], capture_output=True, text=True,
                          check=False)
    if done.returncode not in (0, 1) or done.stderr:
        sys.exit(f"exit code {done.returncode}: {done.stderr}")
    lines = done.stdout.splitlines()
    if len(lines) != len(files):
        sys.exit(f"{len(files)} files, {len(lines)} lines")
    return lines, done.returncode


def change_digit(text):
    """Another digit in the middle of hexadecimal text."""
    at = len(text) // 2
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:]


def mutations(vector):
    """(name, changed copy) for each kind of field that is compared or goes in."""
    out = []

    def add(name, change):
        changed = copy.deepcopy(vector)
        change(changed)
        out.append((name, changed))

    def edit(container, key):
        container[key] = change_digit(container[key])

    last = len(vector["reports"]) - 1
    add("verify_key", lambda v: edit(v, "verify_key"))
    add("ctx", lambda v: edit(v, "ctx"))
    add("nonce", lambda v: edit(v["reports"][last], "nonce"))
    add("rand", lambda v: edit(v["reports"][last], "rand"))
    if vector["reports"][0]["public_share"]:
        add("public_share", lambda v: edit(v["reports"][last], "public_share"))
        add("verifier_message", lambda v: edit(v["reports"][last]["verifier_messages"], 0))
    for j in range(vector["shares"]):
        add(f"input_share_{j}", lambda v, j=j: edit(v["reports"][last]["input_shares"], j))
        add(f"verifier_share_{j}",
            lambda v, j=j: edit(v["reports"][last]["verifier_shares"][0], j))
        add(f"out_share_{j}", lambda v, j=j: edit(v["reports"][last]["out_shares"], j))
        add(f"agg_share_{j}", lambda v, j=j: edit(v["agg_shares"], j))

    def other_result(v):
        if isinstance(v["agg_result"], list):
            v["agg_result"][0] += 1
        else:
            v["agg_result"] += 1

    add("agg_result", other_result)
    add("huge agg_result", lambda v: v.update(agg_result=2 ** 127 + 1))
    add("success", lambda v: v["operations"][1].update(success=False))
    add("expect", lambda v: v["reports"][last].update(expect="reject"))
    add("num_accepted", lambda v: v.update(num_accepted=last))
    add("public share too long",
        lambda v: v["reports"][last].update(public_share=v["reports"][last]["public_share"] + "00"))
    return out


def digest_form(vector):
    v = copy.deepcopy(vector)

    def shorten(container, key):
        data = bytes.fromhex(container[key])
        container[key] = f"sha256:{hashlib.sha256(data).hexdigest()}:{len(data)}"

    for report in v["reports"]:
        shorten(report["input_shares"], 0)
        for j in range(v["shares"]):
            shorten(report["verifier_shares"][0], j)
            shorten(report["out_shares"], j)
    for j in range(v["shares"]):
        shorten(v["agg_shares"], j)
    return v


def faulty_form(vector, step):
    """One report's message in transit is changed: it is rejected at that step, and the others count
    as without it. Steps behind the failure are not listed for it, and the aggregate goes."""
    v = copy.deepcopy(vector)
    bad = 1
    report = v["reports"][bad]
    for r in v["reports"]:
        r["expect"] = "accept"
    report["expect"] = "reject"
    if step == "verifier_shares_to_message":
        report["fault"] = "verifier share changed in transit"
        report["verifier_shares"][0][1] = change_digit(report["verifier_shares"][0][1])
        dropped = ("verify_next",)
    else:
        report["fault"] = "verifier message changed in transit"
        report["verifier_messages"][0] = change_digit(report["verifier_messages"][0])
        dropped = ()
    kept = []
    for operation in v["operations"]:
        of_bad = operation.get("report_index") == bad
        if operation["operation"] in ("aggregate", "unshard"):
            continue
        if of_bad and operation["operation"] in dropped:
            continue
        if of_bad and operation["operation"] == step:
            operation["success"] = False
        kept.append(operation)
    v["operations"] = kept
    return v


def sparse_form(vector):
    v = copy.deepcopy(vector)
    for report in v["reports"]:
        report["measurement_true_at"] = [i for i, x in enumerate(report["measurement"]) if x]
        report["measurement"] = None
    v["agg_result_nonzero"] = [[i, n] for i, n in enumerate(v["agg_result"]) if n]
    v["agg_result"] = None
    v["num_accepted"] = len(v["reports"])
    return v


def repeated(vector, n):
    """A file of n reports from a Poplar1 file of one."""
    v = copy.deepcopy(vector)
    v["reports"] = [copy.deepcopy(vector["reports"][0]) for _ in range(n)]
    v["operations"] = []
    for operation in vector["operations"]:
        indices = range(n) if "report_index" in operation else [None]
        for i in indices:
            v["operations"].append(operation if i is None else {**operation, "report_index": i})
    v["agg_shares"] = []
    v["agg_result"] = [n * x for x in vector["agg_result"]]
    v["num_accepted"] = n
    return v


def faulty_poplar1(vector, round_, what):
    """Of three reports the second one has a fault in transit: after it nothing more of it is run,
    and the aggregate is that of the others."""
    v = repeated(vector, 3)
    for r in v["reports"]:
        r["expect"] = "accept"
    report = v["reports"][1]
    report["expect"] = "reject"
    report["fault"] = f"{what} changed in transit"
    if what == "verifier share":
        share = report["verifier_shares"][round_]
        share[1] = change_digit(share[1])
        if round_ == 0:  # what follows from it is computed
            report["verifier_messages"] = []
            report["verifier_shares"][1] = []
        failing = ("verifier_shares_to_message", 1)
    elif round_ == 0:
        report["verifier_messages"][0] = change_digit(report["verifier_messages"][0])
        report["verifier_shares"][1] = []
        failing = ("verifier_shares_to_message", 1)
    else:
        report["verifier_messages"][1] = "00" * 8
        failing = ("verify_next", 2)
    kept = []
    failed = False
    for operation in v["operations"]:
        if operation.get("report_index") == 1:
            key = (operation["operation"], operation.get("round"))
            if key == failing:
                operation = {**operation, "success": False}
                failed = True
            elif failed:
                continue
        kept.append(operation)
    v["operations"] = kept
    v["agg_result"] = [2 * x for x in vector["agg_result"]]
    v["num_accepted"] = 2
    return v


def sparse_poplar1(vector):
    v = sparse_form(vector)
    v["num_accepted"] = 1
    return v


AGG_PARAMS = (
    ("0000" "00000002" "00" "80", "accept"),
    ("0000" "00000000", "accept"),
    ("0000" "00000001" "80", "accept"),
    ("0000" "00000002" "80" "00", "reject"),  # order
    ("0000" "00000002" "80" "80", "reject"),  # repeated
    ("0000" "00000001" "40", "reject"),  # a bit behind the prefix
    ("0000" "00000002" "00", "reject"),  # short
    ("0000" "00000001" "00" "00", "reject"),  # long
    ("0000" "ffffffff" "00", "reject"),
    ("0000" "000000", "reject"),
    ("", "reject"),
    ("0007" "00000002" "00" "ff", "accept"),
    ("0008" "00000002" "0000" "0080", "accept"),
    ("0008" "00000001" "0040", "reject"),
    ("0009" "00000001" "0040", "accept"),
    ("000a" "00000001" "0040", "accept"),
    ("000b" "00000001" "0040", "reject"),  # the tree has no such level
)

SEQUENCES = (
    ("0001" "00000002" "00" "80", "0000" "00000002" "00" "80", "accept"),
    ("0001" "00000002" "00" "80", "0000" "00000001" "00", "reject"),  # no ancestor
    ("0000" "00000001" "00", "0000" "00000001" "00", "reject"),  # the same level
    ("0000" "00000001" "00", "0001" "00000001" "00", "reject"),  # back
    ("0009" "00000003" "0040" "8000" "8040", "0002" "00000003" "00" "60" "80", "accept"),
    ("0009" "00000003" "0040" "8000" "c040", "0002" "00000003" "00" "60" "80", "reject"),
)


def agg_param_cases():
    """(name, file): one file of all, and one for each case with the other outcome."""
    listed = [{"agg_param": bytes_, "expect": expect} for bytes_, expect in AGG_PARAMS]
    listed += [{"agg_param": bytes_, "previous_agg_params": ["0000" "00000000", before],
                "expect": expect} for bytes_, before, expect in SEQUENCES]
    out = [("agg_param", {"bits": 11, "cases": listed}, True)]
    other = {"accept": "reject", "reject": "accept"}
    for i, case in enumerate(listed):
        out.append((f"agg_param {i}",
                    {"bits": 11, "cases": [{**case, "expect": other[case["expect"]]}]}, False))
    return out


class Cases:
    """Files in a folder of their own, so that the name up to the first '_' stays what it is."""

    def __init__(self, program):
        self.program = program
        self.failures = 0
        self.count = 0

    def check(self, name, kind, vector, passes):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / f"{kind}_x.json"
            path.write_text(json.dumps(vector), encoding="utf-8")
            lines, code = run(self.program, [path])
        self.count += 1
        if lines[0].startswith("ok ") != passes or (code == 0) != passes:
            self.failures += 1
            print(f"{kind}, {name}: {lines[0]}")


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    files = sorted(folder.glob("*.json"))
    cases = Cases(program)
    lines, _ = run(program, files)
    for path, line in zip(files, lines):
        expected = f"ok {path}"
        cases.count += 1
        if line != expected:
            cases.failures += 1
            print(f"expected {expected}, got {line}")

    for name in ("Prio3Count_2", "Prio3Sum_1", "Prio3SumVec_1", "Prio3Histogram_1",
                 "Prio3MultihotCountVec_2", "Prio3SumVecWithMultiproof_0",
                 "Prio3SumVecWithMultiproof_1", "Prio3HigherDegree_0"):
        vector = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        kind = name.split("_")[0]
        for what, changed in mutations(vector):
            cases.check(what, kind, changed, False)
        cases.check("digests", kind, digest_form(vector), True)
        wrong = digest_form(vector)
        wrong["reports"][0]["out_shares"][0] = change_digit(wrong["reports"][0]["out_shares"][0])
        cases.check("wrong digest", kind, wrong, False)

    for name in ("Prio3Count_2", "Prio3Histogram_2", "Prio3SumVec_0",
                 "Prio3SumVecWithMultiproof_0"):
        vector = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        kind = name.split("_")[0]
        cases.check("share in transit", kind, faulty_form(vector, "verifier_shares_to_message"),
                    True)
        if kind != "Prio3Count":
            cases.check("message in transit", kind, faulty_form(vector, "verify_next"), True)

    multihot = json.loads((folder / "Prio3MultihotCountVec_2.json").read_text(encoding="utf-8"))
    cases.check("sparse", "Prio3MultihotCountVec", sparse_form(multihot), True)

    for name in ("Poplar1_2", "Poplar1_3", "Poplar1_5"):
        vector = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for what, changed in mutations(vector):
            cases.check(what, "Poplar1", changed, False)
        cases.check("digests", "Poplar1", digest_form(vector), True)
        cases.check("sparse", "Poplar1", sparse_poplar1(vector), True)
        cases.check("several", "Poplar1", repeated(vector, 3), True)
        for round_ in range(2):
            for what in ("verifier share", "verifier message"):
                cases.check(f"{what}, round {round_}", "Poplar1",
                            faulty_poplar1(vector, round_, what), True)
        second = copy.deepcopy(vector)
        second["reports"][0]["verifier_shares"][1][0] = change_digit(
            second["reports"][0]["verifier_shares"][1][0])
        cases.check("verifier share of round 1", "Poplar1", second, False)
    for name, content, passes in agg_param_cases():
        cases.check(name, "Poplar1", content, passes)
    for name in ("IdpfBBCGGI21_0", "XofFixedKeyAes128"):
        vector = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for key in ("public_share", "nonce", "ctx", "seed", "dst", "binder", "derived_seed",
                    "expanded_vec_field128"):
            if key in vector:
                cases.check(key, name.split("_", maxsplit=1)[0],
                            {**vector, key: change_digit(vector[key])}, False)
    print(f"{cases.count} files, {cases.failures} failures")
    return 1 if cases.failures or cases.count < 80 else 0


if __name__ == "__main__":
    sys.exit(main())
