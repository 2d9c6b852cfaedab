/* One round trip a message. */
#include "codecs.h"

#include "hpke/key_file.h"
#include "statement/statement.h"
#include "vdaf/agg_param.h"
#include "vdaf/ping_pong.h"
#include "wire/aggregation_job.h"
#include "wire/collection.h"
#include "wire/hpke_config.h"
#include "wire/media_type.h"
#include "wire/task_configuration.h"
#include "wire/upload.h"

#include <stdlib.h>

/* Encodings are compared up to this length; fuzzers stay far below. */
enum { ENCODED_MAX = 64 << 20 };

static void free_list(void *list)
{
    void **const p = list;

    free(*p);
}

/* n items, at least one, so that NULL means that memory is out. */
static void *new_list(size_t n, size_t size)
{
    return calloc(n == 0 ? 1 : n, size);
}

/* What an encoder said and wrote, against the bytes that were decoded. */
static hub_status compare(hub_status encoded, const struct hub_buf *buf, hub_span bytes)
{
    if (encoded == HUB_E_MEMORY)
        return HUB_E_MEMORY;
    return encoded == HUB_OK && hub_span_equal_var(hub_buf_span(buf), bytes) ? HUB_OK
                                                                             : HUB_E_CONFLICT;
}

#define ENCODED HUB_CLEANUP(hub_buf_wipe) struct hub_buf encoded = HUB_BUF_INIT(ENCODED_MAX)

static hub_status hpke_config_list(hub_span bytes)
{
    ENCODED;
    struct hub_hpke_config_view configs[256];
    size_t n = 0;

    const hub_status status = hub_hpke_config_list_decode(configs, &n, 256, bytes);
    if (status != HUB_OK)
        return HUB_E_DECODE; /* more than 256 too: their ids cannot be distinct */
    return compare(hub_hpke_config_list_encode(&encoded, configs, n), &encoded, bytes);
}

static hub_status hpke_config(hub_span bytes)
{
    ENCODED;
    struct hub_hpke_config_view config;

    HUB_TRY(hub_hpke_config_decode(&config, bytes));
    return compare(hub_hpke_config_encode(&encoded, &config), &encoded, bytes);
}

/* Reports one by one, as a server takes them off a body that has arrived up to some byte. */
static hub_status stream_reports(const struct hub_report *reports, size_t n, hub_span bytes)
{
    for (size_t i = 0; i < n; i++) {
        struct hub_report report;
        size_t len = 0;
        const size_t whole = reports[i].encoded.len;
        if (hub_upload_request_next(&report, &len, hub_span_slice(bytes, 0, whole - 1)) != HUB_OK ||
            len != 0)
            return HUB_E_CONFLICT;
        if (hub_upload_request_next(&report, &len, bytes) != HUB_OK || len != whole ||
            memcmp(report.metadata.id, reports[i].metadata.id, HUB_REPORT_ID_LEN) != 0 ||
            hub_report_decode(&report, reports[i].encoded) != HUB_OK)
            return HUB_E_CONFLICT;
        bytes = hub_span_slice(bytes, whole, bytes.len - whole);
    }
    return bytes.len == 0 ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status upload_request(hub_span bytes)
{
    ENCODED;
    HUB_CLEANUP(free_list) struct hub_report *reports = NULL;
    struct hub_writer w = hub_writer(&encoded);
    size_t n = 0;

    HUB_TRY(hub_upload_request_count(&n, bytes));
    reports = new_list(n, sizeof(*reports));
    if (reports == NULL)
        return HUB_E_MEMORY;
    if (hub_upload_request_decode(reports, n, bytes) != HUB_OK)
        return HUB_E_CONFLICT;
    HUB_TRY(stream_reports(reports, n, bytes));
    for (size_t i = 0; i < n; i++)
        hub_write_report(&w, &reports[i]);
    return compare(hub_writer_finish(&w), &encoded, bytes);
}

static hub_status upload_errors(hub_span bytes)
{
    ENCODED;
    HUB_CLEANUP(free_list) struct hub_upload_status *list = NULL;
    size_t n = 0;

    HUB_TRY(hub_upload_errors_count(&n, bytes));
    list = new_list(n, sizeof(*list));
    if (list == NULL)
        return HUB_E_MEMORY;
    if (hub_upload_errors_decode(list, n, bytes) != HUB_OK)
        return HUB_E_CONFLICT;
    return compare(hub_upload_errors_encode(&encoded, list, n), &encoded, bytes);
}

static hub_status plaintext_input_share(hub_span bytes)
{
    ENCODED;
    struct hub_plaintext_input_share share;

    HUB_TRY(hub_plaintext_input_share_decode(&share, bytes));
    return compare(hub_plaintext_input_share_encode(&encoded, &share), &encoded, bytes);
}

static hub_status task_configuration(hub_span bytes)
{
    ENCODED;
    struct hub_task_configuration configuration;

    HUB_TRY(hub_task_configuration_decode(&configuration, bytes));
    return compare(hub_task_configuration_encode(&encoded, &configuration), &encoded, bytes);
}

static hub_status aggregation_job_init_req(hub_span bytes)
{
    ENCODED;
    HUB_CLEANUP(free_list) struct hub_verify_init *list = NULL;
    struct hub_aggregation_job_init_req req;

    HUB_TRY(hub_aggregation_job_init_req_decode(&req, bytes));
    list = new_list(req.n_verify_inits, sizeof(*list));
    if (list == NULL)
        return HUB_E_MEMORY;
    if (hub_verify_inits_decode(list, &req) != HUB_OK)
        return HUB_E_CONFLICT;
    return compare(hub_aggregation_job_init_req_encode(&encoded, &req, list, req.n_verify_inits),
                   &encoded, bytes);
}

static hub_status aggregation_job_resp(hub_span bytes)
{
    ENCODED;
    HUB_CLEANUP(free_list) struct hub_verify_resp *list = NULL;
    size_t n = 0;

    HUB_TRY(hub_aggregation_job_resp_count(&n, bytes));
    list = new_list(n, sizeof(*list));
    if (list == NULL)
        return HUB_E_MEMORY;
    if (hub_aggregation_job_resp_decode(list, n, bytes) != HUB_OK)
        return HUB_E_CONFLICT;
    return compare(hub_aggregation_job_resp_encode(&encoded, list, n), &encoded, bytes);
}

static hub_status aggregation_job_continue_req(hub_span bytes)
{
    ENCODED;
    HUB_CLEANUP(free_list) struct hub_verify_continue *list = NULL;
    struct hub_aggregation_job_continue_req req;

    HUB_TRY(hub_aggregation_job_continue_req_decode(&req, bytes));
    list = new_list(req.n_verify_continues, sizeof(*list));
    if (list == NULL)
        return HUB_E_MEMORY;
    if (hub_verify_continues_decode(list, &req) != HUB_OK)
        return HUB_E_CONFLICT;
    return compare(
        hub_aggregation_job_continue_req_encode(&encoded, req.step, list, req.n_verify_continues),
        &encoded, bytes);
}

static hub_status query(hub_span bytes)
{
    ENCODED;
    struct hub_collection_query q;

    HUB_TRY(hub_query_decode(&q, bytes));
    return compare(hub_query_encode(&encoded, &q), &encoded, bytes);
}

static hub_status batch_selector(hub_span bytes)
{
    ENCODED;
    struct hub_batch_selector selector;

    HUB_TRY(hub_batch_selector_decode(&selector, bytes));
    return compare(hub_batch_selector_encode(&encoded, &selector), &encoded, bytes);
}

static hub_status collection_job_req(hub_span bytes)
{
    ENCODED;
    struct hub_collection_job_req req;

    HUB_TRY(hub_collection_job_req_decode(&req, bytes));
    if (!hub_span_equal_var(req.encoded, bytes))
        return HUB_E_CONFLICT;
    return compare(hub_collection_job_req_encode(&encoded, &req), &encoded, bytes);
}

static hub_status collection_job_resp(hub_span bytes)
{
    ENCODED;
    struct hub_collection_job_resp resp;

    HUB_TRY(hub_collection_job_resp_decode(&resp, bytes));
    return compare(hub_collection_job_resp_encode(&encoded, &resp), &encoded, bytes);
}

static hub_status aggregate_share_req(hub_span bytes)
{
    ENCODED;
    struct hub_aggregate_share_req req;

    HUB_TRY(hub_aggregate_share_req_decode(&req, bytes));
    return compare(hub_aggregate_share_req_encode(&encoded, &req), &encoded, bytes);
}

static hub_status aggregate_share(hub_span bytes)
{
    ENCODED;
    struct hub_ciphertext share;

    HUB_TRY(hub_aggregate_share_decode(&share, bytes));
    return compare(hub_aggregate_share_encode(&encoded, &share), &encoded, bytes);
}

static hub_status ping_pong(hub_span bytes)
{
    ENCODED;
    struct hub_ping_pong_message message;

    HUB_TRY(hub_ping_pong_decode(&message, bytes));
    return compare(hub_ping_pong_encode(&encoded, &message), &encoded, bytes);
}

static hub_status agg_param(hub_span bytes)
{
    ENCODED;
    struct hub_agg_param param;

    HUB_TRY(hub_agg_param_decode(&param, bytes));
    return compare(hub_agg_param_encode(&encoded, &param), &encoded, bytes);
}

/* A header that names one message names no other, and so does the constant it means. */
static hub_status media_type(hub_span bytes)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(ENCODED_MAX);
    size_t n_meant = 0;

    HUB_TRY(hub_buf_append(&text, bytes));
    HUB_TRY(hub_buf_append(&text, hub_span_of("", 1)));
    for (unsigned m = 0; m < HUB_N_MESSAGES; m++)
        n_meant += hub_media_type_is((const char *)text.ptr, (enum hub_message)m);
    return n_meant == 0 ? HUB_E_DECODE : n_meant == 1 ? HUB_OK : HUB_E_CONFLICT;
}

/* A key file need not be spelt as ours is; what it says must come back from one that is. */
static hub_status key_file(hub_span bytes)
{
    ENCODED;
    struct hub_hpke_keypair pair;
    struct hub_hpke_keypair again;

    if (hub_hpke_key_file_decode(&pair, bytes, NULL) != HUB_OK)
        return HUB_E_DECODE;
    if (hub_hpke_key_file_encode(&encoded, &pair) != HUB_OK ||
        hub_hpke_key_file_decode(&again, hub_buf_span(&encoded), NULL) != HUB_OK)
        return HUB_E_CONFLICT;
    return memcmp(&pair, &again, sizeof(pair)) == 0 ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status statement(hub_span bytes)
{
    ENCODED;
    struct hub_statement s;

    if (hub_statement_parse(&s, bytes, NULL) != HUB_OK)
        return HUB_E_DECODE;
    if (hub_statement_write(&encoded, &s, NULL) != HUB_OK)
        return HUB_E_CONFLICT;
    return hub_span_equal_var(bytes, hub_buf_span(&encoded)) ? HUB_OK : HUB_E_CONFLICT;
}

const struct hub_codec hub_codecs[] = {
    {"HpkeConfigList", hpke_config_list},
    {"HpkeConfig", hpke_config},
    {"UploadRequest", upload_request},
    {"UploadErrors", upload_errors},
    {"PlaintextInputShare", plaintext_input_share},
    {"TaskConfiguration", task_configuration},
    {"AggregationJobInitReq", aggregation_job_init_req},
    {"AggregationJobResp", aggregation_job_resp},
    {"AggregationJobContinueReq", aggregation_job_continue_req},
    {"Query", query},
    {"BatchSelector", batch_selector},
    {"CollectionJobReq", collection_job_req},
    {"CollectionJobResp", collection_job_resp},
    {"AggregateShareReq", aggregate_share_req},
    {"AggregateShare", aggregate_share},
    {"PingPong", ping_pong},
    {"Poplar1AggParam", agg_param},
    {"MediaType", media_type},
    {"KeyFile", key_file},
    {"Statement", statement},
    {NULL, NULL},
};
