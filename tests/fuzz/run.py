#!/usr/bin/env python3
"""Runs the libFuzzer targets of a build, one after the other, and prints a line for each.

    tests/fuzz/run.py BUILD FOLDER [--seconds 60] [NAME...]

Inputs that reach something new go to FOLDER/NAME, finds to FOLDER/finds. With --merge the corpora in the
tree take some of what they lack from FOLDER/NAME, short and long ones. Exit 1 if there were finds."""

import argparse
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MAX_LEN = 4096
MERGED_MAX = 6  # inputs that a corpus takes at a time, so that it stays small


def targets(build, names):
    found = sorted((pathlib.Path(build) / "tests" / "fuzz").glob("fuzz_*"))
    found = [t for t in found if t.is_file() and not t.name.startswith("fuzz_replay")]
    return [t for t in found if not names or t.name[5:] in names]


def fuzz(target, folder, seconds):
    name = target.name[5:]
    new = folder / name
    finds = folder / "finds"
    new.mkdir(parents=True, exist_ok=True)
    finds.mkdir(exist_ok=True)
    done = subprocess.run(
        [target.resolve(), f"-max_total_time={seconds}", f"-max_len={MAX_LEN}", "-timeout=25",
         "-rss_limit_mb=2500", "-print_final_stats=1", f"-artifact_prefix={finds / name}-", new,
         HERE / "corpus" / name],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    (folder / f"{name}.log").write_text(done.stdout, encoding="utf-8")
    runs = re.search(r"stat::number_of_executed_units: (\d+)", done.stdout)
    coverage = re.findall(r"cov: (\d+)", done.stdout)
    print(f"{name}: {runs.group(1) if runs else 0} runs, {coverage[-1] if coverage else 0} edges, "
          f"{'no find' if done.returncode == 0 else f'ends with {done.returncode}, see ' + name + '.log'}",
          flush=True)
    return done.returncode == 0


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
    args = parser.parse_intermixed_args()
    good = True
    for target in targets(args.build, args.names):
        if args.merge:
            merge(target, args.folder)
        else:
            good &= fuzz(target, args.folder, args.seconds)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
