"""The database of a party, as a file or on a server: what it holds, and older images of it, which can be
put in its place. Keys and the ledger's head are no part of an image."""
import os
import shutil
import sqlite3
import time

from city import Failure

CLOSE_S = 20
RECOVERY_S = 120


class Files:
    """A file of SQLite's with its log. Images are taken and put while no process runs."""

    images_max = 6

    def __init__(self, folder, name):
        self._database = os.path.join(folder, name, name + ".db")
        self._folder = folder
        self._name = name
        self.path = self._database
        self.images = []

    def was_away(self):
        return False

    def take_image(self):
        if not os.path.exists(self._database) or len(self.images) >= self.images_max:
            return
        image = os.path.join(self._folder, f"image-{self._name}-{len(self.images)}")
        os.mkdir(image)
        for end in ("", "-wal"):
            if os.path.exists(self._database + end):
                shutil.copy(self._database + end, os.path.join(image, "db" + end))
        self.images.append(image)

    def put_image(self, index):
        """What was there becomes an image, if there is room for it."""
        self.take_image()
        for end in ("", "-wal", "-shm"):
            if os.path.exists(self._database + end):
                os.unlink(self._database + end)
        for end in ("", "-wal"):
            source = os.path.join(self.images[index], "db" + end)
            if os.path.exists(source):
                shutil.copy(source, self._database + end)

    def bucket(self, window):
        """State, count and checksum at rest."""
        return self._first("select state, n_reports, checksum from bucket where window_number ="
                           f" {window}")

    def burnt_before(self):
        """What began before is burnt, whether it has a row or not."""
        return (self._first("select value from setting where name = 'burnt_before_s'") or (0,))[0]

    def _first(self, sql):
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchone()

    def close(self):
        pass


class Database:
    """A database of a server's, reached through a relay. Images are databases made from it as their
    template; they can be exchanged under processes that run."""

    images_max = 3

    def __init__(self, server, name, relay):
        self.server, self.name, self.relay = server, name, relay
        self.path = f"postgresql://hubbub@/{name}?host={relay.folder}"
        self.images = []
        self._n_named = 0
        server.query("postgres", f"create database {name}")

    def was_away(self):
        """Whether a program that began lately may not have come through to it."""
        return self.server.was_away() or time.monotonic() - self.relay.last_cut < RECOVERY_S

    def _close_off(self):
        """Nobody is on it, and nobody comes, until it is opened."""
        self.server.last_away = time.monotonic()
        self._run(f"alter database {self.name} allow_connections false")
        end = time.monotonic() + CLOSE_S
        while self._run("select pg_terminate_backend(pid) from pg_stat_activity where datname ="
                        f" '{self.name}'"):
            if time.monotonic() > end:
                raise Failure(f"sessions on {self.name} do not end")
            time.sleep(0.01)

    def _run(self, sql):
        return self.server.query("postgres", sql)

    def _next_name(self):
        self._n_named += 1
        return f"{self.name}_image_{self._n_named}"

    def take_image(self):
        if len(self.images) >= self.images_max:
            return
        image = self._next_name()
        self._close_off()
        try:
            self._run(f"create database {image} template {self.name}")
            self.images.append(image)
        finally:
            self._run(f"alter database {self.name} allow_connections true")

    def put_image(self, index):
        aside = self._next_name()
        self._close_off()
        self._run(f"alter database {self.name} rename to {aside}")
        self._run(f"create database {self.name} template {self.images[index]}")
        if len(self.images) < self.images_max:
            self.images.append(aside)
        else:
            self._run(f"drop database {aside}")

    def bucket(self, window):
        """The state; count and checksum go with the parts, when it is released."""
        rows = self.server.query(self.name, "select state from bucket where window_number ="
                                 f" {window}")
        return (int(rows[0][0]), None, None) if rows else None

    def burnt_before(self):
        rows = self.server.query(self.name,
                                 "select value from setting where name = 'burnt_before_s'")
        return int(rows[0][0]) if rows else 0

    def close(self):
        self.relay.close()
        for name in [*self.images, self.name]:
            self._run(f"drop database if exists {name} with (force)")
