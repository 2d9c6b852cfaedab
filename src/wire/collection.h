/* Messages of collection jobs and aggregate shares (DAP-18 sections 4.6.1, 4.6.4, 4.6.7, 5). */
#ifndef WIRE_COLLECTION_H
#define WIRE_COLLECTION_H

#include "wire/types.h"

/* Query and BatchSelector: the mode, and what its config holds. */
struct hub_collection_query {
    enum hub_batch_mode mode;
    struct hub_time_interval interval; /* time interval; may be invalid, which is batchInvalid */
};

struct hub_batch_selector {
    enum hub_batch_mode mode;
    struct hub_time_interval interval;  /* time interval */
    uint8_t batch_id[HUB_BATCH_ID_LEN]; /* leader selected */
};

struct hub_collection_query hub_read_query(struct hub_reader *r);
void hub_write_query(struct hub_writer *w, const struct hub_collection_query *q);
struct hub_batch_selector hub_read_batch_selector(struct hub_reader *r);
void hub_write_batch_selector(struct hub_writer *w, const struct hub_batch_selector *s);
/* One of them and nothing else. */
HUB_MUST_USE hub_status hub_query_decode(struct hub_collection_query *out, hub_span bytes);
HUB_MUST_USE hub_status hub_query_encode(struct hub_buf *out, const struct hub_collection_query *q);
HUB_MUST_USE hub_status hub_batch_selector_decode(struct hub_batch_selector *out, hub_span bytes);
HUB_MUST_USE hub_status hub_batch_selector_encode(struct hub_buf *out,
                                                  const struct hub_batch_selector *s);

struct hub_collection_job_req {
    struct hub_collection_query query;
    hub_span agg_param;
    hub_span extensions; /* well-formed; order and support are asked in wire/extension.h */
    hub_span encoded;    /* set by decoding: part of the AAD of aggregate shares */
};
HUB_MUST_USE hub_status hub_collection_job_req_decode(struct hub_collection_job_req *out,
                                                      hub_span body);
HUB_MUST_USE hub_status hub_collection_job_req_encode(struct hub_buf *out,
                                                      const struct hub_collection_job_req *req);

struct hub_collection_job_resp {
    uint64_t report_count;
    struct hub_time_interval interval;
    struct hub_ciphertext leader_share; /* leader_encrypted_agg_share */
    struct hub_ciphertext helper_share;
};
HUB_MUST_USE hub_status hub_collection_job_resp_decode(struct hub_collection_job_resp *out,
                                                       hub_span body);
HUB_MUST_USE hub_status hub_collection_job_resp_encode(struct hub_buf *out,
                                                       const struct hub_collection_job_resp *resp);

struct hub_aggregate_share_req {
    struct hub_collection_job_req collection_job_req;
    struct hub_batch_selector batch_selector;
    uint64_t report_count;
    uint8_t checksum[HUB_CHECKSUM_LEN];
};
HUB_MUST_USE hub_status hub_aggregate_share_req_decode(struct hub_aggregate_share_req *out,
                                                       hub_span body);
HUB_MUST_USE hub_status hub_aggregate_share_req_encode(struct hub_buf *out,
                                                       const struct hub_aggregate_share_req *req);

/* AggregateShare is one ciphertext. */
HUB_MUST_USE hub_status hub_aggregate_share_decode(struct hub_ciphertext *out, hub_span body);
HUB_MUST_USE hub_status hub_aggregate_share_encode(struct hub_buf *out,
                                                   const struct hub_ciphertext *share);

/* AggregateShareAad. task_configuration and collection_job_req are encoded. Appends. */
HUB_MUST_USE hub_status hub_aggregate_share_aad_encode(struct hub_buf *out,
                                                       const struct hub_task_id *task,
                                                       hub_span task_configuration,
                                                       hub_span collection_job_req);

#endif
