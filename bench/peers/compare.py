#!/usr/bin/env python3
"""Runs hubbub's bench and the prio crate's, alternating, and prints a JSON line a step: microseconds
a report of both and how many times hubbub is faster.

    bench/peers/compare.py BUILD/programs/hubbub-bench [--rounds 3]

Needs cargo, which takes the crate from its registry and builds it with its release profile."""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def lines_of(command):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def crate_version():
    text = (HERE / "Cargo.lock").read_text(encoding="utf-8")
    return text.split('name = "prio"\nversion = "')[1].split('"')[0]


def collect(times, lines):
    for line in lines:
        times.setdefault((line["vdaf"], line["step"]), []).append(line["us_per_report"])


def fastest_tier(lines):
    """The lines of the tier that comes last for their VDAF: a bench prints plain C first."""
    last = {line["vdaf"]: line["tier"] for line in lines}
    return [line for line in lines if line["tier"] == last[line["vdaf"]]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", help="path of hubbub-bench, of a release build")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()

    subprocess.run(["cargo", "build", "--release", "--quiet", "--locked"], cwd=HERE, check=True)
    ours, theirs = {}, {}
    about = {}
    for _ in range(args.rounds):
        for bench in ("vdaf", "poplar1"):
            lines = fastest_tier(lines_of([args.bench, "bench", bench, "--json"]))
            for line in lines:
                about[line["vdaf"]] = {key: line[key] for key in ("tier", "cpu", "compiler")}
            collect(ours, lines)
        collect(theirs, lines_of([HERE / "target" / "release" / "hubbub-peers"]))
    for key, us in theirs.items():
        mine = statistics.median(ours[key])
        other = statistics.median(us)
        print(json.dumps({"bench": "vdaf against prio", "vdaf": key[0], "step": key[1],
                          "hubbub_us": mine, "prio_us": other,
                          "times_faster": round(other / mine, 2), "rounds": args.rounds,
                          "prio": crate_version(), **about[key[0]]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
