/* The batch of a query (DAP-18, "Obtaining Aggregate Shares"): its buckets merged, its aggregate
 * share sealed to the collector. */
#ifndef AGGREGATOR_TOTAL_H
#define AGGREGATOR_TOTAL_H

#include "aggregator/bucket.h"
#include "wire/collection.h"
#include "wire/problem.h"

struct hub_total {
    uint64_t n_reports;
    uint8_t checksum[32];
    size_t n_services;               /* distinct services whose reports are in it */
    struct hub_time_interval filled; /* smallest that has all reports; duration 0: there are none */
    size_t n_unopened;               /* windows without an accumulator: open them first */
    bool is_collected;               /* a window was released before */
    bool is_burnt;                   /* a window was burnt after a restore */
    uint8_t *share;                  /* encoded aggregate share, in the worker's arena */
};

/* Sums the buckets as the last commit left them. */
HUB_MUST_USE hub_status hub_total_sum(struct hub_worker *worker, const struct hub_party_task *task,
                                      struct hub_time_interval windows, struct hub_total *out);
/* Opens the buckets of the windows that have none, each with its own noise, durably. HUB_E_BUSY:
 * the pool has too little noise now. */
HUB_MUST_USE hub_status hub_total_open_missing(struct hub_worker *worker,
                                               const struct hub_party_task *task,
                                               struct hub_time_interval windows);
/* Seals the share for this CollectionJobReq. out's spans live in the worker's arena. */
HUB_MUST_USE hub_status hub_total_seal(struct hub_worker *worker, const struct hub_party_task *task,
                                       const struct hub_total *total, hub_span collection_job_req,
                                       struct hub_ciphertext *out);

enum hub_query_fault {
    HUB_QUERY_FAULT_NONE,
    HUB_QUERY_FAULT_MODE,        /* invalidMessage */
    HUB_QUERY_FAULT_AGG_PARAM,   /* invalidAggregationParameter */
    HUB_QUERY_FAULT_UNSORTED,    /* invalidExtension */
    HUB_QUERY_FAULT_UNSUPPORTED, /* unsupportedExtension */
    HUB_QUERY_FAULT_INTERVAL     /* batchInvalid */
};
/* What both aggregators ask of a CollectionJobReq before they look at a batch. detail: a sentence
 * for the problem. */
enum hub_query_fault hub_collection_req_check(const struct hub_party_task *task,
                                              const struct hub_collection_job_req *req,
                                              uint64_t now_s, const char **detail);
enum hub_problem_type hub_query_fault_problem(enum hub_query_fault fault);
/* Whether so many reports, from so many services, may be released; it does not tell how far it is
 * from that. */
bool hub_total_is_enough(const struct hub_party_task *task, const struct hub_total *total);

#endif
