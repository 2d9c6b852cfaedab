#!/usr/bin/env python3
"""Leader, helper, devices and a collector under load, while things go wrong: processes are killed and
hung at random moments and at chosen commits, connections are cut, requests fail, wait, repeat and
overtake each other, disks fill, clocks jump, databases are exchanged for older images of themselves.
After each run every acknowledged valid report is in its window's total exactly once and nothing else
is, leader and helper agree, and no released share ever had other bytes (docs/exactly-once.md).

    run.py --programs FOLDER [--seed N] [--runs M] [--jobs J] [--postgres] [--plant MISTAKE]

A run takes some seconds. Its seed is printed and brings back the same choices; where threads and
processes stand when they come true is the machine's. Exit code 0: nothing was lost in any run, and in
a long series no kind of fault was missing."""
import argparse
import collections
import contextlib
import hashlib
import io
import multiprocessing
import multiprocessing.util
import os
import random
import sys
import tempfile
import threading
import time
import subprocess
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import postgres  # noqa: E402
from chaos import Chaos  # noqa: E402
from checks import (check_answers, check_burnt, check_closed, check_memory,  # noqa: E402
                    check_window)
from city import (Clocks, Counts, Failure, Options, PLANTS, Party, free_ports,  # noqa: E402
                  wait_until)
from disk import Mounts  # noqa: E402
from load import ACKNOWLEDGED, Collector, Devices, PERHAPS, Storm, requests_from  # noqa: E402
from proxy import Proxy  # noqa: E402
from relay import Relay  # noqa: E402
from storage import Database, Files  # noqa: E402
from tally import missing, words_of  # noqa: E402

FIRST_DAY = 20500
DAY_S, WINDOW_S, GRACE_S = 86400, 3600, 1800  # as in fault_crowd.c
N_WINDOWS, N_REQUESTS, N_REPORTS = 3, 10, 10
N_STORM = 48  # requests more
START_S, SETTLE_S, TURN_S = 120, 60, 0.02
USUAL_START_S = 4  # at most, of a machine with something else to do
SERVER_PATIENCE = 3  # all takes longer on a server that is often away
PARTY_DISK_BYTES = 24 << 20


class Worker:
    """What the runs of one process share: where it may mount, and a server."""

    def __init__(self, options):
        self.options, self.mounts = options, Mounts()
        self.server = None
        if options.postgres:
            self.server = postgres.Server(self.mounts)
            self.server.await_up()
            multiprocessing.util.Finalize(self, self.server.close, exitpriority=10)


class City:
    """One run's world."""

    window_s = WINDOW_S

    def __init__(self, worker, folder, seed):
        options = worker.options
        self.folder, self.random = folder, random.Random(seed)
        self.crowd = os.path.join(options.programs, "fault_crowd")
        self.counts = Counts()
        self.gives_up = False
        self.must_restore = options.plant == "no_burn"
        self.server = worker.server
        self.patience = SERVER_PATIENCE if self.server else 1
        self.first = FIRST_DAY * DAY_S // WINDOW_S + self.random.randrange(24)
        self.clock = Clocks(folder, self.first * WINDOW_S + 60)
        self.answers = collections.defaultdict(set)  # of the helper, by what was asked
        self.shares = collections.defaultdict(set)   # aggregate shares of the helper, by window
        self.agreed = collections.defaultdict(set)   # count and checksum that it was asked with
        self.answers_lock = threading.Lock()
        self.restored_s = 0  # the clock when an image was last put in place
        self.n_restores = 0
        self.storm = None
        self.parties, self._disks = [], []
        self._build(worker, options)

    def _build(self, worker, options):
        several = self.server is not None
        n_of = {name: self.random.choice((1, 2, 2, 2)) if several else 1
                for name in ("leader", "helper")}
        if options.plant == "no_owner":
            n_of["leader"] = 2
        ports = free_ports(2 + sum(n_of.values()))
        split = {"leader": ports[2:2 + n_of["leader"]], "helper": ports[2 + n_of["leader"]:]}
        self.leader_proxy = Proxy("to the leader", ports[0], split["leader"],
                                  self.random.getrandbits(64), self.counts)
        self.helper_proxy = Proxy("to the helper", ports[1], split["helper"],
                                  self.random.getrandbits(64), self.counts, self._saw)
        disks = {name: worker.mounts.mount(os.path.join(self.folder, name), PARTY_DISK_BYTES)
                 for name in split}
        self._disks = [disk for disk in disks.values() if disk is not None]
        self.task = self.run_crowd("new", self.folder, f"http://127.0.0.1:{ports[0]}/",
                                   f"http://127.0.0.1:{ports[1]}/", str(FIRST_DAY)).decode().strip()
        program = os.path.join(options.programs, "faulty_aggregator")
        for name in split:
            lines = self._lines(name)
            if n_of[name] > 1:
                self.counts.add(f"{name} of several processes")
            self.parties.append(Party(name, program, self.folder, split[name], self.clock,
                                      self._storage(name),
                                      Options(lines, options.plant, disks[name])))
        self.leader, self.helper = self.parties

    def _lines(self, name):
        lines = ["job_linger_ms = 20\n", "collect_wait_ms = 200\n", "workers = 2\n",
                 "collectors = 2\n", "http_threads = 1\n", "queue_bytes_max = 65536\n",
                 # with 1 it refuses before the disk is full, with 0 it meets the full disk
                 f"disk_free_min_mb = {self.random.randrange(2)}\n"]
        if name == "helper" and self.random.random() < 0.3:
            lines.append("helper_async = yes\n")
            self.counts.add("asynchronous helper")
        return lines

    def _storage(self, name):
        if self.server is None:
            return Files(self.folder, name)
        relay = Relay(os.path.join(self.folder, f"relay-{name}"), self.server.folder, self.counts)
        return Database(self.server, f"{name}_{os.getpid()}_{time.monotonic_ns()}", relay)

    def run_crowd(self, *arguments):
        done = subprocess.run([self.crowd, *arguments], capture_output=True, timeout=600)
        if done.returncode != 0:
            raise Failure(f"fault_crowd {arguments[0]}: {done.stderr.decode()}")
        return done.stdout

    # ---- What others ask of it

    def processes(self):
        return [process for party in self.parties for process in party.processes]

    def proxies(self):
        return self.leader_proxy, self.helper_proxy

    def path(self, what):
        return f"/tasks/{self.task}/{what}"

    def release_of(self, window):
        return (window + 1) * WINDOW_S + GRACE_S

    def note_restore(self, name):
        """What began before now may be burnt, or lack reports."""
        self.counts.add(name)
        self.n_restores += 1
        self.restored_s = max(self.restored_s, self.clock.now)

    def burnt_before(self):
        """Windows that began before may be refused."""
        return max(self.restored_s, *(party.storage.burnt_before() for party in self.parties))

    def storm_is_on(self):
        return self.storm is not None and self.storm.is_on()

    def storm_look(self):
        if self.storm is not None:
            self.storm.look()

    def _saw(self, message, answer):
        """Every whole answer of the helper."""
        status = int(answer.split(b" ", 2)[1])
        body = answer.split(b"\r\n\r\n", 1)[1]
        line, asked = message.split(b"\r\n", 1)[0], message.split(b"\r\n\r\n", 1)[1]
        if status // 100 != 2 or not body or b"/tasks/" not in line:
            return
        with self.answers_lock:
            self.answers[line, hashlib.sha256(asked).digest()].add(body)
            if b"/aggregate_shares" in line and asked:
                # start, duration of the batch; report_count, checksum behind it
                start = int.from_bytes(asked[-56:-48], "big")
                self.shares[start].add(body)
                self.agreed[start].add((int.from_bytes(asked[-40:-32], "big"), asked[-32:]))
            elif b"/aggregate_shares" in line:  # the Location of one, by an asynchronous helper
                self.shares[line].add(body)

    # ---- Start and load

    def start(self):
        """A machine that takes long for it, since others are busy on it, is waited for longer."""
        began = time.monotonic()
        self._start()
        self.patience *= max(1, (time.monotonic() - began) / USUAL_START_S)

    def _start(self):
        for party in self.parties:
            for process in party.processes:  # the first one makes the keys
                process.start()
                wait_until(process.listens, START_S, f"the {process.name} does not start")
        configs = []
        for name, proxy in (("leader", self.leader_proxy), ("helper", self.helper_proxy)):
            path = os.path.join(self.folder, name + ".configs")
            with open(path, "wb") as f:
                f.write(self._get(proxy.port, "/hpke_config"))
            configs.append(path)
        requests, self.collectors = [], []
        windows = range(self.first, self.first + N_WINDOWS)
        for window in windows:
            requests += self._make(configs, N_REQUESTS, window)
            token, question = self.run_crowd("ask", self.folder, str(window)).decode().split()
            self.collectors.append(Collector(self, window, bytes.fromhex(question), token,
                                             self.random.getrandbits(64)))
        storm = []
        if self.random.random() < 0.4:
            storm = self._make(configs, N_STORM, self.random.choice(windows))
            self.storm = Storm(self, storm, self.random.getrandbits(64))
        self.reports = [report for request in requests + storm for report in request.reports]
        self.devices = Devices(self, requests, self.random.getrandbits(64))

    def _make(self, configs, n, window):
        blob = self.run_crowd("make", self.folder, *configs, str(self.random.getrandbits(63)),
                              str(n), str(N_REPORTS), str(window))
        return requests_from(blob, window)

    @staticmethod
    def _get(port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.read()

    def loads(self):
        return [self.devices, self.storm] if self.storm else [self.devices]

    # ---- The end

    def stop_load(self):
        self.gives_up = True
        for collector in self.collectors:
            collector.stopping = True
        threads = [thread for load in self.loads() for thread in load.threads]
        for thread in [*threads, *self.collectors]:
            if thread.ident is not None:
                thread.join()

    def close(self):
        for process in self.processes():
            if process.handle is not None and process.handle.poll() is None:
                process.kill()
        for proxy in self.proxies():
            proxy.close()
        if self.server:
            if self.server.disk is not None:
                self.server.disk.clear()
            self.server.keep_up()
            self.server.await_up()
            self.server.forget_images()
        for party in self.parties:
            party.storage.close()
        for disk in self._disks:
            disk.close()


# ---- A run

def until(city, seconds, is_done, each_turn):
    end = time.monotonic() + seconds * city.patience
    while not is_done():
        for thread in [*city.loads(), *city.collectors]:
            if thread.error is not None:
                raise thread.error
        if time.monotonic() > end:
            raise Failure("it does not come to an end: " + ", ".join(
                f"window {c.window}: {c.problem}" for c in city.collectors if c.answer is None))
        each_turn()
        time.sleep(TURN_S)


def live(city, chaos):
    last_s = city.release_of(city.first + N_WINDOWS - 1) + 1
    for proxy in city.proxies():
        proxy.faults = True
    city.devices.start()
    for collector in city.collectors:
        collector.start()
    # A machine that is too slow for all of it has less of it.
    enough = time.monotonic() + SETTLE_S * city.patience / 2
    until(city, SETTLE_S, lambda: city.clock.now >= last_s or time.monotonic() > enough, chaos.tick)
    city.clock.now = last_s + 1000  # beyond what a step back could undo
    turns = iter(range(20))
    until(city, SETTLE_S, lambda: next(turns, None) is None, chaos.tick)
    city.clock.now = last_s + 5000
    chaos.calm()
    for collector in city.collectors:
        collector.forget_refusals()
    if city.storm is not None and not city.storm.has_begun():
        city.storm = None  # its window never came
    until(city, SETTLE_S, lambda: all(load.is_done() for load in city.loads()) and
          all(c.is_settled() for c in city.collectors), chaos.repair)
    # Asked once more by one who has forgotten: after another start of all.
    for process in city.processes():
        process.kill()
        process.start()
    wait_until(lambda: all(p.listens() for p in city.processes()), START_S * city.patience,
               "a party does not come up")
    ask_again(city)


def ask_again(city):
    asked = [c.n_asked for c in city.collectors]
    until(city, SETTLE_S, lambda: all(c.n_asked > n + 2 for c, n in zip(city.collectors, asked)),
          lambda: None)


def check(city):
    check_answers(city)
    check_closed(city)
    check_burnt(city)
    check_memory(city)
    if city.storm is not None:
        city.storm.check()


def counts_of(city):
    for collector in city.collectors:
        city.counts.add("answers compared", collector.n_compared)
    city.counts.add("reports acknowledged", sum(r.fate == ACKNOWLEDGED for r in city.reports))
    city.counts.add("reports uncertain", sum(r.fate == PERHAPS for r in city.reports))
    city.counts.add("requests sent again", sum(load.n_again for load in city.loads()))
    counts = city.counts.all()
    for party in city.parties:
        party.count_into(counts)
    return counts


def one_run(worker, seed):
    """Its counts. Failure with what was lost."""
    with tempfile.TemporaryDirectory(prefix="hubbub-faults-") as folder:
        city = City(worker, folder, seed)
        try:
            city.start()
            chaos = Chaos(city, city.random.getrandbits(64))
            try:
                live(city, chaos)
                for collector in city.collectors:
                    city.counts.add("windows " + check_window(city, collector))
                if chaos.restores:
                    chaos.put_oldest()
                    ask_again(city)
            finally:
                city.stop_load()
            for process in city.processes():
                process.end()
            check(city)
            return counts_of(city)
        except Exception:
            for process in city.processes():
                print(f"--- the {process.name}'s log ends:\n{process.log_text()[-4000:]}")
            if worker.options.keep:
                subprocess.run(["cp", "-a", folder, folder + "-kept"], check=False)
                print(f"kept: {folder}-kept")
            raise
        finally:
            city.close()


the_worker = None  # of a process of the pool


def make_worker(options):
    global the_worker
    the_worker = Worker(options)


def tell_run(seed):
    """What became of one seed's run: its counts, or None; prints it whole."""
    text, began = io.StringIO(), time.monotonic()
    with contextlib.redirect_stdout(text):
        try:
            counts = one_run(the_worker, seed)
        except Exception as e:  # noqa: BLE001: the next run goes on
            counts = None
            print(f"FAIL seed {seed}: {type(e).__name__}: {e}")
    if counts is not None:
        text.write(f"ok   seed {seed}: {time.monotonic() - began:.1f} s; {words_of(counts)}\n")
    print(text.getvalue(), end="", flush=True)
    return counts


def rounds_of(options):
    """A planted mistake shows only when a fault meets it: chance has some more turns."""
    return 1 if options.plant == "none" else 5


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--programs", required=True, help="folder of faulty_aggregator, fault_crowd")
    parser.add_argument("--seed", type=int, default=int(time.time() * 1000) % 1000000007)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time")
    parser.add_argument("--postgres", action="store_true", help="databases on a PostgreSQL server, "
                        "which has its own faults; each party may be two processes")
    parser.add_argument("--plant", choices=PLANTS, default="none", help="build in a mistake: exit "
                        "code 0 if any run finds it")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a run that fails")
    return parser.parse_args()


def run_all(options):
    """Counts, the number of runs and that of failed ones."""
    total, n_failed, n_runs = collections.Counter(), 0, 0
    pool = multiprocessing.Pool(options.jobs, make_worker, (options,))
    while n_runs < options.runs * rounds_of(options) and (n_runs == 0 or n_failed == 0):
        seeds = [options.seed + n_runs + i for i in range(options.runs)]
        n_runs += options.runs
        for counts in pool.imap_unordered(tell_run, seeds, 1):
            if counts is None:
                n_failed += 1
                continue
            peak = max(total["largest process, MB"], counts["largest process, MB"])
            total.update(counts)
            total["largest process, MB"] = peak
    pool.close()
    pool.join()
    return total, n_runs, n_failed


def main():
    options = parse()
    if options.postgres and postgres.programs() is None:
        print("skipped: there is no PostgreSQL server on this machine")
        return 77
    reason = Mounts().reason
    if reason is not None:
        print(f"skipped: really full disks, since {reason}")
    print(f"seeds {options.seed} to {options.seed + options.runs - 1}", flush=True)
    began = time.monotonic()
    total, n_runs, n_failed = run_all(options)
    print(f"{n_runs} runs from seed {options.seed} in {time.monotonic() - began:.0f} s, "
          f"{n_failed} failed; {words_of(total)}")
    if options.plant != "none":
        return 0 if n_failed else 1
    never = missing(total, n_runs, options.postgres, reason is None)
    if never:
        print("never happened: " + ", ".join(never))
    return 1 if n_failed or never else 0


if __name__ == "__main__":
    sys.exit(main())
