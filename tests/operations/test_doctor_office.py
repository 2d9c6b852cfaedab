#!/usr/bin/env python3
"""hubbub doctor for the collector and the office: well beside running parties, and with one thing
after the other made wrong, which it must name, say what to do about, and end with 1.

test_doctor_office.py FOLDER_OF_PROGRAMS"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trial import Checks, Trial, free_port  # noqa: E402

check = Checks()


class Office:
    """The configurations of a collector and an office beside a trial's aggregators."""

    def __init__(self, trial):
        self.trial = trial
        self.port = free_port()
        self.collector = os.path.join(trial.folder, "collector", "collector.ini")
        self.config = os.path.join(trial.folder, "office.ini")
        self.series = os.path.join(trial.folder, "collector", "series.db")
        self.write(f"series = {self.series}")

    def write(self, *lines):
        with open(self.config, "w", encoding="utf-8") as f:
            f.write("\n".join([f"[office]\nlisten = 127.0.0.1:{self.port}", *lines, ""]))


def examine(trial, config, *more):
    code, out, err = trial.run("doctor", "--config", config, *more)
    return code, out + err


def is_well(trial, config, name):
    code, out = examine(trial, config)
    return check(f"the {name} is well", code == 0 and "\nfail" not in out, out)


def finds(trial, config, what, word, advice):
    code, out = examine(trial, config)
    lines = out.splitlines()
    hits = [i for i, line in enumerate(lines)
            if line.startswith("fail") and line.split()[1] == what and word in line]
    check(f"it finds: {what}, {word}", code == 1 and any(
        advice in lines[i + 1] for i in hits if i + 1 < len(lines)), out)


class Changed:
    """A file with other contents or another mode, for a while."""

    def __init__(self, path, change=None, mode=None):
        self.path, self.change, self.mode = path, change, mode

    def __enter__(self):
        self.old_mode = os.stat(self.path).st_mode & 0o777
        with open(self.path, "rb") as f:
            self.old = f.read()
        if self.change:
            with open(self.path, "wb") as f:
                f.write(self.change(self.old))
        if self.mode:
            os.chmod(self.path, self.mode)

    def __exit__(self, *_):
        with open(self.path, "wb") as f:
            f.write(self.old)
        os.chmod(self.path, self.old_mode)


def check_collector(trial, office):
    config = office.collector
    folder = os.path.join(trial.folder, "collector")
    is_well(trial, config, "collector")
    code, out = examine(trial, config, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    check("as JSON", code == 0 and {"config", "clock", "keys", "disk", "series", "tasks", "dns", "peer",
                                    "token"} <= {row["what"] for row in rows}, out)
    check("it made no series", not os.path.exists(office.series))
    key = os.path.join(folder, "keys", "collector.key")
    secret = os.path.join(folder, "tasks", "visits.collector.ini")
    for path, what in ((key, "keys"), (secret, "tasks")):
        with Changed(path, mode=0o644):
            finds(trial, config, what, "may be read by others", "chmod go=")
    os.rename(key, key + ".away")
    finds(trial, config, "keys", "collector.key", "put it back")
    os.rename(key + ".away", key)
    with Changed(secret, other_token):
        finds(trial, config, "token", "does not take our token", "use-token")
    statement = os.path.join(folder, "tasks", "visits.statement")
    with Changed(statement, lambda old: old.replace(b"purpose: ", b"purpose: not ")):
        finds(trial, config, "tasks", "visits", "side by side")
    with Changed(config, lambda old: old + b"colour = blue\n"):
        finds(trial, config, "config", "colour", "hubbub collector --help")
    trial.stop("leader")
    finds(trial, config, "peer", "leader", "see that it is up")
    trial.start("leader")


def other_token(text):
    """The same file with another token: the letters in another order, but for the last, whose low bits
    are none."""
    lines = text.decode().splitlines()
    return "\n".join("token = " + line[len("token = "):-1][::-1] + line[-1] if line.startswith("token = ") else line
                     for line in lines).encode() + b"\n"


def check_office(trial, office):
    finds(trial, office.config, "series", "series.db", "the collector makes the file")
    collector = subprocess.Popen([trial.hubbub, "collector", "run", "--config", office.collector],
                                 stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while not os.path.exists(office.series) and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(1)
    is_well(trial, office.collector, "running collector")
    finds(trial, office.config, "running", "nobody answers", "systemctl start hubbub-office")
    server = subprocess.Popen([trial.hubbub, "office", "--config", office.config],
                              stderr=subprocess.PIPE, text=True)
    check("the office listens", any("office.listening" in line for line in server.stderr))
    is_well(trial, office.config, "office")
    code, out = examine(trial, office.config, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    check("as JSON", code == 0 and {"config", "clock", "disk", "series", "tls", "running"}
          <= {row["what"] for row in rows}, out)
    office.write(f"series = {office.series}", f"truth = {trial.folder}/truth.csv")
    finds(trial, office.config, "config", "exact figures", "demonstrations only")
    office.write(f"series = {office.series}", "colour = blue")
    finds(trial, office.config, "config", "colour", "hubbub office --help")
    office.write(f"series = {office.series}")
    code, out = examine(trial, office.config, "--bundle", os.path.join(trial.folder, "bundle"))
    check("a bundle is the aggregator's", code == 1 and "of aggregators only" in out, out)
    for process in (server, collector):
        process.terminate()
        check("it stops", process.wait(timeout=30) == 0)
    with open(office.series, "r+b") as f:
        f.write(b"no database " * 10)
    for config in (office.config, office.collector):
        finds(trial, config, "series", "series.db", "")


def main():
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(sys.argv[1], folder)
        try:
            trial.new_task("visits", "--vdaf", "count", "--unit", "device-day", "--rho", "1/4096")
            trial.start("leader", "helper")
            office = Office(trial)
            check_collector(trial, office)
            check_office(trial, office)
        finally:
            trial.close()
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
