#!/usr/bin/env python3
"""The Debian packages on a clean Debian 12 whose process 1 is a real systemd, in containers of
systemd-nspawn: a leader, a helper, and an office with its collector. Each is installed with dpkg and
configured as docs/operations.md has it; the units are started, a window is reported, released and
shown, tokens and keys are exchanged under `systemctl reload`, a unit is restarted and stopped; and
what the sandbox promises is looked at from inside.

    run_systemd.py [--packages FOLDER] [--root FOLDER] [--programs FOLDER]

--packages: made before by tools/build_packages.sh, else they are made here. --root: a Debian 12 made
before by this program with --root, else debootstrap makes one. Needs root, systemd-container,
debootstrap and a Debian mirror; says so and ends with 77 where one is missing. Some three minutes,
most of them debootstrap and the compiler."""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import trial  # noqa: E402
from trial import Checks, free_port  # noqa: E402

PACKAGES = ["hubbub", "hubbub-admin", "hubbub-aggregator", "hubbub-collector", "hubbub-device",
            "hubbub-office"]
# What the programs link with, and what a machine with systemd has.
IN_ROOT = ["systemd", "systemd-sysv", "dbus", "libmicrohttpd12", "libcurl4", "libjansson4", "libinih1",
           "libpq5", "libsqlite3-0", "libgmp10", "libssl3", "procps", "openssl", "ca-certificates"]
WINDOW, GRACE, SERVICES = 20, 5, 3
EXPOSURE_MAX = 2.0
check = Checks()


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("systemd-nspawn", "debootstrap", "nsenter"):
        if shutil.which(tool) is None:
            return f"there is no {tool}"
    return None


def make_root(path):
    if os.path.exists(os.path.join(path, "sbin", "init")):
        return
    subprocess.run(["debootstrap", "--variant=minbase", "--include=" + ",".join(IN_ROOT), "bookworm",
                    path, os.environ.get("HUBBUB_MIRROR", "http://deb.debian.org/debian")],
                   check=True, stdout=subprocess.DEVNULL)


class Stopped(Exception):
    """Nothing that follows could be."""


class Machine:
    """A container over a root that stays as it is; its network is this machine's."""

    def __init__(self, name, root, packages, shared, log):
        self.name = name
        self.log = open(log, "wb")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--directory", root, "--volatile=overlay", "--boot",
             "--register=no", "--keep-unit", "--machine", "hubbub-" + name, "--bind-ro",
             packages + ":/packages", "--bind", shared + ":/trial"], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log)
        self.init = None

    def await_boot(self, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                      encoding="ascii") as f:
                children = f.read().split()
            if children:
                self.init = children[0]
                if self.run("systemctl", "is-system-running")[1].strip() in ("running", "degraded"):
                    return True
            time.sleep(0.5)
        return False

    def run(self, *command, text=None, seconds=120):
        """Exit code, and what it said."""
        done = subprocess.run(["nsenter", "--target", self.init, "--all", "--", *command], input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=seconds, check=False)
        return done.returncode, done.stdout

    def must(self, what, *command, text=None):
        code, said = self.run(*command, text=text)
        check(f"{self.name}: {what}", code == 0, said[-2000:])
        if code != 0:
            raise Stopped(self.name)
        return said

    def journal(self, unit):
        return self.run("journalctl", "-u", unit, "-o", "cat", "--no-pager")[1]

    def await_journal(self, unit, word, n=1, seconds=60):
        end = time.monotonic() + seconds
        while self.journal(unit).count(word) < n:
            if time.monotonic() > end:
                return False
            time.sleep(0.3)
        return True

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", "-p", name, unit)[1].strip()

    def off(self):
        if self.process.poll() is None and self.init:
            self.run("systemctl", "poweroff", "--no-block")
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                pass
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


def put(machine, text, path):
    machine.must(f"writes {path}", "sh", "-c", f"cat >{path}", text=text)


def install(machine, names):
    files = [f"/packages/{n}" for n in names]
    machine.must("dpkg installs", "dpkg", "-i", *files)
    for unit in ("aggregator", "collector", "office"):
        code, said = machine.run("systemctl", "is-enabled", f"hubbub-{unit}")
        if f"hubbub-{unit}_" in " ".join(names):
            check(f"{machine.name}: hubbub-{unit} is not enabled by itself", code != 0, said)


def configure_aggregator(machine, role, port, metrics):
    """As docs/operations.md has it, from the example in the package."""
    etc = "/etc/hubbub-aggregator"
    example = machine.must("there is an example", "cat",
                           "/usr/share/doc/hubbub-aggregator/examples/aggregator.ini")
    for name, value in (("listen", f"127.0.0.1:{port}"), ("url", f"http://127.0.0.1:{port}/"),
                        ("metrics", f"127.0.0.1:{metrics}"), ("behind_proxy", "no")):
        example = re.sub(rf"^{name} = .*$", f"{name} = {value}", example, flags=re.M)
    put(machine, example, etc + "/aggregator.ini")
    machine.must("keys and tasks are put in place", "sh", "-c",
                 f"cp /trial/{role}/keys/* {etc}/keys/ && cp /trial/{role}/tasks/* {etc}/tasks/ && "
                 f"chown hubbub-aggregator: {etc}/keys/* {etc}/tasks/*.{role}.ini")


def as_user(machine, user, *command):
    return machine.run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs",
                       "--", *command)


def get(port, path):
    """Status 0: nobody answers yet."""
    try:
        return trial.get(port, path)
    except OSError as e:
        return 0, str(e)


def await_status(port, path, status, seconds=60):
    end = time.monotonic() + seconds
    while True:
        found = get(port, path)
        if found[0] == status or time.monotonic() > end:
            return found
        time.sleep(0.3)


def start(machine, unit, port, path):
    machine.must(f"{unit} is started", "systemctl", "enable", "--now", unit)
    found = await_status(port, path, 200)
    check(f"{machine.name}: {unit} answers", found[0] == 200, f"{found}\n" + machine.journal(unit)[-3000:])


def check_sandbox(machine, unit, may_write):
    """From inside the unit's namespaces, as root of the container: what its process could do."""
    pid = machine.show(unit, "MainPID")
    _, status = machine.run("cat", f"/proc/{pid}/status")
    for name, value in (("NoNewPrivs", "1"), ("Seccomp", "2"), ("CapEff", "0" * 16),
                        ("CapBnd", "0" * 16)):
        check(f"{machine.name}: {unit} has {name} {value}",
              re.search(rf"^{name}:\t{value}$", status, re.M) is not None, status)
    uid = re.search(r"^Uid:\t(\d+)", status, re.M)
    check(f"{machine.name}: {unit} is not root", uid is not None and uid[1] != "0", status)
    _, limits = machine.run("cat", f"/proc/{pid}/limits")
    check(f"{machine.name}: {unit} leaves no core", re.search(r"^Max core file size +0 +0 ", limits, re.M),
          limits)
    inside = ["nsenter", "--target", pid, "--mount", "--", "sh", "-c"]
    for path in ("/etc", "/usr", "/var", "/var/lib"):
        code, said = machine.run(*inside, f"touch {path}/hubbub-was-here")
        check(f"{machine.name}: {unit} cannot write {path}", code != 0 and "Read-only" in said, said)
    for path in may_write:
        code, said = machine.run(*inside, f"touch {path}/x && rm {path}/x")
        check(f"{machine.name}: {unit} can write {path}", code == 0, said)
    code, said = machine.run("systemd-analyze", "security", "--no-pager", unit)
    level = re.search(r"exposure level for \S+: ([\d.]+)", said)
    check(f"{machine.name}: {unit}'s exposure is {level and level[1]}, at most {EXPOSURE_MAX}",
          level is not None and float(level[1]) <= EXPOSURE_MAX, said[-500:])


def check_modes(machine):
    for path, mode, owner in (("/var/lib/hubbub-aggregator", "700", "hubbub-aggregator"),
                              ("/var/lib/hubbub-aggregator-head", "700", "hubbub-aggregator"),
                              ("/var/lib/hubbub-aggregator/aggregator.db", "600", "hubbub-aggregator"),
                              ("/etc/hubbub-aggregator/keys", "700", "hubbub-aggregator"),
                              ("/etc/hubbub-aggregator/keys/accumulator.key", "600", "hubbub-aggregator"),
                              ("/etc/hubbub-aggregator/tasks", "750", "root")):
        said = machine.run("stat", "-c", "%a %U", path)[1].strip()
        check(f"{machine.name}: {path} is {mode} of {owner}", said == f"{mode} {owner}", said)


def doctor(machine, user, config):
    code, said = as_user(machine, user, "hubbub", "doctor", "--config", config)
    check(f"{machine.name}: the doctor finds nothing wrong", code == 0 and " 0 wrong" in said, said)


def upload(machine, service, text):
    return machine.run("hubbub", "device", "upload", f"/trial/services/{service:02d}/visits.task.ini",
                       "--state", f"/trial/state-{service}", text=text)


def report(machine):
    """A report of each service in the next window. Its start."""
    window = (int(time.time()) // WINDOW + 1) * WINDOW
    time.sleep(max(0.0, window + 0.2 - time.time()))
    for i in range(1, SERVICES + 1):
        code, said = upload(machine, i, "1\n")
        check(f"a report of service {i} is taken", code == 0 and "1 report accepted" in said, said)
    return window


def rotate(leader):
    """As root, which is how an operator is logged in; the aggregator reads what it leaves."""
    etc = "/etc/hubbub-aggregator"
    leader.must("makes a token", "hubbub", "operator", "new-token", etc + "/tasks/visits.leader.ini",
                "--service", "service-01", "--out", "/trial/new-token")
    leader.must("makes an HPKE key", "hubbub", "operator", "new-key", etc + "/keys")
    leader.must("reloads", "systemctl", "reload", "hubbub-aggregator")
    check("leader: says that it has", leader.await_journal("hubbub-aggregator", "aggregator.reloaded"))
    said = leader.journal("hubbub-aggregator")
    check("leader: both keys and every task are read", "keys=2 refused_tasks=0" in said
          and "keys.refused" not in said and "tasks.refused" not in said, said[-2000:])
    leader.must("the service takes its token", "hubbub", "operator", "use-token",
                "/trial/services/01/visits.service.ini", "/trial/new-token")
    doctor(leader, "hubbub-aggregator", etc + "/aggregator.ini")


def run_units(leader, helper, office, ports):
    unit = "hubbub-aggregator"
    for machine, role in ((helper, "helper"), (leader, "leader")):
        configure_aggregator(machine, role, ports[role], ports[role + "-metrics"])
        start(machine, unit, ports[role + "-metrics"], "/ready")
        check_modes(machine)
        check_sandbox(machine, unit, ["/var/lib/hubbub-aggregator", "/var/lib/hubbub-aggregator-head",
                                      "/etc/hubbub-aggregator/keys"])
    for machine in (helper, leader):
        doctor(machine, "hubbub-aggregator", "/etc/hubbub-aggregator/aggregator.ini")
    start_office(office, ports)
    for i in range(1, SERVICES + 1):
        upload(leader, i, "")
    first = report(leader)
    rotate(leader)
    second = report(leader)
    for machine in (helper, leader):
        machine.must("restarts", "systemctl", "restart", unit)
        found = await_status(ports[machine.name + "-metrics"], "/ready", 200)
        check(f"{machine.name}: is ready again", found[0] == 200, str(found))
    third = report(leader)
    for window in (first, second, third):
        check("the window is released and in the series", await_point(office, window),
              office.journal("hubbub-collector")[-2000:])
    check("nothing was burnt", "store.restored" not in leader.journal(unit) + helper.journal(unit))
    page = get(ports["office"], "/")
    check("office: shows it", page[0] == 200 and "visits" in page[1].lower(), page[1][:500])
    stop(leader, unit)
    stop(helper, unit)
    stop(office, "hubbub-collector")
    stop(office, "hubbub-office")


def start_office(office, ports):
    etc = "/etc/hubbub-collector"
    office.must("the collector's files are put in place", "sh", "-c",
                f"cp -r /trial/collector/keys /trial/collector/tasks {etc}/ && "
                f"chown -R hubbub-collector: {etc}/keys {etc}/tasks")
    put(office, "[collector]\nseries = /var/lib/hubbub-series/series.db\nkey = keys/collector.key\n"
        "[measure visits]\ntitle = Visits\nunit = visits\ntask = tasks/visits.task.ini\n",
        etc + "/collector.ini")
    put(office, f"[office]\nlisten = 127.0.0.1:{ports['office']}\n"
        "series = /var/lib/hubbub-series/series.db\n", "/etc/hubbub-office/office.ini")
    office.must("hubbub-collector is started", "systemctl", "enable", "--now", "hubbub-collector")
    check("office: the collector runs", office.await_journal("hubbub-collector", "collector.start"),
          office.journal("hubbub-collector"))
    start(office, "hubbub-office", ports["office"], "/")
    check_sandbox(office, "hubbub-collector", ["/var/lib/hubbub-series"])
    check_sandbox(office, "hubbub-office", ["/var/lib/hubbub-series"])


def await_point(office, window, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if has_point(office, window):
            return True
        time.sleep(1)
    print(get(office.port, "/measure/visits/data.csv")[1][-1000:])
    return False


def has_point(office, window):
    """Whether the office's download has a total for the window."""
    status, text = get(office.port, "/measure/visits/data.csv?step=window")
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(window))
    return status == 200 and any(
        line.startswith(at) and line.split(",")[3] for line in text.splitlines())


def stop(machine, unit):
    machine.must(f"{unit} is stopped", "systemctl", "stop", unit)
    result = (machine.show(unit, "Result"), machine.show(unit, "ExecMainStatus"))
    check(f"{machine.name}: {unit} ended well", result == ("success", "0"), str(result))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages")
    parser.add_argument("--root")
    options = parser.parse_args()
    reason = why_not()
    if reason:
        print("skipped: " + reason)
        return 77
    machines = []
    with tempfile.TemporaryDirectory(prefix="hubbub-systemd-") as work:
        os.chmod(work, 0o755)
        packages = os.path.abspath(options.packages or os.path.join(work, "packages"))
        root = os.path.abspath(options.root or os.path.join(work, "root"))
        shared = os.path.join(work, "trial")
        os.mkdir(shared)
        if options.packages is None:
            subprocess.run([os.path.join(HERE, "..", "..", "tools", "build_packages.sh"), packages],
                           check=True, stdout=subprocess.DEVNULL)
        make_root(root)
        ports = {name: free_port() for name in ("leader", "helper", "leader-metrics", "helper-metrics",
                                                "office")}
        try:
            for name in ("leader", "helper", "office"):
                machines.append(Machine(name, root, packages, shared, os.path.join(work, name + ".log")))
            for machine in machines:
                if not check(f"{machine.name}: systemd is up", machine.await_boot()):
                    with open(os.path.join(work, machine.name + ".log"), errors="replace") as f:
                        print(f.read()[-3000:])
                    return 1
                names = [os.path.basename(p) for n in PACKAGES
                         for p in glob.glob(os.path.join(packages, n + "_*.deb"))]
                install(machine, names)
            leader, helper, office = machines
            office.port = ports["office"]
            leader.must("a trial's ceremony", "hubbub", "task", "new", "visits", "--out", "/trial",
                        "--vdaf", "sum", "--max", "10", "--unit", "visit", "--services", str(SERVICES),
                        "--rho", "1/512", "--window", f"{WINDOW}s", "--grace", f"{GRACE}s", "--days",
                        "20", "--leader-url", f"http://127.0.0.1:{ports['leader']}/", "--helper-url",
                        f"http://127.0.0.1:{ports['helper']}/")
            run_units(leader, helper, office, ports)
        except Stopped as e:
            print(f"stopped at the {e}")
        finally:
            for machine in machines:
                machine.off()
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
