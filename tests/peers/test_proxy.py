#!/usr/bin/env python3
"""The translating proxy without a peer: two of them in a row between hubbub's parties, one to the
dialect from before and one back, so that both directions carry whole runs.

test_proxy.py HUBBUB_INTEROP"""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import api  # noqa: E402
import proxy  # noqa: E402
from proxy import BEFORE, DAP_18, Malformed, Proxy  # noqa: E402

PROGRAM = sys.argv.pop(1)


class Chain:
    """What a task's URL names: the outer proxy of two."""

    def __init__(self, party):
        self.inner = Proxy(party.port, DAP_18)
        self.outer = Proxy(self.inner.port, BEFORE)
        self.url = self.outer.url

    def stop(self):
        self.outer.stop()
        self.inner.stop()


class Whole(unittest.TestCase):
    def setUp(self):
        words = ("client", "aggregator", "aggregator", "collector")
        self.parties = [api.start_hubbub(PROGRAM, word) for word in words]
        self.chains = [Chain(p) for p in self.parties[1:3]]
        self.urls = [c.url for c in self.chains]

    def tearDown(self):
        for chain in self.chains:
            chain.stop()
        self.assertEqual([p.stop() for p in self.parties], [0, 0, 0, 0])

    def test_runs(self):
        n = 0
        for name in api.VDAFS:
            for mode in api.TIME_INTERVAL, api.LEADER_SELECTED:
                with self.subTest(vdaf=name, mode=mode):
                    api.run_task(self.parties, name, mode, urls=self.urls)
                    n += 2 if mode == api.LEADER_SELECTED else 1
        leader, helper = [c.outer.translated for c in self.chains]
        self.assertEqual(leader["collection_jobs"], n)
        self.assertGreaterEqual(helper["aggregation_jobs"], n)
        self.assertEqual(helper["aggregate_shares"], n)
        for chain in self.chains:
            self.assertEqual(chain.inner.translated, chain.outer.translated)

    def test_batches(self):
        task = api.Task(self.parties, {"type": "Prio3Sum", "max_measurement": "9"}, 1,
                        api.LEADER_SELECTED, urls=self.urls)
        for total in "3", "5", "7":
            task.upload(total)
            self.assertEqual(task.collect()["result"], total)

    def test_refusals(self):
        task = api.Task(self.parties, {"type": "Prio3Count"}, 2, urls=self.urls)
        task.upload("1")
        with self.assertRaisesRegex(api.Refused, "invalidBatchSize"):
            task.collect()
        task.upload("1")
        self.assertEqual(task.collect()["result"], "2")


class Messages(unittest.TestCase):
    def test_init_req(self):
        batch = bytes(range(32))
        for extensions, before in (
                (b"\0\0", b"\1\0\0"),
                (b"\0\x24\0\1\0\x20" + batch, b"\2\0\x20" + batch)):
            new = b"\7" + b"\0\0\0\2ag" + extensions + b"reports"
            old = b"\7" + b"\0\0\0\2ag" + before + b"\0\0\0\7reports"
            self.assertEqual(proxy.init_req_to_before(new), old)
            self.assertEqual(proxy.init_req_to_dap_18(old), new)
            for n in range(len(old)):
                with self.assertRaises(Malformed):
                    proxy.init_req_to_dap_18(old[:n])
            with self.assertRaises(Malformed):
                proxy.init_req_to_dap_18(old + b"x")
        with self.assertRaisesRegex(Malformed, "not there before"):
            proxy.init_req_to_before(b"\0\0\0\0\0\0\4\0\2\0\0")

    def test_job_resp(self):
        self.assertEqual(proxy.job_resp_to_before(b"list"), b"\0\0\0\4list")
        self.assertEqual(proxy.job_resp_to_dap_18(b"\0\0\0\4list"), b"list")
        for bad in b"\0\0\0\4lis", b"\0\0\0\3list", b"\0":
            with self.assertRaises(Malformed):
                proxy.job_resp_to_dap_18(bad)


if __name__ == "__main__":
    unittest.main(verbosity=2)
