"""Stands between an aggregator and its PostgreSQL server, on a socket in a folder, and cuts a
connection where it is told to: within a transaction, before a COMMIT, after one whose answer is then
lost, within an answer. It reads the messages that the client sends (PostgreSQL's frontend protocol:
a type, a length, the rest)."""
import os
import random
import socket
import threading
import time

CUTS = ("before COMMIT", "after COMMIT", "in a transaction", "within an answer",
        "held in a transaction")
NAME = ".s.PGSQL.5432"


class Connection:
    def __init__(self, relay, client, server):
        self.relay, self.client, self.server = relay, client, server
        self.buffer = b""
        self.has_begun = False     # the start message has passed
        self.is_in_transaction = False
        self.begins, self.commits = set(), set()  # names of prepared statements
        self.drops_answer = False  # what comes back is lost, then the connection
        self.cuts_answer = False

    def close(self):
        for s in (self.client, self.server):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def run(self):
        back = threading.Thread(target=self._pump_back, daemon=True)
        back.start()
        try:
            while data := self.client.recv(65536):
                self.buffer += data
                self._pass_on()
        except OSError:
            pass
        self.close()
        back.join()
        self.client.close()
        self.server.close()

    def _pump_back(self):
        try:
            while data := self.server.recv(65536):
                if self.cuts_answer and len(data) > 1:
                    self.client.sendall(data[:random.randrange(1, len(data))])
                    break
                if self.drops_answer:
                    break
                self.client.sendall(data)
        except OSError:
            pass
        self.close()

    def _pass_on(self):
        while (n := self._whole()) != 0:
            message, self.buffer = self.buffer[:n], self.buffer[n:]
            if self.has_begun:
                self._look(message)
            self.has_begun = True
            self.server.sendall(message)

    def _whole(self):
        """Bytes of the first message, 0 if it is not all there."""
        at = 1 if self.has_begun else 0
        if len(self.buffer) < at + 4:
            return 0
        n = at + int.from_bytes(self.buffer[at:at + 4], "big")
        return n if len(self.buffer) >= n else 0

    def _look(self, message):
        kind, rest = message[:1], message[5:]
        if kind == b"P":
            name, sql = rest.split(b"\0", 2)[:2]
            if sql == b"COMMIT":
                self.commits.add(name)
            elif sql.startswith(b"BEGIN") and b"READ ONLY" not in sql:
                self.begins.add(name)
        elif kind == b"B":
            name = rest.split(b"\0", 2)[1]
            if name in self.begins:
                self.is_in_transaction = True
            elif name in self.commits and self.is_in_transaction:
                self.is_in_transaction = False
                self._meet("COMMIT")
            elif self.is_in_transaction:
                self._meet("statement")

    def _meet(self, what):
        cut = self.relay.take(what)
        if cut in ("before COMMIT", "in a transaction"):
            self.close()
            raise OSError("cut")
        if cut == "after COMMIT":
            self.drops_answer = True
        elif cut == "within an answer":
            self.cuts_answer = True
        elif cut == "held in a transaction":
            time.sleep(0.2 + 0.8 * random.random())


class Relay:
    def __init__(self, folder, server_folder, counts):
        self.folder, self._target = folder, os.path.join(server_folder, NAME)
        self._counts, self._armed = counts, None
        self._passes, self._lock = 0, threading.Lock()
        self._open = set()
        self.last_cut = float("-inf")
        os.mkdir(folder)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.path.join(folder, NAME))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, cut, passes):
        """The next time that it fits but so many, a connection is cut so; None: not any more."""
        with self._lock:
            self._armed, self._passes = cut, passes

    def take(self, what):
        with self._lock:
            cut = self._armed
            if cut is None or cut.endswith("COMMIT") != (what == "COMMIT"):
                return None
            self._passes -= 1
            if self._passes >= 0:
                return None
            self._armed = None
            self.last_cut = time.monotonic()
        self._counts.add("connection cut " + cut if not cut.startswith("held")
                         else "connection " + cut)
        return cut

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._target)
            except OSError:
                server.close()
                client.close()
                continue
            connection = Connection(self, client, server)
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        connection.run()
        with self._lock:
            self._open.discard(connection)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            still = list(self._open)
        for connection in still:
            connection.close()
