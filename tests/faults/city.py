"""Leader and helper as processes that can be killed, starved of disk, given an older image of their
database, and whose clock is stepped; see run.py."""
import ctypes
import mmap
import os
import random
import shutil
import socket
import sqlite3
import subprocess

STEPS = ("none", "upload", "take", "ready", "helper", "finish", "collect", "share", "release", "burn",
         "any")
MOMENTS = ("before_commit", "after_commit", "after_head")
PLANTS = ("none", "lost_commit", "no_ids", "no_burn")
DISKS = ("sound", "full", "no_sync", "no_head")
KILLED = -9


class Failure(Exception):
    """What must never happen."""


class Words:
    """Little-endian words in a file that other processes map."""

    def __init__(self, path, kind, n):
        with open(path, "wb") as f:
            f.truncate(4096)
        with open(path, "r+b") as f:
            self._map = mmap.mmap(f.fileno(), 4096)
        self.at = (kind * n).from_buffer(self._map)


class Clock:
    def __init__(self, path, now):
        self.path = path
        self._words = Words(path, ctypes.c_uint64, 1)
        self.now = now

    @property
    def now(self):
        return self._words.at[0]

    @now.setter
    def now(self, value):
        self._words.at[0] = value


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


class Party:
    def __init__(self, program, folder, name, port, clock, mechanism):
        self.name, self.port = name, port
        self.folder = os.path.join(folder, name)
        self.database = os.path.join(self.folder, name + ".db")
        self.log = os.path.join(self.folder, "log.txt")
        self.config = os.path.join(self.folder, name + ".ini")
        faults = os.path.join(self.folder, "faults")
        self._faults = Words(faults, ctypes.c_uint32, 7)
        self._command = [program, self.config, clock.path, mechanism, faults]
        self.process = None
        self.server = None  # PostgreSQL, instead of the file
        self.images = []  # older ones of the database: folders
        self.was_hurt = False  # its disk, since it was last seen up

    # ---- The page of faults, in the order of fault_page.h

    def die_at(self, step, moment, passes):
        words = self._faults.at
        words[0] = 0
        words[1], words[2] = MOMENTS.index(moment), passes
        words[0] = STEPS.index(step)

    def plant(self, mistake):
        self._faults.at[6] = PLANTS.index(mistake)

    def disk(self, state):
        self._faults.at[3] = DISKS.index(state)
        self.was_hurt = self.was_hurt or state != "sound"

    @property
    def disk_state(self):
        return DISKS[self._faults.at[3]]

    @property
    def n_chosen_kills(self):
        return self._faults.at[4]

    @property
    def n_disk_errors(self):
        return self._faults.at[5]

    # ---- The process

    def configure(self, lines):
        with open(self.config, encoding="utf-8") as f:
            text = [line for line in f if not line.startswith("listen") and
                    not (self.server and line.startswith("database"))]
        if self.server:
            lines = lines + [f"database = {self.server.url(self.name)}\n"]
        with open(self.config, "w", encoding="utf-8") as f:
            f.writelines(text + [f"listen = 127.0.0.1:{self.port}\n"] + lines)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)
        self.was_hurt = self.disk_state != "sound"

    def is_dead(self):
        """Whether it has ended; it may only because it was killed, or because of its disk."""
        code = self.process.poll()
        if code is None:
            return False
        away = self.server is not None and self.server.was_away()
        if code != KILLED and not (code == 1 and (self.was_hurt or away)):
            raise Failure(f"the {self.name} ended with {code}")
        return True

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"the {self.name} does not stop") from None
        if code != 0:
            raise Failure(f"the {self.name} stopped with {code}")

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def log_end(self, n=4000):
        try:
            with open(self.log, "rb") as f:
                return f.read()[-n:].decode(errors="replace")
        except OSError:
            return ""

    # ---- What it holds

    def bucket(self, window):
        """State, count and checksum at rest."""
        where = f"from bucket where window_number = {window}"
        if self.server:  # count and checksum go with the parts, when it is released
            rows = self.server.query(self.name, f"select state {where}")
            return (int(rows[0][0]), None, None) if rows else None
        return self._first(f"select state, n_reports, checksum {where}")

    def burnt_before(self):
        """What began before is burnt, whether it has a row or not."""
        what = "select value from setting where name = 'burnt_before_s'"
        if self.server:
            rows = self.server.query(self.name, what)
            return int(rows[0][0]) if rows else 0
        return (self._first(what) or (0,))[0]

    def _first(self, sql):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchone()

    # ---- Images of the database; the process is not running

    def take_image(self):
        """Keeps a copy of the database as it is. Keys and the ledger's head are no part of it."""
        if not os.path.exists(self.database):
            return
        image = os.path.join(self.folder, f"image-{len(self.images)}")
        os.mkdir(image)
        for end in ("", "-wal"):
            if os.path.exists(self.database + end):
                shutil.copy(self.database + end, os.path.join(image, "db" + end))
        self.images.append(image)

    def put_image(self, index):
        for end in ("", "-wal", "-shm"):
            if os.path.exists(self.database + end):
                os.unlink(self.database + end)
        for end in ("", "-wal"):
            source = os.path.join(self.images[index], "db" + end)
            if os.path.exists(source):
                shutil.copy(source, self.database + end)
