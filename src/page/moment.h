/* Dates and spans of time in words, in a measure's time zone. All write a NUL-terminated text of
 * less than HUB_MOMENT_MAX. */
#ifndef PAGE_MOMENT_H
#define PAGE_MOMENT_H

#include "series/slots.h"

enum { HUB_MOMENT_MAX = 96 };

const char *hub_month_name(unsigned month);      /* "January" */
const char *hub_month_short(unsigned month);     /* "Jan" */
const char *hub_weekday_name(unsigned weekday);  /* "Monday" */
const char *hub_weekday_short(unsigned weekday); /* "Mon" */

/* "Sat 1 Nov 2014" */
void hub_moment_day(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t at);
/* "Sat 1 Nov 2014, 23:30"; without the time at midnight. */
void hub_moment_minute(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t at);
/* An end, as people say it: "the end of Sat 1 Nov 2014" for the midnight after it. */
void hub_moment_until(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t at);
/* A slot as a reader calls it: "Sat 1 Nov 2014, 23:00 to 23:30", "Sat 1 Nov 2014", "week of 3 Nov
 * 2014", "November 2014", "3 Nov to 9 Nov 2014". Days are inside at both ends. */
void hub_moment_span(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t start,
                     uint64_t end);
/* "2014-11-01" at a local midnight, else "2014-11-01T23:30": for addresses and date fields. */
void hub_moment_address(char out[HUB_MOMENT_MAX], const struct hub_zone *z, uint64_t at);
/* Reads what hub_moment_address writes. HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_moment_parse(uint64_t *out, const struct hub_zone *z, const char *text);
/* "2014-11-01T23:30:00Z", UTC: for exports. */
void hub_moment_iso(char out[HUB_MOMENT_MAX], uint64_t at);
/* "half hour", "hour", "day", "week", "4 hours": a window's length. */
void hub_length_words(char out[HUB_MOMENT_MAX], uint64_t length_s);

#endif
