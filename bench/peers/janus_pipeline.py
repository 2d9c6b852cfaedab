#!/usr/bin/env python3
"""What a report costs two aggregators of hubbub, and two of Janus, side by side on this machine.

janus_pipeline.py PROGRAMS SOURCE_TREE [--reports N] [--rounds N]

PROGRAMS is the folder programs/ of a release build with -Dbench=true -Dtests=true. Prio3Histogram,
100 buckets, chunks of 10; leader and helper; PostgreSQL, durable, with the same settings for all; no
TLS. The devices' side is the same program for both, with reports made beforehand: Janus takes
hubbub's uploads as they are. Counted is the CPU time of the aggregators' processes and of the
server's, by the kernel's accounts; not of the devices, the collector and this script. Janus runs the
four processes of each aggregator directly, without the test API's proxy between; its tokio runtimes,
pools and job sizes are as its sample configurations have them, with its waits shortened. Its
collection is timed with its own collector, hubbub's with hubbub's.

Prints a line of JSON for each run and a table. Exit code 77: there is no Janus, with the reason."""
import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for room in "interop", "peers":
    sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", room))
import api  # noqa: E402
import janus  # noqa: E402

LENGTH, CHUNK = 100, 10
A_REQUEST = 100
PRECISION = 3600
STILL_S = 300
# As bench_pipeline starts its own.
SETTINGS = ["fsync=on", "shared_buffers=1GB", "max_wal_size=4GB", "checkpoint_timeout=30min",
            "wal_compression=lz4"]
TICKS = os.sysconf("SC_CLK_TCK")


def stat_fields(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rsplit(")", 1)[1].split()


def process_cpu_s(pid):
    """Of all its threads."""
    try:
        fields = stat_fields(pid)
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def server_cpu_s(pid):
    """Of a PostgreSQL server: of its processes that live, and of those that it has waited for."""
    total = 0.0
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            fields = stat_fields(name)
        except OSError:
            continue
        if int(name) == pid:
            total += sum(int(f) for f in fields[11:15]) / TICKS
        elif int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


class Accounts:
    """CPU seconds of the aggregators' processes and of the server since this was made."""

    def __init__(self, peer):
        self.peer = peer
        self.start = time.monotonic()
        self.before = self.read()

    def read(self):
        return (sum(process_cpu_s(p.pid) for p in self.peer.aggregators),
                server_cpu_s(self.peer.database.process.pid))

    def since(self):
        own, server = (a - b for a, b in zip(self.read(), self.before))
        return own, server, time.monotonic() - self.start


def read_line(process):
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"bench_away has ended with {process.wait()}")
    return line


def await_aggregated(peer, n):
    """Until the leader has finished all, which the helper has before. A query a second is nothing
    beside what it waits for. Its counters don't tell: they count some reports twice."""
    before, until = -1, time.monotonic() + STILL_S
    while True:
        done = int(peer.database.value("leader", "SELECT count(*) FROM report_aggregations WHERE "
                                       "state = 'FINISHED'"))
        if done == n:
            return
        if done != before:
            before, until = done, time.monotonic() + STILL_S
        if time.monotonic() > until:
            raise RuntimeError(f"Janus has aggregated {done} of {n} reports, and no more")
        time.sleep(1)


def add_task(peer, parties, min_batch):
    urls = [f"http://127.0.0.1:{peer.dap_ports[role]}/" for role in ("leader", "helper")]
    vdaf = {"type": "Prio3Histogram", "length": str(LENGTH), "chunk_length": str(CHUNK)}
    return urls, api.Task(parties, vdaf, min_batch, precision=PRECISION, urls=urls)


def collect(task):
    start = time.monotonic()
    reply = task.collect(retries=60)
    return time.monotonic() - start, reply


def run_janus(folder, programs, args):
    """The figures of one run."""
    peer = janus.Janus(folder, SETTINGS, lease_s=600, attempts=10, shards=32)
    try:
        parties = [peer.simple_party("client"), peer.aggregator("leader"),
                   peer.aggregator("helper"), peer.simple_party("collector")]
        for party in parties:
            party.await_ready()
        urls, task = add_task(peer, parties, args.reports)
        away = subprocess.Popen(
            [os.path.join(programs, "..", "bench", "bench_away"), "--leader", urls[0], "--helper",
             urls[1], "--task", task.id, "--precision", str(PRECISION), "--min-batch",
             str(args.reports), "--length", str(LENGTH), "--chunk", str(CHUNK), "--reports",
             str(args.reports), "--a-request", str(A_REQUEST)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        read_line(away)
        accounts = Accounts(peer)
        away.stdin.write("\n")
        away.stdin.flush()
        sent = json.loads(read_line(away))
        away.wait()
        await_aggregated(peer, args.reports)
        own, server, seconds = accounts.since()
        took, reply = collect(task)
    finally:
        peer.stop()
    if [int(n) for n in reply["result"]] != sent["truth"]:
        raise RuntimeError("Janus's total is not what was sent")
    n = args.reports
    return {"who": "Janus", "database": "postgresql", "reports": n, "a_request": A_REQUEST,
            "own_cpu_ms": own * 1e3 / n, "server_cpu_ms": server * 1e3 / n,
            "both_cpu_ms": (own + server) * 1e3 / n, "reports_per_s": n / seconds,
            "upload_s": sent["seconds"], "collect_s": took}


def run_hubbub(programs, args, database):
    line, asked = [json.loads(text) for text in subprocess.run(
        [os.path.join(programs, "..", "bench", "bench_pipeline"), "--case", "prepared-collect",
         "--reports", str(args.reports), "--database", database],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True).stdout.splitlines()]
    return {"who": "hubbub", "database": database, "reports": line["reports"],
            "a_request": line["a_request"],
            "own_cpu_ms": (line["leader_cpu_us"] + line["helper_cpu_us"]) / 1e3,
            "server_cpu_ms": line["database_cpu_us"] / 1e3, "both_cpu_ms": line["both_cpu_us"] / 1e3,
            "reports_per_s": line["reports_per_s"], "collect_s": asked["collect_ms"] / 1e3}


def median(runs):
    """By the CPU time of a report."""
    return sorted(runs, key=lambda r: r["both_cpu_ms"])[(len(runs) - 1) // 2]


def print_table(figures):
    print(f"{'':22}{'own':>8}{'server':>8}{'together':>10}{'reports/s':>11}{'collection':>12}")
    print(f"{'':22}{'ms':>8}{'ms':>8}{'ms':>10}{'':>11}{'s':>12}")
    for f in figures:
        print(f"{f['who'] + ', ' + f['database']:22}{f['own_cpu_ms']:8.3f}{f['server_cpu_ms']:8.3f}"
              f"{f['both_cpu_ms']:10.3f}{f['reports_per_s']:11.0f}{f['collect_s']:12.3f}")
    last = figures[-1]
    for f in figures[:-1]:
        print(f"Janus / hubbub, {f['database']}: CPU {last['both_cpu_ms'] / f['both_cpu_ms']:.1f}, "
              f"reports/s 1 / {f['reports_per_s'] / last['reports_per_s']:.1f}, collection "
              f"{last['collect_s'] / f['collect_s']:.1f}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("programs")
    parser.add_argument("tree")
    parser.add_argument("--reports", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    try:
        folder = janus.folder(os.path.abspath(args.tree))
        if not os.path.exists(os.path.join(folder, "profile")):
            raise janus.Missing(f"{folder} is no release build: tests/peers/build_janus.sh makes it")
    except janus.Missing as why:
        print(f"skipped: {why}")
        return 77
    runs = [[], [], []]
    for _ in range(args.rounds):
        runs[0].append(run_hubbub(args.programs, args, "sqlite"))
        runs[1].append(run_hubbub(args.programs, args, "postgresql"))
        runs[2].append(run_janus(folder, args.programs, args))
        for r in runs:
            print(json.dumps(r[-1]), flush=True)
    print_table([median(r) for r in runs])
    return 0


if __name__ == "__main__":
    sys.exit(main())
