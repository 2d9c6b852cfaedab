"""Leader and helper as processes that can be killed, stopped, starved of disk, given an older image of
their database, and whose clocks are stepped; see run.py. On PostgreSQL each may be several."""
import collections
import ctypes
import mmap
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

STEPS = ("none", "upload", "take", "ready", "helper", "finish", "collect", "share", "release", "burn",
         "any")
MOMENTS = ("before_commit", "after_commit", "after_head")
PLANTS = ("none", "lost_commit", "no_ids", "no_burn", "no_sync", "no_owner")
DISKS = ("sound", "full", "no_sync", "sync_once", "no_head")
ACTIONS = ("kill", "power", "stop")
# The page of faults, in the order of fault_page.h.
WORDS = ("step", "moment", "passes", "disk", "n_kills", "n_disk_errors", "plant", "action", "n_stops",
         "n_undone", "slow_ms", "lease_ms")
LEASE_MS = 1500  # of a process on a server: a tenth of the product's
KILLED = -9
PR_SET_PDEATHSIG = 1
# Lines of a log that tell what a fault came to.
TOLD = {"store.restored": "burnings", "job.adopted": "jobs adopted", "store.again":
        "connections made anew", "store.head what=not_written": "heads not written",
        "store.commit what=failed": "commits that failed", "disk.low low=yes":
        "disks found low"}


class Failure(Exception):
    """What must never happen."""


class Words:
    """Little-endian words in a file that other processes map."""

    def __init__(self, path, kind, n):
        with open(path, "wb") as f:
            f.write(bytes(4096))
        with open(path, "r+b") as f:
            self._map = mmap.mmap(f.fileno(), 4096)
        self.at = (kind * n).from_buffer(self._map)


class Clocks:
    """The city's time, and each party's own clock, which may be off by some seconds."""

    def __init__(self, folder, now):
        self._now, self._off, self._pages = now, {}, {}
        for name in ("leader", "helper"):
            self._off[name] = 0
            self._pages[name] = Words(self.path(folder, name), ctypes.c_uint64, 1)
        self.now = now

    @staticmethod
    def path(folder, name):
        return os.path.join(folder, f"clock-{name}")

    @property
    def now(self):
        return self._now

    @now.setter
    def now(self, value):
        self._now = value
        for name, page in self._pages.items():
            page.at[0] = value + self._off[name]

    def put_off(self, name, seconds):
        self._off[name] = seconds
        self.now = self._now

    def off(self, name):
        return self._off[name]


def free_ports(n):
    """Ports below the ephemeral ones, so that no connection going out takes one in between."""
    found = []
    while len(found) < n:
        port = random.randint(12000, 30000)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def dies_with_us():
    """In a child before its program: it ends when the driver does, however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One of a party: its port, its head of the ledger, its page of faults, its log."""

    def __init__(self, party, program, number, port, clock_path, mechanism):
        self.party, self.port = party, port
        self.name = party.name if number == 0 else f"{party.name} {number + 1}"
        end = "" if number == 0 else f"-{number + 1}"
        self.head = os.path.join(party.folder, f"ledger{end}.head")
        # On the same disk as the database.
        self.log = os.path.join(party.folder, f"log{end}.txt")
        self.config = os.path.join(party.folder, f"{party.name}{end}.ini")
        faults = os.path.join(os.path.dirname(party.folder), f"faults-{party.name}{end}")
        words = Words(faults, ctypes.c_uint32, len(WORDS))
        self._words = words
        self._command = [program, self.config, clock_path, mechanism, faults]
        self.handle = None
        self.stopped = False
        self.was_hurt = False  # its disk, since it was last seen up
        self.rss_kb = 0

    def get(self, word):
        return self._words.at[WORDS.index(word)]

    def set(self, word, value):
        self._words.at[WORDS.index(word)] = value

    # ---- What goes wrong

    def meet_at(self, step, moment, passes, action):
        """Something happens when it comes there."""
        self.set("step", 0)
        self.set("moment", MOMENTS.index(moment))
        self.set("passes", passes)
        self.set("action", ACTIONS.index(action))
        self.set("step", STEPS.index(step))

    def disk(self, state):
        self.set("disk", DISKS.index(state))
        self.was_hurt = self.was_hurt or state != "sound"

    def stop(self):
        """Hangs, wherever it is."""
        if self.handle is not None and self.handle.poll() is None:
            self.handle.send_signal(signal.SIGSTOP)
            self.stopped = True

    def go_on(self):
        if self.handle is not None and self.handle.poll() is None:
            self.handle.send_signal(signal.SIGCONT)
        self.stopped = False

    # ---- Its life

    def start(self):
        try:
            log = open(self.log, "ab")
        except OSError:
            log = open(os.devnull, "ab")
        with log:
            self.handle = subprocess.Popen(self._command, stdout=log, stderr=log,
                                           preexec_fn=dies_with_us)
        self.stopped = False
        self.was_hurt = DISKS[self.get("disk")] != "sound" or self.party.is_full()

    def is_dead(self):
        """Whether it has ended; it may only because it was killed, or because of its disk."""
        if self.handle is None:
            return True
        code = self.handle.poll()
        if code is None:
            return False
        if code != KILLED and not (code == 1 and (self.was_hurt or self.party.was_away())):
            raise Failure(f"the {self.name} ended with {code}")
        return True

    def kill(self):
        self.look_at_memory()
        self.handle.kill()
        self.handle.wait()
        self.stopped = False

    def end(self):
        self.look_at_memory()
        self.go_on()
        self.handle.terminate()
        try:
            code = self.handle.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.handle.kill()
            raise Failure(f"the {self.name} does not stop") from None
        if code != 0:
            raise Failure(f"the {self.name} stopped with {code}")

    def listens(self):
        if self.handle is None or self.handle.poll() is not None:
            return False
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def look_at_memory(self):
        """Its peak so far, in kilobytes."""
        try:
            with open(f"/proc/{self.handle.pid}/status", encoding="ascii") as f:
                found = re.search(r"VmHWM:\s*(\d+)", f.read())
            self.rss_kb = max(self.rss_kb, int(found[1]) if found else 0)
        except OSError:
            pass

    def log_text(self):
        try:
            with open(self.log, "rb") as f:
                return f.read().decode(errors="replace")
        except OSError:
            return ""

    def head_generation(self):
        """How often its head was written; -1: never."""
        found = -1
        try:
            with open(self.head, "rb") as f:
                data = f.read()
        except OSError:
            return found
        for at in (0, 4096):
            if data[at:at + 7] == b"hubhead" and len(data) >= at + 16:
                found = max(found, int.from_bytes(data[at + 8:at + 16], "big"))
        return found

    def head_rows(self):
        """Of the chain, as its newest slot says."""
        rows, newest = 0, -1
        try:
            with open(self.head, "rb") as f:
                data = f.read()
        except OSError:
            return rows
        for at in (0, 4096):
            generation = int.from_bytes(data[at + 8:at + 16], "big")
            if data[at:at + 7] == b"hubhead" and generation > newest:
                newest, rows = generation, int.from_bytes(data[at + 16:at + 24], "big")
        return rows


class Party:
    """A leader or a helper: its processes on one database, the disk under it, its images."""

    def __init__(self, name, program, folder, ports, clocks, storage, options):
        self.name, self.storage = name, storage
        self.folder = os.path.join(folder, name)
        self.disk = options.disk  # a file system of its own, or None
        self.processes = [Process(self, program, i, port, clocks.path(folder, name), "none")
                          for i, port in enumerate(ports)]
        self._configure(options.lines)
        for process in self.processes:
            process.set("plant", PLANTS.index(options.plant))
            process.set("lease_ms", LEASE_MS)

    def _configure(self, lines):
        path = self.processes[0].config
        with open(path, encoding="utf-8") as f:
            text = [line for line in f if not re.match("listen|head|database", line)]
        for process in self.processes:
            with open(process.config, "w", encoding="utf-8") as f:
                f.writelines(text + [f"listen = 127.0.0.1:{process.port}\n",
                                     f"head = {process.head}\n",
                                     f"database = {self.storage.path}\n"] + lines)

    def is_full(self):
        return self.disk is not None and self.disk.is_full

    def was_away(self):
        return self.storage.was_away()

    def count_into(self, counts):
        for process in self.processes:
            counts["disk errors"] += process.get("n_disk_errors")
            counts["writes lost"] += process.get("n_undone")
            text = process.log_text()
            for line, name in TOLD.items():
                counts[name] += text.count(line)
            counts["largest process, MB"] = max(counts["largest process, MB"],
                                                process.rss_kb >> 10)

    def newest_first(self):
        """Processes in the order in which they start after a restore: who knows most of the ledger
        looks first (docs/scale.md)."""
        return sorted(self.processes, key=lambda p: -p.head_rows())


Options = collections.namedtuple("Options", "lines plant disk")


def wait_until(is_so, seconds, what):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise Failure(what)
        time.sleep(0.02)


class Counts:
    """A counter that threads share."""

    def __init__(self):
        self._lock, self._all = threading.Lock(), collections.Counter()

    def add(self, name, n=1):
        with self._lock:
            self._all[name] += n

    def all(self):
        with self._lock:
            return self._all.copy()
