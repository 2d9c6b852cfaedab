#!/usr/bin/env python3
"""What machines watch: /metrics is well-formed and has every name that the rules and the board use;
/live and /ready; one trace in the logs of both operators.

test_figures.py FOLDER_OF_PROGRAMS FOLDER_OF_SHARE"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trial import Checks, Trial, get  # noqa: E402

check = Checks()
WINDOW, GRACE, SERVICES = 3, 1, 3
BY_PROMETHEUS = {"up", "time"}


def names_in(expression):
    """Names of figures in PromQL, or in any text around it."""
    return set(re.findall(r"\b(?:hubbub|process)_[a-z_]+\b", expression))


def check_form(text):
    """Prometheus' text form: a figure's lines stand together, behind its HELP and TYPE."""
    seen, current, bad = set(), None, []
    for line in text.splitlines():
        head = re.fullmatch(r"# HELP (\w+) .+\.", line)
        if head:
            current = head[1]
            if current in seen:
                bad.append(line)
            seen.add(current)
        elif line.startswith("#"):
            if not re.fullmatch(rf"# TYPE {current} (counter|gauge)", line):
                bad.append(line)
        elif not re.fullmatch(rf'{current}(\{{(\w+="[^"\\]*",?)+\}})? \d+(\.\d+)?', line):
            bad.append(line)
    check("the figures are well-formed", not bad and len(seen) > 20, str(bad[:5]))
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                              capture_output=True, check=False)
        check("so says promtool", done.returncode in (0, 3), done.stderr)  # 3: its taste in names
    return seen


def check_names(share, known):
    with open(os.path.join(share, "prometheus", "hubbub.rules.yml"), encoding="utf-8") as f:
        rules = f.read()
    used = names_in(rules)
    check("the rules use names that exist", len(used) >= 9 and used <= known, str(used - known))
    alerts = re.findall(r"- alert: (\w+)", rules)
    check("each alert says what to do", len(alerts) >= 10 and
          len(alerts) == rules.count(" what: "), str(len(alerts)))
    with open(os.path.join(share, "..", "docs", "operations.md"), encoding="utf-8") as f:
        manual = f.read()
    check("and stands in the manual", all(alert in manual for alert in alerts),
          str([alert for alert in alerts if alert not in manual]))
    with open(os.path.join(share, "grafana", "hubbub.json"), encoding="utf-8") as f:
        board = json.load(f)
    expressions = [t["expr"] for p in board["panels"] for t in p["targets"]]
    used = names_in(" ".join(expressions))
    check("the board uses names that exist", len(used) >= 15 and used <= known, str(used - known))
    check("each panel says what it shows", all(p.get("description") for p in board["panels"]))


def check_health(trial):
    for role in ("leader", "helper"):
        port = trial.metrics[role]
        check(f"the {role} lives", get(port, "/live") == (200, "live\n"))
        check(f"the {role} is ready", get(port, "/ready") == (200, "ready\n"), get(port, "/ready"))
        check("nothing else is there", get(port, "/tasks")[0] == 404)


def check_not_ready(programs):
    """Without a task there is nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(programs, folder)
        try:
            trial.new_task("none", "--vdaf", "count", "--unit", "device-day", "--rho", "1/4096")
            for name in os.listdir(os.path.join(folder, "helper", "tasks")):
                os.unlink(os.path.join(folder, "helper", "tasks", name))
            trial.configure("helper", f"metrics = 127.0.0.1:{trial.metrics['helper']}")
            trial.start("helper")
            status, text = get(trial.metrics["helper"], "/ready")
            check("not ready, and why", (status, text) == (503, "no task\n"), f"{status} {text}")
            check("but alive", get(trial.metrics["helper"], "/live")[0] == 200)
        finally:
            trial.close()


def released(trial):
    """Sends a report of each service and collects the window."""
    for i in range(1, SERVICES + 1):
        upload(trial, i, "")
    window = (int(time.time()) // WINDOW + 2) * WINDOW
    time.sleep(max(0, window + 0.1 - time.time()))
    for i in range(1, SERVICES + 1):
        code, out, err = upload(trial, i, "1\n")
        check("a report is taken", code == 0 and "1 report accepted" in out, out + err)
    time.sleep(max(0, window + WINDOW + GRACE + 0.3 - time.time()))
    code, out, err = trial.run("collector", "collect", os.path.join(
        trial.folder, "collector", "tasks", "visits.task.ini"), "--from", str(window), "--to",
        str(window + WINDOW), "--json")
    check("the window is collected", code == 0 and json.loads(out)["reports"] == SERVICES, out + err)


def upload(trial, service, text):
    return trial.run("device", "upload", os.path.join(trial.folder, "services", f"{service:02d}",
                                                      "visits.task.ini"), "--state",
                     os.path.join(trial.folder, f"state-{service}"), text=text)


def traces(log, event):
    return re.findall(rf" {re.escape(event)} .*?trace=(\S+)", log)


def check_traces(trial):
    leader, helper = trial.log("leader"), trial.log("helper")
    jobs = traces(leader, "aggregation.done")
    check("each job has one name in both logs", jobs and all(len(t) == 22 for t in jobs)
          and set(jobs) <= set(traces(helper, "aggregation.done")), f"{jobs}\n{helper}")
    shares = traces(leader, "collection.done")
    check("and each release", shares and set(shares) <= set(traces(helper, "share.released")),
          f"{shares}\n{helper}")


def main():
    programs, share = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(programs, folder)
        try:
            trial.new_task("visits", "--vdaf", "sum", "--max", "10", "--unit", "visit", "--services",
                           str(SERVICES), "--rho", "1/512", "--window", f"{WINDOW}s", "--grace",
                           f"{GRACE}s", "--days", "20")
            for role in ("leader", "helper"):
                trial.configure(role, f"metrics = 127.0.0.1:{trial.metrics[role]}")
            trial.start("helper", "leader")
            released(trial)
            status, text = get(trial.metrics["leader"], "/metrics")
            check("figures", status == 200 and f'hubbub_reports_accepted_total{{task="visits"}} '
                  f"{SERVICES}\n" in text, text)
            known = check_form(text)
            check_names(share, known)
            check_form(get(trial.metrics["helper"], "/metrics")[1])
            check_health(trial)
            check_traces(trial)
        finally:
            trial.close()
    check_not_ready(programs)
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
