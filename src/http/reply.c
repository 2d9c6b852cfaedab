/* A request's way out: the answer is made by whoever has it, and delivered by the connection's own
 * server thread. */
#include "http/server_internal.h"

#include <stdio.h>
#include <stdlib.h>

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
    return value == NULL || MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_retry_after(struct MHD_Response *response, uint32_t seconds)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%u", seconds);
    return add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, text);
}

/* Takes the response; NULL if a header can't be added: half an answer is none. */
static struct MHD_Response *with_headers(struct MHD_Response *response,
                                         const struct hub_http_reply *r)
{
    if (response == NULL)
        return NULL;
    bool is_whole = add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type) &&
                    add_header(response, MHD_HTTP_HEADER_LOCATION, r->location) &&
                    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, r->cache_control) &&
                    add_header(response, MHD_HTTP_HEADER_ETAG, r->etag) &&
                    (!r->has_retry_after || add_retry_after(response, r->retry_after_s));

    for (size_t i = 0; is_whole && i < r->n_headers; i++)
        is_whole = add_header(response, r->headers[i].name, r->headers[i].value);
    if (is_whole)
        return response;
    MHD_destroy_response(response);
    return NULL;
}

static struct MHD_Response *bytes_response(hub_span body, bool is_static)
{
    return MHD_create_response_from_buffer(body.len, hub_http_without_const(body.ptr),
                                           is_static ? MHD_RESPMEM_PERSISTENT
                                                     : MHD_RESPMEM_MUST_COPY);
}

struct MHD_Response *hub_http_problem_response(const struct hub_problem *p, uint32_t retry_after_s)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf json = HUB_BUF_INIT(HUB_PROBLEM_BYTES_MAX);
    const struct hub_http_reply r = {
        .content_type = HUB_PROBLEM_MEDIA_TYPE,
        .has_retry_after = retry_after_s != 0,
        .retry_after_s = retry_after_s,
    };

    if (hub_problem_write(&json, p) != HUB_OK)
        return NULL;
    return with_headers(bytes_response(hub_buf_span(&json), false), &r);
}

bool hub_http_answer(struct hub_http_request *req, unsigned status, struct MHD_Response *response)
{
    if (atomic_exchange(&req->is_claimed, true)) {
        if (response != NULL)
            MHD_destroy_response(response);
        return false;
    }
    struct MHD_Connection *const mhd = req->mhd;
    req->response = response;
    req->status = status;
    if (atomic_exchange(&req->phase, HUB_HTTP_ANSWERED) == HUB_HTTP_SUSPENDED)
        MHD_resume_connection(mhd); /* its thread may end the request while we are in here */
    return true;
}

/* The handler's answer: gives back its hold on the request. */
static void answer(struct hub_http_request *req, unsigned status, struct MHD_Response *response)
{
    const bool is_handed = req->is_handed;
    struct hub_http_server *const s = req->server;

    const bool counts = hub_http_answer(req, status, response);
    if (!is_handed)
        return; /* inside head, where the connection holds it */
    if (counts)
        atomic_fetch_sub(&s->n_handed, 1); /* the last touch of the server */
    hub_http_request_unref(req);
}

/* RFC 9110 section 13.1.2: a list of tags, or a star; W/ makes no difference here. */
static bool has_etag(const char *list, const char *etag)
{
    const size_t n = strlen(etag);

    if (strcmp(list, "*") == 0)
        return true;
    for (const char *at = strstr(list, etag); at != NULL; at = strstr(at + 1, etag)) {
        const bool starts = at == list || at[-1] == ' ' || at[-1] == ',' || at[-1] == '/';

        if (starts && (at[n] == '\0' || at[n] == ' ' || at[n] == ','))
            return true;
    }
    return false;
}

static bool is_unmodified(const struct hub_http_request *req, const struct hub_http_reply *r)
{
    return r->etag != NULL && r->status == MHD_HTTP_OK && req->if_none_match != NULL &&
           (req->method & (HUB_HTTP_GET | HUB_HTTP_HEAD)) != 0 &&
           has_etag(req->if_none_match, r->etag);
}

static void answer_unmodified(struct hub_http_request *req, const struct hub_http_reply *r)
{
    answer(req, MHD_HTTP_NOT_MODIFIED, with_headers(bytes_response(HUB_SPAN_EMPTY, true), r));
}

void hub_http_reply(struct hub_http_request *req, const struct hub_http_reply *reply)
{
    if (is_unmodified(req, reply)) {
        answer_unmodified(req, reply);
        return;
    }
    answer(req, reply->status,
           with_headers(bytes_response(reply->body, reply->body_is_static), reply));
}

void hub_http_reply_move(struct hub_http_request *req, const struct hub_http_reply *reply,
                         struct hub_buf *body)
{
    if (is_unmodified(req, reply)) {
        hub_buf_clear(body);
        answer_unmodified(req, reply);
        return;
    }
    struct MHD_Response *const response =
        MHD_create_response_from_buffer_with_free_callback(body->len, body->ptr, free);
    if (response == NULL) {
        hub_buf_clear(body);
    } else {
        *body = (struct hub_buf){.max = body->max};
    }
    answer(req, reply->status, with_headers(response, reply));
}

void hub_http_reply_problem(struct hub_http_request *req, const struct hub_problem *problem)
{
    answer(req, problem->status, hub_http_problem_response(problem, 0));
}

void hub_http_reply_status(struct hub_http_request *req, unsigned status, const char *detail,
                           uint32_t retry_after_s)
{
    const struct hub_problem p = hub_problem(status, NULL, hub_http_status_text(status), detail);

    answer(req, status, hub_http_problem_response(&p, retry_after_s));
}
