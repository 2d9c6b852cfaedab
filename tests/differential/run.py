#!/usr/bin/env python3
"""Builds the peer with cargo and runs the differential fuzzer against it.

    tests/differential/run.py BUILD/tests/differential/differential TARGET-FOLDER [--seconds N] ...

What follows the folder for cargo's files goes to the fuzzer. Ends with 77, and says why, where there
is no cargo that can build the crate."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
RUST_MIN = (1, 89)  # as peer/Cargo.toml says


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def cargo():
    found = shutil.which("cargo") or shutil.which("cargo", path=os.path.expanduser("~/.cargo/bin"))
    return found or skip("there is no cargo here; https://rustup.rs has one")


def check_version(program):
    text = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True).stdout
    try:
        version = tuple(int(n) for n in text.split()[1].split(".")[:2])
    except (IndexError, ValueError):
        skip(f"{program} does not tell its version")
    if version < RUST_MIN:
        skip(f"{text.strip()} is too old for the prio crate, which asks for "
             f"{'.'.join(map(str, RUST_MIN))}; https://rustup.rs has newer ones")


def build(program, folder):
    manifest = ["--locked", "--manifest-path", str(HERE / "peer" / "Cargo.toml")]
    fetch = subprocess.run([program, "fetch", "--quiet", *manifest], stderr=subprocess.PIPE, text=True)
    if fetch.returncode != 0:
        skip(f"cargo does not get the prio crate: {fetch.stderr.strip()}")
    subprocess.run([program, "build", "--release", "--quiet", "--target-dir", folder, *manifest], check=True)
    return pathlib.Path(folder) / "release" / "hubbub-differential-peer"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    fuzzer, folder, *options = sys.argv[1:]
    program = cargo()
    check_version(program)
    peer = build(program, folder)
    return subprocess.run([fuzzer, "--peer", peer, *options]).returncode


if __name__ == "__main__":
    sys.exit(main())
