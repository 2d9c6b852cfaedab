"""A leader and a helper of the installed programs, on this machine, for tests of what operators do."""
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

DAY_S = 86400


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path):
    """Status and text."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


class Checks:
    """Counts what holds, and says what does not."""

    def __init__(self):
        self.failures = 0

    def __call__(self, what, ok, detail=""):
        print(("ok   " if ok else "FAIL ") + what + ("" if ok else f": {detail}"), flush=True)
        self.failures += not ok
        return ok


class Trial:
    """The folders of a trial ceremony and the processes that stand on them."""

    def __init__(self, programs, folder):
        self.hubbub = os.path.join(programs, "hubbub")
        self.folder = folder
        self.ports = {"leader": free_port(), "helper": free_port()}
        self.metrics = {"leader": free_port(), "helper": free_port()}
        self.processes = {}

    def run(self, *arguments, text=None):
        """Exit code, stdout, stderr."""
        done = subprocess.run([self.hubbub, *arguments], input=text, capture_output=True, text=True,
                              timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def url(self, role):
        return f"http://127.0.0.1:{self.ports[role]}/"

    def new_task(self, name, *more):
        code, out, err = self.run(
            "task", "new", name, "--out", self.folder, "--leader-url", self.url("leader"),
            "--helper-url", self.url("helper"), *more)
        if code != 0:
            raise RuntimeError(out + err)

    def config(self, role):
        return os.path.join(self.folder, role, role + ".ini")

    def configure(self, role, *lines):
        with open(self.config(role), "a", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in lines)

    def log(self, role):
        try:
            with open(os.path.join(self.folder, role, "log.txt"), encoding="utf-8") as f:
                return f.read()
        except OSError:
            return ""

    def start(self, *roles):
        for role in roles:
            with open(os.path.join(self.folder, role, "log.txt"), "ab") as log:
                self.processes[role] = subprocess.Popen(
                    [self.hubbub, "aggregator", "--config", self.config(role)], stdout=log,
                    stderr=log)
        for role in roles:
            self.await_port(role)

    def await_port(self, role, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.processes[role].poll() is not None:
                break
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.ports[role])) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the {role} does not listen:\n{self.log(role)[-3000:]}")

    def stop(self, role, how=signal.SIGTERM):
        process = self.processes.pop(role)
        if process.poll() is None:
            process.send_signal(how)
        return process.wait(timeout=30)

    def hang_up(self, role, seconds=20):
        """SIGHUP, and waits until the log says that it was done."""
        n = self.log(role).count("aggregator.reloaded")
        self.processes[role].send_signal(signal.SIGHUP)
        end = time.monotonic() + seconds
        while self.log(role).count("aggregator.reloaded") == n:
            if time.monotonic() > end:
                raise RuntimeError(f"the {role} does not reload:\n{self.log(role)[-3000:]}")
            time.sleep(0.02)

    def close(self):
        for role in list(self.processes):
            self.stop(role, signal.SIGKILL)

    def copy(self, role, to):
        shutil.copytree(os.path.join(self.folder, role), to)
