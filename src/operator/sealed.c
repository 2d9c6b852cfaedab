/* Envelopes, tokens, and the key that two seeds make. */
#include "operator/sealed.h"

#include "base/option.h"
#include "base/text.h"
#include "crypto/hash.h"

#include <stdio.h>

/* info names the use, aad the task and both ends: an envelope opens only for what it was made. */
static hub_status write_bounds(struct hub_buf *info, struct hub_buf *aad,
                               const struct hub_sealed_label *label)
{
    struct hub_writer i = hub_writer(info);
    struct hub_writer a = hub_writer(aad);

    hub_write_span(&i, hub_span_text("hubbub-sealed:1 "));
    hub_write_span(&i, hub_span_text(label->what));
    hub_write_span(&a, HUB_SPAN_ARRAY(label->task.bytes));
    hub_write_vec8(&a, hub_span_text(label->from));
    hub_write_vec8(&a, hub_span_text(label->to));
    HUB_TRY(hub_writer_finish(&i));
    return hub_writer_finish(&a);
}

static void put_pair(struct hub_writer *w, const char *key, const char *value)
{
    hub_write_span(w, hub_span_text(key));
    hub_write_span(w, hub_span_text(" = "));
    hub_write_span(w, hub_span_text(value));
    hub_write_span(w, hub_span_text("\n"));
}

static void put_bytes(struct hub_writer *w, const char *key, hub_span bytes)
{
    char text[HUB_BASE64URL_LEN(HUB_SEALED_SECRET_MAX + HUB_HPKE_TAG_LEN) + 1];

    hub_base64url_encode(text, bytes);
    put_pair(w, key, text);
}

static void sealed_clear(struct hub_hpke_sealed *s)
{
    hub_hpke_sealed_clear(s);
}

hub_status hub_sealed_write(struct hub_buf *out, const struct hub_sealed_label *label,
                            const struct hub_hpke_config *to, hub_span secret,
                            const struct hub_rng *rng)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf info = HUB_BUF_INIT(128);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf aad = HUB_BUF_INIT(256);
    HUB_CLEANUP(sealed_clear)
    struct hub_hpke_sealed sealed = {.payload =
                                         HUB_BUF_INIT(HUB_SEALED_SECRET_MAX + HUB_HPKE_TAG_LEN)};
    struct hub_writer w = hub_writer(out);
    char number[8];

    if (secret.len > HUB_SEALED_SECRET_MAX)
        return HUB_E_ARGUMENT;
    HUB_TRY(write_bounds(&info, &aad, label));
    HUB_TRY(hub_hpke_seal(&sealed, to, hub_buf_span(&info), hub_buf_span(&aad), secret, rng));
    hub_write_span(&w, hub_span_text("; Sealed: only its addressee can open it.\n"));
    put_pair(&w, "what", label->what);
    put_bytes(&w, "task", HUB_SPAN_ARRAY(label->task.bytes));
    put_pair(&w, "from", label->from);
    put_pair(&w, "to", label->to);
    (void)snprintf(number, sizeof(number), "%u", (unsigned)sealed.config_id);
    put_pair(&w, "config-id", number);
    put_bytes(&w, "enc", HUB_SPAN_ARRAY(sealed.enc));
    put_bytes(&w, "payload", hub_buf_span(&sealed.payload));
    return hub_writer_finish(&w);
}

struct envelope {
    const struct hub_sealed_label *label;
    unsigned seen;
    uint8_t config_id;
    uint8_t enc[HUB_HPKE_ENC_LEN];
    struct hub_buf payload;
};

static void envelope_clear(struct envelope *e)
{
    hub_buf_clear(&e->payload);
}

enum { N_KEYS = 7 };
static const char *const keys[N_KEYS] = {"what",      "task", "from",   "to",
                                         "config-id", "enc",  "payload"};

static hub_status take_value(struct envelope *e, size_t key, const char *value)
{
    const hub_span text = hub_span_text(value);
    uint8_t id[HUB_TASK_ID_LEN];
    uint64_t number;

    switch (key) {
    case 0:
        return strcmp(value, e->label->what) == 0 ? HUB_OK : HUB_E_CONFLICT;
    case 1:
        HUB_TRY(hub_base64url_decode_exact(id, sizeof(id), text));
        return memcmp(id, e->label->task.bytes, sizeof(id)) == 0 ? HUB_OK : HUB_E_CONFLICT;
    case 2:
        return strcmp(value, e->label->from) == 0 ? HUB_OK : HUB_E_CONFLICT;
    case 3:
        return strcmp(value, e->label->to) == 0 ? HUB_OK : HUB_E_CONFLICT;
    case 4:
        HUB_TRY(hub_u64_parse(&number, text, 0, UINT8_MAX));
        e->config_id = (uint8_t)number;
        return HUB_OK;
    case 5:
        return hub_base64url_decode_exact(e->enc, sizeof(e->enc), text);
    default:
        return hub_base64url_decode(&e->payload, text);
    }
}

static hub_status on_pair(void *self, const char *section, const char *key, const char *value,
                          unsigned line, struct hub_why *why)
{
    struct envelope *const e = self;

    for (size_t i = 0; i < N_KEYS; i++) {
        if (section[0] != '\0' || strcmp(key, keys[i]) != 0)
            continue;
        if ((e->seen & 1U << i) != 0)
            return hub_why(why, HUB_E_CONFIG, "line %u: %s stands twice", line, key);
        e->seen |= 1U << i;
        const hub_status status = take_value(e, i, value);
        if (status == HUB_E_CONFLICT)
            return hub_why(why, HUB_E_CONFIG, "line %u: %s is %.60s: another envelope", line, key,
                           value);
        return status == HUB_OK
                   ? HUB_OK
                   : hub_why(why, HUB_E_CONFIG, "line %u: %s does not read", line, key);
    }
    return hub_why(why, HUB_E_CONFIG, "line %u: unknown name %.40s", line, key);
}

static void recipient_free(struct hub_hpke_recipient **r)
{
    hub_hpke_recipient_free(*r);
}

hub_status hub_sealed_read(struct hub_buf *out, hub_span text, const char *name,
                           const struct hub_sealed_label *label, const struct hub_hpke_keypair *own,
                           struct hub_why *why)
{
    HUB_CLEANUP(envelope_clear)
    struct envelope e = {.label = label,
                         .payload = HUB_BUF_INIT(HUB_SEALED_SECRET_MAX + HUB_HPKE_TAG_LEN)};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf info = HUB_BUF_INIT(128);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf aad = HUB_BUF_INIT(256);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf secret = HUB_BUF_INIT(HUB_SEALED_SECRET_MAX);
    HUB_CLEANUP(recipient_free) struct hub_hpke_recipient *recipient = NULL;

    HUB_TRY(hub_ini_walk(text, name, on_pair, &e, why));
    if (e.seen != (1U << N_KEYS) - 1)
        return hub_why(why, HUB_E_CONFIG, "%s: not all of an envelope is there", name);
    if (e.config_id != own->config.id)
        return hub_why(why, HUB_E_OPEN, "%s: sealed to key %u, ours is %u", name,
                       (unsigned)e.config_id, (unsigned)own->config.id);
    HUB_TRY(write_bounds(&info, &aad, label));
    HUB_TRY(hub_hpke_recipient_new(&recipient, own));
    const hub_status opened =
        hub_hpke_open(recipient, &secret, hub_buf_span(&info), hub_buf_span(&aad),
                      HUB_SPAN_ARRAY(e.enc), hub_buf_span(&e.payload));
    if (opened != HUB_OK)
        return hub_why(why, opened, "%s: not sealed to our key, or changed on the way", name);
    return hub_buf_append(out, hub_buf_span(&secret));
}

hub_status hub_token_new(char out[HUB_TOKEN_LEN + 1], const struct hub_rng *rng)
{
    uint8_t bytes[32];

    HUB_TRY(hub_rng_fill(rng, bytes, sizeof(bytes)));
    hub_base64url_encode(out, HUB_SPAN_ARRAY(bytes));
    hub_wipe(bytes, sizeof(bytes));
    return HUB_OK;
}

hub_status hub_verify_key_derive(uint8_t out[32], const uint8_t leader_seed[32],
                                 const uint8_t helper_seed[32], const struct hub_task_id *task)
{
    static const char salt[] = "verify_key";
    static const uint8_t first_block = 1; /* HKDF-Expand of one block (RFC 5869 section 2.3) */
    uint8_t prk[HUB_SHA256_LEN];
    struct hub_hmac_sha256 m;

    hub_hmac_sha256_init(&m, hub_span_of(salt, sizeof(salt) - 1));
    hub_hmac_sha256_update(&m, hub_span_of(leader_seed, 32));
    hub_hmac_sha256_update(&m, hub_span_of(helper_seed, 32));
    HUB_TRY(hub_hmac_sha256_finish(&m, prk));
    hub_hmac_sha256_init(&m, HUB_SPAN_ARRAY(prk));
    hub_hmac_sha256_update(&m, HUB_SPAN_ARRAY(task->bytes));
    hub_hmac_sha256_update(&m, hub_span_of(&first_block, 1));
    const hub_status status = hub_hmac_sha256_finish(&m, out);
    hub_wipe(prk, sizeof(prk));
    return status;
}
