#!/usr/bin/env python3
"""Does the runner of DAP vectors look at every field? Changes one digit of each kind of field of a file
(of each place in a list once, of the named reports each), runs the program, and lists what went by
unnoticed.

usage: check_notices.py PROGRAM FILE...     PROGRAM runs as `PROGRAM vectors FILE`
"""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile

# Left alone: texts for people, which nothing follows from; and what is wrong on purpose.
LEFT_ALONE = re.compile(r"^(malformed|prefixes|open_must_fail)\[|\.what$|^format$")
# One digit more or less of a second may lie in the same window; a renamed report or collection is another;
# a list of HPKE configurations may hold one that nobody here speaks.
MAY_PASS = re.compile(r"\.time_seconds$|\.name$|\.hpke_config_list$")


def leaves(node, path=()):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, path + (key,))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from leaves(value, path + (i,))
    else:
        yield path, node


def text_of(path):
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else ("." if out else "") + part
    return out


def kind_of(path):
    """Places in lists are one kind, but for those of own_reports, which differ in what they are."""
    parts = [p if not isinstance(p, int) or path[0] == "own_reports" and i == 1 else "*"
             for i, p in enumerate(path)]
    return tuple(parts)


def changed(value):
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value + 1
    if value.startswith("sha256:"):
        at = 20
    else:
        digits = [i for i, c in enumerate(value) if c in "0123456789abcdef"]
        if not digits:
            return None
        at = digits[len(digits) // 2]
    return value[:at] + ("1" if value[at] != "1" else "2") + value[at + 1:]


def main():
    program, files = sys.argv[1], sys.argv[2:]
    unnoticed = 0
    for name in files:
        with open(name, encoding="utf-8") as f:
            good = json.load(f)
        seen = set()
        n = 0
        for path, value in leaves(good):
            kind = kind_of(path)
            new = changed(value)
            if kind in seen or new is None or LEFT_ALONE.search(text_of(path)):
                continue
            seen.add(kind)
            n += 1
            bad = copy.deepcopy(good)
            at = bad
            for part in path[:-1]:
                at = at[part]
            at[path[-1]] = new
            with tempfile.TemporaryDirectory() as folder:
                copy_name = os.path.join(folder, os.path.basename(name))
                with open(copy_name, "w", encoding="utf-8") as f:
                    json.dump(bad, f)
                run = subprocess.run([program, "vectors", copy_name], stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, check=False)
            out = run.stdout.decode(errors="replace")
            if run.returncode not in (0, 1) or not out.startswith(("ok ", "FAIL ")):
                print(f"{name}: {text_of(path)}: exit {run.returncode}: {out[:2000]}")
                unnoticed += 1
            elif run.returncode == 0 and not MAY_PASS.search(text_of(path)):
                print(f"{name}: {text_of(path)}: changed and not noticed")
                unnoticed += 1
        print(f"{name}: {n} kinds of fields changed")
    print(f"{unnoticed} not noticed")
    return 1 if unnoticed else 0


sys.exit(main())
