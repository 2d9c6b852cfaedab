"""tools/check_dap.py notices a rule without a row, a row without a rule, a test that is not there,
and a test that is written but never run."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def check(root):
    done = subprocess.run([sys.executable, ROOT / "tools/check_dap.py", root], capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout


def changed(path, old, new, expected):
    """The check of the copy in which a file says something else; it must fail and say so."""
    text = (copy / path).read_text()
    assert old in text, f"{path} has no {old}"
    (copy / path).write_text(text.replace(old, new, 1))
    code, out = check(copy)
    (copy / path).write_text(text)
    assert code == 1 and expected in out, f"{expected}: {code} {out}"


code, out = check(ROOT)
assert code == 0, out
with tempfile.TemporaryDirectory() as folder:
    copy = pathlib.Path(folder)
    for name in ("docs", "tools", "tests/parties", "tests/unit", "tests/house", "tests/faults"):
        shutil.copytree(ROOT / name, copy / name)
    (copy / "tests/vectors").mkdir()
    shutil.copy(ROOT / "tests/vectors/test_vectors.py", copy / "tests/vectors")
    RULES = "tests/parties/test_jobs.c"
    changed("docs/dap.md", "| http-usage.1 |", "| http-usage.9 |", "http-usage.1 has no row")
    changed("docs/dap.md", "| http-usage.1 |", "| http-usage.9 |", "http-usage.9 is no rule")
    changed("docs/dap.md", f"{RULES}:nonsense_parks", f"{RULES}:nonsense_sparks", "no test")
    changed(RULES, "static void nonsense_parks_", "static void nonsense_is_", "no test")
    changed(RULES, "cmocka_unit_test(nonsense_parks_a_job_and_loses_nothing),", "", "no test")
