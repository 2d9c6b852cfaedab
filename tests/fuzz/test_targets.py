#!/usr/bin/env python3
"""Every reader of foreign bytes has a fuzz target: the table in README.md against the headers, the targets
of meson.build and the corpora."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent.parent
DECLARED = re.compile(r"\b([a-z][a-z0-9_]*)\(")
READER = re.compile(r"_(decode|decode_exact|parse)$")
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|$", re.M)
LISTS = re.compile(r"^(?:codecs|\w+_readers) = \[(.*?)\]", re.S | re.M)


def headers():
    for root in ("src", "programs", "include/hubbub"):
        yield from (TREE / root).rglob("*.h")


def main():
    declared = {name for path in headers() for name in DECLARED.findall(path.read_text(encoding="utf-8"))}
    rows = ROW.findall((HERE / "README.md").read_text(encoding="utf-8"))
    listed = {name for name, _ in rows}
    build = (HERE / "meson.build").read_text(encoding="utf-8")
    targets = {name for found in LISTS.findall(build) for name in re.findall(r"'(\w+)'", found)}
    targets.add("HttpAggregators")
    faults = [f"{name} reads foreign bytes and has no row in README.md"
              for name in sorted(declared) if READER.search(name) and name not in listed]
    faults += [f"README.md names {name}, which no header declares" for name in sorted(listed - declared)]
    faults += [f"README.md says that {target} reads {name}: there is no such target"
               for name, target in rows if target not in targets]
    faults += [f"{target} is in no row of README.md" for target in sorted(targets - {t for _, t in rows})]
    faults += [f"{target} has no corpus" for target in sorted(targets)
               if not any((HERE / "corpus" / target).glob("*"))]
    for fault in faults:
        print(fault)
    print(f"{len(listed)} readers, {len(targets)} targets")
    print(f"{1 if not faults else 0} passed, {len(faults)} failed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
