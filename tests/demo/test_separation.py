#!/usr/bin/env python3
"""The demo's parties keep apart: none opens another's files, but for the series database.

usage: test_separation.py DEMO

Starts the demo and looks, while reports flow, at every file that each party's process has open or
mapped: it must lie in the party's own folder, in public/, or, for the collector and the office, in
series/. Where the test runs as root each party has a user of its own; then it also tries, as each
user, to read every file of the other parties, and must fail.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

PARTIES = ["leader", "helper", "collector", "office"]
SHARED = {"collector": ["series"], "office": ["series"]}


def start(demo, folder):
    process = subprocess.Popen([demo, "--fast", "--dir", folder], stdout=subprocess.PIPE, text=True)
    pids = {}
    for line in process.stdout:
        found = re.match(r"\s+(leader|helper|collector|office)\s+(\d+)\s", line)
        if found:
            pids[found[1]] = int(found[2])
        if line.startswith("The page is live"):
            return process, pids
    raise SystemExit("the demo did not start")


def open_files(pid):
    paths = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            paths.add(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except OSError:
            pass  # closed meanwhile
    with open(f"/proc/{pid}/maps") as maps:
        paths.update(line.split(maxsplit=5)[5].strip() for line in maps if "/" in line)
    return paths


def strangers(party, paths, folder):
    allowed = [party, "public"] + SHARED.get(party, [])
    inside = (os.path.relpath(p, folder) for p in paths if p.startswith(folder + "/"))
    return sorted(p for p in inside if p.split("/")[0] not in allowed)


def can_read_as(uid, path):
    """In a child that has become the user."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            with open(path, "rb"):
                os._exit(0)
        except PermissionError:
            os._exit(1)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def readable_strangers(folder, pids):
    users = {p: os.stat(f"/proc/{pids[p]}").st_uid for p in PARTIES}
    if len(set(users.values())) != len(PARTIES) or 0 in users.values():
        return [f"the parties do not have users of their own: {users}"]
    found = []
    for owner in PARTIES:
        for root, _, files in os.walk(os.path.join(folder, owner)):
            for name in files:
                path = os.path.join(root, name)
                found += [f"{p} can read {path}" for p in PARTIES
                          if p != owner and can_read_as(users[p], path)]
    return found


def main(demo):
    failures = set()
    n_seen = 0
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        folder = os.path.join(os.path.realpath(top), "run")
        process, pids = start(demo, folder)
        try:
            for _ in range(40):
                for party in PARTIES:
                    paths = open_files(pids[party])
                    n_seen += len(paths)
                    failures.update(f"{party} has {p} open" for p in strangers(party, paths, folder))
                time.sleep(0.1)
            if os.geteuid() == 0:
                failures.update(readable_strangers(folder, pids))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        if not os.path.getsize(os.path.join(folder, "series/series.db")):
            failures.add("nothing was published while the test looked")
    for failure in sorted(failures):
        print("FAILED:", failure)
    print(f"{n_seen} open files looked at")
    return 1 if failures or n_seen == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    sys.exit(main(sys.argv[1]))
