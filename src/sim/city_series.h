/* A real series that the crowds report: whole numbers at a fixed step, read from a file of data/.
 */
#ifndef SIM_CITY_SERIES_H
#define SIM_CITY_SERIES_H

#include "base/bytes.h"

enum { HUB_CITY_CELLS_MAX = 16, HUB_CITY_WINDOWS_MAX = 100000 };

struct hub_city_series {
    uint64_t start_s; /* POSIX seconds of the first window's start */
    uint64_t step_s;
    size_t n_cells;
    size_t n_windows;
    uint32_t *values; /* n_windows rows of n_cells */
};

/* Reads the text of such a file (data/README.md). HUB_E_DECODE with the line. */
HUB_MUST_USE hub_status hub_city_series_read(struct hub_city_series *out, const char *name,
                                             hub_span text, struct hub_why *why);
void hub_city_series_clear(struct hub_city_series *s);

static inline uint32_t hub_city_value(const struct hub_city_series *s, size_t window, size_t cell)
{
    return s->values[window * s->n_cells + cell];
}

#endif
