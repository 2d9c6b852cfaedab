/* Days of the Gregorian calendar, counted from 1970-01-01. */
#ifndef STATEMENT_DATE_H
#define STATEMENT_DATE_H

#include "base/bytes.h"

enum { HUB_DATE_LEN = 10 };

/* "YYYY-MM-DD", from 1970 to 9999. HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_date_parse(uint32_t *day, hub_span text);
/* Writes ten characters and a NUL; day before the year 10000. */
void hub_date_format(char out[HUB_DATE_LEN + 1], uint32_t day);

#endif
