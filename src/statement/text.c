/* UTF-8 and what else makes a text canonical. */
#include "statement/text_internal.h"

#include "statement/nfc_internal.h"

/* One code point from the front (RFC 3629: shortest form, no surrogates); its length, or 0. */
static size_t decode(uint32_t *code, hub_span s)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t lead = s.ptr[0];
    const size_t len = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    if (len == 0 || lead >= 0xF8 || len > s.len)
        return 0;
    uint32_t value = len == 1 ? lead : lead & (0x7FU >> len);

    for (size_t i = 1; i < len; i++) {
        if ((s.ptr[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (s.ptr[i] & 0x3F);
    }
    if (value < least[len] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code = value;
    return len;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

const char *hub_text_fault(hub_span text)
{
    uint32_t codes[HUB_STATEMENT_TEXT_MAX];
    size_t n = 0;

    if (text.len == 0)
        return "the value is missing";
    if (text.len > HUB_STATEMENT_TEXT_MAX)
        return "the value is longer than 500 octets";
    if (text.ptr[0] == ' ')
        return "one space too many before the value";
    if (text.ptr[text.len - 1] == ' ')
        return "a space at the end";
    for (size_t at = 0; at < text.len;) {
        const size_t len = decode(&codes[n], hub_span_slice(text, at, text.len - at));

        if (len == 0)
            return "the text is not UTF-8";
        if (is_control(codes[n]))
            return "a control character";
        at += len;
        n++;
    }
    return hub_nfc_is_normal(codes, n) ? NULL : "the text is not in Unicode's form NFC";
}

bool hub_text_is_name(hub_span text)
{
    if (text.len == 0 || text.len > HUB_STATEMENT_NAME_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return true;
}

static bool starts_with(hub_span text, const char *prefix)
{
    const size_t len = strlen(prefix);

    return text.len > len && memcmp(text.ptr, prefix, len) == 0;
}

bool hub_text_is_url(hub_span text)
{
    if (!starts_with(text, "https://") && !starts_with(text, "http://"))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7F)
            return false;
    }
    return true;
}
