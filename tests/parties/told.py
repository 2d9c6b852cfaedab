"""What no log may tell: every secret that stands in the parties' files, and the ids of the reports.

A secret is looked for as it is written, and as its bytes, in hexadecimal, base64 and base64url; so are
its first sixteen bytes, since logs like to shorten."""

import base64
import os
import re
import shutil
import sqlite3
import tempfile

# Names of values that nobody else may see. Hashes and public keys are none.
SECRET_NAMES = {"verify-key", "token", "seed", "private_key", "accumulator_key", "key"}
SECRET_FILES = (".key", ".seed", ".token")
VALUE = re.compile(r"^([\w-]+) *= *([A-Za-z0-9_-]{22,})$", re.M)
SHORTENED = 16


def _decode(text):
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _files(folder):
    for root, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(root, name)


def _values(path):
    with open(path, "rb") as f:
        content = f.read()
    if path.endswith("accumulator.key") and len(content) == 32:
        return [content]
    text = content.decode("utf-8", "replace")
    return [_decode(value) for name, value in VALUE.findall(text) if name in SECRET_NAMES]


def _report_ids(path):
    """Of a database that nobody has open; a copy is read, so that it stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "copy.db")
        for end in ("", "-wal"):
            if os.path.exists(path + end):
                shutil.copy(path + end, copy + end)
        with sqlite3.connect(copy) as db:
            for (ids,) in db.execute("select ids from id_list"):
                for at in range(0, len(ids), 24):
                    yield ids[at:at + 16]


def secrets_of(folder):
    """Pairs of a description and the bytes: of all files below the folder."""
    for path in _files(folder):
        name = os.path.relpath(path, folder)
        if path.endswith(SECRET_FILES) or path.endswith(".ini"):
            for value in _values(path):
                if len(value) >= SHORTENED:
                    yield f"a secret of {name}", value
        elif path.endswith(".db"):
            try:
                for report_id in _report_ids(path):
                    yield f"a report id of {name}", report_id
            except sqlite3.OperationalError as e:
                if "no such table" not in str(e):  # no aggregator's
                    raise


def forms(value):
    for part in {value, value[:SHORTENED]}:
        yield part
        yield part.hex().encode()
        yield part.hex().upper().encode()
        for encoded in (base64.b64encode(part), base64.urlsafe_b64encode(part)):
            # but for the last characters, which depend on what follows
            yield encoded.rstrip(b"=")[:-1]


def told(secrets, logs):
    """What the logs, pairs of a name and bytes, tell of the secrets, as secrets_of gives them."""
    found = set()
    for what, value in secrets:
        for name, log in logs:
            if any(form in log for form in forms(value)):
                found.add(f"{name} tells {what}")
    return sorted(found)
