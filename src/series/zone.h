/* Local days of a measure's time zone, from the system's time zone files (RFC 9636). A local day is
 * the sum of its windows: 23 or 25 hours when the clock changes. No process-wide time zone is
 * touched, so that measures of several zones stand on one page. */
#ifndef SERIES_ZONE_H
#define SERIES_ZONE_H

#include "base/bytes.h"

struct hub_zone; /* const after opening */

/* name is an IANA name; "UTC" needs no file. HUB_E_NOT_FOUND for a name that the system does not
 * know, HUB_E_DECODE for a file that is none. */
HUB_MUST_USE hub_status hub_zone_open(struct hub_zone **out, const char *name, struct hub_why *why);
void hub_zone_free(struct hub_zone *z); /* takes NULL */
static inline void hub_zone_free_at(struct hub_zone **z)
{
    hub_zone_free(*z);
}

/* Reads a time zone file's bytes; for hub_zone_open and the tests. */
HUB_MUST_USE hub_status hub_zone_decode(struct hub_zone **out, hub_span file);

/* Seconds east of UTC at that moment. */
int32_t hub_zone_offset(const struct hub_zone *z, uint64_t at);

/* Start of the local day, week (Monday), month that holds the moment; and of the one after it. */
uint64_t hub_zone_day_start(const struct hub_zone *z, uint64_t at);
uint64_t hub_zone_day_next(const struct hub_zone *z, uint64_t at);
uint64_t hub_zone_week_start(const struct hub_zone *z, uint64_t at);
uint64_t hub_zone_week_next(const struct hub_zone *z, uint64_t at);
uint64_t hub_zone_month_start(const struct hub_zone *z, uint64_t at);
uint64_t hub_zone_month_next(const struct hub_zone *z, uint64_t at);

struct hub_local_time {
    int64_t year;
    unsigned month;   /* 1..12 */
    unsigned day;     /* 1..31 */
    unsigned weekday; /* 0 = Monday */
    unsigned hour;
    unsigned minute;
    unsigned second;
};

struct hub_local_time hub_zone_local(const struct hub_zone *z, uint64_t at);
/* The moment at which the zone's clocks show that day's 00:00 (or the first moment of a day that
 * has none). Months and days beyond their range carry over. */
uint64_t hub_zone_midnight(const struct hub_zone *z, int64_t year, int64_t month, int64_t day);

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. */
int64_t hub_days_from_date(int64_t year, unsigned month, unsigned day);
void hub_date_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif
