#!/usr/bin/env python3
"""Wrong use of `task`, `device` and `collector`: each mistake gets its exit code and a message that says
what is wrong, and changes nothing.

test_commands.py FOLDER_OF_PROGRAMS"""
import glob
import os
import re
import subprocess
import sys
import tempfile

HUBBUB = os.path.join(sys.argv[1], "hubbub")
failures = 0


def expect(code, said, *arguments, text="", folder=None):
    global failures
    done = subprocess.run([HUBBUB, *arguments], input=text, capture_output=True, text=True, timeout=60,
                          cwd=folder)
    ok = done.returncode == code and said in done.stdout + done.stderr
    print(("ok   " if ok else "FAIL ") + " ".join(arguments) +
          ("" if ok else f": exit {done.returncode}, {done.stdout}{done.stderr}"), flush=True)
    failures += not ok


with tempfile.TemporaryDirectory() as folder:
    trial = os.path.join(folder, "trial")
    new = ["task", "new", "walk", "--out", trial]
    for word in ("task", "device", "collector"):
        expect(0, "usage:", word, "--help")
        expect(2, "usage:", word)
        expect(2, "usage:", word, "dance")
    expect(0, "--population", "task", "new", "--help")
    expect(2, "NAME is missing", "task", "new")
    expect(2, "--out DIR is missing", "task", "new", "walk")
    expect(2, "--colour", *new, "--colour", "red")
    expect(2, "needs a value", *new, "--max")
    expect(2, "stands twice", *new, "--max", "3", "--max", "4")
    expect(2, "--max", *new, "--max", "many")
    expect(2, "--window", *new, "--window", "1w")
    expect(2, "--window", *new, "--window", "0")
    expect(2, "--rho", *new, "--rho", "0.5")
    expect(2, "--release", *new, "--release", "25:00")
    expect(2, "--first-day", *new, "--first-day", "2026-02-30")
    expect(2, "--vdaf", *new, "--vdaf", "average")
    expect(2, "needs --length or --labels", *new, "--vdaf", "histogram")
    expect(1, "min-batch", *new, "--min-batch", "5")
    expect(1, "histogram", *new, "--vdaf", "histogram", "--length", "1")
    expect(1, "", *new, "--window", "7h")
    expect(1, "no-such-file", *new, "--labels", "no-such-file")
    assert not os.path.exists(os.path.join(trial, "public")), "a refused task left files"
    expect(0, "sigma2", *new, "--first-day", "2026-03-02", "--days", "30")

    task = os.path.join(trial, "public", "walk.task.ini")
    expect(0, "device's day", "task", "show", task)
    expect(1, "NAME.task.ini", "task", "show", os.path.join(trial, "public", "walk.statement"))
    expect(1, "No such file", "task", "show", os.path.join(folder, "none.task.ini"))
    expect(1, "none.task.ini", "task", "check", task, os.path.join(folder, "none.task.ini"))

    state = os.path.join(folder, "state")
    expect(2, "usage:", "device", "upload", task)
    expect(2, "usage:", "device", "upload", "--state", state)
    expect(2, "usage:", "device", "upload", task, "--state", state, "--batch", "0")
    expect(2, "usage:", "device", "upload", task, "--state", state, "--batch", "x")
    expect(2, "usage:", "device", "upload", task, task, "--state", state)
    assert not os.path.exists(state), "wrong use left a folder"
    expect(1, "line 2: not a whole number", "device", "upload", task, "--state", state,
           text="value\n3.5\n")
    expect(1, "line 1: more than one number", "device", "upload", task, "--state", state, text="1;2\n")
    expect(1, "line 1: no number", "device", "upload", task, "--state", state, text="1772000000,\n")
    expect(1, "line 1: the time", "device", "upload", task, "--state", state,
           text="2026-03-02T25:00,3\n")
    expect(1, "line 3: its time is outside the task's days", "device", "upload", task, "--state",
           state, text="\n\n1999-01-01,3\n")
    expect(1, "Not a directory", "device", "upload", task, "--state", task + "/x")

    mine = os.path.join(trial, "collector", "tasks", "walk.task.ini")
    ask = ["collector", "collect", mine]
    expect(2, "usage:", *ask, "--from", "2026-03-02")
    expect(2, "like 2026-03-02", *ask, "--from", "yesterday", "--to", "2026-03-03")
    expect(2, "between two windows", *ask, "--from", "2026-03-02T01:00", "--to", "2026-03-03")
    expect(2, "between two windows", *ask, "--from", "2026-03-03", "--to", "2026-03-02")
    expect(2, "not within the task's", *ask, "--from", "2026-03-01", "--to", "2026-03-03")
    expect(1, "walk.collector.ini", "collector", "collect", task, "--from", "2026-03-02", "--to",
           "2026-03-03", "--key", os.path.join(trial, "collector", "keys", "collector.key"))
    expect(1, "another collector key", *ask, "--from", "2026-03-02", "--to", "2026-03-03", "--key",
           os.path.join(trial, "leader", "keys", "operator.key"))
    expect(2, "usage:", "collector", "run")
    config = os.path.join(folder, "c.ini")
    expect(1, "c.ini", "collector", "run", "--config", config)
    with open(config, "w", encoding="utf-8") as f:
        f.write("[collector]\nseries = s.db\nkey = k\ncolour = red\n")
    expect(2, "line 4", "collector", "run", "--config", config)

# What the units start is right use: it ends with a word about the file, which is not there.
for unit in glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../debian/*.service")):
    with open(unit, encoding="utf-8") as f:
        program, *words = re.search(r"^ExecStart=/usr/bin/(.*)$", f.read(), re.M)[1].split()
    done = subprocess.run([os.path.join(sys.argv[1], program), *words[:-1], "/nowhere/x.ini"],
                          capture_output=True, text=True, timeout=60)
    ok = done.returncode != 0 and "/nowhere/x.ini" in done.stderr and "usage" not in done.stderr
    print(("ok   " if ok else "FAIL ") + f"{program} {words}" + ("" if ok else f": {done.stderr}"))
    failures += not ok

sys.exit(1 if failures else 0)
