#!/usr/bin/env python3
"""hubbub with hubbub through the test API: all four roles as processes, four VDAFs, both batch modes,
the task interval, and what the API says of errors.

test_interop.py HUBBUB_INTEROP [CLASS]

With HUBBUB_TEST_DATABASE (tests/postgres/with_server sets it) both aggregators are on PostgreSQL."""
import os
import socket
import subprocess
import sys
import time
import unittest

import api
from api import LEADER_SELECTED, TIME_INTERVAL, VDAFS, Party, Refused, Task, b64

PROGRAM = sys.argv.pop(1)
NAMES = [("client", "client"), ("aggregator", "leader"), ("aggregator", "helper"),
         ("collector", "collector")]
POLL_FIELDS = {"status", "error", "batch_id", "report_count", "interval_start",
               "interval_duration", "result"}


def database(name):
    """Of an aggregator of this name: its URL on the server, or None."""
    server = os.environ.get("HUBBUB_TEST_DATABASE")
    if server is None or name not in ("leader", "helper"):
        return None
    subprocess.run(["psql", "-q", "-d", server, "-c", f"CREATE DATABASE {name}"], check=True,
                   timeout=60)
    return server.replace("/postgres?", f"/{name}?")


class Interop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.parties = [api.start_hubbub(PROGRAM, word, name, database(name))
                       for word, name in NAMES]
        cls.client, cls.leader, cls.helper, cls.collector = cls.parties

    @classmethod
    def tearDownClass(cls):
        codes = [party.stop() for party in cls.parties]
        if codes != [0, 0, 0, 0]:
            raise AssertionError(f"exit codes {codes}")

    def refused(self, words, function, *args):
        with self.assertRaisesRegex(Refused, words):
            function(*args)


class Runs(Interop):
    def test_all_vdafs_and_modes(self):
        for name in VDAFS:
            for mode in TIME_INTERVAL, LEADER_SELECTED:
                with self.subTest(vdaf=name, mode=mode):
                    api.run_task(self.parties, name, mode)

    def test_task_interval(self):
        day = int(time.time()) // 86400 * 86400
        for mode in TIME_INTERVAL, LEADER_SELECTED:
            # not at whole windows: both ends are rounded down
            api.run_task(self.parties, "Sum", mode, interval=(day + 7, day + 2 * 86400 + 7))
        task = Task(self.parties, VDAFS["Count"][0], 1, interval=(day, day + 2 * 86400))
        self.refused("outside the task's interval", task.upload, "1", day - 1)
        self.refused("batchInvalid", task.collect, task.query(day - 300, 600))

    def test_times(self):
        """Reports of the past are taken, those of the future refused, and each is in its window."""
        task = Task(self.parties, VDAFS["Sum"][0], 1)
        then = int(time.time()) // 300 * 300 - 86400
        for n, at in ("1", then), ("10", then + 299), ("100", then + 300):
            task.upload(n, at)
        self.refused("report_too_early", task.upload, "1", int(time.time()) + 86400)
        reply = task.collect(task.query(then, 300))
        self.assertEqual((reply["result"], reply["interval_start"]), ("11", then))
        self.assertEqual(task.collect(task.query(then + 300, 600))["result"], "100")
        self.refused("batchOverlap", task.collect, task.query(then, 600))
        self.refused("batch_collected", task.upload, "1", then)

    def test_floor(self):
        for mode in TIME_INTERVAL, LEADER_SELECTED:
            task = Task(self.parties, VDAFS["Count"][0], 3, mode)
            query = task.query()
            task.upload("1")
            task.upload("1")
            self.refused("invalidBatchSize", task.collect, query)
            task.upload("1")
            self.assertEqual(task.collect(query)["result"], "3")

    def test_batches_follow_each_other(self):
        task = Task(self.parties, VDAFS["Sum"][0], 2, LEADER_SELECTED)
        for total in 3, 30, 300:
            task.upload(str(total // 3))
            task.upload(str(total // 3 * 2))
            self.assertEqual(task.collect()["result"], str(total))
        self.refused("invalidBatchSize", task.collect)

    def test_a_finished_handle_can_be_polled_again(self):
        task = Task(self.parties, VDAFS["Count"][0], 1)
        task.upload("1")
        handle = task.start_collection(task.query())
        first = task.await_collection(handle)
        self.assertEqual(first, task.await_collection(handle))
        self.assertEqual(first.keys(), POLL_FIELDS)

    def test_a_url_without_a_slash_is_another_task(self):
        urls = [f"http://127.0.0.1:{p.port}" for p in (self.leader, self.helper)]
        api.run_task(self.parties, "Count", urls=urls)
        task = Task(self.parties, VDAFS["Count"][0], 1)
        task.common["leader"] = urls[0]  # at the client only: its reports do not open
        task.upload("1")
        self.refused("invalidBatchSize", task.collect)


class Conventions(Interop):
    def reply(self, party, endpoint, body, content_type="application/json"):
        status, reply = party.post(endpoint, body, content_type)
        self.assertEqual(status, 200)
        return reply

    def error(self, party, endpoint, body, words, content_type="application/json"):
        reply = self.reply(party, endpoint, body, content_type)
        self.assertEqual(reply["status"], "error")
        self.assertRegex(reply["error"], words)
        self.assertTrue(all(value is None for field, value in reply.items()
                            if field not in ("status", "error")))
        return reply

    def test_ready_and_endpoint(self):
        for party in self.parties:
            self.assertEqual(party.post("ready", {}), (200, {}))
            self.assertEqual(party.post("ready", b"anything", "text/plain"), (200, {}))
        self.assertEqual(self.reply(self.leader, "endpoint_for_task", {}),
                         {"status": "success", "endpoint": "/"})

    def test_methods_and_paths(self):
        for party, name in zip(self.parties, ("upload", "add_task", "add_task", "collection_poll")):
            for method in "GET", "PUT", "DELETE":
                self.assertEqual(party.send(method, "/internal/test/" + name)[0], 405)
            self.assertEqual(party.post("unknown", {}), (404, None))
        self.assertEqual(self.client.send("GET", "/")[0], 404)
        status, headers, _ = self.leader.send("GET", "/hpke_config")
        self.assertEqual((status, headers["Content-Type"]),
                         (200, "application/ppm-dap;message=hpke-config-list"))

    def test_bodies(self):
        self.error(self.client, "upload", b"{", "no JSON object")
        self.error(self.client, "upload", b"[]", "no JSON object")
        self.error(self.client, "upload", {}, "task_id.* is missing")
        self.error(self.client, "upload", {}, "Content-Type", "text/plain")
        self.assertEqual(self.error(self.collector, "add_task", b"", "no JSON").keys(),
                         {"status", "error", "collector_hpke_config"})
        self.assertEqual(self.error(self.collector, "collection_start", {}, "missing").keys(),
                         {"status", "error", "handle"})
        self.assertEqual(self.error(self.collector, "collection_poll", {"handle": "x"},
                                    "no collection").keys(), POLL_FIELDS)
        self.error(self.leader, "add_task", {"task_id": 7}, "task_id.* no string")

    def upload_with(self, **changes):
        # where nobody listens: what is wrong with a request is said before anything is sent
        request = {"task_id": b64(bytes(32)), "leader": "http://127.0.0.1:9/",
                   "helper": "http://127.0.0.1:9/", "vdaf": {"type": "Prio3Count"},
                   "measurement": "1", "time_precision": 300, "min_batch_size": 1, "batch_mode": 1}
        for name, value in changes.items():
            request[name] = value
            if value is None:
                del request[name]
        return request

    def test_fields_of_an_upload(self):
        histogram = {"type": "Prio3Histogram", "length": "4", "chunk_length": "2"}
        sumvec = {"type": "Prio3SumVec", "max_measurement": "3", "length": "2",
                  "chunk_length": "1"}
        for words, changes in [
                ("task_id.* right length", {"task_id": b64(bytes(31))}),
                ("leader.* missing", {"leader": None}),
                ("vdaf.* no object", {"vdaf": "Prio3Count"}),
                ("type.* none of", {"vdaf": {"type": "Poplar1"}}),
                ("length.* decimal", {"vdaf": dict(histogram, length=4)}),
                ("length.* decimal", {"vdaf": dict(histogram, length="-4")}),
                ("length.* decimal", {"vdaf": dict(histogram, length="")}),
                ("length.* 2\\^32", {"vdaf": dict(histogram, length="4294967296")}),
                ("chunk_length.* missing", {"vdaf": {"type": "Prio3Histogram", "length": "4"}}),
                ("max_measurement.* decimal",
                 {"vdaf": {"type": "Prio3Sum", "max_measurement": "18446744073709551616"}}),
                ("parameters", {"vdaf": dict(histogram, length="0")}),
                ("time_precision.* number", {"time_precision": "300"}),
                ("time_precision.* number", {"time_precision": -300}),
                ("precision is 0", {"time_precision": 0}),
                ("min_batch_size.* number", {"min_batch_size": 1.5}),
                ("batch_mode.* missing", {"batch_mode": None}),
                ("batch_mode.* neither", {"batch_mode": 0}),
                ("batch_mode.* neither", {"batch_mode": 3}),
                ("task_end.* missing", {"task_start": 300}),
                ("no whole number", {"task_start": 300, "task_end": 599}),
                ("measurement.* decimal", {"measurement": 1}),
                ("measurement.* missing", {"measurement": None}),
                ("measurement.* array", {"measurement": ["1"]}),
                ("measurement.* no array", {"measurement": "1", "vdaf": sumvec}),
                ("measurement.* length", {"measurement": ["1"], "vdaf": sumvec}),
                ("measurement.* range", {"measurement": "2"}),
                ("measurement.* range", {"measurement": "4", "vdaf": histogram}),
                ("measurement.* range", {"measurement": ["1", "4"], "vdaf": sumvec})]:
            with self.subTest(changes=changes):
                self.error(self.client, "upload", self.upload_with(**changes), words)

    def test_fields_of_the_tasks(self):
        task = Task(self.parties, VDAFS["Count"][0], 1)
        added = dict(task.common, collector_authentication_token="t")
        self.error(self.collector, "add_task", added, "there already")
        self.error(self.collector, "add_task",
                   dict(added, collector_authentication_token=None), "no string")
        key = self.reply(self.collector, "add_task",
                         dict(added, task_id=b64(b"1" * 32), unknown_field=[]))
        self.assertEqual((key["status"], key["error"]), ("success", None))
        good = dict(added, leader_authentication_token="t", vdaf_verify_key=b64(bytes(32)),
                    collector_hpke_config=key["collector_hpke_config"], role="leader",
                    unknown_field=1)
        self.error(self.leader, "add_task", good, "there already")
        good["task_id"] = b64(b"2" * 32)
        for words, name, value in [
                ("role.* neither", "role", "collector"),
                ("leader_authentication_token.* no token", "leader_authentication_token", "a b"),
                ("collector_authentication_token.* no string", "collector_authentication_token",
                 None),
                ("vdaf_verify_key.* length", "vdaf_verify_key", b64(bytes(16))),
                ("collector_hpke_config.* no HpkeConfig", "collector_hpke_config", b64(b"key")),
                ("collector_hpke_config.* no base64url", "collector_hpke_config", "a+b/")]:
            with self.subTest(name=name):
                self.error(self.leader, "add_task", dict(good, **{name: value}), words)
        self.assertEqual(self.reply(self.leader, "add_task", good),
                         {"status": "success", "error": None})
        good["role"] = "helper"
        good["collector_authentication_token"] = None  # only a leader needs it
        self.assertEqual(self.reply(self.helper, "add_task", good)["status"], "success")

    def test_fields_of_a_query(self):
        task = Task(self.parties, VDAFS["Count"][0], 1)
        start = {"task_id": task.id, "agg_param": "", "query": task.query()}
        self.error(self.collector, "collection_start", dict(start, task_id=b64(bytes(32))),
                   "not added")
        self.error(self.collector, "collection_start", dict(start, agg_param="AA"), "not empty")
        self.error(self.collector, "collection_start", dict(start, query={"type": 2}), "mode")
        self.error(self.collector, "collection_start", dict(start, query={"type": 1}), "missing")
        self.error(self.collector, "collection_start",
                   dict(start, query=dict(task.query(), batch_interval_start="0")), "number")


class Programs(unittest.TestCase):
    def test_options(self):
        """No word takes a task file or another address."""
        for word in "client", "aggregator", "collector":
            for options in [], ["--port"], ["--port", "x"], ["--port", "65536"], \
                    ["--port", "0", "--tasks", "."], ["--port", "0", "--listen", "0.0.0.0"]:
                done = subprocess.run([PROGRAM, word] + options, capture_output=True, timeout=30,
                                      text=True, check=False)
                self.assertEqual(done.returncode, 2, (word, options))
                self.assertIn("usage: hubbub interop " + word, done.stderr)
            done = subprocess.run([PROGRAM, word, "--help"], capture_output=True, timeout=30,
                                  text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_loopback_only(self):
        client = api.start_hubbub(PROGRAM, "client")
        try:
            with socket.socket() as s:
                # 127.0.0.2 is this machine too: whoever listens on all addresses is there
                self.assertNotEqual(s.connect_ex(("127.0.0.2", client.port)), 0)
            taken = subprocess.run([PROGRAM, "client", "--port", str(client.port)],
                                   capture_output=True, timeout=30, text=True, check=False)
            self.assertEqual(taken.returncode, 1)
        finally:
            client.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
