#!/usr/bin/env python3
"""What an operator may change while an aggregator runs: HPKE keys, tokens, new tasks, and tasks that
are paused, resumed and ended. A leader and a helper run as processes of their own and are told by
SIGHUP; a report goes through before, between and after.

test_reload.py FOLDER_OF_PROGRAMS"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HUBBUB = os.path.join(sys.argv[1], "hubbub")
WINDOW = 5
GRACE = 5
UPLOAD = "application/ppm-dap;message=upload-request"
failures = 0


def check(what, ok, detail=""):
    global failures
    print(("ok   " if ok else "FAIL ") + what + ("" if ok else f": {detail}"), flush=True)
    failures += not ok


def run(*arguments, text=None):
    done = subprocess.run([HUBBUB, *arguments], input=text, capture_output=True, text=True,
                          timeout=120)
    return done.returncode, done.stdout + done.stderr


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Aggregator:
    def __init__(self, folder, role, port):
        self.folder = os.path.join(folder, role)
        self.log = os.path.join(self.folder, "log.txt")
        self.url = f"http://127.0.0.1:{port}"
        self.n_reloads = 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [HUBBUB, "aggregator", "--config", os.path.join(self.folder, role + ".ini")],
                stdout=log, stderr=log)
        self.await_line("aggregator.started", 1)

    def lines(self, word):
        with open(self.log) as log:
            return [line for line in log if f" {word} " in line]

    def await_line(self, word, n):
        end = time.monotonic() + 30
        while len(self.lines(word)) < n:
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit(f"{self.log}: no {word}")
            time.sleep(0.02)
        return self.lines(word)[-1]

    def reload(self):
        self.process.send_signal(signal.SIGHUP)
        self.n_reloads += 1
        return self.await_line("aggregator.reloaded", self.n_reloads)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def ask(url, token=None, body=None):
    """Status, headers and body of a request; an upload if there is a body."""
    request = urllib.request.Request(url, data=body)
    if body is not None:
        request.add_header("Content-Type", UPLOAD)
    if token is not None:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def key_ids(aggregator):
    """Configuration ids of the list: a u16 length, then for each entry its id, three u16 of
    algorithms, a u16 length and 32 bytes."""
    body = ask(aggregator.url + "/hpke_config")[2][2:]
    if len(body) % 41 != 0:
        sys.exit(f"hpke_config of {len(body)} bytes")
    return [body[at] for at in range(0, len(body), 41)]


def new_task(folder, name, ports, *more):
    code, said = run("task", "new", name, "--out", folder, "--vdaf", "count", "--unit", "visit",
                     "--rho", "1/512", "--window", f"{WINDOW}s", "--grace", f"{GRACE}s", "--days", "2",
                     "--leader-url", f"http://127.0.0.1:{ports[0]}/",
                     "--helper-url", f"http://127.0.0.1:{ports[1]}/", *more)
    if code != 0:
        sys.exit(said)


def read_token(path):
    with open(path) as f:
        for line in f:
            if line.startswith("token ="):
                return line.split("=", 1)[1].strip()
    sys.exit(f"{path}: no token")


def task_id(path):
    with open(path) as f:
        for line in f:
            if line.startswith("id ="):
                return line.split("=", 1)[1].strip()
    sys.exit(f"{path}: no task id")


def upload(folder, service, value):
    """Sends one measurement when the device may speak; what it said."""
    where = os.path.join(folder, "services", service)
    return run("device", "upload", os.path.join(where, "desk.task.ini"), "--state",
               os.path.join(folder, "state-" + service), text=value)


def next_window():
    time.sleep(WINDOW - time.time() % WINDOW + 0.05)


def try_keys(folder, leader):
    keys = os.path.join(leader.folder, "keys")
    before = key_ids(leader)
    code, said = run("operator", "new-key", keys)
    check("a new key is made", code == 0 and oct(os.stat(keys + "/operator.key").st_mode)[-3:] == "600",
          said)
    check("it is not used before it is read", key_ids(leader) == before, key_ids(leader))
    leader.reload()
    ids = key_ids(leader)
    check("the new key is offered first, the old one still", len(ids) == 2 and ids[1:] == before, ids)
    next_window()
    code, said = upload(folder, "01", "1")
    check("a report comes in after the exchange", code == 0 and "1 report accepted" in said, said)
    os.remove(os.path.join(keys, f"operator-{before[0]:03d}.key"))
    leader.reload()
    check("a key that was removed is offered no more", key_ids(leader) == ids[:1], key_ids(leader))
    next_window()
    code, said = upload(folder, "01", "1")
    check("a device learns of the key by itself", code == 0 and "1 report accepted" in said, said)
    with open(keys + "/operator.key") as f:
        good = f.read()
    with open(keys + "/operator.key", "w") as f:
        f.write(good.replace("private_key = ", "private_key = A"))
    leader.reload()
    check("a broken key file is named", "operator.key" in leader.await_line("keys.refused", 1))
    check("and the key stays as it was", key_ids(leader) == ids[:1])
    with open(keys + "/operator.key", "w") as f:
        f.write(good)


def try_tokens(folder, leader, helper):
    secret = os.path.join(leader.folder, "tasks", "desk.leader.ini")
    service = os.path.join(folder, "services", "02", "desk.service.ini")
    url = f"{leader.url}/tasks/{task_id(os.path.join(folder, 'public', 'desk.task.ini'))}/reports"
    first = read_token(service)
    files = [os.path.join(folder, f"token-{i}") for i in range(3)]

    def allowed(token):
        return ask(url, token, b"x")[0] not in (401, 403)

    check("a service's token opens", allowed(first))
    check("another does not", not allowed("x" * 43))
    code, said = run("operator", "new-token", secret, "--service", "service-02", "--out", files[0])
    check("a new token is made", code == 0, said)
    with open(files[0]) as f:
        second = f.read().strip()
    check("it opens nothing yet", not allowed(second))
    leader.reload()
    check("both open after the exchange", allowed(second) and allowed(first))
    code, said = run("operator", "use-token", service, files[0])
    check("the service takes it", code == 0 and read_token(service) == second, said)
    next_window()
    code, said = upload(folder, "02", "1")
    check("and reports with it", code == 0 and "1 report accepted" in said, said)
    run("operator", "new-token", secret, "--service", "service-02", "--out", files[1])
    leader.reload()
    check("the one before the last exchange opens no more", allowed(second) and not allowed(first))
    run("operator", "use-token", service, files[1])
    code, said = run("operator", "new-token", secret, "--service", "nobody", "--out", files[2])
    check("an unknown service is named", code == 1 and "nobody" in said, said)

    code, said = run("operator", "new-token", os.path.join(helper.folder, "tasks", "desk.helper.ini"),
                     "--out", files[2])
    helper.reload()
    run("operator", "use-token", secret, files[2])
    leader.reload()
    check("the leader shows its helper a new one", code == 0, said)


def try_intake(folder, leader):
    paused = os.path.join(leader.folder, "tasks", "desk.paused")
    ended = os.path.join(leader.folder, "tasks", "desk.ended")
    url = f"{leader.url}/tasks/{task_id(os.path.join(folder, 'public', 'desk.task.ini'))}/reports"
    token = read_token(os.path.join(folder, "services", "01", "desk.service.ini"))

    open(paused, "w").close()
    leader.reload()
    status, headers, _ = ask(url, token, b"x")
    check("a paused task says come back", status == 503 and int(headers["Retry-After"]) > 0, status)
    os.remove(paused)
    leader.reload()
    status = ask(url, token, b"x")[0]
    check("a resumed one takes reports", status not in (401, 403, 404, 503), status)
    open(ended, "w").close()
    leader.reload()
    next_window()
    code, said = upload(folder, "01", "1")
    check("an ended one drops them", code != 0 and "dropped" in said, said)
    os.remove(ended)
    leader.reload()


def collect(folder, start):
    where = os.path.join(folder, "collector", "tasks", "desk.task.ini")
    code, said = run("collector", "collect", where, "--from", str(start), "--to", str(start + WINDOW),
                     "--json")
    return code, said


def try_task(folder, leader, helper, ports):
    new_task(folder, "second", ports, "--services", "3", "--population", "others")
    url = f"{leader.url}/tasks/{task_id(os.path.join(folder, 'public', 'second.task.ini'))}/reports"
    check("a task that was not read is unknown", ask(url, "x", b"x")[0] == 404)
    leader.reload()
    helper.reload()
    check("a new task runs without a restart", ask(url, "x", b"x")[0] == 403, ask(url, "x", b"x")[0])


def try_total(folder, leader):
    """Three services, one window: all that was exchanged is used on the way to a total."""
    leader.reload()
    next_window()
    start = int(time.time()) // WINDOW * WINDOW
    said = [upload(folder, f"{i:02d}", "1") for i in (1, 2, 3)]
    check("three services report", all(code == 0 for code, _ in said), said)
    time.sleep(max(0, start + WINDOW + GRACE - time.time()) + 0.5)
    code, text = collect(folder, start)
    check("and are in a total", code == 0 and json.loads(text)["reports"] == 3, text)


def main():
    with tempfile.TemporaryDirectory(prefix="hubbub-reload-") as folder:
        ports = free_port(), free_port()
        new_task(folder, "desk", ports, "--services", "3")
        for service in ("01", "02", "03"):
            upload(folder, service, "")
        leader = Aggregator(folder, "leader", ports[0])
        helper = Aggregator(folder, "helper", ports[1])
        try:
            try_keys(folder, leader)
            try_tokens(folder, leader, helper)
            try_intake(folder, leader)
            try_task(folder, leader, helper, ports)
            try_total(folder, leader)
        finally:
            codes = leader.stop(), helper.stop()
        check("both stop as asked", codes == (0, 0), codes)
        for party in (leader, helper):
            errors = [line for line in open(party.log)
                      if " error " in line and "keys.refused" not in line]
            check("nothing else went wrong", not errors, errors)
            check("no sanitizer spoke", "Sanitizer" not in open(party.log).read())
    return 1 if failures else 0


sys.exit(main())
