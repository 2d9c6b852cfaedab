#!/usr/bin/env python3
"""Runs hubbub's bench, on every tier of kernels that this machine has, and the prio crate's, in
turns, and prints a table: microseconds a report, and how many times that is faster than prio.

    bench/peers/compare.py BUILD/programs/hubbub-bench [--rounds 3] [--json]

`helper` is verify_init, verify_next and aggregate at the helper. Each figure is the median of the
rounds. --json prints a line for each step of each VDAF and tier instead.

Needs cargo, which takes the crate from its registry and builds it with its release profile."""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROWS = [
    ("Count", "helper"),
    ("Sum(255)", "helper"),
    ("Histogram(100,10)", "helper"),
    ("Histogram(1000,31)", "helper"),
    ("SumVec(1000 x 16 bit,126)", "helper"),
    ("MultihotCountVec(100,3,10)", "helper"),
    ("Poplar1(128), 256 leaves", "helper"),
    ("Histogram(100,10)", "shard"),
]


def lines_of(command):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def crate_version():
    text = (HERE / "Cargo.lock").read_text(encoding="utf-8")
    return text.split('name = "prio"\nversion = "')[1].split('"')[0]


def collect(times, lines):
    """times: by VDAF and step, then by tier, one figure a round."""
    for line in lines:
        tiers = times.setdefault((line["vdaf"], line["step"]), {})
        tiers.setdefault(line.get("tier"), []).append(line["us_per_report"])


def figure(us):
    return f"{us:.3g}" if us < 100 else f"{us:.0f}"


def print_table(ours, theirs, about, rounds):
    print(f"{about['cpu']}; {about['compiler']}; prio {crate_version()}, its release profile; "
          f"medians of {rounds} rounds, microseconds a report, one core\n")
    for vdaf, step in ROWS:
        prio = statistics.median(theirs[vdaf, step][None])
        cells = [f"prio {figure(prio)}"]
        for tier, us in ours[vdaf, step].items():
            mine = statistics.median(us)
            cells.append(f"{tier} {figure(mine)} ({prio / mine:.1f}x)")
        print(f"{vdaf + ', ' + step:36} " + "   ".join(cells))


def print_lines(ours, theirs, about, rounds):
    for key, us in theirs.items():
        prio = statistics.median(us[None])
        for tier, times in ours[key].items():
            mine = statistics.median(times)
            print(json.dumps({"bench": "vdaf against prio", "vdaf": key[0], "step": key[1],
                              "tier": tier, "hubbub_us": mine, "prio_us": prio,
                              "times_faster": round(prio / mine, 2), "rounds": rounds,
                              "prio": crate_version(), **about}))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", help="path of hubbub-bench, of a release build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()

    subprocess.run(["cargo", "build", "--release", "--quiet", "--locked"], cwd=HERE, check=True)
    ours, theirs = {}, {}
    about = {}
    for _ in range(args.rounds):
        for bench in (["vdaf", "--tier", "all"], ["poplar1"]):
            lines = lines_of([args.bench, "bench", *bench, "--json"])
            about = {key: lines[0][key] for key in ("cpu", "compiler")}
            collect(ours, lines)
        collect(theirs, lines_of([HERE / "target" / "release" / "hubbub-peers"]))
    (print_lines if args.json else print_table)(ours, theirs, about, args.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
