/* Response headers with numbers and dates in them. */
#include "http/header.h"

#include "base/text.h"

#include <strings.h>
#include <time.h>

hub_status hub_http_date_parse(uint64_t *seconds, const char *value)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    /* "Sun, 06 Nov 1994 08:49:37 GMT": the places of what is read; all else stands as it is here */
    static const char form[] = "???, 00 ??? 0000 00:00:00 GMT";
    struct tm tm = {0};
    char month[4] = {0};

    if (strlen(value) != sizeof(form) - 1)
        return HUB_E_DECODE;
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        const bool is_digit = value[i] >= '0' && value[i] <= '9';

        if (form[i] == '0' ? !is_digit : form[i] != '?' && form[i] != value[i])
            return HUB_E_DECODE;
    }
    memcpy(month, value + 8, 3);
    const char *const at = strstr(months, month);
    if (at == NULL || (at - months) % 3 != 0)
        return HUB_E_DECODE;
    tm.tm_mon = (int)(at - months) / 3;
    tm.tm_mday = (value[5] - '0') * 10 + value[6] - '0';
    tm.tm_year = (value[12] - '0') * 1000 + (value[13] - '0') * 100 + (value[14] - '0') * 10 +
                 value[15] - '0' - 1900;
    tm.tm_hour = (value[17] - '0') * 10 + value[18] - '0';
    tm.tm_min = (value[20] - '0') * 10 + value[21] - '0';
    tm.tm_sec = (value[23] - '0') * 10 + value[24] - '0';
    if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
        return HUB_E_DECODE;
    const time_t t = timegm(&tm);
    if (t < 0)
        return HUB_E_DECODE;
    *seconds = (uint64_t)t;
    return HUB_OK;
}

hub_status hub_retry_after_parse(uint32_t *seconds, const char *value, uint64_t date_s)
{
    uint64_t n = 0;

    if (hub_u64_parse(&n, hub_span_text(value), 0, UINT64_MAX) != HUB_OK) {
        if (date_s == 0)
            return HUB_E_DECODE;
        HUB_TRY(hub_http_date_parse(&n, value));
        n = n > date_s ? n - date_s : 0;
    }
    *seconds = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    return HUB_OK;
}

/* True if the directive, which ends at n, is called name. */
static bool is_called(const char *directive, size_t n, const char *name)
{
    return n == strlen(name) && strncasecmp(directive, name, n) == 0;
}

hub_status hub_max_age_parse(uint32_t *seconds, const char *value)
{
    bool has_age = false;
    uint64_t age = 0;

    while (*value != '\0') {
        value += strspn(value, " \t,");
        const size_t n = strcspn(value, " \t,=");

        if (is_called(value, n, "no-store") || is_called(value, n, "no-cache")) {
            *seconds = 0;
            return HUB_OK;
        }
        if (is_called(value, n, "max-age") && value[n] == '=') {
            const char *number = value + n + 1;
            number += *number == '"' ? 1 : 0;
            has_age = hub_u64_parse(&age, hub_span_of(number, strspn(number, "0123456789")), 0,
                                    UINT64_MAX) == HUB_OK;
        }
        value += strcspn(value, ",");
    }
    if (!has_age)
        return HUB_E_NOT_FOUND;
    *seconds = age > UINT32_MAX ? UINT32_MAX : (uint32_t)age;
    return HUB_OK;
}
