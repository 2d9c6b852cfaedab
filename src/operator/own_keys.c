/* Key files that are made once. */
#include "operator/own_keys.h"

#include "base/file.h"
#include "base/text.h"
#include "base/writer.h"
#include "crypto/ed25519.h"
#include "hpke/key_file.h"

enum { KEY_ID_FIRST = 1, LEDGER_FILE_MAX = 256 };

static const char ledger_head[] = "hubbub-ledger-key 1\nprivate_key = ";

hub_status hub_own_hpke_key(struct hub_hpke_keypair *out, bool *is_new, const char *path,
                            const struct hub_rng *rng, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(HUB_HPKE_KEY_FILE_MAX);
    const hub_status found = hub_hpke_key_file_load(out, path, hub_file_read, why);

    *is_new = found == HUB_E_NOT_FOUND;
    if (!*is_new)
        return found;
    HUB_TRY(hub_hpke_keypair_generate(out, KEY_ID_FIRST, rng));
    HUB_TRY(hub_hpke_key_file_encode(&text, out));
    return hub_file_put(path, hub_buf_span(&text), 0600, why);
}

static hub_status read_ledger(uint8_t private_key[32], hub_span text)
{
    const size_t head_len = sizeof(ledger_head) - 1;

    if (text.len != head_len + HUB_BASE64URL_LEN(32) + 1 ||
        memcmp(text.ptr, ledger_head, head_len) != 0 || text.ptr[text.len - 1] != '\n')
        return HUB_E_DECODE;
    return hub_base64url_decode_exact(private_key, 32,
                                      hub_span_slice(text, head_len, HUB_BASE64URL_LEN(32)));
}

static hub_status make_ledger(uint8_t private_key[32], const char *path, const struct hub_rng *rng,
                              struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(LEDGER_FILE_MAX);
    char encoded[HUB_BASE64URL_LEN(32) + 1];
    struct hub_writer w = hub_writer(&text);

    HUB_TRY(hub_rng_fill(rng, private_key, 32));
    hub_base64url_encode(encoded, hub_span_of(private_key, 32));
    hub_write_span(&w, hub_span_of(ledger_head, sizeof(ledger_head) - 1));
    hub_write_span(&w, hub_span_text(encoded));
    hub_write_span(&w, hub_span_text("\n"));
    hub_wipe(encoded, sizeof(encoded));
    HUB_TRY(hub_writer_finish(&w));
    return hub_file_put(path, hub_buf_span(&text), 0600, why);
}

hub_status hub_own_ledger_key(uint8_t public_key[32], const char *path, const struct hub_rng *rng,
                              struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(LEDGER_FILE_MAX);
    uint8_t private_key[32];
    hub_status status = hub_file_read(&text, path, why);

    if (status == HUB_E_NOT_FOUND)
        status = make_ledger(private_key, path, rng, why);
    else if (status == HUB_OK && read_ledger(private_key, hub_buf_span(&text)) != HUB_OK)
        status = hub_why(why, HUB_E_CONFIG, "%.200s: no ledger key", path);
    if (status == HUB_OK)
        status = hub_ed25519_public(public_key, private_key);
    hub_wipe(private_key, sizeof(private_key));
    return status;
}
