/* The proleptic Gregorian calendar in days, by eras of 400 years that begin in March. */
#include "statement/date.h"

#include "base/text.h"

#include <stdio.h>

enum { ERA_DAYS = 146097, DAYS_BEFORE_1970 = 719468 };

static uint32_t days_from_civil(uint32_t year, uint32_t month, uint32_t day)
{
    const uint32_t y = month <= 2 ? year - 1 : year;
    const uint32_t of_era = y % 400;
    const uint32_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return y / 400 * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           DAYS_BEFORE_1970;
}

void hub_date_format(char out[HUB_DATE_LEN + 1], uint32_t day)
{
    const uint32_t days = day + DAYS_BEFORE_1970;
    const uint32_t of_era = days % ERA_DAYS;
    const uint32_t year_of_era =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365;
    const uint32_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint32_t shifted = (5 * of_year + 2) / 153;
    const uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    const uint32_t year = year_of_era + days / ERA_DAYS * 400 + (month <= 2);
    char text[48];

    (void)snprintf(text, sizeof(text), "%04u-%02u-%02u", year, month,
                   of_year - (153 * shifted + 2) / 5 + 1);
    memcpy(out, text, HUB_DATE_LEN);
    out[HUB_DATE_LEN] = '\0';
}

static uint32_t digits(hub_span text, size_t at, size_t n)
{
    uint32_t value = 0;

    for (size_t i = at; i < at + n; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0; /* no year, month or day that is taken */
        value = 10 * value + (text.ptr[i] - (uint32_t)'0');
    }
    return value;
}

hub_status hub_date_parse(uint32_t *day, hub_span text)
{
    char back[HUB_DATE_LEN + 1];

    if (text.len != HUB_DATE_LEN || text.ptr[4] != '-' || text.ptr[7] != '-')
        return HUB_E_DECODE;
    const uint32_t year = digits(text, 0, 4);
    const uint32_t month = digits(text, 5, 2);
    const uint32_t day_of_month = digits(text, 8, 2);

    if (year < 1970 || month < 1 || month > 12 || day_of_month < 1)
        return HUB_E_DECODE;
    const uint32_t days = days_from_civil(year, month, day_of_month);

    hub_date_format(back, days); /* 02-30 comes back as another day */
    if (memcmp(back, text.ptr, HUB_DATE_LEN) != 0)
        return HUB_E_DECODE;
    *day = days;
    return HUB_OK;
}
