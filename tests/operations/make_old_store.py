#!/usr/bin/env python3
"""Makes the databases that test_upgrade.py starts on, with the programs of an earlier version:

    make_old_store.py STEPPED_AGGREGATOR FAULT_CROWD OUT.tar.xz

STEPPED_AGGREGATOR (tests/parties) is the earlier version's. One window is released; of the next one
some reports are counted, some are acknowledged and wait because the helper is away, and one job was
sent to it and never answered. Prints the totals."""
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import old_store  # noqa: E402
from load import requests_from  # noqa: E402

AGGREGATOR, CROWD, OUT = (os.path.abspath(p) for p in sys.argv[1:])


def crowd(*arguments):
    return subprocess.run([CROWD, *arguments], check=True, capture_output=True).stdout


def make(folder, n, window, seed):
    return requests_from(crowd("make", folder, os.path.join(folder, "leader.configs"), os.path.join(
        folder, "helper.configs"), str(seed), str(n), "10", str(window)), window)


def main():
    with tempfile.TemporaryDirectory() as folder:
        task = crowd("new", folder, *old_store.URLS.values(), str(old_store.FIRST_DAY)).decode().strip()
        clock = old_store.Clock(os.path.join(folder, "clock"), old_store.WINDOW * 3600 - 3500)
        page = os.path.join(folder, "clock")
        helper = old_store.start(AGGREGATOR, folder, "helper", page)
        leader = old_store.start(AGGREGATOR, folder, "leader", page)
        for role in ("leader", "helper"):
            with open(os.path.join(folder, role + ".configs"), "wb") as f:
                f.write(old_store.send(role, "hpke_config")[1])
        reports = []
        for request in make(folder, 2, old_store.WINDOW - 1, 1):
            assert old_store.upload(task, request.body)[0] == 200
        clock.set(old_store.WINDOW * 3600 + 100)
        for request in make(folder, 3, old_store.WINDOW, 2):
            assert old_store.upload(task, request.body)[0] == 200
            reports += request.reports
        clock.set(old_store.WINDOW * 3600 + old_store.GRACE_S + 200)
        token, question = crowd("ask", folder, str(old_store.WINDOW - 1)).decode().split()
        status, answer = old_store.collect(task, bytes.fromhex(question), token)
        assert status in (200, 201) and answer
        with open(os.path.join(folder, "released"), "wb") as f:
            f.write(answer)
        helper.kill()
        helper.wait()
        for request in make(folder, 3, old_store.WINDOW, 3):
            assert old_store.upload(task, request.body)[0] == 200
            reports += request.reports
            time.sleep(0.5)
        leader.kill()
        leader.wait()
        totals = [sum(r.cell == cell and not r.is_bad for r in reports) for cell in range(8)]
        with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as f:
            json.dump({"task": task, "totals": totals}, f)
        print(totals)
        for name in ("clock", "exchange", "leader.configs", "helper.configs", "leader/log.txt",
                     "helper/log.txt"):
            path = os.path.join(folder, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        for role in ("leader", "helper"):
            shm = os.path.join(folder, role, role + ".db-shm")
            if os.path.exists(shm):
                os.unlink(shm)
        with tarfile.open(OUT, "w:xz") as tar:
            for name in sorted(os.listdir(folder)):
                tar.add(os.path.join(folder, name), name)


if __name__ == "__main__":
    main()
