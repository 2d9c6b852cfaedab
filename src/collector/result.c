/* From two sealed aggregate shares to signed totals. */
#include "collector/result.h"

#include "vdaf/agg_share.h"
#include "wire/collection.h"
#include "wire/domain.h"
#include "wire/limits.h"

#include <stdlib.h>

hub_status hub_collected_task_init(struct hub_collected_task *out, struct hub_task *task,
                                   const struct hub_hpke_keypair *key, const char *token)
{
    struct hub_collected_task t = {.task = NULL};
    const struct hub_vdaf_params params = {
        .kind = (enum hub_vdaf_kind)task->vdaf.type,
        .max_measurement = task->vdaf.max_measurement,
        .length = task->vdaf.length,
        .chunk_length = task->vdaf.chunk_length,
        .max_weight = task->vdaf.max_weight,
    };
    hub_status status = hub_vdaf_new(&t.vdaf, &params);

    if (status == HUB_OK)
        status = hub_hpke_recipient_new(&t.recipient, key);
    t.token = strdup(token);
    if (status == HUB_OK && t.token == NULL)
        status = HUB_E_MEMORY;
    if (status != HUB_OK) {
        hub_collected_task_clear(&t);
        return status;
    }
    t.task = task;
    *out = t;
    return HUB_OK;
}

void hub_collected_task_clear(struct hub_collected_task *t)
{
    hub_task_free(t->task);
    hub_vdaf_free(t->vdaf);
    hub_hpke_recipient_free(t->recipient);
    if (t->token != NULL)
        hub_wipe(t->token, strlen(t->token));
    free(t->token);
    *t = (struct hub_collected_task){.task = NULL};
}

void hub_collection_clear(struct hub_collection *c)
{
    free(c->totals);
    *c = (struct hub_collection){.totals = NULL};
}

hub_status hub_collection_request(struct hub_buf *out, const struct hub_task *task, uint64_t start,
                                  uint64_t duration)
{
    const struct hub_collection_job_req req = {
        .query = {task->batch_mode, {start, duration}},
        .agg_param = HUB_SPAN_EMPTY, /* Prio3 has none */
        .extensions = HUB_SPAN_EMPTY,
    };
    return hub_collection_job_req_encode(out, &req);
}

static hub_status open_share(struct hub_buf *out, const struct hub_collected_task *t,
                             enum hub_role server, const struct hub_ciphertext *share, hub_span aad,
                             struct hub_why *why)
{
    uint8_t info[HUB_AGGREGATE_SHARE_INFO_LEN];
    const char *const name = server == HUB_ROLE_LEADER ? "leader" : "helper";

    if (share->config_id != hub_hpke_recipient_config(t->recipient)->id)
        return hub_why(why, HUB_E_OPEN, "the %s's share is sealed to another key", name);
    hub_aggregate_share_info(info, server);
    const hub_status status =
        hub_hpke_open(t->recipient, out, HUB_SPAN_ARRAY(info), aad, share->enc, share->payload);
    if (status != HUB_OK)
        return hub_why(why, status, "the %s's share does not open", name);
    return HUB_OK;
}

/* What an honest leader never sends, whatever it has counted. */
static hub_status check_answer(const struct hub_collected_task *t,
                               const struct hub_collection_job_resp *resp,
                               const struct hub_collection_query *query, struct hub_why *why)
{
    const bool by_time = t->task->batch_mode == HUB_BATCH_TIME_INTERVAL;

    if (resp->report_count < t->task->min_batch)
        return hub_why(
            why, HUB_E_REFUSED, "the answer counts %llu reports, below the floor of %llu",
            (unsigned long long)resp->report_count, (unsigned long long)t->task->min_batch);
    if (by_time && (!hub_time_interval_is_valid(resp->interval) ||
                    !hub_time_interval_is_within(resp->interval, query->interval)))
        return hub_why(why, HUB_E_REFUSED, "the answer is about another interval than was asked");
    return HUB_OK;
}

static hub_status unshard(struct hub_collection *c, const struct hub_collected_task *t,
                          hub_span leader_share, hub_span helper_share)
{
    c->n_cells = hub_vdaf_output_len(t->vdaf);
    c->totals = calloc(c->n_cells, sizeof(*c->totals));
    if (c->totals == NULL)
        return HUB_E_MEMORY;
    return hub_vdaf_unshard_signed(t->vdaf, c->totals, c->n_cells, leader_share, helper_share);
}

/* noises * sigma2 * windows; saturates, which no statement's bounds allow to happen. */
static uint64_t variance_of(const struct hub_task *task, uint64_t n_windows)
{
    if (!task->has_statement)
        return 0;
    const uint64_t one = hub_statement_n_noises(&task->statement) * task->statement.sigma2;
    return one > UINT64_MAX / n_windows ? UINT64_MAX : one * n_windows;
}

hub_status hub_collection_open(struct hub_collection *out, const struct hub_collected_task *t,
                               hub_span request, hub_span response, struct hub_why *why)
{
    HUB_CLEANUP(hub_collection_clear) struct hub_collection c = {.totals = NULL};
    HUB_CLEANUP(hub_buf_clear)
    struct hub_buf aad = HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX + 1024);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf leader_share = HUB_BUF_INIT(HUB_WIRE_PAYLOAD_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf helper_share = HUB_BUF_INIT(HUB_WIRE_PAYLOAD_MAX);
    struct hub_collection_job_req req;
    struct hub_collection_job_resp resp;

    HUB_TRY(hub_collection_job_req_decode(&req, request));
    if (hub_collection_job_resp_decode(&resp, response) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "the answer is no CollectionJobResp");
    HUB_TRY(check_answer(t, &resp, &req.query, why));
    HUB_TRY(hub_aggregate_share_aad_encode(&aad, &t->task->id,
                                           hub_buf_span(&t->task->configuration), request));
    HUB_TRY(
        open_share(&leader_share, t, HUB_ROLE_LEADER, &resp.leader_share, hub_buf_span(&aad), why));
    HUB_TRY(
        open_share(&helper_share, t, HUB_ROLE_HELPER, &resp.helper_share, hub_buf_span(&aad), why));
    if (unshard(&c, t, hub_buf_span(&leader_share), hub_buf_span(&helper_share)) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "the shares do not make totals of this task");
    c.query = req.query.interval;
    c.seen = resp.interval;
    c.n_reports = resp.report_count;
    c.variance = variance_of(
        t->task, req.query.mode == HUB_BATCH_TIME_INTERVAL ? req.query.interval.duration : 1);
    if (t->watch != NULL)
        t->watch(t->watch_self, t->task, &c, hub_buf_span(&leader_share),
                 hub_buf_span(&helper_share));
    *out = c;
    c = (struct hub_collection){.totals = NULL};
    return HUB_OK;
}
