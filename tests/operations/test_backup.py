#!/usr/bin/env python3
"""Backup and restore as docs/operations.md has them: a backup of a helper that runs, its database lost,
the backup put in place. The doctor says what is the matter before and after, what had begun is burnt,
what begins later is counted, and what was released before stays what it was.

test_backup.py FOLDER_OF_PROGRAMS"""
import json
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trial import Checks, Trial  # noqa: E402

check = Checks()
WINDOW, GRACE, SERVICES = 3, 1, 3


def sleep_until(moment):
    time.sleep(max(0.0, moment - time.time()))


def upload(trial, service, text):
    return trial.run("device", "upload", os.path.join(trial.folder, "services", f"{service:02d}",
                                                      "visits.task.ini"), "--state",
                     os.path.join(trial.folder, f"state-{service}"), text=text)


def report(trial):
    """A report of each service in the next window. Its start."""
    window = (int(time.time()) // WINDOW + 1) * WINDOW
    sleep_until(window + 0.1)
    for i in range(1, SERVICES + 1):
        code, out, err = upload(trial, i, "1\n")
        check("a report is taken", code == 0 and "1 report accepted" in out, out + err)
    return window


def collect(trial, window):
    sleep_until(window + WINDOW + GRACE + 0.3)
    return trial.run("collector", "collect", os.path.join(
        trial.folder, "collector", "tasks", "visits.task.ini"), "--from", str(window), "--to",
        str(window + WINDOW), "--json")


def back_up(database, to):
    """What `sqlite3 DATABASE ".backup TO"` does."""
    with sqlite3.connect(database) as source, sqlite3.connect(to) as target:
        source.backup(target)


def doctor(trial):
    return trial.run("doctor", "--config", trial.config("helper"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(sys.argv[1], folder)
        database = os.path.join(folder, "helper", "helper.db")
        backup = os.path.join(folder, "backup.db")
        try:
            trial.new_task("visits", "--vdaf", "sum", "--max", "10", "--unit", "visit", "--services",
                           str(SERVICES), "--rho", "1/512", "--window", f"{WINDOW}s", "--grace",
                           f"{GRACE}s", "--days", "20")
            trial.start("helper", "leader")
            for i in range(1, SERVICES + 1):
                upload(trial, i, "")
            time.sleep(WINDOW)
            first = report(trial)
            code, before, err = collect(trial, first)
            check("a window is released", code == 0, before + err)
            back_up(database, backup)
            second = report(trial)
            code, out, err = collect(trial, second)
            check("and one after the backup", code == 0, out + err)
            after = out
            open_one = report(trial)

            trial.stop("helper", signal.SIGKILL)
            for end in ("", "-wal", "-shm"):
                if os.path.exists(database + end):
                    os.unlink(database + end)
            code, out, err = doctor(trial)
            check("the doctor misses the database", code == 1 and "put the database back" in out,
                  out + err)
            shutil.copy(backup, database)
            code, out, err = doctor(trial)
            check("the doctor knows the backup for what it is", code == 1 and
                  "the database was rolled back" in out and "broken" not in out, out + err)
            trial.start("helper")
            check("the start says so", "store.restored" in trial.log("helper"), trial.log("helper"))
            code, out, err = doctor(trial)
            check("and all is well again", code == 0 and "the chain holds" in out, out + err)

            later = report(trial)
            code, out, err = collect(trial, later)
            check("what begins later is counted", code == 0 and json.loads(out)["reports"] == SERVICES,
                  out + err)
            code, out, err = collect(trial, open_one)
            check("what had begun is not released", code == 1, out + err)
            for window, answer in ((first, before), (second, after)):
                code, out, err = collect(trial, window)
                check("what was released stays what it was", code == 0 and out == answer, out + err)
        finally:
            trial.close()
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
