/* The blocking client against our own server, and against answers that no server of ours gives. */
#include "serving.h"

#include "http/client.h"
#include "http/url.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct serving s;
    struct hub_http_client *client;
    struct hub_http_response response;
    char base[64];
    char url[HUB_HTTP_URL_MAX];
};

static int set_up(void **state)
{
    struct fixture *const f = calloc(1, sizeof(*f));
    struct hub_http_server_config server = hub_http_server_config();
    struct hub_http_client_config client = hub_http_client_config();

    assert_non_null(f);
    server.n_threads = 2;
    serving_start(&f->s, &server);
    client.total_ms_max = 5000;
    client.response_bytes_max = 2 << 20;
    assert_int_equal(hub_http_client_new(&f->client, &client), HUB_OK);
    (void)snprintf(f->base, sizeof(f->base), "http://127.0.0.1:%u", f->s.port);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *const f = *state;

    hub_http_response_clear(&f->response);
    hub_http_client_free(f->client);
    serving_stop(&f->s);
    free(f);
    return 0;
}

static const char *url_of(struct fixture *f, const char *path)
{
    assert_int_equal(hub_url_join(f->url, f->base, path), HUB_OK);
    return f->url;
}

static void fetch(struct fixture *f, enum hub_http_method method, const char *path, hub_span body)
{
    struct hub_why why = {.text = ""};
    const struct hub_http_call call = {.method = method,
                                       .url = url_of(f, path),
                                       .content_type = "text/plain",
                                       .bearer = "token",
                                       .body = body};

    if (hub_http_fetch(f->client, &f->response, &call, &why) != HUB_OK)
        fail_msg("%s: %s", path, why.text);
}

static void fetches(void **state)
{
    struct fixture *const f = *state;
    struct hub_problem p;
    const size_t n = 700000;
    uint8_t *const body = malloc(n);

    assert_non_null(body);
    for (size_t i = 0; i < n; i++)
        body[i] = (uint8_t)(i % 241);
    fetch(f, HUB_HTTP_GET, "hello", HUB_SPAN_EMPTY);
    assert_int_equal(f->response.status, 200);
    assert_string_equal(f->response.content_type, "text/plain");
    assert_string_equal(f->response.etag, "\"v1\"");
    assert_true(f->response.has_max_age);
    assert_int_equal(f->response.max_age_s, 60);
    assert_false(f->response.has_retry_after);
    assert_true(hub_span_equal_var(hub_buf_span(&f->response.body), hub_span_text("hello")));
    fetch(f, HUB_HTTP_HEAD, "hello", HUB_SPAN_EMPTY);
    assert_int_equal(f->response.status, 200);
    assert_int_equal(f->response.body.len, 0);
    fetch(f, HUB_HTTP_POST, "echo", hub_span_of(body, n));
    assert_true(hub_span_equal_var(hub_buf_span(&f->response.body), hub_span_of(body, n)));
    fetch(f, HUB_HTTP_POST, "echo", HUB_SPAN_EMPTY);
    assert_int_equal(f->response.body.len, 0);
    assert_false(f->response.has_max_age);
    fetch(f, HUB_HTTP_GET, "big", HUB_SPAN_EMPTY);
    assert_int_equal(f->response.body.len, 1 << 20);
    fetch(f, HUB_HTTP_GET, "busy", HUB_SPAN_EMPTY);
    assert_int_equal(f->response.status, 503);
    assert_true(f->response.has_retry_after);
    assert_int_equal(f->response.retry_after_s, 7);
    fetch(f, HUB_HTTP_GET, "problem", HUB_SPAN_EMPTY);
    assert_int_equal(f->response.status, 400);
    assert_true(hub_http_media_type_is(f->response.content_type, HUB_PROBLEM_MEDIA_TYPE));
    assert_int_equal(hub_problem_parse(&p, hub_buf_span(&f->response.body)), HUB_OK);
    assert_int_equal(p.n_unsupported_extensions, 2);
    fetch(f, HUB_HTTP_DELETE, "hello", HUB_SPAN_EMPTY);
    assert_int_equal(f->response.status, 404);
    fetch(f, HUB_HTTP_GET, "query?q=1", HUB_SPAN_EMPTY); /* a GET after others sends no body */
    assert_true(hub_span_equal_var(hub_buf_span(&f->response.body), hub_span_text("1")));
    free(body);
}

/* A body that is refused at the header, while we are still sending it. */
static void refused_while_sending(void **state)
{
    struct fixture *const f = *state;
    const size_t n = 8 << 20;
    uint8_t *const body = calloc(n, 1);
    const struct hub_http_call call = {
        .method = HUB_HTTP_POST, .url = url_of(f, "echo"), .body = hub_span_of(body, n)};

    assert_non_null(body);
    for (unsigned i = 0; i < 10; i++) {
        const hub_status status = hub_http_fetch(f->client, &f->response, &call, NULL);
        /* libcurl may see the closed socket first; either way it is no success */
        assert_true(status == HUB_E_NETWORK || (status == HUB_OK && f->response.status == 413));
    }
    free(body);
    fetch(f, HUB_HTTP_GET, "hello", HUB_SPAN_EMPTY);
    assert_int_equal(f->response.status, 200);
}

static void refuses_calls(void **state)
{
    struct fixture *const f = *state;
    struct hub_why why;
    const struct hub_http_header bad = {"X-A", "a\r\nX-B: b"};
    struct hub_http_call call = {.method = HUB_HTTP_GET, .url = "http://192.0.2.1/"};

    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, &why), HUB_E_REFUSED);
    call.url = "nonsense";
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, &why), HUB_E_ARGUMENT);
    call.url = "https://";
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, &why), HUB_E_ARGUMENT);
    call.url = url_of(f, "hello");
    call.bearer = "a b";
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, &why), HUB_E_ARGUMENT);
    call.bearer = NULL;
    call.headers = &bad;
    call.n_headers = 1;
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, &why), HUB_E_ARGUMENT);
    call.n_headers = 0;
    call.response_bytes_max = 4; /* "hello" has five */
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, &why), HUB_E_SPACE);
    assert_non_null(strstr(why.text, "limit"));
    call.response_bytes_max = 5;
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, &why), HUB_OK);
    call.url = "http://127.0.0.1:1/";
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, &why), HUB_E_NETWORK);
}

static void times_out(void **state)
{
    struct fixture *const f = *state;
    const struct hub_http_call call = {
        .method = HUB_HTTP_POST, .url = url_of(f, "later"), .total_ms_max = 100};
    const uint64_t before = hub_monotonic_ms();

    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, NULL), HUB_E_NETWORK);
    assert_true(hub_monotonic_ms() - before < 3000);
    serving_wait_held(&f->s, 1);
    assert_int_equal(serving_release(&f->s), 1);
}

/* --- answers that are not ours --- */

struct script {
    int fd;
    uint16_t port;
    const char *answers[4]; /* one a request, on as many connections as the client opens */
    unsigned n_connections;
};

static void *play(void *self)
{
    struct script *const s = self;
    char in[4096];
    size_t i = 0;

    while (s->answers[i] != NULL) {
        const int c = accept(s->fd, NULL, NULL);
        s->n_connections++;
        while (s->answers[i] != NULL) {
            const ssize_t n = recv(c, in, sizeof(in) - 1, 0);
            if (n <= 0)
                break;
            if (!wire_try_send(c, s->answers[i], strlen(s->answers[i])))
                break;
            if (strstr(s->answers[i++], "Connection: close") != NULL)
                break;
        }
        (void)close(c);
    }
    return NULL;
}

static void script_listen(struct script *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);

    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(s->fd, 4), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
    s->port = ntohs(a.sin_port);
}

static void foreign_answers(void **state)
{
    struct fixture *const f = *state;
    struct script s = {
        .answers = {
            "HTTP/1.1 201 Created\r\nLocation: /jobs/7\r\nDate: Sun, 06 Nov 1994 08:49:37 "
            "GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: "
            "0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", NULL}};
    pthread_t thread;
    char url[64];
    char where[HUB_HTTP_URL_MAX];

    script_listen(&s);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/jobs", s.port);
    const struct hub_http_call call = {.method = HUB_HTTP_POST, .url = url};
    assert_int_equal(pthread_create(&thread, NULL, play, &s), 0);

    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, NULL), HUB_OK);
    assert_true(hub_http_is_success(&f->response));
    assert_true(f->response.has_retry_after);
    assert_int_equal(f->response.retry_after_s, 30);
    assert_int_equal(hub_url_resolve(where, url, f->response.location), HUB_OK);
    assert_non_null(strstr(where, "/jobs/7"));
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, NULL), HUB_OK);
    assert_int_equal(f->response.status, 302); /* told, not followed */
    assert_int_equal(hub_url_resolve(where, url, f->response.location), HUB_E_REFUSED);
    assert_int_equal(hub_http_fetch(f->client, &f->response, &call, NULL), HUB_OK);
    assert_true(hub_span_equal_var(hub_buf_span(&f->response.body), hub_span_text("abc")));
    pthread_join(thread, NULL);
    assert_int_equal(s.n_connections, 1); /* kept alive */
    (void)close(s.fd);
}

static void broken_answers(void **state)
{
    struct fixture *const f = *state;
    static const char *const broken[] = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n",
        "nonsense Connection: close\r\n",
    };

    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct script s = {.answers = {broken[i], NULL}};
        pthread_t thread;
        char url[64];

        script_listen(&s);
        (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", s.port);
        const struct hub_http_call call = {.method = HUB_HTTP_GET, .url = url};
        assert_int_equal(pthread_create(&thread, NULL, play, &s), 0);
        const hub_status status = hub_http_fetch(f->client, &f->response, &call, NULL);
        assert_true(status == HUB_E_NETWORK || status == HUB_E_SPACE);
        pthread_join(thread, NULL);
        (void)close(s.fd);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fetches),   TEST(refused_while_sending), TEST(refuses_calls),
        TEST(times_out), TEST(foreign_answers),       TEST(broken_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
