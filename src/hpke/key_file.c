/* Key pairs as .ini text. */
#include "hpke/key_file.h"

#include "base/option.h"
#include "base/text.h"

#include <stdio.h>

#define SUITE "x25519-sha256-aes128gcm"

struct fields {
    char suite[HUB_OPTION_TEXT_MAX];
    char private_key[HUB_OPTION_TEXT_MAX];
    char public_key[HUB_OPTION_TEXT_MAX];
    uint32_t config_id;
};

static void wipe_fields(struct fields *f)
{
    hub_wipe(f, sizeof(*f));
}

#define FIELD(name) offsetof(struct fields, name)

static const struct hub_option options[] = {
    {"hpke.suite", HUB_OPT_TEXT, FIELD(suite), NULL, "the algorithms", 0, 0},
    {"hpke.config_id", HUB_OPT_U32, FIELD(config_id), NULL, "the configuration's id", 0, 255},
    {"hpke.private_key", HUB_OPT_TEXT, FIELD(private_key), NULL, "base64url of 32 bytes", 0, 0},
    {"hpke.public_key", HUB_OPT_TEXT, FIELD(public_key), NULL, "base64url of 32 bytes", 0, 0},
};

hub_status hub_hpke_key_file_encode(struct hub_buf *out, const struct hub_hpke_keypair *pair)
{
    char private_key[HUB_BASE64URL_LEN(HUB_HPKE_KEY_LEN) + 1];
    char public_key[HUB_BASE64URL_LEN(HUB_HPKE_KEY_LEN) + 1];
    char text[HUB_HPKE_KEY_FILE_MAX];

    hub_base64url_encode(private_key, HUB_SPAN_ARRAY(pair->private_key));
    hub_base64url_encode(public_key, HUB_SPAN_ARRAY(pair->config.public_key));
    const int len = snprintf(text, sizeof(text),
                             "; Whoever reads this file can open what is sealed to its key.\n"
                             "[hpke]\n"
                             "suite = " SUITE "\n"
                             "config_id = %u\n"
                             "private_key = %s\n"
                             "public_key = %s\n",
                             pair->config.id, private_key, public_key);
    const hub_status status = hub_buf_append(out, hub_span_of(text, (size_t)len));
    hub_wipe(private_key, sizeof(private_key));
    hub_wipe(text, sizeof(text));
    return status;
}

static hub_status check_fields(struct hub_hpke_keypair *pair, const struct fields *f,
                               struct hub_why *why)
{
    uint8_t public_key[HUB_HPKE_KEY_LEN];

    if (strcmp(f->suite, SUITE) != 0)
        return hub_why(why, HUB_E_CONFIG, "hpke.suite: %s is the one that is spoken", SUITE);
    if (hub_base64url_decode_exact(pair->private_key, sizeof(pair->private_key),
                                   hub_span_text(f->private_key)) != HUB_OK)
        return hub_why(why, HUB_E_CONFIG, "hpke.private_key: must be base64url of 32 bytes");
    if (hub_base64url_decode_exact(public_key, sizeof(public_key), hub_span_text(f->public_key)) !=
        HUB_OK)
        return hub_why(why, HUB_E_CONFIG, "hpke.public_key: must be base64url of 32 bytes");
    HUB_TRY(hub_hpke_keypair_init(pair, (uint8_t)f->config_id, pair->private_key));
    if (memcmp(public_key, pair->config.public_key, sizeof(public_key)) != 0)
        return hub_why(why, HUB_E_CONFIG, "hpke.public_key: is not that of hpke.private_key");
    return HUB_OK;
}

hub_status hub_hpke_key_file_decode(struct hub_hpke_keypair *out, hub_span text,
                                    struct hub_why *why)
{
    HUB_CLEANUP(wipe_fields) struct fields f = {0};
    HUB_CLEANUP(hub_hpke_keypair_wipe) struct hub_hpke_keypair pair = {0};

    if (text.len > HUB_HPKE_KEY_FILE_MAX)
        return hub_why(why, HUB_E_CONFIG, "key file: longer than %d bytes", HUB_HPKE_KEY_FILE_MAX);
    HUB_TRY(
        hub_options_read(&f, options, sizeof(options) / sizeof(options[0]), "key file", text, why));
    HUB_TRY(check_fields(&pair, &f, why));
    *out = pair;
    return HUB_OK;
}

hub_status hub_hpke_key_file_load(struct hub_hpke_keypair *out, const char *path,
                                  hub_hpke_key_read read, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(HUB_HPKE_KEY_FILE_MAX);
    struct hub_why inner = {{0}};

    HUB_TRY(read(&text, path, why));
    const hub_status status = hub_hpke_key_file_decode(out, hub_buf_span(&text), &inner);
    return status == HUB_OK ? HUB_OK : hub_why(why, status, "%.150s: %.150s", path, inner.text);
}

bool hub_hpke_key_file_is_older(const char *name)
{
    static const char head[] = "operator-";
    static const char tail[] = ".key";
    const size_t n = strlen(name);

    return strncmp(name, head, sizeof(head) - 1) == 0 && n >= sizeof(head) + sizeof(tail) - 1 &&
           strcmp(name + n - (sizeof(tail) - 1), tail) == 0;
}
