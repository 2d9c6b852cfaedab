/* The connection behind the door of series.h; for the files of this room. */
#ifndef SERIES_SERIES_INTERNAL_H
#define SERIES_SERIES_INTERNAL_H

#include "db/query.h"
#include "series/series.h"

enum { HUB_SERIES_KNOWN_MEASURES = 32 };

/* A measure's row number, so that a batch of points asks for it once. */
struct hub_series_known {
    char name[HUB_SERIES_NAME_MAX + 1];
    uint64_t id;
    uint64_t n_cells;
};

struct hub_series {
    struct hub_db *db;
    struct hub_tx tx; /* of a batch or of one consistent read */
    bool has_changed; /* this batch wrote something: the revision moves at its commit */
    struct hub_series_known known[HUB_SERIES_KNOWN_MEASURES];
    size_t n_known;
};

#endif
