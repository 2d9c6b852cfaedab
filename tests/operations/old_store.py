"""What tests/operations/schema-3.tar.xz was made with, and what is read from it; see its README."""
import ctypes
import mmap
import os
import socket
import subprocess
import time
import urllib.request

# Loopback addresses of its own: the task names them, so they cannot be chosen anew.
URLS = {"leader": "http://127.47.18.1:9471/", "helper": "http://127.47.18.2:9472/"}
LISTEN = {role: url[len("http://"):-1] for role, url in URLS.items()}
FIRST_DAY, WINDOW_S, GRACE_S = 20500, 3600, 1800  # as in tests/faults/fault_crowd.c
WINDOW = FIRST_DAY * 24 + 5


class Clock:
    """The page of a stepped clock."""

    def __init__(self, path, now):
        with open(path, "wb") as f:
            f.truncate(4096)
        with open(path, "r+b") as f:
            self._map = mmap.mmap(f.fileno(), 4096)
        self._now = ctypes.c_uint64.from_buffer(self._map)
        self.set(now)

    def set(self, now):
        self._now.value = now


def is_free(role):
    host, port = LISTEN[role].split(":")
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((host, int(port)))
        except OSError:
            return False
    return True


def start(program, folder, role, clock):
    log = os.path.join(folder, role, "log.txt")
    with open(log, "ab") as f:
        process = subprocess.Popen([program, os.path.join(folder, role, role + ".ini"), clock, "none"],
                                   stdout=f, stderr=f)
    host, port = LISTEN[role].split(":")
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as s:
            if s.connect_ex((host, int(port))) == 0:
                return process
        time.sleep(0.02)
    with open(log, encoding="utf-8") as f:
        raise RuntimeError(f"the {role} does not listen:\n{f.read()[-3000:]}")


def send(role, path, body=None, headers=None):
    """Status and body."""
    request = urllib.request.Request(URLS[role] + path, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def upload(task, body):
    return send("leader", f"tasks/{task}/reports", body,
                {"Content-Type": "application/ppm-dap;message=upload-req"})


def collect(task, question, token, seconds=60):
    end = time.monotonic() + seconds
    while True:
        status, body = send("leader", f"tasks/{task}/collection_jobs", question, {
            "Content-Type": "application/ppm-dap;message=collection-job-req",
            "Authorization": "Bearer " + token})
        if (status in (200, 201) and body) or status // 100 == 4 or time.monotonic() > end:
            return status, body
        time.sleep(0.1)
