/* What goes over the wire for an aggregation job (DAP-18, "Asynchronous Request Handling" and
 * "Leader Initialization"): the request, and while the helper defers its answer, questions at the
 * Location that it gave. A helper that takes long is asked again by the schedule, not by a thread
 * that waits. */
#include "leader/leader_internal.h"

#include "wire/aggregation_job.h"

#include <stdio.h>
#include <time.h>

enum { POLLS_MAX = 4, POLL_MS = 100 };

static void sleep_ms(unsigned ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

static void jobs_path(char out[128], const struct hub_job_exchange *x)
{
    (void)snprintf(out, 128, "/tasks/%s/aggregation_jobs", x->task->label);
}

/* A success, as the client of "Asynchronous Request Handling" reads it. */
static hub_status read_success(const struct hub_job_exchange *x, const struct hub_peer_reply *reply)
{
    struct hub_leader_retry *const r = x->retry;

    if (reply->body.len != 0) {
        const bool is_resp =
            hub_media_type_is(reply->content_type, HUB_MESSAGE_AGGREGATION_JOB_RESP);
        if (is_resp)
            r->location[0] = '\0';
        return is_resp ? HUB_OK : HUB_E_DECODE;
    }
    if (reply->location[0] != '\0')
        memcpy(r->location, reply->location, sizeof(r->location));
    if (r->location[0] == '\0')
        return HUB_E_DECODE;
    r->wait_s = reply->retry_after_s;
    return HUB_E_BUSY;
}

/* 413 is said of a request that nobody has read. Who the leader is, and which tasks there are, is
 * for people to put right; the rest of 4xx is said of the request's content, which stays. */
static hub_status read_refusal(const struct hub_job_exchange *x, const struct hub_peer_reply *reply)
{
    hub_log(x->worker->leader->party->log, HUB_LOG_WARN, "job.refused",
            "task=%s job=%llu status=%u problem=%s", x->task->label,
            (unsigned long long)x->retry->job.number, reply->status,
            hub_problem_name(reply->problem));
    switch (reply->status) {
    case 401:
    case 403:
    case 404:
    case 408:
    case 425:
    case 429:
        return HUB_E_NETWORK;
    case 413:
        return HUB_E_SPACE;
    default:
        return reply->status >= 400 && reply->status <= 499 ? HUB_E_DECODE : HUB_E_NETWORK;
    }
}

static hub_status ask(const struct hub_job_exchange *x, const struct hub_peer_request *request,
                      struct hub_peer_reply *reply)
{
    const struct hub_peer *peer = &x->worker->leader->peer;

    hub_peer_reply_clear(reply);
    const hub_status status = peer->exchange(x->worker->connection, request, reply);
    if (status == HUB_E_SPACE) /* of the reply */
        return HUB_E_DECODE;
    HUB_TRY(status);
    if (reply->location[0] != '\0')
        hub_trace_of_location(x->retry->trace, reply->location);
    return reply->status >= 200 && reply->status <= 299 ? read_success(x, reply)
                                                        : read_refusal(x, reply);
}

static hub_status ask_location(const struct hub_job_exchange *x, struct hub_peer_reply *reply)
{
    char base[128];
    char location[HUB_CALL_LOCATION_MAX];
    const struct hub_peer_request request = {.method = HUB_CALL_GET,
                                             .task = x->task,
                                             .path = location,
                                             .is_location = true,
                                             .base_path = base};

    jobs_path(base, x);
    memcpy(location, x->retry->location, sizeof(location)); /* the answer may name another */
    return ask(x, &request, reply);
}

hub_status hub_job_poll(const struct hub_job_exchange *x, struct hub_peer_reply *reply)
{
    hub_status status = ask_location(x, reply);

    if (status == HUB_E_SPACE) /* 413 to a question without a body */
        return HUB_E_DECODE;
    if (reply->status != 404 && reply->status != 410)
        return status;
    x->retry->location[0] = '\0'; /* it has forgotten: a crash, or the job has aged */
    return HUB_E_NOT_FOUND;
}

hub_status hub_job_send(const struct hub_job_exchange *x, hub_span body,
                        struct hub_peer_reply *reply)
{
    char path[128];
    const struct hub_peer_request request = {
        .method = HUB_CALL_POST,
        .task = x->task,
        .path = path,
        .base_path = path,
        .content_type = hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ),
        .body = body,
    };

    jobs_path(path, x);
    hub_status status = ask(x, &request, reply);
    for (int i = 0; i < POLLS_MAX && status == HUB_E_BUSY && x->retry->wait_s <= 1; i++) {
        sleep_ms(x->retry->wait_s == 0 ? POLL_MS : 1000 * x->retry->wait_s);
        status = hub_job_poll(x, reply);
    }
    return status == HUB_E_NOT_FOUND ? HUB_E_NETWORK : status;
}
