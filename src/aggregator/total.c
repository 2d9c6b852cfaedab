/* Read on the worker's own connection: the unit that marks the windows as collected checks the
 * count again, and counts only grow, so an equal count is the same batch. */
#include "aggregator/total.h"

#include "vdaf/agg_share.h"
#include "wire/domain.h"
#include "wire/extension.h"

#include <stdlib.h>

static void note_window(struct hub_total *out, uint64_t window)
{
    if (out->filled.duration == 0)
        out->filled.start = window;
    out->filled.duration = window - out->filled.start + 1;
}

struct sum {
    struct hub_worker *worker;
    const struct hub_party_task *task;
    struct hub_buf plain;
    struct hub_buf services;
    struct hub_total *out;
};

static hub_status add_part(void *self, const struct hub_store_bucket *part, hub_span sealed)
{
    struct sum *s = self;
    const size_t share_len = hub_vdaf_agg_share_len(s->task->vdaf);

    if (!part->is_opened)
        return HUB_OK; /* collected or burnt since */
    HUB_TRY(
        hub_accumulator_open(s->worker->box, s->worker->party, s->task, &s->plain, part, sealed));
    HUB_TRY(
        hub_vdaf_agg_share_add(s->task->vdaf, s->out->share, hub_span_of(s->plain.ptr, share_len)));
    const hub_span tags = hub_accumulator_services(s->task, hub_buf_span(&s->plain));
    for (size_t i = 0; i < tags.len / HUB_SERVICE_TAG_LEN; i++)
        HUB_TRY(hub_service_tag_insert(&s->services, 0, hub_service_tag_read(tags, i)));
    return HUB_OK;
}

static void add_bucket(struct hub_total *out, const struct hub_store_bucket *bucket)
{
    out->n_reports += bucket->n_reports;
    for (size_t i = 0; i < sizeof(out->checksum); i++)
        out->checksum[i] ^= bucket->checksum[i];
    if (bucket->n_reports > 0)
        note_window(out, bucket->window);
}

static void sum_clear(struct sum *s)
{
    hub_buf_wipe(&s->plain);
    hub_buf_clear(&s->services);
}

hub_status hub_total_sum(struct hub_worker *worker, const struct hub_party_task *task,
                         struct hub_time_interval windows, struct hub_total *out)
{
    HUB_CLEANUP(sum_clear)
    struct sum s = {.worker = worker,
                    .task = task,
                    .plain = HUB_BUF_INIT(SIZE_MAX),
                    .services = HUB_BUF_INIT(SIZE_MAX),
                    .out = out};

    *out = (struct hub_total){0};
    out->share = HUB_ARENA_NEW(&worker->arena, uint8_t, hub_vdaf_agg_share_len(task->vdaf));
    if (out->share == NULL)
        return HUB_E_MEMORY;
    hub_vdaf_agg_share_init(task->vdaf, out->share);
    for (uint64_t i = 0; i < windows.duration; i++) {
        struct hub_store_bucket bucket;
        HUB_TRY(hub_store_bucket_parts(&worker->reader, task->number, windows.start + i, &bucket,
                                       add_part, &s));
        if (bucket.state == HUB_STORE_BUCKET_COLLECTED)
            out->is_collected = true;
        else if (bucket.state == HUB_STORE_BUCKET_BURNT)
            out->is_burnt = true;
        else if (!bucket.is_opened)
            out->n_unopened++;
        else
            add_bucket(out, &bucket);
    }
    out->n_services = s.services.len / HUB_SERVICE_TAG_LEN;
    return HUB_OK;
}

struct open_unit {
    struct hub_unit unit;
    struct hub_party *party;
    const struct hub_party_task *task;
    struct hub_time_interval windows;
    struct hub_noise *noises; /* one a window */
    struct hub_buf plain;
    struct hub_buf sealed;
};

static hub_status open_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct open_unit *u = (struct open_unit *)unit;

    for (uint64_t i = 0; i < u->windows.duration; i++) {
        struct hub_store_bucket bucket;
        u->sealed.len = 0;
        HUB_TRY(
            hub_store_bucket_part(tx, u->task->number, u->windows.start + i, &bucket, &u->sealed));
        if (bucket.is_opened || bucket.state == HUB_STORE_BUCKET_COLLECTED ||
            bucket.state == HUB_STORE_BUCKET_BURNT)
            continue;
        if (u->task->adds_noise && u->noises[i].draws == NULL)
            return HUB_E_BUSY;
        HUB_TRY(hub_accumulator_begin(u->task, &u->plain, &u->noises[i]));
        bucket.is_opened = true;
        HUB_TRY(hub_accumulator_seal(u->party->writer_box, u->party, u->task, &u->sealed, &bucket,
                                     hub_buf_span(&u->plain)));
        HUB_TRY(hub_store_bucket_save(tx, u->task->number, &bucket, hub_buf_span(&u->sealed)));
    }
    return HUB_OK;
}

static hub_status take_noises(struct hub_worker *worker, struct open_unit *u)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf sealed = HUB_BUF_INIT(SIZE_MAX);

    if (!u->task->adds_noise)
        return HUB_OK;
    for (uint64_t i = 0; i < u->windows.duration; i++) {
        struct hub_store_bucket bucket;
        sealed.len = 0;
        HUB_TRY(hub_store_bucket_load(&worker->reader, u->task->number, u->windows.start + i,
                                      &bucket, &sealed));
        if (!bucket.is_opened)
            HUB_TRY(hub_noise_pool_take(u->party->pool, &u->noises[i], u->task->noise_kind));
    }
    return HUB_OK;
}

hub_status hub_total_open_missing(struct hub_worker *worker, const struct hub_party_task *task,
                                  struct hub_time_interval windows)
{
    struct open_unit u = {
        .unit = {.apply = open_apply},
        .party = worker->party,
        .task = task,
        .windows = windows,
        .plain = HUB_BUF_INIT(SIZE_MAX),
        .sealed = HUB_BUF_INIT(SIZE_MAX),
    };

    u.noises = HUB_ARENA_NEW(&worker->arena, struct hub_noise, windows.duration);
    if (u.noises == NULL)
        return HUB_E_MEMORY;
    hub_status status = take_noises(worker, &u);
    if (status == HUB_OK)
        status = hub_store_run(worker->party->store, &u.unit);
    for (uint64_t i = 0; i < windows.duration; i++)
        hub_noise_wipe(&u.noises[i]);
    hub_buf_wipe(&u.plain);
    hub_buf_wipe(&u.sealed);
    return status;
}

hub_status hub_total_seal(struct hub_worker *worker, const struct hub_party_task *task,
                          const struct hub_total *total, hub_span collection_job_req,
                          struct hub_ciphertext *out)
{
    const size_t len = hub_vdaf_agg_share_len(task->vdaf);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf aad = HUB_BUF_INIT(SIZE_MAX);
    uint8_t info[HUB_AGGREGATE_SHARE_INFO_LEN];
    struct hub_hpke_sender *sender;
    uint8_t *enc = HUB_ARENA_NEW(&worker->arena, uint8_t, HUB_HPKE_ENC_LEN);
    uint8_t *payload = HUB_ARENA_NEW(&worker->arena, uint8_t, len + HUB_HPKE_TAG_LEN);

    if (enc == NULL || payload == NULL)
        return HUB_E_MEMORY;
    hub_aggregate_share_info(info, task->role);
    HUB_TRY(hub_aggregate_share_aad_encode(
        &aad, &task->task->id, hub_buf_span(&task->task->configuration), collection_job_req));
    HUB_TRY(hub_worker_sender(worker, task, &sender));
    HUB_TRY(hub_hpke_sender_seal(sender, enc, payload, HUB_SPAN_ARRAY(info), hub_buf_span(&aad),
                                 (hub_span){total->share, len}, &worker->party->rng));
    *out = (struct hub_ciphertext){
        .config_id = task->collector.id,
        .enc = {enc, HUB_HPKE_ENC_LEN},
        .payload = {payload, len + HUB_HPKE_TAG_LEN},
    };
    return HUB_OK;
}

enum hub_query_fault hub_collection_req_check(const struct hub_party_task *task,
                                              const struct hub_collection_job_req *req,
                                              uint64_t now_s, const char **detail)
{
    const struct hub_time_interval windows = req->query.interval;

    *detail = NULL;
    if (req->query.mode != task->task->batch_mode) {
        *detail = "the query's batch mode is not the task's";
        return HUB_QUERY_FAULT_MODE;
    }
    if (req->agg_param.len != 0) {
        *detail = "Prio3 has only the empty aggregation parameter";
        return HUB_QUERY_FAULT_AGG_PARAM;
    }
    unsigned faults = hub_extensions_faults(req->extensions, NULL, 0);
    if (faults & HUB_EXTENSIONS_UNSORTED)
        return HUB_QUERY_FAULT_UNSORTED;
    if (faults & HUB_EXTENSIONS_UNSUPPORTED)
        return HUB_QUERY_FAULT_UNSUPPORTED;
    if (hub_task_is_leader_selected(task->task))
        return HUB_QUERY_FAULT_NONE;
    enum hub_task_query query =
        hub_task_check_query(task->task, windows.start, windows.duration, now_s);
    if (query == HUB_QUERY_OK && windows.duration > HUB_TASK_QUERY_WINDOWS_MAX)
        query = HUB_QUERY_TOO_LONG;
    if (query != HUB_QUERY_OK) {
        *detail = hub_task_query_text(query);
        return HUB_QUERY_FAULT_INTERVAL;
    }
    if (task->task->has_statement &&
        now_s < hub_task_release_s(task->task, windows.start + windows.duration - 1)) {
        *detail = "the interval's grace or release hour has not passed";
        return HUB_QUERY_FAULT_INTERVAL;
    }
    return HUB_QUERY_FAULT_NONE;
}

enum hub_problem_type hub_query_fault_problem(enum hub_query_fault fault)
{
    switch (fault) {
    case HUB_QUERY_FAULT_NONE:
        return HUB_PROBLEM_NONE;
    case HUB_QUERY_FAULT_MODE:
        return HUB_PROBLEM_INVALID_MESSAGE;
    case HUB_QUERY_FAULT_AGG_PARAM:
        return HUB_PROBLEM_INVALID_AGGREGATION_PARAMETER;
    case HUB_QUERY_FAULT_UNSORTED:
        return HUB_PROBLEM_INVALID_EXTENSION;
    case HUB_QUERY_FAULT_UNSUPPORTED:
        return HUB_PROBLEM_UNSUPPORTED_EXTENSION;
    case HUB_QUERY_FAULT_INTERVAL:
        return HUB_PROBLEM_BATCH_INVALID;
    }
    return HUB_PROBLEM_INVALID_MESSAGE;
}

bool hub_total_is_enough(const struct hub_party_task *task, const struct hub_total *total)
{
    const uint64_t floor = task->task->min_batch;

    if (total->n_reports < floor)
        return false;
    /* No job has told the helper of an empty batch. */
    if (hub_task_is_leader_selected(task->task) && total->n_reports == 0)
        return false;
    /* The helper cannot see who reported: only the leader has services. */
    return task->role != HUB_ROLE_LEADER || task->secret.n_services == 0 ||
           total->n_services >= floor;
}
