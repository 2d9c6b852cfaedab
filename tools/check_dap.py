#!/usr/bin/env python3
"""Checks docs/dap.md against tools/dap_musts.txt: every MUST of DAP-18 has one row, and every test
that a row names exists. So do those that docs/threats.md and docs/limits.md name. Prints the counts.

    tools/check_dap.py [ROOT]
"""

import pathlib
import re
import sys

REASONS = ("not testable: ", "not reachable: ")


def musts(text):
    rules = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            rule, keyword, words = (part.strip() for part in line.split("|"))
            if keyword not in ("MUST", "MUST NOT", "SHALL", "REQUIRED") or not words:
                sys.exit(f"tools/dap_musts.txt: not a rule: {line}")
            rules.append(rule)
    return rules


def rows(text):
    """rule -> what shows it, from the first table."""
    found = {}
    table = text.split("| rule | who | what | shown by |", 1)[1].split("\n\n", 1)[0]
    for line in table.splitlines()[2:]:
        rule, _, _, shown = (cell.strip() for cell in line.strip("|").split("|"))
        if rule in found:
            sys.exit(f"docs/dap.md: {rule} has two rows")
        found[rule] = [part.strip().strip("`") for part in shown.split("<br>")]
    return found


def is_test(root, name):
    path, _, test = name.partition(":")
    file = root / path
    if not path.startswith("tests/") or not file.is_file():
        return False
    if not test:
        return path.endswith(".py")
    text = file.read_text()
    if path.endswith(".py"):
        return re.search(rf"^def {re.escape(test)}\b", text, re.M) is not None
    # defined, and run: its name stands twice at least
    return re.search(rf"^static void {re.escape(test)}\(", text, re.M) is not None and \
        len(re.findall(rf"\b{re.escape(test)}\b", text)) > 1


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    rules = musts((root / "tools/dap_musts.txt").read_text())
    table = rows((root / "docs/dap.md").read_text())
    faults = [f"{rule} has no row" for rule in rules if rule not in table]
    faults += [f"{rule} is no rule of the list" for rule in table if rule not in rules]
    untested = {reason: 0 for reason in REASONS}
    for rule, shown in table.items():
        reason = next((r for r in REASONS if shown[0].startswith(r)), None)
        if reason is not None and len(shown) == 1:
            untested[reason] += 1
            continue
        faults += [f"{rule}: no test {name}" for name in shown if not is_test(root, name)]
    faults = [f"docs/dap.md: {fault}" for fault in faults]
    for page in ("docs/threats.md", "docs/limits.md"):
        faults += [f"{page}: no test {name}"
                   for name in re.findall(r"`(tests/[^`]*\.(?:c|py)[^`]*)`",
                                          (root / page).read_text()) if not is_test(root, name)]
    for fault in faults:
        print(fault)
    n_untested = sum(untested.values())
    print(f"DAP-18: {len(rules)} rules, {len(table) - n_untested} shown by tests, "
          + ", ".join(f"{n} {reason.rstrip(': ')}" for reason, n in untested.items()))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
