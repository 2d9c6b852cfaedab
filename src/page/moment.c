/* Time as people say it. */
#include "page/moment.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const months[12] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
static const char *const months_short[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const weekdays[7] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday"};
static const char *const weekdays_short[7] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

const char *hub_month_name(unsigned month)
{
    return months[(month + 11) % 12];
}

const char *hub_month_short(unsigned month)
{
    return months_short[(month + 11) % 12];
}

const char *hub_weekday_name(unsigned weekday)
{
    return weekdays[weekday % 7];
}

const char *hub_weekday_short(unsigned weekday)
{
    return weekdays_short[weekday % 7];
}

static bool is_midnight(const struct hub_local_time *t)
{
    return t->hour == 0 && t->minute == 0 && t->second == 0;
}

void hub_moment_day(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t at)
{
    struct hub_local_time t = hub_zone_local(z, at);

    (void)snprintf(out, HUB_MOMENT_MAX, "%s %u %s %" PRId64, hub_weekday_short(t.weekday), t.day,
                   hub_month_short(t.month), t.year);
}

void hub_moment_minute(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t at)
{
    struct hub_local_time t = hub_zone_local(z, at);

    hub_moment_day(out, z, at);
    if (!is_midnight(&t)) {
        size_t n = strlen(out);
        (void)snprintf(out + n, HUB_MOMENT_MAX - n, ", %02u:%02u", t.hour, t.minute);
    }
}

void hub_moment_until(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t at)
{
    struct hub_local_time t = hub_zone_local(z, at);
    char day[HUB_MOMENT_MAX];

    if (!is_midnight(&t) || at == 0) {
        hub_moment_minute(out, z, at);
        return;
    }
    hub_moment_day(day, z, at - 1);
    (void)snprintf(out, HUB_MOMENT_MAX, "the end of %.80s", day);
}

/* Several whole days, both ends inside. */
static void days_span(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t start,
                      uint64_t end)
{
    struct hub_local_time a = hub_zone_local(z, start);
    struct hub_local_time b = hub_zone_local(z, end - 1);

    if (a.year != b.year)
        (void)snprintf(out, HUB_MOMENT_MAX, "%u %s %" PRId64 " to %u %s %" PRId64, a.day,
                       hub_month_short(a.month), a.year, b.day, hub_month_short(b.month), b.year);
    else if (a.month != b.month)
        (void)snprintf(out, HUB_MOMENT_MAX, "%u %s to %u %s %" PRId64, a.day,
                       hub_month_short(a.month), b.day, hub_month_short(b.month), b.year);
    else
        (void)snprintf(out, HUB_MOMENT_MAX, "%u to %u %s %" PRId64, a.day, b.day,
                       hub_month_short(a.month), a.year);
}

void hub_moment_span(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t start,
                     uint64_t end)
{
    struct hub_local_time a = hub_zone_local(z, start);
    struct hub_local_time b = hub_zone_local(z, end);

    if (is_midnight(&a) && end == hub_zone_month_next(z, start) && a.day == 1) {
        (void)snprintf(out, HUB_MOMENT_MAX, "%s %" PRId64, hub_month_name(a.month), a.year);
    } else if (is_midnight(&a) && is_midnight(&b)) {
        if (end == hub_zone_day_next(z, start))
            hub_moment_day(out, z, start);
        else
            days_span(out, z, start, end);
    } else if (end <= hub_zone_day_next(z, start)) {
        hub_moment_day(out, z, start);
        size_t n = strlen(out);
        (void)snprintf(out + n, HUB_MOMENT_MAX - n, ", %02u:%02u to %02u:%02u", a.hour, a.minute,
                       is_midnight(&b) ? 24 : b.hour, b.minute);
    } else {
        char until[HUB_MOMENT_MAX];
        hub_moment_minute(out, z, start);
        hub_moment_minute(until, z, end);
        size_t n = strlen(out);
        (void)snprintf(out + n, HUB_MOMENT_MAX - n, " to %s", until);
    }
}

void hub_moment_address(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t at)
{
    struct hub_local_time t = hub_zone_local(z, at);
    int n = snprintf(out, HUB_MOMENT_MAX, "%04" PRId64 "-%02u-%02u", t.year, t.month, t.day);

    if (!is_midnight(&t) && n > 0 && n < HUB_MOMENT_MAX)
        (void)snprintf(out + n, HUB_MOMENT_MAX - (size_t)n, "T%02u:%02u", t.hour, t.minute);
}

/* n decimal digits at p; -1 if they are none. */
static int digits(const char *p, unsigned n)
{
    int value = 0;

    for (unsigned i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        value = value * 10 + (p[i] - '0');
    }
    return value;
}

hub_status hub_moment_parse(uint64_t *out, const struct hub_zone *z, const char *text)
{
    size_t n = strlen(text);

    if ((n != 10 && n != 16) || text[4] != '-' || text[7] != '-')
        return HUB_E_DECODE;
    int year = digits(text, 4);
    int month = digits(text + 5, 2);
    int day = digits(text + 8, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return HUB_E_DECODE;
    uint64_t at = hub_zone_midnight(z, year, month, day);
    if (n == 16) {
        int hour = digits(text + 11, 2);
        int minute = digits(text + 14, 2);
        if (text[10] != 'T' || text[13] != ':' || hour < 0 || hour > 24 || minute < 0 ||
            minute > 59)
            return HUB_E_DECODE;
        /* On a day on which the clock changes the offset of noon would be wrong: walk by it. */
        int64_t wanted = (int64_t)at + INT64_C(3600) * hour + INT64_C(60) * minute;
        int64_t shift = hub_zone_offset(z, at) - hub_zone_offset(z, (uint64_t)wanted);
        at = (uint64_t)(wanted + shift);
    }
    if (at > (uint64_t)INT64_MAX)
        return HUB_E_DECODE;
    *out = at;
    return HUB_OK;
}

void hub_moment_iso(char out[HUB_MOMENT_MAX], uint64_t at)
{
    int64_t year;
    unsigned month;
    unsigned day;
    unsigned second = (unsigned)(at % 86400);

    hub_date_from_days((int64_t)(at / 86400), &year, &month, &day);
    (void)snprintf(out, HUB_MOMENT_MAX, "%04" PRId64 "-%02u-%02uT%02u:%02u:%02uZ", year, month, day,
                   second / 3600, second / 60 % 60, second % 60);
}

void hub_length_words(char out[HUB_MOMENT_MAX], uint64_t length_s)
{
    static const struct {
        uint64_t length_s;
        const char *words;
    } known[] = {{900, "quarter of an hour"},
                 {1800, "half hour"},
                 {3600, "hour"},
                 {86400, "day"},
                 {604800, "week"}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].length_s == length_s) {
            (void)snprintf(out, HUB_MOMENT_MAX, "%s", known[i].words);
            return;
        }
    }
    if (length_s % 86400 == 0)
        (void)snprintf(out, HUB_MOMENT_MAX, "%" PRIu64 " days", length_s / 86400);
    else if (length_s % 3600 == 0)
        (void)snprintf(out, HUB_MOMENT_MAX, "%" PRIu64 " hours", length_s / 3600);
    else if (length_s % 60 == 0)
        (void)snprintf(out, HUB_MOMENT_MAX, "%" PRIu64 " minutes", length_s / 60);
    else
        (void)snprintf(out, HUB_MOMENT_MAX, "%" PRIu64 " seconds", length_s);
}
