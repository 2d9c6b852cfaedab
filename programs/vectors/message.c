/* One message of a vector file: reading, comparing. */
#include "message.h"

#include "base/text.h"
#include "crypto/hash.h"

/* "sha256:<hex>:<length>", from behind the first colon. */
static hub_status read_digest(struct vector_message *out, const char *text)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf digest = HUB_BUF_INIT(sizeof(out->digest));
    const char *colon = strchr(text, ':');
    uint64_t len;

    if (colon == NULL)
        return HUB_E_DECODE;
    HUB_TRY(hub_u64_parse(&len, hub_span_text(colon + 1), 0, UINT32_MAX));
    HUB_TRY(hub_hex_decode(&digest, hub_span_of(text, (size_t)(colon - text))));
    if (digest.len != sizeof(out->digest))
        return HUB_E_DECODE;
    memcpy(out->digest, digest.ptr, sizeof(out->digest));
    out->is_digest = true;
    out->digest_len = (size_t)len;
    return HUB_OK;
}

hub_status vector_message_read(struct vector_message *out, struct hub_arena *arena,
                               const json_t *value)
{
    static const char prefix[] = "sha256:";
    const char *text = json_string_value(value);

    if (value == NULL || json_is_null(value))
        return HUB_OK;
    if (text == NULL)
        return HUB_E_DECODE;
    out->is_given = true;
    if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
        return read_digest(out, text + sizeof(prefix) - 1);
    return vector_json_hex(&out->bytes, arena, value);
}

bool vector_message_fits(const struct vector_message *expected, hub_span got)
{
    uint8_t digest[HUB_SHA256_LEN];

    if (!expected->is_digest)
        return hub_span_equal_var(expected->bytes, got);
    return expected->digest_len == got.len && hub_sha256(digest, got) == HUB_OK &&
           memcmp(digest, expected->digest, sizeof(digest)) == 0;
}

static void shorten(char out[48], hub_span bytes)
{
    enum { SHOWN = 16 };

    if (bytes.len <= SHOWN) {
        hub_hex_encode(out, bytes);
        return;
    }
    hub_hex_encode(out, hub_span_of(bytes.ptr, SHOWN));
    memcpy(out + (size_t)2 * SHOWN, "...", 4);
}

hub_status vector_message_compare(struct hub_why *why, const char *step, size_t report,
                                  const struct vector_message *expected, hub_span got)
{
    char expected_hex[48];
    char got_hex[48];

    if (!expected->is_given || vector_message_fits(expected, got))
        return HUB_OK;
    shorten(expected_hex, expected->is_digest ? HUB_SPAN_ARRAY(expected->digest) : expected->bytes);
    shorten(got_hex, got);
    return hub_why(why, HUB_E_VERIFY, "%s, report %zu, expected %s%s, got %s (%zu bytes)", step,
                   report, expected->is_digest ? "sha256:" : "", expected_hex, got_hex, got.len);
}

hub_span vector_message_delivered(const struct vector_message *message, hub_span computed)
{
    return message->is_given && !message->is_digest ? message->bytes : computed;
}

hub_status vector_expect_read(enum vector_expect *out, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL)
        return HUB_OK;
    if (strcmp(text, "accept") == 0)
        *out = VECTOR_EXPECT_ACCEPT;
    else if (strcmp(text, "reject") == 0)
        *out = VECTOR_EXPECT_REJECT;
    else
        return HUB_E_DECODE;
    return HUB_OK;
}
