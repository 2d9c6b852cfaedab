#!/usr/bin/env python3
"""Makes a file of DAP-18 vectors in the form that README.md describes, for VDAFs that the other files do not
have. Everything is computed here: shares and verification by the Python reference of the VDAF draft, HPKE over
the primitives of the package "cryptography", messages from the text of the draft. Nothing of hubbub is used.

usage: make_vectors.py REFERENCE OUT     REFERENCE is the folder poc of cfrg/draft-irtf-cfrg-vdaf (draft 20);
                                         OUT is Prio3SumVec_0.json or Prio3MultihotCountVec_0.json
"""
import hashlib
import hmac
import json
import os
import sys

try:
    from typing import override  # noqa: F401  (Python 3.12, which the reference wants)
except ImportError:
    import typing

    typing.override = lambda f: f

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seeded(label, n):
    return hashlib.shake_256(b"hubbub dap vectors: " + label.encode()).digest(n)


def u(n, value):
    return value.to_bytes(n, "big")


def vec(n, data):
    return u(n, len(data)) + data


# ---- HPKE, base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM (RFC 9180)

KEM = b"KEM" + u(2, 0x20)
SUITE = b"HPKE" + u(2, 0x20) + u(2, 1) + u(2, 1)


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def extract(suite, salt, label, ikm):
    return mac(salt, b"HPKE-v1" + suite + label + ikm)


def expand(suite, prk, label, info, n):
    return mac(prk, u(2, n) + b"HPKE-v1" + suite + label + info + b"\x01")[:n]


def public_of(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def message_key(dh, enc, public, info):
    shared = expand(KEM, extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + public, 32)
    context = (b"\x00" + extract(SUITE, b"", b"psk_id_hash", b"")
               + extract(SUITE, b"", b"info_hash", info))
    secret = extract(SUITE, shared, b"secret", b"")
    return expand(SUITE, secret, b"key", context, 16), expand(SUITE, secret, b"base_nonce", context, 12)


class Keys:
    def __init__(self, label, config_id):
        self.id = config_id
        self.private = seeded(label, 32)
        self.public = public_of(self.private)

    def config(self):
        return u(1, self.id) + u(2, 0x20) + u(2, 1) + u(2, 1) + vec(2, self.public)

    def seal(self, ephemeral, info, aad, plain):
        dh = X25519PrivateKey.from_private_bytes(ephemeral).exchange(
            X25519PublicKey.from_public_bytes(self.public))
        enc = public_of(ephemeral)
        key, nonce = message_key(dh, enc, self.public, info)
        return u(1, self.id) + vec(2, enc) + vec(4, AESGCM(key).encrypt(nonce, plain, aad))

    def members(self, with_list):
        out = {"config_id": self.id, "kem_id": 0x20, "kdf_id": 1, "aead_id": 1,
               "private_key": self.private.hex(), "public_key": self.public.hex(),
               "hpke_config": self.config().hex()}
        if with_list:
            out["hpke_config_list"] = vec(2, self.config()).hex()
        return out


# ---- the task

class Task:
    def __init__(self, vdaf, name, members, vdaf_type, configuration, precision, min_batch):
        self.vdaf = vdaf
        self.vdaf_members = dict(type=name, **members)
        self.id = seeded(name + " task id", 32)
        self.info = b"made by hubbub"
        self.urls = [b"https://leader.example/v1", b"https://helper.example/"]
        self.precision = precision
        self.min_batch = min_batch
        self.vdaf_type = vdaf_type
        self.vdaf_configuration = configuration
        self.verify_key = seeded(name + " verify key", 32)
        self.key_id = 3
        self.context = b"dap-18" + self.id
        self.leader = Keys(name + " leader", 11)
        self.helper = Keys(name + " helper", 12)
        self.collector = Keys(name + " collector", 13)

    def configuration(self, extensions=b"", min_batch=None):
        return (vec(1, self.info) + vec(2, self.urls[0]) + vec(2, self.urls[1]) + u(8, self.precision)
                + u(8, self.min_batch if min_batch is None else min_batch) + u(1, 1) + vec(2, b"")
                + u(4, self.vdaf_type) + vec(2, self.vdaf_configuration) + vec(2, extensions))

    def members(self):
        return {"task_id": self.id.hex(), "task_info": self.info.hex(),
                "leader_aggregator_endpoint": self.urls[0].decode(),
                "helper_aggregator_endpoint": self.urls[1].decode(),
                "time_precision": self.precision, "min_batch_size": self.min_batch, "batch_mode": 1,
                "batch_config": "", "vdaf_type": self.vdaf_type,
                "vdaf_configuration": self.vdaf_configuration.hex(), "extensions": "",
                "task_configuration": self.configuration().hex(),
                "vdaf_verify_key": self.verify_key.hex(), "verification_key_id": self.key_id,
                "vdaf_context": self.context.hex()}


# ---- reports

class Report:
    def __init__(self, task, label, measurement, time):
        vdaf = task.vdaf
        self.task, self.label, self.measurement, self.time = task, label, measurement, time
        self.id = seeded(label + " id", 16)
        self.rand = seeded(label + " rand", vdaf.RAND_SIZE)
        public, shares = vdaf.shard(task.context, measurement, self.id, self.rand)
        self.public_share = vdaf.encode_public_share(public)
        self.plain = [vec(2, b"") + vec(4, vdaf.encode_input_share(s)) for s in shares]
        self.extensions = b""
        self.ephemerals = [seeded(label + " leader ephemeral", 32), seeded(label + " helper ephemeral", 32)]
        self.helper_outcome, self.leader_outcome, self.what = "continue", "accepted", "an honest report"
        self.delivered = None
        self.verify(public, shares)

    def verify(self, public, shares):
        task, vdaf = self.task, self.task.vdaf
        states, verifier_shares = zip(*[
            vdaf.verify_init(task.verify_key, task.context, i, None, self.id, public, shares[i])
            for i in range(2)])
        message = vdaf.verifier_shares_to_message(task.context, None, list(verifier_shares))
        self.out = [vdaf.verify_next(task.context, s, message) for s in states]
        self.verifier_shares = [vdaf.encode_verifier_share(s) for s in verifier_shares]
        self.message = vdaf.encode_verifier_message(message)

    def metadata(self):
        return self.id + u(8, self.time) + vec(2, self.extensions)

    def aad_part(self):
        return self.metadata() + vec(4, self.public_share)

    def aad(self):
        return self.task.id + self.task.configuration() + self.aad_part()

    def sealed(self, role):
        keys = [self.task.leader, self.task.helper][role]
        return keys.seal(self.ephemerals[role], b"dap-18 input share\x01" + u(1, 2 + role), self.aad(),
                         self.plain[role])

    def helper_share(self):
        return self.sealed(1)

    def encode(self):
        return self.aad_part() + self.sealed(0) + self.helper_share()

    def ping_pong(self, role):
        return b"\x00" + vec(4, self.verifier_shares[0]) if role == 0 else b"\x02" + vec(4, self.message)

    def verify_init(self):
        payload = self.ping_pong(0) if self.delivered is None else self.delivered
        return self.aad_part() + self.helper_share() + vec(4, payload)

    def out_shares(self):
        return [self.task.vdaf.encode_out_share(o).hex() for o in self.out]

    def members(self, is_own):
        out = {"measurement": self.measurement}
        if is_own:
            out.update(name=self.label, what=self.what, rand=self.rand.hex(),
                       public_extensions=self.extensions.hex(), report=self.encode().hex(),
                       leader_ephemeral_private_key=self.ephemerals[0].hex(),
                       helper_ephemeral_private_key=self.ephemerals[1].hex(),
                       helper=self.helper_outcome, leader=self.leader_outcome)
        else:
            out.update(time_seconds=self.time * self.task.precision + 7, upload_request=self.encode().hex())
        out.update(report_id=self.id.hex(), time=self.time, public_share=self.public_share.hex(),
                   leader_plaintext_input_share=self.plain[0].hex(),
                   helper_plaintext_input_share=self.plain[1].hex())
        if self.delivered is not None:
            out["delivered_ping_pong_message"] = self.delivered.hex()
        if self.helper_outcome == "continue":
            out.update(input_share_aad=self.aad().hex(),
                       verifier_shares=[s.hex() for s in self.verifier_shares],
                       verifier_message=self.message.hex(),
                       leader_ping_pong_message=self.ping_pong(0).hex(),
                       helper_ping_pong_message=self.ping_pong(1).hex(), out_shares=self.out_shares())
        return out


class Tampered(Report):
    def helper_share(self):
        good = super().helper_share()
        return good[:-1] + bytes([good[-1] ^ 1])


def spoilt(task, measurement, time):
    tampered = Tampered(task, "helper_tampered", measurement, time)
    tampered.what, tampered.helper_outcome = "last octet of the helper ciphertext changed", {"report_error": 5}
    short = Report(task, "helper_share_short", measurement, time)
    share = short.plain[1][6:-1]
    short.plain[1] = vec(2, b"") + vec(4, share)
    short.what, short.helper_outcome = "the helper input share lacks its last octet", {"report_error": 8}
    wrong = Report(task, "wrong_ping_pong_type", measurement, time)
    wrong.delivered = b"\x02" + wrong.ping_pong(0)[1:]
    wrong.what, wrong.helper_outcome = "the leader delivers a message of type finish", {"report_error": 6}
    unknown = Report(task, "unknown_public_extension", measurement, time)
    unknown.extensions = u(2, 0xFF01) + vec(2, b"abc")
    unknown.what, unknown.helper_outcome = "one public extension FF01", {"report_error": 8}
    unknown.leader_outcome = ["discarded", "unsupportedExtension"]
    return [tampered, short, wrong, unknown]


# ---- jobs and collections

def job_request(task, reports, extensions=b""):
    return (u(1, task.key_id) + vec(4, b"") + vec(2, extensions)
            + b"".join(r.verify_init() for r in reports))


def job_response(reports, errors):
    out = b""
    for r in reports:
        if r.label in errors:
            out += r.id + b"\x02" + u(1, errors[r.label])
        else:
            out += r.id + b"\x00" + vec(4, r.ping_pong(1))
    return out


def job_members(task, reports, names, errors):
    return {"reports": names, "report_errors": {n: errors[r.label] for n, r in zip(names, reports)
                                                if r.label in errors},
            "aggregation_job_init_req": job_request(task, reports).hex(),
            "aggregation_job_resp": job_response(reports, errors).hex()}


def add_up(task, reports):
    shares = []
    for role in range(2):
        acc = task.vdaf.agg_init(None)
        for r in reports:
            acc = task.vdaf.agg_update(None, acc, r.out[role])
        shares.append(acc)
    checksum = bytes(32)
    for r in reports:
        checksum = bytes(a ^ b for a, b in zip(checksum, hashlib.sha256(r.id).digest()))
    return shares, checksum


def buckets(task, named):
    out = []
    for time in sorted({r.time for _, r in named}):
        inside = [(n, r) for n, r in named if r.time == time]
        shares, checksum = add_up(task, [r for _, r in inside])
        out.append({"interval": [time, 1], "reports": [n for n, _ in inside], "report_count": len(inside),
                    "checksum": checksum.hex(),
                    "leader_agg_share": task.vdaf.encode_agg_share(shares[0]).hex(),
                    "helper_agg_share": task.vdaf.encode_agg_share(shares[1]).hex()})
    return out


def interval(pair):
    return vec(2, u(8, pair[0]) + u(8, pair[1]))


def collection(task, name, named, query, selector):
    inside = [(n, r) for n, r in named if selector[0] <= r.time < selector[0] + selector[1]]
    shares, checksum = add_up(task, [r for _, r in inside])
    req = b"\x01" + interval(query) + vec(4, b"") + vec(2, b"")
    share_req = req + b"\x01" + interval(selector) + u(8, len(inside)) + checksum
    aad = task.id + task.configuration() + req
    ephemerals = [seeded(f"{task.vdaf_members['type']} {name} {role}", 32) for role in ("leader", "helper")]
    encoded = [task.vdaf.encode_agg_share(s) for s in shares]
    sealed = [task.collector.seal(ephemerals[i], b"dap-18 aggregate share" + u(1, 2 + i) + b"\x00", aad,
                                  encoded[i]) for i in range(2)]
    first, last = min(r.time for _, r in inside), max(r.time for _, r in inside)
    seen = [first, last - first + 1]
    return {"name": name, "reports": [n for n, _ in inside], "query_interval": list(query),
            "selector_interval": list(selector), "query": (b"\x01" + interval(query)).hex(),
            "collection_job_req": req.hex(), "batch_selector": (b"\x01" + interval(selector)).hex(),
            "report_count": len(inside), "checksum": checksum.hex(),
            "aggregate_share_req": share_req.hex(), "aggregate_share_aad": aad.hex(),
            "leader_agg_share": encoded[0].hex(), "helper_agg_share": encoded[1].hex(),
            "leader_ephemeral_private_key": ephemerals[0].hex(),
            "helper_ephemeral_private_key": ephemerals[1].hex(), "aggregate_share": sealed[1].hex(),
            "interval": seen,
            "collection_job_resp": (u(8, len(inside)) + u(8, seen[0]) + u(8, seen[1]) + sealed[0]
                                    + sealed[1]).hex(),
            "result": task.vdaf.unshard(None, shares, len(inside))}


def malformed(task, report, all_job, whole):
    req, share_req = bytes.fromhex(whole["collection_job_req"]), bytes.fromhex(whole["aggregate_share_req"])
    out = []

    def add(message, name, data, *expect):
        out.append({"message": message, "name": name, "hex": data.hex(), "expect": list(expect)})

    upload, config = report.encode(), task.configuration()
    add("UploadRequest", "truncated", upload[:-1], "invalidMessage")
    add("UploadRequest", "trailing_octet", upload + b"\x00", "invalidMessage")
    add("TaskConfiguration", "trailing_octet", config + b"\x00", "decode_error")
    add("PlaintextInputShare", "payload_empty", bytes(6), "report_error 8")
    add("PlaintextInputShare", "trailing_octet", report.plain[1] + b"\x00", "report_error 8")
    add("AggregationJobInitReq", "truncated", all_job[:-1], "invalidMessage")
    add("AggregationJobInitReq", "extension_unknown",
        all_job[:5] + vec(2, u(2, 0xFF00) + vec(2, b"zz")) + all_job[7:], "unsupportedExtension")
    add("AggregationJobInitReq", "agg_param_not_empty", all_job[:1] + vec(4, b"\x00") + all_job[5:],
        "invalidAggregationParameter")
    add("CollectionJobReq", "truncated", req[:-1], "invalidMessage")
    add("CollectionJobReq", "duration_zero", req[:11] + u(8, 0) + req[19:], "batchInvalid")
    add("AggregateShareReq", "count_differs", share_req[:-40] + u(8, 99) + share_req[-32:], "batchMismatch")
    add("AggregateShareReq", "checksum_differs", share_req[:-1] + bytes([share_req[-1] ^ 1]), "batchMismatch")
    ping_pong = report.ping_pong(0)
    add("PingPongInit", "type_unknown", b"\x03" + ping_pong[1:], "report_error 6")
    add("PingPongInit", "verifier_share_short", b"\x00" + vec(4, ping_pong[5:-1]), "report_error 6")
    add("PingPongFinish", "type_init", b"\x00" + report.ping_pong(1)[1:], "leader_rejects_report")
    return out


def make(task, measurements):
    start = 1760000000 // task.precision
    recorded = [Report(task, f"{task.vdaf_members['type']} report {i}", m, start + i // 2)
                for i, m in enumerate(measurements)]
    names = [f"reports[{i}]" for i in range(len(recorded))]
    named = list(zip(names, recorded))
    honest = Report(task, "honest", measurements[0], start)
    bad = spoilt(task, measurements[-1], start + 1)
    own = [honest] + bad
    errors = {r.label: r.helper_outcome["report_error"] for r in bad}
    mixed = [recorded[0], honest] + bad
    all_job = job_members(task, recorded, names, {})
    pair = [recorded[0], honest]
    whole = collection(task, "all", named, (start - 1, 10), (start - 1, 10))
    batch_id = seeded(task.vdaf_members["type"] + " batch", 32)
    selector = b"\x02" + vec(2, batch_id)
    ls_req = b"\x02" + vec(2, b"") + vec(4, b"") + vec(2, b"")
    task_interval = u(2, 1) + interval((start - 5, 1000))
    upload_errors = [(honest.id, 8), (recorded[0].id, 2)]
    return {
        "format": "dap-18 task vectors, 1", "vdaf": task.vdaf_members, "task": task.members(),
        "hpke": {"leader": task.leader.members(True), "helper": task.helper.members(True),
                 "collector": task.collector.members(False)},
        "reports": [r.members(False) for r in recorded], "own_reports": [r.members(True) for r in own],
        "aggregation": {
            "all": {"jobs": [all_job], "batch_buckets": buckets(task, named)},
            "mixed": {
                "jobs": [job_members(task, recorded[:2], names[:2], {}),
                         job_members(task, mixed, ["reports[0]"] + [r.label for r in own],
                                     dict(errors, **{recorded[0].label: 2}))],
                "batch_buckets": buckets(task, named[:2] + [("honest", honest)])}},
        "collections": [whole, collection(task, "part", named, (start, 3), (start, 2))],
        "upload_errors": {"statuses": [[i.hex(), e] for i, e in upload_errors],
                          "hex": b"".join(i + u(1, e) for i, e in upload_errors).hex()},
        "task_configuration_with_task_interval": {
            "task_interval": [start - 5, 1000], "extensions": task_interval.hex(),
            "hex": task.configuration(task_interval).hex()},
        "decoder_request_of_AggregationJobResp": job_request(task, pair).hex(),
        "aggregation_job_resp_with_reject_11": {"hex": job_response(pair, {recorded[0].label: 11}).hex()},
        "leader_selected_encodings": {
            "batch_id": batch_id.hex(), "batch_selector": selector.hex(), "collection_job_req": ls_req.hex(),
            "aggregate_share_req": (ls_req + selector + u(8, whole["report_count"])
                                    + bytes.fromhex(whole["checksum"])).hex(),
            "aggregation_job_init_req": job_request(task, recorded[:1],
                                                    u(2, 1) + vec(2, batch_id)).hex()},
        "malformed": malformed(task, recorded[0], bytes.fromhex(all_job["aggregation_job_init_req"]), whole),
        "prefixes": [
            {"message": "UploadRequest", "hex": honest.encode().hex(),
             "valid_prefix_lengths": [0, len(honest.encode())]},
            {"message": "TaskConfiguration", "hex": task.configuration().hex(),
             "valid_prefix_lengths": [len(task.configuration())]}],
        "open_must_fail": [
            {"report": "reports[0]", "role": "leader", "what": "info of the helper",
             "info": b"dap-18 input share\x01\x03".hex(), "input_share_aad": recorded[0].aad().hex()},
            {"report": "reports[0]", "role": "helper", "what": "min_batch_size + 1",
             "info": b"dap-18 input share\x01\x03".hex(),
             "input_share_aad": (task.id + task.configuration(min_batch=task.min_batch + 1)
                                 + recorded[0].aad_part()).hex()}],
    }


def main():
    sys.path.insert(0, sys.argv[1])
    from vdaf_poc import vdaf_prio3 as prio3
    name = os.path.basename(sys.argv[2]).split("_")[0]
    if name == "Prio3SumVec":
        members = {"length": 5, "max_measurement": 1000, "chunk_length": 7}
        task = Task(prio3.Prio3SumVec(2, **members), name, members, 3, u(4, 5) + u(8, 1000) + u(4, 7), 86400, 2)
        measurements = [[10 * i + k for k in range(4)] + [1000 if i == 3 else 0] for i in range(6)]
    else:
        members = {"length": 6, "max_weight": 3, "chunk_length": 4}
        task = Task(prio3.Prio3MultihotCountVec(2, **members), name, members, 5,
                    u(4, 6) + u(4, 4) + u(8, 3), 1800, 2)
        measurements = [[bool(i >> k & 1) for k in range(6)] for i in (0, 1, 6, 37, 56)]
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        json.dump(make(task, measurements), out, indent=1)
        out.write("\n")


main()
