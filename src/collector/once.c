/* POST, then GET at the Location until the answer is there (DAP-18, "Collection Job
 * Initialization"). */
#include "collector/once.h"

#include "base/clock.h"
#include "base/file.h"
#include "collector/chain_internal.h"
#include "hpke/key_file.h"
#include "http/problem.h"
#include "http/url.h"
#include "wire/media_type.h"

#include <stdlib.h>
#include <time.h>

enum { POLL_MS = 250, PAUSE_MAX_MS = 30000, ANSWER_MAX = 40 << 20 };

hub_status hub_collect_load(struct hub_collected_task *out, const char *task_path,
                            const char *key_path, struct hub_why *why)
{
    HUB_CLEANUP(hub_hpke_keypair_wipe) struct hub_hpke_keypair key = {.config = {.id = 0}};

    HUB_TRY(hub_hpke_key_file_load(&key, key_path, hub_file_read, why));
    return hub_collected_task_load(out, task_path, &key, why);
}

struct asking {
    const struct hub_collected_task *task;
    struct hub_http_client *client;
    char *jobs_url;
    struct hub_buf request;
    char location[HUB_HTTP_URL_MAX]; /* "": not yet made */
};

static void asking_clear(struct asking *a)
{
    hub_http_client_free(a->client);
    free(a->jobs_url);
    hub_buf_clear(&a->request);
}

static hub_status exchange(struct asking *a, struct hub_http_response *r, struct hub_why *why)
{
    const bool is_poll = a->location[0] != '\0';
    const struct hub_http_call call = {
        .method = is_poll ? HUB_HTTP_GET : HUB_HTTP_POST,
        .url = is_poll ? a->location : a->jobs_url,
        .content_type = is_poll ? NULL : hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ),
        .accept = hub_media_type(HUB_MESSAGE_COLLECTION_JOB_RESP),
        .bearer = a->task->dap_header ? NULL : a->task->token,
        .dap_auth_token = a->task->dap_header ? a->task->token : NULL,
        .body = is_poll ? HUB_SPAN_EMPTY : hub_buf_span(&a->request),
    };

    return hub_http_fetch(a->client, r, &call, why);
}

/* A 4xx is an answer, and final; what is behind a 5xx may pass. */
static hub_status refused(const struct hub_http_response *r, struct hub_why *why)
{
    struct hub_problem p;

    if (hub_problem_parse(&p, hub_buf_span(&r->body)) != HUB_OK)
        p = hub_problem(r->status, NULL, NULL, hub_http_status_text(r->status));
    const bool may_pass = r->status >= 500 || r->status == 408 || r->status == 429;
    return hub_why(why, may_pass ? HUB_E_BUSY : HUB_E_REFUSED, "the leader answers %u %s: %s",
                   r->status, p.type, p.detail);
}

static void sleep_ms(uint64_t ms)
{
    struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};

    while (nanosleep(&left, &left) != 0) {
    }
}

/* One step. HUB_E_BUSY, HUB_E_NETWORK: not yet; *pause_ms is the server's wish, if it has one. */
static hub_status step(struct asking *a, struct hub_collection *out, uint64_t *pause_ms,
                       struct hub_why *why)
{
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response r = {.status = 0};
    char url[HUB_HTTP_URL_MAX];

    HUB_TRY(exchange(a, &r, why));
    if (r.has_retry_after)
        *pause_ms = (uint64_t)r.retry_after_s * 1000;
    if (!hub_http_is_success(&r))
        return refused(&r, why);
    if (r.location[0] != '\0') {
        HUB_TRY(
            hub_url_resolve(url, a->location[0] != '\0' ? a->location : a->jobs_url, r.location));
        memcpy(a->location, url, strlen(url) + 1);
    }
    if (r.body.len != 0)
        return hub_collection_open(out, a->task, hub_buf_span(&a->request), hub_buf_span(&r.body),
                                   why);
    if (!r.has_retry_after)
        *pause_ms = POLL_MS;
    return hub_why(why, HUB_E_BUSY, "the leader has not finished");
}

/* All questions for a next batch have the same bytes, and the same bytes are the same job for as
 * long as the leader has it. What is lost with the answer is known to the leader alone: so the job
 * goes only when its shares were opened. */
static void forget(struct asking *a)
{
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response r = {.status = 0};
    const struct hub_http_call call = {
        .method = HUB_HTTP_DELETE,
        .url = a->location,
        .bearer = a->task->dap_header ? NULL : a->task->token,
        .dap_auth_token = a->task->dap_header ? a->task->token : NULL,
    };

    if (a->location[0] != '\0')
        (void)!hub_http_fetch(a->client, &r, &call, NULL);
}

hub_status hub_collect_once(struct hub_collection *out, const struct hub_collected_task *task,
                            const struct hub_http_client_config *http, uint64_t start,
                            uint64_t duration, unsigned patience_s, struct hub_why *why)
{
    HUB_CLEANUP(asking_clear)
    struct asking a = {.task = task, .request = HUB_BUF_INIT(256)};
    struct hub_http_client_config config = *http;
    const uint64_t until_ms = hub_monotonic_ms() + (uint64_t)patience_s * 1000;
    uint64_t backoff_ms = POLL_MS;

    config.response_bytes_max = ANSWER_MAX;
    a.jobs_url = hub_collection_jobs_url(task->task);
    if (a.jobs_url == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_collection_request(&a.request, task->task, start, duration));
    HUB_TRY(hub_http_client_new(&a.client, &config));
    for (;;) {
        uint64_t pause_ms = backoff_ms;
        const hub_status status = step(&a, out, &pause_ms, why);
        if (status == HUB_OK && hub_task_is_leader_selected(task->task))
            forget(&a);
        if (status != HUB_E_BUSY && status != HUB_E_NETWORK)
            return status;
        if (hub_monotonic_ms() + pause_ms > until_ms)
            return status;
        sleep_ms(pause_ms);
        backoff_ms = backoff_ms * 2 < PAUSE_MAX_MS ? backoff_ms * 2 : PAUSE_MAX_MS;
    }
}
