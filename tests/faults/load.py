"""Devices that send until they are acknowledged and remember what was, a storm of more of them than a
leader can serve, and a collector that asks again and again and compares; see run.py."""
import http.client
import json
import random
import socket
import struct
import threading
import time

from city import Failure

UPLOAD = "application/ppm-dap;message=upload-req"
COLLECT = "application/ppm-dap;message=collection-job-req"
REPLAYED = 2
TIMEOUT_S = 20
# How sure it is that a report is stored.
ACKNOWLEDGED, PERHAPS, NOT = "acknowledged", "perhaps", "not"


class Report:
    def __init__(self, ident, cell, is_bad, window):
        self.id, self.cell, self.is_bad, self.window = ident, cell, is_bad, window
        self.fate = None


class Request:
    def __init__(self, body, reports):
        self.body, self.reports = body, reports
        self.window = reports[0].window


def requests_from(blob, window):
    """What fault_crowd make wrote."""
    out, at = [], 0
    while at < len(blob):
        length, n = struct.unpack_from(">II", blob, at)
        at += 8
        reports = []
        for _ in range(n):
            reports.append(Report(blob[at:at + 16], blob[at + 16], blob[at + 17] == 1, window))
            at += 18
        out.append(Request(blob[at:at + length], reports))
        at += length
    return out


class Client:
    """One connection, kept while it lasts."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def send(self, method, path, body=None, headers=None):
        """Status, headers, body; None if the exchange did not come to its end."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                             timeout=TIMEOUT_S)
            self.connection.request(method, path, body, headers or {})
            answer = self.connection.getresponse()
            body = answer.read()
            if not answer.headers.get("Content-Length"):  # cut within its head
                self.close()
                return None
            return answer.status, answer.headers, body
        except (OSError, http.client.HTTPException, socket.timeout):
            self.close()
            return None

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Devices:
    """Threads that send the requests in their order, each when its window has begun."""

    def __init__(self, city, requests, seed, n_threads=3):
        self.city, self.random = city, random.Random(seed)
        self.requests, self.lock = list(requests), threading.Lock()
        self.error = None
        self.n_again = 0
        self.threads = [threading.Thread(target=self._run, args=(self.random.getrandbits(64),))
                        for _ in range(n_threads)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def is_done(self):
        return not any(thread.is_alive() for thread in self.threads)

    def has_begun(self):
        return self.threads[0].ident is not None

    def _next(self):
        with self.lock:
            if not self.requests or self.city.gives_up:
                return None
            if self.requests[0].window * self.city.window_s > self.city.clock.now:
                return False
            return self.requests.pop(0)

    def _run(self, seed):
        chance, client = random.Random(seed), Client(self.city.leader_proxy.port)
        try:
            while (request := self._next()) is not None:
                if request is False:
                    time.sleep(0.01)
                    continue
                self._send(client, request, chance)
                if chance.random() < 0.05:  # the same reports again, as a request of their own
                    self._send(client, request, chance)
        except Exception as e:  # noqa: BLE001: told to the run, which ends with it
            self.error = e
        finally:
            client.close()

    def _send(self, client, request, chance):
        """Until there is an answer to it, or sometimes only once."""
        only_once = chance.random() < 0.06
        was_unsure = False
        while True:
            answer = client.send("POST", self.city.path("reports"), request.body,
                                 {"Content-Type": UPLOAD})
            if answer is not None and answer[0] == 200:
                was_unsure = was_unsure or answer[1].get("X-Plan") is not None
                self._settle(request, answer[2], was_unsure)
                return
            if answer is not None and answer[0] not in (500, 502, 503, 504):
                raise Failure(f"an upload was answered with {answer[0]} {answer[2][:200]}")
            if answer is not None and answer[1].get("X-Plan") is None:
                self._check_refusal(*answer)
            was_unsure = True
            self.n_again += 1
            if only_once or self.city.gives_up:
                for report in request.reports:
                    report.fate = report.fate or PERHAPS
                return
            time.sleep(0.02 + 0.05 * chance.random())

    def _check_refusal(self, status, headers, body):
        """What the leader itself says when it cannot take more."""
        if status == 503 and headers.get("Retry-After") is None:
            raise Failure(f"503 without Retry-After: {body[:200]}")
        if status == 503:
            self.city.counts.add("uploads refused with Retry-After")

    @staticmethod
    def _settle(request, errors, was_unsure):
        if len(errors) % 17 != 0:
            raise Failure("the answer to an upload is no list of errors")
        named = {errors[i:i + 16]: errors[i + 16] for i in range(0, len(errors), 17)}
        for report in request.reports:
            error = named.get(report.id)
            if error is None or error == REPLAYED:  # a replay of its own, which was stored
                report.fate = ACKNOWLEDGED
            elif report.fate is None:
                report.fate = PERHAPS if was_unsure else NOT


class Storm(Devices):
    """More devices at once than a leader can serve whose disk has become slow. After it they all get
    their acknowledgement, soon."""

    N_THREADS = 16
    SLOW_MS = (20, 150)
    DRAINED_S = 20

    def __init__(self, city, requests, seed):
        super().__init__(city, requests, seed, self.N_THREADS)
        self.window = requests[0].window
        self._ends = None
        self.drained_s = None

    def is_on(self):
        return self.has_begun() and self._ends is not None

    def begin(self, seconds):
        self.city.counts.add("storm")
        self._slow(self.random.randint(*self.SLOW_MS))
        self._ends = time.monotonic() + seconds
        self.start()

    def look(self):
        """Now and then: ends it, and sees that the waiting ones are served."""
        if not self.has_begun() or self.drained_s is not None:
            return
        now = time.monotonic()
        if self._ends is not None and now >= self._ends:
            self._slow(0)
            self._ends, self._over = None, now
        if self._ends is None and self.is_done():
            self.drained_s = now - self._over

    def check(self):
        if self.drained_s is not None and self.drained_s > self.DRAINED_S * self.city.patience:
            raise Failure(f"after a storm it took {self.drained_s:.1f} s to serve all")

    def _slow(self, milliseconds):
        for process in self.city.leader.processes:
            process.set("slow_ms", milliseconds)


class Collector(threading.Thread):
    """Asks for one window until it has an answer, then asks again and compares the bytes."""

    REFUSED = 6  # so often in a row: it will not be answered

    def __init__(self, city, window, question, token, seed):
        super().__init__()
        self.city, self.window, self.question, self.token = city, window, question, token
        self.random = random.Random(seed)
        self.answer = None   # the first one's bytes
        self.problem = None  # the last refusal
        self.n_asked = self.n_compared = self.n_refused = 0
        self.error = None
        self.stopping = False

    def is_settled(self):
        return self.answer is not None or self.n_refused >= self.REFUSED

    def forget_refusals(self):
        """What was refused while clocks were wrong may be granted now."""
        self.n_refused = 0

    def run(self):
        client = Client(self.city.leader_proxy.port)
        try:
            while not self.stopping:
                if self.city.clock.now >= self.city.release_of(self.window):
                    self._ask(client)
                time.sleep(0.03 + 0.1 * self.random.random())
        except Exception as e:  # noqa: BLE001
            self.error = e
        finally:
            client.close()

    def _ask(self, client):
        answer = client.send("POST", self.city.path("collection_jobs"), self.question,
                             {"Content-Type": COLLECT, "Authorization": "Bearer " + self.token})
        if answer is not None and answer[0] in (200, 201) and not answer[2]:
            location = answer[1].get("Location")
            if location is not None and self.random.random() < 0.5:
                answer = client.send("GET", "/" + location.split("/", 3)[-1]
                                     if "://" in location else location, None,
                                     {"Authorization": "Bearer " + self.token})
        self.n_asked += 1
        if answer is None:
            return
        status, headers, body = answer
        if status // 100 != 4:
            self.n_refused = 0
        if status in (200, 201) and body:
            self._compare(body)
        elif 400 <= status < 500:
            try:
                self.problem = json.loads(body)["type"].split(":")[-1]
                self.n_refused += 1
            except (ValueError, KeyError):
                raise Failure(f"a collection was answered with {status} {headers} {body[:200]}"
                              ) from None
        elif status >= 500 and headers.get("X-Plan") is None and status != 503:
            raise Failure(f"a collection was answered with {status} {body[:200]}")

    def _compare(self, body):
        if self.answer is None:
            self.answer = body
        elif self.answer != body:
            raise Failure(f"window {self.window}: another answer to the same question")
        else:
            self.n_compared += 1
