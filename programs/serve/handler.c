/* A request is judged when its headers are in, handed on when its body is. */
#include "serve/handler.h"

#include "aggregator/gate.h"
#include "http/auth.h"

#include <stdio.h>
#include <stdlib.h>

struct http_call {
    struct hub_call call;
    struct hub_http_request *req;
    struct hub_buf body;
};

/* Types of refusals for which DAP has none. */
#define REFUSAL_URN "urn:hubbub:error:"

static void clear_call(void *context)
{
    struct http_call *hc = context;

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
        .path = without_prefix(hub_http_path(req), serve->party->path_prefix),
        .query = hub_http_query(req),
        .content_type = hub_http_header(req, "Content-Type"),
        .answer = answer_call,
        .owner = hc,
    };
    hc->call.has_token =
        hub_auth_token(&hc->call.token, hub_http_header(req, HUB_AUTH_HEADER_BEARER),
                       hub_http_header(req, HUB_AUTH_HEADER_DAP)) == HUB_OK;
    hub_http_context_set(req, hc, clear_call);
    if (!hub_gate_check(serve->party, &hc->call, &answer, &bytes_max)) {
        reply(req, &answer);
        hub_answer_clear(&answer);
        return;
    }
    hub_http_body_limit(req, bytes_max);
}

static void body(void *self, struct hub_http_request *req)
{
    struct aggregator_serve *serve = self;
    struct http_call *hc = hub_http_context(req);
    struct hub_call *call = &hc->call;

    hub_http_body_move(req, &hc->body);
    call->path = HUB_SPAN_EMPTY; /* the headers end here */
    call->query = HUB_SPAN_EMPTY;
    call->token = HUB_SPAN_EMPTY;
    call->content_type = NULL;
    call->body = hub_buf_span(&hc->body);
    switch (call->resource) {
    case HUB_RESOURCE_HPKE_CONFIG:
    case HUB_RESOURCE_HEALTH:
    case HUB_RESOURCE_NONE:
        hub_party_handle(serve->party, call);
        return;
    case HUB_RESOURCE_REPORTS:
    case HUB_RESOURCE_COLLECTION_JOBS:
    case HUB_RESOURCE_COLLECTION_JOB:
        hub_leader_handle(serve->leader, call);
        return;
    case HUB_RESOURCE_AGGREGATION_JOBS:
    case HUB_RESOURCE_AGGREGATION_JOB:
    case HUB_RESOURCE_AGGREGATE_SHARES:
    case HUB_RESOURCE_AGGREGATE_SHARE:
        hub_helper_handle(serve->helper, call);
        return;
    }
}

struct hub_http_handler aggregator_handler(struct aggregator_serve *serve)
{
    return (struct hub_http_handler){.self = serve, .head = head, .body = body};
}
