/* Moments as people type and read them: UTC, or seconds since 1970. */
#ifndef UTC_TIME_H
#define UTC_TIME_H

#include "base/bytes.h"

enum { UTC_TEXT = 24 };

/* POSIX seconds; or YYYY-MM-DD, which may go on with T or a space and HH:MM or HH:MM:SS; a Z may
 * end it. Up to the end of 9999. */
bool utc_parse(uint64_t *out, hub_span text);
/* "2026-03-02T08:30:00Z"; s is before the year 10000. */
void utc_format(char out[UTC_TEXT], uint64_t s);

#endif
