/* The canonical form of a row: a flat JSON object with one way to write each thing. */
#include "ledger/line_internal.h"

#include "base/text.h"

#include <stdio.h>

/* ---- Writing */

static void put(struct hub_ledger_writer *w, const char *bytes, size_t n)
{
    if (w->status != HUB_OK)
        return;
    if (n > HUB_LEDGER_LINE_MAX - w->len) {
        w->status = HUB_E_SPACE;
        return;
    }
    memcpy(w->text + w->len, bytes, n);
    w->len += n;
}

static void put_text(struct hub_ledger_writer *w, const char *text)
{
    put(w, text, strlen(text));
}

static void put_key(struct hub_ledger_writer *w, const char *key)
{
    put_text(w, w->len == 1 ? "\"" : ",\"");
    put_text(w, key);
    put_text(w, "\":");
}

/* Octets of the UTF-8 character that begins at s, without overlong forms and surrogates; 0: none.
 */
static size_t utf8_len(const uint8_t *s, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0x80)
        return 1;
    const size_t n = s[0] >= 0xf0 && s[0] < 0xf5 ? 4U
                     : (s[0] & 0xf0U) == 0xe0    ? 3U
                     : (s[0] & 0xe0U) == 0xc0    ? 2U
                                                 : 0U;
    if (n == 0 || n > left)
        return 0;
    uint32_t c = s[0] & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0U) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fU);
    }
    return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

void hub_ledger_line_number(struct hub_ledger_writer *w, const char *key, uint64_t value)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
    put_key(w, key);
    put_text(w, digits);
}

void hub_ledger_line_text(struct hub_ledger_writer *w, const char *key, const char *value)
{
    const size_t len = strlen(value);
    if (len > HUB_LEDGER_TEXT_MAX && w->status == HUB_OK)
        w->status = HUB_E_ARGUMENT;
    put_key(w, key);
    put_text(w, "\"");
    for (size_t i = 0; i < len && w->status == HUB_OK;) {
        const size_t n = utf8_len((const uint8_t *)value + i, len - i);
        if (n == 0) {
            w->status = HUB_E_ARGUMENT;
        } else if (value[i] == '"' || value[i] == '\\') {
            const char escaped[2] = {'\\', value[i]};
            put(w, escaped, sizeof(escaped));
        } else if ((uint8_t)value[i] < 0x20) {
            char escaped[8];
            (void)snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)value[i]);
            put(w, escaped, 6);
        } else {
            put(w, value + i, n);
        }
        i += n;
    }
    put_text(w, "\"");
}

void hub_ledger_line_bytes(struct hub_ledger_writer *w, const char *key, hub_span value)
{
    char text[HUB_BASE64URL_LEN(64) + 1];
    if (value.len > 64) {
        w->status = HUB_E_ARGUMENT;
        return;
    }
    hub_base64url_encode(text, value);
    hub_ledger_line_text(w, key, text);
}

void hub_ledger_line_begin(struct hub_ledger_writer *w, const struct hub_ledger_head *head,
                           uint64_t time, const char *event)
{
    w->len = 0;
    w->status = HUB_OK;
    put_text(w, "{");
    hub_ledger_line_number(w, "seq", head->length + 1);
    hub_ledger_line_bytes(w, "prev", HUB_SPAN_ARRAY(head->hash));
    hub_ledger_line_number(w, "time", time);
    hub_ledger_line_text(w, "event", event);
}

hub_status hub_ledger_line_end(struct hub_ledger_writer *w)
{
    put_text(w, "}");
    return w->status;
}

/* ---- Checking */

struct scan {
    const uint8_t *at;
    const uint8_t *end;
};

static bool take(struct scan *s, const char *text)
{
    const size_t n = strlen(text);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, text, n) != 0)
        return false;
    s->at += n;
    return true;
}

static bool take_number(struct scan *s)
{
    const uint8_t *const from = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    const size_t n = (size_t)(s->at - from);
    uint64_t value;
    return hub_u64_parse(&value, hub_span_of(from, n), 0, UINT64_MAX) == HUB_OK;
}

/* \" \\ or \u00xx of a control character in lower case: what the writer makes, and nothing else. */
static bool take_escape(struct scan *s)
{
    if (take(s, "\\\"") || take(s, "\\\\"))
        return true;
    if (!take(s, "\\u00") || s->end - s->at < 2 || (s->at[0] != '0' && s->at[0] != '1'))
        return false;
    const uint8_t low = s->at[1];
    if (!(low >= '0' && low <= '9') && !(low >= 'a' && low <= 'f'))
        return false;
    s->at += 2;
    return true;
}

static bool take_string(struct scan *s)
{
    if (!take(s, "\""))
        return false;
    while (s->at < s->end && *s->at != '"') {
        if (*s->at == '\\') {
            if (!take_escape(s))
                return false;
            continue;
        }
        const size_t n = *s->at < 0x20 ? 0 : utf8_len(s->at, (size_t)(s->end - s->at));
        if (n == 0)
            return false;
        s->at += n;
    }
    return take(s, "\"");
}

static bool take_value(struct scan *s)
{
    return s->at < s->end && *s->at == '"' ? take_string(s) : take_number(s);
}

hub_status hub_ledger_line_check(hub_span line, const struct hub_ledger_head *head)
{
    struct scan s = {line.ptr, line.ptr + line.len};
    char prev[HUB_BASE64URL_LEN(HUB_LEDGER_HASH_LEN) + 1];
    char start[128];

    hub_base64url_encode(prev, HUB_SPAN_ARRAY(head->hash));
    (void)snprintf(start, sizeof(start),
                   "{\"seq\":%llu,\"prev\":\"%s\",\"time\":", (unsigned long long)head->length + 1,
                   prev);
    bool good = line.len != 0 && line.len <= HUB_LEDGER_LINE_MAX && take(&s, start) &&
                take_number(&s) && take(&s, ",\"event\":") && take_string(&s);
    while (good && take(&s, ","))
        good = take_string(&s) && take(&s, ":") && take_value(&s);
    return good && take(&s, "}") && s.at == s.end ? HUB_OK : HUB_E_VERIFY;
}
