"""A PostgreSQL server of a test's own, which can be killed and started again, and whose whole folder can
be put back: a cluster on a socket in its folder alone, as an unprivileged user where we are root.
Commits are synced as in production; where it lies on a tmpfs that costs nothing and keeps what kill -9
keeps. One server serves the runs of one worker, each with databases of its own."""
import glob
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from city import Failure, dies_with_us

START_S = 200
RECOVERY_S = 120  # after a start, while its log is read and it answers nobody
DISK_BYTES = 900 << 20
SETTINGS = {"max_connections": 100, "shared_buffers": "16MB", "deadlock_timeout": "200ms",
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
            "min_wal_size": "5MB", "max_wal_size": "64MB", "wal_buffers": "1MB",
            "autovacuum": "off", "max_parallel_workers": 0, "max_wal_senders": 0,
            "wal_level": "minimal", "log_min_messages": "warning"}


def programs():
    """The folder of the newest server's programs, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return os.path.dirname(found[-1]) if found else None


def user():
    """Whom the server may run as: not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            pass
    return None


class Server:
    def __init__(self, mounts=None, like=None):
        """mounts: for a disk of its own, which can be full. like: another one, of whose cluster this
        one is a copy, which is quicker to have."""
        self.bin, self.uid = programs(), user()
        self.folder = tempfile.mkdtemp(prefix="hubbub-pg-", dir="/tmp")
        if self.uid is not None:
            os.chown(self.folder, self.uid, -1)
        os.chmod(self.folder, 0o755)
        self._place = os.path.join(self.folder, "disk")
        os.mkdir(self._place)
        if self.uid is not None:
            os.chown(self._place, self.uid, -1)
        self.disk = mounts.mount(self._place, DISK_BYTES, self.uid or 0) if mounts else None
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = None
        self.last_away = time.monotonic()
        self._images = []
        if like is not None:
            subprocess.run(["cp", "-a", like.take_image(), self._data()], check=True)
            self.start()
            return
        subprocess.run([os.path.join(self.bin, "initdb"), "-D", self._data(), "-U", "hubbub", "-A",
                        "trust", "-N", "--no-locale", "--encoding=UTF8", "--wal-segsize=1"],
                       check=True, user=self.uid, cwd=self.folder, stdout=self.log, stderr=self.log)
        self.start()

    def _data(self):
        return os.path.join(self._place, "data")

    def start(self):
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            [os.path.join(self.bin, "postgres"), "-D", self._data(), "-k", self.folder, "-h", "",
             *settings], user=self.uid, cwd=self.folder, stdout=self.log, stderr=self.log,
            start_new_session=True, preexec_fn=dies_with_us)

    def await_up(self):
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            try:
                self.query("postgres", "select 1")
                return
            except RuntimeError:
                self.keep_up()
                time.sleep(0.05)
        raise Failure(f"postgres does not answer: see {self.folder}/log")

    def kill(self, how=signal.SIGKILL):
        """Its first process; the others end when they notice. SIGINT is its fast stop."""
        self.process.send_signal(how)
        self.process.wait()
        self.last_away = time.monotonic()

    def kill_backend(self):
        """One process that serves somebody: the server ends all others and recovers. False: there
        was none."""
        serving = []
        try:
            for pid in self._children():
                with open(f"/proc/{pid}/cmdline", "rb") as line:
                    if b"[local]" in line.read():
                        serving.append(int(pid))
            if serving:
                self.last_away = time.monotonic()
                os.kill(random.choice(serving), signal.SIGKILL)
        except OSError:
            return False
        return bool(serving)

    def keep_up(self):
        """Starts it again where it gave up: its disk was full, or processes of before were not gone
        yet."""
        if self.process.poll() is not None:
            self.last_away = time.monotonic()
            self.start()

    def was_away(self):
        """Whether a program that began lately may not have found it."""
        return time.monotonic() - self.last_away < RECOVERY_S

    def answers(self):
        """Whether it lets somebody in now: the first byte of its answer to a start message."""
        if not self.was_away():
            return True
        body = b"\0\3\0\0user\0hubbub\0database\0postgres\0\0"
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(1)
            try:
                s.connect(os.path.join(self.folder, ".s.PGSQL.5432"))
                s.sendall((len(body) + 4).to_bytes(4, "big") + body)
                return s.recv(1) == b"R"
            except OSError:
                return False

    # ---- Its whole folder, as a backup would have it

    def take_image(self):
        """Stops at once, as if the machine did, and is copied."""
        self._end_all()
        image = os.path.join(self.folder, f"image-{len(self._images)}")
        subprocess.run(["cp", "-a", self._data(), image], check=True)
        self._images.append(image)
        self.start()
        return image

    def put_image(self, image):
        self._end_all()
        shutil.rmtree(self._data())
        subprocess.run(["cp", "-a", image, self._data()], check=True)
        self.start()

    def forget_images(self):
        for image in self._images:
            shutil.rmtree(image, ignore_errors=True)
        self._images.clear()

    def _end_all(self):
        """kill, and waits for the others: they write until they notice that the first is gone."""
        pids = self._children()
        self.kill()
        end = time.monotonic() + START_S
        while any(os.path.exists(f"/proc/{pid}") for pid in pids):
            if time.monotonic() > end:
                raise Failure("processes of postgres do not end")
            time.sleep(0.02)

    def _children(self):
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                      encoding="ascii") as f:
                return f.read().split()
        except OSError:
            return []

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.log.close()
        if self.disk is not None:
            self.disk.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, database, sql):
        """Rows of texts."""
        done = subprocess.run(
            [os.path.join(self.bin, "psql"), "-X", "-At", "-F", "\t", "-h", self.folder, "-U", "hubbub",
             "-d", database, "-c", sql], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]
