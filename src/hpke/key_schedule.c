/* LabeledExtract, LabeledExpand, ExtractAndExpand of the KEM and KeySchedule of the base mode.
 * Every output is at most one SHA-256 block long, so that HKDF-Expand is one HMAC. */
#include "hpke/key_schedule_internal.h"

#include <assert.h>

/* "HPKE-v1" and suite_id: of the KEM in section 4.1, of the whole suite in section 5.1. */
#define KEM_PREFIX   "HPKE-v1KEM\x00\x20"
#define SUITE_PREFIX "HPKE-v1HPKE\x00\x20\x00\x01\x00\x01"
/* A string literal's bytes without its final NUL. */
#define LITERAL(text) hub_span_of((text), sizeof(text) - 1)

enum { MODE_BASE = 0x00 };

/* LabeledExtract("", label, ikm); prefix ends in the label. */
static hub_status extract_empty(const struct hub_hpke_schedule *s, uint8_t out[HUB_SHA256_LEN],
                                hub_span prefix, hub_span ikm)
{
    struct hub_hmac_sha256 m = s->empty_salt;

    hub_hmac_sha256_update(&m, prefix);
    hub_hmac_sha256_update(&m, ikm);
    return hub_hmac_sha256_finish(&m, out);
}

/* LabeledExpand(prk, label, info, len); prk comes as an HMAC after its key, prefix ends in the
 * label.
 */
static hub_status expand(uint8_t *out, size_t len, struct hub_hmac_sha256 prk, hub_span prefix,
                         hub_span info)
{
    const uint8_t length[2] = {0, (uint8_t)len};
    const uint8_t counter = 1;
    uint8_t block[HUB_SHA256_LEN];

    assert(len <= sizeof(block));
    hub_hmac_sha256_update(&prk, HUB_SPAN_ARRAY(length));
    hub_hmac_sha256_update(&prk, prefix);
    hub_hmac_sha256_update(&prk, info);
    hub_hmac_sha256_update(&prk, hub_span_of(&counter, 1));
    HUB_TRY(hub_hmac_sha256_finish(&prk, block));
    memcpy(out, block, len);
    hub_wipe(block, sizeof(block));
    return HUB_OK;
}

hub_status hub_hpke_schedule_init(struct hub_hpke_schedule *s)
{
    *s = (struct hub_hpke_schedule){0};
    hub_hmac_sha256_init(&s->empty_salt, HUB_SPAN_EMPTY);
    s->context[0] = MODE_BASE;
    return extract_empty(s, s->context + 1, LITERAL(SUITE_PREFIX "psk_id_hash"), HUB_SPAN_EMPTY);
}

/* Brings the context to this info. */
static hub_status take_info(struct hub_hpke_schedule *s, hub_span info)
{
    if (s->has_info && hub_span_equal_var(info, hub_span_of(s->info, s->info_len)))
        return HUB_OK;

    s->has_info = false;
    HUB_TRY(
        extract_empty(s, s->context + 1 + HUB_SHA256_LEN, LITERAL(SUITE_PREFIX "info_hash"), info));
    if (info.len <= sizeof(s->info)) {
        if (info.len != 0)
            memcpy(s->info, info.ptr, info.len);
        s->info_len = info.len;
        s->has_info = true;
    }
    return HUB_OK;
}

/* Secrets on the way from dh to the message key. */
struct secrets {
    uint8_t block[HUB_SHA256_LEN];
    struct hub_hmac_sha256 hmac;
};

static void wipe_secrets(struct secrets *s)
{
    hub_wipe(s, sizeof(*s));
}

hub_status hub_hpke_schedule_derive(struct hub_hpke_schedule *s, struct hub_hpke_message_key *out,
                                    const uint8_t *dh, const uint8_t *enc,
                                    const uint8_t *public_key, hub_span info)
{
    HUB_CLEANUP(wipe_secrets) struct secrets t;
    uint8_t kem_context[2 * HUB_HPKE_KEY_LEN];
    const hub_span context = HUB_SPAN_ARRAY(s->context);

    memcpy(kem_context, enc, HUB_HPKE_KEY_LEN);
    memcpy(kem_context + HUB_HPKE_KEY_LEN, public_key, HUB_HPKE_KEY_LEN);
    HUB_TRY(take_info(s, info));

    /* shared_secret */
    HUB_TRY(extract_empty(s, t.block, LITERAL(KEM_PREFIX "eae_prk"),
                          hub_span_of(dh, HUB_HPKE_KEY_LEN)));
    hub_hmac_sha256_init(&t.hmac, HUB_SPAN_ARRAY(t.block));
    HUB_TRY(expand(t.block, sizeof(t.block), t.hmac, LITERAL(KEM_PREFIX "shared_secret"),
                   HUB_SPAN_ARRAY(kem_context)));

    /* secret = LabeledExtract(shared_secret, "secret", psk), with the empty psk of the base mode */
    hub_hmac_sha256_init(&t.hmac, HUB_SPAN_ARRAY(t.block));
    hub_hmac_sha256_update(&t.hmac, LITERAL(SUITE_PREFIX "secret"));
    HUB_TRY(hub_hmac_sha256_finish(&t.hmac, t.block));

    hub_hmac_sha256_init(&t.hmac, HUB_SPAN_ARRAY(t.block));
    HUB_TRY(expand(out->key, sizeof(out->key), t.hmac, LITERAL(SUITE_PREFIX "key"), context));
    return expand(out->nonce, sizeof(out->nonce), t.hmac, LITERAL(SUITE_PREFIX "base_nonce"),
                  context);
}

void hub_hpke_message_key_wipe(struct hub_hpke_message_key *k)
{
    hub_wipe(k, sizeof(*k));
}
