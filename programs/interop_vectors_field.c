/* Members of a vector file: read, compared, and told where they differ. */
#include "interop_vectors.h"

#include "base/text.h"
#include "crypto/hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void hub_vectors_at(struct hub_vectors *v, const char *format, ...)
{
    va_list args;

    if (v->failed)
        return;
    va_start(args, format);
    (void)vsnprintf(v->where, sizeof(v->where), format, args);
    va_end(args);
}

void hub_vectors_fail(struct hub_vectors *v, const char *key, const char *expected, const char *got)
{
    if (v->failed)
        return;
    v->failed = true;
    (void)snprintf(v->message, sizeof(v->message), "%s%s%s, expected %.300s, got %.300s", v->where,
                   v->where[0] != '\0' && key[0] != '\0' ? "." : "", key, expected, got);
}

void hub_vectors_must(struct hub_vectors *v, const char *key, hub_status status)
{
    if (status != HUB_OK)
        hub_vectors_fail(v, key, "success", hub_status_text(status));
}

json_t *hub_vectors_get(struct hub_vectors *v, const json_t *object, const char *key)
{
    json_t *const value = json_object_get(object, key);

    if (value == NULL)
        hub_vectors_fail(v, key, "a value", "nothing");
    return v->failed ? NULL : value;
}

void *hub_vectors_alloc(struct hub_vectors *v, size_t n)
{
    void *const memory = hub_arena_alloc(&v->arena, n == 0 ? 1 : n, 1);

    if (memory == NULL)
        hub_vectors_must(v, "", HUB_E_MEMORY);
    return memory;
}

hub_span hub_vectors_keep(struct hub_vectors *v, struct hub_buf *buf, const char *key,
                          hub_status status)
{
    hub_span kept = HUB_SPAN_EMPTY;

    hub_vectors_must(v, key, status);
    if (!v->failed && buf->len != 0) {
        uint8_t *const copy = hub_vectors_alloc(v, buf->len);
        if (copy != NULL) {
            memcpy(copy, buf->ptr, buf->len);
            kept = hub_span_of(copy, buf->len);
        }
    }
    hub_buf_wipe(buf);
    return kept;
}

hub_span hub_vectors_hex(struct hub_vectors *v, const json_t *value, const char *key)
{
    struct hub_buf buf = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    const char *const text = json_string_value(value);

    if (v->failed)
        return HUB_SPAN_EMPTY;
    if (text == NULL || hub_hex_decode(&buf, hub_span_text(text)) != HUB_OK)
        hub_vectors_fail(v, key, "hex", text == NULL ? "no text" : text);
    return hub_vectors_keep(v, &buf, key, HUB_OK);
}

hub_span hub_vectors_bytes(struct hub_vectors *v, const json_t *object, const char *key)
{
    return hub_vectors_hex(v, hub_vectors_get(v, object, key), key);
}

void hub_vectors_bytes_exact(struct hub_vectors *v, uint8_t *out, size_t n, const json_t *object,
                             const char *key)
{
    const hub_span bytes = hub_vectors_bytes(v, object, key);

    if (!v->failed && bytes.len != n)
        hub_vectors_fail(v, key, "another length", json_string_value(json_object_get(object, key)));
    memset(out, 0, n);
    if (!v->failed && bytes.ptr != NULL)
        memcpy(out, bytes.ptr, n);
}

static uint64_t number_of(struct hub_vectors *v, const json_t *value, const char *key)
{
    if (v->failed)
        return 0;
    if (json_is_boolean(value))
        return json_is_true(value);
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        hub_vectors_fail(v, key, "a number", "something else");
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

uint64_t hub_vectors_number(struct hub_vectors *v, const json_t *object, const char *key)
{
    return number_of(v, hub_vectors_get(v, object, key), key);
}

const char *hub_vectors_text(struct hub_vectors *v, const json_t *object, const char *key)
{
    const char *const text = json_string_value(hub_vectors_get(v, object, key));

    if (text == NULL)
        hub_vectors_fail(v, key, "a text", "something else");
    return text == NULL ? "" : text;
}

struct hub_time_interval hub_vectors_interval(struct hub_vectors *v, const json_t *object,
                                              const char *key)
{
    const json_t *const pair = hub_vectors_get(v, object, key);

    if (!v->failed && json_array_size(pair) != 2)
        hub_vectors_fail(v, key, "start and duration", "something else");
    return (struct hub_time_interval){number_of(v, json_array_get(pair, 0), key),
                                      number_of(v, json_array_get(pair, 1), key)};
}

struct hub_measurement hub_vectors_measurement(struct hub_vectors *v, const json_t *value,
                                               const char *key)
{
    if (!json_is_array(value))
        return (struct hub_measurement){.number = number_of(v, value, key)};

    const size_t n = json_array_size(value);
    uint64_t *const vector = HUB_ARENA_NEW(&v->arena, uint64_t, n == 0 ? 1 : n);
    if (vector == NULL) {
        hub_vectors_must(v, key, HUB_E_MEMORY);
        return (struct hub_measurement){0};
    }
    for (size_t i = 0; i < n; i++)
        vector[i] = number_of(v, json_array_get(value, i), key);
    return (struct hub_measurement){.vector = vector, .n = n};
}

/* The hex of got, shortened for a person. */
static void tell_difference(struct hub_vectors *v, const char *key, const char *expected,
                            hub_span got)
{
    enum { SHOWN = 140 };
    char hex[2 * SHOWN + 40];
    const size_t n = got.len < SHOWN ? got.len : SHOWN;

    hub_hex_encode(hex, hub_span_of(got.ptr, n));
    (void)snprintf(hex + 2 * n, sizeof(hex) - 2 * n, "%s (%zu octets)", n < got.len ? "..." : "",
                   got.len);
    hub_vectors_fail(v, key, expected, hex);
}

/* sha256:<hex>:<length> */
static bool has_digest(hub_span got, const char *expected)
{
    uint8_t digest[HUB_SHA256_LEN];
    char text[sizeof("sha256::") + 2 * (size_t)HUB_SHA256_LEN + 24];
    char hex[2 * HUB_SHA256_LEN + 1];

    if (hub_sha256(digest, got) != HUB_OK)
        return false;
    hub_hex_encode(hex, HUB_SPAN_ARRAY(digest));
    (void)snprintf(text, sizeof(text), "sha256:%s:%zu", hex, got.len);
    return strcmp(text, expected) == 0;
}

static bool has_hex(struct hub_vectors *v, hub_span got, const char *expected)
{
    if (strlen(expected) != 2 * got.len)
        return false;
    char *const hex = hub_vectors_alloc(v, 2 * got.len + 1);
    if (hex == NULL)
        return false;
    hub_hex_encode(hex, got);
    return strcmp(hex, expected) == 0;
}

void hub_vectors_expect_value(struct hub_vectors *v, const json_t *value, const char *key,
                              hub_span got)
{
    const char *const expected = json_string_value(value);

    if (v->failed)
        return;
    if (expected == NULL) {
        hub_vectors_fail(v, key, "a text in the file", "something else");
        return;
    }
    const bool equal = strncmp(expected, "sha256:", 7) == 0 ? has_digest(got, expected)
                                                            : has_hex(v, got, expected);
    if (!equal)
        tell_difference(v, key, expected, got);
}

void hub_vectors_expect(struct hub_vectors *v, const json_t *object, const char *key, hub_span got)
{
    hub_vectors_expect_value(v, hub_vectors_get(v, object, key), key, got);
}

void hub_vectors_expect_number(struct hub_vectors *v, const json_t *object, const char *key,
                               uint64_t got)
{
    const uint64_t expected = hub_vectors_number(v, object, key);
    char texts[2][24];

    if (v->failed || expected == got)
        return;
    (void)snprintf(texts[0], sizeof(texts[0]), "%" PRIu64, expected);
    (void)snprintf(texts[1], sizeof(texts[1]), "%" PRIu64, got);
    hub_vectors_fail(v, key, texts[0], texts[1]);
}

void hub_vectors_expect_same(struct hub_vectors *v, const char *key, hub_span expected,
                             hub_span got)
{
    char *hex;

    if (v->failed || hub_span_equal_var(expected, got))
        return;
    hex = hub_vectors_alloc(v, 2 * expected.len + 1);
    if (hex == NULL)
        return;
    hub_hex_encode(hex, expected);
    tell_difference(v, key, hex, got);
}

bool hub_vectors_allows(const json_t *expect, const char *outcome)
{
    size_t i;
    const json_t *one;

    if (json_is_string(expect))
        return strcmp(json_string_value(expect), outcome) == 0;
    json_array_foreach(expect, i, one)
    {
        if (json_is_string(one) && strcmp(json_string_value(one), outcome) == 0)
            return true;
    }
    return false;
}

void hub_vectors_outcome(struct hub_vectors *v, const json_t *expect, const char *outcome)
{
    if (v->failed || hub_vectors_allows(expect, outcome))
        return;
    char *const allowed = json_dumps(expect, JSON_ENCODE_ANY | JSON_COMPACT);
    hub_vectors_fail(v, "", allowed == NULL ? "another outcome" : allowed, outcome);
    free(allowed);
}
