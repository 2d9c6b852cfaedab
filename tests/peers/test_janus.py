#!/usr/bin/env python3
"""hubbub with Janus: every mix of the four roles, for Count, Sum, SumVec and Histogram, by both batch
modes, through their test APIs, with the translating proxy in front of each aggregator.

test_janus.py HUBBUB_INTEROP SOURCE_TREE [--short] [--vdaf NAME] [--mix CLHC]

A mix names who plays client, leader, helper, collector: h for hubbub, j for Janus ("hjhh" is a leader
of Janus with hubbub's client, helper and collector). "interval" is time-interval mode with the task
interval extension, of which Janus's client and collector cannot be told. --short: each mix once.
Prints a table; exit code 0: all passed, 1: some failed, 77: there is no Janus, with the reason."""
import argparse
import concurrent.futures
import itertools
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import api  # noqa: E402
import janus  # noqa: E402
from proxy import BEFORE, DAP_18, Proxy  # noqa: E402

AT_ONCE = 8
RETRIES = 30  # Janus refuses a collection for as long as it has not aggregated enough
MODES = ("time", "leader", "interval")
WORDS = ("client", "aggregator", "aggregator", "collector")
ROLES = ("client", "leader", "helper", "collector")


class Side:
    """The four parties of one implementation, with a proxy in front of its aggregators."""

    def __init__(self, parties, dialect):
        self.parties = parties
        self.proxies = [Proxy(p.port, dialect) for p in parties[1:3]]

    def stop(self):
        for proxy in self.proxies:
            proxy.stop()


def start_hubbub(program):
    return Side([api.start_hubbub(program, word, f"hubbub {role}")
                 for word, role in zip(WORDS, ROLES)], DAP_18)


def start_janus(peer):
    parties = [peer.simple_party("client"), peer.aggregator("leader"), peer.aggregator("helper"),
               peer.simple_party("collector")]
    for party in parties:
        party.await_ready()
    return Side(parties, BEFORE)


def run_one(sides, mix, vdaf, mode):
    """None, or what went wrong."""
    chosen = [sides[letter] for letter in mix]
    batch_mode = api.LEADER_SELECTED if mode == "leader" else api.TIME_INTERVAL
    today = int(time.time()) // 86400 * 86400
    interval = (today - 86400, today + 2 * 86400) if mode == "interval" else None
    parties = [side.parties[i] for i, side in enumerate(chosen)]
    urls = [chosen[1].proxies[0].url, chosen[2].proxies[1].url]
    try:
        api.run_task(parties, vdaf, batch_mode, retries=RETRIES, urls=urls, interval=interval)
    except (api.Refused, AssertionError, OSError) as why:
        return str(why)
    return None


def can(mix, mode):
    return mode != "interval" or (mix[0], mix[3]) == ("h", "h")


def run_all(sides, mixes, vdafs, modes):
    """(mix, vdaf, mode) -> None or what went wrong."""
    wanted = [w for w in itertools.product(mixes, vdafs, modes) if can(w[0], w[2])]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(wanted, pool.map(lambda w: run_one(sides, *w), wanted)))


def print_table(results, vdafs, modes):
    columns = list(itertools.product(vdafs, modes))
    print("client leader helper collector  " + "  ".join(f"{v}/{m}" for v, m in columns))
    for mix in sorted({mix for mix, _, _ in results}):
        names = ["hubbub" if letter == "h" else "Janus " for letter in mix]
        cells = [("-" if not can(mix, m) else "pass" if results[mix, v, m] is None else "FAIL")
                 .ljust(len(f"{v}/{m}")) for v, m in columns]
        print(f"{names[0]} {names[1]} {names[2]} {names[3]}     " + "  ".join(cells))
    for (mix, vdaf, mode), why in results.items():
        if why is not None:
            print(f"FAILED {mix} {vdaf} {mode}: {why.splitlines()[0]}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("tree")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--vdaf", action="append", choices=list(api.VDAFS))
    parser.add_argument("--mix", action="append")
    args = parser.parse_args()
    vdafs = args.vdaf or (["Histogram"] if args.short else list(api.VDAFS))
    modes = ["time"] if args.short else MODES
    mixes = args.mix or ["".join(letters) for letters in itertools.product("hj", repeat=4)]
    start = time.monotonic()
    try:
        peer = janus.Janus(janus.folder(args.tree))
    except janus.Missing as why:
        print(f"skipped: {why}")
        return 77
    failed = True
    sides = {}
    try:
        sides = {"h": start_hubbub(args.program), "j": start_janus(peer)}
        results = run_all(sides, mixes, vdafs, modes)
        print_table(results, vdafs, modes)
        n_failed = sum(why is not None for why in results.values())
        failed = n_failed != 0
        print(f"{len(results) - n_failed} passed, {n_failed} failed, "
              f"{time.monotonic() - start:.0f} s")
    finally:
        for side in sides.values():
            side.stop()
        if "h" in sides:
            for party in sides["h"].parties:
                party.stop()
        peer.stop(keep_logs=failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
