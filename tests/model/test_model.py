#!/usr/bin/env python3
"""Spin goes through every state of exactly_once.pml; then each mistake that the model can be built
with must be found, and a release must be reachable.

test_model.py MODEL"""
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

MODEL = os.path.abspath(sys.argv[1])
# Each with a word of the assertion that finds it.
BROKEN = {
    "BROKEN_IDS": "n_restores",     # the helper adds shares, and records ids in a commit after it
    "BROKEN_TAKE": "n_restores",    # the leader sends what no commit has fixed
    "BROKEN_ACK": "acknowledged",   # an upload is acknowledged before it is written
    "BROKEN_BURN": "left_of",       # a database that was put back is not burnt
    "BROKEN_HEAD": "left_of",       # a share leaves before the ledger's head is outside
    "BROKEN_SHARES": "left_of",     # a database that was put back answers with the shares it holds
    "REACHED": "0==1",              # not a mistake: "nothing is ever released" must be refuted
}
MORE = {"BROKEN_SHARES": ["-DRESTORES=3"]}


def search(defines):
    """What the verifier prints."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["spin", "-a", *defines, MODEL], cwd=folder, check=True, capture_output=True)
        subprocess.run(["gcc", "-O1", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"],
                       cwd=folder, check=True)
        # -E: where nothing more can happen is no error here.
        done = subprocess.run(["./pan", "-E", "-m100000", "-w23"], cwd=folder, capture_output=True,
                              text=True, check=False)
        return done.stdout


def judge(name):
    """Whether this one came out as it must, and what was said."""
    if name is None:
        out = search([])
        whole = "errors: 0" in out and "Search not completed" not in out
        unreached = [line for line in out.splitlines() if ", state " in line and "-end-" not in line]
        states = next((line.strip() for line in out.splitlines() if "states, stored" in line), "?")
        return whole and not unreached, f"the model holds: {states}{' '.join(unreached)}"
    out = search(["-D" + name, *MORE.get(name, [])])
    error = next((line for line in out.splitlines() if line.startswith("pan:1:")), "nothing")
    return BROKEN[name] in error and "assertion violated" in error, f"{name}: {error[:90]}"


def main():
    if shutil.which("spin") is None:
        print("spin is not installed")
        return 77
    failures = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for ok, text in pool.map(judge, [None, *BROKEN]):
            print(("ok   " if ok else "FAIL ") + text, flush=True)
            failures += not ok
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
