/* GET and DELETE of collection jobs, and answers from what is stored. */
#include "leader/collection_internal.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { POLL_S = 1 };

void hub_leader_location(char out[HUB_CALL_LOCATION_MAX], const struct hub_party_task *task,
                         const uint8_t id[HUB_RESOURCE_ID_LEN])
{
    char text[HUB_BASE64URL_LEN(HUB_RESOURCE_ID_LEN) + 1];

    hub_base64url_encode(text, hub_span_of(id, HUB_RESOURCE_ID_LEN));
    (void)snprintf(out, HUB_CALL_LOCATION_MAX, "%s/tasks/%s/collection_jobs/%s", task->base_path,
                   task->label, text);
}

static enum hub_problem_type problem_of(const char *name)
{
    for (unsigned p = 0; p < HUB_N_PROBLEMS; p++) {
        if (strcmp(hub_problem_name((enum hub_problem_type)p), name) == 0)
            return (enum hub_problem_type)p;
    }
    return HUB_PROBLEM_NONE;
}

/* What was said when it failed, to whoever asks later. */
static void answer_failed(struct hub_call *call, const struct hub_store_collection *row)
{
    struct hub_answer answer = {.status = 400,
                                .problem = problem_of(row->problem),
                                .has_task = true,
                                .task_id = call->task->task->id};

    (void)snprintf(answer.text, sizeof(answer.text), "%s", row->detail);
    hub_call_answer(call, &answer);
}

void hub_leader_answer_stored(struct hub_leader *leader, struct hub_call *call,
                              struct hub_store_view *view, const uint8_t id[HUB_RESOURCE_ID_LEN],
                              unsigned done_status)
{
    struct hub_store_collection row;
    struct hub_answer answer = {.status = done_status, .body = HUB_BUF_INIT(SIZE_MAX)};
    hub_status status =
        hub_store_collection_find(view, call->task->number, id, &row, NULL, &answer.body);

    if (status != HUB_OK && status != HUB_E_NOT_FOUND) {
        hub_buf_clear(&answer.body);
        hub_call_failed(call, status);
        return;
    }
    if (status == HUB_E_NOT_FOUND || row.state == HUB_STORE_COLLECTION_DELETED) {
        hub_buf_clear(&answer.body);
        hub_call_problem(call, 404, HUB_PROBLEM_NONE, "there is no collection job with this id");
        return;
    }
    if (row.state == HUB_STORE_COLLECTION_FAILED) {
        hub_buf_clear(&answer.body);
        answer_failed(call, &row);
        return;
    }
    if (row.state == HUB_STORE_COLLECTION_WAITING &&
        hub_leader_collection_is_stuck(leader, row.number)) {
        hub_buf_clear(&answer.body);
        hub_collection_answer_stuck(call);
        return;
    }
    hub_leader_location(answer.location, call->task, id);
    if (row.state == HUB_STORE_COLLECTION_DONE) {
        answer.has_message = true;
        answer.message = HUB_MESSAGE_COLLECTION_JOB_RESP;
    } else {
        answer.status = 202;
        answer.retry_after_s = POLL_S;
    }
    hub_call_answer(call, &answer);
}

struct delete_unit {
    struct hub_unit unit;
    uint64_t task;
    const uint8_t *id;
};

static hub_status delete_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct delete_unit *u = (struct delete_unit *)unit;
    return hub_store_collection_delete(tx, u->task, u->id);
}

static void delete_collection(struct hub_leader *leader, struct hub_call *call)
{
    struct delete_unit u = {
        .unit = {.apply = delete_apply}, .task = call->task->number, .id = call->resource_id};
    struct hub_answer answer = {.status = 204};
    hub_status status = hub_store_run(leader->party->store, &u.unit);

    if (status == HUB_E_NOT_FOUND)
        hub_call_problem(call, 404, HUB_PROBLEM_NONE, "there is no collection job with this id");
    else if (status != HUB_OK)
        hub_call_failed(call, status);
    else
        hub_call_answer(call, &answer);
}

struct read_work {
    struct hub_work work;
    struct hub_leader *leader;
    struct hub_call *call;
};

static void run(struct hub_work *work, void *arg)
{
    struct read_work *w = (struct read_work *)work;
    struct hub_leader_worker *worker = arg;

    if (w->call->method == HUB_CALL_DELETE)
        delete_collection(w->leader, w->call);
    else
        hub_leader_answer_stored(w->leader, w->call, &worker->base->reader, w->call->resource_id,
                                 200);
    free(w);
}

void hub_leader_collection_resource(struct hub_leader *leader, struct hub_call *call)
{
    struct read_work *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        hub_call_failed(call, HUB_E_MEMORY);
        return;
    }
    *w = (struct read_work){.work = {.run = run}, .leader = leader, .call = call};
    hub_status status = hub_workers_submit(leader->readers, &w->work);
    if (status != HUB_OK) {
        free(w);
        hub_call_failed(call, status);
    }
}
