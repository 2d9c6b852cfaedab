"""A PostgreSQL server of a run's own, which can be killed and started again: a cluster in a folder, on
a socket in that folder alone, as an unprivileged user where we are root. Commits are synced."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

START_S = 30
RECOVERY_S = 20  # after a start, while its log is read and it answers nobody


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
    def __init__(self):
        self.bin, self.uid = programs(), user()
        self.folder = tempfile.mkdtemp(prefix="hubbub-pg-", dir="/tmp")
        if self.uid is not None:
            os.chown(self.folder, self.uid, -1)
        os.chmod(self.folder, 0o755)
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = None
        self.last_away = time.monotonic()
        subprocess.run([os.path.join(self.bin, "initdb"), "-D", self._data(), "-U", "hubbub", "-A",
                        "trust", "-N"], check=True, user=self.uid, cwd=self.folder,
                       stdout=self.log, stderr=self.log)
        self.start()

    def _data(self):
        return os.path.join(self.folder, "data")

    def start(self):
        self.process = subprocess.Popen(
            [os.path.join(self.bin, "postgres"), "-D", self._data(), "-k", self.folder, "-h", "",
             "-c", "max_connections=100", "-c", "shared_buffers=32MB", "-c", "deadlock_timeout=200ms"],
            user=self.uid, cwd=self.folder, stdout=self.log, stderr=self.log, start_new_session=True)

    def await_up(self):
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            try:
                self.query("postgres", "select 1")
                return
            except RuntimeError:
                self.keep_up()
                time.sleep(0.05)
        raise RuntimeError(f"postgres does not answer: see {self.folder}/log")

    def kill(self, how=signal.SIGKILL):
        """Its first process; the others end when they notice. SIGINT is its fast stop."""
        self.process.send_signal(how)
        self.process.wait()
        self.last_away = time.monotonic()

    def keep_up(self):
        """Starts it again where it gave up because processes of before were not gone yet."""
        if self.process.poll() is not None:
            self.last_away = time.monotonic()
            self.start()

    def was_away(self):
        """Whether a program that began lately may not have found it."""
        return time.monotonic() - self.last_away < RECOVERY_S

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database):
        return f"postgresql://hubbub@/{database}?host={self.folder}"

    def query(self, database, sql):
        """Rows of texts."""
        done = subprocess.run(
            [os.path.join(self.bin, "psql"), "-X", "-At", "-F", "\t", "-h", self.folder, "-U", "hubbub",
             "-d", database, "-c", sql], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]
