#!/usr/bin/env python3
"""The shipped alerts before the real promtool: their form, and by rules_test.yml that each fires on
figures that it is about and not on others. Then each alert in turn is made one that never fires, and
one that always does: the tests must see it. The board's expressions are read by promtool too.

test_rules.py SHARE [FOLDER_OF_PROMTOOL]"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from trial import Checks  # noqa: E402

check = Checks()
SHARE = sys.argv[1]


def promtool(*arguments, folder="."):
    done = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, cwd=folder,
                          check=False)
    return done.returncode == 0, done.stdout + done.stderr


def holds(rules):
    """Whether the tests pass with these rules."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(os.path.join(HERE, "rules_test.yml"), folder)
        with open(os.path.join(folder, "hubbub.rules.yml"), "w", encoding="utf-8") as f:
            f.write(rules)
        return promtool("test", "rules", "rules_test.yml", folder=folder)


def with_expression(rules, alert, expression):
    """The rules with another expression for this alert."""
    changed, n = re.subn(rf"(- alert: {alert}\n        expr:)(.*?)(?=\n        (?:for|labels):)",
                         lambda m: f"{m[1]} {expression}", rules, flags=re.S)
    assert n == 1, alert
    return changed


def check_alerts(rules):
    ok, text = holds(rules)
    if not check("each alert fires, and does not, as rules_test.yml says", ok, text):
        return
    alerts = re.findall(r"- alert: (\w+)", rules)
    check("there are alerts", len(alerts) >= 12)
    for alert in alerts:
        ok, _ = holds(with_expression(rules, alert, "vector(0) > 1"))
        check(f"{alert} that never fires is seen", not ok)
        without_wait = re.sub(rf"(- alert: {alert}\n.*?)\n        for: \w+", r"\1",
                              with_expression(rules, alert, "vector(1)"), count=1, flags=re.S)
        ok, _ = holds(without_wait)
        check(f"{alert} that always fires is seen", not ok)


def check_board():
    """Each expression as a rule of its own, with something for Grafana's variables."""
    with open(os.path.join(SHARE, "grafana", "hubbub.json"), encoding="utf-8") as f:
        board = json.load(f)
    expressions = [t["expr"] for p in board["panels"] for t in p["targets"]]
    rules = [{"record": f"board:{i}", "expr": e.replace("$instance", ".+")}
             for i, e in enumerate(expressions)]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "board.yml")
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"groups": [{"name": "board", "rules": rules}]}, f)  # which is YAML
        ok, text = promtool("check", "rules", path)
        check("the board's expressions are PromQL", ok and len(rules) >= 17, text)
        rules[0]["expr"] += " +"
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"groups": [{"name": "board", "rules": rules}]}, f)
        check("one that is not is seen", not promtool("check", "rules", path)[0])


def main():
    path = os.path.join(SHARE, "prometheus", "hubbub.rules.yml")
    ok, text = promtool("check", "rules", path)
    check("promtool takes the rules", ok, text)
    with open(path, encoding="utf-8") as f:
        check_alerts(f.read())
    check_board()
    return 1 if check.failures else 0


PROMTOOL = shutil.which("promtool", path=os.pathsep.join([os.environ["PATH"], *sys.argv[2:]]))
if PROMTOOL is None:
    print("skipped: there is no promtool (of Debian's package prometheus) on this machine")
    sys.exit(77)
sys.exit(main())
