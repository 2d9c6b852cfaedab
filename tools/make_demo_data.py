#!/usr/bin/env python3
"""Makes the demo's series under data/ from the published files.

usage: tools/make_demo_data.py SOURCE_FOLDER

SOURCE_FOLDER holds nab/realKnownCause/nyc_taxi.csv (Numenta Anomaly Benchmark),
pedestrians/covid.csv and pedestrians/multivariate.csv (examples of the Prophet project) and
libraries/bills_summary.csv (LibrariesWest open data). The form of the result is described in
data/README.md. Dates are taken as UTC.
"""
import csv
import datetime
import pathlib
import sys

UTC = datetime.timezone.utc
REASONS = ["OVERDUE", "HOLD", "LOST", "CHARGE"]  # all others are counted as "other"


def rows(path):
    with open(path, newline="") as f:
        return list(csv.reader(f))[1:]


def seconds(text):
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def write(name, what, start, step, lines):
    body = "".join(",".join(str(v) for v in line) + "\n" for line in lines)
    head = f"# {what}\nstart={start} step={step} cells={len(lines[0])} windows={len(lines)}\n"
    pathlib.Path("data", name).write_text(head + body)


def series(path, step):
    """Whole numbers at a fixed step: refuses gaps, so that no window is invented."""
    table = rows(path)
    start = seconds(table[0][0])
    for i, row in enumerate(table):
        if seconds(row[0]) != start + i * step:
            raise SystemExit(f"{path}: row {i + 2} is not at its place in time")
    return start, [[round(float(v)) for v in row[1:]] for row in table]


def main(folder):
    source = pathlib.Path(folder)
    start, lines = series(source / "nab/realKnownCause/nyc_taxi.csv", 1800)
    write("taxi.txt", "New York taxi passengers, half-hourly. Numenta Anomaly Benchmark, MIT", start, 1800, lines)
    start, lines = series(source / "pedestrians/covid.csv", 86400)
    write("footfall-daily.txt", "Pedestrians a day. Examples of the Prophet project, MIT", start, 86400, lines)
    start, lines = series(source / "pedestrians/multivariate.csv", 3600)
    write("footfall-hourly.txt", "Pedestrians an hour at two sites. Examples of the Prophet project, MIT", start, 3600, lines)

    bills = {}
    for year, authority, reason, n_bills, _ in rows(source / "libraries/bills_summary.csv"):
        if year == "2021/2022":
            cell = REASONS.index(reason) if reason in REASONS else len(REASONS)
            bills.setdefault(authority, [0] * (len(REASONS) + 1))[cell] += int(n_bills)
    lines = [bills[a] for a in sorted(bills)]
    write("library-bills.txt",
          "Library bills of 2021/22: a line an authority; overdue, hold, lost, charge, other. "
          "LibrariesWest open data, Open Government Licence v3.0",
          seconds("2021-04-01"), 364 * 86400, lines)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
