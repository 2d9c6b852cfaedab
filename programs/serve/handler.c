/* A request is judged when its headers are in, handed on when its body is. */
#include "serve/handler.h"

#include "aggregator/gate.h"
#include "base/text.h"
#include "http/auth.h"

#include <stdio.h>
#include <stdlib.h>

struct http_call {
    struct hub_call call;
    struct hub_http_request *req;
    struct aggregator_home *home; /* of its task; of none: the first */
    size_t held;                  /* bytes that count as its home's */
    struct hub_buf body;
};

enum { WAITING_RETRY_S = 5 };

/* Types of refusals for which DAP has none. */
#define REFUSAL_URN "urn:hubbub:error:"

static void clear_call(void *context)
{
    struct http_call *hc = context;

    if (hc->held != 0)
        atomic_fetch_sub(&hc->home->bodies_bytes, hc->held);
    hub_buf_wipe(&hc->body);
    free(hc);
}

static struct hub_problem problem_of(const struct hub_answer *answer)
{
    char type[128];
    const char *title = NULL;

    (void)snprintf(type, sizeof(type), "%s", hub_problem_urn(answer->problem));
    if (answer->problem != HUB_PROBLEM_NONE)
        title = hub_problem_title(answer->problem);
    else if (answer->refusal != NULL)
        (void)snprintf(type, sizeof(type), REFUSAL_URN "%s", answer->refusal);
    const char *const text = answer->text[0] == '\0' ? NULL : answer->text;
    struct hub_problem p =
        hub_problem(answer->status, type, title, answer->detail == NULL ? text : answer->detail);
    if (answer->has_task)
        hub_problem_set_task_id(&p, answer->task_id.bytes);
    memcpy(p.unsupported_extensions, answer->unsupported,
           answer->n_unsupported * sizeof(*answer->unsupported));
    p.n_unsupported_extensions = answer->n_unsupported;
    return p;
}

static void reply(struct hub_http_request *req, struct hub_answer *answer)
{
    char cache_control[48];
    struct hub_http_header headers[2];
    struct hub_http_reply r = {
        .headers = headers,
        .status = answer->status,
        .has_retry_after = answer->retry_after_s != 0,
        .retry_after_s = answer->retry_after_s,
        .location = answer->location[0] == '\0' ? NULL : answer->location,
    };

    if (answer->status >= 400) {
        const struct hub_problem p = problem_of(answer);
        hub_buf_clear(&answer->body);
        answer->body = (struct hub_buf)HUB_BUF_INIT(HUB_PROBLEM_BYTES_MAX);
        if (hub_problem_write(&answer->body, &p) == HUB_OK)
            r.content_type = HUB_PROBLEM_MEDIA_TYPE;
    } else if (answer->has_message) {
        r.content_type = hub_media_type(answer->message);
    }
    if (answer->status == 401) /* RFC 9110 section 11.6.1 */
        headers[r.n_headers++] = (struct hub_http_header){"WWW-Authenticate", "Bearer"};
    if (answer->allow != NULL)
        headers[r.n_headers++] = (struct hub_http_header){"Allow", answer->allow};
    if (answer->max_age_s != 0) {
        (void)snprintf(cache_control, sizeof(cache_control), "max-age=%u", answer->max_age_s);
        r.cache_control = cache_control;
    }
    hub_http_reply_move(req, &r, &answer->body);
}

static void answer_call(struct hub_call *call, struct hub_answer *answer)
{
    struct http_call *hc = call->owner;
    reply(hc->req, answer); /* hc may be gone from here on */
}

static enum hub_call_method method_of(const struct hub_http_request *req)
{
    switch (hub_http_method(req)) {
    case HUB_HTTP_GET:
    case HUB_HTTP_HEAD:
        return HUB_CALL_GET;
    case HUB_HTTP_POST:
        return HUB_CALL_POST;
    case HUB_HTTP_DELETE:
        return HUB_CALL_DELETE;
    case HUB_HTTP_PUT:
    case HUB_HTTP_PATCH:
    case HUB_HTTP_OTHER:
        break;
    }
    return HUB_CALL_OTHER;
}

/* What stands behind the path of the aggregator's own URL; a proxy may have taken that off. */
static hub_span without_prefix(hub_span path, const char *prefix)
{
    const size_t n = strlen(prefix);

    if (n != 0 && path.len > n && memcmp(path.ptr, prefix, n) == 0 && path.ptr[n] == '/')
        return hub_span_slice(path, n, path.len - n);
    return path;
}

static struct aggregator_home *first_home(const struct aggregator_serve *serve)
{
    for (size_t i = 0; i < serve->n_homes; i++) {
        struct aggregator_home *const home = aggregator_home_at(serve, i);
        if (home != NULL)
            return home;
    }
    return NULL;
}

/* Where the task of this path is at home. NULL: in none that is open. */
static struct aggregator_home *find_home(const struct aggregator_serve *serve, hub_span path)
{
    hub_span task_text;
    hub_span id_text;
    uint8_t id[HUB_TASK_ID_LEN];

    (void)hub_call_route(&task_text, &id_text, path);
    if (task_text.len == 0 || hub_base64url_decode_exact(id, sizeof(id), task_text) != HUB_OK)
        return first_home(serve);
    for (size_t i = 0; i < serve->n_homes; i++) {
        struct aggregator_home *const home = aggregator_home_at(serve, i);
        if (home != NULL && hub_party_task_find(home->party, id) != NULL)
            return home;
    }
    return atomic_load(&serve->is_waiting) ? NULL : first_home(serve);
}

/* A database that hangs keeps what is for it, but not the room of what is for others. */
static bool is_full(const struct aggregator_serve *serve, const struct aggregator_home *home)
{
    return serve->bodies_of_one_max != 0 &&
           atomic_load(&home->bodies_bytes) > serve->bodies_of_one_max;
}

/* A client that is told that there is no such task gives its reports up; so nobody is while one may
 * come. */
static void reply_waiting(struct hub_http_request *req)
{
    struct hub_answer answer = {.status = 503,
                                .detail = "the database of this task is away, or too slow",
                                .retry_after_s = WAITING_RETRY_S};

    reply(req, &answer);
    hub_answer_clear(&answer);
}

static void head(void *self, struct hub_http_request *req)
{
    struct aggregator_serve *serve = self;
    struct hub_answer answer = {0};
    size_t bytes_max;
    struct http_call *hc = calloc(1, sizeof(*hc));

    if (hc == NULL) {
        hub_http_reply_status(req, 503, NULL, 1);
        return;
    }
    hc->req = req;
    hc->call = (struct hub_call){
        .method = method_of(req),
        .path = without_prefix(hub_http_path(req), first_home(serve)->party->path_prefix),
        .query = hub_http_query(req),
        .content_type = hub_http_header(req, "Content-Type"),
        .answer = answer_call,
        .owner = hc,
    };
    hc->call.has_token =
        hub_auth_token(&hc->call.token, hub_http_header(req, HUB_AUTH_HEADER_BEARER),
                       hub_http_header(req, HUB_AUTH_HEADER_DAP)) == HUB_OK;
    hub_http_context_set(req, hc, clear_call);
    hc->home = find_home(serve, hc->call.path);
    if (hc->home == NULL || is_full(serve, hc->home)) {
        reply_waiting(req);
        return;
    }
    if (!hub_gate_check(hc->home->party, &hc->call, &answer, &bytes_max)) {
        reply(req, &answer);
        hub_answer_clear(&answer);
        return;
    }
    hub_http_body_limit(req, bytes_max);
}

static void to_leader(const struct aggregator_home *home, struct hub_call *call)
{
    struct hub_leader *const leader = atomic_load(&home->leader);

    if (leader == NULL) /* the task was there a moment before its room */
        hub_call_failed(call, HUB_E_BUSY);
    else
        hub_leader_handle(leader, call);
}

static void to_helper(const struct aggregator_home *home, struct hub_call *call)
{
    struct hub_helper *const helper = atomic_load(&home->helper);

    if (helper == NULL)
        hub_call_failed(call, HUB_E_BUSY);
    else
        hub_helper_handle(helper, call);
}

static void body(void *self, struct hub_http_request *req)
{
    struct http_call *hc = hub_http_context(req);
    struct hub_call *call = &hc->call;

    (void)self;
    hub_http_body_move(req, &hc->body);
    hc->held = hc->body.len;
    atomic_fetch_add(&hc->home->bodies_bytes, hc->held);
    call->path = HUB_SPAN_EMPTY; /* the headers end here */
    call->query = HUB_SPAN_EMPTY;
    call->token = HUB_SPAN_EMPTY;
    call->content_type = NULL;
    call->body = hub_buf_span(&hc->body);
    switch (call->resource) {
    case HUB_RESOURCE_HPKE_CONFIG:
    case HUB_RESOURCE_HEALTH:
    case HUB_RESOURCE_NONE:
        hub_party_handle(hc->home->party, call);
        return;
    case HUB_RESOURCE_REPORTS:
    case HUB_RESOURCE_COLLECTION_JOBS:
    case HUB_RESOURCE_COLLECTION_JOB:
        to_leader(hc->home, call);
        return;
    case HUB_RESOURCE_AGGREGATION_JOBS:
    case HUB_RESOURCE_AGGREGATION_JOB:
    case HUB_RESOURCE_AGGREGATE_SHARES:
    case HUB_RESOURCE_AGGREGATE_SHARE:
        to_helper(hc->home, call);
        return;
    }
}

struct hub_http_handler aggregator_handler(struct aggregator_serve *serve)
{
    return (struct hub_http_handler){.self = serve, .head = head, .body = body};
}
