"""A TCP proxy between two parties that reads whole HTTP requests and, by chance, cuts, delays,
repeats or refuses them. It remembers what was answered, so that answers can be compared."""
import random
import socket
import socketserver
import threading
import time

# What may happen to one request, and how often against each other while faults are on.
PLANS = (
    ("pass", 40),
    ("refused", 4),         # closed before a byte goes on
    ("request_cut", 6),     # only its first bytes go on
    ("response_cut", 6),    # it is done, but only the first bytes of the answer come back
    ("swallowed", 6),       # it is done, nothing comes back
    ("error", 8),           # a 5xx of the proxy's own, nothing goes on
    ("error_after", 6),     # it is done, a 5xx comes back
    ("delayed", 12),        # so that others overtake it
    ("twice", 6),           # two at the same time
    ("again_later", 6),     # and once more when its time is over
)
HEAD_MAX = 65536
TIMEOUT_S = 20


class Cut(Exception):
    pass


def read_message(sock, rest):
    """One HTTP message with a Content-Length, and what follows it. None at a clean end."""
    while b"\r\n\r\n" not in rest:
        more = sock.recv(65536)
        if not more:
            if rest:
                raise Cut()
            return None, b""
        rest += more
        if len(rest) > HEAD_MAX and b"\r\n\r\n" not in rest:
            raise Cut()
    head, body = rest.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    parts, have = [body], len(body)
    while have < length:
        more = sock.recv(262144)
        if not more:
            raise Cut()
        parts.append(more)
        have += len(more)
    body = b"".join(parts)
    return head + b"\r\n\r\n" + body[:length], body[length:]


class Proxy:
    """Listens on port, forwards to one of the targets, as a balancer does. faults: whether anything
    goes wrong now. name: whose requests it passes on, for the counts."""

    def __init__(self, name, port, targets, seed, counts, on_answer=None):
        self.name, self.port, self.targets = name, port, targets
        self.faults = False
        self.counts, self.on_answer = counts, on_answer
        self._n_drawn = self._newest_sent = 0
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._later = []
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    proxy._serve(self.request)
                except (OSError, Cut):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        for thread in self._later:
            thread.join()

    def _draw(self):
        """The plan of one request, a number in [0, 1) for its details, its own number."""
        with self._lock:
            plan = "pass"
            if self.faults:
                plan = self._random.choices([p for p, _ in PLANS], [n for _, n in PLANS])[0]
            self._n_drawn += 1
            if plan != "pass":
                self.counts.add(f"{plan} ({self.name})")
            return plan, self._random.random(), self._n_drawn

    def _goes_on(self, number):
        with self._lock:
            if number < self._newest_sent:
                self.counts.add(f"overtaken ({self.name})")
            self._newest_sent = max(self._newest_sent, number)

    def _connect(self):
        """To any of them that listens."""
        with self._lock:
            first = self._random.randrange(len(self.targets))
        for i in range(len(self.targets)):
            target = self.targets[(first + i) % len(self.targets)]
            try:
                return socket.create_connection(("127.0.0.1", target), timeout=TIMEOUT_S)
            except ConnectionRefusedError:
                if i + 1 == len(self.targets):
                    raise
        raise Cut()

    def _exchange(self, message, send=None):
        """The whole answer; send: only these first bytes go, and then nothing is awaited."""
        with self._connect() as up:
            if send is not None:
                up.sendall(message[:send])
                return None
            up.sendall(message)
            answer, _ = read_message(up, b"")
            if answer is None:
                raise Cut()
        if self.on_answer is not None:
            self.on_answer(message, answer)
        return answer

    def _in_background(self, message, delay):
        def run():
            time.sleep(delay)
            try:
                self._exchange(message)
            except (OSError, Cut):
                pass

        thread = threading.Thread(target=run, daemon=True)
        with self._lock:
            self._later.append(thread)
        thread.start()

    def _serve(self, down):
        down.settimeout(TIMEOUT_S)
        rest = b""
        while True:
            message, rest = read_message(down, rest)
            if message is None:
                return
            if not self._answer(down, message, *self._draw()):
                return

    def _answer(self, down, message, plan, chance, number):
        """False: the connection ends here."""
        if plan == "refused":
            return False
        if plan == "request_cut":
            self._exchange(message, send=int(chance * len(message)))
            return False
        if plan == "error":
            down.sendall(self._error(chance))
            return True
        if plan == "delayed":
            time.sleep(0.3 * chance)
        self._goes_on(number)
        if plan == "twice":
            self._in_background(message, 0)
        if plan == "again_later":
            self._in_background(message, 0.1 + chance)
        answer = self._exchange(message)
        if plan == "swallowed":
            return False
        if plan == "error_after":
            down.sendall(self._error(chance))
            return True
        if plan == "response_cut":
            down.sendall(answer[:int(chance * len(answer))])
            return False
        if plan != "pass":  # for the one who sent it to know that it went more than once
            line, tail = answer.split(b"\r\n", 1)
            answer = line + b"\r\nX-Plan: " + plan.encode() + b"\r\n" + tail
        down.sendall(answer)
        return True

    @staticmethod
    def _error(chance):
        status = (500, 502, 503, 504)[int(chance * 4)]
        more = "Retry-After: 1\r\n" if status == 503 else ""
        return (f"HTTP/1.1 {status} Fault\r\nX-Plan: error\r\n{more}Content-Length: 0\r\n\r\n"
                ).encode()
