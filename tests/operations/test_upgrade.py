#!/usr/bin/env python3
"""This version on the databases of an earlier one (README.md here): the doctor says what the start will
do, the start brings the schema up, what was released has the same bytes, and a window of which some
reports were counted, some sent and some only acknowledged has its total. Helper first, then leader,
as in a rolling upgrade. An older program refuses what a newer one has brought up.

test_upgrade.py FOLDER_OF_PROGRAMS STEPPED_AGGREGATOR FAULT_CROWD"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import old_store  # noqa: E402
from trial import Checks  # noqa: E402

PROGRAMS, AGGREGATOR, CROWD = sys.argv[1:]
check = Checks()


def crowd(*arguments):
    return subprocess.run([CROWD, *arguments], check=True, capture_output=True).stdout.decode()


def doctor(folder, role):
    done = subprocess.run([os.path.join(PROGRAMS, "hubbub"), "doctor", "--config",
                           os.path.join(folder, role, role + ".ini")], capture_output=True,
                          text=True, timeout=60, check=False)
    return done.stdout


def version_of(folder, role):
    path = os.path.join(folder, role, role + ".db")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return db.execute("select max(version) from schema_version").fetchone()[0]


def check_totals(folder, expected):
    token, question = crowd("ask", folder, str(old_store.WINDOW)).split()
    status, answer = old_store.collect(expected["task"], bytes.fromhex(question), token)
    if not check("the open window is released", status in (200, 201) and answer,
                 f"{status} {answer[:300]}"):
        return
    path = os.path.join(folder, "answer")
    with open(path, "wb") as f:
        f.write(answer)
    n, *totals = map(int, crowd("open", folder, str(old_store.WINDOW), path).split())
    check("with what was acknowledged, once each", totals == expected["totals"] and n == sum(totals),
          f"{n} {totals} {expected}")
    _, question = crowd("ask", folder, str(old_store.WINDOW - 1)).split()
    status, answer = old_store.collect(expected["task"], bytes.fromhex(question), token)
    with open(os.path.join(folder, "released"), "rb") as f:
        check("what was released before has the same bytes", answer == f.read(), f"{status}")


def check_newer(folder):
    """A database of a version that this one does not know."""
    with sqlite3.connect(os.path.join(folder, "helper", "helper.db")) as db:
        db.execute("insert into schema_version values (?)", (1000,))
    text = doctor(folder, "helper")
    check("a newer database is named by the doctor", "schema version 1000" in text, text)
    try:
        old_store.start(AGGREGATOR, folder, "helper", os.path.join(folder, "clock")).kill()
        check("and not started on", False)
    except RuntimeError as e:
        check("and not started on", "schema version 1000" in str(e), str(e))


def main():
    busy = [role for role in old_store.URLS if not old_store.is_free(role)]
    if busy:
        print(f"the port of the {busy[0]} is taken: {old_store.LISTEN[busy[0]]}")
        return 77
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(os.path.join(HERE, "schema-3.tar.xz")) as tar:
            tar.extractall(folder)
        with open(os.path.join(folder, "expected.json"), encoding="utf-8") as f:
            expected = json.load(f)
        page = os.path.join(folder, "clock")
        clock = old_store.Clock(page, (old_store.WINDOW + 1) * 3600 - 60)
        try:
            check("it is an earlier version's", version_of(folder, "leader") == 3)
            text = doctor(folder, "leader")
            check("the doctor says what the start will do", "schema version 3 will be brought to"
                  in text and "rolled back" not in text, text)
            processes.append(old_store.start(AGGREGATOR, folder, "helper", page))
            check("the helper is brought up", version_of(folder, "helper") > 3)
            check("the leader is as it was", version_of(folder, "leader") == 3)
            processes.append(old_store.start(AGGREGATOR, folder, "leader", page))
            check("the leader is brought up", version_of(folder, "leader") > 3)
            time.sleep(0.5)
            clock.set((old_store.WINDOW + 1) * 3600 + old_store.GRACE_S + 60)
            check_totals(folder, expected)
        finally:
            for process in processes:
                process.terminate()
                check("it stops", process.wait(timeout=30) == 0)
        for role in ("leader", "helper"):
            with open(os.path.join(folder, role, "log.txt"), encoding="utf-8") as f:
                check(f"the {role} burnt nothing", "store.restored" not in f.read())
        check_newer(folder)
        shutil.rmtree(os.path.join(folder, "public"))
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
