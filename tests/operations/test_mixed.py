#!/usr/bin/env python3
"""Two versions at once, as in a rolling upgrade: an older leader with this version's helper, the other
way round, and on PostgreSQL a process of each on one database. The older version is built from the
repository's history, once for a build folder; without the history the test is skipped.

test_mixed.py SOURCE_ROOT BUILD_ROOT STEPPED_AGGREGATOR FAULT_CROWD"""
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "faults"))
import postgres  # noqa: E402
from city import free_ports  # noqa: E402
from load import COLLECT, Client, UPLOAD, requests_from  # noqa: E402
from old_store import Clock  # noqa: E402
from stepped import Stepped  # noqa: E402
from trial import Checks  # noqa: E402

SOURCE, BUILD, NEW, CROWD = (os.path.abspath(p) for p in sys.argv[1:])
OLD_COMMIT = "c0a9e423f2e064ca8eba65afa0efd887fbaf9dbd"  # the last one before a version gets here
FIRST_DAY, WINDOW_S, GRACE_S = 20500, 3600, 1800  # as in fault_crowd.c
FIRST = FIRST_DAY * 24 + 5
WAIT_S, CELLS = 60, 8
check = Checks()


def old_program():
    """Builds it where it is not there. None, and why on stdout: the history is not here."""
    folder = os.path.join(BUILD, "older-version")
    program = os.path.join(folder, "build", "tests", "parties", "stepped_aggregator")
    if os.path.exists(program):
        return program
    known = subprocess.run(["git", "-C", SOURCE, "cat-file", "-e", OLD_COMMIT + "^{commit}"],
                           capture_output=True, check=False)
    if known.returncode != 0:
        print(f"skipped: commit {OLD_COMMIT[:7]} is not in this clone, which is shallow or no clone")
        return None
    os.makedirs(folder, exist_ok=True)
    archive = subprocess.run(["git", "-C", SOURCE, "archive", OLD_COMMIT], check=True,
                             capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    for command in (["meson", "setup", "build", "-Dtests=true", "-Doptimization=0", "-Ddebug=false"],
                    ["ninja", "-C", "build", "tests/parties/stepped_aggregator"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the older version is not built:\n{done.stdout[-3000:]}{done.stderr}")
    return program


class Process(Stepped):
    def __init__(self, world, party, name, port):
        super().__init__(os.path.join(world.folder, party, name + ".ini"), port, world.clock_path)
        database = world.databases.get(party, party + ".db")
        with open(self.path, "w", encoding="utf-8") as f:
            f.write(f"listen = 127.0.0.1:{port}\nkeys = keys\ntasks = tasks\ndatabase = {database}\n"
                    f"head = {name}.head\njob_linger_ms = 20\ncollect_wait_ms = 200\nworkers = 2\n"
                    "collectors = 2\nhttp_threads = 1\n")
        world.processes.append(self)


class World:
    """A task, its parties' folders, and what was acknowledged."""

    def __init__(self, folder, databases=None):
        self.folder, self.databases, self.processes = folder, databases or {}, []
        self.clock_path = os.path.join(folder, "clock")
        self.clock = Clock(self.clock_path, FIRST * WINDOW_S + 60)
        self.ports = free_ports(3)
        self.task = self.crowd("new", *(f"http://127.0.0.1:{port}/" for port in self.ports[:2]),
                               str(FIRST_DAY)).decode().strip()
        self.seed = 0
        self.totals = [0] * CELLS

    def crowd(self, what, *arguments):
        return subprocess.run([CROWD, what, self.folder, *arguments], check=True, capture_output=True,
                              timeout=60).stdout

    def await_all(self):
        for party, process in (("leader", self.processes[0]), ("helper", self.processes[1])):
            with open(os.path.join(self.folder, party + ".configs"), "wb") as f:
                f.write(process.await_up())

    def upload(self, port, window):
        self.seed += 1
        for request in requests_from(self.crowd(
                "make", os.path.join(self.folder, "leader.configs"),
                os.path.join(self.folder, "helper.configs"), str(self.seed), "3", "15", str(window)),
                window):
            end = time.monotonic() + WAIT_S
            while True:
                answer = Client(port).send("POST", f"/tasks/{self.task}/reports", request.body,
                                           {"Content-Type": UPLOAD})
                if answer and answer[0] == 200:
                    break
                if time.monotonic() > end:
                    raise RuntimeError(f"an upload is not acknowledged: {answer}")
                time.sleep(0.1)
            for report in request.reports:
                self.totals[report.cell] += not report.is_bad

    def check_total(self, what, port, window):
        """What was acknowledged since the last one; returns the answer's bytes."""
        self.clock.set((window + 1) * WINDOW_S + GRACE_S + 60)
        token, question = self.crowd("ask", str(window)).decode().split()
        headers = {"Content-Type": COLLECT, "Authorization": "Bearer " + token}
        end = time.monotonic() + WAIT_S
        body = b""
        while not body and time.monotonic() < end:
            answer = Client(port).send("POST", f"/tasks/{self.task}/collection_jobs",
                                       bytes.fromhex(question), headers)
            if answer and answer[0] in (200, 201):
                body = answer[2]
            time.sleep(0.1)
        path = os.path.join(self.folder, "answer")
        with open(path, "wb") as f:
            f.write(body)
        found = list(map(int, self.crowd("open", str(window), path).split()))[1:] if body else None
        check(what, found == self.totals, f"{answer} {found} {self.totals}")
        self.totals = [0] * CELLS
        return body

    def close(self):
        for process in self.processes:
            process.stop(signal.SIGKILL)


def mixed_parties(old):
    for what, leader, helper in (("an older leader with a newer helper", old, NEW),
                                 ("a newer leader with an older helper", NEW, old)):
        with tempfile.TemporaryDirectory() as folder:
            world = World(folder)
            try:
                Process(world, "leader", "leader", world.ports[0]).start(leader)
                Process(world, "helper", "helper", world.ports[1]).start(helper)
                world.await_all()
                world.upload(world.ports[0], FIRST)
                world.check_total(what, world.ports[0], FIRST)
            finally:
                world.close()


def side_by_side(old):
    """The newer one brings the schema up while the older one works on."""
    with tempfile.TemporaryDirectory() as folder:
        server = postgres.Server()
        server.await_up()
        server.query("postgres", "create database leader")
        world = World(folder, {"leader": f"postgresql://hubbub@/leader?host={server.folder}"})
        try:
            first = Process(world, "leader", "leader1", world.ports[0])
            Process(world, "helper", "helper", world.ports[1]).start(NEW)
            first.start(old)
            world.await_all()
            world.upload(first.port, FIRST)
            version = server.query("leader", "select max(version) from schema_version")
            second = Process(world, "leader", "leader2", world.ports[2])
            second.start(NEW)
            second.await_up()
            check("the schema is brought up beside an older process",
                  server.query("leader", "select max(version) from schema_version") > version)
            for process in (first, second):
                world.upload(process.port, FIRST)
            body = world.check_total("both take uploads, one total", first.port, FIRST)
            world.totals = [0] * CELLS
            check("which the other answers too", body != b"" and
                  world_answer(world, second.port, FIRST) == body)
            first.stop()
            first.start(old)
            code = first.process.wait(timeout=30)
            check("an older process does not start any more, and says why", code == 2 and
                  f"schema version {int(version[0][0]) + 1}, this program knows up to {version[0][0]}"
                  in first.log(), first.log()[-500:])
            first.start(NEW)
            first.await_up()
            world.clock.set((FIRST + 3) * WINDOW_S + 60)
            for process in (first, second):
                world.upload(process.port, FIRST + 3)
            world.check_total("the upgrade is done", first.port, FIRST + 3)
            check("and nothing was burnt", not any("store.restored" in p.log()
                                                   for p in world.processes))
        except BaseException:
            for process in world.processes:
                print(f"---- {process.path}\n{process.log()[-3000:]}")
            raise
        finally:
            world.close()
            server.close()


def world_answer(world, port, window):
    token, question = world.crowd("ask", str(window)).decode().split()
    answer = Client(port).send("POST", f"/tasks/{world.task}/collection_jobs", bytes.fromhex(question),
                               {"Content-Type": COLLECT, "Authorization": "Bearer " + token})
    return answer[2] if answer else b""


def main():
    old = old_program()
    if old is None:
        return 77
    mixed_parties(old)
    if postgres.programs() is None:
        print("left out: there is no PostgreSQL server on this machine")
    else:
        side_by_side(old)
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
