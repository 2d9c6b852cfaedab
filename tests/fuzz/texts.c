/* Texts of peers, of people and of files: one target a reader, or one for a few small ones, which
 * the first byte then tells apart. What has a writer is written and read again. */
#include "codecs.h"
#include "scratch.h"

#include "base/text.h"
#include "field/field128.h"
#include "field/field255.h"
#include "field/field64.h"
#include "http/auth.h"
#include "http/header.h"
#include "http/problem.h"
#include "http/query.h"
#include "http/server.h"
#include "http/url.h"
#include "ledger/head_file.h"
#include "ledger/ledger.h"
#include "page/moment.h"
#include "page/story.h"
#include "series/slots.h"
#include "series/zone.h"
#include "statement/date.h"
#include "statement/label.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 };

/* The bytes as a text with a NUL behind it, in memory of just that length; NULL without memory. */
static char *text_of(hub_span bytes)
{
    char *text = malloc(bytes.len + 1);

    if (text == NULL)
        return NULL;
    if (bytes.len != 0)
        memcpy(text, bytes.ptr, bytes.len);
    text[bytes.len] = '\0';
    return text;
}

static void free_text(char **text)
{
    free(*text);
}

/* Takes the first byte off: which of some small readers. */
static unsigned choose(hub_span *bytes, unsigned n)
{
    unsigned chosen = bytes->len == 0 ? 0 : bytes->ptr[0] % n;

    *bytes = bytes->len == 0 ? *bytes : hub_span_slice(*bytes, 1, bytes->len - 1);
    return chosen;
}

/* What stands before the first zero byte; bytes become the rest. */
static hub_span first_part(hub_span *bytes)
{
    const uint8_t *zero = bytes->len == 0 ? NULL : memchr(bytes->ptr, 0, bytes->len);
    size_t n = zero == NULL ? bytes->len : (size_t)(zero - bytes->ptr);
    hub_span part = hub_span_of(bytes->ptr, n);
    size_t skipped = zero == NULL ? n : n + 1;

    *bytes = skipped == bytes->len ? HUB_SPAN_EMPTY
                                   : hub_span_slice(*bytes, skipped, bytes->len - skipped);
    return part;
}

static hub_status base64url(hub_span bytes)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf decoded = HUB_BUF_INIT(TEXT_MAX);

    HUB_TRY(hub_base64url_decode(&decoded, bytes));
    char *again = malloc(HUB_BASE64URL_LEN(decoded.len) + 1);
    if (again == NULL)
        return HUB_E_MEMORY;
    hub_base64url_encode(again, hub_buf_span(&decoded));
    bool same = hub_span_equal_var(bytes, hub_span_text(again));
    free(again);
    return same ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status hex(hub_span bytes)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf decoded = HUB_BUF_INIT(TEXT_MAX);

    HUB_TRY(hub_hex_decode(&decoded, bytes));
    char *again = malloc(2 * decoded.len + 1);
    if (again == NULL)
        return HUB_E_MEMORY;
    hub_hex_encode(again, hub_buf_span(&decoded));
    bool same = strlen(again) == bytes.len &&
                (bytes.len == 0 || strncasecmp(again, (const char *)bytes.ptr, bytes.len) == 0);
    free(again);
    return same ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status number(hub_span bytes)
{
    char again[24];
    uint64_t value;

    HUB_TRY(hub_u64_parse(&value, bytes, 0, UINT64_MAX));
    (void)snprintf(again, sizeof(again), "%llu", (unsigned long long)value);
    return hub_span_equal_var(bytes, hub_span_text(again)) ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status text(hub_span bytes)
{
    switch (choose(&bytes, 3)) {
    case 0:
        return base64url(bytes);
    case 1:
        return hex(bytes);
    default:
        return number(bytes);
    }
}

/* One element at a time: what decodes encodes to itself. */
static hub_status field_elements(hub_span bytes)
{
    uint8_t again[HUB_FIELD255_BYTES];
    unsigned kind = choose(&bytes, 3);
    size_t width = (size_t)8 << kind;
    hub_fe64 a;
    hub_fe128 b;
    hub_fe255 c;

    for (; bytes.len >= width; bytes = hub_span_slice(bytes, width, bytes.len - width)) {
        bool decodes = kind == 0   ? hub_field64_decode(&a, bytes.ptr, 1)
                       : kind == 1 ? hub_field128_decode(&b, bytes.ptr, 1)
                                   : hub_field255_decode(&c, bytes.ptr, 1);

        if (!decodes)
            return HUB_E_DECODE;
        if (kind == 0)
            hub_field64_encode(again, &a, 1);
        else if (kind == 1)
            hub_field128_encode(again, &b, 1);
        else
            hub_field255_encode(again, &c, 1);
        if (memcmp(again, bytes.ptr, width) != 0)
            return HUB_E_CONFLICT;
    }
    return bytes.len == 0 ? HUB_OK : HUB_E_DECODE;
}

/* A token that was found is one, and stands in the headers. */
static hub_status auth(hub_span bytes)
{
    hub_span first = first_part(&bytes);
    HUB_CLEANUP(free_text) char *bearer = text_of(first);
    HUB_CLEANUP(free_text) char *dap = text_of(first_part(&bytes));
    hub_span token;

    if (bearer == NULL || dap == NULL)
        return HUB_E_MEMORY;
    if (hub_auth_token(&token, first.len == 0 ? NULL : bearer, dap[0] == '\0' ? NULL : dap) !=
        HUB_OK)
        return HUB_E_DECODE;
    return hub_auth_token_is_valid(token) ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status header(hub_span bytes)
{
    unsigned which = choose(&bytes, 6);
    uint32_t seconds;
    uint64_t date;

    if (which == 5)
        return auth(bytes);
    HUB_CLEANUP(free_text) char *value = text_of(bytes);
    if (value == NULL)
        return HUB_E_MEMORY;
    switch (which) {
    case 0:
        return hub_retry_after_parse(&seconds, value, 0) == HUB_OK ? HUB_OK : HUB_E_DECODE;
    case 1:
        return hub_retry_after_parse(&seconds, value, 784111777) == HUB_OK ? HUB_OK : HUB_E_DECODE;
    case 2:
        return hub_max_age_parse(&seconds, value) == HUB_OK ? HUB_OK : HUB_E_DECODE;
    case 3:
        return hub_http_date_parse(&date, value) == HUB_OK ? HUB_OK : HUB_E_DECODE;
    default:
        return hub_http_method_parse(value) != HUB_HTTP_OTHER ? HUB_OK : HUB_E_DECODE;
    }
}

/* A Location that is followed stays with its scheme, host and port. */
static hub_status url(hub_span bytes)
{
    static const char request[] = "https://leader.example:8443/api/tasks/x";
    static const char origin[] = "https://leader.example:8443/";
    HUB_CLEANUP(free_text) char *value = text_of(bytes);
    char out[HUB_HTTP_URL_MAX];
    struct hub_why why;
    bool is_plain;
    hub_status status = HUB_E_DECODE;

    if (value == NULL)
        return HUB_E_MEMORY;
    if (hub_url_resolve(out, request, value) == HUB_OK) {
        status = HUB_OK;
        if (strncasecmp(out, origin, strlen(origin)) != 0)
            return HUB_E_CONFLICT;
    }
    if (hub_url_check_base(value, &why) == HUB_OK) {
        status = HUB_OK;
        if (hub_url_path(out, value) != HUB_OK || out[0] != '/' ||
            hub_url_is_plain_remote(&is_plain, value) != HUB_OK)
            return HUB_E_CONFLICT;
        if (hub_url_join(out, value, "/tasks/x") == HUB_OK &&
            hub_url_check_base(out, &why) != HUB_OK)
            return HUB_E_CONFLICT;
    }
    (void)!hub_url_is_plain_remote(&is_plain, value);
    return status;
}

static hub_status listen_address(hub_span bytes)
{
    HUB_CLEANUP(free_text) char *value = text_of(bytes);
    char address[INET6_ADDRSTRLEN];
    uint16_t port;
    struct hub_why why;

    if (value == NULL)
        return HUB_E_MEMORY;
    return hub_http_listen_parse(address, &port, value, &why) == HUB_OK ? HUB_OK : HUB_E_DECODE;
}

/* What was decoded comes back from its encoding. */
static hub_status query_string(hub_span bytes)
{
    char value[256];
    char encoded[3 * sizeof(value)];
    char again[sizeof(value)];

    if (hub_query_find(value, sizeof(value), bytes, "from") != HUB_OK)
        return HUB_E_DECODE;
    if (hub_percent_encode(encoded, sizeof(encoded), hub_span_text(value)) != HUB_OK ||
        hub_percent_decode(again, sizeof(again), hub_span_text(encoded), true) != HUB_OK)
        return HUB_E_CONFLICT;
    return strcmp(value, again) == 0 ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status problem(hub_span bytes)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf once = HUB_BUF_INIT(HUB_PROBLEM_BYTES_MAX);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf twice = HUB_BUF_INIT(HUB_PROBLEM_BYTES_MAX);
    struct hub_problem p;
    struct hub_problem again;

    if (hub_problem_parse(&p, bytes) != HUB_OK)
        return HUB_E_DECODE;
    if (hub_problem_write(&once, &p) != HUB_OK ||
        hub_problem_parse(&again, hub_buf_span(&once)) != HUB_OK ||
        hub_problem_write(&twice, &again) != HUB_OK)
        return HUB_E_CONFLICT;
    return hub_span_equal_var(hub_buf_span(&once), hub_buf_span(&twice)) ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status ledger_export(hub_span bytes)
{
    struct hub_ledger_head head = {0};
    struct hub_why why;

    return hub_ledger_verify_text(bytes, &head, &why) == HUB_OK ? HUB_OK : HUB_E_DECODE;
}

/* The file of the ledger's head: whatever stands there, a head can be written after it and is found
 * again. */
static hub_status read_and_write_head(const char *path)
{
    struct hub_head_file file = {0};
    struct hub_ledger_head head = {0};
    struct hub_ledger_head again = {0};
    struct hub_why why;
    bool was_found = false;
    bool found = false;

    HUB_TRY(hub_head_file_open(&file, &head, &was_found, path, &why));
    head.length++;
    hub_status status = hub_head_file_write(&file, &head, head.length);
    hub_head_file_close(&file);
    HUB_TRY(status);
    HUB_TRY(hub_head_file_open(&file, &again, &found, path, &why));
    hub_head_file_close(&file);
    if (!found || memcmp(&again, &head, sizeof(head)) != 0)
        return HUB_E_CONFLICT;
    return was_found ? HUB_OK : HUB_E_DECODE;
}

static hub_status ledger_head(hub_span bytes)
{
    char path[SCRATCH_PATH_MAX];

    if (!scratch_write(path, "head", bytes))
        return HUB_E_MEMORY;
    hub_status status = read_and_write_head(path);
    (void)unlink(path);
    return status;
}

static hub_status zone(hub_span bytes)
{
    static const uint64_t moments[] = {0, 1, 1414861200, UINT32_MAX, UINT64_C(1) << 36};
    HUB_CLEANUP(hub_zone_free_at) struct hub_zone *z = NULL;

    if (hub_zone_decode(&z, bytes) != HUB_OK)
        return HUB_E_DECODE;
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        struct hub_local_time local = hub_zone_local(z, moments[i]);

        (void)hub_zone_offset(z, moments[i]);
        (void)hub_zone_day_start(z, moments[i]);
        (void)hub_zone_week_next(z, moments[i]);
        (void)hub_zone_month_next(z, moments[i]);
        if (local.month < 1 || local.month > 12 || local.day < 1 || local.day > 31)
            return HUB_E_CONFLICT;
    }
    return HUB_OK;
}

static hub_status moment(hub_span bytes)
{
    HUB_CLEANUP(free_text) char *value = text_of(bytes);
    HUB_CLEANUP(hub_zone_free_at) struct hub_zone *z = NULL;
    char again[HUB_MOMENT_MAX];
    uint64_t at;
    uint64_t back;
    struct hub_why why;

    if (value == NULL || hub_zone_open(&z, "UTC", &why) != HUB_OK)
        return HUB_E_MEMORY;
    if (hub_step_parse(value) != HUB_N_STEPS)
        return HUB_OK;
    if (hub_moment_parse(&at, z, value) != HUB_OK)
        return HUB_E_DECODE;
    hub_moment_address(again, z, at);
    return hub_moment_parse(&back, z, again) == HUB_OK && back == at ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status date(hub_span bytes)
{
    char again[HUB_DATE_LEN + 1];
    uint32_t day;

    HUB_TRY(hub_date_parse(&day, bytes));
    hub_date_format(again, day);
    return hub_span_equal_var(bytes, hub_span_text(again)) ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status labels(hub_span bytes)
{
    hub_span list[3];
    struct hub_why why;

    return hub_labels_parse(list, 3, bytes, &why) == HUB_OK ? HUB_OK : HUB_E_DECODE;
}

static hub_status story(hub_span bytes)
{
    struct hub_story out;
    struct hub_why why;

    return hub_story_parse(&out, "story", bytes, &why) == HUB_OK ? HUB_OK : HUB_E_DECODE;
}

const struct hub_codec hub_codecs[] = {
    {"Text", text},
    {"FieldElements", field_elements},
    {"Header", header},
    {"Url", url},
    {"ListenAddress", listen_address},
    {"QueryString", query_string},
    {"Problem", problem},
    {"LedgerExport", ledger_export},
    {"LedgerHead", ledger_head},
    {"Zone", zone},
    {"Moment", moment},
    {"Date", date},
    {"Labels", labels},
    {"Story", story},
    {NULL, NULL},
};
