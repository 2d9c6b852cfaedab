"""What must hold after a run of run.py, whatever went wrong in it."""
import hashlib
import os

from city import Failure
from load import ACKNOWLEDGED, PERHAPS

COLLECTED, BURNT = 2, 3
REJECT, REJECT_LEN = 2, 18  # of a VerifyResp
PERHAPS_MAX = 14  # sets of uncertain reports that are tried against a checksum
REPORTS_MIN = 3   # the task's floor
MEMORY_MAX_KB = 400 << 10


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def checksum_of(reports):
    total = bytes(32)
    for report in reports:
        total = xor(total, hashlib.sha256(report.id).digest())
    return total


def is_exactly(checksum, n, certain, perhaps):
    """Whether checksum and count are those of all certain reports and some of the others."""
    rest, n_more = xor(checksum, checksum_of(certain)), n - len(certain)
    hashes = [hashlib.sha256(report.id).digest() for report in perhaps]
    sums = {(bytes(32), 0)}
    for one in hashes:
        sums |= {(xor(s, one), k + 1) for s, k in sums}
    return (rest, n_more) in sums


def check_window(city, collector):
    """Returns "released" or "refused"."""
    window = collector.window
    valid = [r for r in city.reports if r.window == window and not r.is_bad]
    certain = [r for r in valid if r.fate == ACKNOWLEDGED]
    perhaps = [r for r in valid if r.fate == PERHAPS]
    may_be_refused = window * city.window_s < city.burnt_before()
    if collector.answer is None:
        if not may_be_refused and len(certain) >= REPORTS_MIN:
            raise Failure(f"window {window}: not released: {collector.problem}")
        return "refused"
    path = os.path.join(city.folder, f"answer-{window}")
    with open(path, "wb") as f:
        f.write(collector.answer)
    n, *totals = map(int, city.run_crowd("open", city.folder, str(window), path).split())
    if sum(totals) != n:
        raise Failure(f"window {window}: {n} reports, but {totals}")
    for cell, total in enumerate(totals):
        least = sum(r.cell == cell for r in certain)
        most = least + sum(r.cell == cell for r in perhaps)
        if total > most or (total < least and not may_be_refused):
            raise Failure(f"window {window}, cell {cell}: {total}, not {least} to {most}")
    buckets = [party.storage.bucket(window) for party in city.parties]
    if may_be_refused:  # what is older than the bucket's row knows by the clock that it is burnt
        if any(b is not None and b[0] not in (COLLECTED, BURNT) for b in buckets):
            raise Failure(f"window {window} was released and could be again: {buckets}")
        return "released"
    if buckets[0] is None or buckets[0] != buckets[1] or buckets[0][0] != COLLECTED:
        raise Failure(f"window {window}: leader {buckets[0]}, helper {buckets[1]}")
    # At rest, and as the leader asked with: the helper answers no other.
    sums = {bucket[1:] for bucket in buckets if bucket[1] is not None} | city.agreed[window]
    if len(sums) > 1 or any(count != n for count, _ in sums):
        raise Failure(f"window {window}: sums {sums}, total of {n}")
    for _, checksum in sums:
        if len(perhaps) <= PERHAPS_MAX and not is_exactly(checksum, n, certain, perhaps):
            raise Failure(f"window {window}: the checksum is not that of what was acknowledged")
    return "released"


def check_closed(city):
    """What has left its party is released or burnt in the database that the party now has: its noise
    can meet no other reports."""
    left = {city.helper: {w for w in city.shares if isinstance(w, int)},
            city.leader: {c.window for c in city.collectors if c.answer is not None}}
    for party, windows in left.items():
        before = party.storage.burnt_before()
        for window in windows:
            bucket = party.storage.bucket(window)
            # A row may be younger than the burning: the time counts too.
            is_open = window * city.window_s >= before and (bucket is None or
                                                            bucket[0] < COLLECTED)
            if is_open:
                raise Failure(f"window {window}: the {party.name} could release it again: {bucket}")


def check_burnt(city):
    """Nobody burns what was not put back."""
    for party in city.parties:
        if city.n_restores == 0 and party.storage.burnt_before() != 0:
            raise Failure(f"the {party.name} burnt its windows without a reason")


def check_memory(city):
    """503 came before the memory ran out."""
    for process in city.processes():
        if process.rss_kb > MEMORY_MAX_KB:
            raise Failure(f"the {process.name} took {process.rss_kb >> 10} MB")


def rejects_all(answer):
    """Whether each report of an aggregation job is rejected: the second answer to a job that comes
    once more, late, when its windows are released and what was answered is forgotten."""
    return len(answer) % REJECT_LEN == 0 and all(
        answer[at + 16] == REJECT for at in range(0, len(answer), REJECT_LEN))


def check_answers(city):
    """A released share never changes: no window of the helper has two, whatever was asked and
    whichever image of its database answered."""
    for window, bodies in city.shares.items():
        if len(bodies) != 1:
            raise Failure(f"window {window}: the helper released {len(bodies)} different shares")
    if city.n_restores == 0:
        for (line, _), bodies in city.answers.items():
            if len([b for b in bodies if not rejects_all(b)]) > 1:
                raise Failure(f"{line.decode()}: {len(bodies)} different answers to one request")


