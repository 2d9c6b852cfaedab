/* Messages of aggregation jobs (DAP-18 sections 4.5.1, 4.5.3, 4.5.4). */
#ifndef WIRE_AGGREGATION_JOB_H
#define WIRE_AGGREGATION_JOB_H

#include "wire/report.h"

/* VerifyInit with the ReportShare in it. */
struct hub_verify_init {
    struct hub_report_metadata metadata;
    hub_span public_share;
    struct hub_ciphertext encrypted_input_share; /* the helper's */
    hub_span payload;                            /* the leader's ping-pong message */
    hub_span aad_part; /* set by reading: metadata and public share as encoded, the AAD's end */
};

struct hub_aggregation_job_init_req {
    uint8_t verification_key_id;
    hub_span agg_param;
    hub_span extensions;   /* well-formed; order and support are asked in wire/extension.h */
    hub_span verify_inits; /* set by decoding: the list, each item checked */
    size_t n_verify_inits; /* set by decoding */
};

/* Checks the whole message and counts its reports. Equal report ids are not looked for. */
HUB_MUST_USE hub_status
hub_aggregation_job_init_req_decode(struct hub_aggregation_job_init_req *out, hub_span body);
/* The req->n_verify_inits items of the list. */
HUB_MUST_USE hub_status hub_verify_inits_decode(struct hub_verify_init *out,
                                                const struct hub_aggregation_job_init_req *req);
HUB_MUST_USE hub_status hub_aggregation_job_init_req_encode(
    struct hub_buf *out, const struct hub_aggregation_job_init_req *req,
    const struct hub_verify_init *inits, size_t n);
/* One item, for a caller that writes the list as it goes. */
void hub_write_verify_init(struct hub_writer *w, const struct hub_verify_init *init);

/* VerifyRespType. */
enum hub_verify_resp_type {
    HUB_VERIFY_RESP_CONTINUE = 0,
    HUB_VERIFY_RESP_FINISH = 1,
    HUB_VERIFY_RESP_REJECT = 2
};

struct hub_verify_resp {
    uint8_t id[HUB_REPORT_ID_LEN];
    enum hub_verify_resp_type type;
    hub_span payload;            /* continue: the ping-pong message, at least one byte */
    enum hub_report_error error; /* reject */
};

/* AggregationJobResp: a list and nothing else; an empty body has 0 items. */
HUB_MUST_USE hub_status hub_aggregation_job_resp_count(size_t *n, hub_span body);
HUB_MUST_USE hub_status hub_aggregation_job_resp_decode(struct hub_verify_resp *out, size_t n,
                                                        hub_span body);
/* Whether the body is such a list in which every report is rejected for this reason. */
bool hub_aggregation_job_resp_is_only(hub_span body, enum hub_report_error error);
HUB_MUST_USE hub_status hub_aggregation_job_resp_encode(struct hub_buf *out,
                                                        const struct hub_verify_resp *resps,
                                                        size_t n);
void hub_write_verify_resp(struct hub_writer *w, const struct hub_verify_resp *resp);

/* VerifyContinue and AggregationJobContinueReq, for VDAFs of more than one round. */
struct hub_verify_continue {
    uint8_t id[HUB_REPORT_ID_LEN];
    hub_span payload;
};

struct hub_aggregation_job_continue_req {
    uint16_t step;
    hub_span verify_continues;
    size_t n_verify_continues;
};

HUB_MUST_USE hub_status hub_aggregation_job_continue_req_decode(
    struct hub_aggregation_job_continue_req *out, hub_span body);
HUB_MUST_USE hub_status hub_verify_continues_decode(
    struct hub_verify_continue *out, const struct hub_aggregation_job_continue_req *req);
HUB_MUST_USE hub_status hub_aggregation_job_continue_req_encode(
    struct hub_buf *out, uint16_t step, const struct hub_verify_continue *items, size_t n);

#endif
