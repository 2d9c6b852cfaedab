#!/usr/bin/env python3
"""hubbub doctor beside running aggregators, and before a start, with one thing after the other made
wrong: it must name each, say what to do, and end with 1. The bundle must hold no secret.

test_doctor.py FOLDER_OF_PROGRAMS"""
import json
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trial import Checks, Trial  # noqa: E402

check = Checks()


def examine(trial, role, *more):
    return trial.run("doctor", "--config", trial.config(role), *more)


def finds(trial, role, what, word, advice):
    """One finding of this kind with this word in it, and advice beside it; exit code 1."""
    code, out, err = examine(trial, role)
    lines = out.splitlines()
    hits = [i for i, line in enumerate(lines)
            if line.startswith("fail") and line.split()[1] == what and word in line]
    check(f"it finds: {what}, {word}", code == 1 and hits and any(
        advice in lines[i + 1] for i in hits if i + 1 < len(lines)), out + err)


def is_well(trial, role):
    code, out, err = examine(trial, role)
    bad = [line for line in out.splitlines() if line.startswith("fail")]
    return check(f"the {role} is well", code == 0 and not bad, out + err)


def check_running(trial):
    is_well(trial, "leader")
    is_well(trial, "helper")
    code, out, _ = examine(trial, "leader", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    check("as JSON", code == 0 and {"keys", "tasks", "disk", "database", "ledger", "peer", "clock"}
          <= {row["what"] for row in rows} and all(row["state"] in ("ok", "warn") for row in rows), out)
    code, _, err = trial.run("doctor")
    check("without a configuration it is wrong use", code == 2 and "usage" in err, err)
    code, out, _ = trial.run("doctor", "--config", "/nowhere.ini")
    check("a configuration that is not there is named", code == 1 and "/nowhere.ini" in out, out)


def check_files(trial):
    key = os.path.join(trial.folder, "leader", "keys", "operator.key")
    secret = os.path.join(trial.folder, "leader", "tasks", "visits.leader.ini")
    for path, what in ((key, "keys"), (secret, "tasks")):
        os.chmod(path, 0o644)
        finds(trial, "leader", what, "may be read by others", "chmod go=")
        os.chmod(path, 0o600)
    os.rename(key, key + ".away")
    finds(trial, "leader", "keys", "operator.key", "put it back")
    os.rename(key + ".away", key)
    accumulator = os.path.join(trial.folder, "leader", "keys", "accumulator.key")
    os.rename(accumulator, accumulator + ".away")
    finds(trial, "leader", "keys", "accumulator.key is missing", "no open window can be released")
    os.rename(accumulator + ".away", accumulator)
    statement = os.path.join(trial.folder, "leader", "tasks", "visits.statement")
    with open(statement, encoding="utf-8") as f:
        right = f.read()
    with open(statement, "w", encoding="utf-8") as f:
        f.write(right.replace("purpose: ", "purpose: not "))
    finds(trial, "leader", "tasks", "visits.task.ini", "side by side")
    with open(statement, "w", encoding="utf-8") as f:
        f.write(right)
    is_well(trial, "leader")


def check_peer(trial):
    trial.stop("helper")
    finds(trial, "leader", "peer", "helper", "see that it is up")
    trial.start("helper")


def check_database(trial):
    """An image from before a release: found before the start that would burn."""
    database = os.path.join(trial.folder, "helper", "helper.db")
    trial.stop("helper")
    is_well_but_down = examine(trial, "helper")[1]
    check("a sound database is told", "the chain holds" in is_well_but_down, is_well_but_down)
    shutil.copy(database, database + ".old")
    trial.new_task("more", "--vdaf", "count", "--unit", "device-day", "--rho", "1/4096")
    trial.start("helper")  # admits it: another row of the ledger
    trial.stop("helper")
    shutil.copy(database, database + ".new")
    shutil.copy(database + ".old", database)
    finds(trial, "helper", "ledger", "rolled back", "BEFORE you start")
    shutil.copy(database + ".new", database)
    code, out, err = examine(trial, "helper")
    check("with the right image back nothing is wrong with the ledger",
          "the chain holds" in out and "rolled back" not in out, out + err)
    head = os.path.join(trial.folder, "helper", "ledger.head")
    os.rename(head, head + ".away")
    finds(trial, "helper", "ledger", "holds no head", "every open window is burnt")
    os.rename(head + ".away", head)
    with open(database, "r+b") as f:
        f.truncate(40000)
    code, out, err = examine(trial, "helper")
    check("a database that is cut short is found", code == 1 and "fail  database" in out
          or "fail  ledger" in out, out + err)
    shutil.copy(database + ".new", database)
    trial.start("helper")


def secrets_of(trial, role):
    """Every key and token in the party's files, as they stand there."""
    found = set()
    for folder, _, names in os.walk(os.path.join(trial.folder, role)):
        for name in names:
            if name.endswith(".key") or re.search(r"\.(leader|helper)\.ini$", name):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    found |= set(re.findall(r"(?:private_key|key|token)[a-z_-]* = (\S{20,})", f.read()))
    return found


def check_bundle(trial):
    path = os.path.join(trial.folder, "bundle.txt")
    code, out, err = examine(trial, "leader", "--bundle", path)
    check("a bundle is written", code == 0 and os.path.exists(path), out + err)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    sections = re.findall(r"^== (.*)$", text, re.M)
    check("with its sections", {"machine", "configuration", "findings", "figures", "the log's end"}
          <= set(sections) and "hubbub_ledger_rows" in text and "hubbub-statement: 1" in text,
          str(sections))
    secrets = secrets_of(trial, "leader")
    check("there are secrets to look for", len(secrets) >= 4, str(len(secrets)))
    check("and none is in the bundle", not any(s in text for s in secrets))
    check("it is for nobody else's eyes", os.stat(path).st_mode & 0o777 == 0o600)


def check_sections(trial):
    """What the map of databases (docs/scale.md) must not be is named with its line or its section."""
    with open(trial.config("leader"), encoding="utf-8") as f:
        good = f.read()
    south = ["[database south]", "database = south.db", "head = south.head", "tasks = tasks-south"]
    for lines, word in (
            (["[databases south]", "tasks = x"], "a section is [database NAME]"),
            (["[database South]", "tasks = x"], "a section is [database NAME]"),
            (["[database main]", "tasks = x"], "main stands before all sections"),
            (["[database south]", "listen = x"], "[database south] has database, head and tasks"),
            (south + ["head = x"], "head is given twice"),
            (south[:3], "[database south] needs database, head and tasks"),
            (south[:3] + ["tasks = tasks"], "the databases main and south are one, or share"),
            (["lease_s = 2"], "lease_s = 2 is not"), (["lease_s = 601"], "lease_s = 601 is not")):
        with open(trial.config("leader"), "w", encoding="utf-8") as f:
            f.write(good + "\n".join(lines) + "\n")
        code, out, err = examine(trial, "leader")
        check(f"a map is refused: {word}", code == 1 and word in out, out + err)
    os.mkdir(os.path.join(trial.folder, "leader", "tasks-south"))
    with open(trial.config("leader"), "w", encoding="utf-8") as f:
        f.write(good + "\n".join(south) + "\n")
    code, out, err = examine(trial, "leader")
    check("of several databases each is looked at", "database main" in out and
          "database south" in out and "will be made" in out, out + err)
    with open(trial.config("leader"), "w", encoding="utf-8") as f:
        f.write(good)


def main():
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(sys.argv[1], folder)
        try:
            trial.new_task("visits", "--vdaf", "histogram", "--length", "4", "--unit", "device-day",
                           "--rho", "1/4096")
            for role in ("leader", "helper"):
                trial.configure(role, f"metrics = 127.0.0.1:{trial.metrics[role]}", "log = log.txt")
            code, out, err = examine(trial, "leader")
            check("before the first start only the other party is missing", code == 1 and
                  all(" peer " in line or line[:4] != "fail" for line in out.splitlines()), out + err)
            trial.start("leader", "helper")
            check_running(trial)
            check_files(trial)
            check_peer(trial)
            check_bundle(trial)
            check_database(trial)
            check_sections(trial)
        finally:
            trial.close()
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
