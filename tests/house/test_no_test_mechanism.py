#!/usr/bin/env python3
"""No installed program and no library has a mechanism or an API that is for tests.

usage: test_no_test_mechanism.py --control PROGRAM FILE...

Looks for their symbols and their words in each FILE (programs, archives). PROGRAM has both: if one
is not found there, the search itself is broken. A FILE that is not there is a failure.
"""
import argparse
import subprocess
import sys

SYMBOL = "hub_test_mechanism"
WORDS = [b"test mechanism: ", b"/internal/test/"]


def traces(path):
    """What of the tests' own is in the file."""
    found = []
    # A stripped program has no symbols, and nm says so with a message only.
    names = subprocess.run(["nm", "-A", path], capture_output=True, text=True, check=False)
    if SYMBOL in names.stdout:
        found.append("symbol %s..." % SYMBOL)
    with open(path, "rb") as file:
        text = file.read()
    found += ["the words '%s'" % words.decode() for words in WORDS if words in text]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--control", required=True)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    if len(traces(args.control)) != 1 + len(WORDS):
        print("%s: what is for tests is not found where it is" % args.control)
        return 1
    n_bad = 0
    for path in args.files:
        for trace in traces(path):
            print("%s: has %s" % (path, trace))
            n_bad += 1
    print("%d files searched, %d traces" % (len(args.files), n_bad))
    return 1 if n_bad else 0


if __name__ == "__main__":
    sys.exit(main())
