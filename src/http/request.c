/* A request's way in: its target, its headers, its body piece by piece, then the handler. What
 * libmicrohttpd calls runs on the connection's own server thread. */
#include "http/server_internal.h"

#include "base/text.h"

#include <stdlib.h>
#include <strings.h>

/* --- birth and end --- */

static void set_target(struct hub_http_request *req)
{
    const char *const mark = strchr(req->target, '?');
    const size_t n = mark == NULL ? strlen(req->target) : (size_t)(mark - req->target);

    req->path = hub_span_of(req->target, n);
    req->query = mark == NULL ? HUB_SPAN_EMPTY : hub_span_text(mark + 1);
}

void *hub_http_on_target(void *server, const char *target, struct MHD_Connection *mhd)
{
    struct hub_http_server *const s = server;
    const union MHD_ConnectionInfo *const info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct hub_http_connection *const c = info == NULL ? NULL : info->socket_context;
    struct hub_http_request *const req = c == NULL ? NULL : calloc(1, sizeof(*req));

    if (req == NULL)
        return NULL;
    req->target = strdup(target);
    if (req->target == NULL) {
        free(req);
        return NULL;
    }
    set_target(req);
    req->server = s;
    req->connection = c;
    req->mhd = mhd;
    req->body.max = s->config.body_bytes_max;
    atomic_init(&req->n_refs, 1);
    pthread_mutex_lock(&s->mutex);
    c->request = req;
    pthread_mutex_unlock(&s->mutex);
    return req;
}

void hub_http_request_unref(struct hub_http_request *req)
{
    if (atomic_fetch_sub(&req->n_refs, 1) != 1)
        return;
    if (req->context_clear != NULL)
        req->context_clear(req->context);
    if (req->response != NULL)
        MHD_destroy_response(req->response);
    hub_buf_wipe(&req->body);
    free(req->if_none_match);
    free(req->target);
    free(req);
}

void hub_http_on_completed(void *server, struct MHD_Connection *mhd, void **request,
                           enum MHD_RequestTerminationCode code)
{
    struct hub_http_server *const s = server;
    struct hub_http_request *const req = *request;

    (void)mhd;
    (void)code;
    if (req == NULL)
        return;
    *request = NULL;
    pthread_mutex_lock(&s->mutex);
    req->connection->request = NULL;
    pthread_mutex_unlock(&s->mutex);
    hub_http_deadline_set(req->connection, s->config.idle_ms_max);
    atomic_fetch_sub(&s->bodies_bytes, req->charged);
    if (req->has_head)
        atomic_fetch_sub(&s->n_in_flight, 1);
    hub_http_request_unref(req);
}

/* --- headers --- */

struct header_check {
    struct hub_http_request *req;
    unsigned n_content_length;
    unsigned n_transfer_encoding;
    unsigned n_content_type;
    unsigned n_authorization;
    unsigned n_dap_auth_token;
    bool is_bad;
};

static void check_content_length(struct header_check *check, const char *value)
{
    check->n_content_length++;
    if (hub_u64_parse(&check->req->announced, hub_span_text(value), 0, UINT64_MAX - 1) != HUB_OK)
        check->is_bad = true;
}

static void check_transfer_encoding(struct header_check *check, const char *value)
{
    check->n_transfer_encoding++;
    check->req->announced = UINT64_MAX;
    if (strcasecmp(value, "chunked") != 0)
        check->is_bad = true;
}

static enum MHD_Result check_header(void *self, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct header_check *const check = self;

    (void)kind;
    if (value == NULL)
        value = "";
    if (strcasecmp(name, "Content-Length") == 0)
        check_content_length(check, value);
    else if (strcasecmp(name, "Transfer-Encoding") == 0)
        check_transfer_encoding(check, value);
    else if (strcasecmp(name, "Content-Type") == 0)
        check->n_content_type++;
    else if (strcasecmp(name, "Authorization") == 0)
        check->n_authorization++;
    else if (strcasecmp(name, "DAP-Auth-Token") == 0)
        check->n_dap_auth_token++;
    return MHD_YES;
}

/* 0, or the status with which the request is refused before the handler sees it. Two lengths, or a
 * length and chunks, are how requests are smuggled past a proxy. */
static unsigned check_headers(struct hub_http_request *req)
{
    struct header_check check = {.req = req};

    if (req->path.len == 0 || req->path.ptr[0] != '/')
        return MHD_HTTP_BAD_REQUEST;
    if (strlen(req->target) >= HUB_HTTP_URL_MAX)
        return MHD_HTTP_URI_TOO_LONG;
    (void)MHD_get_connection_values(req->mhd, MHD_HEADER_KIND, check_header, &check);
    if (check.is_bad || check.n_content_length + check.n_transfer_encoding > 1 ||
        check.n_content_type > 1 || check.n_authorization > 1 || check.n_dap_auth_token > 1)
        return MHD_HTTP_BAD_REQUEST;
    if (req->method == HUB_HTTP_OTHER)
        return MHD_HTTP_NOT_IMPLEMENTED;
    return 0;
}

static const char *refusal_detail(unsigned status)
{
    switch (status) {
    case MHD_HTTP_BAD_REQUEST:
        return "the request line or a header is malformed or repeated";
    case MHD_HTTP_CONTENT_TOO_LARGE:
        return "the body is larger than this resource takes";
    case MHD_HTTP_URI_TOO_LONG:
        return "the request target is too long";
    case MHD_HTTP_SERVICE_UNAVAILABLE:
        return "the server has no room for this request now";
    default:
        return NULL;
    }
}

static void refuse(struct hub_http_request *req, unsigned status)
{
    const struct hub_problem p =
        hub_problem(status, NULL, hub_http_status_text(status), refusal_detail(status));
    const uint32_t retry_after_s = status == MHD_HTTP_SERVICE_UNAVAILABLE ? 1 : 0;

    (void)hub_http_answer(req, status, hub_http_problem_response(&p, retry_after_s));
}

/* Hands the answer to libmicrohttpd, which keeps it from then on. */
static enum MHD_Result deliver(struct hub_http_request *req)
{
    struct hub_http_server *const s = req->server;
    struct MHD_Response *const response = req->response;

    if (response == NULL)
        return MHD_NO;
    hub_http_deadline_set(req->connection, s->config.send_ms_max);
    if (atomic_load(&s->is_quiescing))
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    req->response = NULL;
    const enum MHD_Result result = MHD_queue_response(req->mhd, req->status, response);
    MHD_destroy_response(response);
    return result;
}

/* True if so many bytes more would be too many for all requests together. */
static bool is_full(const struct hub_http_server *s, uint64_t n)
{
    const size_t taken = atomic_load(&s->bodies_bytes);

    return taken > s->config.bodies_bytes_max || n > s->config.bodies_bytes_max - taken;
}

static enum MHD_Result take_head(struct hub_http_request *req, const char *method)
{
    struct hub_http_server *const s = req->server;

    req->has_head = true;
    atomic_fetch_add(&s->n_in_flight, 1);
    hub_http_deadline_set(req->connection, s->config.receive_ms_max);
    req->method = hub_http_method_parse(method);
    unsigned refusal = check_headers(req);
    if (refusal == 0 && atomic_load(&s->is_refusing))
        refusal = MHD_HTTP_SERVICE_UNAVAILABLE;
    if (refusal != 0) {
        refuse(req, refusal);
        return deliver(req);
    }

    const char *const etags =
        MHD_lookup_connection_value(req->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    req->if_none_match = etags == NULL ? NULL : strdup(etags);
    if (s->handler.head != NULL)
        s->handler.head(s->handler.self, req);
    if (!atomic_load(&req->is_claimed) && req->announced != UINT64_MAX) {
        if (req->announced > req->body.max)
            refuse(req, MHD_HTTP_CONTENT_TOO_LARGE);
        else if (is_full(s, req->announced))
            refuse(req, MHD_HTTP_SERVICE_UNAVAILABLE);
    }
    return atomic_load(&req->phase) == HUB_HTTP_ANSWERED ? deliver(req) : MHD_YES;
}

/* --- body --- */

/* Room for n more bytes, charged to the server: an announced length is trusted only as far as bytes
 * have come. */
static unsigned make_room(struct hub_http_request *req, size_t n)
{
    struct hub_http_server *const s = req->server;
    const size_t cap_before = req->body.cap;

    if (n > req->body.max - req->body.len)
        return MHD_HTTP_CONTENT_TOO_LARGE;
    size_t want = n;
    if (req->announced != UINT64_MAX && req->body.cap < req->body.len + n) {
        const size_t rest = (size_t)req->announced - req->body.len;
        const size_t ahead = req->body.len + n + (64 << 10);
        want = rest < n ? n : rest < ahead ? rest : ahead;
    }
    const hub_status status = hub_buf_reserve(&req->body, want);
    if (status != HUB_OK)
        return status == HUB_E_SPACE ? MHD_HTTP_CONTENT_TOO_LARGE : MHD_HTTP_SERVICE_UNAVAILABLE;
    const size_t grown = req->body.cap - cap_before;
    req->charged += grown;
    if (atomic_fetch_add(&s->bodies_bytes, grown) + grown > s->config.bodies_bytes_max)
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    return 0;
}

static enum MHD_Result take_body(struct hub_http_request *req, const char *upload, size_t n)
{
    if (req->refusal == 0)
        req->refusal = make_room(req, n);
    if (req->refusal == 0) {
        memcpy(req->body.ptr + req->body.len, upload, n);
        req->body.len += n;
        return MHD_YES;
    }
    if (req->discarded == 0) { /* the first piece too many: the room goes back at once */
        hub_buf_wipe(&req->body);
        atomic_fetch_sub(&req->server->bodies_bytes, req->charged);
        req->charged = 0;
    }
    req->discarded += n;
    return req->discarded > HUB_HTTP_DISCARD_MAX ? MHD_NO : MHD_YES;
}

/* --- the handler --- */

static enum MHD_Result hand_over(struct hub_http_request *req)
{
    struct hub_http_server *const s = req->server;

    /* The order of these two counts: hub_http_server_free sets is_refusing, then waits for n_handed
     * to be 0. One of us sees the other. */
    atomic_fetch_add(&s->n_handed, 1);
    if (atomic_load(&s->is_refusing)) {
        atomic_fetch_sub(&s->n_handed, 1);
        refuse(req, MHD_HTTP_SERVICE_UNAVAILABLE);
        return deliver(req);
    }
    hub_http_deadline_set(req->connection, 0);
    req->is_handed = true;
    atomic_fetch_add(&req->n_refs, 1);
    s->handler.body(s->handler.self, req);
    if (atomic_load(&req->phase) == HUB_HTTP_ANSWERED)
        return deliver(req);

    /* Suspended first, then said so: whoever answers after the exchange resumes; whoever answered
     * before it did not, and we do. */
    enum hub_http_phase expected = HUB_HTTP_OPEN;
    struct MHD_Connection *const mhd = req->mhd;
    MHD_suspend_connection(mhd);
    if (!atomic_compare_exchange_strong(&req->phase, &expected, HUB_HTTP_SUSPENDED))
        MHD_resume_connection(mhd);
    return MHD_YES;
}

enum MHD_Result hub_http_on_access(void *server, struct MHD_Connection *mhd, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_len, void **request)
{
    struct hub_http_request *const req = *request;

    (void)server;
    (void)mhd;
    (void)url;
    (void)version;
    if (req == NULL)
        return MHD_NO;
    if (!req->has_head)
        return take_head(req, method);
    if (*upload_len != 0) {
        const size_t n = *upload_len;
        *upload_len = 0;
        return take_body(req, upload, n);
    }
    if (atomic_load(&req->phase) == HUB_HTTP_ANSWERED)
        return deliver(req);
    if (req->refusal != 0) {
        refuse(req, req->refusal);
        return deliver(req);
    }
    return hand_over(req);
}

/* --- what a request says --- */

enum hub_http_method hub_http_method(const struct hub_http_request *req)
{
    return req->method;
}

hub_span hub_http_path(const struct hub_http_request *req)
{
    return req->path;
}

hub_span hub_http_query(const struct hub_http_request *req)
{
    return req->query;
}

const char *hub_http_header(const struct hub_http_request *req, const char *name)
{
    return MHD_lookup_connection_value(req->mhd, MHD_HEADER_KIND, name);
}

hub_span hub_http_body(const struct hub_http_request *req)
{
    return hub_buf_span(&req->body);
}

void hub_http_body_move(struct hub_http_request *req, struct hub_buf *out)
{
    hub_buf_move(out, &req->body);
}

void hub_http_body_limit(struct hub_http_request *req, size_t bytes_max)
{
    req->body.max = bytes_max;
}

void hub_http_context_set(struct hub_http_request *req, void *context, void (*clear)(void *))
{
    req->context = context;
    req->context_clear = clear;
}

void *hub_http_context(const struct hub_http_request *req)
{
    return req->context;
}
