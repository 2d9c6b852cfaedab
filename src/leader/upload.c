/* Uploads (DAP-18, "Upload Request"). What needs no key is checked in the server's thread; replays,
 * collected windows and services' slots in the writing thread, with the reports of all requests
 * that are in flight. A 2xx leaves only after the commit. Grace is judged here, at receipt, and
 * nowhere later. */
#include "wire/upload.h"
#include "aggregator/check.h"
#include "leader/leader_internal.h"
#include "store/batch.h"
#include "store/segment.h"
#include "store/slot.h"
#include "store/task.h"

#include <stdio.h>
#include <stdlib.h>

struct upload {
    struct hub_unit unit;
    struct hub_leader *leader;
    struct hub_leader_task *task;
    struct hub_call *call;
    size_t n;
    uint8_t *verdict;                      /* after the keyless checks */
    uint8_t *final_verdict;                /* after the writing thread's */
    bool *claimed;                         /* this unit holds the slot */
    struct hub_store_report *out;          /* with the service's number in front */
    struct hub_buf bytes;                  /* what out points to */
    uint8_t fresh_batch[HUB_BATCH_ID_LEN]; /* leader-selected: if a new batch begins */
};

static void upload_free(struct upload *u)
{
    if (u == NULL)
        return;
    free(u->verdict);
    free(u->final_verdict);
    free(u->claimed);
    free(u->out);
    hub_buf_clear(&u->bytes);
    free(u);
}

/* No honest report of the task is longer. */
static size_t report_len_max(const struct hub_vdaf *vdaf)
{
    enum { ROOM = 2048 }; /* metadata, lengths, encapsulated keys, tags, some extensions */
    return ROOM + hub_vdaf_public_share_len(vdaf) +
           hub_vdaf_input_share_len(vdaf, HUB_VDAF_LEADER) +
           hub_vdaf_input_share_len(vdaf, HUB_VDAF_HELPER);
}

static enum hub_report_error check_report(const struct upload *u, const struct hub_report *report,
                                          uint64_t now_s)
{
    const struct hub_party_task *task = u->task->task;
    enum hub_report_error error = hub_task_check_receipt(task->task, report->metadata.time, now_s);

    if (error != HUB_REPORT_OK)
        return error;
    if (atomic_load(&u->task->task->intake) == HUB_INTAKE_ENDED)
        return HUB_REPORT_DROPPED;
    if (!hub_report_extensions_are_fine(report->metadata.public_extensions) ||
        report->encoded.len > report_len_max(task->vdaf))
        return HUB_REPORT_INVALID_MESSAGE;
    if (!hub_party_keys_have(&u->leader->party->keys, report->leader_share.config_id))
        return HUB_REPORT_OUTDATED_CONFIG;
    return HUB_REPORT_OK;
}

/* Copies the reports with their service in front; out gets views into the copy. */
static hub_status copy_reports(struct upload *u, const struct hub_report *reports, size_t body_len)
{
    const uint64_t tag = u->call->service < 0 ? 0 : u->task->task->service_tags[u->call->service];
    uint8_t prefix[HUB_LEADER_PREFIX_LEN];
    size_t at = 0;

    for (size_t i = 0; i < sizeof(prefix); i++)
        prefix[i] = (uint8_t)(tag >> (8 * (sizeof(prefix) - 1 - i)));
    u->bytes = (struct hub_buf)HUB_BUF_INIT(body_len + u->n * HUB_LEADER_PREFIX_LEN);
    HUB_TRY(hub_buf_reserve(&u->bytes, u->bytes.max));
    for (size_t i = 0; i < u->n; i++) {
        HUB_TRY(hub_buf_append(&u->bytes, HUB_SPAN_ARRAY(prefix)));
        HUB_TRY(hub_buf_append(&u->bytes, reports[i].encoded));
        u->out[i].encoded = hub_span_of(u->bytes.ptr + at, u->bytes.len - at);
        at = u->bytes.len;
        memcpy(u->out[i].id.bytes, reports[i].metadata.id, HUB_STORE_ID_LEN);
        u->out[i].id.window = reports[i].metadata.time;
    }
    return HUB_OK;
}

static hub_status check_reports(struct upload *u)
{
    const uint64_t now_s = hub_party_now_s(u->leader->party);
    struct hub_report *reports = calloc(u->n, sizeof(*reports));

    u->verdict = calloc(u->n, 1);
    u->final_verdict = calloc(u->n, 1);
    u->claimed = calloc(u->n, sizeof(*u->claimed));
    u->out = calloc(u->n, sizeof(*u->out));
    hub_status status = reports == NULL || u->verdict == NULL || u->final_verdict == NULL ||
                                u->claimed == NULL || u->out == NULL
                            ? HUB_E_MEMORY
                            : hub_upload_request_decode(reports, u->n, u->call->body);
    if (status == HUB_OK) {
        for (size_t i = 0; i < u->n; i++)
            u->verdict[i] = (uint8_t)check_report(u, &reports[i], now_s);
        status = copy_reports(u, reports, u->call->body.len);
    }
    free(reports);
    return status;
}

/* One report a window for each service; see leader/slots.h. */
static hub_status claim_slots(struct upload *u)
{
    const size_t service = (size_t)u->call->service;

    for (size_t i = 0; i < u->n; i++) {
        enum hub_slot slot;
        if (u->final_verdict[i] != HUB_REPORT_OK)
            continue;
        HUB_TRY(hub_slots_claim(u->task->slots, &slot, u->out[i].id.window, service,
                                u->out[i].id.bytes));
        u->claimed[i] =
            u->claimed[i] || slot == HUB_SLOT_CLAIMED; /* or when it was undone before */
        if (slot == HUB_SLOT_OTHER)
            u->final_verdict[i] = HUB_REPORT_DROPPED;
        if (slot == HUB_SLOT_COUNTED)
            u->final_verdict[i] = HUB_REPORT_REPLAYED;
    }
    return HUB_OK;
}

/* The same by rows, which are undone with the unit. */
static hub_status claim_rows(struct upload *u, struct hub_store_tx *tx)
{
    const uint64_t tag = u->task->task->service_tags[u->call->service];

    for (size_t i = 0; i < u->n; i++) {
        enum hub_store_slot slot;
        u->claimed[i] = false;
        if (u->final_verdict[i] != HUB_REPORT_OK)
            continue;
        HUB_TRY(hub_store_slot_claim(tx, u->task->task->number, u->out[i].id.window, tag,
                                     u->out[i].id.bytes, &slot));
        u->claimed[i] = slot == HUB_STORE_SLOT_CLAIMED;
        if (slot == HUB_STORE_SLOT_OTHER)
            u->final_verdict[i] = HUB_REPORT_DROPPED;
    }
    return HUB_OK;
}

/* Of reports that were not stored. */
static hub_status release_rows(const struct upload *u, struct hub_store_tx *tx)
{
    const uint64_t tag = u->task->task->service_tags[u->call->service];

    for (size_t i = 0; i < u->n; i++) {
        if (u->claimed[i] && u->final_verdict[i] != HUB_REPORT_OK)
            HUB_TRY(hub_store_slot_release(tx, u->task->task->number, u->out[i].id.window, tag,
                                           u->out[i].id.bytes));
    }
    return HUB_OK;
}

/* Gives back the slots of reports that were not stored; of all of them with all. */
static void release_slots(struct upload *u, bool all)
{
    for (size_t i = 0; i < u->n; i++) {
        if (!u->claimed[i] || (!all && u->final_verdict[i] == HUB_REPORT_OK))
            continue;
        hub_slots_release(u->task->slots, u->out[i].id.window, (size_t)u->call->service,
                          u->out[i].id.bytes);
        u->claimed[i] = false;
    }
}

/* The reports go into the batch that fills. */
static hub_status choose_batch(struct upload *u, struct hub_store_tx *tx)
{
    uint64_t number;

    HUB_TRY(hub_store_batch_fill(tx, u->task->task->number, u->fresh_batch, &number));
    for (size_t i = 0; i < u->n; i++)
        u->out[i].id.window = number;
    return HUB_OK;
}

static hub_status count_rejected(const struct upload *u, struct hub_store_tx *tx)
{
    size_t counts[HUB_N_REPORT_ERRORS] = {0};

    for (size_t i = 0; i < u->n; i++)
        counts[u->final_verdict[i]]++;
    for (unsigned e = 1; e < HUB_N_REPORT_ERRORS; e++) {
        char reason[48]; /* apart from what is rejected in aggregation */
        if (counts[e] == 0)
            continue;
        (void)snprintf(reason, sizeof(reason), "upload_%s",
                       hub_report_error_name((enum hub_report_error)e));
        HUB_TRY(hub_store_count(tx, u->task->task->number, reason, counts[e]));
    }
    return HUB_OK;
}

static hub_status apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct upload *u = (struct upload *)unit;

    memcpy(u->final_verdict, u->verdict, u->n);
    if (hub_task_is_leader_selected(u->task->task->task))
        HUB_TRY(choose_batch(u, tx));
    if (u->task->slots != NULL)
        HUB_TRY(claim_slots(u));
    if (u->task->has_slot_rows)
        HUB_TRY(claim_rows(u, tx));
    HUB_TRY(hub_store_segment_add(tx, u->task->task->number, u->out, u->n, u->final_verdict));
    if (u->task->slots != NULL)
        release_slots(u, false);
    if (u->task->has_slot_rows)
        HUB_TRY(release_rows(u, tx));
    return count_rejected(u, tx);
}

/* The draft lets a leader say report_replayed for a window that was collected. For a report that is
 * not known this says plainly that it was not taken, so that no client counts it as sent. */
static hub_status write_errors(struct hub_buf *body, const struct upload *u)
{
    struct hub_writer w = hub_writer(body);

    for (size_t i = 0; i < u->n; i++) {
        if (u->final_verdict[i] == HUB_REPORT_OK)
            continue;
        hub_write_span(&w, HUB_SPAN_ARRAY(u->out[i].id.bytes));
        hub_write_u8(&w, u->final_verdict[i]);
    }
    return hub_writer_finish(&w);
}

static void log_rejected(const struct upload *u)
{
    size_t counts[HUB_N_REPORT_ERRORS] = {0};

    for (size_t i = 0; i < u->n; i++)
        counts[u->final_verdict[i]]++;
    for (unsigned e = 1; e < HUB_N_REPORT_ERRORS; e++) {
        if (counts[e] != 0)
            hub_log(u->leader->party->log, HUB_LOG_DEBUG, "upload.rejected",
                    "task=%s reason=%s n=%zu", u->task->task->label,
                    hub_report_error_name((enum hub_report_error)e), counts[e]);
    }
}

static void done(struct hub_unit *unit, hub_status status)
{
    struct upload *u = (struct upload *)unit;
    struct hub_call *call = u->call;
    struct hub_answer answer = {.status = 200,
                                .message = HUB_MESSAGE_UPLOAD_ERRORS,
                                .body = HUB_BUF_INIT(u->n * HUB_UPLOAD_STATUS_LEN)};
    size_t n_stored = 0;

    if (status != HUB_OK && u->task->slots != NULL)
        release_slots(u, true);
    if (status == HUB_OK) {
        for (size_t i = 0; i < u->n; i++)
            n_stored += u->final_verdict[i] == HUB_REPORT_OK;
        hub_leader_waiting_add(u->leader, u->task, n_stored);
        status = write_errors(&answer.body, u);
    }
    if (status != HUB_OK) {
        hub_buf_clear(&answer.body);
        hub_call_failed(call, status);
    } else {
        log_rejected(u);
        answer.has_message = answer.body.len != 0;
        hub_call_answer(call, &answer);
    }
    upload_free(u);
}

void hub_leader_upload(struct hub_leader *leader, struct hub_call *call)
{
    size_t n;

    if (hub_party_disk_is_low(leader->party)) {
        hub_call_unavailable(call, NULL, HUB_CALL_DISK_TEXT, HUB_CALL_DISK_S);
        return;
    }
    if (hub_upload_request_count(&n, call->body) != HUB_OK) {
        hub_call_problem(call, 400, HUB_PROBLEM_INVALID_MESSAGE, "not an UploadRequest");
        return;
    }
    if (n == 0) {
        struct hub_answer answer = {.status = 200};
        hub_call_answer(call, &answer);
        return;
    }
    struct upload *u = calloc(1, sizeof(*u));
    if (u == NULL) {
        hub_call_failed(call, HUB_E_MEMORY);
        return;
    }
    *u = (struct upload){.unit = {.apply = apply, .done = done},
                         .leader = leader,
                         .task = hub_leader_task_of(leader, call->task),
                         .call = call,
                         .n = n};
    hub_status status = hub_rng_fill(&leader->party->rng, u->fresh_batch, sizeof(u->fresh_batch));
    if (status == HUB_OK)
        status = check_reports(u);
    u->unit.bytes = u->bytes.len + n * sizeof(*u->out);
    if (status == HUB_OK)
        status = hub_store_submit(leader->party->store, &u->unit);
    if (status != HUB_OK) {
        upload_free(u);
        hub_call_failed(call, status);
    }
}
