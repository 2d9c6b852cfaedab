/* One aggregation job (DAP-18, "Leader Initialization"): its reports are opened and verified as one
 * batch; membership and the hash of the request's body commit before the first byte leaves; the
 * same bytes go out again until the helper has answered; then ids, out shares, counts and the end
 * of the job commit together. A crash in between leaves a job that is run again from here: time
 * checks are then not repeated, and the body must come out with the hash that was stored. */
#include "aggregator/bucket.h"
#include "aggregator/check.h"
#include "aggregator/verify.h"
#include "crypto/hash.h"
#include "leader/leader_internal.h"
#include "store/batch.h"
#include "store/slot.h"
#include "store/task.h"
#include "wire/aggregation_job.h"
#include "wire/extension.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NOISE_WAIT_MS = 20, NOISE_TRIES = 500 };

struct run {
    struct hub_unit unit;
    struct hub_leader_worker *worker;
    struct hub_leader_task *t;
    struct hub_leader_retry *retry;
    const struct hub_store_job *job;
    struct hub_buf stored;
    size_t n;
    struct hub_report *reports;
    uint64_t *services;     /* tags */
    uint8_t *verdict;       /* membership before the exchange, the end after it */
    uint8_t *final_verdict; /* after the transaction's own checks */
    const uint8_t **ids;
    uint64_t *windows;            /* in a leader-selected task the job's batch */
    struct hub_store_batch batch; /* in such a task */
    struct hub_verification verification;
    size_t *members; /* indices of the reports in the request */
    size_t n_members;
    struct hub_buf body;
    uint8_t body_sha256[HUB_SHA256_LEN];
    struct hub_bucket_job buckets;
    struct hub_job_defer defer;
    bool was_ended;
};

static const struct hub_log *log_of(const struct run *r)
{
    return r->worker->leader->party->log;
}

bool hub_leader_stored_next(hub_span *rest, struct hub_report *report, uint64_t *service)
{
    struct hub_reader r = hub_reader(*rest);
    const uint64_t tag = hub_read_u64(&r);

    if (rest->len == 0)
        return false;
    *report = hub_read_report(&r);
    if (r.failed)
        return false;
    *service = tag;
    *rest = (hub_span){r.ptr, r.left};
    return true;
}

static bool has_batch(const struct run *r)
{
    return hub_task_is_leader_selected(r->t->task->task);
}

static hub_status load(struct run *r)
{
    struct hub_arena *arena = &r->worker->base->arena;
    size_t i = 0;

    r->n = r->job->n_reports;
    r->reports = HUB_ARENA_NEW(arena, struct hub_report, r->n);
    r->services = HUB_ARENA_NEW(arena, uint64_t, r->n);
    r->verdict = HUB_ARENA_NEW(arena, uint8_t, r->n);
    r->final_verdict = HUB_ARENA_NEW(arena, uint8_t, r->n);
    r->ids = HUB_ARENA_NEW(arena, const uint8_t *, r->n);
    r->windows = HUB_ARENA_NEW(arena, uint64_t, r->n);
    r->members = HUB_ARENA_NEW(arena, size_t, r->n);
    if (r->reports == NULL || r->services == NULL || r->verdict == NULL ||
        r->final_verdict == NULL || r->ids == NULL || r->windows == NULL || r->members == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_store_job_load(&r->worker->base->reader, r->job, &r->stored, r->verdict));
    hub_span rest = hub_buf_span(&r->stored);
    while (i < r->n && hub_leader_stored_next(&rest, &r->reports[i], &r->services[i])) {
        r->ids[i] = r->reports[i].metadata.id;
        r->windows[i] = has_batch(r) ? r->job->first_window : r->reports[i].metadata.time;
        i++;
    }
    if (i != r->n || rest.len != 0)
        return HUB_E_DB;
    return has_batch(r) ? hub_store_batch_find(&r->worker->base->reader, r->job->task,
                                               r->job->first_window, &r->batch)
                        : HUB_OK;
}

/* A window may be burnt by a restore while its reports waited. */
static hub_status check_windows(struct run *r)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf sealed = HUB_BUF_INIT(SIZE_MAX);
    uint64_t last = 0;
    bool last_is_open = false;

    for (size_t i = 0; i < r->n; i++) {
        if (i == 0 || r->windows[i] != last) {
            struct hub_store_bucket bucket;
            sealed.len = 0;
            HUB_TRY(hub_store_bucket_load(&r->worker->base->reader, r->job->task, r->windows[i],
                                          &bucket, &sealed));
            last = r->windows[i];
            last_is_open =
                bucket.state == HUB_STORE_BUCKET_OPEN || bucket.state == HUB_STORE_BUCKET_CLOSED;
        }
        if (!last_is_open && r->verdict[i] == HUB_REPORT_OK)
            r->verdict[i] = HUB_REPORT_BATCH_COLLECTED;
    }
    return HUB_OK;
}

static hub_status open_reports(struct run *r)
{
    struct hub_worker *base = r->worker->base;
    struct hub_sealed_share *shares = HUB_ARENA_NEW(&base->arena, struct hub_sealed_share, r->n);
    struct hub_verify_in *in = HUB_ARENA_NEW(&base->arena, struct hub_verify_in, r->n);

    if (shares == NULL || in == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < r->n; i++)
        shares[i] = (struct hub_sealed_share){
            .id = r->ids[i],
            .time = r->reports[i].metadata.time,
            .public_extensions = r->reports[i].metadata.public_extensions,
            .public_share = r->reports[i].public_share,
            .aad_part = r->reports[i].aad_part,
            .ciphertext = r->reports[i].leader_share,
        };
    if (r->job->state == HUB_STORE_JOB_TAKEN) {
        HUB_TRY(check_windows(r));
        hub_shares_check_interval(r->t->task, r->n, shares, r->verdict);
        hub_shares_check_extensions(r->n, shares, r->verdict);
    }
    HUB_TRY(hub_shares_open(base, r->t->task, r->n, shares, r->verdict, in));
    return hub_verify_leader_init(base, r->t->task, r->n, in, r->verdict, &r->verification);
}

/* The batch's id goes along ("Leader-selected Batch ID"). */
static hub_status write_extensions(const struct run *r, struct hub_buf *out)
{
    struct hub_writer w = hub_writer(out);

    if (!has_batch(r))
        return HUB_OK;
    hub_write_extension(&w, &(struct hub_extension){HUB_AGGREGATION_JOB_EXTENSION_BATCH_ID,
                                                    HUB_SPAN_ARRAY(r->batch.id)});
    return hub_writer_finish(&w);
}

static hub_status write_request(struct run *r)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf extensions = HUB_BUF_INIT(64);
    struct hub_aggregation_job_init_req req = {.verification_key_id =
                                                   r->t->task->secret.verification_key_id};
    struct hub_writer w = hub_writer(&r->body);

    HUB_TRY(write_extensions(r, &extensions));
    req.extensions = hub_buf_span(&extensions);
    HUB_TRY(hub_aggregation_job_init_req_encode(&r->body, &req, NULL, 0));
    for (size_t i = 0; i < r->n; i++) {
        if (r->verdict[i] != HUB_REPORT_OK)
            continue;
        const struct hub_verify_init init = {
            .metadata = r->reports[i].metadata,
            .public_share = r->reports[i].public_share,
            .encrypted_input_share = r->reports[i].helper_share,
            .payload = hub_span_of(r->verification.outbound + i * r->verification.outbound_len,
                                   r->verification.outbound_len),
        };
        r->members[r->n_members++] = i;
        hub_write_verify_init(&w, &init);
    }
    HUB_TRY(hub_writer_finish(&w));
    return hub_sha256(r->body_sha256, hub_buf_span(&r->body));
}

static hub_status ready_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct run *r = (struct run *)unit;
    return hub_store_job_ready(tx, r->job->number, r->verdict, r->n, r->body_sha256);
}

/* The times of what was counted, for the collection's answer. */
static hub_status widen_batch(const struct run *r, struct hub_store_tx *tx)
{
    uint64_t first = UINT64_MAX;
    uint64_t last = 0;

    for (size_t i = 0; i < r->n; i++) {
        const uint64_t time = r->reports[i].metadata.time;
        if (r->final_verdict[i] != HUB_REPORT_OK)
            continue;
        first = time < first ? time : first;
        last = time > last ? time : last;
    }
    return first > last
               ? HUB_OK
               : hub_store_batch_widen(tx, r->job->task, r->job->first_window, first, last);
}

/* Services whose report was rejected may send another one: the places that are rows. */
static hub_status free_slot_rows(const struct run *r, struct hub_store_tx *tx)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->services[i] != 0 && r->final_verdict[i] != HUB_REPORT_OK &&
            r->final_verdict[i] != HUB_REPORT_TOO_EARLY)
            HUB_TRY(
                hub_store_slot_release(tx, r->job->task, r->windows[i], r->services[i], r->ids[i]));
    }
    return HUB_OK;
}

static hub_status finish_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct run *r = (struct run *)unit;
    size_t counts[HUB_N_REPORT_ERRORS] = {0};

    r->was_ended = false;
    memcpy(r->final_verdict, r->verdict, r->n);
    hub_status status = hub_store_job_finish(tx, r->job->number);
    if (status == HUB_E_NOT_FOUND) {
        r->was_ended = true;
        return HUB_OK;
    }
    HUB_TRY(status);
    HUB_TRY(hub_bucket_job_apply(&r->buckets, tx, r->final_verdict));
    if (has_batch(r))
        HUB_TRY(widen_batch(r, tx));
    HUB_TRY(hub_job_defer_apply(&r->defer, tx, r->job, r->reports, r->windows, r->final_verdict));
    if (r->t->has_slot_rows)
        HUB_TRY(free_slot_rows(r, tx));
    for (size_t i = 0; i < r->n; i++)
        counts[r->final_verdict[i]]++;
    for (unsigned e = 0; e < HUB_N_REPORT_ERRORS; e++) {
        if (counts[e] != 0 && e != HUB_REPORT_TOO_EARLY) /* these come again */
            HUB_TRY(hub_store_count(
                tx, r->job->task,
                e == 0 ? "accepted" : hub_report_error_name((enum hub_report_error)e), counts[e]));
    }
    return HUB_OK;
}

static void sleep_ms(unsigned ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

/* Commits the end. The noise pool may be empty for a moment: the helper has answered, so this is
 * waited for here. */
static hub_status finish(struct run *r)
{
    hub_status status = HUB_E_BUSY;

    HUB_TRY(hub_job_defer_init(&r->defer, r->verdict, r->n));
    for (int i = 0; i < NOISE_TRIES && status == HUB_E_BUSY; i++) {
        if (i > 0)
            sleep_ms(NOISE_WAIT_MS);
        status =
            hub_bucket_job_init(&r->buckets, r->worker->base, r->t->task, r->n, r->ids, r->windows,
                                r->services, r->verification.out_shares, r->verdict);
        if (status == HUB_OK) {
            r->unit.apply = finish_apply;
            status = hub_store_run(r->worker->leader->party->store, &r->unit);
        }
        hub_bucket_job_wipe(&r->buckets);
    }
    return status;
}

/* An error that the draft does not have is no reason that could be named. */
static uint8_t known_error(unsigned error)
{
    return error > 0 && error < HUB_N_REPORT_ERRORS ? (uint8_t)error : HUB_REPORT_DROPPED;
}

/* The response must name the request's reports in their order, each with continue or reject
 * ("Leader Initialization"); verdicts become the helper's. HUB_E_DECODE: the job is to be
 * abandoned. */
static hub_status read_response(struct run *r, hub_span body)
{
    struct hub_arena *arena = &r->worker->base->arena;
    size_t n;

    HUB_TRY(hub_aggregation_job_resp_count(&n, body));
    if (n != r->n_members)
        return HUB_E_DECODE;
    struct hub_verify_resp *resps = HUB_ARENA_NEW(arena, struct hub_verify_resp, n);
    hub_span *inbound = HUB_ARENA_NEW(arena, hub_span, r->n);
    if (resps == NULL || inbound == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_aggregation_job_resp_decode(resps, n, body));
    for (size_t k = 0; k < n; k++) {
        const size_t i = r->members[k];
        if (memcmp(resps[k].id, r->ids[i], HUB_REPORT_ID_LEN) != 0 ||
            resps[k].type == HUB_VERIFY_RESP_FINISH)
            return HUB_E_DECODE;
    }
    for (size_t k = 0; k < n; k++) {
        const size_t i = r->members[k];
        if (resps[k].type == HUB_VERIFY_RESP_CONTINUE)
            inbound[i] = resps[k].payload;
        else
            r->verdict[i] = known_error((unsigned)resps[k].error);
    }
    hub_verify_leader_continued(r->t->task, &r->verification, inbound, r->verdict);
    return HUB_OK;
}

/* Services whose report was rejected may send another one. */
static void free_slots(const struct run *r)
{
    if (r->t->slots == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        const long service = hub_party_task_service(r->t->task, r->services[i]);
        if (service >= 0 && r->final_verdict[i] != HUB_REPORT_OK &&
            r->final_verdict[i] != HUB_REPORT_TOO_EARLY)
            hub_slots_release(r->t->slots, r->windows[i], (size_t)service, r->ids[i]);
    }
}

static void log_outcome(const struct run *r)
{
    size_t counts[HUB_N_REPORT_ERRORS] = {0};

    for (size_t i = 0; i < r->n; i++)
        counts[r->final_verdict[i]]++;
    hub_log(log_of(r), HUB_LOG_INFO, "aggregation.done",
            "task=%s job=%llu trace=%s reports=%zu accepted=%zu", r->t->task->label,
            (unsigned long long)r->job->number, r->retry->trace, r->n, counts[HUB_REPORT_OK]);
    for (unsigned e = 1; e < HUB_N_REPORT_ERRORS; e++) {
        if (counts[e] != 0)
            hub_log(log_of(r), HUB_LOG_INFO,
                    e == HUB_REPORT_TOO_EARLY ? "report.deferred" : "report.rejected",
                    "task=%s job=%llu trace=%s reason=%s n=%zu", r->t->task->label,
                    (unsigned long long)r->job->number, r->retry->trace,
                    hub_report_error_name((enum hub_report_error)e), counts[e]);
    }
}

/* The request's bytes, with the same hash as ever. HUB_E_CONFLICT: they cannot be made again. */
static hub_status prepare(struct run *r)
{
    HUB_TRY(load(r));
    HUB_TRY(open_reports(r));
    HUB_TRY(write_request(r));
    if (r->job->state == HUB_STORE_JOB_READY)
        return memcmp(r->body_sha256, r->job->request_sha256, sizeof(r->body_sha256)) == 0
                   ? HUB_OK
                   : HUB_E_CONFLICT;
    if (r->n_members == 0)
        return HUB_OK;
    r->unit.apply = ready_apply;
    return hub_store_run(r->worker->leader->party->store, &r->unit);
}

/* The helper has not looked at it. */
static hub_status divide(struct run *r)
{
    HUB_TRY(hub_job_divide(r->worker, r->job, hub_buf_span(&r->stored)));
    hub_log(log_of(r), HUB_LOG_INFO, "job.divided", "task=%s job=%llu reports=%zu bytes=%llu",
            r->t->task->label, (unsigned long long)r->job->number, r->n,
            (unsigned long long)r->job->n_bytes);
    r->was_ended = true;
    return HUB_OK;
}

/* The helper's answer to the job's request, whose bytes were made if this is not about a job that
 * it works on. */
static hub_status exchange(struct run *r, struct hub_peer_reply *reply)
{
    const struct hub_job_exchange x = {r->worker, r->t->task, r->retry};
    hub_status status = HUB_E_NOT_FOUND;

    if (r->retry->location[0] != '\0')
        status = hub_job_poll(&x, reply);
    if (status == HUB_E_NOT_FOUND || status == HUB_OK) {
        HUB_TRY(prepare(r));
        if (r->n_members == 0)
            return HUB_OK;
    }
    return status == HUB_E_NOT_FOUND ? hub_job_send(&x, hub_buf_span(&r->body), reply) : status;
}

static hub_status run_job(struct run *r, struct hub_peer_reply *reply)
{
    struct hub_leader *const leader = r->worker->leader;
    const bool may_divide = r->job->state == HUB_STORE_JOB_TAKEN && r->job->n_reports > 1;

    if (may_divide && r->job->n_bytes > hub_leader_job_bytes_max(leader, r->t)) {
        HUB_TRY(load(r));
        return divide(r);
    }
    hub_status status = exchange(r, reply);
    if (status == HUB_E_SPACE && may_divide) {
        hub_leader_note_too_large(leader, r->t, r->job->n_bytes);
        return divide(r);
    }
    if (status == HUB_E_SPACE) {
        hub_log(log_of(r), HUB_LOG_WARN, "job.too_large",
                "task=%s job=%llu what=\"the helper must take more bytes a job\"",
                r->t->task->label, (unsigned long long)r->job->number);
        return HUB_E_DECODE;
    }
    if (status == HUB_OK && r->n_members > 0)
        status = read_response(r, hub_buf_span(&reply->body));
    return status == HUB_OK ? finish(r) : status;
}

static enum hub_job_end end_of(const struct run *r, hub_status status)
{
    switch (status) {
    case HUB_OK:
        return HUB_JOB_DONE;
    case HUB_E_BUSY:
        if (r->retry->location[0] != '\0')
            return HUB_JOB_WAITING;
        break;
    case HUB_E_DECODE:
        return HUB_JOB_BAD_REPLY;
    case HUB_E_CONFLICT:
        return HUB_JOB_STUCK;
    case HUB_E_NETWORK:
        return HUB_JOB_AGAIN;
    case HUB_E_ARGUMENT:
    case HUB_E_MEASUREMENT:
    case HUB_E_VERIFY:
    case HUB_E_OPEN:
    case HUB_E_SPACE:
    case HUB_E_NOT_FOUND:
    case HUB_E_CONFIG:
    case HUB_E_REFUSED:
    case HUB_E_MEMORY:
    case HUB_E_IO:
    case HUB_E_DB:
    case HUB_E_CRYPTO:
    case HUB_E_RANDOM:
    case HUB_N_STATUS:
        break;
    }
    hub_log(log_of(r), HUB_LOG_ERROR, "job.failed", "task=%s job=%llu why=\"%s\"",
            r->t->task->label, (unsigned long long)r->job->number, hub_status_text(status));
    return HUB_JOB_AGAIN;
}

enum hub_job_end hub_leader_job_run(struct hub_leader_worker *worker, struct hub_leader_task *t,
                                    struct hub_leader_retry *retry)
{
    HUB_CLEANUP(hub_peer_reply_clear) struct hub_peer_reply reply = {0};
    struct hub_store_job current;
    /* a retry comes with the state of its first run; the store knows better */
    hub_status status = hub_store_job_find(&worker->base->reader, &current, retry->job.number);

    if (status == HUB_E_NOT_FOUND)
        return HUB_JOB_DONE;
    if (status != HUB_OK)
        return HUB_JOB_AGAIN;
    struct run r = {
        .worker = worker,
        .t = t,
        .retry = retry,
        .job = &current,
        .stored = HUB_BUF_INIT(SIZE_MAX),
        .body = HUB_BUF_INIT(SIZE_MAX),
    };
    r.unit.bytes = current.n_bytes;
    const enum hub_job_end end = end_of(&r, run_job(&r, &reply));
    if (end == HUB_JOB_DONE && !r.was_ended) {
        free_slots(&r);
        log_outcome(&r);
        hub_job_defer_put_up(&r.defer, worker->leader, retry->n_deferred);
    }
    hub_job_defer_clear(&r.defer);
    hub_buf_clear(&r.stored);
    hub_buf_clear(&r.body);
    return end;
}
