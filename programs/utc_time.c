/* Times in UTC. */
#include "utc_time.h"

#include "base/text.h"
#include "statement/date.h"

#include <stdio.h>

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

static bool two_digits(uint64_t *out, hub_span s, size_t at, uint64_t max)
{
    if (s.len < at + 2 || s.ptr[at] < '0' || s.ptr[at] > '9' || s.ptr[at + 1] < '0' ||
        s.ptr[at + 1] > '9')
        return false;
    *out = (uint64_t)(s.ptr[at] - '0') * 10 + (uint64_t)(s.ptr[at + 1] - '0');
    return *out <= max;
}

/* THH:MM or THH:MM:SS, with a space for the T; or nothing. */
static bool parse_clock(uint64_t *out, hub_span s)
{
    uint64_t h;
    uint64_t m;
    uint64_t sec = 0;

    *out = 0;
    if (s.len == 0)
        return true;
    if ((s.len != 6 && s.len != 9) || (s.ptr[0] != 'T' && s.ptr[0] != ' ') ||
        !two_digits(&h, s, 1, 23) || s.ptr[3] != ':' || !two_digits(&m, s, 4, 59))
        return false;
    if (s.len == 9 && (s.ptr[6] != ':' || !two_digits(&sec, s, 7, 59)))
        return false;
    *out = h * HOUR_S + m * MINUTE_S + sec;
    return true;
}

bool utc_parse(uint64_t *out, hub_span text)
{
    static const uint64_t latest = 253402300799; /* the end of 9999 */
    uint32_t day;
    uint64_t clock_s;

    if (hub_u64_parse(out, text, 0, latest) == HUB_OK)
        return true;
    if (text.len != 0 && text.ptr[text.len - 1] == 'Z')
        text.len--;
    if (text.len < HUB_DATE_LEN ||
        hub_date_parse(&day, hub_span_slice(text, 0, HUB_DATE_LEN)) != HUB_OK ||
        !parse_clock(&clock_s, hub_span_slice(text, HUB_DATE_LEN, text.len - HUB_DATE_LEN)))
        return false;
    *out = (uint64_t)day * DAY_S + clock_s;
    return true;
}

void utc_format(char out[UTC_TEXT], uint64_t s)
{
    char day[HUB_DATE_LEN + 1];
    const unsigned rest = (unsigned)(s % DAY_S);

    hub_date_format(day, (uint32_t)(s / DAY_S));
    (void)snprintf(out, UTC_TEXT, "%sT%02u:%02u:%02uZ", day, rest / HOUR_S,
                   rest % HOUR_S / MINUTE_S, rest % MINUTE_S);
}
