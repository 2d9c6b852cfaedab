"""Translates between DAP-18 and what Janus has not yet taken over from it, in front of one aggregator:
creation by PUT with the caller's own id, u32 lengths before the lists of aggregation jobs, and the
partial batch selector where DAP-18 has aggregation job extensions. What is alike passes unchanged.

Which of the two a request speaks is seen by its method: creation is POST in DAP-18, PUT before. Which
one the aggregator behind speaks is said at the start; where both are the same nothing is translated.
Only one-round VDAFs: no continuations of aggregation jobs."""
import base64
import hashlib
import http.client
import re
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DAP_18, BEFORE = "DAP-18", "before"

RESOURCE = re.compile(
    r"^(.*/tasks/[^/]+/(collection_jobs|aggregation_jobs|aggregate_shares))(?:/([^/?]+))?$")
TIME_INTERVAL, LEADER_SELECTED = 1, 2
BATCH_ID_EXTENSION = 1
KEPT = ("Content-Type", "DAP-Auth-Token", "Authorization", "Accept", "Retry-After",
        "Cache-Control", "Allow", "WWW-Authenticate")


class Malformed(Exception):
    pass


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, n):
        if n > len(self.data):
            raise Malformed("short message")
        head, self.data = self.data[:n], self.data[n:]
        return head

    def vector(self, length_bytes):
        return self.take(int.from_bytes(self.take(length_bytes), "big"))


# ---- AggregationJobInitReq and AggregationJobResp


def init_req_to_before(body):
    """key id, agg_param<u32>, extensions<u16>, list -> ..., batch mode, selector<u16>, list<u32>."""
    r = Reader(body)
    head = r.take(1)
    agg_param = r.vector(4)
    extensions = r.vector(2)
    if extensions == b"":
        mode, selector = TIME_INTERVAL, b""
    else:
        e = Reader(extensions)
        if int.from_bytes(e.take(2), "big") != BATCH_ID_EXTENSION:
            raise Malformed("an extension that was not there before")
        mode, selector = LEADER_SELECTED, e.vector(2)
    return (head + struct.pack(">I", len(agg_param)) + agg_param + struct.pack(">BH", mode,
            len(selector)) + selector + struct.pack(">I", len(r.data)) + r.data)


def init_req_to_dap_18(body):
    r = Reader(body)
    head = r.take(1)
    agg_param = r.vector(4)
    mode = r.take(1)[0]
    selector = r.vector(2)
    inits = r.vector(4)
    if r.data:
        raise Malformed("bytes behind the message")
    extensions = b""
    if mode == LEADER_SELECTED:
        extensions = struct.pack(">HH", BATCH_ID_EXTENSION, len(selector)) + selector
    return (head + struct.pack(">I", len(agg_param)) + agg_param +
            struct.pack(">H", len(extensions)) + extensions + inits)


def job_resp_to_before(body):
    return struct.pack(">I", len(body)) + body


def job_resp_to_dap_18(body):
    r = Reader(body)
    resps = r.vector(4)
    if r.data:
        raise Malformed("bytes behind the list")
    return resps


# ---- HTTP


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def is_success(self):
        return 200 <= self.status < 300


class Proxy:
    """Listens at url; forwards to the aggregator at 127.0.0.1:port, which speaks this dialect."""

    def __init__(self, port, dialect):
        self.upstream_port = port
        self.dialect = dialect
        self.lock = threading.Lock()
        self.n_deleted = {}  # of a request's digest: how many resources it made that are gone
        self.names = {}      # the caller's path of a resource -> (the aggregator's own, its POST)
        self.done = set()    # paths of the aggregator whose answer has been handed on
        self.translated = {}  # how many creations, by the kind of resource
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def forward(self, method, path, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream_port, timeout=120)
        try:
            connection.request(method, path, body=body,
                               headers={k: headers[k] for k in KEPT if headers.get(k)})
            response = connection.getresponse()
            kept = {k: response.headers[k] for k in KEPT + ("Location",) if response.headers.get(k)}
            return Reply(response.status, kept, response.read())
        finally:
            connection.close()

    def answer(self, method, path, headers, body):
        match = RESOURCE.match(path)
        if match is not None:
            if method == "POST" and match[3] is None and self.dialect == BEFORE:
                return self.create_by_put(match, headers, body)
            if method == "DELETE" and self.dialect == BEFORE:
                self.forget(path)
            if method == "PUT" and match[3] is not None and self.dialect == DAP_18:
                return self.create_by_post(match, headers, body)
            if path in self.names and self.dialect == DAP_18:
                return self.ask_by_name(match, method, path, headers, body)
        return self.forward(method, path, headers, body)

    # -- a DAP-18 caller, an aggregator from before

    def create_by_put(self, match, headers, body):
        """The id follows from the request, so that a retry finds the same resource. After a DELETE
        the same request makes another one."""
        digest = hashlib.sha256(match[1].encode() + b"\0" + body).digest()
        with self.lock:
            n = self.n_deleted.get(digest, 0)
            self.translated[match[2]] = self.translated.get(match[2], 0) + 1
        name = hashlib.sha256(digest + bytes([n])).digest()[:16]
        path = match[1] + "/" + base64.urlsafe_b64encode(name).rstrip(b"=").decode()
        with self.lock:
            self.names[path] = digest
        is_job = match[2] == "aggregation_jobs"
        reply = self.forward("PUT", path, headers, init_req_to_before(body) if is_job else body)
        if reply.is_success():
            reply.headers["Location"] = path
            if is_job and reply.body:
                reply.body = job_resp_to_dap_18(reply.body)
        if not reply.body:
            reply.headers.pop("Content-Type", None)
        return reply

    def forget(self, path):
        with self.lock:
            digest = self.names.pop(path, None)
            if digest is not None:
                self.n_deleted[digest] = self.n_deleted.get(digest, 0) + 1

    # -- a caller from before, a DAP-18 aggregator

    def create_by_post(self, match, headers, body):
        is_job = match[2] == "aggregation_jobs"
        path = match[0]
        with self.lock:
            self.translated[match[2]] = self.translated.get(match[2], 0) + 1
        sent = init_req_to_dap_18(body) if is_job else body
        reply = self.forward("POST", match[1], headers, sent)
        location = reply.headers.pop("Location", None)
        if not reply.is_success() or location is None:
            return reply
        with self.lock:
            is_over = location in self.done and path not in self.names
        if is_over and match[2] == "collection_jobs":
            # a new id asks for a new job, which the same bytes make once the old job is gone
            self.forward("DELETE", location, headers, b"")
            with self.lock:
                self.done.discard(location)
            reply = self.forward("POST", match[1], headers, sent)
            location = reply.headers.pop("Location", location)
        with self.lock:
            self.names[path] = location
        if match[2] == "collection_jobs":  # its answer is fetched
            return Reply(201, {}, b"") if reply.is_success() else reply
        if is_job:
            reply.body = job_resp_to_before(reply.body)
        return Reply(201 if is_job else 200, reply.headers, reply.body)

    def ask_by_name(self, match, method, path, headers, body):
        location = self.names[path]
        reply = self.forward(method, location, headers, body)
        reply.headers.pop("Location", None)
        if method == "DELETE" and reply.is_success():
            with self.lock:
                self.names.pop(match[0], None)
                self.done.discard(location)
        if method == "GET" and reply.is_success():
            reply.status = 200
            if reply.body:
                with self.lock:
                    self.done.add(location)
                if match[2] == "aggregation_jobs":
                    reply.body = job_resp_to_before(reply.body)
        return reply

    def handler(self):
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def read_body(self):
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while True:
                    n = int(self.rfile.readline().split(b";")[0], 16)
                    body += self.rfile.read(n)
                    self.rfile.readline()
                    if n == 0:
                        return body

            def serve(self):
                body = self.read_body()
                try:
                    reply = proxy.answer(self.command, self.path, self.headers, body)
                except Malformed as why:
                    reply = Reply(400, {"Content-Type": "text/plain"}, str(why).encode())
                except OSError as why:
                    reply = Reply(502, {"Content-Type": "text/plain"}, str(why).encode())
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 204:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = serve

            def log_message(self, *args):
                pass

        return Handler
