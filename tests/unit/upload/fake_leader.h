/* An HTTP server on loopback that gives the answers of a script, in order, and remembers what it
 * was asked: for what the real leader does seldom. */
#ifndef TEST_FAKE_LEADER_H
#define TEST_FAKE_LEADER_H

#include "base/bytes.h"
#include "http/server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAKE_REQUESTS_MAX = 256 };

struct fake_answer {
    unsigned status;
    const char *content_type;
    hub_span body;
    const char *location;
    bool has_retry_after;
    uint32_t retry_after_s;
    const char *cache_control;
};

struct fake_request {
    enum hub_http_method method;
    char path[256];
    char authorization[128];
    char content_type[128];
    struct hub_buf body;
};

struct fake_leader {
    struct hub_http_server *server;
    char url[64]; /* "http://127.0.0.1:PORT/dap" */
    /* Called for each request with its number, under the lock. */
    struct fake_answer (*answer)(struct fake_leader *leader, size_t number,
                                 const struct fake_request *request);
    void *self;
    pthread_mutex_t lock;
    struct fake_request *requests; /* FAKE_REQUESTS_MAX of them */
    size_t n_requests;
};

static inline void fake_copy(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text == NULL ? "" : text);
}

static inline void fake_body(void *self, struct hub_http_request *req)
{
    struct fake_leader *const f = self;
    const hub_span path = hub_http_path(req);

    (void)pthread_mutex_lock(&f->lock);
    struct fake_request *const r = &f->requests[f->n_requests % FAKE_REQUESTS_MAX];
    hub_buf_clear(&r->body);
    *r = (struct fake_request){.method = hub_http_method(req), .body = HUB_BUF_INIT(1 << 24)};
    (void)snprintf(r->path, sizeof(r->path), "%.*s", (int)path.len, (const char *)path.ptr);
    fake_copy(r->authorization, sizeof(r->authorization), hub_http_header(req, "Authorization"));
    fake_copy(r->content_type, sizeof(r->content_type), hub_http_header(req, "Content-Type"));
    if (hub_buf_append(&r->body, hub_http_body(req)) != HUB_OK)
        abort();
    const struct fake_answer a = f->answer(f, f->n_requests, r);
    f->n_requests++;
    (void)pthread_mutex_unlock(&f->lock);
    const struct hub_http_reply reply = {.status = a.status,
                                         .content_type = a.content_type,
                                         .body = a.body,
                                         .location = a.location,
                                         .has_retry_after = a.has_retry_after,
                                         .retry_after_s = a.retry_after_s,
                                         .cache_control = a.cache_control};
    hub_http_reply(req, &reply);
}

static inline hub_status fake_leader_start(struct fake_leader *f)
{
    struct hub_http_server_config config = hub_http_server_config();
    const struct hub_http_handler handler = {f, NULL, fake_body};
    struct hub_why why = {{0}};

    f->requests = calloc(FAKE_REQUESTS_MAX, sizeof(*f->requests));
    if (f->requests == NULL)
        return HUB_E_MEMORY;
    (void)pthread_mutex_init(&f->lock, NULL);
    config.address = "127.0.0.1";
    config.port = 0;
    config.n_threads = 1;
    config.stop_ms_max = 1000;
    HUB_TRY(hub_http_server_new(&f->server, &config, &handler, &why));
    (void)snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/dap",
                   (unsigned)hub_http_server_port(f->server));
    return HUB_OK;
}

static inline void fake_leader_stop(struct fake_leader *f)
{
    hub_http_server_free(f->server);
    for (size_t i = 0; i < FAKE_REQUESTS_MAX; i++)
        hub_buf_clear(&f->requests[i].body);
    free(f->requests);
    (void)pthread_mutex_destroy(&f->lock);
}

/* Whether a path ends so. */
static inline bool fake_ends(const char *path, const char *ending)
{
    const size_t n = strlen(path);
    const size_t k = strlen(ending);

    return n >= k && strcmp(path + n - k, ending) == 0;
}

#endif
