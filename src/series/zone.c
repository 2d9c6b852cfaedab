/* Time zones: a sorted list of moments at which the offset changes, read from a TZif file (RFC
 * 9636, version 2 or later: its second block has 64 bit times). The list of Debian's files ends in
 * 2037; the rule in the footer for later years is not read, the last offset holds from there on. */
#include "series/zone.h"

#include "base/file.h"
#include "base/reader.h"

#include <stdlib.h>

enum {
    SECONDS_A_DAY = 86400,
    ZONE_FILE_MAX = 1 << 20,
    ZONE_CHANGES_MAX = 4096,
    ZONE_KINDS_MAX = 256,
    ZONE_NAME_MAX = 64
};

struct zone_change {
    int64_t at;
    int32_t offset_s; /* from at on */
};

struct hub_zone {
    int32_t first_offset_s; /* before the first change */
    size_t n;
    struct zone_change changes[];
};

/* ---- reading ---- */

/* The counts in a block's header, in the order of the file. */
struct zone_header {
    uint32_t n_utc_marks;
    uint32_t n_standard_marks;
    uint32_t n_leaps;
    uint32_t n_changes;
    uint32_t n_kinds;
    uint32_t n_name_bytes;
};

static void read_header(struct hub_reader *r, struct zone_header *out)
{
    static const uint8_t magic[4] = {'T', 'Z', 'i', 'f'};
    hub_span got = hub_read_span(r, sizeof(magic));

    if (!hub_span_equal_var(got, HUB_SPAN_ARRAY(magic)) || hub_read_u8(r) < '2')
        hub_reader_fail(r);
    (void)hub_read_span(r, 15);
    out->n_utc_marks = hub_read_u32(r);
    out->n_standard_marks = hub_read_u32(r);
    out->n_leaps = hub_read_u32(r);
    out->n_changes = hub_read_u32(r);
    out->n_kinds = hub_read_u32(r);
    out->n_name_bytes = hub_read_u32(r);
    if (out->n_changes > ZONE_CHANGES_MAX || out->n_kinds == 0 || out->n_kinds > ZONE_KINDS_MAX ||
        out->n_name_bytes > ZONE_FILE_MAX || out->n_leaps > ZONE_CHANGES_MAX ||
        out->n_utc_marks > ZONE_KINDS_MAX || out->n_standard_marks > ZONE_KINDS_MAX)
        hub_reader_fail(r);
}

/* Offsets lie within a day of UTC; anything else is no time zone. */
static int32_t read_offset(struct hub_reader *r)
{
    int32_t offset = (int32_t)hub_read_u32(r);

    (void)hub_read_u8(r); /* daylight saving or not: the offset says all */
    (void)hub_read_u8(r); /* its abbreviation */
    if (offset <= -SECONDS_A_DAY || offset >= SECONDS_A_DAY)
        hub_reader_fail(r);
    return offset;
}

static hub_status read_block(struct hub_zone **out, struct hub_reader *r)
{
    struct zone_header h = {0};
    int32_t offsets[ZONE_KINDS_MAX] = {0};

    read_header(r, &h);
    hub_span times = hub_read_span(r, (size_t)h.n_changes * 8);
    hub_span kinds = hub_read_span(r, h.n_changes);
    for (uint32_t i = 0; i < h.n_kinds && !r->failed; i++)
        offsets[i] = read_offset(r);
    if (r->failed)
        return HUB_E_DECODE;

    struct hub_zone *z = calloc(1, sizeof(*z) + h.n_changes * sizeof(z->changes[0]));
    if (z == NULL)
        return HUB_E_MEMORY;
    z->first_offset_s = offsets[0];
    struct hub_reader at = hub_reader(times);
    for (size_t i = 0; i < h.n_changes; i++) {
        z->changes[i].at = (int64_t)hub_read_u64(&at);
        if (kinds.ptr[i] >= h.n_kinds || (i > 0 && z->changes[i].at <= z->changes[i - 1].at)) {
            hub_zone_free(z);
            return HUB_E_DECODE;
        }
        z->changes[i].offset_s = offsets[kinds.ptr[i]];
    }
    z->n = h.n_changes;
    *out = z;
    return HUB_OK;
}

hub_status hub_zone_decode(struct hub_zone **out, hub_span file)
{
    struct hub_reader r = hub_reader(file);
    struct zone_header old = {0};

    /* The first block has 32 bit times, for readers of before 2000's; only its length matters. */
    read_header(&r, &old);
    (void)hub_read_span(&r, (size_t)old.n_changes * 5 + (size_t)old.n_kinds * 6 + old.n_name_bytes +
                                (size_t)old.n_leaps * 8 + old.n_standard_marks + old.n_utc_marks);
    if (r.failed)
        return HUB_E_DECODE;
    return read_block(out, &r);
}

/* Letters, digits, "_", "-", "+" and "/" between them: a name can't leave the folder. */
static bool is_zone_name(const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n > ZONE_NAME_MAX || name[0] == '/' || name[n - 1] == '/')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/") == n;
}

hub_status hub_zone_open(struct hub_zone **out, const char *name, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf file = HUB_BUF_INIT(ZONE_FILE_MAX);
    char path[ZONE_NAME_MAX + 32] = "/usr/share/zoneinfo/";

    if (strcmp(name, "UTC") == 0) {
        *out = calloc(1, sizeof(**out));
        return *out == NULL ? HUB_E_MEMORY : HUB_OK;
    }
    if (!is_zone_name(name))
        return hub_why(why, HUB_E_NOT_FOUND, "\"%.64s\" is no name of a time zone", name);
    memcpy(path + strlen(path), name, strlen(name) + 1);
    hub_status status = hub_file_read(&file, path, NULL);
    if (status != HUB_OK)
        return hub_why(why, HUB_E_NOT_FOUND,
                       "this system knows no time zone \"%s\"; install the package tzdata", name);
    if (hub_zone_decode(out, hub_buf_span(&file)) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "%s is no time zone file", path);
    return HUB_OK;
}

void hub_zone_free(struct hub_zone *z)
{
    free(z);
}

/* ---- the calendar ---- */

int64_t hub_days_from_date(int64_t year, unsigned month, unsigned day)
{
    /* Years that begin in March put the leap day last; 400 of them have 146,097 days. */
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468; /* 719,468 days from 0000-03-01 to 1970-01-01 */
}

void hub_date_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;

    *day = (unsigned)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *month = (unsigned)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

/* ---- local time ---- */

int32_t hub_zone_offset(const struct hub_zone *z, uint64_t at)
{
    size_t low = 0;
    size_t high = z->n;

    /* The number of changes at or before that moment. */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->changes[middle].at <= (int64_t)at)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? z->first_offset_s : z->changes[low - 1].offset_s;
}

static int64_t local_day(const struct hub_zone *z, uint64_t at)
{
    return floor_div((int64_t)at + hub_zone_offset(z, at), SECONDS_A_DAY);
}

/* The offset before a change and the one after it differ by hours at most, so the two candidates
 * are the only ones. The earliest moment whose local day is this one is its start. */
static uint64_t midnight_of_day(const struct hub_zone *z, int64_t day)
{
    int64_t local = day * SECONDS_A_DAY;
    int64_t before = local - hub_zone_offset(z, (uint64_t)(local - SECONDS_A_DAY));
    int64_t after = local - hub_zone_offset(z, (uint64_t)(local + SECONDS_A_DAY));
    int64_t early = before < after ? before : after;
    int64_t late = before < after ? after : before;

    return (uint64_t)(local_day(z, (uint64_t)early) == day ? early : late);
}

uint64_t hub_zone_day_start(const struct hub_zone *z, uint64_t at)
{
    return midnight_of_day(z, local_day(z, at));
}

uint64_t hub_zone_day_next(const struct hub_zone *z, uint64_t at)
{
    return midnight_of_day(z, local_day(z, at) + 1);
}

/* 1970-01-01 was a Thursday, three days after a Monday. */
static int64_t monday_of(int64_t day)
{
    return day - ((day + 3) % 7 + 7) % 7;
}

uint64_t hub_zone_week_start(const struct hub_zone *z, uint64_t at)
{
    return midnight_of_day(z, monday_of(local_day(z, at)));
}

uint64_t hub_zone_week_next(const struct hub_zone *z, uint64_t at)
{
    return midnight_of_day(z, monday_of(local_day(z, at)) + 7);
}

uint64_t hub_zone_month_start(const struct hub_zone *z, uint64_t at)
{
    struct hub_local_time t = hub_zone_local(z, at);

    return hub_zone_midnight(z, t.year, t.month, 1);
}

uint64_t hub_zone_month_next(const struct hub_zone *z, uint64_t at)
{
    struct hub_local_time t = hub_zone_local(z, at);

    return hub_zone_midnight(z, t.year, (int64_t)t.month + 1, 1);
}

struct hub_local_time hub_zone_local(const struct hub_zone *z, uint64_t at)
{
    int64_t local = (int64_t)at + hub_zone_offset(z, at);
    int64_t day = floor_div(local, SECONDS_A_DAY);
    unsigned second = (unsigned)(local - day * SECONDS_A_DAY);
    struct hub_local_time t = {.weekday = (unsigned)(((day + 3) % 7 + 7) % 7),
                               .hour = second / 3600,
                               .minute = second / 60 % 60,
                               .second = second % 60};

    hub_date_from_days(day, &t.year, &t.month, &t.day);
    return t;
}

uint64_t hub_zone_midnight(const struct hub_zone *z, int64_t year, int64_t month, int64_t day)
{
    int64_t months = year * 12 + month - 1;
    int64_t y = floor_div(months, 12);
    unsigned m = (unsigned)(months - y * 12 + 1);

    return midnight_of_day(z, hub_days_from_date(y, m, 1) + day - 1);
}
