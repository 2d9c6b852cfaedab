#!/usr/bin/env python3
"""The demo's verdict from both sides, with real processes.

usage: test_exit.py DEMO DEMO_WITH_WRONG_NOISE

The demo itself must end with 0. With the helper's noise left out, and with its sigma2 halved or
doubled, it must end with 1 and say that the residuals do not fit: nothing else may be wrong. A right
run fails by chance once in 5,000 (ten judgements at 2e-5 each).
"""
import os
import subprocess
import sys
import tempfile
import time


def run(program, noise):
    env = dict(os.environ)
    env.pop("HUBBUB_TEST_HELPER_NOISE", None)
    if noise is not None:
        env["HUBBUB_TEST_HELPER_NOISE"] = noise
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # the parties' users pass through it
        start = time.monotonic()
        done = subprocess.run([program, "--once", "--fast", "--dir", os.path.join(folder, "run")],
                              env=env, capture_output=True, text=True, timeout=600)
    print(f"--- noise of the helper: {noise or 'as announced'}; exit code {done.returncode}; "
          f"{time.monotonic() - start:.1f} s")
    return done


def main(demo, wrong):
    failures = []
    done = run(demo, None)
    print(done.stdout + done.stderr)
    if done.returncode != 0:
        failures.append("the demo as it is does not end with 0")
    for noise in ["none", "half-variance", "double-variance"]:
        done = run(wrong, noise)
        does_not_fit = "do not fit the announced noise" in done.stdout
        adds_up = "DOES NOT ADD UP" not in done.stdout and " sent = " in done.stdout
        if done.returncode != 1 or not does_not_fit or not adds_up:
            print(done.stdout + done.stderr)
            failures.append(f"{noise} at the helper was not noticed, or something else was wrong")
    for failure in failures:
        print("FAILED:", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
