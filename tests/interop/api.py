"""Drives parties through their test API (docs/interop.md): one class a party, one function for a
whole run. Knows nothing of who serves the API, so that hubbub's parties and others' are driven by
the same lines."""
import base64
import http.client
import json
import secrets
import subprocess
import time
from urllib.parse import urlsplit

TIME_INTERVAL, LEADER_SELECTED = 1, 2

# A VDAF object, measurements, and what they add up to.
VDAFS = {
    "Count": ({"type": "Prio3Count"}, ["1", "0", "1", "1", "0"], "3"),
    "Sum": ({"type": "Prio3Sum", "max_measurement": "1000"}, ["7", "1000", "0", "93", "11"],
            "1111"),
    "SumVec": ({"type": "Prio3SumVec", "max_measurement": "15", "length": "5",
                "chunk_length": "3"},
               [["1", "2", "3", "4", "5"], ["15", "0", "15", "0", "15"], ["0", "0", "0", "0", "1"]],
               ["16", "2", "18", "4", "21"]),
    "Histogram": ({"type": "Prio3Histogram", "length": "6", "chunk_length": "2"},
                  ["0", "5", "5", "2", "5", "0"], ["2", "0", "1", "0", "0", "3"]),
}


# Problem types, and the titles by which some collectors tell them.
NOT_YET = ("invalidBatchSize", "batchInvalid", "The batch implied by the query is invalid",
           "number of reports included in the batch is invalid")


class Refused(Exception):
    """A call that was answered by "status": "error"."""


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Party:
    """One party at http://127.0.0.1:PORT/; name is for messages."""

    def __init__(self, name, port, process=None):
        self.name = name
        self.port = port
        self.process = process

    def send(self, method, path, body=b"", headers=None):
        """Status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def post(self, name, body, content_type="application/json"):
        """A call of the test API as it is; the answer's object with the HTTP status."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        status, headers, text = self.send("POST", "/internal/test/" + name, body,
                                          {"Content-Type": content_type})
        if status != 200:
            return status, None
        return status, json.loads(text)

    def call(self, name, body):
        status, reply = self.post(name, body)
        if status != 200:
            raise Refused(f"{self.name} {name}: HTTP {status}")
        if reply.get("status") == "error":
            raise Refused(f"{self.name} {name}: {reply['error']}")
        return reply

    def await_ready(self, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"{self.name} has ended with {self.process.returncode}")
            try:
                if self.post("ready", {})[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} is not ready after {seconds} s")

    def stop(self):
        if self.process is None:
            return 0
        self.process.terminate()
        code = self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def start_hubbub(program, word, name=None, db=None):
    """hubbub-interop WORD on a port of its own choice."""
    process = subprocess.Popen([program, word, "--port", "0"] + (["--db", db] if db else []),
                               stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line.startswith("listening on 127.0.0.1:"):
        raise RuntimeError(f"hubbub-interop {word} says: {line!r}")
    return Party(name or "hubbub " + word, int(line.rsplit(":", 1)[1]), process).await_ready()


class Task:
    """A task at all four parties. leader_url and helper_url are what is bound into it."""

    def __init__(self, parties, vdaf, min_batch, mode=TIME_INTERVAL, precision=300, urls=None,
                 interval=None):
        self.client, self.leader, self.helper, self.collector = parties
        self.id = b64(secrets.token_bytes(32))
        self.precision = precision
        self.mode = mode
        leader_url, helper_url = urls or [
            f"http://127.0.0.1:{p.port}" + self.endpoint(p) for p in (self.leader, self.helper)]
        self.common = {"task_id": self.id, "leader": leader_url, "helper": helper_url,
                       "vdaf": vdaf, "batch_mode": mode, "min_batch_size": min_batch,
                       "time_precision": precision}
        if interval is not None:
            self.common["task_start"], self.common["task_end"] = interval
        self.add()

    def endpoint(self, party):
        role = "leader" if party is self.leader else "helper"
        return party.call("endpoint_for_task", {"task_id": self.id, "role": role,
                                                "hostname": "127.0.0.1"})["endpoint"]

    def add(self):
        collector_token, leader_token = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        key = self.collector.call("add_task", dict(
            self.common, collector_authentication_token=collector_token))["collector_hpke_config"]
        both = dict(self.common, leader_authentication_token=leader_token,
                    vdaf_verify_key=b64(secrets.token_bytes(32)), collector_hpke_config=key)
        self.helper.call("add_task", dict(both, role="helper"))
        self.leader.call("add_task", dict(both, role="leader",
                                          collector_authentication_token=collector_token))

    def upload(self, measurement, at=None):
        request = dict(self.common, measurement=measurement)
        if at is not None:
            request["time"] = at
        self.client.call("upload", request)

    def query(self, start=None, duration=None):
        """By default this window and its neighbours: the clock goes on during a run."""
        if self.mode == LEADER_SELECTED:
            return {"type": 2}
        if start is None:
            start = int(time.time()) // self.precision * self.precision - self.precision
            duration = 3 * self.precision
        return {"type": 1, "batch_interval_start": start, "batch_interval_duration": duration}

    def start_collection(self, query):
        return self.collector.call("collection_start", {"task_id": self.id, "agg_param": "",
                                                        "query": query})["handle"]

    def await_collection(self, handle, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            reply = self.collector.call("collection_poll", {"handle": handle})
            if reply["status"] == "complete":
                return reply
            if reply["status"] != "in progress":
                raise Refused(f"collection_poll: status {reply['status']}")
            time.sleep(0.1)
        raise Refused("collection_poll: still in progress")

    def collect(self, query=None, retries=0):
        """A leader may refuse for as long as it has not aggregated: then it is asked anew."""
        query = query or self.query()
        while True:
            try:
                return self.await_collection(self.start_collection(query))
            except Refused as refused:
                if retries == 0 or not any(words in str(refused) for words in NOT_YET):
                    raise
                retries -= 1
                time.sleep(1)


def run_task(parties, name, mode=TIME_INTERVAL, retries=0, urls=None, interval=None):
    """Uploads the measurements of one of VDAFS, collects, and compares; in leader-selected mode two
    batches of them."""
    vdaf, measurements, _ = VDAFS[name]
    task = Task(parties, vdaf, len(measurements), mode, urls=urls, interval=interval)
    for _ in range(2 if mode == LEADER_SELECTED else 1):
        run_batch(task, name, retries)


def run_batch(task, name, retries):
    _, measurements, total = VDAFS[name]
    for measurement in measurements:
        task.upload(measurement)
    reply = task.collect(retries=retries)
    if reply["result"] != total or reply["report_count"] != len(measurements):
        raise AssertionError(f"{reply['report_count']} reports, result {reply['result']}, not "
                             f"{len(measurements)} with {total}")
    now = int(time.time()) // task.precision * task.precision
    if reply["batch_id"] is not None or reply["interval_duration"] % task.precision != 0 or \
            not now - task.precision <= reply["interval_start"] <= now:
        raise AssertionError(f"odd reply: {reply}")
