/* Reports on their way to the leader: made as they are sent, or all beforehand. */
#ifndef PIPELINE_LOAD_H
#define PIPELINE_LOAD_H

#include "pipeline/place.h"
#include "sim/feed.h"

struct pipeline_load {
    const struct pipeline_place *place;
    size_t n_reports;
    size_t a_request; /* reports of one request */
    size_t n_parcels;
    size_t a_moment; /* parcels that are sent together */
    size_t n_workers;
    struct hub_maker *makers[HUB_FEED_WORKERS_MAX];
    struct hub_parcel *parcels; /* NULL: made as they are sent */
    uint64_t *truth;            /* reports of each bucket, PIPELINE_LENGTH_MAX of them */
    uint64_t body_bytes;        /* of all requests, once they are prepared */
};

HUB_MUST_USE hub_status pipeline_load_init(struct pipeline_load *l,
                                           const struct pipeline_place *place, size_t n_reports,
                                           size_t a_request);
/* Makes all requests now, on all cores. */
HUB_MUST_USE hub_status pipeline_load_prepare(struct pipeline_load *l);
/* Sends all, and returns when every request is answered. HUB_E_REFUSED: a report was not taken. */
HUB_MUST_USE hub_status pipeline_load_send(struct pipeline_load *l, struct hub_why *why);
void pipeline_load_clear(struct pipeline_load *l);

#endif
