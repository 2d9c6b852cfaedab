#!/usr/bin/env python3
"""Adds up what meson's tests counted.

    tools/count_tests.py meson-logs/testlog.json

Prints "PASSED FAILED", then the names of the tests that failed or were skipped. A program of cmocka or unittest
counts its cases, and so does one that says "N passed, N failed"; any other counts as one; one that ended badly failed at least once.
"""
import json
import re
import sys

CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test", re.M)
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] (\d+) test", re.M)
UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in ", re.M)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed", re.M)
UNITTEST_BAD = re.compile(r"(?:failures|errors)=(\d+)")
SKIPPED = re.compile(r"^skipped: (.*)", re.M)
OK = ("OK", "EXPECTEDFAIL", "SKIP")


def cases(output):
    """(passed, failed) as the program said itself, or None."""
    passed = sum(map(int, CMOCKA_PASSED.findall(output)))
    failed = sum(map(int, CMOCKA_FAILED.findall(output)))
    for ran in map(int, UNITTEST_RAN.findall(output)):
        bad = sum(map(int, UNITTEST_BAD.findall(output)))
        passed += ran - bad
        failed += bad
    for good, bad in PLAIN.findall(output):
        passed += int(good)
        failed += int(bad)
    return (passed, failed) if passed or failed else None


def main(path):
    passed = failed = 0
    bad = []
    with open(path, encoding="utf-8") as lines:
        for test in map(json.loads, lines):
            good = test["result"] in OK
            said = cases(test.get("stdout", "") + test.get("stderr", ""))
            p, f = said or ((1, 0) if good else (0, 1))
            if not good:
                f = max(f, 1)
                bad.append(test["name"])
            if test["result"] == "SKIP":
                why = SKIPPED.search(test.get("stdout", ""))
                bad.append(test["name"] + " was skipped" + (": " + why[1] if why else ""))
                continue
            passed += p
            failed += f
    print(passed, failed)
    for name in bad:
        print(name)


main(sys.argv[1])
