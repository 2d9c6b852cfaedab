/* Paths to resources, and the common answers. */
#include "aggregator/call.h"

#include "aggregator/party.h"
#include "statement/refusal.h"

#include <pthread.h>

void hub_answer_clear(struct hub_answer *answer)
{
    hub_buf_clear(&answer->body);
    *answer = (struct hub_answer){0};
}

/* Takes one segment off a path that starts with a slash; false if there is none. */
static bool next_segment(hub_span *segment, hub_span *path)
{
    if (path->len == 0 || path->ptr[0] != '/')
        return false;
    size_t n = 1;
    while (n < path->len && path->ptr[n] != '/')
        n++;
    *segment = hub_span_slice(*path, 1, n - 1);
    *path = hub_span_slice(*path, n, path->len - n);
    return true;
}

static bool is_text(hub_span s, const char *text)
{
    return hub_span_equal_var(s, hub_span_text(text));
}

static const struct {
    const char *name;
    enum hub_resource all;
    enum hub_resource one;
} collections[] = {
    {"reports", HUB_RESOURCE_REPORTS, HUB_RESOURCE_NONE},
    {"collection_jobs", HUB_RESOURCE_COLLECTION_JOBS, HUB_RESOURCE_COLLECTION_JOB},
    {"aggregation_jobs", HUB_RESOURCE_AGGREGATION_JOBS, HUB_RESOURCE_AGGREGATION_JOB},
    {"aggregate_shares", HUB_RESOURCE_AGGREGATE_SHARES, HUB_RESOURCE_AGGREGATE_SHARE},
};

enum hub_resource hub_call_route(hub_span *task_id, hub_span *resource_id, hub_span path)
{
    hub_span segment[4];
    size_t n = 0;

    *task_id = HUB_SPAN_EMPTY;
    *resource_id = HUB_SPAN_EMPTY;
    while (n < 4 && next_segment(&segment[n], &path))
        n++;
    if (path.len != 0 || n == 0)
        return HUB_RESOURCE_NONE;
    if (n == 1 && is_text(segment[0], "hpke_config"))
        return HUB_RESOURCE_HPKE_CONFIG;
    if (n == 1 && is_text(segment[0], "health"))
        return HUB_RESOURCE_HEALTH;
    if (n < 3 || !is_text(segment[0], "tasks"))
        return HUB_RESOURCE_NONE;
    *task_id = segment[1];
    if (n == 4)
        *resource_id = segment[3];
    for (size_t i = 0; i < sizeof(collections) / sizeof(*collections); i++) {
        if (is_text(segment[2], collections[i].name))
            return n == 4 ? collections[i].one : collections[i].all;
    }
    return HUB_RESOURCE_NONE;
}

void hub_call_answer(struct hub_call *call, struct hub_answer *answer)
{
    call->answer(call, answer);
    hub_answer_clear(answer);
}

static void name_task(struct hub_answer *answer, const struct hub_call *call)
{
    if (call->task == NULL)
        return;
    answer->has_task = true;
    answer->task_id = call->task->task->id;
}

void hub_call_problem(struct hub_call *call, unsigned status, enum hub_problem_type problem,
                      const char *detail)
{
    struct hub_answer answer = {.status = status, .problem = problem, .detail = detail};
    name_task(&answer, call);
    hub_call_answer(call, &answer);
}

void hub_call_unavailable(struct hub_call *call, const char *refusal, const char *detail,
                          uint32_t retry_after_s)
{
    struct hub_answer answer = {
        .status = 503, .refusal = refusal, .detail = detail, .retry_after_s = retry_after_s};
    name_task(&answer, call);
    hub_call_answer(call, &answer);
}

void hub_call_failed(struct hub_call *call, hub_status status)
{
    switch (status) {
    case HUB_E_DECODE:
    case HUB_E_VERIFY:
    case HUB_E_OPEN:
    case HUB_E_SPACE:
        hub_call_problem(call, 400, HUB_PROBLEM_INVALID_MESSAGE, NULL);
        return;
    case HUB_E_RANDOM:
        hub_call_unavailable(call, hub_refusal_name(HUB_REFUSAL_RANDOMNESS), "no randomness now",
                             1);
        return;
    case HUB_E_IO: /* the store's word for a head that cannot be written */
        hub_call_unavailable(call, hub_refusal_name(HUB_REFUSAL_LEDGER_UNAVAILABLE),
                             "the ledger's head cannot be written now", 1);
        return;
    case HUB_OK:
    case HUB_E_ARGUMENT:
    case HUB_E_MEASUREMENT:
    case HUB_E_NOT_FOUND:
    case HUB_E_CONFIG:
    case HUB_E_REFUSED:
    case HUB_E_CONFLICT:
    case HUB_E_MEMORY:
    case HUB_E_DB:
    case HUB_E_NETWORK:
    case HUB_E_CRYPTO:
    case HUB_E_BUSY:
    case HUB_N_STATUS:
        hub_call_unavailable(call, NULL, hub_status_text(status), 1);
        return;
    }
    hub_call_unavailable(call, NULL, NULL, 1);
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool has_answer;
    struct hub_answer *out;
};

static void wake(struct hub_call *call, struct hub_answer *answer)
{
    struct waiting *w = call->owner;

    pthread_mutex_lock(&w->lock);
    *w->out = *answer;
    *answer = (struct hub_answer){0}; /* the body went over */
    w->has_answer = true;
    pthread_cond_signal(&w->answered);
    pthread_mutex_unlock(&w->lock);
}

void hub_call_wait(struct hub_answer *out, struct hub_call *call,
                   void (*handle)(void *self, struct hub_call *call), void *self)
{
    struct waiting w = {.out = out};

    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.answered, NULL);
    call->answer = wake;
    /* cppcheck-suppress autoVariables ; we wait here until the call has let go of it */
    call->owner = &w;
    handle(self, call);
    pthread_mutex_lock(&w.lock);
    while (!w.has_answer)
        pthread_cond_wait(&w.answered, &w.lock);
    pthread_mutex_unlock(&w.lock);
    pthread_cond_destroy(&w.answered);
    pthread_mutex_destroy(&w.lock);
}
