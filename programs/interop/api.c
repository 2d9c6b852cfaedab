/* From HTTP to endpoints: a request's body goes to a worker, which parses, runs and answers. */
#include "interop/api.h"

#include "aggregator/workers.h"

#include <stdlib.h>
#include <strings.h>

enum { BODY_MAX = 8 << 20 };

static const char prefix[] = "/internal/test/";
static const char media_type[] = "application/json";

struct interop_server {
    const struct interop_api *api;
    struct hub_workers *workers;
    struct hub_http_server *http;
};

/* One request on its way through a worker. */
struct exchange {
    struct hub_work work;
    struct interop_server *server;
    const struct interop_endpoint *endpoint;
    struct hub_http_request *req;
    struct hub_buf body;
    bool is_json;
};

static bool is_test_path(hub_span path)
{
    const size_t n = sizeof(prefix) - 1;
    return path.len > n && memcmp(path.ptr, prefix, n) == 0;
}

static const struct interop_endpoint *find_endpoint(const struct interop_api *api, hub_span path)
{
    const size_t n = sizeof(prefix) - 1;

    for (size_t i = 0; i < api->n_endpoints; i++) {
        const char *const name = api->endpoints[i].name;
        if (path.len - n == strlen(name) && memcmp(path.ptr + n, name, path.len - n) == 0)
            return &api->endpoints[i];
    }
    return NULL;
}

/* ---- A worker's part */

static void set_text(json_t *reply, const char *field, const char *text)
{
    (void)json_object_set_new(reply, field, json_string(text));
}

static hub_status run_endpoint(const struct exchange *x, json_t *reply, struct hub_why *why)
{
    HUB_CLEANUP(json_decrefp) json_t *request = NULL;
    json_error_t error;

    if (!x->is_json)
        return hub_why(why, HUB_E_DECODE, "the Content-Type is not %s", media_type);
    request = json_loadb((const char *)x->body.ptr, x->body.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(request))
        return hub_why(why, HUB_E_DECODE, "the body is no JSON object: %.150s",
                       request == NULL ? error.text : "it is something else");
    return x->endpoint->run(x->server->api->self, request, reply, why);
}

static json_t *make_reply(const struct exchange *x)
{
    json_t *const reply = json_object();
    struct hub_why why = {{0}};

    if (x->endpoint->run == NULL || reply == NULL)
        return reply;
    for (size_t i = 0; i < INTEROP_FIELDS_MAX && x->endpoint->fields[i] != NULL; i++)
        (void)json_object_set_new(reply, x->endpoint->fields[i], json_null());
    const hub_status status = run_endpoint(x, reply, &why);
    if (status != HUB_OK) {
        set_text(reply, "status", "error");
        set_text(reply, "error", why.text[0] != '\0' ? why.text : hub_status_text(status));
        hub_log(x->server->api->log, HUB_LOG_INFO, "test.refused", "endpoint=%s why=\"%s\"",
                x->endpoint->name, why.text);
    } else if (json_is_null(json_object_get(reply, "status"))) {
        set_text(reply, "status", "success");
    }
    return reply;
}

static void answer(struct hub_work *work, void *worker)
{
    struct exchange *const x = (struct exchange *)work;
    json_t *const reply = make_reply(x);
    char *const text = reply == NULL ? NULL : json_dumps(reply, JSON_COMPACT);

    (void)worker;
    if (text == NULL) {
        hub_http_reply_status(x->req, 500, NULL, 0);
    } else {
        const struct hub_http_reply r = {
            .status = 200, .content_type = media_type, .body = hub_span_text(text)};
        hub_http_reply(x->req, &r);
    }
    free(text);
    json_decref(reply);
    hub_buf_wipe(&x->body);
    free(x);
}

/* ---- The server's part */

static bool is_json_type(const char *content_type)
{
    const size_t n = sizeof(media_type) - 1;
    return content_type != NULL && strncasecmp(content_type, media_type, n) == 0 &&
           (content_type[n] == '\0' || content_type[n] == ';' || content_type[n] == ' ');
}

static void head(void *self, struct hub_http_request *req)
{
    static const struct hub_http_header allow = {"Allow", "POST"};
    const struct hub_http_reply not_allowed = {.status = 405, .headers = &allow, .n_headers = 1};
    const struct interop_server *const s = self;
    const hub_span path = hub_http_path(req);

    if (!is_test_path(path)) {
        if (s->api->other != NULL)
            s->api->other->head(s->api->other->self, req);
        else
            hub_http_reply_status(req, 404, NULL, 0);
        return;
    }
    if (find_endpoint(s->api, path) == NULL)
        hub_http_reply_status(req, 404, NULL, 0);
    else if (hub_http_method(req) != HUB_HTTP_POST)
        hub_http_reply(req, &not_allowed);
    else
        hub_http_body_limit(req, BODY_MAX);
}

static void body(void *self, struct hub_http_request *req)
{
    struct interop_server *const s = self;

    if (!is_test_path(hub_http_path(req))) {
        s->api->other->body(s->api->other->self, req);
        return;
    }
    struct exchange *const x = calloc(1, sizeof(*x));
    if (x == NULL) {
        hub_http_reply_status(req, 503, NULL, 1);
        return;
    }
    *x = (struct exchange){
        .work = {.run = answer},
        .server = s,
        .endpoint = find_endpoint(s->api, hub_http_path(req)),
        .req = req,
        .is_json = is_json_type(hub_http_header(req, "Content-Type")),
    };
    hub_http_body_move(req, &x->body);
    if (hub_workers_submit(s->workers, &x->work) != HUB_OK) {
        hub_http_reply_status(req, 503, NULL, 1);
        hub_buf_wipe(&x->body);
        free(x);
    }
}

hub_status interop_server_new(struct interop_server **out, const struct interop_api *api,
                              uint16_t port, struct hub_why *why)
{
    struct hub_http_server_config config = hub_http_server_config();
    const struct hub_workers_config workers = {.n_threads = api->n_threads};
    struct interop_server *const s = calloc(1, sizeof(*s));

    if (s == NULL)
        return HUB_E_MEMORY;
    s->api = api;
    config.address = "127.0.0.1";
    config.port = port;
    config.n_threads = 2;
    config.log = api->log;
    const struct hub_http_handler handler = {.self = s, .head = head, .body = body};
    hub_status status = hub_workers_new(&s->workers, &workers);
    if (status == HUB_OK)
        status = hub_http_server_new(&s->http, &config, &handler, why);
    if (status != HUB_OK) {
        interop_server_free(s);
        return status;
    }
    *out = s;
    return HUB_OK;
}

uint16_t interop_server_port(const struct interop_server *s)
{
    return hub_http_server_port(s->http);
}

void interop_server_free(struct interop_server *s)
{
    if (s == NULL)
        return;
    hub_http_server_free(s->http);
    hub_workers_free(s->workers);
    free(s);
}
