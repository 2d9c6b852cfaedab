#!/usr/bin/env python3
"""Runs the libFuzzer targets of a build, in turns, until each has had its time; a line for each turn.

    tests/fuzz/run.py BUILD FOLDER [--seconds 60] [NAME...]

Seconds are processor time (the clock's for servers, which mostly wait), all turns in FOLDER together, so
a campaign of hours may stop and go on.
Inputs that reach something new go to FOLDER/NAME, finds to FOLDER/finds; FOLDER/tally.json sums up, and
--tally prints it. With --merge the corpora in the tree take some of what they lack from FOLDER/NAME,
short and long ones. Exit 1 if there were finds."""

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
MAX_LEN = 4096
TURN_S = 300
WAITING = ("HttpAggregators",)  # most of its time, for the other end of a socket
MERGED_MAX = 6  # inputs that a corpus takes at a time, so that it stays small


def targets(build, names):
    found = sorted((pathlib.Path(build) / "tests" / "fuzz").glob("fuzz_*"))
    found = [t for t in found if t.is_file() and not t.name.startswith("fuzz_replay")]
    return [t for t in found if not names or t.name[5:] in names]


def cpu_seconds(pid):
    """Of a process that runs, or has ended and was not waited for."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fuzz(target, folder, seconds):
    """One turn: its processor time, runs and edges, and whether there was no find."""
    name = target.name[5:]
    new = folder / name
    finds = folder / "finds"
    new.mkdir(parents=True, exist_ok=True)
    finds.mkdir(exist_ok=True)
    log = folder / f"{name}.log"
    with open(log, "wb") as out, subprocess.Popen(
            [target.resolve(), f"-max_len={MAX_LEN}", "-timeout=60", "-rss_limit_mb=2500",
             "-print_final_stats=1", f"-artifact_prefix={finds / name}-", new,
             HERE / "corpus" / name], stdout=out, stderr=subprocess.STDOUT) as run:
        start = time.monotonic()
        used = 0
        while os.waitid(os.P_PID, run.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.5)
            used = time.monotonic() - start if name in WAITING else cpu_seconds(run.pid)
            if used >= seconds:
                os.kill(run.pid, signal.SIGUSR1)  # libFuzzer ends well; not waited for yet
        code = run.wait()
    said = log.read_text(encoding="utf-8", errors="replace")
    runs = re.search(r"stat::number_of_executed_units: (\d+)", said)
    edges = re.findall(r"cov: (\d+)", said)
    return {"seconds": used, "runs": int(runs.group(1)) if runs else 0,
            "edges": int(edges[-1]) if edges else 0, "finds": int(code != 0)}


def campaign(found, folder, seconds):
    """Whoever had least is next. True: no find in any turn, of today or before."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "tally.json"
    tally = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for target in found:
        tally.setdefault(target.name[5:], {"seconds": 0, "runs": 0, "edges": 0, "finds": 0})
    while True:
        target = min(found, key=lambda t: tally[t.name[5:]]["seconds"])
        sums = tally[target.name[5:]]
        left = seconds - sums["seconds"]
        if left <= 0:
            break
        turn = fuzz(target, folder, min(left, TURN_S))
        for key in ("seconds", "runs", "finds"):
            sums[key] += turn[key]
        sums["edges"] = max(sums["edges"], turn["edges"])
        file.write_text(json.dumps(tally, indent=1), encoding="utf-8")
        print(line(target.name[5:], turn), flush=True)
    return all(tally[t.name[5:]]["finds"] == 0 for t in found)


def line(name, sums):
    finds = f"{sums['finds']} finds, see {name}.log" if sums["finds"] else "no find"
    return f"{name}: {sums['seconds']:.0f} s, {sums['runs']} runs, {sums['edges']} edges, {finds}"


def merge(target, folder):
    """What reaches edges that the tree's corpus does not, named by its hash as libFuzzer does."""
    name = target.name[5:]
    corpus = HERE / "corpus" / name
    merged = folder / f"{name}.merged"
    merged.mkdir(exist_ok=True)
    for file in corpus.iterdir():
        (merged / file.name).write_bytes(file.read_bytes())
    subprocess.run([target.resolve(), "-merge=1", merged, folder / name], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    fresh = sorted((f for f in merged.iterdir() if not (corpus / f.name).exists()),
                   key=lambda f: f.stat().st_size)
    step = max(1, len(fresh) // MERGED_MAX)
    chosen = fresh[step - 1::step][:MERGED_MAX]
    for file in chosen:
        (corpus / f"found_{file.name[:12]}").write_bytes(file.read_bytes())
    print(f"{name}: {len(chosen)} of {len(fresh)} inputs added", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--merge", action="store_true")
    parser.add_argument("--tally", action="store_true")
    args = parser.parse_intermixed_args()
    if args.tally:
        for name, sums in json.loads((args.folder / "tally.json").read_text(encoding="utf-8")).items():
            print(line(name, sums))
        return 0
    found = targets(args.build, args.names)
    if not found:
        parser.error(f"no such target in {args.build}: is it a build with -Dfuzz=libfuzzer?")
    if args.merge:
        for target in found:
            merge(target, args.folder)
        return 0
    return 0 if campaign(found, args.folder, args.seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
