#!/usr/bin/env python3
"""A first total, as docs/first-total.md walks it: a task is made, two aggregators run as processes of
their own, three registered services send, the collector adds up. With the installed programs and the
system's clock; windows of 5 seconds keep it short.

test_first_total.py FOLDER_OF_PROGRAMS"""
import json
import os
import signal
import sqlite3
import socket
import subprocess
import sys
import tempfile
import time

import told

PROGRAMS = sys.argv[1]
HUBBUB = os.path.join(PROGRAMS, "hubbub")
WINDOW = 5
GRACE = 5
SERVICES = 4
failures = 0
said = []  # by programs that end


def check(what, ok, detail=""):
    global failures
    print(("ok   " if ok else "FAIL ") + what + ("" if ok else f": {detail}"), flush=True)
    failures += not ok
    return ok


def run(*arguments, text=None):
    """Exit code, stdout, stderr."""
    done = subprocess.run([HUBBUB, *arguments], input=text, capture_output=True, text=True,
                          timeout=120)
    said.extend((done.stdout, done.stderr))
    return done.returncode, done.stdout, done.stderr


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def await_port(port, process, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            return False
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def start(folder, role):
    log = open(os.path.join(folder, role, "log.txt"), "ab")
    return subprocess.Popen([HUBBUB, "aggregator", "--config",
                             os.path.join(folder, role, role + ".ini")], stdout=log, stderr=log)


def stop(process, with_signal=signal.SIGTERM):
    if process.poll() is None:
        process.send_signal(with_signal)
    return process.wait(timeout=30)


def upload(folder, service, lines, *more):
    task = os.path.join(folder, "services", f"{service:02d}", "desk.task.ini")
    return run("device", "upload", task, "--state", os.path.join(folder, f"state-{service:02d}"),
               *more, text=lines)


def sleep_until(moment):
    time.sleep(max(0.0, moment - time.time()))


def next_window():
    """The start of the next window."""
    return (int(time.time()) // WINDOW + 1) * WINDOW


def check_tasks(folder, ports):
    labels = os.path.join(folder, "labels.txt")
    with open(labels, "w", encoding="utf-8") as f:
        f.write("overdue\nhold\nother\n")
    code, out, err = run("task", "new", "desk", "--out", folder, "--vdaf", "sumvec", "--max", "5000",
                         "--labels", labels, "--unit", "visit", "--services", str(SERVICES),
                         "--rho", "1/512", "--window", f"{WINDOW}s", "--grace", f"{GRACE}s",
                         "--days", "2", "--leader-url", f"http://127.0.0.1:{ports[0]}/dap",
                         "--helper-url", f"http://127.0.0.1:{ports[1]}/")
    check("hubbub task new", code == 0 and "+- 63 at 95 %" in out and "512 at each" in out,
          out + err)
    code, out, err = run("task", "new", "desk", "--out", folder)
    check("a second task of that name is refused", code == 1 and "already" in err, err)
    task = os.path.join(folder, "public", "desk.task.ini")
    code, out, err = run("task", "show", task)
    check("hubbub task show", code == 0 and "protects one visit" in out and "0 overdue" in out,
          out + err)
    parties = [os.path.join(folder, p, "tasks", "desk.task.ini")
               for p in ("leader", "helper", "collector")]
    code, out, err = run("task", "check", task, *parties)
    check("hubbub task check", code == 0 and out.count("ok ") == 7, out + err)
    statement = os.path.join(folder, "public", "desk.statement")
    right = open(statement, encoding="utf-8").read()
    with open(statement, "w", encoding="utf-8") as f:
        f.write(right.replace("grace-seconds: 5", "grace-seconds: 6"))
    code, out, err = run("task", "check", task)
    check("one wrong character is named", code == 1 and "desk.statement: line 22" in err, err)
    with open(statement, "w", encoding="utf-8") as f:
        f.write(right)
    for party in ("leader", "helper", "collector"):
        secret = os.path.join(folder, party, "tasks", f"desk.{party}.ini")
        check(f"{party}'s secrets are for its eyes only", os.stat(secret).st_mode & 0o777 == 0o600)
    key = [next(line for line in open(os.path.join(folder, p, "tasks", f"desk.{p}.ini"))
                if line.startswith("verify-key")) for p in ("leader", "helper")]
    check("both derived the same verification key", key[0] == key[1])


def check_uploads(folder):
    """One window with bad lines among good ones. Returns its start and the true totals."""
    code, out, err = upload(folder, 1, "5;5;5\n")
    check("a new device is silent", code == 1 and "silent until" in err and "0 reports" in out,
          out + err)
    for service in range(2, SERVICES + 1):
        code, out, err = upload(folder, service, "")
        check("joining says nothing", code == 0 and "speaks from" in out, out + err)
    window = next_window() + WINDOW
    sleep_until(window + 0.2)
    code, out, err = upload(folder, 1, "3000;40;5\n")
    check("a service's report is taken", code == 0 and "1 report accepted" in out, out + err)
    code, out, err = upload(folder, 1, "3000;40;5\n")
    check("once a window", code == 1 and "line 1: its window has had its report" in err, err)
    code, out, err = upload(folder, 2, f"time,value\n{window},1000;-7;9999\n")
    check("out of range is clamped, not refused", code == 0 and "1 report accepted" in out,
          out + err)
    code, out, err = upload(folder, 3, f"{window},12;x;3\n{window - 100000},1;1;1\nsoon,1;1;1\n")
    check("lines that are none are named, the neutral report goes out",
          code == 1 and "line 1: not a whole number" in err and "line 2:" in err
          and "line 3: the time" in err and "1 report accepted" in out, out + err)
    code, out, err = run("device", "upload", os.path.join(folder, "public", "desk.task.ini"),
                         "--state", os.path.join(folder, "state-none"), text="")
    check("a stranger may join", code == 0, out + err)
    return window, (4000, 40, 5005)


def check_stranger(folder):
    """Without a token a report is not taken."""
    window = next_window()
    sleep_until(window + 0.2)
    code, out, err = run("device", "upload", os.path.join(folder, "public", "desk.task.ini"),
                         "--state", os.path.join(folder, "state-none"), "--patience", "1",
                         text="1;1;1\n")
    check("but not send without a token", code == 1 and "0 reports accepted" in out, out + err)


def collect(folder, window, *more):
    return run("collector", "collect", os.path.join(folder, "collector", "tasks", "desk.task.ini"),
               "--from", str(window), "--to", str(window + WINDOW), *more)


CARE, TOO_NOISY = "use with care", "too noisy to show"


def care_of(total):
    """What the display rule says of a total with the variance 1024: by its coefficient of variation."""
    cv = 32 / abs(total) if total else 1
    return "" if cv <= 0.166 else CARE if cv <= 0.333 else TOO_NOISY


def in_words(row):
    return CARE in row or TOO_NOISY in row


def check_total(folder, window, truth):
    code, out, err = collect(folder, window, "--json")
    if not check("hubbub collector collect --json", code == 0, out + err):
        return
    told = json.loads(out)
    check("three reports, one window", told["reports"] == 3 and told["windows"] == 1, out)
    check("variance of both noises", told["variance"] == 1024, out)
    # Six standard deviations of the noise: a false alarm in 10^8 runs.
    far = [abs(c["total"] - t) for c, t in zip(told["cells"], truth)]
    check("totals are the truth and noise", all(d <= 192 for d in far), f"{told} {truth}")
    check("and there is noise", any(d != 0 for d in far), f"{told} {truth}")
    check("labels", [c["label"] for c in told["cells"]] == ["overdue", "hold", "other"], out)
    again = collect(folder, window, "--json")
    check("the same question has the same answer", again[1] == out, again[1] + again[2])
    code, out, err = collect(folder, window)
    words = [care_of(c["total"]) for c in told["cells"]]
    rows = [line for line in out.splitlines() if line.startswith("  ")]
    fits = len(rows) == 3 and all(w in r and (w or not in_words(r)) for w, r in zip(words, rows))
    check("as a table", code == 0 and "overdue" in out and fits, f"{out}{err}{words}")
    code, out, err = collect(folder, window - 2 * WINDOW)
    check("a window below the floor is refused", code == 1 and "invalidBatchSize" in err, out + err)


def check_series(folder, window, truth):
    process = subprocess.Popen([HUBBUB, "collector", "run", "--config",
                                os.path.join(folder, "collector", "collector.ini")],
                               stderr=open(os.path.join(folder, "collector", "log.txt"), "ab"))
    path = os.path.join(folder, "collector", "series.db")
    rows = []
    end = time.monotonic() + 90
    while time.monotonic() < end and len(rows) < 3:
        time.sleep(0.2)
        if os.path.exists(path):
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
                try:
                    rows = db.execute("select cell, total, variance, n from point where start = ?"
                                      " order by cell", (window,)).fetchall()
                except sqlite3.OperationalError:
                    pass
    check("hubbub collector run writes the series",
          len(rows) == 3 and all(abs(r[1] - t) <= 192 and r[2:] == (1024, 3)
                                 for r, t in zip(rows, truth)), str(rows))
    check("collector stops gracefully", stop(process) == 0)


def listen_to_everything(folder):
    """The parties log all that they can."""
    for role in ("leader", "helper"):
        with open(os.path.join(folder, role, role + ".ini"), "a", encoding="utf-8") as f:
            f.write("log_level = debug\n")


def check_logs(folder, secrets):
    logs = [(role, open(os.path.join(folder, role, "log.txt"), "rb").read())
            for role in ("leader", "helper", "collector")]
    check("the parties logged", all(b" info " in log for _, log in logs))
    n_ids = sum(what.startswith("a report id") for what, _ in secrets)
    check("secrets and report ids are known", len(secrets) - n_ids >= 18 and n_ids >= 3,
          f"{len(secrets)}, {n_ids} of them ids")
    tells = told.told(secrets, logs + [("a program", "".join(said).encode())])
    check("none is in a log or in what a program says", not tells, "\n".join(tells))
    with open(os.path.join(folder, "leader", "tasks", "desk.leader.ini"), "rb") as f:
        check("and would be found", told.told(secrets, [("a file of secrets", f.read())]))


def main():
    secrets = []
    ports = (free_port(), free_port())
    with tempfile.TemporaryDirectory() as folder:
        check_tasks(folder, ports)
        listen_to_everything(folder)
        processes = {role: start(folder, role) for role in ("leader", "helper")}
        try:
            for role, port in zip(("leader", "helper"), ports):
                check(f"{role} listens", await_port(port, processes[role]),
                      open(os.path.join(folder, role, "log.txt")).read()[-2000:])
            window, truth = check_uploads(folder)
            check_stranger(folder)
            # both aggregators are killed before the window is released, and come back
            for role in ("leader", "helper"):
                stop(processes[role], signal.SIGKILL)
            secrets = list(told.secrets_of(folder))
            for role in ("leader", "helper"):
                processes[role] = start(folder, role)
            for role, port in zip(("leader", "helper"), ports):
                check(f"{role} is back after kill -9", await_port(port, processes[role]))
            sleep_until(window + WINDOW + GRACE + 0.5)
            check_total(folder, window, truth)
            check_series(folder, window, truth)
        finally:
            for role, process in processes.items():
                check(f"{role} stops gracefully", stop(process) == 0)
        check_logs(folder, secrets)
        if failures:
            for role in ("leader", "helper", "collector"):
                print(f"--- {role}\n" + open(os.path.join(folder, role, "log.txt")).read()[-3000:])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
