/* own_reports[]: measured, sharded, sealed again from the randomness that the file gives, and
 * compared octet for octet with what it holds. All but the honest one have a fault, which lies
 * either in a share before it is sealed or in the helper's ciphertext afterwards. */
#include "interop_vectors.h"

#include "wire/extension.h"

#include <stdio.h>

/* How a report's parts may differ from those of an honest one with the same randomness. */
enum share_fault {
    SAME,
    ONE_ELEMENT, /* one field element */
    ONE_BIT,
    LAST_OCTET_MISSING,
    ANY /* a fault that this program does not know by name: what is sealed is taken as it is */
};
enum ciphertext_fault { CIPHERTEXT_SAME, CIPHERTEXT_LAST_OCTET, CIPHERTEXT_CONFIG_ID };

static const struct fault {
    const char *name;
    enum share_fault leader;
    enum share_fault helper;
    enum ciphertext_fault ciphertext; /* the helper's */
} faults[] = {
    {"honest", SAME, SAME, CIPHERTEXT_SAME},
    {"bad_proof", ONE_ELEMENT, SAME, CIPHERTEXT_SAME},
    {"bad_helper_seed", SAME, ONE_BIT, CIPHERTEXT_SAME},
    {"helper_tampered", SAME, SAME, CIPHERTEXT_LAST_OCTET},
    {"helper_unknown_config", SAME, SAME, CIPHERTEXT_CONFIG_ID},
    {"helper_share_short", SAME, LAST_OCTET_MISSING, CIPHERTEXT_SAME},
    {"unknown_public_extension", SAME, SAME, CIPHERTEXT_SAME},
    {"unsorted_public_extensions", SAME, SAME, CIPHERTEXT_SAME},
    {"duplicate_public_extension", SAME, SAME, CIPHERTEXT_SAME},
    {"duplicate_extension", SAME, SAME, CIPHERTEXT_SAME},
    {"unknown_private_extension", SAME, SAME, CIPHERTEXT_SAME},
    {"wrong_ping_pong_type", SAME, SAME, CIPHERTEXT_SAME},
    {"short_verifier_share", SAME, SAME, CIPHERTEXT_SAME},
};

static struct fault fault_of(const char *name)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (strcmp(faults[i].name, name) == 0)
            return faults[i];
    }
    return (struct fault){name, ANY, ANY, CIPHERTEXT_SAME};
}

/* How many octets or bits differ between spans of one length, and how far apart. */
static bool differ_in_one_element(hub_span a, hub_span b, size_t element_len)
{
    size_t first = 0;
    size_t last = a.len;

    if (a.len != b.len || hub_span_equal_var(a, b))
        return false;
    while (a.ptr[first] == b.ptr[first])
        first++;
    while (a.ptr[last - 1] == b.ptr[last - 1])
        last--;
    return first / element_len == (last - 1) / element_len;
}

static bool differ_in_one_bit(hub_span a, hub_span b)
{
    unsigned n = 0;

    for (size_t i = 0; a.len == b.len && i < a.len; i++)
        n += (unsigned)__builtin_popcount(a.ptr[i] ^ b.ptr[i]);
    return n == 1;
}

static bool share_fits(const struct hub_vectors *v, enum share_fault fault, hub_span honest,
                       hub_span given)
{
    switch (fault) {
    case SAME:
        return hub_span_equal_var(honest, given);
    case ONE_ELEMENT:
        return differ_in_one_element(honest, given, hub_vdaf_field_bits(v->vdaf) / 8);
    case ONE_BIT:
        return differ_in_one_bit(honest, given);
    case LAST_OCTET_MISSING:
        return given.len + 1 == honest.len &&
               hub_span_equal_var(given, hub_span_of(honest.ptr, given.len));
    case ANY:
        return true;
    }
    return false;
}

/* The plaintext share that is sealed: as the file has it, or the honest one where only its digest
 * stands there. */
static hub_span take_plaintext(struct hub_vectors *v, const json_t *own, const char *key,
                               enum share_fault fault, hub_span honest_share)
{
    const char *const text = hub_vectors_text(v, own, key);
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    struct hub_plaintext_input_share share;

    if (strncmp(text, "sha256:", 7) == 0) {
        share = (struct hub_plaintext_input_share){.payload = honest_share};
        const hub_span made =
            hub_vectors_keep(v, &buf, key, hub_plaintext_input_share_encode(&buf, &share));
        hub_vectors_expect(v, own, key, made);
        return made;
    }
    const hub_span given = hub_vectors_bytes(v, own, key);
    if (v->failed)
        return HUB_SPAN_EMPTY;
    hub_vectors_must(v, key, hub_plaintext_input_share_decode(&share, given));
    if (!v->failed && !share_fits(v, fault, honest_share, share.payload))
        hub_vectors_fail(v, key, "the share that sharding gives, but for the fault", "another");
    return given;
}

/* Brings the fault to the ciphertext that was made: the file's value of it is taken over after it
 * has been checked to be the fault's and nothing else. */
static void spoil(struct hub_vectors *v, enum ciphertext_fault fault, struct hub_ciphertext *made,
                  const struct hub_ciphertext *given)
{
    const size_t n = made->payload.len;

    if (fault == CIPHERTEXT_CONFIG_ID) {
        if (given->config_id == made->config_id)
            hub_vectors_fail(v, "report", "a configuration that the helper does not have",
                             "the helper's");
        made->config_id = given->config_id;
    }
    if (fault == CIPHERTEXT_LAST_OCTET && given->payload.len == n) {
        if (!hub_span_equal_var(hub_span_of(made->payload.ptr, n - 1),
                                hub_span_of(given->payload.ptr, n - 1)) ||
            made->payload.ptr[n - 1] == given->payload.ptr[n - 1])
            hub_vectors_fail(v, "report", "the helper's ciphertext but for its last octet",
                             "another");
        made->payload = given->payload;
    }
}

/* Shards the measurement, seals both shares, and compares the whole report. */
static void make_again(struct hub_vectors *v, struct hub_vectors_report *r)
{
    const struct fault fault = fault_of(r->name);
    const json_t *const value = hub_vectors_get(v, r->json, "measurement");
    const struct hub_measurement m = hub_vectors_measurement(v, value, "measurement");
    const hub_span rand = hub_vectors_bytes(v, r->json, "rand");
    HUB_CLEANUP(hub_shares_wipe) struct hub_shares shares = {0};
    struct hub_report made = {.metadata.time = hub_vectors_number(v, r->json, "time")};
    uint8_t info[HUB_INPUT_SHARE_INFO_LEN];
    uint8_t ephemeral[HUB_HPKE_KEY_LEN];
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);

    hub_vectors_bytes_exact(v, made.metadata.id, HUB_REPORT_ID_LEN, r->json, "report_id");
    made.metadata.public_extensions = hub_vectors_bytes(v, r->json, "public_extensions");
    if (v->failed)
        return;
    hub_vectors_must(v, "rand",
                     hub_vdaf_shard(v->vdaf, &shares, &m, HUB_SPAN_ARRAY(made.metadata.id), rand,
                                    HUB_SPAN_ARRAY(v->context)));
    made.public_share = hub_buf_span(&shares.public_share);
    hub_vectors_expect(v, r->json, "public_share", made.public_share);
    const hub_span leader = take_plaintext(v, r->json, "leader_plaintext_input_share", fault.leader,
                                           hub_buf_span(&shares.input_shares[HUB_VECTORS_LEADER]));
    const hub_span helper = take_plaintext(v, r->json, "helper_plaintext_input_share", fault.helper,
                                           hub_buf_span(&shares.input_shares[HUB_VECTORS_HELPER]));
    const hub_span aad = hub_vectors_aad(v, &made);

    hub_vectors_bytes_exact(v, ephemeral, sizeof(ephemeral), r->json,
                            "leader_ephemeral_private_key");
    hub_input_share_info(info, HUB_ROLE_LEADER);
    made.leader_share = hub_vectors_seal(v, &v->keys[HUB_VECTORS_LEADER].config,
                                         HUB_SPAN_ARRAY(info), aad, leader, ephemeral);
    hub_vectors_bytes_exact(v, ephemeral, sizeof(ephemeral), r->json,
                            "helper_ephemeral_private_key");
    hub_input_share_info(info, HUB_ROLE_HELPER);
    made.helper_share = hub_vectors_seal(v, &v->keys[HUB_VECTORS_HELPER].config,
                                         HUB_SPAN_ARRAY(info), aad, helper, ephemeral);
    if (v->failed)
        return;
    spoil(v, fault.ciphertext, &made.helper_share, &r->report.helper_share);
    const hub_span encoded = hub_vectors_keep(v, &buf, "report", hub_report_encode(&buf, &made));
    hub_vectors_expect(v, r->json, "report", encoded);
}

/* "continue", or {"report_error": N}. */
static uint64_t take_helper_error(struct hub_vectors *v, const json_t *own)
{
    const json_t *const helper = hub_vectors_get(v, own, "helper");

    if (json_is_string(helper)) {
        if (strcmp(json_string_value(helper), "continue") != 0)
            hub_vectors_fail(v, "helper", "continue", json_string_value(helper));
        return 0;
    }
    return hub_vectors_number(v, helper, "report_error");
}

void hub_vectors_own(struct hub_vectors *v)
{
    const json_t *const list = hub_vectors_get(v, v->root, "own_reports");

    for (size_t i = 0; i < json_array_size(list) && !v->failed; i++) {
        struct hub_vectors_report *const r = &v->reports[v->n_recorded + i];
        hub_vectors_at(v, "own_reports[%zu]", i);
        r->json = json_array_get(list, i);
        (void)snprintf(r->name, sizeof(r->name), "%s", hub_vectors_text(v, r->json, "name"));
        hub_vectors_at(v, "own_reports[%zu] (%s)", i, r->name);
        const hub_span encoded = hub_vectors_bytes(v, r->json, "report");
        r->helper_error = take_helper_error(v, r->json);
        if (v->failed)
            return;
        hub_vectors_must(v, "report", hub_report_decode(&r->report, encoded));
        if (v->failed)
            return;
        make_again(v, r);
        hub_vectors_verify(v, r);
        v->n_reports = v->n_recorded + i + 1;
    }
}
