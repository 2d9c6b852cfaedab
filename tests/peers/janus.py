"""Janus as processes: a private PostgreSQL server in a folder of its own, and for each role what its
containers run. Needs what build_janus.sh has made."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from api import Party  # noqa: E402

# Of databases that live for one run.
DATASTORE_KEY = "OSjfC8QVPATwO3uVJcAnTA"

COMMON = """database:
  url: postgres://postgres@127.0.0.1:{db_port}/{name}
  check_schema_version: false
  connection_pool_max_size: 8
health_check_listen_address: 127.0.0.1:{health}
"""
AGGREGATOR = """listen_address: 127.0.0.1:{dap}
max_upload_batch_size: 100
max_upload_batch_write_delay_ms: 50
batch_aggregation_shard_count: 4
key_rotator: null
"""
CREATOR = """batch_aggregation_shard_count: 4
tasks_update_frequency_s: 1
aggregation_job_creation_interval_s: 1
min_aggregation_job_size: 1
max_aggregation_job_size: 100
"""
DRIVER = """job_discovery_interval_s: 1
max_concurrent_job_workers: 10
worker_lease_clock_skew_allowance_s: 1
worker_lease_duration_s: {lease_s}
maximum_attempts_before_failure: {attempts}
batch_aggregation_shard_count: 4
"""
JOB_DRIVER = DRIVER + """task_counter_shard_count: 4
"""
COLLECTION_DRIVER = DRIVER + """min_collection_job_retry_delay_s: 1
max_collection_job_retry_delay_s: 1
collection_job_retry_delay_exponential_factor: 1.0
"""
ROTATOR = """key_rotator:
  hpke: {}
"""


class Missing(Exception):
    """Why there is no Janus to test with."""


def folder(tree):
    """Of its programs: HUBBUB_JANUS, or hubbub-janus beside the tree."""
    path = os.environ.get("HUBBUB_JANUS") or os.path.join(os.path.dirname(tree), "hubbub-janus")
    for name in "janus_interop", "janus_aggregator", "schema.sql":
        if not os.path.exists(os.path.join(path, name)):
            raise Missing(f"{path}/{name} is not there: tests/peers/build_janus.sh makes it")
    return path


PORTS = set()  # that were given away and may not listen yet


def free_port():
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in PORTS:
            PORTS.add(port)
            return port


def postgres_tool(name):
    found = shutil.which(name)
    for version in range(20, 12, -1):
        path = f"/usr/lib/postgresql/{version}/bin/{name}"
        if found is None and os.path.exists(path):
            found = path
    if found is None:
        raise Missing(f"PostgreSQL's {name} is not installed")
    return found


class Database:
    """A server for one run; by the user postgres where we are root, which PostgreSQL refuses to be."""

    def __init__(self, settings=("fsync=off",), parent=None):
        self.folder = tempfile.mkdtemp(prefix="hubbub-peers-", dir=parent)
        self.port = free_port()
        self.process = None
        user = {"user": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        data = os.path.join(self.folder, "data")
        if user:
            shutil.chown(self.folder, "postgres")
        quiet = {"stdout": subprocess.DEVNULL, "cwd": "/", **user}
        subprocess.run([postgres_tool("initdb"), "-D", data, "-U", "postgres", "-A", "trust",
                        "--no-sync"], check=True, **quiet)
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                [postgres_tool("postgres"), "-D", data, "-p", str(self.port), "-h", "127.0.0.1",
                 "-k", self.folder, "-c", "max_connections=300",
                 *(word for setting in settings for word in ("-c", setting))],
                stderr=log, **quiet)
        self.await_ready()

    def await_ready(self):
        for _ in range(300):
            if self.sql("postgres", "SELECT 1", check=False) == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL does not start")

    def sql(self, name, text, check=True):
        return subprocess.run([postgres_tool("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h",
                               "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", name],
                              input=text, text=True, check=check, stdout=subprocess.DEVNULL,
                              stderr=None if check else subprocess.DEVNULL).returncode

    def value(self, name, query):
        """The one value of a query, as text."""
        return subprocess.run([postgres_tool("psql"), "-q", "-A", "-t", "-h", "127.0.0.1", "-p",
                               str(self.port), "-U", "postgres", "-d", name, "-c", query],
                              text=True, check=True, stdout=subprocess.PIPE).stdout.strip()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


class Janus:
    """Starts its parties; stop ends all of them. settings: of the server, whose folder is on the
    disk then; None: a quick one for tests."""

    def __init__(self, programs, settings=None, lease_s=10, attempts=3, shards=4):
        self.driver = {"lease_s": lease_s, "attempts": attempts}
        self.shards = shards
        self.programs = programs
        self.processes = []
        self.aggregators = []  # of the processes, without those that serve the test API
        self.dap_ports = {}  # of each role
        self.logs = tempfile.mkdtemp(prefix="hubbub-janus-")
        self.database = Database() if settings is None else Database(settings, "/var/tmp")

    def run(self, name, program, *arguments):
        env = dict(os.environ, DATASTORE_KEYS=DATASTORE_KEY, RUST_LOG="warn")
        with open(os.path.join(self.logs, name + ".log"), "wb") as log:
            process = subprocess.Popen([os.path.join(self.programs, program), *arguments],
                                       stdout=log, stderr=log, env=env)
        self.processes.append(process)
        return process

    def simple_party(self, word):
        """client or collector"""
        port = free_port()
        process = self.run(word, "janus_interop", "janus_interop_" + word, "--port", str(port))
        return Party("Janus " + word, port, process)

    def config(self, role, word, text):
        health = free_port()
        path = os.path.join(self.logs, f"{role}_{word}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(COMMON.format(db_port=self.database.port, name=role, health=health)
                       + text.replace("shard_count: 4", f"shard_count: {self.shards}"))
        return path, health

    def aggregator(self, role):
        """role names its database, too."""
        self.database.sql("postgres", f"CREATE DATABASE {role}")
        with open(os.path.join(self.programs, "schema.sql"), encoding="utf-8") as file:
            self.database.sql(role, file.read())
        path, _ = self.config(role, "key_rotator", ROTATOR)
        if self.run(role + "_key_rotator", "janus_aggregator", "key_rotator", "--config-file",
                    path).wait(timeout=60) != 0:
            raise RuntimeError(f"Janus's key rotator fails: see {self.logs}")
        dap, port = free_port(), free_port()
        healths = []
        for word, text in (("aggregator", AGGREGATOR.format(dap=dap)),
                           ("aggregation_job_creator", CREATOR),
                           ("aggregation_job_driver", JOB_DRIVER.format(**self.driver)),
                           ("collection_job_driver",
                            COLLECTION_DRIVER.format(**self.driver))):
            path, health = self.config(role, word, text)
            healths.append(f"  - http://127.0.0.1:{health}/healthz\n")
            self.aggregators.append(self.run(f"{role}_{word}", "janus_aggregator", word,
                                             "--config-file", path))
        self.dap_ports[role] = dap
        path, _ = self.config(role, "interop", f"listen_address: 127.0.0.1:{port}\n"
                              f"aggregator_address: 127.0.0.1:{dap}\nhealth_check_peers:\n"
                              + "".join(healths))
        process = self.run(role + "_interop", "janus_interop", "janus_interop_aggregator",
                           "--config-file", path)
        return Party("Janus " + role, port, process)

    def stop(self, keep_logs=False):
        for process in self.processes:
            process.kill()  # nothing of them outlives the run
        for process in self.processes:
            process.wait()
        self.database.stop()
        if keep_logs:
            print(f"Janus's logs are in {self.logs}")
        else:
            shutil.rmtree(self.logs, ignore_errors=True)
