/* See serving.h. */
#include "serving.h"

#include "http/query.h"
#include "http/router.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum resource { HELLO = 1, ECHO, SMALL, NOW, REFUSE, LATER, BUSY, PROBLEM, QUERY, BIG };

static const struct hub_route routes[] = {
    {HUB_HTTP_GET, "/hello", HELLO},    {HUB_HTTP_POST, "/echo", ECHO},
    {HUB_HTTP_POST, "/small", SMALL},   {HUB_HTTP_GET, "/now", NOW},
    {HUB_HTTP_POST, "/refuse", REFUSE}, {HUB_HTTP_POST, "/later", LATER},
    {HUB_HTTP_GET, "/busy", BUSY},      {HUB_HTTP_GET, "/problem", PROBLEM},
    {HUB_HTTP_GET, "/query", QUERY},    {HUB_HTTP_GET, "/big", BIG},
};

static int resource_of(const struct hub_http_request *req)
{
    struct hub_route_match match;

    if (hub_route_find(&match, routes, sizeof(routes) / sizeof(routes[0]), "", hub_http_method(req),
                       hub_http_path(req)) != HUB_OK)
        return 0;
    return match.route->id;
}

static void reply_text(struct hub_http_request *req, unsigned status, const char *text)
{
    hub_http_reply(req, &(struct hub_http_reply){.status = status,
                                                 .content_type = "text/plain",
                                                 .body = hub_span_text(text)});
}

static void count_down(void *count)
{
    atomic_fetch_sub((_Atomic unsigned *)count, 1);
}

static void on_head(void *self, struct hub_http_request *req)
{
    struct serving *const s = self;

    atomic_fetch_add(&s->n_contexts, 1);
    hub_http_context_set(req, &s->n_contexts, count_down);
    switch (resource_of(req)) {
    case SMALL:
        hub_http_body_limit(req, 100);
        return;
    case NOW:
        reply_text(req, 200, "now");
        return;
    case REFUSE:
        hub_http_reply_status(req, 401, "no token", 0);
        return;
    default:
        return;
    }
}

static void reply_length(struct hub_http_request *req)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%zu", hub_http_body(req).len);
    reply_text(req, 200, text);
}

static void hold(struct serving *s, struct hub_http_request *req)
{
    pthread_mutex_lock(&s->mutex);
    assert_true(s->n_held < sizeof(s->held) / sizeof(s->held[0]));
    s->held[s->n_held++] = req;
    pthread_mutex_unlock(&s->mutex);
}

static void reply_problem(struct hub_http_request *req)
{
    struct hub_problem p =
        hub_problem(400, "urn:ietf:params:ppm:dap:error:unsupportedExtension", NULL, NULL);

    p.unsupported_extensions[0] = 23;
    p.unsupported_extensions[1] = 42;
    p.n_unsupported_extensions = 2;
    hub_http_reply_problem(req, &p);
}

static void reply_query(struct hub_http_request *req)
{
    char value[64];

    if (hub_query_find(value, sizeof(value), hub_http_query(req), "q") == HUB_OK)
        reply_text(req, 200, value);
    else
        hub_http_reply_status(req, 400, "q is missing or malformed", 0);
}

static void reply_big(struct hub_http_request *req)
{
    struct hub_buf body = HUB_BUF_INIT(1 << 20);

    assert_int_equal(hub_buf_resize(&body, 1 << 20), HUB_OK);
    for (size_t i = 0; i < body.len; i++)
        body.ptr[i] = (uint8_t)(i % 251);
    hub_http_reply_move(req, &(struct hub_http_reply){.status = 200}, &body);
    assert_null(body.ptr);
}

static void on_body(void *self, struct hub_http_request *req)
{
    switch (resource_of(req)) {
    case HELLO:
        hub_http_reply(req, &(struct hub_http_reply){.status = 200,
                                                     .content_type = "text/plain",
                                                     .body = hub_span_text("hello"),
                                                     .body_is_static = true,
                                                     .cache_control = "public, max-age=60",
                                                     .etag = "\"v1\""});
        return;
    case ECHO:
        hub_http_reply(req, &(struct hub_http_reply){.status = 200, .body = hub_http_body(req)});
        return;
    case SMALL:
        reply_length(req);
        return;
    case LATER:
        hold(self, req);
        return;
    case BUSY:
        hub_http_reply_status(req, 503, "queue full", 7);
        return;
    case PROBLEM:
        reply_problem(req);
        return;
    case QUERY:
        reply_query(req);
        return;
    case BIG:
        reply_big(req);
        return;
    default:
        hub_http_reply_status(req, 404, NULL, 0);
        return;
    }
}

void serving_start(struct serving *s, const struct hub_http_server_config *config)
{
    struct hub_why why = {.text = ""};
    const struct hub_http_handler handler = {s, on_head, on_body};

    memset(s, 0, sizeof(*s));
    pthread_mutex_init(&s->mutex, NULL);
    if (hub_http_server_new(&s->server, config, &handler, &why) != HUB_OK)
        fail_msg("%s", why.text);
    s->port = hub_http_server_port(s->server);
}

void serving_stop(struct serving *s)
{
    hub_http_server_free(s->server);
    assert_int_equal(serving_n_held(s), 0);
    assert_int_equal(atomic_load(&s->n_contexts), 0);
    pthread_mutex_destroy(&s->mutex);
}

size_t serving_n_held(struct serving *s)
{
    pthread_mutex_lock(&s->mutex);
    const size_t n = s->n_held;
    pthread_mutex_unlock(&s->mutex);
    return n;
}

size_t serving_release(struct serving *s)
{
    pthread_mutex_lock(&s->mutex);
    const size_t n = s->n_held;
    struct hub_http_request **const held = calloc(n + 1, sizeof(struct hub_http_request *));
    assert_non_null(held);
    memcpy((void *)held, (void *)s->held, n * sizeof(struct hub_http_request *));
    s->n_held = 0;
    pthread_mutex_unlock(&s->mutex);
    for (size_t i = 0; i < n; i++)
        reply_length(held[i]);
    free((void *)held);
    return n;
}

void serving_wait_held(struct serving *s, size_t n)
{
    for (unsigned i = 0; i < 10000 && serving_n_held(s) < n; i++)
        sleep_ms(1);
    assert_int_equal(serving_n_held(s), n);
}

void sleep_ms(unsigned ms)
{
    const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    (void)nanosleep(&t, NULL);
}

int wire_connect(uint16_t port)
{
    const struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

bool wire_try_send(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n != 0) {
        const ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

void wire_send(int fd, const char *text)
{
    assert_true(wire_try_send(fd, text, strlen(text)));
}

/* Reads until close, or until the text has a whole response if want_one. */
static bool has_response(const char *text, size_t len)
{
    const char *const end = strstr(text, "\r\n\r\n");
    const char *const length = end == NULL ? NULL : strstr(text, "Content-Length: ");

    if (length == NULL || length > end)
        return false;
    return len >= (size_t)(end + 4 - text) + strtoul(length + 16, NULL, 10);
}

static long read_some(int fd, char *out, size_t size, int ms, bool want_one)
{
    size_t n = 0;

    out[0] = '\0';
    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        char rest[4096];

        if (want_one && has_response(out, n))
            return (long)n;
        if (poll(&p, 1, ms) != 1)
            return -1;
        const ssize_t got =
            recv(fd, n + 1 < size ? out + n : rest, n + 1 < size ? size - 1 - n : sizeof(rest), 0);
        if (got <= 0)
            return (long)n;
        if (n + 1 < size) {
            n += (size_t)got;
            out[n] = '\0';
        }
    }
}

long wire_read_all(int fd, char *out, size_t size, int ms)
{
    return read_some(fd, out, size, ms, false);
}

long wire_read_response(int fd, char *out, size_t size, int ms)
{
    return read_some(fd, out, size, ms, true);
}

void wire_exchange(uint16_t port, const char *text, char *out, size_t size)
{
    const int fd = wire_connect(port);

    wire_send(fd, text);
    assert_true(wire_read_all(fd, out, size, 5000) >= 0);
    (void)close(fd);
}
