"""An aggregator's process on a stepped clock (tests/parties/stepped_aggregator)."""
import contextlib
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
from load import Client  # noqa: E402

START_S = 40


class Stepped:
    """path: of its configuration, which is there before the start."""

    def __init__(self, path, port, clock_path):
        self.path, self.port, self.clock_path = path, port, clock_path
        self.log_path = path.removesuffix(".ini") + ".log"
        self.process = None

    def start(self, program):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([program, self.path, self.clock_path, "none"], stdout=log,
                                            stderr=log)

    def await_up(self):
        """Its HPKE configurations."""
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            answer = Client(self.port).send("GET", "/hpke_config")
            if answer and answer[0] == 200:
                return answer[2]
            time.sleep(0.05)
        raise RuntimeError(f"{self.path} does not come up:\n{self.log()[-3000:]}")

    def stop(self, how=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
        return None if self.process is None else self.process.returncode

    def log(self):
        with contextlib.suppress(OSError), open(self.log_path, encoding="utf-8") as f:
            return f.read()
        return ""
