#!/usr/bin/env python3
"""Leader, helper, devices and a collector under load, while things go wrong: processes are killed at
random moments and at chosen commits, connections are cut, requests fail, wait, repeat and overtake
each other, disks fill, the clock jumps, databases are exchanged for older images of themselves.
After each run every acknowledged valid report is in its window's total exactly once and nothing else
is, leader and helper agree, and no released share ever had other bytes (docs/exactly-once.md).

    run.py --programs FOLDER [--seed N] [--runs M] [--jobs J] [--postgres] [--plant MISTAKE]

A run takes some seconds, with --postgres most of a minute. Its seed is printed and brings back the same choices; where threads and
processes stand when they come true is the machine's. Exit code 0: nothing was lost in any run."""
import argparse
import collections
import contextlib
import hashlib
import io
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import postgres  # noqa: E402
from city import Clock, Failure, MOMENTS, PLANTS, Party, free_ports  # noqa: E402
from load import ACKNOWLEDGED, Collector, Devices, PERHAPS, requests_from  # noqa: E402
from postgres import Server  # noqa: E402
from proxy import Proxy  # noqa: E402

FIRST_DAY = 20500
DAY_S, WINDOW_S, GRACE_S = 86400, 3600, 1800  # as in fault_crowd.c
N_WINDOWS, N_REQUESTS, N_REPORTS = 3, 10, 10
BACK_S = 1500  # five times the skew that is allowed
START_S, SETTLE_S, TURN_S, SERVER_SLOWER = 20, 60, 0.02, 4
PERHAPS_MAX = 14  # sets of uncertain reports that are tried against a checksum
COLLECTED, BURNT = 2, 3
REJECT, REJECT_LEN = 2, 18  # of a VerifyResp
# The steps that each party commits, and the moments that they have.
STEPS_OF = {"leader": ("upload", "take", "ready", "finish", "collect", "release", "any"),
            "helper": ("helper", "share", "any")}
WITH_HEAD = ("share", "release", "burn", "any")


class City:
    """One run's world."""

    window_s = WINDOW_S

    def __init__(self, options, folder, seed):
        self.folder, self.random = folder, random.Random(seed)
        self.crowd = os.path.join(options.programs, "fault_crowd")
        self.counts = collections.Counter()
        self.gives_up = False
        self.must_restore = options.plant == "no_burn"
        self.first = FIRST_DAY * DAY_S // WINDOW_S + self.random.randrange(24)
        self.clock = Clock(os.path.join(folder, "clock"), self.first * WINDOW_S + 60)
        ports = free_ports(4)
        self.answers = collections.defaultdict(set)  # of the helper, by what was asked
        self.shares = collections.defaultdict(set)   # aggregate shares of the helper, by window
        self.agreed = collections.defaultdict(set)   # count and checksum that it was asked with
        self.answers_lock = threading.Lock()
        self.leader_proxy = Proxy(ports[0], ports[2], self.random.getrandbits(64), self.counts)
        self.helper_proxy = Proxy(ports[1], ports[3], self.random.getrandbits(64), self.counts,
                                  self._saw)
        self.task = self.run_crowd("new", folder, f"http://127.0.0.1:{ports[0]}/",
                                   f"http://127.0.0.1:{ports[1]}/", str(FIRST_DAY)).decode().strip()
        program = os.path.join(options.programs, "faulty_aggregator")
        self.leader, self.helper = self.parties = [
            Party(program, folder, name, port, self.clock, "none")
            for name, port in (("leader", ports[2]), ("helper", ports[3]))]
        self.server = Server() if options.postgres else None
        if self.server:
            self.server.await_up()
        for party in self.parties:
            if self.server:
                self.server.query("postgres", f"create database {party.name}")
                party.server = self.server
            party.plant(options.plant)
            party.configure(["job_linger_ms = 20\n", "collect_wait_ms = 200\n", "workers = 2\n",
                             "collectors = 2\n", "http_threads = 1\n"])
        if self.random.random() < 0.3:
            self.helper.configure(["helper_async = yes\n"])
            self.counts["asynchronous helper"] += 1
        self.restored_s = None  # the clock when an image was last put in place
        self.n_restores = 0

    def run_crowd(self, *arguments):
        done = subprocess.run([self.crowd, *arguments], capture_output=True, timeout=60)
        if done.returncode != 0:
            raise Failure(f"fault_crowd {arguments[0]}: {done.stderr.decode()}")
        return done.stdout

    def path(self, what):
        return f"/tasks/{self.task}/{what}"

    def release_of(self, window):
        return (window + 1) * WINDOW_S + GRACE_S

    def close(self):
        for party in self.parties:
            if party.process is not None and party.process.poll() is None:
                party.kill()
        for proxy in (self.leader_proxy, self.helper_proxy):
            proxy.close()
        if self.server:
            self.server.close()

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

    def await_both(self, seconds=START_S):
        end = time.monotonic() + seconds
        while not all(party.listens() for party in self.parties):
            for party in self.parties:
                if party.is_dead():
                    party.start()
            if time.monotonic() > end:
                raise Failure("a party does not come up")
            time.sleep(0.02)

    def start(self):
        for party in self.parties:
            party.start()
        self.await_both()
        configs = []
        for name, proxy in (("leader", self.leader_proxy), ("helper", self.helper_proxy)):
            path = os.path.join(self.folder, name + ".configs")
            with open(path, "wb") as f:
                f.write(self._get(proxy.port, "/hpke_config"))
            configs.append(path)
        requests, self.collectors = [], []
        for window in range(self.first, self.first + N_WINDOWS):
            blob = self.run_crowd("make", self.folder, *configs, str(self.random.getrandbits(63)),
                                  str(N_REQUESTS), str(N_REPORTS), str(window))
            requests += requests_from(blob, window)
            token, question = self.run_crowd("ask", self.folder, str(window)).decode().split()
            self.collectors.append(Collector(self, window, bytes.fromhex(question), token,
                                             self.random.getrandbits(64)))
        self.reports = [report for request in requests for report in request.reports]
        self.devices = Devices(self, requests, self.random.getrandbits(64))

    @staticmethod
    def _get(port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.read()


class Chaos:
    """What goes wrong in a run; every choice comes from its seed."""

    def __init__(self, city, seed):
        self.city, self.random = city, random.Random(seed)
        # Images are files: those of a server are its own matter.
        self.restores = (self.random.random() < 0.35 or city.must_restore) and city.server is None
        self.dead_until = {}
        self.disk_until = {}
        self.restoring = set()  # have an older image and have not been seen up with it

    def tick(self):
        """One turn of some hundredths of a second: at most one new misfortune, then the clock."""
        chance = self.random.random()
        party = self.random.choice(self.city.parties)
        if chance < 0.04:
            self._kill(party)
        elif chance < 0.09:
            self._die_at_commit(party)
        elif chance < 0.105:
            self._hurt_disk(party)
        elif chance < 0.12 and self.restores:
            self._put_image(party)
        elif chance < 0.127 and self.city.server is not None:
            self._restart_server()
        self._step_clock()
        self.repair()

    def repair(self):
        """Starts what has died, after a while; heals disks whose time has come."""
        now = time.monotonic()
        if self.city.server is not None:
            self.city.server.keep_up()
        for party in self.city.parties:
            if party in self.disk_until and now >= self.disk_until[party]:
                party.disk("sound")
                del self.disk_until[party]
            if party in self.dead_until:
                if now >= self.dead_until[party]:
                    del self.dead_until[party]
                    party.start()
            elif party.is_dead():
                self._is_dead(party)
            if party in self.restoring:  # what began before its start may be burnt
                self.city.restored_s = max(self.city.clock.now, self.city.restored_s or 0)
                if party not in self.dead_until and party.listens():
                    self.restoring.discard(party)

    def calm(self):
        """No more of it; both are up afterwards."""
        for party in self.city.parties:
            party.die_at("none", "before_commit", 0)
            party.disk("sound")
        self.disk_until.clear()
        for proxy in (self.city.leader_proxy, self.city.helper_proxy):
            proxy.faults = False
        while self.dead_until or self.restoring:
            self.repair()
            time.sleep(0.01)
        if self.city.server is not None:
            self.city.server.keep_up()
            self.city.server.await_up()
        self.city.await_both()

    def _is_dead(self, party):
        if self.restores and self.random.random() < 0.5 and len(party.images) < 6:
            party.take_image()
        self.dead_until[party] = time.monotonic() + 0.15 * self.random.random()

    def _kill(self, party):
        if party in self.dead_until or party.is_dead():
            return
        party.kill()
        self.city.counts["kill"] += 1
        self._is_dead(party)

    def _die_at_commit(self, party):
        step = self.random.choice(STEPS_OF[party.name])
        moments = MOMENTS if step in WITH_HEAD else MOMENTS[:2]
        party.die_at(step, self.random.choice(moments), self.random.randrange(3))

    def _restart_server(self):
        """The database goes away under both, at once or in good order, and comes back."""
        how = self.random.choice((signal.SIGKILL, signal.SIGINT))
        self.city.server.kill(how)
        self.city.counts["database " + ("killed" if how == signal.SIGKILL else "restarted")] += 1
        time.sleep(0.3 * self.random.random())
        self.city.server.start()

    def _hurt_disk(self, party):
        if party in self.disk_until:
            return
        state = self.random.choice(("full", "no_sync", "no_head") if party.server is None else
                                   ("no_head",))
        self.disk_until[party] = time.monotonic() + 0.05 + 0.4 * self.random.random()
        party.disk(state)
        self.city.counts["disk " + state] += 1

    def _put_image(self, party, index=None):
        """The database becomes an older image of itself; the one that was becomes an image."""
        if not party.images or party in self.dead_until:
            return
        if not party.is_dead():
            party.kill()
        if index is None:
            index = self.random.randrange(len(party.images))
        if len(party.images) < 8:
            party.take_image()
        party.put_image(index)
        self.city.counts["restore of the " + party.name] += 1
        self.city.n_restores += 1
        self.restoring.add(party)
        self.dead_until[party] = time.monotonic()

    def put_oldest(self):
        """After everything was released: the oldest images, and both are up afterwards."""
        for party in self.city.parties:
            if party.images and self.random.random() < 0.8:
                self._put_image(party, 0)
        self.calm()

    def _step_clock(self):
        clock, chance = self.city.clock, self.random.random()
        if self.city.server is not None and not all(p.listens() for p in self.city.parties):
            return  # its recovery is slow: else every window's grace would pass meanwhile
        if self.random.random() < 0.02:
            clock.now = clock.now - int(BACK_S * chance)
            self.city.counts["clock back"] += 1
        elif self.random.random() < 0.02:
            clock.now = clock.now + int(1500 * chance)
            self.city.counts["clock ahead"] += 1
        else:
            clock.now = clock.now + 40 + int(120 * chance)


# ---- What must hold

def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def checksum_of(reports):
    total = bytes(32)
    for report in reports:
        total = xor(total, hashlib.sha256(report.id).digest())
    return total


def is_exactly(checksum, n, certain, perhaps):
    """Whether checksum and count are those of all certain reports and some of the others."""
    rest, n_more = xor(checksum, checksum_of(certain)), n - len(certain)
    hashes = [hashlib.sha256(report.id).digest() for report in perhaps]
    sums = {(bytes(32), 0)}
    for one in hashes:
        sums |= {(xor(s, one), k + 1) for s, k in sums}
    return (rest, n_more) in sums


def check_window(city, collector):
    """Returns "released" or "refused"."""
    window = collector.window
    valid = [r for r in city.reports if r.window == window and not r.is_bad]
    certain = [r for r in valid if r.fate == ACKNOWLEDGED]
    perhaps = [r for r in valid if r.fate == PERHAPS]
    may_be_refused = city.restored_s is not None and window * WINDOW_S < city.restored_s
    if collector.answer is None:
        if not may_be_refused and len(certain) >= 3:
            raise Failure(f"window {window}: not released: {collector.problem}")
        return "refused"
    path = os.path.join(city.folder, f"answer-{window}")
    with open(path, "wb") as f:
        f.write(collector.answer)
    n, *totals = map(int, city.run_crowd("open", city.folder, str(window), path).split())
    if sum(totals) != n:
        raise Failure(f"window {window}: {n} reports, but {totals}")
    for cell, total in enumerate(totals):
        least = sum(r.cell == cell for r in certain)
        most = least + sum(r.cell == cell for r in perhaps)
        if total > most or (total < least and not may_be_refused):
            raise Failure(f"window {window}, cell {cell}: {total}, not {least} to {most}")
    buckets = [party.bucket(window) for party in city.parties]
    if may_be_refused:  # what is older than the bucket's row knows by the clock that it is burnt
        if any(b is not None and b[0] not in (COLLECTED, BURNT) for b in buckets):
            raise Failure(f"window {window} was released and could be again: {buckets}")
        return "released"
    if buckets[0] is None or buckets[0] != buckets[1] or buckets[0][0] != COLLECTED:
        raise Failure(f"window {window}: leader {buckets[0]}, helper {buckets[1]}")
    # At rest, and as the leader asked with: the helper answers no other.
    sums = {bucket[1:] for bucket in buckets if bucket[1] is not None} | city.agreed[window]
    if len(sums) > 1 or any(count != n for count, _ in sums):
        raise Failure(f"window {window}: sums {sums}, total of {n}")
    for _, checksum in sums:
        if len(perhaps) <= PERHAPS_MAX and not is_exactly(checksum, n, certain, perhaps):
            raise Failure(f"window {window}: the checksum is not that of what was acknowledged")
    return "released"


def check_closed(city):
    """What has left its party is released or burnt in the database that the party now has: its noise
    can meet no other reports."""
    left = {city.helper: {w for w in city.shares if isinstance(w, int)},
            city.leader: {c.window for c in city.collectors if c.answer is not None}}
    for party, windows in left.items():
        before = party.burnt_before()
        for window in windows:
            bucket = party.bucket(window)
            is_open = window * WINDOW_S >= before if bucket is None else bucket[0] < COLLECTED
            if is_open:
                raise Failure(f"window {window}: the {party.name} could release it again: {bucket}")


def rejects_all(answer):
    """Whether each report of an aggregation job is rejected: the second answer to a job that comes
    once more, late, when its windows are released and what was answered is forgotten."""
    return len(answer) % REJECT_LEN == 0 and all(
        answer[at + 16] == REJECT for at in range(0, len(answer), REJECT_LEN))


def check_answers(city):
    """A released share never changes: no window of the helper has two, whatever was asked and
    whichever image of its database answered."""
    for window, bodies in city.shares.items():
        if len(bodies) != 1:
            raise Failure(f"window {window}: the helper released {len(bodies)} different shares")
    if city.n_restores == 0:
        for (line, _), bodies in city.answers.items():
            if len([b for b in bodies if not rejects_all(b)]) > 1:
                raise Failure(f"{line.decode()}: {len(bodies)} different answers to one request")


# ---- A run

def until(city, seconds, is_done, each_turn):
    end = time.monotonic() + seconds * (SERVER_SLOWER if city.server else 1)
    while not is_done():
        for thread in [city.devices, *city.collectors]:
            if thread.error is not None:
                raise thread.error
        if time.monotonic() > end:
            raise Failure("it does not come to an end: " + ", ".join(
                f"window {c.window}: {c.problem}" for c in city.collectors if c.answer is None))
        each_turn()
        time.sleep(TURN_S)


def live(city, chaos):
    last_s = city.release_of(city.first + N_WINDOWS - 1) + 1
    for proxy in (city.leader_proxy, city.helper_proxy):
        proxy.faults = True
    city.devices.start()
    for collector in city.collectors:
        collector.start()
    until(city, SETTLE_S, lambda: city.clock.now >= last_s, chaos.tick)
    city.clock.now = last_s + 1000  # beyond what a step back could undo
    turns = iter(range(20))
    until(city, SETTLE_S, lambda: next(turns, None) is None, chaos.tick)
    chaos.calm()
    until(city, SETTLE_S, lambda: city.devices.is_done() and
          all(c.is_settled() for c in city.collectors), chaos.repair)
    # Asked once more by one who has forgotten: after another start of both.
    for party in city.parties:
        party.kill()
        party.start()
        city.counts["kill"] += 1
    city.await_both()
    ask_again(city)


def ask_again(city):
    asked = [c.n_asked for c in city.collectors]
    until(city, SETTLE_S, lambda: all(c.n_asked > n + 2 for c, n in zip(city.collectors, asked)),
          lambda: None)


def end(city):
    city.gives_up = True
    for collector in city.collectors:
        collector.stopping = True
    for thread in [*city.devices.threads, *city.collectors]:
        if thread.ident is not None:
            thread.join()


def one_run(options, seed):
    """Its counts. Failure with what was lost."""
    with tempfile.TemporaryDirectory(prefix="hubbub-faults-") as folder:
        city = City(options, folder, seed)
        try:
            city.start()
            chaos = Chaos(city, city.random.getrandbits(64))
            try:
                live(city, chaos)
                for collector in city.collectors:
                    city.counts["windows " + check_window(city, collector)] += 1
                if chaos.restores:
                    chaos.put_oldest()
                    ask_again(city)
            finally:
                end(city)
            for party in city.parties:
                party.stop()
            counts = city.counts
            for collector in city.collectors:
                counts["answers compared"] += collector.n_compared
            check_answers(city)
            check_closed(city)
            counts["reports acknowledged"] += sum(r.fate == ACKNOWLEDGED for r in city.reports)
            counts["reports uncertain"] += sum(r.fate == PERHAPS for r in city.reports)
            counts["requests sent again"] += city.devices.n_again
            for party in city.parties:
                counts["kill at a chosen commit"] += party.n_chosen_kills
                counts["disk errors"] += party.n_disk_errors
            return counts
        except Exception:
            for party in city.parties:
                print(f"--- the {party.name}'s log ends:\n{party.log_end()}")
            if options.keep:
                os.rename(folder, folder + "-kept")
                os.mkdir(folder)
                print(f"kept: {folder}-kept")
            raise
        finally:
            city.close()


def words_of(counts):
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()) if name != "pass")


def tell_run(arguments):
    """What became of one seed's run: its counts, or None; prints it whole."""
    options, seed = arguments
    text, began = io.StringIO(), time.monotonic()
    with contextlib.redirect_stdout(text):
        try:
            counts = one_run(options, seed)
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--programs", required=True, help="folder of faulty_aggregator, fault_crowd")
    parser.add_argument("--seed", type=int, default=int(time.time() * 1000) % 1000000007)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time")
    parser.add_argument("--postgres", action="store_true", help="databases of a PostgreSQL server of "
                        "the run's own, which is restarted among the rest")
    parser.add_argument("--plant", choices=PLANTS, default="none", help="build in a mistake: exit "
                        "code 0 if any run finds it")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a run that fails")
    options = parser.parse_args()
    if options.postgres and postgres.programs() is None:
        print("skipped: there is no PostgreSQL server on this machine")
        return 77
    total, n_failed, began = collections.Counter(), 0, time.monotonic()
    print(f"seeds {options.seed} to {options.seed + options.runs - 1}", flush=True)
    n_runs = 0
    with multiprocessing.Pool(options.jobs) as pool:
        while n_runs < options.runs * rounds_of(options) and (n_runs == 0 or n_failed == 0):
            runs = [(options, options.seed + n_runs + i) for i in range(options.runs)]
            n_runs += options.runs
            for counts in pool.imap_unordered(tell_run, runs, 1):
                if counts is None:
                    n_failed += 1
                else:
                    total.update(counts)
    print(f"{n_runs} runs from seed {options.seed} in {time.monotonic() - began:.0f} s, "
          f"{n_failed} failed; {words_of(total)}")
    if options.plant != "none":
        return 0 if n_failed else 1
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
