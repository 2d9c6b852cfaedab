#!/usr/bin/env python3
"""Starts hubbub-office as an operator would: test_office_program.py OFFICE FILL_SERIES DATA_FOLDER.
Wrong configurations name their line; a right one serves with its headers, and stops when asked."""
import http.client
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

office, fill, data = sys.argv[1:4]
failures = 0


def check(name, is_true, detail=""):
    global failures
    if not is_true:
        failures += 1
        print("FAIL", name, detail)


def run(*arguments):
    return subprocess.run([office, *arguments], capture_output=True, text=True, timeout=20)


def ask(port, path, method="GET", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body


with tempfile.TemporaryDirectory(prefix="hubbub-office-") as folder:
    place = pathlib.Path(folder)
    good = f"[office]\nlisten = 127.0.0.1:0\nseries = {place}/series.db\n"

    check("help", run("office", "--help").returncode == 0)
    check("no arguments", run().returncode == 2)
    check("no such file", run("office", "--config", f"{place}/none.ini").returncode == 2)
    for line, text in ((3, good.replace("series", "serie")), (4, good + "colour = blue\n"),
                       (3, good.replace(":0", ":0\nlisten = 127.0.0.1:1"))):
        (place / "wrong.ini").write_text(text)
        ended = run("office", "--config", f"{place}/wrong.ini")
        check("a wrong line ends the start", ended.returncode == 2, ended.stderr)
        check("a wrong line is named", f"{line}" in ended.stderr, ended.stderr)
    for listen in ("0.0.0.0:0", "127.0.0.1:99999", "somewhere"):
        (place / "wrong.ini").write_text(good.replace("127.0.0.1:0", listen))
        ended = run("office", "--config", f"{place}/wrong.ini")
        check(f"no plain HTTP on {listen}", ended.returncode != 0, ended.stderr)

    (place / "office.ini").write_text(good)
    child = subprocess.Popen([office, "office", "--config", f"{place}/office.ini"],
                             stderr=subprocess.PIPE, text=True)
    port = 0
    while port == 0:
        line = child.stderr.readline()
        found = re.search(r"office\.listening port=(\d+)", line)
        port = int(found.group(1)) if found else 0
    status, _, body = ask(port, "/")
    check("waits for its database", status == 503 and b"on their way" in body, status)
    subprocess.run([fill, f"{place}/series.db", data, f"{place}/truth.csv", f"{place}/story.ini"],
                   check=True)
    status, headers, body = ask(port, "/")
    check("serves as soon as it is there", status == 200 and b"Taxi passengers" in body, status)
    check("forbids inline scripts", "script-src 'self'" in headers.get("content-security-policy", ""))
    check("forbids guessing of types", headers.get("x-content-type-options") == "nosniff")
    style = re.search(rb'href="(/assets/office\.[0-9a-f]{16}\.css)"', body).group(1).decode()
    status, headers, _ = ask(port, style)
    check("style is kept for ever", status == 200 and "immutable" in headers["cache-control"])
    status, _, body = ask(port, style, headers={"If-None-Match": headers["etag"]})
    check("and not sent twice", status == 304 and body == b"", status)
    status, headers, _ = ask(port, "/measure/taxi/data.csv?from=2014-11-01&to=2014-11-02")
    check("a download has a name", headers.get("content-disposition") == 'attachment; filename="taxi.csv"')
    check("nothing can be sent", ask(port, "/", "POST")[0] == 405)
    check("nothing can be deleted", ask(port, "/measure/taxi", "DELETE")[0] == 405)
    check("heads only", ask(port, "/", "HEAD")[0] == 200)
    started = time.monotonic()
    child.send_signal(signal.SIGTERM)
    check("stops when asked", child.wait(timeout=15) == 0)
    check("soon", time.monotonic() - started < 6)

print("failed" if failures else "ok")
sys.exit(1 if failures else 0)
